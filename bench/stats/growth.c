/* SPDX-License-Identifier: MIT */
#include "growth.h"

#include <math.h>

#define MAX_CORRELATION 0.9
#define SURE		3. /* standard errors */

static void join_pairs(struct growth *t)
{
	for (unsigned i = 0; i < GROWTH_BATCHES / 2; i++) {
		t->x[i] = t->x[2 * i] + t->x[2 * i + 1];
		t->y[i] = t->y[2 * i] + t->y[2 * i + 1];
	}
	t->n = GROWTH_BATCHES / 2;
	t->size *= 2;
}

void growth_add(struct growth *t, double x, double y)
{
	if (!t->size)
		t->size = 1;
	if (t->n == GROWTH_BATCHES)
		join_pairs(t);
	if (!t->taken)
		t->x[t->n] = t->y[t->n] = 0;
	t->x[t->n] += x;
	t->y[t->n] += y;
	if (++t->taken == t->size) {
		t->taken = 0;
		t->n++;
	}
}

struct growth_fit growth_fit(const struct growth *t)
{
	const unsigned from = t->n / 2, n = t->n - from;
	struct growth_fit fit = { .known = t->n >= GROWTH_MIN_BATCHES };
	double x = 0, y = 0, xx = 0, xy = 0, rest = 0, lagged = 0, before = 0;

	if (!fit.known)
		return fit;
	for (unsigned i = from; i < t->n; i++) {
		x += t->x[i] / t->size / n;
		y += t->y[i] / t->size / n;
	}
	for (unsigned i = from; i < t->n; i++) {
		double dx = t->x[i] / t->size - x;

		xx += dx * dx;
		xy += dx * (t->y[i] / t->size - y);
	}
	if (!(xx > 0))
		return (struct growth_fit){ 0 };
	fit.slope = xy / xx;
	fit.rise = fit.slope * (t->x[t->n - 1] - t->x[from]) / t->size;
	for (unsigned i = from; i < t->n; i++) {
		double r = t->y[i] / t->size - y - fit.slope * (t->x[i] / t->size - x);

		rest += r * r;
		lagged += r * before;
		before = r;
	}
	fit.error = sqrt(rest / (n - 2) / xx);
	if (lagged > 0) {
		double rho = fmin(lagged / rest, MAX_CORRELATION);

		fit.error *= sqrt((1 + rho) / (1 - rho));
	}
	return fit;
}

bool growth_is_sure(const struct growth_fit *fit, double least)
{
	return fit->known && fit->slope > SURE * fit->error && fit->rise > least;
}
