/* SPDX-License-Identifier: MIT */
/* Emits a walk as JSON; draw-walk.h draws the text. */
#ifndef CMD_LAYOUT_EMIT_WALK_H
#define CMD_LAYOUT_EMIT_WALK_H

#include "cmd/output/out.h"
#include "dump/walk/walk.h"

void emit_walk(struct out *o, const struct walk *w);

#endif
