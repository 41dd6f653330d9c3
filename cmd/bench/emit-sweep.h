/* SPDX-License-Identifier: MIT */
/* A sweep, its verdicts and what follows from them. */
#ifndef CMD_BENCH_EMIT_SWEEP_H
#define CMD_BENCH_EMIT_SWEEP_H

struct out;
struct sweep;

/* All of a sweep, as members of the object that is open. */
void emit_sweep(struct out *o, const struct sweep *s);

#endif
