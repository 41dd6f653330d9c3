/* SPDX-License-Identifier: MIT */
/* The layout of a ring as facts for the JSON; the text is draw-layout.h. */
#ifndef CMD_LAYOUT_EMIT_LAYOUT_H
#define CMD_LAYOUT_EMIT_LAYOUT_H

#include "cmd/output/out.h"
#include "view-layout.h"

void emit_layout(struct out *o, const struct layout *l, const struct layout_story *story);

#endif
