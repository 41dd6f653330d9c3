/* SPDX-License-Identifier: MIT */
/*
 * Whether one side is better or worse than the other: results of some runs against results of others.
 *
 * What tells a change from chance is how far equal runs come out apart. So an interval comes from several
 * runs a side; the spans of a single run all share what made this run fast or slow, and with one run a
 * side nothing is said unless the caller knows how far equal runs are apart (noise).
 */
#ifndef BENCH_SAVED_COMPARISON_H
#define BENCH_SAVED_COMPARISON_H

#include "metrics.h"

struct fail;

enum trend { TREND_INCONCLUSIVE, TREND_SAME, TREND_BETTER, TREND_WORSE, TRENDS };

/* Whether a limit holds. */
enum kept { KEPT_UNDECIDED, KEPT_YES, KEPT_NO };

/* What an interval is made of. */
enum basis {
	BASIS_NONE,
	BASIS_RUNS,  /* runs of either side */
	BASIS_PAIRS, /* the n-th run of one side with the n-th of the other */
	BASIS_SPANS, /* of one run of either side */
	BASIS_NOISE, /* what the caller says of equal runs, alone */
	BASES
};

extern const char *const trend_names[TRENDS], *const basis_names[BASES];

struct comparison_opts {
	double limit[METRICS]; /* how much worse, as a share, is still allowed */
	bool decides[METRICS]; /* the metrics that one is to decide by */
	double noise;	       /* how far equal runs are apart, as a share; NaN: not known */
	double confidence;     /* that all intervals of what decides hold, 0.95 */
	bool paired;
};

/* One metric of both sides. Changes are shares of the base: -0.1 is a tenth less. */
struct comparison {
	unsigned part; /* enum io_kind, or PART_TOTAL */
	enum metric metric;
	bool decides;
	enum basis basis;
	size_t n_base, n_new;	  /* values on either side: runs, or spans */
	double base, new;	  /* medians of the runs */
	double change, low, high; /* low and high NaN: not known */
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
	bool trusted;	/* every run is valid and complete; if not, all is inconclusive */
	double level;	/* confidence of each interval, so that all together hold */
	size_t least;	/* runs that either side needs for an interval of that level */
	enum kept kept; /* of all that decides */
};

/*
 * Compares. Every metric that some run of both sides knows is in the list; what decides is asked for each
 * kind of I/O of a mixed workload. Both sides have at least one run; -EINVAL with FAIL_USAGE if they are to
 * be paired and are not as many.
 */
int comparisons_make(const struct saved_runs *base, const struct saved_runs *new,
		     const struct comparison_opts *opts, struct comparisons *out, struct fail *f);

#endif
