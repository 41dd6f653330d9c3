/* SPDX-License-Identifier: MIT */
/*
 * Whether a value grows that is sampled at about equal intervals, however many samples there are. They are
 * averaged in batches, whose number is limited.
 */
#ifndef BENCH_STATS_GROWTH_H
#define BENCH_STATS_GROWTH_H

#include <stdbool.h>

#define GROWTH_BATCHES	   64
#define GROWTH_MIN_BATCHES 16

struct growth {
	double x[GROWTH_BATCHES], y[GROWTH_BATCHES]; /* sums of each batch */
	double least[GROWTH_BATCHES];
	unsigned n;	      /* complete batches */
	unsigned size, taken; /* samples of a batch, and of the one in progress */
};

struct growth_fit {
	bool known;		 /* there were enough batches */
	double slope, low, high; /* and its interval */
	double rise;		 /* by the slope, over the part that was fitted */
	double floor;		 /* smallest value in the last quarter */
};

void growth_add(struct growth *g, double x, double y);

/*
 * The slope is the median of those between all pairs of batches in the later half (Theil and Sen), so that
 * neither a level that was reached early nor a spike at the end is growth. The interval is that of Kendall's
 * rank correlation, three standard deviations wide to either side.
 */
struct growth_fit growth_fit(const struct growth *g);

/* Whether the value grows beyond doubt: the interval of the slope is above 0, and the rise is more than
 * least. */
bool growth_is_sure(const struct growth_fit *fit, double least);

#endif
