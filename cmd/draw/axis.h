/* SPDX-License-Identifier: MIT */
/* Axes of a plot, with round numbers as ticks. */
#ifndef CMD_DRAW_AXIS_H
#define CMD_DRAW_AXIS_H

#define AXIS_MAX_TICKS 64

struct axis {
	double low, high; /* the ends; above 0 if logarithmic */
	double ticks[AXIS_MAX_TICKS];
	unsigned n;
};

/* An axis from 0 to high, in at most this many steps of 1, 2 or 5 times a power of ten. */
struct axis axis_linear(double high, unsigned steps);

/* An axis from the largest 1, 2 or 5 times a power of ten at or below low to the smallest at or above high.
 * There are at most this many ticks; if there would be more, only powers of ten. */
struct axis axis_log(double low, double high, unsigned most);

/* Position of a value between the ends, 0..1; values outside are at the end. */
double axis_share(const struct axis *a, double value);
double axis_log_share(const struct axis *a, double value);

#endif
