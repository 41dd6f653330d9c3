/* SPDX-License-Identifier: MIT */
/*
 * The trend of a value that is sampled at about equal intervals, however many there are. Samples are averaged
 * in batches, whose number is limited.
 */
#ifndef BENCH_STATS_GROWTH_H
#define BENCH_STATS_GROWTH_H

#include <stdbool.h>

#define GROWTH_BATCHES	   64
#define GROWTH_MIN_BATCHES 16

struct growth {
	double x[GROWTH_BATCHES], y[GROWTH_BATCHES]; /* sums of each batch */
	unsigned n;				     /* complete batches */
	unsigned size, taken; /* samples of a batch, and of the one in progress */
};

struct growth_fit {
	bool known;	     /* there were enough batches */
	double slope, error; /* standard error, for samples that depend on the one before */
	double rise;	     /* by the slope, over the part that was fitted */
};

void growth_add(struct growth *t, double x, double y);

/* Fits a line to the later half of the samples by least squares: a level that was reached in the first half
 * is no trend. The error of batches that depend on each other is widened by their correlation. */
struct growth_fit growth_fit(const struct growth *t);

/* Whether the value grows beyond doubt: the slope is more than three standard errors above 0, and the rise is
 * more than least. */
bool growth_is_sure(const struct growth_fit *fit, double least);

#endif
