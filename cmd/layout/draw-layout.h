/* SPDX-License-Identifier: MIT */
/* Draws the layout of a ring as text: what was requested, a box for each mapping, one SQE, one CQE. */
#ifndef CMD_LAYOUT_DRAW_LAYOUT_H
#define CMD_LAYOUT_DRAW_LAYOUT_H

#include "view-layout.h"

void draw_layout(struct draw *d, const struct layout *l, const struct layout_story *story);

#endif
