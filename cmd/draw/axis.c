/* SPDX-License-Identifier: MIT */
#include "axis.h"

#include <math.h>

static const double steps_of_ten[] = { 1, 2, 5 };

/* Returns 1, 2, 5, 10, 20, ... by index; index 0 is 1. */
static double round_number(int i)
{
	int decade = i >= 0 ? i / 3 : -((2 - i) / 3);

	return steps_of_ten[i - 3 * decade] * pow(10, decade);
}

/* The largest round number at or below v, with a small tolerance. */
static int number_below(double v)
{
	int i = 3 * (int)floor(log10(v));

	while (round_number(i + 1) <= v * (1 + 1e-9))
		i++;
	while (round_number(i) > v * (1 + 1e-9))
		i--;
	return i;
}

struct axis axis_linear(double high, unsigned steps)
{
	struct axis a = { .high = high };
	double step;
	int i;

	if (!(high > 0))
		return (struct axis){ .high = 1, .n = 1 };
	i = number_below(high / steps);
	step = round_number(i);
	if (step * steps < high * (1 - 1e-9))
		step = round_number(i + 1);
	for (double at = 0; at <= high * (1 + 1e-9) && a.n < AXIS_MAX_TICKS; at += step)
		a.ticks[a.n++] = at;
	return a;
}

struct axis axis_log(double low, double high, unsigned most)
{
	int first = number_below(low), last = number_below(high);
	struct axis a;
	int step = 1;

	if (round_number(last) < high * (1 - 1e-9))
		last++;
	if (last == first)
		last++;
	a = (struct axis){ .low = round_number(first), .high = round_number(last) };
	if (last - first + 1 > (int)most)
		step = 3;
	for (int i = first; i <= last && a.n < AXIS_MAX_TICKS; i++)
		if (i % step == 0)
			a.ticks[a.n++] = round_number(i);
	return a;
}

static double clamped(double share)
{
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

double axis_share(const struct axis *a, double value)
{
	return clamped((value - a->low) / (a->high - a->low));
}

double axis_log_share(const struct axis *a, double value)
{
	if (!(value > 0))
		return 0;
	return clamped(log(value / a->low) / log(a->high / a->low));
}
