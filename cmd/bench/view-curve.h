/* SPDX-License-Identifier: MIT */
/* What the drawings and the facts of a curve have in common. */
#ifndef CMD_BENCH_VIEW_CURVE_H
#define CMD_BENCH_VIEW_CURVE_H

struct axis;
struct curve;
struct curve_lat;
struct curve_point;
struct str;

/* The percentiles that are shown. */
enum curve_series { SERIES_P50, SERIES_P99, SERIES_P999, CURVE_SERIES };

extern const char *const curve_series_names[CURVE_SERIES];

/* -1: too few I/Os to have one. */
long long curve_series_ns(const struct curve_lat *lat, enum curve_series s);

/* The axes that hold all points, with at most so many ticks. The curve has a point. */
void curve_axes(const struct curve *c, unsigned x_ticks, unsigned y_ticks, struct axis *x,
		struct axis *y);

/* The point of the knee, or NULL. */
const struct curve_point *curve_knee(const struct curve *c);

/* What ended the climb, as one sentence: "at 4.2k p99 is 12.3 ms, more than 10 times the idle one". */
void curve_tell_beyond(const struct curve *c, struct str *to);

#endif
