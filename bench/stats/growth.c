/* SPDX-License-Identifier: MIT */
#include "growth.h"

#include <math.h>

#include "stats.h"

#define SURE	  3. /* standard deviations */
#define MAX_PAIRS (GROWTH_BATCHES / 2 * (GROWTH_BATCHES / 2 - 1) / 2 + GROWTH_BATCHES)

static void join_pairs(struct growth *g)
{
	for (unsigned i = 0; i < GROWTH_BATCHES / 2; i++) {
		g->x[i] = g->x[2 * i] + g->x[2 * i + 1];
		g->y[i] = g->y[2 * i] + g->y[2 * i + 1];
		g->least[i] = fmin(g->least[2 * i], g->least[2 * i + 1]);
	}
	g->n = GROWTH_BATCHES / 2;
	g->size *= 2;
}

void growth_add(struct growth *g, double x, double y)
{
	if (!g->size)
		g->size = 1;
	if (g->n == GROWTH_BATCHES)
		join_pairs(g);
	if (!g->taken) {
		g->x[g->n] = g->y[g->n] = 0;
		g->least[g->n] = INFINITY;
	}
	g->x[g->n] += x;
	g->y[g->n] += y;
	g->least[g->n] = fmin(g->least[g->n], y);
	if (++g->taken == g->size) {
		g->taken = 0;
		g->n++;
	}
}

struct growth_fit growth_fit(const struct growth *g)
{
	const unsigned from = g->n / 2, n = g->n - from;
	struct growth_fit fit = { .known = g->n >= GROWTH_MIN_BATCHES, .floor = INFINITY };
	double slopes[MAX_PAIRS], off;
	unsigned pairs = 0;

	if (!fit.known)
		return (struct growth_fit){ 0 };
	for (unsigned i = g->n - g->n / 4; i < g->n; i++)
		fit.floor = fmin(fit.floor, g->least[i]);
	for (unsigned i = from; i < g->n; i++)
		for (unsigned j = i + 1; j < g->n; j++)
			if (g->x[j] > g->x[i])
				slopes[pairs++] = (g->y[j] - g->y[i]) / (g->x[j] - g->x[i]);
	if (!pairs)
		return (struct growth_fit){ 0 };
	fit.slope = stats_sort_median(slopes, pairs);
	off = SURE * sqrt(n * (n - 1) * (2. * n + 5) / 18);
	fit.low = slopes[(unsigned)fmax((pairs - off) / 2, 0)];
	fit.high = slopes[(unsigned)fmin((pairs + off) / 2, pairs - 1)];
	fit.rise = fit.slope * (g->x[g->n - 1] - g->x[from]) / g->size;
	return fit;
}

bool growth_is_sure(const struct growth_fit *fit, double least)
{
	return fit->known && fit->low > 0 && fit->rise > least;
}
