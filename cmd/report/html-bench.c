/* SPDX-License-Identifier: MIT */
#include "html-parts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "cmd/draw/chart.h"
#include "probe/lib/json.h"
#include "render.h"

/* Limit for lines, so that a foreign document cannot make the page arbitrarily large. */
#define MAX_POINTS 8192

struct lines {
	struct plot_line line[PLOT_MAX_LINES];
	struct str label[PLOT_MAX_LINES];
	unsigned n; /* including those that do not fit */
};

static void free_lines(struct lines *l)
{
	for (unsigned i = 0; i < PLOT_MAX_LINES; i++) {
		free(l->line[i].x);
		free(l->line[i].y);
		str_free(&l->label[i]);
	}
}

/* Returns a new line with space for its points; NULL if there are too many, or if *r is -ENOMEM. */
static struct plot_line *add_line(struct lines *l, const struct doc_bench *b, int points, int *r)
{
	struct plot_line *line;
	struct str *label;

	if (points <= 0 || *r < 0 || l->n++ >= PLOT_MAX_LINES)
		return NULL;
	if (points > MAX_POINTS)
		points = MAX_POINTS;
	line = &l->line[l->n - 1];
	label = &l->label[l->n - 1];
	say_bench(label, b);
	*line = (struct plot_line){ str_text(label), calloc(points, sizeof(double)),
				    calloc(points, sizeof(double)), points };
	if (line->x && line->y && !label->err)
		return line;
	*r = -ENOMEM;
	return NULL;
}

static double array_number(const cJSON *array, int at)
{
	const cJSON *v = cJSON_GetArrayItem(array, at);

	return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

static const cJSON *result_of(const struct doc_bench *b, const char *key)
{
	return json_member(json_member(b->body, "result"), key);
}

static void percentiles(struct lines *l, const struct doc_bench *b, int *r)
{
	const cJSON *bins = json_member(result_of(b, "total"), "lat_bins");
	struct plot_line *line = add_line(l, b, cJSON_GetArraySize(bins), r);
	double all = 0, so_far = 0;
	const cJSON *bin;
	size_t i = 0;

	if (!line)
		return;
	cJSON_ArrayForEach(bin, bins)
	{
		double n = array_number(bin, 1);

		all += n > 0 ? n : 0;
	}
	cJSON_ArrayForEach(bin, bins)
	{
		double n = array_number(bin, 1);

		if (i == line->n)
			break;
		/* The share of faster I/Os; the slowest one is beyond p100 - 1/all. */
		line->x[i] = -log10(1 - so_far / all);
		line->y[i] = array_number(bin, 0);
		so_far += n > 0 ? n : 0;
		i++;
	}
}

static void series(struct lines *l, const struct doc_bench *b, const char *key, int *r)
{
	const cJSON *spans = result_of(b, "series"), *span;
	int n = cJSON_GetArraySize(spans);
	struct plot_line *line = n > 1 ? add_line(l, b, n, r) : NULL;
	size_t i = 0;

	if (!line)
		return;
	cJSON_ArrayForEach(span, spans)
	{
		if (i == line->n)
			break;
		line->x[i] = json_number(span, "end_s");
		line->y[i] = json_number(span, key);
		i++;
	}
}

static int plot(const struct lines *l, const char *title, const char *x_label, enum plot_axis x,
		enum plot_axis y, const char *unit, unsigned *number, struct str *to)
{
	const struct plot p = { .title = title,
				.x_label = x_label,
				.x = x,
				.y = y,
				.y_unit = unit,
				.lines = l->line,
				.n = l->n };

	return plot_lines(&p, (*number)++, to);
}

int html_benches(const struct document *d, unsigned *number, struct str *to)
{
	struct lines latency = { 0 }, iops = { 0 }, p99 = { 0 };
	int r = 0;

	if (d->kind != DOC_BENCH && d->kind != DOC_QUALIFY)
		return 0;
	for (size_t i = 0; i < d->n_benches; i++) {
		percentiles(&latency, &d->benches[i], &r);
		series(&iops, &d->benches[i], "iops", &r);
		series(&p99, &d->benches[i], "lat_p99_ns", &r);
	}
	if (r == 0)
		r = plot(&latency, "Latency by percentile", "percentile", AXIS_PERCENTILE, AXIS_LOG,
			 "ns", number, to);
	if (r == 0)
		r = plot(&iops, "IOPS over time", "seconds", AXIS_LINEAR, AXIS_LINEAR, "IOPS",
			 number, to);
	if (r == 0)
		r = plot(&p99, "99th percentile of latency over time", "seconds", AXIS_LINEAR,
			 AXIS_LOG, "ns", number, to);
	free_lines(&latency);
	free_lines(&iops);
	free_lines(&p99);
	return r;
}

/* Latency against load, of the points of a curve. */
static int load_line(struct plot_line *to, const struct document *d, unsigned metric,
		     const char *label)
{
	*to = (struct plot_line){ label, calloc(d->n_benches + 1, sizeof(double)),
				  calloc(d->n_benches + 1, sizeof(double)), 0 };
	if (!to->x || !to->y)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_benches; i++) {
		const struct doc_bench *b = &d->benches[i];

		/* The closed loop is not part of the curve: it has no schedule. */
		if (!isfinite(json_number(b->body, "asked_iops")) ||
		    !isfinite(b->metric[METRIC_IOPS]))
			continue;
		to->x[to->n] = b->metric[METRIC_IOPS];
		to->y[to->n++] = b->metric[metric];
	}
	return 0;
}

