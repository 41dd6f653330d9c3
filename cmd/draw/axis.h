/* SPDX-License-Identifier: MIT */
/* What is written at the axes of a plot: round numbers. */
#ifndef CMD_DRAW_AXIS_H
#define CMD_DRAW_AXIS_H

#define AXIS_MAX_TICKS 64

struct axis {
	double low, high; /* the ends; of a logarithmic one, above 0 */
	double ticks[AXIS_MAX_TICKS];
	unsigned n;
};

/* From 0 to high, in at most so many steps of 1, 2 or 5 times a power of ten. */
struct axis axis_linear(double high, unsigned steps);

/* From the 1, 2 or 5 times a power of ten at or below low to that at or above high; of these at most so
 * many are ticks, and powers of ten alone if they are more. */
struct axis axis_log(double low, double high, unsigned most);

/* Where a value lies between the ends, 0..1; what is outside, at the end. */
double axis_share(const struct axis *a, double value);
double axis_log_share(const struct axis *a, double value);

#endif
