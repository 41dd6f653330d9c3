/* SPDX-License-Identifier: MIT */
#include "require.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/option.h"
#include "probe/lib/suggest.h"

const char *const met_names[] = {
	[MET_NO] = "unmet",
	[MET_YES] = "met",
	[MET_UNDECIDED] = "undecided",
};

const char *const limit_names[LIMIT_NAMES] = {
	[LIMIT_MEMLOCK] = "memlock",
	[LIMIT_NOFILE] = "nofile",
	[LIMIT_NPROC] = "nproc",
};

const struct command_family command_families[] = {
	{ "nvme", { 5, 19 }, SETUP_SQE128 | SETUP_CQE32, "NVMe commands on /dev/ngXnY" },
	{ "ublk", { 6, 0 }, SETUP_SQE128, "ublk devices through /dev/ublk-control" },
	{ "socket", { 6, 6 }, 0, "socket options and queues" },
	{ "block", { 6, 12 }, 0, "discard on a block device" },
	{ "btrfs", { 6, 13 }, 0, "encoded reads and writes of btrfs" },
	{ "fuse", { 6, 14 }, SETUP_SQE128, "FUSE over io_uring" },
};
const unsigned n_command_families = ARRAY_SIZE(command_families);

static const char *const words[UAPI_KINDS] = {
	[UAPI_OP] = "op",	[UAPI_SETUP] = "setup", [UAPI_FEAT] = "feat", [UAPI_REG] = "reg",
	[UAPI_ENTER] = "enter", [UAPI_SQE] = "sqe",	[UAPI_CQE] = "cqe",
};

const char *require_word(enum uapi_kind kind)
{
	return words[kind];
}

enum met met_all(enum met a, enum met b)
{
	if (a == MET_NO || b == MET_NO)
		return MET_NO;
	return a == MET_YES && b == MET_YES ? MET_YES : MET_UNDECIDED;
}

enum met met_any(enum met a, enum met b)
{
	if (a == MET_YES || b == MET_YES)
		return MET_YES;
	return a == MET_NO && b == MET_NO ? MET_NO : MET_UNDECIDED;
}

static bool has_short_register(enum uapi_kind kind, const char *brief)
{
	return kind == UAPI_REG && !strncmp(brief, "REGISTER_", 9);
}

/* A name may be as in the header, or without the common prefix of its table, or PBUF_RING for
 * REGISTER_PBUF_RING. */
static bool is_named(enum uapi_kind kind, const struct uapi_row *row, const char *name)
{
	const char *brief = uapi_short(kind, row);

	return !strcasecmp(name, row->name) || !strcasecmp(name, brief) ||
	       (has_short_register(kind, brief) && !strcasecmp(name, brief + 9));
}

static const struct uapi_row *find_row(enum uapi_kind kind, const char *name)
{
	const struct uapi_table *t = &uapi_tables[kind];

	for (unsigned i = 0; i < t->n; i++)
		if (is_named(kind, &t->rows[i], name))
			return &t->rows[i];
	return NULL;
}

/* Suggests another table that has the name: "feat:DEFER_TASKRUN" should be setup. */
static void elsewhere(struct str *to, const char *name)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		if (words[kind] && find_row(kind, name))
			str_addf(to, "%s%s:%s", to->len ? ", " : "; there is ", words[kind], name);
}

static int no_such_name(enum uapi_kind kind, const char *name, struct fail *f)
{
	const struct uapi_table *t = &uapi_tables[kind];
	_cleanup_str_ struct str hint = { 0 };
	struct suggestion near = { 0 };

	elsewhere(&hint, name);
	for (unsigned i = 0; i < t->n; i++) {
		const char *brief = uapi_short(kind, &t->rows[i]);

		suggest(&near, name, brief);
		suggest(&near, name, t->rows[i].name);
		if (has_short_register(kind, brief))
			suggest(&near, name, brief + 9);
	}
	return fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is not in the table %s%s", name, t->key,
		       hint.len ? str_text(&hint)
				: suggest_text(&near, "; see uringtool probe --list"));
}

static int parse_ring(const char *text, struct requirement *r, struct fail *f)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *name;

	if (!copy)
		return fail_set(f, -ENOMEM, "out of memory");
	r->kind = REQUIRE_RING;
	while ((name = strsep(&rest, "+"))) {
		const struct uapi_row *row = find_row(UAPI_SETUP, name);

		if (!row)
			return no_such_name(UAPI_SETUP, name, f);
		r->flags |= 1u << row->number;
	}
	return 0;
}