int html_curve(const struct document *d, unsigned *number, struct str *to)
{
	static const unsigned metrics[] = { METRIC_LAT_P50, METRIC_LAT_P99, METRIC_LAT_P999 };
	struct plot_line lines[ARRAY_SIZE(metrics)] = { 0 };
	const struct plot p = { .title = "Latency by load",
				.x_label = "load",
				.x = AXIS_LINEAR,
				.x_unit = "IOPS",
				.y = AXIS_LOG,
				.y_unit = "ns",
				.lines = lines,
				.n = ARRAY_SIZE(metrics) };
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_SIZE(metrics); i++)
		r = load_line(&lines[i], d, metrics[i], quantities[metrics[i]].label);
	if (r == 0)
		r = plot_lines(&p, (*number)++, to);
	for (unsigned i = 0; i < ARRAY_SIZE(metrics); i++) {
		free(lines[i].x);
		free(lines[i].y);
	}
	return r;
}

#define MAX_LEVELS 32
#define MAX_ROWS   256

/* Columns are the levels of one factor, rows all combinations of the others. */
struct heat {
	const char *columns[MAX_LEVELS];
	char *rows[MAX_ROWS];
	unsigned n_columns, n_rows;
	double cells[MAX_ROWS * MAX_LEVELS];
};

static int setting_at(const cJSON *cell, int factor, const char **to)
{
	const cJSON *s = cJSON_GetArrayItem(json_member(cell, "settings"), factor);

	*to = cJSON_IsString(s) ? s->valuestring : NULL;
	return *to ? 0 : -EINVAL;
}

static int place_of(const char *const *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	return n;
}

static int row_name(const cJSON *cell, int factor, struct str *to)
{
	const cJSON *settings = json_member(cell, "settings"), *s;
	int at = 0;

	cJSON_ArrayForEach(s, settings)
	{
		if (at++ != factor && cJSON_IsString(s))
			str_addf(to, "%s%s", to->len ? " " : "", s->valuestring);
	}
	return to->err;
}

/* Maps that do not fit are left out. */
static int add_heat(struct heat *h, const struct doc_bench *b, int factor, unsigned metric)
{
	_cleanup_str_ struct str row = { 0 };
	const char *column;
	unsigned c, r;

	if (setting_at(b->body, factor, &column) < 0)
		return 0;
	if (row_name(b->body, factor, &row) < 0)
		return -ENOMEM;
	c = place_of(h->columns, h->n_columns, column);
	r = place_of((const char *const *)h->rows, h->n_rows, str_text(&row));
	if (c == MAX_LEVELS || r == MAX_ROWS)
		return 0;
	if (r == h->n_rows) {
		h->rows[r] = strdup(str_text(&row));
		if (!h->rows[r])
			return -ENOMEM;
		h->n_rows++;
	}
	if (c == h->n_columns)
		h->columns[h->n_columns++] = column;
	h->cells[r * MAX_LEVELS + c] = b->metric[metric];
	return 0;
}

static int draw_heat(struct heat *h, unsigned metric, unsigned *number, struct str *to)
{
	const struct quantity *m = &quantities[metric];
	struct plot_grid g = { .title = m->label,
			       .x_label = m->more ? "stronger is more, and better"
						  : "stronger is more, and worse",
			       .y_label = "",
			       .unit = unit_names[m->unit],
			       .columns = h->columns,
			       .rows = (const char *const *)h->rows,
			       .n_columns = h->n_columns,
			       .n_rows = h->n_rows,
			       .cells = h->cells };

	for (unsigned r = 0; r < h->n_rows; r++)
		memmove(&h->cells[r * h->n_columns], &h->cells[r * MAX_LEVELS],
			h->n_columns * sizeof(*h->cells));
	return plot_grid(&g, (*number)++, to);
}

static int heat_map(const struct document *d, int factor, unsigned metric, unsigned *number,
		    struct str *to)
{
	struct heat *h = calloc(1, sizeof(*h));
	int r = h ? 0 : -ENOMEM;

	for (size_t i = 0; h && i < ARRAY_SIZE(h->cells); i++)
		h->cells[i] = NAN;
	for (size_t i = 0; r == 0 && i < d->n_benches; i++)
		r = add_heat(h, &d->benches[i], factor, metric);
	if (r == 0)
		r = draw_heat(h, metric, number, to);
	for (unsigned i = 0; h && i < h->n_rows; i++)
		free(h->rows[i]);
	free(h);
	return r;
}

int html_sweep(const struct document *d, unsigned *number, struct str *to)
{
	static const unsigned metrics[] = { METRIC_IOPS, METRIC_LAT_P99, METRIC_CPU };
	const cJSON *sweep = json_member(d->tree, "sweep"), *factor;
	int widest = 0, most = 0, at = 0, r = 0;

	cJSON_ArrayForEach(factor, json_member(sweep, "factors"))
	{
		int n = cJSON_GetArraySize(json_member(factor, "levels"));

		if (n > most) {
			most = n;
			widest = at;
		}
		at++;
	}
	for (unsigned i = 0; r == 0 && i < ARRAY_SIZE(metrics); i++)
		r = heat_map(d, widest, metrics[i], number, to);
	return r;
}
