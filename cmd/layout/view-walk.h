/* SPDX-License-Identifier: MIT */
/* Shared by the drawing and the JSON of a walk. */
#ifndef CMD_LAYOUT_VIEW_WALK_H
#define CMD_LAYOUT_VIEW_WALK_H

#include "dump/walk/walk.h"

struct str;

/* The names of flags of the SQ ring; "" for none. */
void walk_sq_flags_text(struct str *to, uint32_t flags);

/* Meaning of the new value of a change ("OPENAT", "-ENOENT", "MORE"); "" if there is none beyond the bytes. */
void walk_change_text(struct str *to, const struct walk_change *c);

/* "sqes[3].opcode", "cq.tail", "padding" */
void walk_change_name(struct str *to, const struct walk_change *c);

#endif
