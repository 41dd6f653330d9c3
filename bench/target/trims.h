/* SPDX-License-Identifier: MIT */
/* How the trims of a job are made on its target, and whether they can be. */
#ifndef BENCH_TARGET_TRIMS_H
#define BENCH_TARGET_TRIMS_H

#include "target.h"

/* For TRIM_NONE NULL. */
extern const char *const trim_names[];

/*
 * Chooses t->trim, and reads t->discard_unit: Dataset Management with the nvme engine, a discard of a block
 * device, a hole of a file. t must be open for writing, because a trim of the first block is tried, unless
 * the drive's Identify Controller tells.
 *
 * A block device is not trimmed with FALLOCATE where the kernel has no discards through io_uring: the block
 * layer would write zeros, one request at a time. Returns FAIL_UNAVAILABLE with the reason, then and if the
 * device does not discard; FAIL_USAGE if the drive takes no range that long.
 */
int trims_suit(struct kernel *k, const struct job *job, struct target *t,
	       const struct io_sizes *sizes, struct fail *f);

#endif
