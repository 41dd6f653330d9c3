/* SPDX-License-Identifier: MIT */
#include "limit.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/suggest.h"
#include "quantity.h"

const char *const unit_names[UNITS] = {
	[UNIT_COUNT] = "count",
	[UNIT_IOPS] = "IOPS",
	[UNIT_NS] = "ns",
	[UNIT_BYTES] = "bytes",
	[UNIT_BYTES_PER_S] = "bytes_per_s",
	[UNIT_SHARE] = "share",
	[UNIT_MT_PER_S] = "MT/s",
};

const char *const limit_ops[LIMIT_OPS] = {
	[OP_EQ] = "==", [OP_NE] = "!=", [OP_LE] = "<=",		  [OP_GE] = ">=",
	[OP_LT] = "<",	[OP_GT] = ">",	[OP_MATCHES] = "matches",
};

struct suffix {
	const char *name;
	double factor;
};

static const struct suffix counts[] = {
	{ "", 1 }, { "k", 1e3 }, { "m", 1e6 }, { "g", 1e9 }, { NULL },
};

static const struct suffix times[] = {
	{ "ns", 1 },   { "us", 1e3 },	{ "ms", 1e6 }, { "s", 1e9 },
	{ "m", 6e10 }, { "h", 3.6e12 }, { "", 1 },     { NULL },
};

static const struct suffix sizes[] = {
	{ "", 1 },	   { "k", 0x1p10 },   { "m", 0x1p20 },	 { "g", 0x1p30 },
	{ "t", 0x1p40 },   { "b", 1 },	      { "kib", 0x1p10 }, { "mib", 0x1p20 },
	{ "gib", 0x1p30 }, { "tib", 0x1p40 }, { NULL },
};

static const struct suffix rates[] = {
	{ "", 1 },	 { "k", 0x1p10 },     { "m", 0x1p20 },	   { "g", 0x1p30 },
	{ "b/s", 1 },	 { "k/s", 0x1p10 },   { "m/s", 0x1p20 },   { "g/s", 0x1p30 },
	{ "t", 0x1p40 }, { "kib/s", 0x1p10 }, { "mib/s", 0x1p20 }, { "gib/s", 0x1p30 },
	{ NULL },
};

static const struct suffix shares[] = { { "%", 0.01 }, { "", 1 }, { NULL } };

static const struct suffix transfers[] = {
	{ "", 1 },
	{ "mt/s", 1 },
	{ "gt/s", 1000 },
	{ NULL },
};

static const struct suffix *const suffixes[UNITS] = {
	[UNIT_COUNT] = counts,	     [UNIT_IOPS] = counts,	 [UNIT_NS] = times,
	[UNIT_BYTES] = sizes,	     [UNIT_BYTES_PER_S] = rates, [UNIT_SHARE] = shares,
	[UNIT_MT_PER_S] = transfers,
};

static const char *const expected[UNITS] = {
	[UNIT_COUNT] = "a number such as 0, 12 or 2.5k",
	[UNIT_IOPS] = "a number of I/Os per second such as 500k or 1.5m",
	[UNIT_NS] = "a time such as 200us, 1.5ms or 10s",
	[UNIT_BYTES] = "a size such as 4k, 1m or 3.5t",
	[UNIT_BYTES_PER_S] = "a rate such as 800m or 3.2g",
	[UNIT_SHARE] = "a share such as 10%",
	[UNIT_MT_PER_S] = "a speed such as 16000 or 16 GT/s",
	[UNIT_YES] = "yes or no",
	[UNIT_TEXT] = "a text",
};

static int bad(struct fail *f, const char *fmt, ...) _printf_(2, 3);

