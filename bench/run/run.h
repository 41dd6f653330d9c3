/* SPDX-License-Identifier: MIT */
/* Runs a job. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include "result.h"

/* Progress of a run, reported about twice a second. */
struct progress {
	double share;	 /* of the runtime, or of the bytes that end the run, 0..1 */
	double iops;	 /* since the last report */
	uint64_t p99_ns; /* since the start */
};

typedef void (*progress_fn)(void *arg, const struct progress *p);

/*
 * Runs the job on path (see target_open()) and fills *res. progress may be NULL. *stop, set by a signal
 * handler, ends the run early; the result then has complete false. If I/O errors end the run, the result has
 * valid false.
 *
 * A job that verifies its writes reads them back afterwards, into res->pass.
 *
 * Returns a negative errno with f->kind if nothing could be measured; -EINTR if stopped before that.
 */
int bench_run(const struct job *job, const char *path, const volatile int *stop,
	      progress_fn progress, void *arg, struct result *res, struct fail *f);

/* The same on an open target, which stays open: one of several runs. The job may differ from the one it was
 * opened for, within the limits of target_suit(). */
int bench_on(const struct job *job, struct target *t, const volatile int *stop,
	     progress_fn progress, void *arg, struct result *res, struct fail *f);

#endif
