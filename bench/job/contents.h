/* SPDX-License-Identifier: MIT */
/* Data for writes: for a file created for a run, for buffers, and for verified blocks. */
#ifndef BENCH_JOB_CONTENTS_H
#define BENCH_JOB_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

struct fail;
struct job;

/* Sizes of a verified block: the normal one, and the one for I/O sizes that are not multiples of it. */
#define VERIFY_BLOCK 4096u
#define VERIFY_SMALL 512u

/* Parses the job's contents as the percentage of random bytes: 100 for random, 0 for zero. Returns -EINVAL
 * with FAIL_USAGE. */
int contents_parse(const struct job *job, unsigned *percent, struct fail *f);

/*
 * Fills n bytes, a multiple of 8. The given share of every 512 bytes is random, the rest is zero, so a block
 * of any size compresses to about that share. The same state produces the same bytes.
 */
void contents_fill(uint64_t *state, unsigned percent, unsigned char *buf, size_t n);

#endif
