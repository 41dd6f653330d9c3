/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double stats_sort_median(double *v, size_t n)
{
	if (!n)
		return NAN;
	qsort(v, n, sizeof(*v), ascending);
	return middle(v, n);
}

double stats_median(const double *v, size_t n)
{
	double sorted[STATS_MAX_SAMPLES];

	if (n > STATS_MAX_SAMPLES)
		return NAN;
	memcpy(sorted, v, n * sizeof(*v));
	return stats_sort_median(sorted, n);
}

double stats_mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / n : NAN;
}

/* The k-th of the sorted samples, given how often each was drawn. */
static size_t ranked(const uint16_t *count, size_t k)
{
	size_t i = 0;

	for (size_t seen = count[0]; seen <= k; seen += count[i])
		i++;
	return i;
}

/* The median of n samples drawn with replacement; counting the draws avoids sorting. */
static double resampled_median(const double *sorted, size_t n, uint64_t *rng)
{
	uint16_t count[STATS_MAX_SAMPLES];

	memset(count, 0, n * sizeof(*count));
	for (size_t i = 0; i < n; i++)
		count[random_below(rng, n)]++;
	if (n % 2)
		return sorted[ranked(count, n / 2)];
	return (sorted[ranked(count, n / 2 - 1)] + sorted[ranked(count, n / 2)]) / 2;
}

/* The interval without tail at both ends of the resampled values, which are sorted. */
static void percentile_interval(double *v, double tail, double *low, double *high)
{
	size_t out = tail * STATS_RESAMPLES;

	qsort(v, STATS_RESAMPLES, sizeof(*v), ascending);
	*low = v[out];
	*high = v[STATS_RESAMPLES - 1 - out];
}

/* How many samples can be cut off at both ends so that the median is outside the rest with a probability
 * below tail; -1 if all samples are too few. Each sample is below the median with a probability of one half. */
static long cut_of_one(size_t n, double tail)
{
	double p = exp(-M_LN2 * n), sum = p;
	long cut = -1;

	for (size_t k = 0; k < n / 2 && sum <= tail; k++) {
		cut = k;
		p *= (double)(n - k) / (k + 1);
		sum += p;
	}
	return cut;
}

/* Probability that all samples of one group are above all of the other if the groups do not differ. */
static double chance_of_two(size_t n_a, size_t n_b)
{
	double chance = 1;

	for (size_t i = 1; i <= n_a; i++)
		chance *= (double)i / (n_b + i);
	return chance;
}

static int take_logs(const double *v, size_t n, double *to)
{
	if (!n || n > STATS_MAX_SAMPLES)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!(v[i] > 0) || isinf(v[i]))
			return -EDOM;
		to[i] = log(v[i]);
	}
	return 0;
}

static struct interval of_logs(double estimate, double low, double high)
{
	return (struct interval){ exp(estimate), exp(low), exp(high) };
}

size_t stats_least_rounds(double confidence)
{
	size_t n = 1;

	while (n < STATS_MAX_SAMPLES && cut_of_one(n, (1 - confidence) / 2) < 0)
		n++;
	return n;
}

int stats_paired_ratio(const double *a, const double *b, size_t n, double confidence, uint64_t seed,
		       struct interval *out)
{
	double x[STATS_MAX_SAMPLES], y[STATS_MAX_SAMPLES], drawn[STATS_RESAMPLES];
	double low = -INFINITY, high = INFINITY, tail = (1 - confidence) / 2;
	int r = take_logs(a, n, x);
	long cut;

	if (!(confidence > 0 && confidence < 1))
		return -EINVAL;
	if (r == 0)
		r = take_logs(b, n, y);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		x[i] -= y[i];
	qsort(x, n, sizeof(*x), ascending);
	cut = cut_of_one(n, tail);
	if (cut >= 0) {
		for (size_t i = 0; i < STATS_RESAMPLES; i++)
			drawn[i] = resampled_median(x, n, &seed);
		percentile_interval(drawn, tail, &low, &high);
		low = fmin(low, x[cut]);
		high = fmax(high, x[n - 1 - cut]);
	}
	*out = of_logs(middle(x, n), low, high);
	return 0;
}

int stats_ratio(const double *a, size_t n_a, const double *b, size_t n_b, double confidence,
		uint64_t seed, struct interval *out)
{
	double x[STATS_MAX_SAMPLES], y[STATS_MAX_SAMPLES], drawn[STATS_RESAMPLES];
	double low = -INFINITY, high = INFINITY, tail = (1 - confidence) / 2;
	int r = take_logs(a, n_a, x);
	double chance;

	if (!(confidence > 0 && confidence < 1))
		return -EINVAL;
	if (r == 0)
		r = take_logs(b, n_b, y);
	if (r < 0)
		return r;
	qsort(x, n_a, sizeof(*x), ascending);
	qsort(y, n_b, sizeof(*y), ascending);
	chance = chance_of_two(n_a, n_b);
	if (chance <= tail) {
		for (size_t i = 0; i < STATS_RESAMPLES; i++)
			drawn[i] =
				resampled_median(x, n_a, &seed) - resampled_median(y, n_b, &seed);
		percentile_interval(drawn, tail, &low, &high);
	}
	/* With so few samples only the whole range is wide enough. */
	if (chance <= tail && chance > tail / 2) {
		low = x[0] - y[n_b - 1];
		high = x[n_a - 1] - y[0];
	}
	*out = of_logs(middle(x, n_a) - middle(y, n_b), low, high);
	return 0;
}
