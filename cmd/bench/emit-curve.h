/* SPDX-License-Identifier: MIT */
/* Latency against load, as members of the object that is open, and as tables for the text. */
#ifndef CMD_BENCH_EMIT_CURVE_H
#define CMD_BENCH_EMIT_CURVE_H

struct curve;
struct curve_point;
struct out;
struct str;

/* The text has room for so many columns. */
void emit_curve(struct out *o, const struct curve *c, unsigned width);

/* The point of the knee, or NULL. */
const struct curve_point *curve_knee(const struct curve *c);

/* What ended the climb, as one sentence: "at 4.2k p99 is 12.3 ms, more than 10 times the idle one". */
void curve_tell_beyond(const struct curve *c, struct str *to);

#endif
