/* SPDX-License-Identifier: MIT */
#include "job-schema.h"

#include "bench/job/job.h"
#include "cmd/output/out.h"
#include "probe/lib/base.h"

#define NS_PER_S 1000000000ull

/* The range in this unit. A maximum of UINT64_MAX is no limit. */
static void emit_range(struct out *o, const struct opt *k, uint64_t unit)
{
	out_u64(o, "minimum", NULL, (k->min + unit - 1) / unit, OUT_PLAIN);
	if (k->max && k->max != UINT64_MAX)
		out_u64(o, "maximum", NULL, k->max / unit, OUT_PLAIN);
}

/* types ends with NULL. */
static void emit_types(struct out *o, const char *const *types)
{
	out_arr(o, "type", NULL);
	for (; *types; types++)
		out_str(o, NULL, NULL, *types);
	out_end(o);
}

static void open_enum(struct out *o, const struct opt *k)
{
	out_arr(o, "enum", NULL);
	for (unsigned i = 0; k->words[i]; i++)
		out_str(o, NULL, NULL, k->words[i]);
}

static void emit_echoed_number(struct out *o, const struct opt *k)
{
	/* 0: not given. */
	const bool or_zero = !k->def && k->min;

	if (or_zero) {
		out_arr(o, "anyOf", NULL);
		out_obj(o, NULL, NULL);
		out_u64(o, "const", NULL, 0, OUT_PLAIN);
		out_end(o);
		out_obj(o, NULL, NULL);
	}
	out_str(o, "type", NULL, "integer");
	emit_range(o, k, 1);
	if (or_zero) {
		out_end(o);
		out_end(o);
	}
}

static void emit_echoed(struct out *o, const struct opt *k)
{
	_cleanup_str_ struct str key = { 0 }, number = { 0 };

	opt_key(&key, k);
	out_obj(o, str_text(&key), NULL);
	switch (k->type) {
	case OPT_BOOL:
		out_str(o, "type", NULL, "boolean");
		break;
	case OPT_WORD:
		open_enum(o, k);
		out_end(o);
		break;
	case OPT_STR:
		if (k->def)
			out_str(o, "type", NULL, "string");
		else
			emit_types(o, (const char *const[]){ "string", "null", NULL });
		break;
	case OPT_UINT_OPTIONAL:
		out_str(o, "type", NULL, "boolean");
		out_end(o);
		opt_number_key(&number, k);
		out_obj(o, str_text(&number), NULL);
		emit_types(o, (const char *const[]){ "integer", "null", NULL });
		emit_range(o, k, 1);
		break;
	default:
		emit_echoed_number(o, k);
	}
	out_end(o);
}

static void emit_planned(struct out *o, const struct opt *k)
{
	_cleanup_str_ struct str plain = { 0 }, key = { 0 };

	opt_plain_key(&plain, k);
	out_obj(o, str_text(&plain), NULL);
	switch (k->type) {
	case OPT_BOOL:
		emit_types(o, (const char *const[]){ "boolean", "null", NULL });
		break;
	case OPT_WORD:
		open_enum(o, k);
		if (k->words == auto_words) {
			out_bool(o, NULL, NULL, true);
			out_bool(o, NULL, NULL, false);
		}
		out_null(o, NULL, NULL);
		out_end(o);
		break;
	case OPT_STR:
		emit_types(o, (const char *const[]){ "string", "null", NULL });
		break;
	case OPT_UINT_OPTIONAL:
		emit_types(o,
			   (const char *const[]){ "boolean", "integer", "string", "null", NULL });
		emit_range(o, k, 1);
		break;
	default:
		/* A time without a unit is in seconds. */
		emit_types(o, (const char *const[]){ "string", "integer", "null", NULL });
		emit_range(o, k, k->type == OPT_TIME ? NS_PER_S : 1);
	}
	out_end(o);
	if (k->type != OPT_TIME)
		return;
	opt_key(&key, k);
	out_obj(o, str_text(&key), NULL);
	emit_types(o, (const char *const[]){ "integer", "null", NULL });
	emit_range(o, k, 1);
	out_end(o);
}

int job_schema(struct str *to)
{
	struct out *o = out_new();
	int r;

	if (!o)
		return -ENOMEM;
	out_str(o, "$schema", NULL, "https://json-schema.org/draft/2020-12/schema");
	out_str(o, "title", NULL, "The options of a job of uringtool bench");
	out_obj(o, "$defs", NULL);
	out_obj(o, "job", NULL);
	out_str(o, "type", NULL, "object");
	out_obj(o, "properties", NULL);
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		emit_echoed(o, &job_opt_rows[i]);
	out_end(o);
	out_arr(o, "required", NULL);
	for (unsigned i = 0; i < n_job_opt_rows; i++) {
		const struct opt *k = &job_opt_rows[i];
		_cleanup_str_ struct str key = { 0 }, number = { 0 };

		opt_key(&key, k);
		out_str(o, NULL, NULL, str_text(&key));
		if (k->type != OPT_UINT_OPTIONAL)
			continue;
		opt_number_key(&number, k);
		out_str(o, NULL, NULL, str_text(&number));
	}
	out_end(o);
	out_bool(o, "additionalProperties", NULL, false);
	out_end(o);
	out_obj(o, "planned", NULL);
	out_str(o, "type", NULL, "object");
	out_obj(o, "properties", NULL);
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		if (!(job_opt_rows[i].not_for & NOT_PLANNED))
			emit_planned(o, &job_opt_rows[i]);
	out_end(o);
	out_bool(o, "additionalProperties", NULL, false);
	out_end(o);
	out_end(o);
	r = out_json(o, to);
	out_free(o);
	return r;
}

void job_keys(struct str *to)
{
	for (unsigned i = 0; i < n_job_opt_rows; i++) {
		const struct opt *k = &job_opt_rows[i];

		str_add(to, i ? ", *" : "*");
		opt_key(to, k);
		str_add(to, "*");
		if (k->type != OPT_UINT_OPTIONAL)
			continue;
		str_add(to, ", *");
		opt_number_key(to, k);
		str_add(to, "*");
	}
	str_add(to, "\n");
}
