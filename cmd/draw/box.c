/* SPDX-License-Identifier: MIT */
#include "box.h"

#include <string.h>

#define GUTTER 8

struct glyphs {
	const char *left[DRAW_RULES], *fill[DRAW_RULES], *right[DRAW_RULES];
	const char *wall, *cut, *dots, *times, *arrow;
};

static const struct glyphs boxes = {
	.left = { "┌", "├", "├", "└" },
	.fill = { "─", "─", "╌", "─" },
	.right = { "┐", "┤", "┤", "┘" },
	.wall = "│",
	.cut = "…",
	.dots = "⋮",
	.times = "×",
	.arrow = "→",
};

static const struct glyphs plain = {
	.left = { "+", "+", "+", "+" },
	.fill = { "-", "-", ".", "-" },
	.right = { "+", "+", "+", "+" },
	.wall = "|",
	.cut = "~",
	.dots = ":",
	.times = "x",
	.arrow = "->",
};

static const struct glyphs *glyphs_of(const struct draw *d)
{
	return d->ascii ? &plain : &boxes;
}

void draw_init(struct draw *d, struct str *to, const struct out_style *style)
{
	*d = (struct draw){ to, style->color, style->ascii, style->width };
	if (d->width < DRAW_MIN_WIDTH)
		d->width = DRAW_MIN_WIDTH;
	if (d->width > DRAW_MAX_WIDTH)
		d->width = DRAW_MAX_WIDTH;
}

unsigned draw_inner(const struct draw *d)
{
	return d->width - GUTTER - 2;
}

const char *draw_dots(const struct draw *d)
{
	return glyphs_of(d)->dots;
}

const char *draw_times(const struct draw *d)
{
	return glyphs_of(d)->times;
}

const char *draw_arrow(const struct draw *d)
{
	return glyphs_of(d)->arrow;
}

void draw_paint(const struct draw *d, struct str *to, enum draw_tone tone, const char *text)
{
	static const char *const codes[DRAW_TONES] = {
		[DRAW_KERNEL] = "\033[36m", [DRAW_APP] = "\033[33m", [DRAW_CONST] = "\033[35m",
		[DRAW_DIM] = "\033[2m",	    [DRAW_BOLD] = "\033[1m",
	};

	if (d->color && codes[tone] && *text)
		str_addf(to, "%s%s\033[0m", codes[tone], text);
	else
		str_add(to, text);
}

/* Number of bytes of UTF-8 text that fit into these columns. */
static size_t bytes_of(const char *text, unsigned columns)
{
	size_t n = 0;

	while (text[n]) {
		if ((text[n] & 0xc0) != 0x80 && columns-- == 0)
			break;
		n++;
	}
	return n;
}

void draw_heading(struct draw *d, const char *text)
{
	if (d->to->len)
		str_add(d->to, "\n");
	draw_paint(d, d->to, DRAW_BOLD, text);
	str_add(d->to, "\n");
}

void draw_wrapped(struct draw *d, const char *label, unsigned label_columns, const char *text)
{
	unsigned at = label_columns;

	draw_paint(d, d->to, DRAW_DIM, label);
	str_rep(d->to, " ", label_columns - out_columns(label));
	while (*text) {
		size_t word = strcspn(text, " ");
		_cleanup_str_ struct str w = { 0 };

		str_addn(&w, text, word);
		if (at > label_columns && at + 1 + out_columns(str_text(&w)) > d->width) {
			str_add(d->to, "\n");
			str_rep(d->to, " ", label_columns);
			at = label_columns;
		} else if (at > label_columns) {
			str_add(d->to, " ");
			at++;
		}
		str_add(d->to, str_text(&w));
		at += out_columns(str_text(&w));
		text += word;
		text += *text == ' ';
	}
	str_add(d->to, "\n");
}

static void draw_gutter(struct draw *d, const char *text)
{
	_cleanup_str_ struct str cut = { 0 };
	unsigned columns;

	str_addn(&cut, text, bytes_of(text, GUTTER - 1));
	columns = out_columns(str_text(&cut));
	str_rep(d->to, " ", GUTTER - 1 - columns);
	str_add(d->to, str_text(&cut));
	str_add(d->to, " ");
}

void draw_rule(struct draw *d, enum draw_rule rule, const char *gutter, const char *label)
{
	const struct glyphs *g = glyphs_of(d);
	unsigned inner = draw_inner(d), used = 0;

	draw_gutter(d, gutter);
	str_add(d->to, g->left[rule]);
	if (*label) {
		_cleanup_str_ struct str text = { 0 };

		str_addn(&text, label, bytes_of(label, inner - 4));
		str_add(d->to, g->fill[rule]);
		str_addf(d->to, " %s ", str_text(&text));
		used = 3 + out_columns(str_text(&text));
	}
	str_rep(d->to, g->fill[rule], inner - used);
	str_add(d->to, g->right[rule]);
	str_add(d->to, "\n");
}

void draw_cell(const struct draw *d, struct draw_line *line, unsigned columns,
	       enum draw_align align, enum draw_tone tone, const char *text)
{
	unsigned left = draw_inner(d) - line->columns, n = out_columns(text), pad;
	_cleanup_str_ struct str cut = { 0 };

	if (!columns || columns > left)
		columns = left;
	if (n > columns && columns) {
		str_addn(&cut, text, bytes_of(text, columns - 1));
		str_add(&cut, glyphs_of(d)->cut);
		text = str_text(&cut);
		n = columns;
	} else if (n > columns) {
		return;
	}
	pad = columns - n;
	if (align == ALIGN_RIGHT)
		str_rep(&line->text, " ", pad);
	draw_paint(d, &line->text, tone, text);
	if (align == ALIGN_LEFT)
		str_rep(&line->text, " ", pad);
	line->columns += columns;
}

void draw_put(struct draw_line *line, const char *painted, unsigned columns)
{
	str_add(&line->text, painted);
	line->columns += columns;
}

void draw_line(struct draw *d, const char *gutter, struct draw_line *line)
{
	const struct glyphs *g = glyphs_of(d);

	draw_gutter(d, gutter);
	str_add(d->to, g->wall);
	str_add(d->to, str_text(&line->text));
	str_rep(d->to, " ", draw_inner(d) - line->columns);
	str_add(d->to, g->wall);
	str_add(d->to, "\n");
	str_free(&line->text);
	line->columns = 0;
}
