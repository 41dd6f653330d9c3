/* SPDX-License-Identifier: MIT */
/*
 * A flash drive that was never written to, or was written to otherwise, is faster or slower than it
 * stays. So the part in use is written before it is measured: in sequence, in blocks of 128 KiB; and,
 * for a random workload that writes, as much again at random, in the job's own blocks.
 */
#ifndef BENCH_METHOD_PRECONDITION_H
#define BENCH_METHOD_PRECONDITION_H

#include "bench/run/follow.h"

#define PRECONDITION_TIMES 2
#define PRECONDITION_BLOCK (128u << 10)

struct precondition_pass {
	uint64_t bytes, elapsed_ns; /* bytes 0: not made */
	double iops, bw;
};

struct precondition {
	double times; /* the part in use */
	struct precondition_pass sequential, random;
};

/* Reads "2x", "0.5x"; "" is PRECONDITION_TIMES. -EINVAL with FAIL_USAGE. */
int precondition_parse(const char *text, double *times, struct fail *f);

/* The job to open the target with, for target_open(): it writes, and needs the consent to, whatever the
 * job itself does. */
struct job precondition_opening(const struct job *job);

/* Opens the job's target and writes it so many times, 0: leaves it as it is. Errors as of target_open() and
 * precondition_run(); -EINVAL with FAIL_USAGE for a NOP, which has no target to write. */
int precondition_open(const struct job *job, const char *path, double times,
		      const volatile int *stop, const struct follower *who, struct target *t,
		      struct precondition *pre, struct fail *f);

/*
 * Writes the part of the open target that the job uses, so many times, and flushes it. The target was
 * opened with precondition_opening(), and the job does not only verify.
 *
 * -EINTR when *stop ended it; -EIO or the errno of opening a ring, with the reason.
 */
int precondition_run(const struct job *job, struct target *t, double times,
		     const volatile int *stop, const struct follower *who, struct precondition *out,
		     struct fail *f);

#endif
