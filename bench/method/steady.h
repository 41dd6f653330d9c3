/* SPDX-License-Identifier: MIT */
/*
 * Steady state as SNIA's Performance Test Specification defines it: the last five rounds differ by no
 * more than 20 % of their average, and the straight line through them by least squares rises or falls
 * by no more than 10 % of it from the first to the last.
 */
#ifndef BENCH_METHOD_STEADY_H
#define BENCH_METHOD_STEADY_H

#include "bench/run/follow.h"

#define STEADY_WINDOW	  5
#define STEADY_MAX_ROUNDS 25
#define STEADY_RANGE	  0.2
#define STEADY_LINE	  0.1

/* The rounds that are looked at: the last five, or as many as there are. */
struct steady_window {
	unsigned first, n;     /* rounds, counted from 0 */
	double mean, min, max; /* of their values */
	double range;	       /* max - min, as a share of the mean */
	double slope;	       /* of the line, per round */
	double line;	       /* between the line's ends, up or down, as a share of the mean */
	bool range_met, line_met;
};

/* Judges the last of n values. True when both conditions are met by a full window; what is no positive
 * number is never steady. */
bool steady_judge(const double *values, unsigned n, struct steady_window *w);

/* What is judged: IOPS, which for one block size is bandwidth too; or, at a rate that is given, the
 * mean latency, as the rate itself is steady by design. */
enum steady_metric { STEADY_IOPS, STEADY_LATENCY };

extern const char *const steady_metric_names[];

struct steady_round {
	double value; /* of the metric */
	double iops, bw, lat_mean_ns;
	int64_t p50_ns, p99_ns; /* -1: too few I/Os, or not stamped */
	uint64_t ios, elapsed_ns;
	bool valid;
};

struct steady {
	enum steady_metric metric;
	uint64_t round_ns;
	struct steady_round rounds[STEADY_MAX_ROUNDS];
	unsigned n;
	struct steady_window window; /* of the last rounds */
	bool reached;
};

/*
 * Runs the job, which verifies nothing, on an open target in rounds of round_ns, one right after the
 * other, until they are steady, at most STEADY_MAX_ROUNDS. Only the first has the job's ramp. Random
 * places differ from round to round; a sequential job goes on where it was.
 *
 * *res is the window's rounds as one result, which is not valid when no steady state was reached. A round
 * that an error ended is part of *res, and none of the rounds; one that *stop ended is left out, unless
 * it was the first. Else as bench_on().
 */
int steady_run(const struct job *job, struct target *t, uint64_t round_ns, const volatile int *stop,
	       const struct follower *who, struct steady *out, struct result *res, struct fail *f);

#endif
