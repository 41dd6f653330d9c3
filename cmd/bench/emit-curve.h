/* SPDX-License-Identifier: MIT */
/* Emits latency against load, as members of the open object, and as tables in the text. */
#ifndef CMD_BENCH_EMIT_CURVE_H
#define CMD_BENCH_EMIT_CURVE_H

struct curve;
struct out;

/* width: columns available for the text. */
void emit_curve(struct out *o, const struct curve *c, unsigned width);

#endif
