/* SPDX-License-Identifier: MIT */
#include "opt.h"

#include <getopt.h>
#include <string.h>

#include "probe/base.h"

/* Values of struct option: which knob, and whether its negation was meant. */
#define VAL_KNOB 0x1000
#define VAL_NEG	 0x8000
#define VAL_HELP 'h'

#define MAX_OPTIONS 128

struct table {
	const struct knob *knobs[MAX_OPTIONS];
	void *base[MAX_OPTIONS];
	struct option longs[2 * MAX_OPTIONS];
	char shorts[3 * MAX_OPTIONS];
	unsigned n, n_longs;
};

static int has_arg(const struct knob *k)
{
	if (k->type == KNOB_BOOL)
		return no_argument;
	return knob_value_optional(k) ? optional_argument : required_argument;
}

static void add_long(struct table *t, const char *name, int has_arg, int val)
{
	t->longs[t->n_longs++] = (struct option){ .name = name, .has_arg = has_arg, .val = val };
}

static void add_knobs(struct table *t, const struct knob *knobs, unsigned n, void *base)
{
	for (unsigned i = 0; i < n && t->n < MAX_OPTIONS; i++, t->n++) {
		const struct knob *k = &knobs[i];
		size_t len = strlen(t->shorts);

		t->knobs[t->n] = k;
		t->base[t->n] = base;
		add_long(t, k->name, has_arg(k), VAL_KNOB + t->n);
		if (k->neg)
			add_long(t, k->neg, no_argument, VAL_KNOB + VAL_NEG + t->n);
		if (k->short_name)
			snprintf(t->shorts + len, sizeof(t->shorts) - len, "%c%s", k->short_name,
				 has_arg(k) == required_argument ? ":" : "");
	}
}

static int knob_of(const struct table *t, int val)
{
	if (val >= VAL_KNOB)
		return (val & ~VAL_NEG) - VAL_KNOB;
	for (unsigned i = 0; i < t->n; i++)
		if (t->knobs[i]->short_name == val)
			return i;
	return -1;
}

/* What getopt_long() answered c to, as the user wrote it. */
static int complain(const struct invocation *inv, int c, const char *word, struct fail *f)
{
	bool is_long = !optopt || optopt >= VAL_KNOB || optopt == VAL_HELP;
	char letter[] = { '-', optopt, '\0' };

	if (c == ':')
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "option '%s' needs a value; see uringtool %s --help",
			       is_long ? word : letter, inv->cmd->name);
	if (is_long && optopt)
		return fail_as(f, FAIL_USAGE, -EINVAL, "option '%.*s' takes no value",
			       (int)strcspn(word, "="), word);
	return fail_as(f, FAIL_USAGE, -EINVAL, "unknown option '%s'; see uringtool %s --help",
		       is_long ? word : letter, inv->cmd->name);
}

/* A shortened option would change its meaning with the next one that begins alike. */
static bool is_shortened(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, "--", 2) || strncmp(word + 2, name, len) ||
	       (word[2 + len] && word[2 + len] != '=');
}

int opt_parse(struct invocation *inv, int argc, char **argv, struct fail *f)
{
	const struct command *cmd = inv->cmd;
	struct table t = { .shorts = ":h" };
	struct fail why;
	int r;

	add_long(&t, "help", no_argument, VAL_HELP);
	add_knobs(&t, common_knobs, n_common_knobs, &inv->common);
	add_knobs(&t, cmd->knobs, *cmd->n_knobs, inv->opts);
	add_knobs(&t, cmd->more_knobs, cmd->n_more_knobs, inv->opts);
	knob_defaults(common_knobs, n_common_knobs, &inv->common);
	knob_defaults(cmd->knobs, *cmd->n_knobs, inv->opts);
	knob_defaults(cmd->more_knobs, cmd->n_more_knobs, inv->opts);
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = -1, c = getopt_long(argc, argv, t.shorts, t.longs, &at),
		    i = knob_of(&t, c);
		const char *text = optarg, *word;

		if (c == -1)
			break;
		word = argv[optind - (text && text == argv[optind - 1] ? 2 : 1)];
		if (at >= 0 && is_shortened(word, t.longs[at].name))
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "unknown option '%s'; see uringtool %s --help", word,
				       cmd->name);
		if (c == VAL_HELP)
			return 1;
		if (c == '?' || c == ':' || i < 0)
			return complain(inv, c, word, f);
		if (t.knobs[i]->type == KNOB_BOOL)
			text = c >= VAL_KNOB && (c & VAL_NEG) ? "no" : "yes";
		r = knob_set(t.knobs[i], t.base[i], text, &why);
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