static int bad(struct fail *f, const char *fmt, ...)
{
	char msg[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s", msg);
}

static int parse_number(struct limit *l, const char *text, struct fail *f)
{
	const struct suffix *s = suffixes[l->unit];
	double number;
	char *end;

	/* strtod(3) also accepts "inf" and "0x10", which are not numbers here. */
	if (!isdigit((unsigned char)*text) || tolower((unsigned char)text[1]) == 'x')
		return bad(f, "'%s' is not %s", text, expected[l->unit]);
	number = strtod(text, &end);
	while (isspace((unsigned char)*end))
		end++;
	while (s->name && strcasecmp(s->name, end))
		s++;
	if (!s->name || !isfinite(number * s->factor))
		return bad(f, "'%s' is not %s", text, expected[l->unit]);
	if (l->unit == UNIT_SHARE && number * s->factor > 1)
		return bad(f, "'%s' is more than the whole: write %s%%", text, text);
	l->number = number * s->factor;
	return 0;
}

static int parse_yes(struct limit *l, const char *text, struct fail *f)
{
	l->number = !strcasecmp(text, "yes") || !strcasecmp(text, "true");
	return l->number || !strcasecmp(text, "no") || !strcasecmp(text, "false")
		       ? 0
		       : bad(f, "'%s' is not %s", text, expected[UNIT_YES]);
}

static int parse_value(struct limit *l, const char *text, struct fail *f)
{
	if (!*text)
		return bad(f, "nothing stands after %s: %s is expected", limit_ops[l->op],
			   expected[l->unit]);
	if (l->unit == UNIT_YES)
		return parse_yes(l, text, f);
	if (l->unit != UNIT_TEXT)
		return parse_number(l, text, f);
	if (strlen(text) >= sizeof(l->word))
		return bad(f, "a text longer than %zu characters", sizeof(l->word) - 1);
	snprintf(l->word, sizeof(l->word), "%s", text);
	return 0;
}

static int parse_op(struct limit *l, const char *text, size_t n, struct fail *f)
{
	static const char *const slips[][2] = {
		{ "=", "==" },	     { "=>", ">=" },	    { "=<", "<=" },	{ "<>", "!=" },
		{ "is", "==" },	     { "\u2265", ">=" },    { "\u2264", "<=" }, { "~", "matches" },
		{ "=~", "matches" }, { "like", "matches" }, { "=!", "!=" },
	};
	const bool is_text = l->unit == UNIT_TEXT;
	struct suggestion near = { 0 };
	char asked[SUGGEST_MAX + 1];

	if (!n)
		return bad(f, "nothing stands after '%s': a limit is like %s", l->name,
			   is_text ? "'firmware matches GXA7*'" : "'iops >= 500k'");
	for (unsigned i = 0; i < LIMIT_OPS; i++) {
		if (strlen(limit_ops[i]) != n || strncasecmp(limit_ops[i], text, n))
			continue;
		l->op = i;
		if (is_text ? i != OP_EQ && i != OP_NE && i != OP_MATCHES : i == OP_MATCHES)
			return bad(f, "%s is %s: '%s' is not for it", l->name,
				   is_text ? "a text" : "no text", limit_ops[i]);
		if (l->unit == UNIT_YES && i != OP_EQ && i != OP_NE)
			return bad(f, "%s is yes or no: only == and != are for it", l->name);
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(slips); i++)
		if (strlen(slips[i][0]) == n && !strncasecmp(slips[i][0], text, n))
			return bad(f, "'%s' is no comparison; did you mean '%s'?", slips[i][0],
				   slips[i][1]);
	snprintf(asked, sizeof(asked), "%.*s", (int)(n < 40 ? n : 40), text);
	suggest_among(&near, asked, limit_ops, LIMIT_OPS);
	return bad(f, "'%s' is none of == != <= >= < > matches%s", asked, suggest_text(&near, ""));
}

/* No metric can be below zero. */
static int check_sense(const struct limit *l, struct fail *f)
{
	if (l->unit == UNIT_TEXT || l->unit == UNIT_YES || l->number > 0)
		return 0;
	if (l->op == OP_GE)
		return bad(f, "holds whatever is measured: nothing is below 0");
	if (l->op == OP_LT)
		return bad(f, "cannot hold: nothing is below 0");
	return 0;
}

static size_t word_length(const char *text)
{
	static const char signs[] = "=!<>~";
	size_t n = strspn(text, signs);

	return n ? n : strcspn(text, " \t\n=!<>~");
}

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t\n");
}

int limit_parse(enum limit_of of, const char *text, struct limit *out, struct fail *f)
{
	struct limit l = { 0 };
	const char *name = skip_space(text), *op, *value;
	_cleanup_free_ char *copy = NULL;
	size_t n = strcspn(name, " \t\n=!<>~"), op_n, left;
	int r;

	if (strlen(text) >= sizeof(l.text))
		return bad(f, "a limit longer than %zu characters", sizeof(l.text) - 1);
	if (!n || n >= sizeof(l.name))
		return bad(f, "'%.60s' is not a limit such as %s", text,
			   of == OF_DEVICE ? "'firmware matches GXA7*'" : "'iops >= 500k'");
	memcpy(l.name, name, n);
	r = quantity_find(of, &l, f);
	if (r < 0)
		return r;
	op = skip_space(name + n);
	op_n = word_length(op);
	r = parse_op(&l, op, op_n, f);
	if (r < 0)
		return r;
	value = skip_space(op + op_n);
	copy = strdup(value);
	if (!copy)
		return fail_set(f, -ENOMEM, "out of memory");
	for (left = strlen(copy); left && isspace((unsigned char)copy[left - 1]);)
		copy[--left] = '\0';
	r = parse_value(&l, copy, f);
	if (r == 0)
		r = check_sense(&l, f);
	if (r < 0)
		return r;
	/* No longer than what was written, except for the two spaces. */
	if (snprintf(l.text, sizeof(l.text), "%s %s %s", l.name, limit_ops[l.op], copy) >=
	    (int)sizeof(l.text))
		return bad(f, "a limit longer than %zu characters", sizeof(l.text) - 1);
	*out = l;
	return 0;
}

