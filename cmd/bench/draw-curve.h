/* SPDX-License-Identifier: MIT */
/* Latency against load, drawn: load to the right, latency upwards on a logarithmic axis. */
#ifndef CMD_BENCH_DRAW_CURVE_H
#define CMD_BENCH_DRAW_CURVE_H

struct curve;
struct out_style;
struct str;

/* As characters; nothing when there is no point. */
void draw_curve(struct str *to, const struct out_style *style, const struct curve *c);

/* As an SVG document. what: the workload and its target, in a few words. -ENOMEM; -ENODATA without a point. */
int svg_curve(const struct curve *c, const char *what, struct str *to);

#endif
