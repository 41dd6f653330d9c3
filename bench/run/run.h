/* SPDX-License-Identifier: MIT */
/* A job from start to result. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include "result.h"

/* How far a run is; given to a progress function about twice a second. */
struct progress {
	double share;	 /* of the run time, or of the bytes that end it before, 0..1 */
	double iops;	 /* since the last report */
	uint64_t p99_ns; /* since the start */
};

typedef void (*progress_fn)(void *arg, const struct progress *p);

/*
 * Runs the job on path (see target_open()) and fills *res. progress may be NULL. *stop, set by a signal
 * handler, ends the run early: a result all the same, with complete false. A run that I/O errors end is
 * a result too, with valid false.
 *
 * A job that verifies what it wrote reads it back afterwards; res->pass has what came of that.
 *
 * Negative errno with f->kind when nothing could be measured; -EINTR when stopped before that.
 */
int bench_run(const struct job *job, const char *path, const volatile int *stop,
	      progress_fn progress, void *arg, struct result *res, struct fail *f);

/* The same on a target that is open already, and stays so: one of several runs on it. The job may differ
 * from the one that it was opened for, as far as target_suit() goes. */
int bench_on(const struct job *job, struct target *t, const volatile int *stop,
	     progress_fn progress, void *arg, struct result *res, struct fail *f);

#endif
