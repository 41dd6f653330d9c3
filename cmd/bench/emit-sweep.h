/* SPDX-License-Identifier: MIT */
/* Emits a sweep, its verdicts and its recommendation. */
#ifndef CMD_BENCH_EMIT_SWEEP_H
#define CMD_BENCH_EMIT_SWEEP_H

struct out;
struct sweep;

/* Emits a whole sweep, as members of the open object. */
void emit_sweep(struct out *o, const struct sweep *s);

#endif
