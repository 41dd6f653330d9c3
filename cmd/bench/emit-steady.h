/* SPDX-License-Identifier: MIT */
/* What was done before a measurement, and when it was steady, as members of the object that is open. */
#ifndef CMD_BENCH_EMIT_STEADY_H
#define CMD_BENCH_EMIT_STEADY_H

struct out;
struct precondition;
struct steady;

/* "precondition"; NULL: the target was taken as it was. */
void emit_precondition(struct out *o, const struct precondition *p);

/* "steady_state"; NULL: nobody asked for it. */
void emit_steady(struct out *o, const struct steady *s);

#endif
