/* SPDX-License-Identifier: MIT */
#include "chart.h"

#include <math.h>
#include <string.h>

#include "axis.h"
#include "cmd/output/number.h"
#include "svg.h"

#define LEFT   110u
#define RIGHT  40u
#define TOP    50u
#define HEIGHT 260u
#define WIDTH  (SVG_WIDTH - LEFT - RIGHT)
#define BOTTOM (TOP + HEIGHT)

#define MAX_TICKS  12
#define STEPS	   5
#define HEAT_STEPS 10

/* Colours that are distinct for colour-blind readers. */
#define LINES(c0, c1, c2, c3, c4, c5, c6, c7) \
	"polyline.l0 { stroke: " c0 " }\n"    \
	"polyline.l1 { stroke: " c1 " }\n"    \
	"polyline.l2 { stroke: " c2 " }\n"    \
	"polyline.l3 { stroke: " c3 " }\n"    \
	"polyline.l4 { stroke: " c4 " }\n"    \
	"polyline.l5 { stroke: " c5 " }\n"    \
	"polyline.l6 { stroke: " c6 " }\n"    \
	"polyline.l7 { stroke: " c7 " }\n"

static const char style[] = "polyline { stroke-linejoin: round }\n" LINES(
	"#0b6a9c", "#c2570c", "#1a7f37", "#8250df", "#8a5a00", "#bf3989", "#57606a",
	"#0a7c86") "rect.cell { stroke: none }\n"
		   "text.on { fill: #ffffff }\n"
		   "rect.h0 { fill: #edf4f9 }\nrect.h1 { fill: #d6e7f2 }\nrect.h2 { fill: "
		   "#bcd8ea }\n"
		   "rect.h3 { fill: #9dc6df }\nrect.h4 { fill: #7ab1d3 }\nrect.h5 { fill: "
		   "#5799c5 }\n"
		   "rect.h6 { fill: #3a80b1 }\nrect.h7 { fill: #24679a }\nrect.h8 { fill: "
		   "#144f80 }\n"
		   "rect.h9 { fill: #083862 }\n"
		   "@media (prefers-color-scheme: dark) {\n" LINES(
			   "#7cc7ef", "#ffa657", "#56d364", "#d2a8ff", "#f0c265", "#ff9bce",
			   "#9aa4ae",
			   "#6adbe5") "rect.h0 { fill: #10202c }\nrect.h1 { fill: #12293a "
				      "}\nrect.h2 { fill: #143449 }\n"
				      "rect.h3 { fill: #17405b }\nrect.h4 { fill: #1a4e6f "
				      "}\nrect.h5 { fill: #1d5d86 }\n"
				      "rect.h6 { fill: #226e9e }\nrect.h7 { fill: #2a80b6 "
				      "}\nrect.h8 { fill: #3892cb }\n"
				      "rect.h9 { fill: #4da5dd }\n"
				      "}\n";

const char *plot_style(void)
{
	return style;
}

struct scale {
	enum plot_axis kind;
	struct axis axis;
};

static double share(const struct scale *s, double value)
{
	return s->kind == AXIS_LOG ? axis_log_share(&s->axis, value) : axis_share(&s->axis, value);
}

/* Values beyond these ends have no round axis numbers. */
static bool is_drawable(enum plot_axis kind, double value)
{
	return isfinite(value) && fabs(value) < 1e300 && (kind != AXIS_LOG || value > 1e-300);
}

static struct axis percentiles(double high)
{
	static const double shares[] = { 0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999 };
	struct axis a = { .high = high > 0 ? high : 1 };

	for (unsigned i = 0; i < ARRAY_SIZE(shares); i++)
		if (-log10(1 - shares[i]) <= high + 1e-9)
			a.ticks[a.n++] = -log10(1 - shares[i]);
	return a;
}

static struct scale scale_of(enum plot_axis kind, double low, double high)
{
	struct scale s = { .kind = kind };

	if (kind == AXIS_PERCENTILE)
		s.axis = percentiles(high);
	else if (kind == AXIS_LOG)
		s.axis = axis_log(low, high, MAX_TICKS);
	else
		s.axis = axis_linear(high, STEPS);
	return s;
}

