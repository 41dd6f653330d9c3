/* SPDX-License-Identifier: MIT */
/*
 * A picture as SVG, from top to bottom: one self-contained document without scripts, fonts or
 * links, whose colours follow the reader's light or dark scheme. Text is text, in a monospaced
 * font, so that its width can be told beforehand.
 */
#ifndef CMD_DRAW_SVG_H
#define CMD_DRAW_SVG_H

#include "probe/lib/base.h"

#define SVG_WIDTH  1000u
#define SVG_MARGIN 40u

struct svg {
	struct str body;
	unsigned y; /* where the next thing goes */
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* Sizes of text, by class. */
enum svg_font { SVG_TITLE, SVG_HEADING, SVG_TEXT, SVG_SMALL, SVG_FONTS };

/* cls are further classes, by spaces: "kernel", "app", "const", "padding", "dim", "strong". */
void svg_rect(struct svg *s, const char *cls, unsigned x, unsigned y, unsigned w, unsigned h);
void svg_text(struct svg *s, enum svg_font font, const char *cls, enum svg_anchor anchor,
	      unsigned x, unsigned y, const char *text);
void svg_line(struct svg *s, unsigned x1, unsigned y1, unsigned x2, unsigned y2);

struct svg_at {
	unsigned x, y;
};

/* A line through n points; cls "dashed" or one of the colours. */
void svg_polyline(struct svg *s, const char *cls, const struct svg_at *at, unsigned n);

enum svg_mark { SVG_CIRCLE, SVG_DIAMOND, SVG_TRIANGLE };

/* A small filled shape around a point. */
void svg_mark(struct svg *s, const char *cls, enum svg_mark shape, struct svg_at at);

/* What lies between the two is one thing, explained by title where the pointer rests on it. */
void svg_group(struct svg *s, const char *title);
void svg_group_end(struct svg *s);

/* Characters of a font that fit into so many units. */
unsigned svg_fit(enum svg_font font, unsigned width);

/* Text broken at spaces; each line is baseline units lower. Returns the lines, draws none when s is
 * NULL. */
unsigned svg_wrapped(struct svg *s, enum svg_font font, const char *cls, unsigned x, unsigned y,
		     unsigned width, unsigned baseline, const char *text);

/* The document around the body. -ENOMEM when memory ran out anywhere. */
int svg_document(const struct svg *s, const char *title, const char *desc, struct str *to);

/* The picture as an element of an HTML page, whose style sheet has svg_style() in it. number is of no
 * other picture of the page. -ENOMEM as above. */
int svg_embed(const struct svg *s, unsigned number, const char *title, const char *desc,
	      struct str *to);
const char *svg_style(void);

#endif
