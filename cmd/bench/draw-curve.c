/* SPDX-License-Identifier: MIT */
#include "draw-curve.h"

#include <math.h>
#include <string.h>

#include "bench/method/curve.h"
#include "cmd/draw/axis.h"
#include "cmd/draw/box.h"
#include "view-curve.h"

#define HEIGHT	  16u
#define GUTTER	  9u /* for the labels and the axis */
#define MIN_WIDTH 40u
#define MAX_WIDTH 120u
#define Y_TICKS	  8u
#define TICK_ROOM 12u /* columns for each tick of the load */
#define ROOMY	  50u /* columns of the plot for which the whole legend fits */

static const enum draw_tone series_tones[CURVE_SERIES] = {
	[SERIES_P50] = DRAW_KERNEL,
	[SERIES_P99] = DRAW_APP,
	[SERIES_P999] = DRAW_CONST,
};

struct glyphs {
	const char *marks[CURVE_SERIES], *between, *knee;
	const char *tick, *wall, *corner, *floor, *floor_tick;
};

static const struct glyphs unicode = {
	{ "●", "◆", "▲" }, "·", "┊", "┤", "│", "└", "─", "┬",
};
static const struct glyphs ascii = { { "o", "x", "^" }, ".", ":", "+", "|", "+", "-", "+" };

/* Contents of a character cell. */
enum { CELL_EMPTY, CELL_KNEE, CELL_BETWEEN, CELL_MARK = CELL_BETWEEN + CURVE_SERIES };

struct plot {
	const struct curve *c;
	const struct glyphs *g;
	struct draw d;
	struct axis x, y;
	unsigned width;
	unsigned char cells[HEIGHT][MAX_WIDTH];
};

static unsigned column(const struct plot *p, double load)
{
	return lround(axis_share(&p->x, load) * (p->width - 1));
}

static unsigned row(const struct plot *p, double ns)
{
	return lround((1 - axis_log_share(&p->y, ns)) * (HEIGHT - 1));
}

/* Connects two points with a straight line. */
static void connect(struct plot *p, unsigned from, enum curve_series s)
{
	const struct curve_point *a = &p->c->points[from], *b = a + 1;
	long long ya = curve_series_ns(&a->lat, s), yb = curve_series_ns(&b->lat, s);
	unsigned first = column(p, a->asked), last = column(p, b->asked);

	if (ya <= 0 || yb <= 0)
		return;
	for (unsigned x = first + 1; x < last; x++) {
		double share = (double)(x - first) / (last - first);

		p->cells[row(p, exp(log(ya) + share * (log(yb) - log(ya))))][x] = CELL_BETWEEN + s;
	}
}

static void fill(struct plot *p)
{
	/* p99 decides, so it is drawn last. */
	static const enum curve_series order[] = { SERIES_P999, SERIES_P50, SERIES_P99 };
	const struct curve *c = p->c;

	for (unsigned y = 0; c->found && y < HEIGHT; y++)
		p->cells[y][column(p, c->knee)] = CELL_KNEE;
	for (unsigned k = 0; k < CURVE_SERIES; k++)
		for (unsigned i = 0; i + 1 < c->n; i++)
			connect(p, i, order[k]);
	for (unsigned k = 0; k < CURVE_SERIES; k++) {
		for (unsigned i = 0; i < c->n; i++) {
			long long ns = curve_series_ns(&c->points[i].lat, order[k]);

			if (ns > 0)
				p->cells[row(p, ns)][column(p, c->points[i].asked)] =
					CELL_MARK + order[k];
		}
	}
}

static void put_cell(const struct plot *p, unsigned cell)
{
	if (cell >= CELL_MARK)
		draw_paint(&p->d, p->d.to, series_tones[cell - CELL_MARK],
			   p->g->marks[cell - CELL_MARK]);
	else if (cell >= CELL_BETWEEN)
		draw_paint(&p->d, p->d.to, series_tones[cell - CELL_BETWEEN], p->g->between);
	else if (cell == CELL_KNEE)
		draw_paint(&p->d, p->d.to, DRAW_BOLD, p->g->knee);
	else
		str_add(p->d.to, " ");
}

