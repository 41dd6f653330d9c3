/* SPDX-License-Identifier: MIT */
/*
 * Which switch pays: all configurations of a grid measured in turn on one target.
 *
 * A round runs each configuration once, in an order drawn anew for each, and one of them, the base, twice:
 * what the two differ by is noise. A first round, which counts for nothing, shows what can be measured
 * here and warms up what is cold.
 */
#ifndef BENCH_METHOD_SWEEP_H
#define BENCH_METHOD_SWEEP_H

#include "bench/run/result.h"
#include "precondition.h"
#include "verdict.h"

struct sweep_plan {
	struct job job; /* what the factors do not change */
	const struct grid *grid;
	struct criteria criteria;
	double precision; /* enough when every interval's half is within this share of its middle */
	uint64_t budget_ns;  /* for all runs, from the warm-up on */
	uint64_t slice_ns;   /* of one run; 0: what the budget has room for */
	double precondition; /* times that the part in use is written before; 0: it is not */
};

enum cell_state {
	CELL_MEASURED,
	CELL_EXCLUDED,	  /* its options do not go together */
	CELL_UNAVAILABLE, /* this kernel or device cannot */
	CELL_FAILED,
};

struct sweep_cell {
	struct job job;
	enum cell_state state;
	char why[200]; /* not measured, or why the last run that was not valid was not */
	unsigned runs, invalid;
	struct granted granted;
};

struct sweep {
	const struct sweep_plan *plan;
	struct target target;		  /* closed */
	struct precondition precondition; /* where the plan has it */
	struct sweep_cell *cells;	  /* [grid->n_cells] */
	bool *dead;
	struct samples samples;
	struct verdicts verdicts;
	uint64_t slice_ns, ramp_ns, elapsed_ns;
	unsigned runs, invalid; /* without the warm-up */
	bool complete;		/* not cut short by a signal */
	bool precise;		/* what was asked for was reached */
	bool valid;		/* enough to judge by */
	char why[200];		/* not valid */
};

/* How far a sweep is, before each run. */
struct sweep_progress {
	unsigned round;	      /* 0: the warm-up */
	unsigned run, n_runs; /* of the round */
	double precision;     /* INFINITY before there are enough rounds */
	uint64_t left_ns;     /* what the budget has left, or less when the precision comes near */
};

struct sweep_follower {
	void (*progress)(void *arg, const struct sweep_progress *p); /* may be NULL */
	void *arg;
	struct follower precondition;
};

/*
 * Prepares the target (see target_open() and precondition_run()), sweeps, judges, and fills *out, which
 * refers to *plan. *stop, set by a signal handler, ends it with what was measured so far.
 *
 * A configuration that cannot be measured is a cell with its reason. Negative errno with f->kind when
 * nothing can: none of them works, the target cannot be opened, the budget is too small for as many rounds
 * as a verdict takes (FAIL_USAGE); -EINTR when stopped before the first round.
 */
int sweep_run(const struct sweep_plan *plan, const char *path, const volatile int *stop,
	      const struct sweep_follower *who, struct sweep *out, struct fail *f);

void sweep_free(struct sweep *s);

/* A random order of 0..n-1. */
void sweep_order(uint64_t *rng, unsigned n, unsigned *order);

/* How long a run is to be, so that a verdict's rounds and half as many again fit into the budget: between
 * 50 ms and 2 s, overhead_ns apart. */
uint64_t sweep_slice(uint64_t budget_ns, unsigned least_rounds, unsigned runs,
		     uint64_t overhead_ns);

#endif
