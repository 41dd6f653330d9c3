/* SPDX-License-Identifier: MIT */
/*
 * How much one group of measurements differs from another, and how sure that is.
 *
 * The middle is the median: measurements of storage have outliers to one side, of which one in ten
 * rounds spoils a mean, and the interval of a median holds whatever their distribution is. The
 * interval is the percentile bootstrap's, never narrower than what so few samples can promise: the
 * bootstrap alone is too sure of itself below some 30 samples.
 *
 * All functions are pure: the same samples and seed give the same answer, samples stay as they are,
 * and no memory is taken but some 100 KiB of the stack.
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

/* The median of n >= 1 samples, which may have any order; of an even number the mean of the two in the
 * middle. NaN when n is 0 or above STATS_MAX_SAMPLES. */
double stats_median(const double *v, size_t n);

/* The same of any number of samples, which are sorted; NaN when there are none. */
double stats_sort_median(double *v, size_t n);

double stats_mean(const double *v, size_t n);

/*
 * The ratio a/b where a[i] and b[i] were measured in the same round: the median over the rounds of
 * a[i]/b[i] and its interval with this confidence (0.95). What disturbs a whole round cancels out.
 * Swapping a and b gives the inverse: the middle of two ratios is their geometric mean.
 *
 * -EINVAL when n is 0 or above STATS_MAX_SAMPLES, or confidence not inside 0..1; -EDOM when a sample is
 * not positive and finite.
 */
int stats_paired_ratio(const double *a, const double *b, size_t n, double confidence, uint64_t seed,
		       struct interval *out);

/* The ratio of two groups that have nothing to do with one another: the median of a by the median of b.
 * Where there are few samples, both are taken to vary alike around their medians. Errors likewise. */
int stats_ratio(const double *a, size_t n_a, const double *b, size_t n_b, double confidence,
		uint64_t seed, struct interval *out);

/* How many rounds stats_paired_ratio() needs at least for an interval of this confidence: 6 for 95 %, 10
 * for 99.8 %. */
size_t stats_least_rounds(double confidence);

#endif