/* Text that ends left of the axis. */
static void gutter(const struct plot *p, const char *text)
{
	unsigned n = out_columns(text);

	str_rep(p->d.to, " ", n < GUTTER - 1 ? GUTTER - 1 - n : 0);
	str_addf(p->d.to, "%s ", text);
}

static void put_row(const struct plot *p, unsigned y)
{
	_cleanup_str_ struct str label = { 0 };
	unsigned end = p->width;

	for (unsigned i = 0; i < p->y.n && !label.len; i++)
		if (row(p, p->y.ticks[i]) == y)
			out_number(&label, p->y.ticks[i], OUT_NS);
	gutter(p, str_text(&label));
	str_add(p->d.to, label.len ? p->g->tick : p->g->wall);
	while (end && p->cells[y][end - 1] == CELL_EMPTY)
		end--;
	for (unsigned x = 0; x < end; x++)
		put_cell(p, p->cells[y][x]);
	str_add(p->d.to, "\n");
}

/* Text centred on a column of the plot, if there is space. */
static void centred(struct plot *p, unsigned at, const char *text)
{
	unsigned n = out_columns(text), left = at > n / 2 ? at - n / 2 : 0;

	if (left + n > p->width)
		left = n < p->width ? p->width - n : 0;
	str_rep(p->d.to, " ", GUTTER + 1 + left);
	draw_paint(&p->d, p->d.to, DRAW_BOLD, text);
	str_add(p->d.to, "\n");
}

static void put_knee(struct plot *p)
{
	_cleanup_str_ struct str text = { 0 };

	if (!p->c->found)
		return;
	str_add(&text, "knee ");
	out_number(&text, p->c->knee, OUT_COUNT);
	centred(p, column(p, p->c->knee), str_text(&text));
}

static bool is_tick(const struct plot *p, unsigned x)
{
	for (unsigned i = 0; i < p->x.n; i++)
		if (column(p, p->x.ticks[i]) == x)
			return true;
	return false;
}

static void put_floor(const struct plot *p)
{
	unsigned at = 0;

	gutter(p, "");
	str_add(p->d.to, p->g->corner);
	for (unsigned x = 0; x < p->width; x++)
		str_add(p->d.to, is_tick(p, x) ? p->g->floor_tick : p->g->floor);
	str_add(p->d.to, "\n");
	str_rep(p->d.to, " ", GUTTER + 1);
	for (unsigned i = 0; i < p->x.n; i++) {
		_cleanup_str_ struct str text = { 0 };
		unsigned x = column(p, p->x.ticks[i]), n, left;

		out_number(&text, p->x.ticks[i], OUT_COUNT);
		n = out_columns(str_text(&text));
		left = x > n / 2 ? x - n / 2 : 0;
		if (left + n > p->width)
			left = p->width - n;
		if (i && left <= at)
			continue;
		str_rep(p->d.to, " ", left - at);
		str_add(p->d.to, str_text(&text));
		at = left + n;
	}
	str_add(p->d.to, "\n");
}

static void put_legend(const struct plot *p)
{
	str_rep(p->d.to, " ", GUTTER + 1);
	for (unsigned s = 0; s < CURVE_SERIES; s++) {
		str_add(p->d.to, s ? "   " : "");
		draw_paint(&p->d, p->d.to, series_tones[s], p->g->marks[s]);
		str_addf(p->d.to, " %s", curve_series_names[s]);
	}
	str_add(p->d.to, p->width < ROOMY ? "\n" : "   against I/Os per second\n");
}

void draw_curve(struct str *to, const struct out_style *style, const struct curve *c)
{
	struct plot p = {
		.c = c,
		.g = style->ascii ? &ascii : &unicode,
		.width = style->width < MIN_WIDTH   ? MIN_WIDTH
			 : style->width > MAX_WIDTH ? MAX_WIDTH
						    : style->width,
	};

	if (!c->n)
		return;
	draw_init(&p.d, to, style);
	p.width -= GUTTER + 1;
	curve_axes(c, p.width / TICK_ROOM, Y_TICKS, &p.x, &p.y);
	fill(&p);
	str_add(to, "\n");
	put_knee(&p);
	for (unsigned y = 0; y < HEIGHT; y++)
		put_row(&p, y);
	put_floor(&p);
	put_legend(&p);
}