/* Chooses scales for the data; returns false if there is no point. */
static bool choose_scales(const struct plot *p, struct scale *x, struct scale *y)
{
	double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;

	for (unsigned i = 0; i < p->n && i < PLOT_MAX_LINES; i++)
		for (size_t j = 0; j < p->lines[i].n; j++) {
			double at_x = p->lines[i].x[j], at_y = p->lines[i].y[j];

			if (!is_drawable(p->x, at_x) || !is_drawable(p->y, at_y))
				continue;
			low_x = fmin(low_x, at_x);
			high_x = fmax(high_x, at_x);
			low_y = fmin(low_y, at_y);
			high_y = fmax(high_y, at_y);
		}
	if (!isfinite(low_x))
		return false;
	*x = scale_of(p->x, low_x, high_x);
	*y = scale_of(p->y, low_y, high_y);
	return true;
}

static unsigned x_of(const struct scale *x, double at)
{
	return LEFT + lround(share(x, at) * WIDTH);
}

static unsigned y_of(const struct scale *y, double at)
{
	return BOTTOM - lround(share(y, at) * HEIGHT);
}

static void draw_axes(struct svg *s, const struct plot *p, const struct scale *x,
		      const struct scale *y)
{
	unsigned last = 0;

	for (unsigned i = 0; i < y->axis.n; i++) {
		_cleanup_str_ struct str text = { 0 };
		unsigned at = y_of(y, y->axis.ticks[i]);

		say_number(&text, y->axis.ticks[i], p->y_unit);
		svg_line(s, LEFT, at, LEFT + WIDTH, at);
		svg_text(s, SVG_SMALL, "dim", SVG_END, LEFT - 8, at + 4, str_text(&text));
	}
	for (unsigned i = 0; i < x->axis.n; i++) {
		_cleanup_str_ struct str text = { 0 };
		double tick = x->axis.ticks[i];
		unsigned at = x_of(x, tick);

		if (p->x == AXIS_PERCENTILE)
			str_addf(&text, "p%.6g", 100 * (1 - pow(10, -tick)));
		else
			say_number(&text, tick, p->x_unit);
		/* The longest percentile label sets the distance of the ticks. */
		if (i && at < last + 60)
			continue;
		last = at;
		svg_line(s, at, BOTTOM, at, BOTTOM + 5);
		svg_text(s, SVG_SMALL, "dim", SVG_MIDDLE, at, BOTTOM + 18, str_text(&text));
	}
	svg_text(s, SVG_SMALL, "dim", SVG_MIDDLE, LEFT + WIDTH / 2, BOTTOM + 36, p->x_label);
}

static int draw_line(struct svg *s, const struct plot *p, unsigned nr, const struct scale *x,
		     const struct scale *y)
{
	const struct plot_line *l = &p->lines[nr];
	_cleanup_free_ struct svg_at *at = calloc(l->n + 1, sizeof(*at));
	unsigned n = 0;
	char cls[8];

	if (!at)
		return -ENOMEM;
	snprintf(cls, sizeof(cls), "l%u", nr);
	svg_group(s, l->label);
	for (size_t i = 0; i < l->n; i++) {
		struct svg_at to;

		/* Nothing is drawn across a gap. */
		if (!is_drawable(p->x, l->x[i]) || !is_drawable(p->y, l->y[i])) {
			if (n)
				svg_polyline(s, cls, at, n);
			n = 0;
			continue;
		}
		to = (struct svg_at){ x_of(x, l->x[i]), y_of(y, l->y[i]) };
		if (!n || at[n - 1].x != to.x || at[n - 1].y != to.y)
			at[n++] = to;
	}
	svg_polyline(s, cls, at, n);
	svg_group_end(s);
	return 0;
}

/* Text cut to the available width. */
static void short_text(struct svg *s, enum svg_font font, const char *cls, enum svg_anchor anchor,
		       unsigned x, unsigned y, unsigned width, const char *text)
{
	unsigned fits = svg_fit(font, width), columns = 0;
	_cleanup_str_ struct str cut = { 0 };
	const char *at = text;

	while (*at && columns + 2 < fits) {
		unsigned n = utf8_length(at);

		at += n ? n : 1;
		columns++;
	}
	str_addn(&cut, text, at - text);
	if (*at)
		str_add(&cut, "…");
	svg_text(s, font, cls, anchor, x, y, str_text(&cut));
}

