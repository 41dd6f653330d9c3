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

struct pts_opts {
	uint64_t test; /* enum pts_name */
	uint64_t time; /* ns */
	uint64_t rounds;
	const char *sizes, *mixes; /* NULL: those of the test */
};

/* The job comes first: its option rows have offsets into struct job. */
struct bench_opts {
	struct job job;
	uint64_t format;	  /* enum format */
	uint64_t purge;		  /* enum purge_how */
	const char *precondition; /* NULL: none */
	uint64_t steady, round;	  /* enum steady_rule; ns */
	const char *curve;	  /* NULL: no curve */
	uint64_t point, knee, budget;
	const char *svg;
	struct sweep_opts sweep;
	struct pts_opts pts;
};

/* What is to be done with the target before the measurement. Returns the errors of precondition_parse(). */
int bench_ask_prepare(const struct bench_opts *opts, struct precondition_ask *ask, struct fail *f);

/* Opens the target of the job for a measurement of several runs, purges and preconditions it if requested,
 * and fills pre. Returns the errors of job_validate(), target_open() and precondition_run(). */
int bench_prepare(const struct bench_opts *opts, const struct job *job, const char *path,
		  const struct follower *who, struct target *t, struct precondition *pre,
		  struct fail *f);

/* bench --curve; returns an exit code. */
int bench_curve(struct invocation *inv, const char *path);

/* bench --sweep and --pts likewise. */
int bench_sweep(struct invocation *inv, const char *path);
int bench_pts(struct invocation *inv, const char *path);

#endif
