/* SPDX-License-Identifier: MIT */
/* Runs that verify data: those that write, with their log, and passes over what earlier ones left. */
#ifndef BENCH_RUN_VERIFIED_H
#define BENCH_RUN_VERIFIED_H

#include "run.h"

/* Runs a job that verifies on a target that suits it. */
int run_verified(const struct job *job, const struct target *t, const volatile int *stop,
		 progress_fn progress, void *arg, struct result *res, struct fail *f);

/* In run.c: the threads of one run, from start to result. verifier: NULL, or of this job. */
int run_crew(const struct job *job, const struct target *t, struct verifier *verifier,
	     const volatile int *stop, progress_fn progress, void *arg, struct result *res,
	     struct fail *f);

#endif