static int parse_command(const char *name, struct requirement *r, struct fail *f)
{
	_cleanup_str_ struct str all = { 0 };
	struct suggestion near = { 0 };

	r->kind = REQUIRE_COMMAND;
	for (unsigned i = 0; i < n_command_families; i++) {
		r->command = &command_families[i];
		if (!strcasecmp(name, r->command->name))
			return 0;
		str_addf(&all, "%s%s", i ? ", " : "", r->command->name);
		suggest(&near, name, r->command->name);
	}
	return fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is none of the commands %s%s", name,
		       str_text(&all), suggest_text(&near, ""));
}

static int parse_kernel(const char *text, struct requirement *r, struct fail *f)
{
	const char *end;

	r->kind = REQUIRE_KERNEL;
	if (strncmp(text, ">=", 2) || kver3_parse(text + 2, &r->version, &end) < 0 || *end)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "'%s' is not a kernel version such as >=5.10.186", text);
	return 0;
}

static int parse_limit(const char *text, struct requirement *r, struct fail *f)
{
	struct opt amount = { .name = "amount" };
	struct suggestion near = { 0 };
	char name[SUGGEST_MAX + 1];
	struct fail why;

	r->kind = REQUIRE_LIMIT;
	for (unsigned i = 0; i < LIMIT_NAMES; i++) {
		size_t n = strlen(limit_names[i]);

		if (strncmp(text, limit_names[i], n) || strncmp(text + n, ">=", 2))
			continue;
		r->limit = i;
		amount.type = i == LIMIT_MEMLOCK ? OPT_SIZE : OPT_UINT;
		if (opt_set(&amount, &r->amount, text + n + 2, &why) < 0)
			return fail_as(f, FAIL_USAGE, -EINVAL, "limit:%s: %s", text, why.msg);
		return 0;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "=<>"), text);
	suggest_among(&near, name, limit_names, LIMIT_NAMES);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "'%s' is not a limit such as memlock>=8m, nofile>=1024 or nproc>=64%s", text,
		       suggest_text(&near, ""));
}

static int parse_rings(const char *text, struct requirement *r, struct fail *f)
{
	char left;

	r->kind = REQUIRE_RINGS;
	if (sscanf(text, "%6ux%6u%c", &r->rings, &r->entries, &left) != 2 || !r->rings ||
	    !r->entries || strspn(text, "0123456789x") != strlen(text))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "'%s' is not a number of rings and their entries such as 16x256",
			       text);
	return 0;
}

static int parse_constant(enum uapi_kind kind, const char *name, struct requirement *r,
			  struct fail *f)
{
	if (kind == UAPI_SETUP && strchr(name, '+'))
		return parse_ring(name, r, f);
	r->kind = REQUIRE_CONSTANT;
	r->table = kind;
	r->row = find_row(kind, name);
	return r->row ? 0 : no_such_name(kind, name, f);
}

static const struct {
	const char *word;
	int (*parse)(const char *text, struct requirement *r, struct fail *f);
} others[] = {
	{ "cmd", parse_command },
	{ "kernel", parse_kernel },
	{ "limit", parse_limit },
	{ "rings", parse_rings },
};

static int no_such_word(const char *text, size_t n, struct fail *f)
{
	struct suggestion near = { 0 };
	char word[SUGGEST_MAX + 1];

	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		suggest(&near, word, others[i].word);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		if (words[kind])
			suggest(&near, word, words[kind]);
	return fail_as(f, FAIL_USAGE, -EINVAL, "'%.*s' cannot be asked for%s", (int)n, text,
		       suggest_text(&near, "; see uringtool probe --list"));
}

int require_parse(const char *text, size_t n, struct requirement *out, struct fail *f)
{
	struct requirement r = { 0 };
	const char *value;
	size_t word;
	int e;

	if (n >= sizeof(r.text))
		return fail_as(f, FAIL_USAGE, -EINVAL, "a requirement longer than %zu characters",
			       sizeof(r.text) - 1);
	memcpy(r.text, text, n);
	value = strchr(r.text, ':');
	if (!value)
		return fail_as(
			f, FAIL_USAGE, -EINVAL,
			"'%s' is not a requirement such as op:SEND_ZC; see uringtool probe --list",
			r.text);
	value++;
	word = value - r.text;
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
		if (strlen(others[i].word) != word - 1 || strncmp(r.text, others[i].word, word - 1))
			continue;
		e = others[i].parse(value, &r, f);
		if (e == 0)
			*out = r;
		return e;
	}
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		if (!words[kind] || strlen(words[kind]) != word - 1 ||
		    strncmp(r.text, words[kind], word - 1))
			continue;
		e = parse_constant(kind, value, &r, f);
		if (e == 0)
			*out = r;
		return e;
	}
	return no_such_word(r.text, word - 1, f);
}
