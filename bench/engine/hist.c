/* SPDX-License-Identifier: MIT */
#include "hist.h"

#include <math.h>

static uint64_t peek(const uint64_t *cell)
{
	return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

uint64_t hist_floor(unsigned index)
{
	unsigned shift;

	if (index < HIST_SUB)
		return index;
	shift = (index >> HIST_SUB_BITS) - 1;
	return (uint64_t)(HIST_SUB + (index & (HIST_SUB - 1))) << shift;
}

void hist_add_even(struct hist *h, uint64_t low, uint64_t high, uint64_t n)
{
	const double step = n > 1 ? (double)(high - low) / (n - 1) : 0;
	uint64_t more;

	for (uint64_t done = 0; done < n; done += more) {
		const double v = low + step * done;
		const unsigned at = hist_index(v);

		/* All values in the same bucket at once. */
		more = n - done;
		if (at + 1 < HIST_BUCKETS && step * (more - 1) >= hist_floor(at + 1) - v)
			more = ceil((hist_floor(at + 1) - v) / step);
		hist_add(h, v + step * (more - 1) / 2, more);
	}
	if (n && low < h->min)
		h->min = low;
	if (n && high > h->max)
		h->max = high;
}

void censored_add(struct censored *c, uint64_t n, uint64_t from)
{
	if (n && (!c->n || from < c->from))
		c->from = from;
	c->n += n;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	uint64_t min = peek(&from->min), max = peek(&from->max), count = 0;

	if (!peek(&from->count))
		return;
	/* The count that percentiles refer to is that of these buckets, not one read earlier or later. */
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		uint64_t n = peek(&from->bucket[i]);

		to->bucket[i] += n;
		count += n;
	}
	if (!to->count || min < to->min)
		to->min = min;
	if (max > to->max)
		to->max = max;
	to->count += count;
	to->sum += peek(&from->sum);
}

uint64_t hist_percentile(const struct hist *h, double p)
{
	uint64_t rank = ceil(p * h->count), seen = 0, v;

	if (!h->count)
		return 0;
	if (rank < 1)
		rank = 1;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen < rank)
			continue;
		/* The middle of the bucket, limited to the observed range. */
		v = hist_floor(i);
		if (i + 1 < HIST_BUCKETS)
			v += (hist_floor(i + 1) - v) / 2;
		if (v > h->max)
			return h->max;
		return v < h->min ? h->min : v;
	}
	return h->max;
}

int64_t hist_percentile_with(const struct hist *h, double p, unsigned beyond)
{
	/* 1 - p is not exact: of 1000 values, 10 lie beyond p99. */
	return h->count && h->count * (1 - p) >= beyond * (1 - 1e-9)
		       ? (int64_t)hist_percentile(h, p)
		       : -1;
}

int64_t hist_percentile_or_none(const struct hist *h, double p)
{
	return hist_percentile_with(h, p, 1);
}

double hist_mean(const struct hist *h)
{
	return h->count ? (double)h->sum / h->count : 0;
}

double hist_deviation(const struct hist *h)
{
	double mean = hist_mean(h), sum = 0;

	if (h->count < 2)
		return 0;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		double v = hist_floor(i), width = i + 1 < HIST_BUCKETS ? hist_floor(i + 1) - v : 1;

		v += (width - 1) / 2 - mean;
		sum += v * v * h->bucket[i];
	}
	return sqrt(sum / (h->count - 1));
}
