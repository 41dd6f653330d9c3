/* SPDX-License-Identifier: MIT */
#include "out.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "probe/lib/base.h"

#define MAX_DEPTH 16

enum kind { K_OBJ, K_ARR, K_STR, K_BOOL, K_NULL, K_U64, K_I64, K_F64, K_BLOCK };

struct node {
	enum kind kind;
	bool row;
	enum out_unit unit;
	enum out_tone tone;
	unsigned decimals;
	char *key, *label, *text;
	union {
		uint64_t u;
		int64_t i;
		double d;
		bool b;
	};
	struct node *next, *child, *last;
};

struct out {
	struct node root;
	struct node *open[MAX_DEPTH];
	unsigned depth;
	struct node *latest, *envelope;
	int err;
};

struct out *out_new(void)
{
	struct out *o = calloc(1, sizeof(*o));

	if (o)
		o->open[0] = &o->root;
	return o;
}

static void free_children(struct node *parent)
{
	for (struct node *n = parent->child, *next; n; n = next) {
		next = n->next;
		free_children(n);
		free(n->key);
		free(n->label);
		free(n->text);
		free(n);
	}
}

void out_free(struct out *o)
{
	if (!o)
		return;
	free_children(&o->root);
	free(o);
}

void out_envelope_done(struct out *o)
{
	o->envelope = o->root.last;
}

bool out_described(const struct out *o)
{
	return o->err || o->root.last != o->envelope;
}

static char *copy(struct out *o, const char *text)
{
	char *s = text && text != str_lost ? strdup(text) : NULL;

	if (text && !s)
		o->err = -ENOMEM;
	return s;
}

static struct node *add(struct out *o, enum kind kind, const char *key, const char *label)
{
	struct node *parent = o->open[o->depth], *n = calloc(1, sizeof(*n));

	if (!n) {
		o->err = -ENOMEM;
		return NULL;
	}
	n->kind = kind;
	n->key = copy(o, key);
	n->label = copy(o, label);
	if (parent->last)
		parent->last->next = n;
	else
		parent->child = n;
	parent->last = n;
	o->latest = n;
	return n;
}

static void open_container(struct out *o, enum kind kind, const char *key, const char *label,
			   bool row)
{
	struct node *n = add(o, kind, key, label);

	if (o->depth + 1 == MAX_DEPTH)
		abort();
	if (n)
		n->row = row;
	o->depth++;
	o->open[o->depth] = n ? n : o->open[o->depth - 1];
}

void out_obj(struct out *o, const char *key, const char *label)
{
	open_container(o, K_OBJ, key, label, false);
}

void out_arr(struct out *o, const char *key, const char *label)
{
	open_container(o, K_ARR, key, label, false);
}

void out_row(struct out *o, const char *key, const char *label)
{
	open_container(o, K_OBJ, key, label, true);
}

void out_end(struct out *o)
{
	if (o->depth)
		o->depth--;
}

void out_str(struct out *o, const char *key, const char *label, const char *value)
{
	struct node *n = add(o, K_STR, key, label);
	_cleanup_str_ struct str clean = { 0 };

	if (value == str_lost)
		o->err = -ENOMEM;
	if (!n || !value)
		return;
	for (unsigned len; *value; value += len ? len : 1) {
		len = utf8_length(value);
		str_addn(&clean, len ? value : "\ufffd", len ? len : strlen("\ufffd"));
	}
	if (clean.err)
		o->err = clean.err;
	n->text = copy(o, str_text(&clean));
}

void out_bool(struct out *o, const char *key, const char *label, bool value)
{
	struct node *n = add(o, K_BOOL, key, label);

	if (n)
		n->b = value;
}

void out_null(struct out *o, const char *key, const char *label)
{
	add(o, K_NULL, key, label);
}

void out_u64(struct out *o, const char *key, const char *label, uint64_t value, enum out_unit unit)
{
	struct node *n = add(o, K_U64, key, label);

	if (n) {
		n->u = value;
		n->unit = unit;
	}
}

