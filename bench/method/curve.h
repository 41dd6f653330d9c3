/* SPDX-License-Identifier: MIT */
/*
 * Latency against load: open-loop points from an almost idle target to the knee, the highest load that is
 * carried. Past the knee the target falls behind (a backlog builds up), or the 99th percentile exceeds a
 * multiple of that of the idle target.
 */
#ifndef BENCH_METHOD_CURVE_H
#define BENCH_METHOD_CURVE_H

#include "bench/run/follow.h"

#define CURVE_MAX_POINTS 64
/* Distance of the loads on both sides of the knee, as a share of the load. */
#define CURVE_PRECISION 0.03
/* A percentile is known if at least this many I/Os were slower. */
#define CURVE_BEYOND 10

struct curve_ask {
	uint64_t point_ns;  /* time to measure one load; slow targets get more, for 1200 I/Os */
	uint64_t budget_ns; /* total time; 0: no limit */
	double factor;	    /* limit for the p99 of a carried load, as a multiple of the idle p99 */
	bool poisson;	    /* I/Os are due at random times, not evenly spaced */
};

struct curve_lat {
	double mean_ns;
	int64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns; /* -1: too few I/Os */
};

enum curve_verdict { CURVE_CARRIED, CURVE_LATE, CURVE_BEHIND };

extern const char *const curve_verdict_names[];

struct curve_point {
	double asked; /* I/Os per second; 0: closed loop */
	double iops, bw;
	uint64_t ios, elapsed_ns, backlog;
	struct curve_lat lat;	  /* from the time an I/O was due */
	struct curve_lat service; /* from submission */
	double cpu_ns_per_io;	  /* 0 without I/Os */
	bool sustained;
	enum curve_verdict verdict;
	unsigned tries, carried; /* measurements of this load, and how many of them were carried */
	bool complete, valid;
	char reason[200]; /* why it is not valid */
};

struct curve {
	struct curve_ask ask;
	struct granted granted;	 /* by curve_run(); clock is NULL if nothing was measured */
	struct curve_point full; /* the closed loop, measured first */
	struct curve_point points[CURVE_MAX_POINTS];
	unsigned n;	  /* sorted by load; the first is the idle target */
	int64_t limit_ns; /* limit for the 99th percentile; -1: the idle target has none */
	bool found; /* the knee was found with the required precision: it is between the next two */
	double knee,
		beyond; /* highest load carried below the lowest load not carried, and that; or 0 */
	/* The loads next to the knee at which measurements did not differ: all, or none, were carried. 0: there
	 * is no such load. */
	double knee_low, knee_high;
	enum curve_verdict beyond_cause; /* why it was not carried */
	bool complete, valid;
	char reason[300];
};

/* Measures one load for at least this time; rate 0 is the closed loop. Fills everything except verdict, tries
 * and carried. */
typedef int (*curve_point_fn)(void *arg, double rate, uint64_t ns, struct curve_point *p,
			      struct fail *f);

/*
 * The search: a tenth of the closed loop's throughput, then two tenths and so on until a load is not
 * carried, then bisection down to CURVE_PRECISION. The idle target and the loads near the knee are measured
 * three times, the two loads next to the knee five times; the median of the valid measurements counts. Where
 * they differ, the loads further out are measured again, too, until there is one at which they do not.
 *
 * Ends early, with complete false, if *stop is set or a point is not complete. Returns the negative errno of
 * the function if nothing was measured.
 */
int curve_find(const struct curve_ask *ask, const volatile int *stop, curve_point_fn measure,
	       void *arg, struct curve *out, struct fail *f);

/* The same on an open target, with the job's options except its rate. The ramp before each point is the
 * job's, or a tenth of the point. The job must not verify. */
int curve_run(const struct job *job, struct target *t, const struct curve_ask *ask,
	      const volatile int *stop, const struct follower *who, struct curve *out,
	      struct fail *f);

#endif
