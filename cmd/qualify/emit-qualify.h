/* SPDX-License-Identifier: MIT */
#ifndef CMD_QUALIFY_EMIT_QUALIFY_H
#define CMD_QUALIFY_EMIT_QUALIFY_H

struct out;
struct plan;
struct qualification;

/* Emits the result of a plan, as members of the open object. */
void emit_qualification(struct out *o, const struct qualification *q);

/* Emits the contents of a plan, without running it. */
void emit_plan(struct out *o, const struct plan *p);

#endif
