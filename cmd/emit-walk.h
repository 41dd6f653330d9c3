/* SPDX-License-Identifier: MIT */
/* A walk as facts for the JSON; the text is draw-walk.h. */
#ifndef CMD_EMIT_WALK_H
#define CMD_EMIT_WALK_H

#include "dump/walk.h"
#include "out.h"

void emit_walk(struct out *o, const struct walk *w);

#endif
