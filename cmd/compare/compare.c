/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "cmd/command.h"
#include "emit-compare.h"
#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

static const char *const examples[] = {
	"uringtool compare base/ new/ --max-regress=5%",
	"two folders of results, with a limit for every metric that decides",
	"uringtool compare base/ new/ --metrics=iops,lat_p99 --max-regress=lat_p99=20%",
	"decide by two metrics, with a wider limit for one",
	"uringtool compare a.json b.json --noise=3%",
	"one run each, on a machine whose equal runs are 3 % apart",
	NULL,
};

#define DEFAULT_METRICS "iops,lat_mean,lat_p99,cpu"

struct compare_opts {
	struct opt_list base, new, max_regress;
	const char *metrics, *noise, *confidence, *allow_mismatch, *fio_job;
	bool paired;
};

#define AT(member) offsetof(struct compare_opts, member)

static const struct opt compare_opt_rows[] = {
	{ .name = "base",
	  .type = OPT_LIST,
	  .offset = AT(base),
	  .arg = "PATH",
	  .help = "another base result, or a folder of them; repeatable" },
	{ .name = "new",
	  .type = OPT_LIST,
	  .offset = AT(new),
	  .arg = "PATH",
	  .help = "another new result, or a folder of them; repeatable" },
	{ .name = "max-regress",
	  .type = OPT_LIST,
	  .offset = AT(max_regress),
	  .arg = "[METRIC=]PERCENT",
	  .help = "how much worse every metric, or this one, may be; by default 5%" },
	{ .name = "metrics",
	  .type = OPT_STR,
	  .offset = AT(metrics),
	  .def = DEFAULT_METRICS,
	  .arg = "LIST",
	  .help = "metrics that decide, of iops, bw, lat_mean, lat_p50, lat_p99, lat_p999, cpu; "
		  "the others are only shown" },
	{ .name = "noise",
	  .type = OPT_STR,
	  .offset = AT(noise),
	  .arg = "PERCENT",
	  .help = "variation between equal runs on this machine; widens every interval, and gives "
		  "single runs one" },
	{ .name = "confidence",
	  .type = OPT_STR,
	  .offset = AT(confidence),
	  .def = "95%",
	  .arg = "PERCENT",
	  .help = "confidence that the intervals of all deciding metrics hold" },
	{ .name = "paired",
	  .type = OPT_BOOL,
	  .offset = AT(paired),
	  .help = "the n-th runs of base and new were made together, so that common disturbances "
		  "cancel out" },
	{ .name = "allow-mismatch",
	  .type = OPT_STR,
	  .offset = AT(allow_mismatch),
	  .arg = "LIST",
	  .help = "compare although these differ: tool, device, kernel, host, job, granted" },
	{ .name = "fio-job",
	  .type = OPT_STR,
	  .offset = AT(fio_job),
	  .arg = "NAME",
	  .help = "job to use of a fio result with several" },
};

static const unsigned n_compare_opt_rows = ARRAY_SIZE(compare_opt_rows);

/* Parses "5%" or "0.5" as a share. */
static int parse_percent(const char *option, const char *text, double max, double *out,
			 struct fail *f)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || (*end && strcmp(end, "%") != 0) || !(v >= 0 && v <= max))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--%s: '%s' is not a percentage from 0 to %g, such as 5%%", option,
			       text, max);
	*out = v / 100;
	return 0;
}

static int metric_by_name(const char *option, const char *name, size_t len, struct fail *f)
{
	struct suggestion near = { 0 };
	char asked[SUGGEST_MAX + 1];

	for (unsigned m = 0; m < METRICS; m++)
		if (quantities[m].option && strlen(quantities[m].option) == len &&
		    !strncmp(quantities[m].option, name, len))
			return m;
	snprintf(asked, sizeof(asked), "%.*s", (int)len, name);
	for (unsigned m = 0; m < METRICS; m++)
		if (quantities[m].option)
			suggest(&near, asked, quantities[m].option);
	return fail_as(f, FAIL_USAGE, -EINVAL, "--%s: '%s' is no metric%s", option, asked,
		       suggest_text(&near, ""));
}