void out_i64(struct out *o, const char *key, const char *label, int64_t value)
{
	struct node *n = add(o, K_I64, key, label);

	if (n)
		n->i = value;
}

void out_f64(struct out *o, const char *key, const char *label, double value, unsigned decimals,
	     enum out_unit unit)
{
	struct node *n = add(o, isfinite(value) ? K_F64 : K_NULL, key, label);

	if (n) {
		n->d = value;
		n->decimals = decimals;
		n->unit = unit;
	}
}

void out_block(struct out *o, const char *lines)
{
	struct node *n = add(o, K_BLOCK, NULL, "");

	if (n)
		n->text = copy(o, lines);
}

void out_tone(struct out *o, enum out_tone tone)
{
	if (o->latest)
		o->latest->tone = tone;
}

static cJSON *to_json(const struct node *n)
{
	char raw[512];
	cJSON *c, *child;

	switch (n->kind) {
	case K_STR:
		return n->text ? cJSON_CreateString(n->text) : cJSON_CreateNull();
	case K_BOOL:
		return cJSON_CreateBool(n->b);
	case K_NULL:
		return cJSON_CreateNull();
	case K_U64:
		snprintf(raw, sizeof(raw), "%llu", (unsigned long long)n->u);
		return cJSON_CreateRaw(raw);
	case K_I64:
		snprintf(raw, sizeof(raw), "%lld", (long long)n->i);
		return cJSON_CreateRaw(raw);
	case K_F64:
		snprintf(raw, sizeof(raw), "%.*f", (int)n->decimals, n->d);
		return cJSON_CreateRaw(raw);
	default:
		break;
	}
	c = n->kind == K_ARR ? cJSON_CreateArray() : cJSON_CreateObject();
	for (const struct node *i = n->child; c && i; i = i->next) {
		bool added;

		if (n->kind == K_OBJ && !i->key)
			continue;
		child = to_json(i);
		if (n->kind == K_ARR)
			added = cJSON_AddItemToArray(c, child);
		else
			added = cJSON_AddItemToObject(c, i->key, child);
		if (!added) {
			cJSON_Delete(child);
			cJSON_Delete(c);
			c = NULL;
		}
	}
	return c;
}

static int print_json(const struct out *o, bool on_one_line, struct str *to)
{
	cJSON *c = o->err ? NULL : to_json(&o->root);
	char *s = !c ? NULL : on_one_line ? cJSON_PrintUnformatted(c) : cJSON_Print(c);

	cJSON_Delete(c);
	if (!s)
		return -ENOMEM;
	str_add(to, s);
	str_add(to, "\n");
	cJSON_free(s);
	return to->err;
}

int out_json(const struct out *o, struct str *to)
{
	return print_json(o, false, to);
}

int out_json_line(const struct out *o, struct str *to)
{
	return print_json(o, true, to);
}

