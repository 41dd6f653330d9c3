/* SPDX-License-Identifier: MIT */
/* Draws the layout of a ring as SVG; draw-layout.h draws the text. */
#ifndef CMD_LAYOUT_SVG_LAYOUT_H
#define CMD_LAYOUT_SVG_LAYOUT_H

#include "view-layout.h"

/* Appends an SVG document. Returns -ENOMEM. */
int svg_layout(const struct layout *l, const struct layout_story *story, struct str *to);

/* The same as an element of an HTML page; see svg_embed(). */
int svg_layout_embed(const struct layout *l, const struct layout_story *story, unsigned number,
		     struct str *to);

#endif