static int parse_limit(const char *text, struct comparison_opts *to, struct fail *f)
{
	const char *equal = strchr(text, '=');
	double limit = 0;
	int r = parse_percent("max-regress", equal ? equal + 1 : text, 1000, &limit, f), m;

	if (r < 0)
		return r;
	if (equal) {
		m = metric_by_name("max-regress", text, equal - text, f);
		if (m < 0)
			return m;
		to->limit[m] = limit;
		return 0;
	}
	for (unsigned i = 0; i < METRICS; i++)
		to->limit[i] = limit;
	return 0;
}

/* Calls a function for each word of a comma-separated list, and stops at the first error. */
static int each_word(const char *list,
		     int (*take)(const char *word, size_t len, void *arg, struct fail *f),
		     void *arg, struct fail *f)
{
	size_t len = list ? strcspn(list, ",") : 0;
	int r = list ? take(list, len, arg, f) : 0;

	while (r == 0 && list && list[len]) {
		list += len + 1;
		len = strcspn(list, ",");
		r = take(list, len, arg, f);
	}
	return r;
}

static int take_metric(const char *word, size_t len, void *arg, struct fail *f)
{
	struct comparison_opts *to = arg;
	int m = metric_by_name("metrics", word, len, f);

	if (m >= 0)
		to->decides[m] = true;
	return m < 0 ? m : 0;
}

static int take_group(const char *word, size_t len, void *arg, struct fail *f)
{
	struct suggestion near = { 0 };
	char asked[SUGGEST_MAX + 1];
	bool *allowed = arg;

	for (unsigned g = 0; g < TRAIT_GROUPS; g++) {
		if (strlen(trait_group_names[g]) != len ||
		    strncmp(trait_group_names[g], word, len) != 0)
			continue;
		allowed[g] = true;
		return 0;
	}
	snprintf(asked, sizeof(asked), "%.*s", (int)len, word);
	suggest_among(&near, asked, trait_group_names, TRAIT_GROUPS);
	return fail_as(
		f, FAIL_USAGE, -EINVAL,
		"--allow-mismatch: '%s' is none of tool, device, kernel, host, job, granted%s",
		asked, suggest_text(&near, ""));
}

static int parse(const struct compare_opts *opts, struct comparison_opts *to, bool *allowed,
		 struct fail *f)
{
	int r = parse_limit("5%", to, f);

