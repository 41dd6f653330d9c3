/* SPDX-License-Identifier: MIT */
/* Plots for an HTML page: line charts and heat maps. */
#ifndef CMD_DRAW_CHART_H
#define CMD_DRAW_CHART_H

#include <stdbool.h>
#include <stddef.h>

struct str;

#define PLOT_MAX_LINES 8

/* Points that are not finite are left out. x must be ascending. */
struct plot_line {
	const char *label;
	double *x, *y;
	size_t n;
};

enum plot_axis {
	AXIS_LINEAR,
	AXIS_LOG,	 /* values not above 0 are left out */
	AXIS_PERCENTILE, /* the value is -log10(1 - share): 2 for p99 */
};

struct plot {
	const char *title, *x_label;
	enum plot_axis x, y;
	const char *x_unit, *y_unit; /* as for say_number() */
	const struct plot_line *lines;
	unsigned n; /* lines beyond PLOT_MAX_LINES are left out, with a note */
};

/* Appends an element; number as in svg_embed(). Appends nothing if there are no points. Returns -ENOMEM. */
int plot_lines(const struct plot *p, unsigned number, struct str *to);

/* A heat map: rows from top to bottom; NAN cells are empty. */
struct plot_grid {
	const char *title, *x_label, *y_label, *unit;
	const char *const *columns, *const *rows;
	unsigned n_columns, n_rows;
	const double *cells; /* row by row */
};

int plot_grid(const struct plot_grid *g, unsigned number, struct str *to);

/* The CSS for plots. */
const char *plot_style(void);

#endif
