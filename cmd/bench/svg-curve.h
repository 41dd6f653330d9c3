/* SPDX-License-Identifier: MIT */
/* Latency against load as a picture. */
#ifndef CMD_BENCH_SVG_CURVE_H
#define CMD_BENCH_SVG_CURVE_H

struct curve;
struct str;

/* what: the workload and its target, in a few words. -ENOMEM; -ENODATA without a point. */
int svg_curve(const struct curve *c, const char *what, struct str *to);

#endif
