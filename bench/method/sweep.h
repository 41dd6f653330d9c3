/* SPDX-License-Identifier: MIT */
/*
 * Finds out which option pays: measures all configurations of a grid in turn on one target.
 *
 * A round runs each configuration once, in a new random order, and one of them, the base, twice: the
 * difference between its two runs is the noise. A warm-up round, which is not counted, finds configurations
 * that cannot be measured here.
 */
#ifndef BENCH_METHOD_SWEEP_H
#define BENCH_METHOD_SWEEP_H

#include "bench/run/result.h"
#include "precondition.h"
#include "verdict.h"

struct sweep_plan {
	struct job job; /* the options that are not swept */
	const struct grid *grid;
	struct criteria criteria;
	double precision; /* precise enough if the half width of every interval is within this share of its middle */
	uint64_t budget_ns;		 /* for all runs, including the warm-up */
	uint64_t slice_ns;		 /* of one run; 0: derived from the budget */
	struct precondition_ask prepare; /* before the warm-up */
};

enum cell_state {
	CELL_MEASURED,
	CELL_EXCLUDED,	  /* its options exclude each other */
	CELL_UNAVAILABLE, /* not available on this kernel or device */
	CELL_FAILED,
};

struct sweep_cell {
	struct job job;
	enum cell_state state;
	char why[200]; /* why it was not measured, or why its last invalid run was not valid */
	unsigned runs, invalid;
	struct granted granted;
};

struct sweep {
	const struct sweep_plan *plan;
	struct target target;		  /* closed */
	struct precondition precondition; /* if requested by the plan */
	struct sweep_cell *cells;	  /* [grid->n_cells] */
	bool *dead;
	struct samples samples;
	struct verdicts verdicts;
	uint64_t slice_ns, ramp_ns, elapsed_ns;
	unsigned runs, invalid; /* without the warm-up */
	bool complete;		/* not interrupted by a signal */
	bool precise;		/* the requested precision was reached */
	bool valid;		/* enough valid runs for verdicts */
	char why[200];		/* why it is not valid */
};

/* Progress of a sweep, reported before each run. */
struct sweep_progress {
	unsigned round;	      /* 0: the warm-up */
	unsigned run, n_runs; /* of the round */
	double precision;     /* INFINITY: not enough rounds yet */
	uint64_t left_ns;     /* rest of the budget, or less if the precision is nearly reached */
};

struct sweep_follower {
	void (*progress)(void *arg, const struct sweep_progress *p); /* may be NULL */
	void *arg;
	struct follower precondition;
};

/*
 * Prepares the target (see target_open() and precondition_run()), runs the sweep, judges it and fills *out,
 * which refers to *plan. *stop, set by a signal handler, ends it with what was measured so far.
 *
 * A configuration that cannot be measured is a cell with its reason. Returns a negative errno with f->kind
 * if nothing can be measured: no configuration works, the target cannot be opened, or the budget is too
 * small for the rounds that a verdict needs (FAIL_USAGE). Returns -EINTR if stopped before the first round.
 */
int sweep_run(const struct sweep_plan *plan, const char *path, const volatile int *stop,
	      const struct sweep_follower *who, struct sweep *out, struct fail *f);

void sweep_free(struct sweep *s);

/* Fills order with 0..n-1 in random order. */
void sweep_order(uint64_t *rng, unsigned n, unsigned *order);

/* Returns the length of a run such that one and a half times the rounds that a verdict needs fit into the
 * budget, with overhead_ns between runs: between 50 ms and 2 s. */
uint64_t sweep_slice(uint64_t budget_ns, unsigned least_rounds, unsigned runs,
		     uint64_t overhead_ns);

#endif
