/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

/* Values of struct option: which option, and whether it was negated. */
#define VAL_OPT	 0x1000
#define VAL_NEG	 0x8000
#define VAL_HELP 'h'

#define MAX_OPTIONS 128

struct table {
	const struct opt *opt_rows[MAX_OPTIONS];
	void *base[MAX_OPTIONS];
	struct option longs[2 * MAX_OPTIONS];
	char shorts[3 * MAX_OPTIONS];
	unsigned n, n_longs;
};

static int has_arg(const struct opt *k)
{
	if (k->type == OPT_BOOL)
		return no_argument;
	return opt_value_optional(k) ? optional_argument : required_argument;
}

static void add_long(struct table *t, const char *name, int has_arg, int val)
{
	t->longs[t->n_longs++] = (struct option){ .name = name, .has_arg = has_arg, .val = val };
}

static void add_opt_rows(struct table *t, const struct opt *opt_rows, unsigned n, void *base)
{
	for (unsigned i = 0; i < n && t->n < MAX_OPTIONS; i++, t->n++) {
		const struct opt *k = &opt_rows[i];
		size_t len = strlen(t->shorts);

		t->opt_rows[t->n] = k;
		t->base[t->n] = base;
		add_long(t, k->name, has_arg(k), VAL_OPT + t->n);
		if (k->neg)
			add_long(t, k->neg, no_argument, VAL_OPT + VAL_NEG + t->n);
		if (k->short_name)
			snprintf(t->shorts + len, sizeof(t->shorts) - len, "%c%s", k->short_name,
				 has_arg(k) == required_argument ? ":" : "");
	}
}

static int opt_of(const struct table *t, int val)
{
	if (val >= VAL_OPT)
		return (val & ~VAL_NEG) - VAL_OPT;
	for (unsigned i = 0; i < t->n; i++)
		if (t->opt_rows[i]->short_name == val)
			return i;
	return -1;
}

static size_t name_length(const char *word)
{
	return strcspn(word, "=");
}

/* An abbreviated option would change its meaning when a similar option is added. */
static bool is_whole(const struct table *t, const char *word)
{
	size_t len = name_length(word + 2);

	for (unsigned i = 0; i < t->n_longs; i++)
		if (strlen(t->longs[i].name) == len && !strncmp(t->longs[i].name, word + 2, len))
			return true;
	return false;
}

/* word: "--name" or "--name=value" */
static int no_such_option(const struct invocation *inv, const struct table *t, const char *word,
			  struct fail *f)
{
	struct suggestion near = { .prefix = "--" };
	char asked[SUGGEST_MAX + 1], see[48];

	snprintf(asked, sizeof(asked), "%.*s", (int)name_length(word + 2), word + 2);
	for (unsigned i = 0; i < t->n_longs; i++)
		suggest(&near, asked, t->longs[i].name);
	snprintf(see, sizeof(see), "; see uringtool %s --help", inv->cmd->name);
	return fail_as(f, FAIL_USAGE, -EINVAL, "unknown option '%s'%s", word,
		       suggest_text(&near, see));
}

/* Reports an error of getopt_long(), naming the option as the user wrote it. */
static int complain(const struct invocation *inv, int c, bool is_long, const char *word,
		    struct fail *f)
{
	char letter[] = { '-', optopt, '\0' };

	if (c == ':')
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "option '%s' needs a value; see uringtool %s --help",
			       is_long ? word : letter, inv->cmd->name);
	if (is_long)
		return fail_as(f, FAIL_USAGE, -EINVAL, "option '%.*s' takes no value",
			       (int)name_length(word), word);
	return fail_as(f, FAIL_USAGE, -EINVAL, "unknown option '%s'; see uringtool %s --help",
		       letter, inv->cmd->name);
}

int opt_parse(struct invocation *inv, int argc, char **argv, struct fail *f)
{
	const struct command *cmd = inv->cmd;
	struct table t = { .shorts = ":h" };
	struct fail why;
	int r;

	add_long(&t, "help", no_argument, VAL_HELP);
	add_opt_rows(&t, common_opt_rows, n_common_opt_rows, &inv->common);
	add_opt_rows(&t, cmd->opt_rows, *cmd->n_opt_rows, inv->opts);
	add_opt_rows(&t, cmd->more_opt_rows, cmd->n_more_opt_rows, inv->opts);
	opt_defaults(common_opt_rows, n_common_opt_rows, &inv->common);
	opt_defaults(cmd->opt_rows, *cmd->n_opt_rows, inv->opts);
	opt_defaults(cmd->more_opt_rows, cmd->n_more_opt_rows, inv->opts);
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = -1, c = getopt_long(argc, argv, t.shorts, t.longs, &at), i = opt_of(&t, c);
		const char *text = optarg, *word;
		bool failed = c == '?' || c == ':', is_long = at >= 0;

		if (c == -1)
			break;
		/* at is only set on success. */
		if (failed)
			is_long = !optopt || optopt >= VAL_OPT || optopt == VAL_HELP;
		word = argv[optind - (text && text == argv[optind - 1] ? 2 : 1)];
		if (is_long && !is_whole(&t, word))
			return no_such_option(inv, &t, word, f);
		if (c == VAL_HELP)
			return 1;
		if (failed)
			return complain(inv, c, is_long, word, f);
		if (t.opt_rows[i]->type == OPT_BOOL)
			text = c >= VAL_OPT && (c & VAL_NEG) ? "no" : "yes";
		r = opt_set(t.opt_rows[i], t.base[i], text, &why);
		if (r < 0)
			return fail_as(f, FAIL_USAGE, -EINVAL, "--%s", why.msg);
	}
	inv->args = argv + optind;
	inv->n_args = argc - optind;
	if (inv->n_args > cmd->max_args)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "unexpected argument '%s'; see uringtool %s --help",
			       inv->args[cmd->max_args], cmd->name);
	return 0;
}
