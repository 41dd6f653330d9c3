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

/* "" is first for reading and last resort for writing: both mean seconds. */
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

static void add_plain_key(struct str *out, const struct knob *knob)
{
	for (const char *c = knob->name; *c; c++)
		str_addn(out, *c == '-' ? "_" : c, 1);
}

void knob_key(struct str *out, const struct knob *knob)
{
	add_plain_key(out, knob);
	if (knob->type == KNOB_TIME)
		str_add(out, "_ns");
}

const struct knob *knob_by_key(const struct knob *knobs, unsigned n, const char *key, bool *in_ns)
{
	for (unsigned i = 0; i < n; i++) {
		const struct knob *k = &knobs[i];
		size_t len = 0;
		bool ns;

		while (k->name[len] &&
		       (k->name[len] == key[len] || (k->name[len] == '-' && key[len] == '_')))
			len++;
		ns = k->type == KNOB_TIME && !strcmp(key + len, "_ns");
		if (k->name[len] || (key[len] && !ns))
			continue;
		if (in_ns)
			*in_ns = ns;
		return k;
	}
	return NULL;
}

bool knob_same(const struct knob *knob, const void *a, const void *b)
{
	switch (knob->type) {
	case KNOB_BOOL:
		return knob_bool(knob, a) == knob_bool(knob, b);
	case KNOB_STR:
	case KNOB_OPT_STR:
		return same_text(knob_str(knob, a), knob_str(knob, b));
	default:
		return knob_u64(knob, a) == knob_u64(knob, b);
	}
}

void knob_number_key(struct str *out, const struct knob *knob)
{
	add_plain_key(out, knob);
	str_add(out, "_");
	for (const char *c = knob->arg; *c; c++)
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

static void number_text(const struct knob *knob, struct str *out, uint64_t v)
{
	if (knob->type == KNOB_SIZE)
		size_text(out, v);
	else if (knob->type == KNOB_TIME)
		time_text(out, v);
	else
		str_addf(out, "%llu", (unsigned long long)v);
}

static int parse_number(const struct knob *knob, const char *text, uint64_t *out, struct fail *f)
{
	static const char *const expected[] = {
		[KNOB_UINT] = "a whole number",
		[KNOB_SIZE] = "a size such as 4096, 4k, 1m or 2g",
		[KNOB_TIME] = "a time such as 10s, 500ms or 2m",
		[KNOB_OPT_UINT] = "a whole number",
	};
	_cleanup_str_ struct str range = { 0 };
	const char *end;
	uint64_t v = 0;
	int r;

	if (knob->type == KNOB_SIZE) {
		r = parse_units(text, size_units, ARRAY_SIZE(size_units), &v);
	} else if (knob->type == KNOB_TIME) {
		r = parse_units(text, time_units, ARRAY_SIZE(time_units), &v);
	} else {
		r = parse_u64(text, &end, &v);
		if (r == 0 && *end)
			r = -EINVAL;
	}
	if (r == -EINVAL)
		return fail_set(f, r, "%s: '%s' is not %s", knob->name, text, expected[knob->type]);
	if (r == 0 && (!knob->max || (v >= knob->min && v <= knob->max))) {
		*out = v;
		return 0;
	}
	number_text(knob, &range, knob->min);
	str_add(&range, " to ");
	number_text(knob, &range, knob->max ? knob->max : UINT64_MAX);
	return fail_set(f, -ERANGE, "%s: '%s' is outside %s", knob->name, text, str_text(&range));
}

static int parse_word(const struct knob *knob, const char *text, uint64_t *out, struct fail *f)
{
	_cleanup_str_ struct str all = { 0 };
	struct suggestion near = { 0 };

	for (unsigned i = 0; knob->words[i]; i++) {
		if (!strcmp(knob->words[i], text)) {
			*out = i;
			return 0;
		}
		str_addf(&all, "%s%s", i ? ", " : "", knob->words[i]);
		suggest(&near, text, knob->words[i]);
	}
	return fail_set(f, -EINVAL, "%s: '%s' is none of %s%s", knob->name, text, str_text(&all),
			suggest_text(&near, ""));
}

static int parse_bool(const struct knob *knob, const char *text, bool *out, struct fail *f)
{
	static const char *const yes[] = { "yes", "on", "1", "true" };
	static const char *const no[] = { "no", "off", "0", "false" };

	for (unsigned i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
			*out = !strcmp(text, yes[i]);
			return 0;
		}
	}
	return fail_set(f, -EINVAL, "%s: '%s' is neither yes nor no", knob->name, text);
}

static int parse_opt_uint(const struct knob *knob, const char *text, int64_t *out, struct fail *f)
{
	uint64_t v;
	int r;

	if (text && isdigit((unsigned char)*text)) {
		r = parse_number(knob, text, &v, f);
		if (r == 0)
			*out = v;
		return r;
	}
	if (!text || !strcmp(text, "on"))
		*out = KNOB_ON;
	else if (!strcmp(text, "off"))
		*out = KNOB_OFF;
	else
		return fail_set(f, -EINVAL, "%s: '%s' is not a number, on or off", knob->name,
				text);
	return 0;
}

static int append(const struct knob *knob, const char *text, struct knob_list *list, struct fail *f)
{
	if (list->n == KNOB_LIST_MAX)
		return fail_set(f, -E2BIG, "%s: given more than %u times", knob->name,
				KNOB_LIST_MAX);
	list->item[list->n++] = text;
	return 0;
}

int knob_set(const struct knob *knob, void *base, const char *text, struct fail *f)
{
	void *member = (char *)base + knob->offset;

	switch (knob->type) {
	case KNOB_BOOL:
		return parse_bool(knob, text, member, f);
	case KNOB_WORD:
		return parse_word(knob, text, member, f);
	case KNOB_OPT_UINT:
		return parse_opt_uint(knob, text, member, f);
	case KNOB_STR:
		*(const char **)member = text;
		return 0;
	case KNOB_LIST:
		return append(knob, text, member, f);
	case KNOB_OPT_STR:
		*(const char **)member = text ? text : "";
		return 0;
	default:
		return parse_number(knob, text, member, f);
	}
}

void knob_defaults(const struct knob *knobs, unsigned n, void *base)
{
	for (unsigned i = 0; i < n; i++) {
		void *member = (char *)base + knobs[i].offset;

		if (knobs[i].def)
			knob_set(&knobs[i], base, knobs[i].def, NULL);
		else if (knobs[i].type == KNOB_BOOL)
			*(bool *)member = false;
		else if (knobs[i].type == KNOB_STR || knobs[i].type == KNOB_OPT_STR)
			*(const char **)member = NULL;
		else if (knobs[i].type == KNOB_OPT_UINT)
			*(int64_t *)member = KNOB_OFF;
		else if (knobs[i].type == KNOB_LIST)
			((struct knob_list *)member)->n = 0;
		else
			*(uint64_t *)member = 0;
	}
}

const struct knob *knob_find(const struct knob *knobs, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(knobs[i].name, name))
			return &knobs[i];
	return NULL;
}