static bool is_floor(const struct limit *l)
{
	return l->op == OP_GE || l->op == OP_GT;
}

static bool is_ceiling(const struct limit *l)
{
	return l->op == OP_LE || l->op == OP_LT;
}

bool limit_contradicts(const struct limit *a, const struct limit *b)
{
	struct value fixed = { .known = true };

	if (strcmp(a->name, b->name) || a->unit != b->unit)
		return false;
	if (b->op == OP_EQ && a->op != OP_EQ)
		return limit_contradicts(b, a);
	if (a->op == OP_EQ) {
		fixed.number = a->number;
		memcpy(fixed.word, a->word, sizeof(fixed.word));
		return !limit_holds(b, &fixed);
	}
	if (is_ceiling(a) && is_floor(b))
		return limit_contradicts(b, a);
	return is_floor(a) && is_ceiling(b) &&
	       (a->number > b->number ||
		(a->number == b->number && !(a->op == OP_GE && b->op == OP_LE)));
}

bool limit_holds(const struct limit *l, const struct value *v)
{
	const bool same = l->unit == UNIT_TEXT ? !strcmp(v->word, l->word) : v->number == l->number;

	switch (l->op) {
	case OP_EQ:
		return same;
	case OP_NE:
		return !same;
	case OP_LE:
		return v->number <= l->number;
	case OP_GE:
		return v->number >= l->number;
	case OP_LT:
		return v->number < l->number;
	case OP_GT:
		return v->number > l->number;
	default:
		return fnmatch(l->word, v->word, 0) == 0;
	}
}

void limit_number(struct str *to, enum unit unit, double number)
{
	/* Largest first; the last is for the rest. */
	static const struct {
		enum unit unit;
		double from;
		struct suffix as;
	} scales[] = {
		{ UNIT_COUNT, 1e9, { "g", 1e9 } },
		{ UNIT_COUNT, 1e6, { "m", 1e6 } },
		{ UNIT_COUNT, 1e4, { "k", 1e3 } },
		{ UNIT_IOPS, 1e6, { "m", 1e6 } },
		{ UNIT_IOPS, 1e3, { "k", 1e3 } },
		{ UNIT_NS, 1e9, { "s", 1e9 } },
		{ UNIT_NS, 1e6, { "ms", 1e6 } },
		{ UNIT_NS, 1e3, { "us", 1e3 } },
		{ UNIT_NS, 0, { "ns", 1 } },
		{ UNIT_BYTES, 0x1p40, { "t", 0x1p40 } },
		{ UNIT_BYTES, 0x1p30, { "g", 0x1p30 } },
		{ UNIT_BYTES, 0x1p20, { "m", 0x1p20 } },
		{ UNIT_BYTES, 0x1p10, { "k", 0x1p10 } },
		{ UNIT_BYTES_PER_S, 0x1p30, { "g", 0x1p30 } },
		{ UNIT_BYTES_PER_S, 0x1p20, { "m", 0x1p20 } },
		{ UNIT_BYTES_PER_S, 0x1p10, { "k", 0x1p10 } },
		{ UNIT_SHARE, 0, { "%", 0.01 } },
		{ UNIT_IOPS, 0, { "", 1 } },
		{ UNIT_BYTES_PER_S, 0, { "", 1 } },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(scales); i++) {
		if (scales[i].unit != unit || number < scales[i].from)
			continue;
		str_addf(to, "%.4g%s", number / scales[i].as.factor, scales[i].as.name);
		return;
	}
	str_addf(to, "%.6g", number);
}

void limit_explain(const struct limit *l, const struct value *v, struct str *to)
{
	static const char *const misses[] = {
		[OP_EQ] = "not",
		[OP_NE] = "which it must not be",
		[OP_LE] = "above",
		[OP_GE] = "below",
		[OP_LT] = "not below",
		[OP_GT] = "not above",
		[OP_MATCHES] = "which does not match",
	};

	if (l->unit == UNIT_TEXT) {
		str_addf(to, "it is '%s'", v->word);
		if (l->op != OP_NE)
			str_addf(to, ", %s '%s'", misses[l->op], l->word);
		return;
	}
	if (l->unit == UNIT_YES) {
		str_addf(to, "it is %s", v->number ? "yes" : "no");
		return;
	}
	limit_number(to, l->unit, v->number);
	str_addf(to, ", %s", misses[l->op]);
	if (l->op == OP_NE)
		return;
	str_add(to, " ");
	limit_number(to, l->unit, l->number);
}
