/* SPDX-License-Identifier: MIT */
/*
 * Box drawing for out_block(): a box of lines with a gutter for offsets on its left. Every line of a box has
 * the width of the drawing. Text that does not fit is cut, and marked as cut.
 */
#ifndef CMD_DRAW_BOX_H
#define CMD_DRAW_BOX_H

#include "cmd/output/out.h"
#include "probe/lib/base.h"

#define DRAW_MIN_WIDTH 64
#define DRAW_MAX_WIDTH 120

enum draw_tone {
	DRAW_PLAIN,
	DRAW_KERNEL,
	DRAW_APP,
	DRAW_CONST,
	DRAW_DIM,
	DRAW_BOLD,
	DRAW_TONES,
};

enum draw_rule { RULE_TOP, RULE_LINE, RULE_DASHED, RULE_BOTTOM, DRAW_RULES };

struct draw {
	struct str *to;
	bool color, ascii;
	unsigned width; /* of every line of a box, including the gutter */
};

/* Starts a drawing that is appended to *to. *to must stay valid while d is used. */
void draw_init(struct draw *d, struct str *to, const struct out_style *style);

/* Draw text outside of boxes. draw_wrapped() breaks it at spaces, with the label on its left. */
void draw_heading(struct draw *d, const char *text);
void draw_wrapped(struct draw *d, const char *label, unsigned label_columns, const char *text);

/* Draws a horizontal line of a box; gutter and label may be "". */
void draw_rule(struct draw *d, enum draw_rule rule, const char *gutter, const char *label);

/* A line of a box, built cell by cell. */
struct draw_line {
	struct str text;
	unsigned columns;
};

enum draw_align { ALIGN_LEFT, ALIGN_RIGHT };

/* Appends a cell of this many columns; longer text is cut. 0 means the rest of the line. */
void draw_cell(const struct draw *d, struct draw_line *line, unsigned columns,
	       enum draw_align align, enum draw_tone tone, const char *text);

/* Appends text that is already painted and takes this many columns. */
void draw_put(struct draw_line *line, const char *painted, unsigned columns);

/* Prints the line and empties it. */
void draw_line(struct draw *d, const char *gutter, struct draw_line *line);

/* Number of columns inside the box. */
unsigned draw_inner(const struct draw *d);

/* Symbols, with ASCII replacements. */
const char *draw_dots(const struct draw *d);  /* vertical: something is left out */
const char *draw_times(const struct draw *d); /* multiplication */
const char *draw_arrow(const struct draw *d); /* from before to after */

/* Appends text, coloured if colours are enabled. */
void draw_paint(const struct draw *d, struct str *to, enum draw_tone tone, const char *text);

#endif
