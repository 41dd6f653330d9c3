/* SPDX-License-Identifier: MIT */
/*
 * The rule by which SNIA's Performance Test Specification calls rounds steady, applied to one workload: the
 * last five rounds differ by at most 20 % of their average, and the least squares line through them rises or
 * falls by at most 10 % of it over these rounds. The rule alone is no test of that specification, which also
 * prescribes a purge, preconditioning and a matrix of workloads.
 */
#ifndef BENCH_METHOD_STEADY_H
#define BENCH_METHOD_STEADY_H

#include "bench/run/follow.h"

#define STEADY_WINDOW	  5
#define STEADY_MAX_ROUNDS 25
#define STEADY_RANGE	  0.2
#define STEADY_LINE	  0.1

/* The last five rounds, or as many as there are. */
struct steady_window {
	unsigned first, n;     /* rounds, counted from 0 */
	double mean, min, max; /* of the values of the rounds */
	double range;	       /* max - min, as a share of the mean */
	double slope;	       /* of the line, per round */
	double line;	       /* rise or fall over the window, as a share of the mean */
	bool range_met, line_met;
};

/* Judges the last of n values. Returns true if a full window meets both conditions; values that are not
 * positive numbers are never steady. */
bool steady_judge(const double *values, unsigned n, struct steady_window *w);

/* The metric: IOPS, which is equivalent to bandwidth for a single block size, or the mean latency with a
 * rate, because IOPS are then constant by design. */
enum steady_metric { STEADY_IOPS, STEADY_LATENCY };

extern const char *const steady_metric_names[];

struct steady_round {
	double value; /* of the metric */
	double iops, bw, lat_mean_ns;
	int64_t p50_ns, p99_ns; /* -1: too few I/Os, or no latencies */
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
 * Runs the job on an open target in consecutive rounds of round_ns until they are steady, at most
 * STEADY_MAX_ROUNDS. The job must not verify. The job's ramp applies to the first round only. Random offsets
 * differ between rounds; a sequential job continues where it was.
 *
 * *res is the combined result of the window's rounds, and is not valid if no steady state was reached. A
 * round that an error ended is included in *res but is not one of the rounds. A round ended by *stop is left
 * out unless it was the first. Otherwise like bench_on().
 */
int steady_run(const struct job *job, struct target *t, uint64_t round_ns, const volatile int *stop,
	       const struct follower *who, struct steady *out, struct result *res, struct fail *f);

#endif
