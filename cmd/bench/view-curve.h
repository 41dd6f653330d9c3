/* SPDX-License-Identifier: MIT */
/* Shared by the drawings and the JSON of a curve. */
#ifndef CMD_BENCH_VIEW_CURVE_H
#define CMD_BENCH_VIEW_CURVE_H

struct axis;
struct curve;
struct curve_lat;
struct curve_point;
struct str;

/* The percentiles shown. */
enum curve_series { SERIES_P50, SERIES_P99, SERIES_P999, CURVE_SERIES };

extern const char *const curve_series_names[CURVE_SERIES];

/* Returns -1 if there are too few I/Os. */
long long curve_series_ns(const struct curve_lat *lat, enum curve_series s);

/* Returns axes that include all points, with at most this many ticks. The curve must have a point. */
void curve_axes(const struct curve *c, unsigned x_ticks, unsigned y_ticks, struct axis *x,
		struct axis *y);

/* Returns the point of the knee, or NULL. */
const struct curve_point *curve_knee(const struct curve *c);

/* Appends where repeated measurements agreed: "up to 4.1k always carried, from 4.2k never". */
void curve_tell_interval(const struct curve *c, struct str *to);

/* Appends what ended the search, as a sentence: "at 4.2k p99 is 12.3 ms, more than 10 times the idle one". */
void curve_tell_beyond(const struct curve *c, struct str *to);

#endif
