/* SPDX-License-Identifier: MIT */
#ifndef CMD_QUALIFY_EMIT_QUALIFY_H
#define CMD_QUALIFY_EMIT_QUALIFY_H

struct out;
struct plan;
struct qualification;

/* What a plan came to: members of the object that is open. */
void emit_qualification(struct out *o, const struct qualification *q);

/* What a plan asks for, without running it. */
void emit_plan(struct out *o, const struct plan *p);

#endif
