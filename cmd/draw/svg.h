/* SPDX-License-Identifier: MIT */
/*
 * Builds an SVG picture from top to bottom: one self-contained document without scripts, fonts or links. Its
 * colours follow the reader's light or dark scheme. The font is monospaced, so the width of text is known in
 * advance.
 */
#ifndef CMD_DRAW_SVG_H
#define CMD_DRAW_SVG_H

#include "probe/lib/base.h"

#define SVG_WIDTH  1000u
#define SVG_MARGIN 40u

struct svg {
	struct str body;
	unsigned y; /* where the next element goes */
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* Text sizes, by class. */
enum svg_font { SVG_TITLE, SVG_HEADING, SVG_TEXT, SVG_SMALL, SVG_FONTS };

/* cls: more classes, separated by spaces: "kernel", "app", "const", "padding", "dim", "strong". */
void svg_rect(struct svg *s, const char *cls, unsigned x, unsigned y, unsigned w, unsigned h);
void svg_text(struct svg *s, enum svg_font font, const char *cls, enum svg_anchor anchor,
	      unsigned x, unsigned y, const char *text);
void svg_line(struct svg *s, unsigned x1, unsigned y1, unsigned x2, unsigned y2);

struct svg_at {
	unsigned x, y;
};

/* A line through n points; cls is "dashed" or a colour. */
void svg_polyline(struct svg *s, const char *cls, const struct svg_at *at, unsigned n);

enum svg_mark { SVG_CIRCLE, SVG_DIAMOND, SVG_TRIANGLE };

/* A small filled shape around a point. */
void svg_mark(struct svg *s, const char *cls, enum svg_mark shape, struct svg_at at);

/* Begins and ends a group; title is its tooltip. */
void svg_group(struct svg *s, const char *title);
void svg_group_end(struct svg *s);

/* Number of characters of a font that fit into this width. */
unsigned svg_fit(enum svg_font font, unsigned width);

/* Wraps text at spaces; each line is baseline units lower. Returns the number of lines. Draws nothing if s
 * is NULL. */
unsigned svg_wrapped(struct svg *s, enum svg_font font, const char *cls, unsigned x, unsigned y,
		     unsigned width, unsigned baseline, const char *text);

/* Appends the complete document. Returns -ENOMEM if any allocation failed. */
int svg_document(const struct svg *s, const char *title, const char *desc, struct str *to);

/* Appends the picture as an element of an HTML page whose style sheet includes svg_style(). number must be
 * unique in the page. Returns -ENOMEM as above. */
int svg_embed(const struct svg *s, unsigned number, const char *title, const char *desc,
	      struct str *to);
const char *svg_style(void);

#endif
