/* SPDX-License-Identifier: MIT */
/* Draws latency against load: load on the x axis, latency on a logarithmic y axis. */
#ifndef CMD_BENCH_DRAW_CURVE_H
#define CMD_BENCH_DRAW_CURVE_H

struct curve;
struct out_style;
struct str;

/* As text; appends nothing if the curve has no points. */
void draw_curve(struct str *to, const struct out_style *style, const struct curve *c);

/* As an SVG document. what: the workload and its target, in a few words. Returns -ENOMEM, or -ENODATA
 * without a point. */
int svg_curve(const struct curve *c, const char *what, struct str *to);

#endif
