/* SPDX-License-Identifier: MIT */
/* Latency against load as characters: load to the right, latency upwards on a logarithmic axis. */
#ifndef CMD_BENCH_DRAW_CURVE_H
#define CMD_BENCH_DRAW_CURVE_H

struct axis;
struct curve;
struct curve_lat;
struct out_style;
struct str;

/* The percentiles that are shown. */
enum curve_series { SERIES_P50, SERIES_P99, SERIES_P999, CURVE_SERIES };

extern const char *const curve_series_names[CURVE_SERIES];

/* -1: too few I/Os to have one. */
long long curve_series_ns(const struct curve_lat *lat, enum curve_series s);

/* The axes that hold all points, with at most so many ticks. The curve has a point. */
void curve_axes(const struct curve *c, unsigned x_ticks, unsigned y_ticks, struct axis *x,
		struct axis *y);

/* Nothing when there is no point. */
void draw_curve(struct str *to, const struct out_style *style, const struct curve *c);

#endif