static void scaled(struct str *to, double v, const char *const *names, unsigned n, double step)
{
	unsigned i = 0;

	while (i + 1 < n && v >= step - 0.5) {
		v /= step;
		i++;
	}
	if (i == 0)
		str_addf(to, "%.*f%s", v == floor(v) ? 0 : v < 10 ? 2 : 1, v, names[i]);
	else
		str_addf(to, "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, names[i]);
}

void out_number(struct str *to, double v, enum out_unit unit)
{
	static const char *const counts[] = { "", "k", "M", "G", "T" };
	static const char *const ns[] = { " ns", " us", " ms", " s" };
	static const char *const bytes[] = { " B", " KiB", " MiB", " GiB", " TiB" };
	static const char *const bws[] = { " B/s", " KiB/s", " MiB/s", " GiB/s", " TiB/s" };

	switch (unit) {
	case OUT_COUNT:
		scaled(to, v, counts, ARRAY_SIZE(counts), 1000);
		break;
	case OUT_NS:
		scaled(to, v, ns, ARRAY_SIZE(ns), 1000);
		break;
	case OUT_BYTES:
		scaled(to, v, bytes, ARRAY_SIZE(bytes), 1024);
		break;
	case OUT_BYTES_PER_S:
		scaled(to, v, bws, ARRAY_SIZE(bws), 1024);
		break;
	case OUT_HEX:
		str_addf(to, "0x%llx", (unsigned long long)v);
		break;
	default:
		str_addf(to, "%.17g", v);
		break;
	}
}

unsigned out_columns(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void value_text(const struct node *n, struct str *to)
{
	switch (n->kind) {
	case K_STR:
		str_add(to, n->text ? n->text : "-");
		break;
	case K_BOOL:
		str_add(to, n->b ? "yes" : "no");
		break;
	case K_U64:
		if (n->unit == OUT_PLAIN)
			str_addf(to, "%llu", (unsigned long long)n->u);
		else if (n->unit == OUT_HEX)
			str_addf(to, "0x%llx", (unsigned long long)n->u);
		else
			out_number(to, n->u, n->unit);
		break;
	case K_I64:
		str_addf(to, "%lld", (long long)n->i);
		break;
	case K_F64:
		if (n->unit == OUT_PLAIN)
			str_addf(to, "%.*f", (int)n->decimals, n->d);
		else
			out_number(to, n->d, n->unit);
		break;
	default:
		str_add(to, "-");
		break;
	}
}

static bool is_container(const struct node *n)
{
	return n->kind == K_OBJ || n->kind == K_ARR;
}

static void paint(struct str *to, const struct out_style *style, enum out_tone tone,
		  const char *text)
{
	static const char *const codes[] = {
		[TONE_GOOD] = "\033[32m",
		[TONE_BAD] = "\033[31m",
		[TONE_WARN] = "\033[33m",
		[TONE_DIM] = "\033[2m",
	};

	if (!style->color || tone == TONE_NONE)
		str_add(to, text);
	else
		str_addf(to, "%s%s\033[0m", codes[tone], text);
}

static void heading(struct str *to, const struct out_style *style, const char *text,
		    unsigned indent)
{
	if (to->len && indent == 0)
		str_add(to, "\n");
	str_rep(to, "  ", indent);
	str_addf(to, style->color ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

/* Scalars inside an array are on one line. */
static void array_line(const struct node *n, const struct out_style *style, struct str *to)
{
	for (const struct node *c = n->child; c; c = c->next) {
		_cleanup_str_ struct str v = { 0 };

		value_text(c, &v);
		paint(to, style, c->tone, str_text(&v));
		if (c->next)
			str_add(to, ", ");
	}
	if (!n->child)
		str_add(to, "none");
}

#define MAX_COLUMNS 24

struct column {
	const char *label;
	unsigned width;
	bool left; /* text; numbers are right-aligned */
};

static bool is_column(const struct node *n)
{
	return n->label && !is_container(n) && n->kind != K_BLOCK;
}

static void add_to_column(struct column *cols, unsigned *n_cols, const struct node *value)
{
	_cleanup_str_ struct str v = { 0 };
	unsigned i, width;

	for (i = 0; i < *n_cols; i++)
		if (!strcmp(cols[i].label, value->label))
			break;
	if (i == MAX_COLUMNS)
		return;
	if (i == *n_cols)
		cols[(*n_cols)++] =
			(struct column){ value->label, out_columns(value->label), false };
	value_text(value, &v);
	width = out_columns(str_text(&v));
	if (width > cols[i].width)
		cols[i].width = width;
	if (value->kind == K_STR || value->kind == K_BOOL)
		cols[i].left = true;
}

static void cell(struct str *to, const struct column *col, const char *text, const char *painted,
		 bool last)
{
	unsigned pad = col->width - out_columns(text);

	if (!col->left)
		str_rep(to, " ", pad);
	str_add(to, painted);
	if (col->left && !last)
		str_rep(to, " ", pad);
	if (!last)
		str_add(to, "  ");
}

static const struct node *find_cell(const struct node *row, const char *label)
{
	for (const struct node *v = row->child; v; v = v->next)
		if (is_column(v) && !strcmp(v->label, label))
			return v;
	return NULL;
}

static void table_line(const struct node *row, const struct column *name, const struct column *cols,
		       unsigned n_cols, const struct out_style *style, struct str *to)
{
	if (name->width)
		cell(to, name, row->label, row->label, false);
	for (unsigned i = 0; i < n_cols; i++) {
		const struct node *v = find_cell(row, cols[i].label);
		_cleanup_str_ struct str text = { 0 }, painted = { 0 };

		if (v)
			value_text(v, &text);
		paint(&painted, style, v ? v->tone : TONE_NONE, str_text(&text));
		cell(to, &cols[i], str_text(&text), str_text(&painted), i + 1 == n_cols);
	}
	str_add(to, "\n");
}

/* Writes the adjacent rows starting with first; returns the last one. */
static const struct node *table(const struct node *first, const struct out_style *style,
				unsigned indent, struct str *to)
{
	struct column cols[MAX_COLUMNS], name = { "", 0, true };
	const struct node *last = first;
	unsigned n_cols = 0;

	for (const struct node *row = first; row && row->row; row = row->next) {
		last = row;
		if (!row->label)
			continue;
		if (out_columns(row->label) > name.width)
			name.width = out_columns(row->label);
		for (const struct node *v = row->child; v; v = v->next)
			if (is_column(v))
				add_to_column(cols, &n_cols, v);
	}
	str_rep(to, "  ", indent);
	if (name.width)
		cell(to, &name, "", "", false);
	for (unsigned i = 0; i < n_cols; i++) {
		_cleanup_str_ struct str painted = { 0 };

		paint(&painted, style, TONE_DIM, cols[i].label);
		cell(to, &cols[i], cols[i].label, str_text(&painted), i + 1 == n_cols);
	}
	str_add(to, "\n");
	for (const struct node *row = first; row != last->next; row = row->next) {
		if (!row->label)
			continue;
		str_rep(to, "  ", indent);
		table_line(row, &name, cols, n_cols, style, to);
	}
	return last;
}

/* Whether the node has its own line: "label  value", or an array of values after its label. */
static bool is_line(const struct node *n)
{
	if (n->kind == K_OBJ || n->kind == K_BLOCK)
		return false;
	return n->kind != K_ARR || !n->child || !is_container(n->child);
}

static void line(const struct node *n, const struct out_style *style, unsigned width,
		 struct str *to)
{
	_cleanup_str_ struct str v = { 0 };

	if (*n->label) {
		str_add(to, n->label);
		str_rep(to, " ", width - out_columns(n->label) + 2);
	}
	if (n->kind == K_ARR) {
		array_line(n, style, to);
	} else {
		value_text(n, &v);
		paint(to, style, n->tone, str_text(&v));
	}
	str_add(to, "\n");
}

static void walk(const struct node *parent, const struct out_style *style, unsigned indent,
		 struct str *to)
{
	unsigned width = 0;

	for (const struct node *n = parent->child; n; n = n->next)
		if (n->label && is_line(n) && out_columns(n->label) > width)
			width = out_columns(n->label);
	for (const struct node *n = parent->child; n; n = n->next) {
		if (!n->label)
			continue;
		if (n->kind == K_BLOCK) {
			str_add(to, n->text);
		} else if (n->row) {
			n = table(n, style, indent, to);
		} else if (is_line(n)) {
			str_rep(to, "  ", indent);
			line(n, style, width, to);
		} else {
			if (*n->label)
				heading(to, style, n->label, indent);
			walk(n, style, indent + !!*n->label, to);
		}
	}
}

int out_text(const struct out *o, const struct out_style *style, struct str *to)
{
	if (o->err)
		return o->err;
	walk(&o->root, style, 0, to);
	return to->err;
}
