/* SPDX-License-Identifier: MIT */
/*
 * A flash drive that is new, or was written with another pattern, is faster or slower than in the long run.
 * So the part in use is purged, and written before the measurement: sequentially in blocks of 128 KiB, and,
 * for a workload with random writes, the same amount again at random, in the job's own blocks. Or it is
 * written in one pass at random that comes to the same (bench/job/sprandom.h).
 */
#ifndef BENCH_METHOD_PRECONDITION_H
#define BENCH_METHOD_PRECONDITION_H

#include "bench/run/follow.h"
#include "bench/target/purge.h"

#define PRECONDITION_TIMES 2
#define PRECONDITION_BLOCK (128u << 10)

struct precondition_pass {
	uint64_t bytes, elapsed_ns; /* bytes 0: not done */
	double iops, bw;
};

struct precondition_ask {
	enum purge_how purge;
	double times;	 /* how often the part in use is written; 0: not at all */
	double sprandom; /* over-provisioning to write one pass for; 0: not */
};

/* Whether anything is to be done. */
static inline bool precondition_asked(const struct precondition_ask *ask)
{
	return ask->purge || ask->times || ask->sprandom;
}

struct precondition {
	struct purge purge;	/* how is PURGE_NONE if not done */
	double times, sprandom; /* as asked */
	struct precondition_pass sequential, random;
};

/* Parses "2x", "0.5x", "sprandom", "sprandom:0.07" into times or sprandom; "" is PRECONDITION_TIMES. Returns
 * -EINVAL with FAIL_USAGE. */
int precondition_parse(const char *text, struct precondition_ask *ask, struct fail *f);

/* Returns the job to open the target with (target_open()): it writes and needs consent to write, even if the
 * job only reads. */
struct job precondition_opening(const struct job *job);

/* Opens the job's target and does what was asked; nothing: leaves it unchanged. Returns the errors of
 * target_open() and precondition_run(), and -EINVAL with FAIL_USAGE for a NOP job, which has no target. */
int precondition_open(const struct job *job, const char *path, const struct precondition_ask *ask,
		      const volatile int *stop, const struct follower *who, struct target *t,
		      struct precondition *pre, struct fail *f);

/*
 * Purges the part of the open target that the job uses, writes it this many times, and flushes it. The
 * target must have been opened with precondition_opening(), and the job must not be verify_only.
 *
 * Returns the errors of purge_run(), -EINTR if *stop was set, -EIO with the reason, or the errno of setting
 * up a ring.
 */
int precondition_run(const struct job *job, struct target *t, const struct precondition_ask *ask,
		     const volatile int *stop, const struct follower *who, struct precondition *out,
		     struct fail *f);

#endif
