/* SPDX-License-Identifier: MIT */
/* Shared by the modes of bench. */
#ifndef CMD_BENCH_BENCH_H
#define CMD_BENCH_BENCH_H

#include "bench/method/precondition.h"
#include "cmd/command.h"

enum format { FORMAT_OWN, FORMAT_FIO };

enum steady_rule { STEADY_OFF, STEADY_PTS };

struct sweep_opts {
	struct opt_list factors;	    /* none: no sweep */
	const char *precision, *min_effect; /* shares in percent */
	uint64_t slice;			    /* ns */
	uint64_t prefer;		    /* enum metric */
};

/* The job comes first: its option rows have offsets into struct job. */
struct bench_opts {
	struct job job;
	uint64_t format;	  /* enum format */
	const char *precondition; /* NULL: none */
	uint64_t steady, round;	  /* enum steady_rule; ns */
	const char *curve;	  /* NULL: no curve */
	uint64_t point, knee, budget;
	const char *svg;
	struct sweep_opts sweep;
};

/* Opens the target of the job for a measurement of several runs, and preconditions it if requested; then
 * fills pre. The job must have been validated. Returns the errors of target_open() and precondition_run(). */
int bench_prepare(const struct bench_opts *opts, const struct job *job, const char *path,
		  const struct follower *who, struct target *t, struct precondition *pre,
		  struct fail *f);

/* bench --curve; returns an exit code. */
int bench_curve(struct invocation *inv, const char *path);

/* bench --sweep likewise. */
int bench_sweep(struct invocation *inv, const char *path);

#endif
