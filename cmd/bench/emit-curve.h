/* SPDX-License-Identifier: MIT */
/* Latency against load, as members of the object that is open, and as tables for the text. */
#ifndef CMD_BENCH_EMIT_CURVE_H
#define CMD_BENCH_EMIT_CURVE_H

struct curve;
struct out;

/* The text has room for so many columns. */
void emit_curve(struct out *o, const struct curve *c, unsigned width);

#endif
