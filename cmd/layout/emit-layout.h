/* SPDX-License-Identifier: MIT */
/* Emits the layout of a ring as JSON; draw-layout.h draws the text. */
#ifndef CMD_LAYOUT_EMIT_LAYOUT_H
#define CMD_LAYOUT_EMIT_LAYOUT_H

#include "cmd/output/out.h"
#include "view-layout.h"

void emit_layout(struct out *o, const struct layout *l, const struct layout_story *story);

#endif
