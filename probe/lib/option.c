/* SPDX-License-Identifier: MIT */
#include "option.h"

#include <ctype.h>
#include <string.h>

#include "base.h"
#include "suggest.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "t", 1ull << 40 }, { "g", 1ull << 30 }, { "m", 1ull << 20 },
	{ "k", 1ull << 10 }, { "b", 1 },	  { "", 1 },
};

/* "" is the first for reading and the last for writing; it means seconds. */
static const struct unit time_units[] = {
	{ "h", 3600000000000 }, { "m", 60000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
	{ "us", 1000 },		{ "ns", 1 },	      { "", 1000000000 },
};

static int parse_u64(const char *text, const char **end, uint64_t *out)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return -ERANGE;
	}
	*end = text;
	*out = v;
	return 0;
}

static int parse_units(const char *text, const struct unit *units, unsigned n, uint64_t *out)
{
	const char *end;
	uint64_t v;
	int r = parse_u64(text, &end, &v);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < n; i++) {
		if (strcasecmp(end, units[i].name))
			continue;
		if (__builtin_mul_overflow(v, units[i].factor, &v))
			return -ERANGE;
		*out = v;
		return 0;
	}
	return -EINVAL;
}

static void units_text(struct str *out, uint64_t v, const struct unit *units)
{
	while (v % units->factor)
		units++;
	str_addf(out, "%llu%s", (unsigned long long)(v / units->factor), units->name);
}

void opt_plain_key(struct str *out, const struct opt *opt)
{
	for (const char *c = opt->name; *c; c++)
		str_addn(out, *c == '-' ? "_" : c, 1);
}

void opt_key(struct str *out, const struct opt *opt)
{
	opt_plain_key(out, opt);
	if (opt->type == OPT_TIME)
		str_add(out, "_ns");
}

const struct opt *opt_by_key(const struct opt *opt_rows, unsigned n, const char *key, bool *in_ns)
{
	for (unsigned i = 0; i < n; i++) {
		const struct opt *k = &opt_rows[i];
		size_t len = 0;
		bool ns;

		while (k->name[len] &&
		       (k->name[len] == key[len] || (k->name[len] == '-' && key[len] == '_')))
			len++;
		ns = k->type == OPT_TIME && !strcmp(key + len, "_ns");
		if (k->name[len] || (key[len] && !ns))
			continue;
		if (in_ns)
			*in_ns = ns;
		return k;
	}
	return NULL;
}

bool opt_same(const struct opt *opt, const void *a, const void *b)
{
	switch (opt->type) {
	case OPT_BOOL:
		return opt_bool(opt, a) == opt_bool(opt, b);
	case OPT_STR:
	case OPT_STR_OPTIONAL:
		return same_text(opt_str(opt, a), opt_str(opt, b));
	default:
		return opt_u64(opt, a) == opt_u64(opt, b);
	}
}

void opt_number_key(struct str *out, const struct opt *opt)
{
	opt_plain_key(out, opt);
	str_add(out, "_");
	for (const char *c = opt->arg; *c; c++)
		str_addf(out, "%c", tolower((unsigned char)*c));
}

void size_text(struct str *out, uint64_t bytes)
{
	if (bytes < 1024 || bytes % 1024)
		str_addf(out, "%llu", (unsigned long long)bytes);
	else
		units_text(out, bytes, size_units);
}

void time_text(struct str *out, uint64_t ns)
{
	if (!ns)
		str_add(out, "0s");
	else
		units_text(out, ns, ns < 60000000000 ? time_units + 2 : time_units);
}

static void number_text(const struct opt *opt, struct str *out, uint64_t v)
{
	if (opt->type == OPT_SIZE)
		size_text(out, v);
	else if (opt->type == OPT_TIME)
		time_text(out, v);
	else
		str_addf(out, "%llu", (unsigned long long)v);
}

