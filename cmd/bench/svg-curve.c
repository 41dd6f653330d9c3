/* SPDX-License-Identifier: MIT */
#include "draw-curve.h"

#include <math.h>

#include "bench/method/curve.h"
#include "cmd/draw/axis.h"
#include "cmd/draw/svg.h"
#include "cmd/output/out.h"
#include "view-curve.h"

/* The axes; the names of the lines are on the right. */
#define LEFT	 (SVG_MARGIN + 70)
#define RIGHT	 (SVG_WIDTH - SVG_MARGIN - 60)
#define HEIGHT	 420u
#define BASELINE 15u
#define X_TICKS	 8u
#define Y_TICKS	 10u
#define NAME_GAP 16u

static const struct {
	const char *cls;
	enum svg_mark mark;
} looks[CURVE_SERIES] = {
	[SERIES_P50] = { "kernel", SVG_CIRCLE },
	[SERIES_P99] = { "app", SVG_DIAMOND },
	[SERIES_P999] = { "const", SVG_TRIANGLE },
};

struct picture {
	struct svg s;
	const struct curve *c;
	struct axis x, y;
	unsigned top;
};

static struct svg_at place(const struct picture *p, double load, double ns)
{
	return (struct svg_at){
		LEFT + lround(axis_share(&p->x, load) * (RIGHT - LEFT)),
		p->top + lround((1 - axis_log_share(&p->y, ns)) * HEIGHT),
	};
}

static void heading(struct picture *p, const char *what, const char *story)
{
	struct svg *s = &p->s;

	s->y = SVG_MARGIN + 14;
	svg_text(s, SVG_TITLE, "", SVG_START, SVG_MARGIN, s->y, "Latency against load");
	s->y += 24;
	s->y += BASELINE * svg_wrapped(s, SVG_TEXT, "dim", SVG_MARGIN, s->y,
				       SVG_WIDTH - 2 * SVG_MARGIN, BASELINE, what);
	s->y += BASELINE * svg_wrapped(s, SVG_TEXT, "", SVG_MARGIN, s->y + 4,
				       SVG_WIDTH - 2 * SVG_MARGIN, BASELINE, story);
	p->top = s->y + 34;
}

static void axes(struct picture *p)
{
	struct svg *s = &p->s;
	const unsigned bottom = p->top + HEIGHT;

	svg_text(s, SVG_SMALL, "dim", SVG_END, LEFT - 8, p->top - 16, "latency");
	for (unsigned i = 0; i < p->y.n; i++) {
		const unsigned y = place(p, 0, p->y.ticks[i]).y;
		_cleanup_str_ struct str text = { 0 };

		out_number(&text, p->y.ticks[i], OUT_NS);
		svg_line(s, LEFT, y, RIGHT, y);
		svg_text(s, SVG_SMALL, "dim", SVG_END, LEFT - 8, y + 3, str_text(&text));
	}
	svg_line(s, LEFT, p->top, LEFT, bottom);
	svg_line(s, LEFT, bottom, RIGHT, bottom);
	for (unsigned i = 0; i < p->x.n; i++) {
		const unsigned x = place(p, p->x.ticks[i], p->y.low).x;
		_cleanup_str_ struct str text = { 0 };

		out_number(&text, p->x.ticks[i], OUT_COUNT);
		svg_line(s, x, bottom, x, bottom + 5);
		svg_text(s, SVG_SMALL, "dim", SVG_MIDDLE, x, bottom + 18, str_text(&text));
	}
	svg_text(s, SVG_SMALL, "dim", SVG_END, RIGHT, bottom + 34, "I/Os per second");
	s->y = bottom + 34;
}

static void knee(struct picture *p)
{
	const struct svg_at at[] = { place(p, p->c->knee, p->y.high),
				     place(p, p->c->knee, p->y.low) };
	enum svg_anchor anchor = SVG_MIDDLE;
	unsigned x = at[0].x;
	_cleanup_str_ struct str text = { 0 };

	if (!p->c->found)
		return;
	str_add(&text, "knee ");
	out_number(&text, p->c->knee, OUT_COUNT);
	svg_polyline(&p->s, "dashed", at, 2);
	/* The unit of the latency and the names of the lines are outside the axes. */
	if (svg_fit(SVG_TEXT, 2 * (at[0].x - LEFT)) < text.len) {
		anchor = SVG_START;
		x = LEFT;
	} else if (svg_fit(SVG_TEXT, 2 * (RIGHT - at[0].x)) < text.len) {
		anchor = SVG_END;
		x = RIGHT;
	}
	svg_text(&p->s, SVG_TEXT, "strong", anchor, x, p->top - 8, str_text(&text));
}

/* Returns the end of the line; x is 0 if it has no point. */
static struct svg_at series(struct picture *p, enum curve_series which)
{
	struct svg_at at[CURVE_MAX_POINTS], end = { 0 };
	unsigned n = 0;

	for (unsigned i = 0; i < p->c->n; i++) {
		const struct curve_point *point = &p->c->points[i];
		long long ns = curve_series_ns(&point->lat, which);

		if (ns > 0)
			at[n++] = end = place(p, point->asked, ns);
	}
	svg_polyline(&p->s, looks[which].cls, at, n);
	for (unsigned i = 0; i < n; i++)
		svg_mark(&p->s, looks[which].cls, looks[which].mark, at[i]);
	return end;
}

static void lines(struct picture *p)
{
	unsigned below = p->top + HEIGHT + NAME_GAP;

	/* From the lowest line upwards, so that the names do not overlap. */
	for (unsigned s = 0; s < CURVE_SERIES; s++) {
		struct svg_at end = series(p, s);
		unsigned y = end.y + 4;

		if (!end.x)
			continue;
		if (y > below - NAME_GAP)
			y = below - NAME_GAP;
		svg_text(&p->s, SVG_TEXT, looks[s].cls, SVG_START, RIGHT + 12, y,
			 curve_series_names[s]);
		below = y;
	}
}

int svg_curve(const struct curve *c, const char *what, struct str *to)
{
	_cleanup_str_ struct str story = { 0 };
	struct picture p = { .c = c };
	int r;

	if (!c->n)
		return -ENODATA;
	if (c->found) {
		str_add(&story, "The knee lies at ");
		out_number(&story, c->knee, OUT_COUNT);
		str_add(&story, " I/Os per second: ");
		curve_tell_beyond(c, &story);
		str_add(&story, ". Of repeated measurements, ");
		curve_tell_interval(c, &story);
		str_add(&story, ".");
	} else {
		str_add(&story, "The knee was not found.");
	}
	curve_axes(c, X_TICKS, Y_TICKS, &p.x, &p.y);
	heading(&p, what, str_text(&story));
	axes(&p);
	knee(&p);
	lines(&p);
	r = svg_document(&p.s, "Latency against load", str_text(&story), to);
	str_free(&p.s.body);
	return r < 0 ? r : story.err;
}
