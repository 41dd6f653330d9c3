/* SPDX-License-Identifier: MIT */
/* A walk as text: per step what was done, both queues, and the bytes that changed. */
#ifndef CMD_LAYOUT_DRAW_WALK_H
#define CMD_LAYOUT_DRAW_WALK_H

#include "cmd/draw/box.h"
#include "dump/walk/walk.h"

void draw_walk(struct draw *d, const struct walk *w);

/* What the new value of a change means ("OPENAT", "-ENOENT", "MORE"); "" when the bytes say all. */
void walk_change_text(struct str *to, const struct walk_change *c);

/* "sqes[3].opcode", "cq.tail", "padding" */
void walk_change_name(struct str *to, const struct walk_change *c);

#endif
