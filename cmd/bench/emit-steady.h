/* SPDX-License-Identifier: MIT */
/* Emits purge, preconditioning and steady state, as members of the open object. */
#ifndef CMD_BENCH_EMIT_STEADY_H
#define CMD_BENCH_EMIT_STEADY_H

struct out;
struct precondition;
struct steady;

/* Emits "purge" and "precondition", each null if it was not done. */
void emit_precondition(struct out *o, const struct precondition *p);

/* Emits "steady_state"; s is NULL if it was not requested. */
void emit_steady(struct out *o, const struct steady *s);

#endif
