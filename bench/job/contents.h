/* SPDX-License-Identifier: MIT */
/* What is written: the bytes of a file made for a run, of buffers, and of blocks that are verified. */
#ifndef BENCH_JOB_CONTENTS_H
#define BENCH_JOB_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

struct fail;
struct job;

/* Bytes of a block that is verified: the large ones, and the small ones where the sizes of the I/Os need them. */
#define VERIFY_BLOCK 4096u
#define VERIFY_SMALL 512u

/* Reads the job's contents as the share of random bytes in percent: 100 for random, 0 for zero. -EINVAL
 * with FAIL_USAGE. */
int contents_parse(const struct job *job, unsigned *percent, struct fail *f);

/*
 * Fills n bytes, a multiple of 8. Every 512 bytes begin with that share of random ones, and zeros
 * follow, so that a block of any size compresses to about that share of its size. The same state gives
 * the same bytes.
 */
void contents_fill(uint64_t *state, unsigned percent, unsigned char *buf, size_t n);

#endif
