/* SPDX-License-Identifier: MIT */
/* Progress callbacks for a measurement of several runs. */
#ifndef BENCH_RUN_FOLLOW_H
#define BENCH_RUN_FOLLOW_H

#include "run.h"

struct follower {
	/* Another run begins; what describes it, as "round 3 of at most 25". May be NULL. */
	void (*step)(void *arg, const char *what);
	progress_fn progress; /* during a run; may be NULL */
	void *arg;	      /* for both */
};

static inline void follow_step(const struct follower *who, const char *what)
{
	if (who->step)
		who->step(who->arg, what);
}

#endif
