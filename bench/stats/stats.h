/* SPDX-License-Identifier: MIT */
/*
 * Compares two groups of measurements, with confidence intervals.
 *
 * The median is used because storage measurements have one-sided outliers: one in ten rounds spoils a mean.
 * The interval of a median does not depend on the distribution. The interval is the percentile bootstrap's,
 * widened for few samples, because the bootstrap alone is too narrow below about 30 samples.
 *
 * All functions are pure: the same samples and seed give the same result, samples are not changed, and
 * nothing is allocated except about 100 KiB of stack.
 */
#ifndef BENCH_STATS_STATS_H
#define BENCH_STATS_STATS_H

#include <stddef.h>
#include <stdint.h>

#define STATS_MAX_SAMPLES 1024
#define STATS_RESAMPLES	  8000

struct interval {
	double estimate, low,
		high; /* low 0 and high INFINITY: too few samples for the confidence */
};

/* Returns the median of n >= 1 samples in any order; for an even number the mean of the middle two. NaN if n
 * is 0 or above STATS_MAX_SAMPLES. */
double stats_median(const double *v, size_t n);

/* The same for any number of samples, which are sorted in place; NaN if there are none. */
double stats_sort_median(double *v, size_t n);

double stats_mean(const double *v, size_t n);

/*
 * The ratio a/b where a[i] and b[i] were measured in the same round: the median of a[i]/b[i] over the
 * rounds, with an interval of this confidence (0.95). Disturbances of a whole round cancel out. Swapping a
 * and b gives the inverse, because the mean of the middle two ratios is geometric.
 *
 * Returns -EINVAL if n is 0 or above STATS_MAX_SAMPLES, or confidence is not inside 0..1; -EDOM if a sample
 * is not positive and finite.
 */
int stats_paired_ratio(const double *a, const double *b, size_t n, double confidence, uint64_t seed,
		       struct interval *out);

/* The ratio of two independent groups: median of a / median of b. With few samples, both are assumed to vary
 * alike around their medians. Same errors. */
int stats_ratio(const double *a, size_t n_a, const double *b, size_t n_b, double confidence,
		uint64_t seed, struct interval *out);

/* Number of rounds that stats_paired_ratio() needs for an interval of this confidence: 6 for 95 %, 10 for
 * 99.8 %. */
size_t stats_least_rounds(double confidence);

#endif