static void legend(struct svg *s, const struct plot *p)
{
	unsigned shown = p->n < PLOT_MAX_LINES ? p->n : PLOT_MAX_LINES;

	s->y = BOTTOM + 58;
	for (unsigned i = 0; i < shown; i++) {
		unsigned x = LEFT + i % 2 * (WIDTH / 2);
		const struct svg_at at[] = { { x, s->y - 4 }, { x + 24, s->y - 4 } };
		char cls[8];

		snprintf(cls, sizeof(cls), "l%u", i);
		svg_polyline(s, cls, at, 2);
		short_text(s, SVG_SMALL, "", SVG_START, x + 32, s->y, WIDTH / 2 - 40,
			   p->lines[i].label);
		if (i % 2 || i + 1 == shown)
			s->y += 16;
	}
	if (p->n > shown) {
		char text[40];

		snprintf(text, sizeof(text), "and %u more, not drawn", p->n - shown);
		svg_text(s, SVG_SMALL, "dim", SVG_START, LEFT, s->y, text);
		s->y += 16;
	}
	s->y = s->y > SVG_MARGIN ? s->y - 24 : s->y;
}

int plot_lines(const struct plot *p, unsigned number, struct str *to)
{
	struct svg s = { 0 };
	struct scale x, y;
	int r = 0;

	if (!choose_scales(p, &x, &y))
		return 0;
	short_text(&s, SVG_HEADING, "", SVG_START, LEFT, 28, WIDTH, p->title);
	draw_axes(&s, p, &x, &y);
	for (unsigned i = 0; r == 0 && i < p->n && i < PLOT_MAX_LINES; i++)
		r = draw_line(&s, p, i, &x, &y);
	legend(&s, p);
	if (r == 0)
		r = svg_embed(&s, number, p->title, p->x_label, to);
	str_free(&s.body);
	return r;
}

#define GRID_LEFT 200u
#define CELL_H	  30u

static void draw_cell(struct svg *s, const struct plot_grid *g, double value, double low,
		      double high, unsigned x, unsigned y, unsigned w)
{
	_cleanup_str_ struct str text = { 0 }, cls = { 0 };
	unsigned step = high > low ? lround((value - low) / (high - low) * (HEAT_STEPS - 1)) : 0;

	say_number(&text, value, g->unit);
	str_addf(&cls, "cell h%u", step);
	svg_group(s, str_text(&text));
	svg_rect(s, str_text(&cls), x, y, w - 2, CELL_H - 2);
	if (svg_fit(SVG_SMALL, w) > text.len)
		svg_text(s, SVG_SMALL, step > HEAT_STEPS / 2 ? "on" : "", SVG_MIDDLE, x + w / 2 - 1,
			 y + CELL_H / 2 + 3, str_text(&text));
	svg_group_end(s);
}

int plot_grid(const struct plot_grid *g, unsigned number, struct str *to)
{
	unsigned w = g->n_columns ? (SVG_WIDTH - GRID_LEFT - RIGHT) / g->n_columns : 0;
	double low = INFINITY, high = -INFINITY;
	struct svg s = { .y = TOP + 44 };
	int r;

	for (size_t i = 0; i < (size_t)g->n_columns * g->n_rows; i++)
		if (isfinite(g->cells[i])) {
			low = fmin(low, g->cells[i]);
			high = fmax(high, g->cells[i]);
		}
	if (!isfinite(low) || w < 6)
		return 0;
	short_text(&s, SVG_HEADING, "", SVG_START, SVG_MARGIN, 28, SVG_WIDTH - 2 * SVG_MARGIN,
		   g->title);
	short_text(&s, SVG_SMALL, "dim", SVG_MIDDLE, GRID_LEFT + (SVG_WIDTH - GRID_LEFT) / 2,
		   TOP + 14, SVG_WIDTH - GRID_LEFT, g->x_label);
	short_text(&s, SVG_SMALL, "dim", SVG_END, GRID_LEFT - 10, TOP + 34, GRID_LEFT, g->y_label);
	for (unsigned c = 0; c < g->n_columns; c++)
		short_text(&s, SVG_SMALL, "strong", SVG_MIDDLE, GRID_LEFT + c * w + w / 2, TOP + 34,
			   w, g->columns[c]);
	for (unsigned row = 0; row < g->n_rows; row++, s.y += CELL_H) {
		short_text(&s, SVG_SMALL, "strong", SVG_END, GRID_LEFT - 10, s.y + CELL_H / 2 + 3,
			   GRID_LEFT - 10, g->rows[row]);
		for (unsigned c = 0; c < g->n_columns; c++) {
			double value = g->cells[row * g->n_columns + c];

			if (isfinite(value))
				draw_cell(&s, g, value, low, high, GRID_LEFT + c * w, s.y, w);
		}
	}
	r = svg_embed(&s, number, g->title, g->unit ? g->unit : "", to);
	str_free(&s.body);
	return r;
}
