/* SPDX-License-Identifier: MIT */
/* What the drawing and the facts of a walk have in common. */
#ifndef CMD_LAYOUT_VIEW_WALK_H
#define CMD_LAYOUT_VIEW_WALK_H

#include "dump/walk/walk.h"

struct str;

/* The names of flags of the SQ ring; "" for none. */
void walk_sq_flags_text(struct str *to, uint32_t flags);

/* What the new value of a change means ("OPENAT", "-ENOENT", "MORE"); "" when the bytes say all. */
void walk_change_text(struct str *to, const struct walk_change *c);

/* "sqes[3].opcode", "cq.tail", "padding" */
void walk_change_name(struct str *to, const struct walk_change *c);

#endif
