/* SPDX-License-Identifier: MIT */
/*
 * Latency against load: open-loop points from an almost idle target to the knee, the highest load that
 * is carried. Past the knee the target falls behind (what is due piles up), or the 99th percentile
 * exceeds a multiple of that of the idle target.
 */
#ifndef BENCH_METHOD_CURVE_H
#define BENCH_METHOD_CURVE_H

#include "bench/run/follow.h"

#define CURVE_MAX_POINTS 64
/* The knee is known to this share of the load. */
#define CURVE_PRECISION 0.03

struct curve_ask {
	uint64_t point_ns;  /* how long to measure one load; slow targets get more, for 120 I/Os */
	uint64_t budget_ns; /* how long all of it may take; 0: as long as it takes */
	double factor;	    /* of the idle p99, which a load that is carried does not exceed */
	bool poisson;	    /* I/Os are due at random moments, not evenly spaced */
};

struct curve_lat {
	double mean_ns;
	int64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns; /* -1: too few I/Os */
};

enum curve_verdict { CURVE_CARRIED, CURVE_LATE, CURVE_BEHIND };

extern const char *const curve_verdict_names[];

struct curve_point {
	double asked; /* I/Os per second; 0: as many as it takes, closed loop */
	double iops, bw;
	uint64_t ios, elapsed_ns, backlog;
	struct curve_lat lat;	  /* from the moment an I/O was due */
	struct curve_lat service; /* from its submission */
	double cpu_ns_per_io;	  /* 0 without an I/O */
	bool sustained;
	enum curve_verdict verdict;
	unsigned tries;
	bool complete, valid;
	char reason[200]; /* why it is not valid */
};

struct curve {
	struct curve_ask ask;
	struct granted granted;	 /* by curve_run(); its clock is NULL when nothing was measured */
	struct curve_point full; /* the closed loop, before all */
	struct curve_point points[CURVE_MAX_POINTS];
	unsigned n;	     /* by load; the first is the idle target */
	int64_t limit_ns;    /* of the 99th percentile; -1: the idle target has none */
	bool found;	     /* the knee lies between the next two, and they are close */
	double knee, beyond; /* the highest load carried, the lowest that was not; or 0 */
	enum curve_verdict beyond_cause; /* why that was not */
	bool complete, valid;
	char reason[300];
};

/* Measures one load for at least so long; rate 0 is the closed loop. Fills all but verdict and tries. */
typedef int (*curve_point_fn)(void *arg, double rate, uint64_t ns, struct curve_point *p,
			      struct fail *f);

/*
 * The search alone: loads of a tenth of what the closed loop reaches, then two tenths, and so on until
 * one is not carried, then halves the distance until the knee is known to CURVE_PRECISION. The idle
 * target, and what is not carried, is measured twice, and the better of the two counts: others on the
 * machine can only slow it.
 *
 * Ends early, with complete false, when *stop is set or a point is not complete. Negative errno of the
 * function when it measured nothing at all.
 */
int curve_find(const struct curve_ask *ask, const volatile int *stop, curve_point_fn measure,
	       void *arg, struct curve *out, struct fail *f);

/* The same on an open target, with the job's depth and everything else but its rate. Each point runs a
 * tenth of its time, or the job's ramp, before it is measured. The job verifies nothing. */
int curve_run(const struct job *job, struct target *t, const struct curve_ask *ask,
	      const volatile int *stop, const struct follower *who, struct curve *out,
	      struct fail *f);

#endif
