/* SPDX-License-Identifier: MIT */
/*
 * Compares the results of some runs with those of others.
 *
 * The variation between equal runs tells a change from chance. So an interval needs several runs on each
 * side: the spans of a single run all share what made this run fast or slow. With one run on each side there
 * is no verdict unless the caller knows the variation between equal runs (noise).
 */
#ifndef BENCH_SAVED_COMPARISON_H
#define BENCH_SAVED_COMPARISON_H

#include "metrics.h"

struct fail;

enum trend { TREND_INCONCLUSIVE, TREND_SAME, TREND_BETTER, TREND_WORSE, TRENDS };

/* Whether a limit is met. */
enum kept { KEPT_UNDECIDED, KEPT_YES, KEPT_NO };

/* What an interval is based on. */
enum basis {
	BASIS_NONE,
	BASIS_RUNS,  /* runs of both sides */
	BASIS_PAIRS, /* the n-th run of one side with the n-th of the other */
	BASIS_SPANS, /* of one run of either side */
	BASIS_NOISE, /* only the noise given by the caller */
	BASES
};

extern const char *const trend_names[TRENDS], *const basis_names[BASES];

struct comparison_opts {
	double limit[METRICS]; /* how much worse is permitted, as a share */
	bool decides[METRICS]; /* the metrics that decide */
	double noise;	       /* variation between equal runs, as a share; NaN: unknown */
	double confidence;     /* that the intervals of all deciding metrics hold, 0.95 */
	bool paired;
};

/* One metric on both sides. Changes are shares of the base: -0.1 is a tenth less. */
struct comparison {
	unsigned part; /* enum io_kind, or PART_TOTAL */
	enum metric metric;
	bool decides;
	enum basis basis;
	size_t n_base, n_new;	  /* number of values: runs, or spans */
	double base, new;	  /* medians of the runs */
	double change, low, high; /* low and high NaN: unknown */
	double resolution;	  /* the smallest change that would be told from none in 19 of 20
				    * tries; NaN: none would */
	double limit;
	enum trend verdict;
	enum kept kept;
};

#define COMPARISONS_MAX (PARTS * METRICS)

struct comparisons {
	struct comparison list[COMPARISONS_MAX];
	unsigned n;
	bool trusted;	/* all runs are valid and complete; otherwise everything is inconclusive */
	double level;	/* confidence of each interval, so that all hold together */
	size_t least;	/* runs that each side needs for an interval of that level */
	enum kept kept; /* of all deciding metrics */
};

/*
 * Compares. The list has every metric that some run of each side knows. In a mixed workload the deciding
 * metrics are judged for each kind of I/O. Each side must have at least one run. Returns -EINVAL with
 * FAIL_USAGE if paired sides have different numbers of runs.
 */
int comparisons_make(const struct saved_runs *base, const struct saved_runs *new,
		     const struct comparison_opts *opts, struct comparisons *out, struct fail *f);

#endif