static int parse_number(const struct opt *opt, const char *text, uint64_t *out, struct fail *f)
{
	static const char *const expected[] = {
		[OPT_UINT] = "a whole number",
		[OPT_SIZE] = "a size such as 4096, 4k, 1m or 2g",
		[OPT_TIME] = "a time such as 10s, 500ms or 2m",
		[OPT_UINT_OPTIONAL] = "a whole number",
	};
	_cleanup_str_ struct str range = { 0 };
	const char *end;
	uint64_t v = 0;
	int r;

	if (opt->type == OPT_SIZE) {
		r = parse_units(text, size_units, ARRAY_SIZE(size_units), &v);
	} else if (opt->type == OPT_TIME) {
		r = parse_units(text, time_units, ARRAY_SIZE(time_units), &v);
	} else {
		r = parse_u64(text, &end, &v);
		if (r == 0 && *end)
			r = -EINVAL;
	}
	if (r == -EINVAL)
		return fail_set(f, r, "%s: '%s' is not %s", opt->name, text, expected[opt->type]);
	if (r == 0 && (!opt->max || (v >= opt->min && v <= opt->max))) {
		*out = v;
		return 0;
	}
	number_text(opt, &range, opt->min);
	str_add(&range, " to ");
	number_text(opt, &range, opt->max ? opt->max : UINT64_MAX);
	return fail_set(f, -ERANGE, "%s: '%s' is outside %s", opt->name, text, str_text(&range));
}

static int parse_word(const struct opt *opt, const char *text, uint64_t *out, struct fail *f)
{
	_cleanup_str_ struct str all = { 0 };
	struct suggestion near = { 0 };

	for (unsigned i = 0; opt->words[i]; i++) {
		if (!strcmp(opt->words[i], text)) {
			*out = i;
			return 0;
		}
		str_addf(&all, "%s%s", i ? ", " : "", opt->words[i]);
		suggest(&near, text, opt->words[i]);
	}
	return fail_set(f, -EINVAL, "%s: '%s' is none of %s%s", opt->name, text, str_text(&all),
			suggest_text(&near, ""));
}

static int parse_bool(const struct opt *opt, const char *text, bool *out, struct fail *f)
{
	static const char *const yes[] = { "yes", "on", "1", "true" };
	static const char *const no[] = { "no", "off", "0", "false" };

	for (unsigned i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
			*out = !strcmp(text, yes[i]);
			return 0;
		}
	}
	return fail_set(f, -EINVAL, "%s: '%s' is neither yes nor no", opt->name, text);
}

static int parse_opt_uint(const struct opt *opt, const char *text, int64_t *out, struct fail *f)
{
	uint64_t v;
	int r;

	if (text && isdigit((unsigned char)*text)) {
		r = parse_number(opt, text, &v, f);
		if (r == 0)
			*out = v;
		return r;
	}
	if (!text || !strcmp(text, "on"))
		*out = OPT_ON;
	else if (!strcmp(text, "off"))
		*out = OPT_OFF;
	else
		return fail_set(f, -EINVAL, "%s: '%s' is not a number, on or off", opt->name, text);
	return 0;
}

static int append(const struct opt *opt, const char *text, struct opt_list *list, struct fail *f)
{
	if (list->n == OPT_LIST_MAX)
		return fail_set(f, -E2BIG, "%s: given more than %u times", opt->name, OPT_LIST_MAX);
	list->item[list->n++] = text;
	return 0;
}

int opt_set(const struct opt *opt, void *base, const char *text, struct fail *f)
{
	void *member = (char *)base + opt->offset;

	switch (opt->type) {
	case OPT_BOOL:
		return parse_bool(opt, text, member, f);
	case OPT_WORD:
		return parse_word(opt, text, member, f);
	case OPT_UINT_OPTIONAL:
		return parse_opt_uint(opt, text, member, f);
	case OPT_STR:
		*(const char **)member = text;
		return 0;
	case OPT_LIST:
		return append(opt, text, member, f);
	case OPT_STR_OPTIONAL:
		*(const char **)member = text ? text : "";
		return 0;
	default:
		return parse_number(opt, text, member, f);
	}
}

void opt_defaults(const struct opt *opt_rows, unsigned n, void *base)
{
	for (unsigned i = 0; i < n; i++) {
		void *member = (char *)base + opt_rows[i].offset;

		if (opt_rows[i].def)
			opt_set(&opt_rows[i], base, opt_rows[i].def, NULL);
		else if (opt_rows[i].type == OPT_BOOL)
			*(bool *)member = false;
		else if (opt_rows[i].type == OPT_STR || opt_rows[i].type == OPT_STR_OPTIONAL)
			*(const char **)member = NULL;
		else if (opt_rows[i].type == OPT_UINT_OPTIONAL)
			*(int64_t *)member = OPT_OFF;
		else if (opt_rows[i].type == OPT_LIST)
			((struct opt_list *)member)->n = 0;
		else
			*(uint64_t *)member = 0;
	}
}

const struct opt *opt_find(const struct opt *opt_rows, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(opt_rows[i].name, name))
			return &opt_rows[i];
	return NULL;
}
