/* SPDX-License-Identifier: MIT */
/*
 * Log-linear histogram of nanoseconds: exact below 128, then 128 buckets per power of two, which is accurate
 * to 0.8 %. Histograms are merged by addition.
 */
#ifndef BENCH_ENGINE_HIST_H
#define BENCH_ENGINE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 7
#define HIST_SUB      (1u << HIST_SUB_BITS)
#define HIST_MAX_BITS 44 /* values from 2^44 ns, 4.9 hours, share the last bucket */
#define HIST_BUCKETS  ((HIST_MAX_BITS - HIST_SUB_BITS + 1) * HIST_SUB)

struct hist {
	uint64_t count, sum, min, max; /* min and max are exact; 0 if count is 0 */
	uint64_t bucket[HIST_BUCKETS];
};

static inline unsigned hist_index(uint64_t v)
{
	unsigned shift;

	if (v < HIST_SUB)
		return v;
	if (v >> HIST_MAX_BITS)
		return HIST_BUCKETS - 1;
	shift = 63 - __builtin_clzll(v) - HIST_SUB_BITS;
	return ((shift + 1) << HIST_SUB_BITS) + ((v >> shift) & (HIST_SUB - 1));
}

/* For one writer. Readers in other threads may see old counts, but never torn ones. */
static inline void hist_bump(uint64_t *cell, uint64_t by)
{
	__atomic_store_n(cell, *cell + by, __ATOMIC_RELAXED);
}

/* Adds the value v n times. */
static inline void hist_add(struct hist *h, uint64_t v, uint64_t n)
{
	hist_bump(&h->bucket[hist_index(v)], n);
	hist_bump(&h->sum, v * n);
	if (v > h->max)
		__atomic_store_n(&h->max, v, __ATOMIC_RELAXED);
	if (v < h->min || !h->count)
		__atomic_store_n(&h->min, v, __ATOMIC_RELAXED);
	hist_bump(&h->count, n);
}

/* Adds n values that are evenly spaced from low to high. */
void hist_add_even(struct hist *h, uint64_t low, uint64_t high, uint64_t n);

/* Values of a histogram that are only lower bounds: how many, and the smallest of them. */
struct censored {
	uint64_t n, from;
};

/* Adds n values from this one on. */
void censored_add(struct censored *c, uint64_t n, uint64_t from);

/* Returns the smallest value of a bucket. */
uint64_t hist_floor(unsigned index);

/* Adds from, which another thread may be updating. */
void hist_merge(struct hist *to, const struct hist *from);

/* Returns the value that the share p (0..1) of all values does not exceed, 0 if there are none. */
uint64_t hist_percentile(const struct hist *h, double p);

/* The same, or -1 if less than this many values lie beyond it. */
int64_t hist_percentile_with(const struct hist *h, double p, unsigned beyond);

/* The same, or -1 if no value lies beyond it (too few values). */
int64_t hist_percentile_or_none(const struct hist *h, double p);

double hist_mean(const struct hist *h);

/* Standard deviation, from the middles of the buckets; 0 for less than two values. */
double hist_deviation(const struct hist *h);

#endif
