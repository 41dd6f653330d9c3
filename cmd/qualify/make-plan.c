/* SPDX-License-Identifier: MIT */
#include "make-plan.h"

#include <string.h>

#include "bench/saved/reference.h"
#include "cmd/command.h"
#include "cmd/output/out.h"
#include "probe/lib/base.h"

#define PLAN_SCHEMA_VERSION 1

static void write_opt(struct out *o, const struct opt *k, const struct job *job)
{
	_cleanup_str_ struct str key = { 0 }, text = { 0 };

	/* The value has the unit, so the key does not. */
	opt_plain_key(&key, k);
	switch (k->type) {
	case OPT_BOOL:
		out_bool(o, str_text(&key), NULL, opt_bool(k, job));
		break;
	case OPT_STR:
		out_str(o, str_text(&key), NULL, opt_str(k, job));
		break;
	case OPT_WORD:
		out_str(o, str_text(&key), NULL, k->words[opt_u64(k, job)]);
		break;
	case OPT_UINT_OPTIONAL:
		if (opt_i64(k, job) >= 0)
			out_i64(o, str_text(&key), NULL, opt_i64(k, job));
		else
			out_bool(o, str_text(&key), NULL, opt_i64(k, job) == OPT_ON);
		break;
	case OPT_UINT:
		out_u64(o, str_text(&key), NULL, opt_u64(k, job), OUT_PLAIN);
		break;
	default:
		if (k->type == OPT_TIME)
			time_text(&text, opt_u64(k, job));
		else
			size_text(&text, opt_u64(k, job));
		out_str(o, str_text(&key), NULL, str_text(&text));
	}
}

/* Writes the options that describe the job and are not at their defaults. */
static void write_job(struct out *o, const struct job *job)
{
	struct job defaults;

	opt_defaults(job_opt_rows, n_job_opt_rows, &defaults);
	out_obj(o, "job", NULL);
	for (unsigned i = 0; i < n_job_opt_rows; i++) {
		const struct opt *k = &job_opt_rows[i];
		const bool always = !strcmp(k->name, "rw") || !strcmp(k->name, "iodepth") ||
				    !strcmp(k->name, "runtime") ||
				    (!strcmp(k->name, "bs") && job->rw != RW_NOP);

		if (always || !opt_same(k, job, &defaults))
			write_opt(o, k, job);
	}
	out_end(o);
}

static void write_limits(struct out *o, const struct reference *x, double slack)
{
	out_arr(o, "limits", NULL);
	out_str(o, NULL, NULL, "errors == 0");
	for (unsigned i = 0; i < x->n_extremes; i++) {
		const struct extreme *e = &x->extremes[i];
		const struct quantity *q = &quantities[e->metric];
		_cleanup_str_ struct str text = { 0 };

		str_addf(&text, "%s%s %s ", part_names[e->part], q->name, q->more ? ">=" : "<=");
		limit_number(&text, q->unit, extreme_limit(e, slack));
		out_str(o, NULL, NULL, str_text(&text));
	}
	out_end(o);
}

static void write_words(struct out *o, const char *key, const char **words, unsigned n)
{
	if (!n)
		return;
	out_arr(o, key, NULL);
	for (unsigned i = 0; i < n; i++)
		out_str(o, NULL, NULL, words[i]);
	out_end(o);
}

static void write_fact(struct out *o, const char *name, const char *word)
{
	_cleanup_str_ struct str text = { 0 };

	if (!word)
		return;
	str_addf(&text, "%s == %s", name, word);
	out_str(o, NULL, NULL, str_text(&text));
}

static void write_plan(struct out *o, const struct references *e, const struct invocation *inv,
		       const struct limit *slack)
{
	_cleanup_str_ struct str about = { 0 };

	str_addf(&about, "As good as the results of %d document%s, with a slack of ", inv->n_args,
		 inv->n_args == 1 ? "" : "s");
	limit_number(&about, UNIT_SHARE, slack->number);
	out_u64(o, "schema_version", NULL, PLAN_SCHEMA_VERSION, OUT_PLAIN);
	out_str(o, "kind", NULL, "plan");
	out_str(o, "name", NULL, "made");
	out_str(o, "description", NULL, str_text(&about));
	write_words(o, "requirements", e->requirements, e->n_requirements);
	write_words(o, "applications", e->applications, e->n_applications);
	if (e->model || e->firmware) {
		out_arr(o, "device", NULL);
		write_fact(o, "model", e->model);
		write_fact(o, "firmware", e->firmware);
		out_end(o);
	}
	out_arr(o, "benchmarks", NULL);
	for (unsigned i = 0; i < e->n; i++) {
		out_obj(o, NULL, NULL);
		out_str(o, "name", NULL, e->list[i].name);
		write_job(o, &e->list[i].job);
		write_limits(o, &e->list[i], slack->number);
		out_end(o);
	}
	out_end(o);
}

static int write_document(struct invocation *inv, const struct references *e,
			  const struct limit *slack)
{
	struct out *o = out_new();

	if (o) {
		write_plan(o, e, inv, slack);
		out_json(o, &inv->form);
	}
	out_free(o);
	if (o && !inv->form.err)
		return EXIT_OK;
	cmd_error(inv, "out of memory");
	return EXIT_RUNTIME;
}

int make_plan(struct invocation *inv, const char *slack)
{
	_cleanup_(references_free) struct references e = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct limit as_limit;
	struct fail f;

	/* A share in the syntax of limits. */
	str_addf(&text, "iops_spread <= %s", slack);
	if (limit_parse(OF_BENCH, str_text(&text), &as_limit, &f) < 0) {
		cmd_error(inv, "--slack: %s", f.msg);
		return EXIT_USAGE;
	}
	if (!inv->n_args) {
		cmd_error(inv, "--make-plan needs results of bench or qualify, as JSON");
		return EXIT_USAGE;
	}
	for (int i = 0; i < inv->n_args; i++)
		if (references_add(&e, inv->args[i], &f) < 0)
			return cmd_fail(inv, &f);
	if (!e.n) {
		cmd_error(inv, "the files contain no measurement");
		return EXIT_USAGE;
	}
	return write_document(inv, &e, &as_limit);
}