	to->noise = NAN;
	to->paired = opts->paired;
	/* Limits for one metric override limits for all, in any order. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; r == 0 && i < opts->max_regress.n; i++)
			if (!!strchr(opts->max_regress.item[i], '=') == pass)
				r = parse_limit(opts->max_regress.item[i], to, f);
	if (r == 0)
		r = each_word(opts->metrics, take_metric, to, f);
	if (r == 0 && opts->noise)
		r = parse_percent("noise", opts->noise, 1000, &to->noise, f);
	if (r == 0)
		r = parse_percent("confidence", opts->confidence, 99.99, &to->confidence, f);
	if (r == 0 && to->confidence < 0.5)
		r = fail_as(f, FAIL_USAGE, -EINVAL, "--confidence: at least 50%%");
	if (r == 0)
		r = each_word(opts->allow_mismatch, take_group, allowed, f);
	return r;
}

static int load_side(const char *name, const char *arg, const struct opt_list *more,
		     const char *job, struct saved_runs *to, struct fail *f)
{
	int r = arg ? saved_runs_load(arg, job, to, f) : 0;

	for (unsigned i = 0; r == 0 && i < more->n; i++)
		r = saved_runs_load(more->item[i], job, to, f);
	if (r == 0 && !to->n)
		r = fail_as(f, FAIL_USAGE, -EINVAL,
			    "no result for %s: give BASE and NEW, or --base and --new", name);
	return r;
}

static const char *or_dash(const char *text)
{
	return text ? text : "not told";
}

/* Whether run repeats the same measurement as first, as runs of one side must. */
static int check_repeats(const struct invocation *inv, const struct saved_runs *side)
{
	int code = EXIT_OK;

	for (size_t i = 1; i < side->n && code == EXIT_OK; i++) {
		_cleanup_free_ struct discrepancy *list = NULL;
		int n = saved_runs_differ(&side->list[0], &side->list[i], &list);

		for (int at = 0; at < n; at++)
			cmd_error(inv, "%s is not a repetition of %s: %s: %s is %s, not %s",
				  side->list[i].from, side->list[0].from,
				  trait_group_names[list[at].group], list[at].name,
				  or_dash(list[at].b), or_dash(list[at].a));
		code = n < 0 ? EXIT_RUNTIME : n ? EXIT_USAGE : EXIT_OK;
	}
	return code;
}

/* Checks whether the two sides are comparable; keeps the permitted differences. */
static int check_sides(const struct invocation *inv, struct compare_view *c, const bool *allowed)
{
	_cleanup_str_ struct str groups = { 0 };
	bool refused[TRAIT_GROUPS] = { false }, any_refused = false;
	int n = saved_runs_differ(&c->base.list[0], &c->new.list[0], &c->mismatches);

	if (n < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	c->n_mismatches = n;
	for (int i = 0; i < n; i++) {
		const struct discrepancy *m = &c->mismatches[i];

		if (allowed[m->group])
			continue;
		refused[m->group] = any_refused = true;
		cmd_error(inv, "another %s: %s is %s in base, %s in new",
			  trait_group_names[m->group], m->name, or_dash(m->a), or_dash(m->b));
	}
	if (!any_refused)
		return EXIT_OK;
	for (unsigned g = 0; g < TRAIT_GROUPS; g++)
		if (refused[g] || allowed[g])
			str_addf(&groups, "%s%s", groups.len ? "," : "", trait_group_names[g]);
	cmd_error(inv, "not comparable; --allow-mismatch=%s compares them anyway",
		  str_text(&groups));
	return EXIT_USAGE;
}

static void note_unknown(struct compare_view *c, bool asked)
{
	for (unsigned m = 0; asked && m < METRICS; m++) {
		c->unknown[m] = c->opts.decides[m];
		for (unsigned i = 0; i < c->comparisons.n; i++)
			if (c->comparisons.list[i].metric == m && c->comparisons.list[i].decides)
				c->unknown[m] = false;
		if (c->unknown[m] && c->comparisons.kept == KEPT_YES)
			c->comparisons.kept = KEPT_UNDECIDED;
	}
}

static int compare(struct invocation *inv, struct compare_view *c)
{
	static const enum exit_code codes[] = {
		[KEPT_YES] = EXIT_OK,
		[KEPT_NO] = EXIT_UNMET,
		[KEPT_UNDECIDED] = EXIT_UNDECIDED,
	};
	const struct compare_opts *opts = inv->opts;
	const char *args[2] = { NULL, NULL };
	bool allowed[TRAIT_GROUPS] = { false };
	struct fail f;
	int r = parse(opts, &c->opts, allowed, &f);

	for (int i = 0; i < inv->n_args; i++)
		args[i] = inv->args[i];
	if (r == 0)
		r = load_side("base", args[0], &opts->base, opts->fio_job, &c->base, &f);
	if (r == 0)
		r = load_side("new", args[1], &opts->new, opts->fio_job, &c->new, &f);
	if (r < 0)
		return cmd_fail(inv, &f);
	r = check_repeats(inv, &c->base);
	if (r == EXIT_OK)
		r = check_repeats(inv, &c->new);
	if (r == EXIT_OK)
		r = check_sides(inv, c, allowed);
	if (r != EXIT_OK)
		return r;
	if (comparisons_make(&c->base, &c->new, &c->opts, &c->comparisons, &f) < 0)
		return cmd_fail(inv, &f);
	note_unknown(c, strcmp(opts->metrics, DEFAULT_METRICS) != 0);
	emit_compare(inv->out, c, &inv->style, &inv->why);
	return codes[c->comparisons.kept];
}

static int run(struct invocation *inv)
{
	struct compare_view c = { .n_mismatches = 0 };
	int code = compare(inv, &c);

	free(c.mismatches);
	saved_runs_free(&c.base);
	saved_runs_free(&c.new);
	return code;
}

const struct command cmd_compare = {
	.name = "compare",
	.args = "[BASE NEW]",
	.max_args = 2,
	.summary = "whether results of bench, or of fio, are better or worse than others",
	.examples = examples,
	.opt_rows = compare_opt_rows,
	.n_opt_rows = &n_compare_opt_rows,
	.opts_size = sizeof(struct compare_opts),
	.reads_folders = true,
	.run = run,
};
