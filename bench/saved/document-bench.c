/* SPDX-License-Identifier: MIT */
#include "document-kinds.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"
#include "probe/lib/option.h"

/* "randread-4k-qd32-sqpoll": the options that must be equal for results to be comparable. */
static const char *job_name(struct document *d, const cJSON *job)
{
	static const char *const switches[] = {
		"sqpoll",	 "iopoll",    "hybrid", "fixedbufs",
		"registerfiles", "hugepages", "async",	"dsync",
	};
	const char *rw = json_text(job, "rw"), *split = json_text(job, "bssplit");
	const char *rate = json_text(job, "rate"), *name;
	double bs = json_number(job, "bs"), depth = json_number(job, "iodepth");
	double jobs = json_number(job, "numjobs");
	_cleanup_str_ struct str text = { 0 };

	str_add(&text, rw && *rw ? rw : "bench");
	if (split) {
		str_addf(&text, "-%s", split);
	} else if (bs > 0 && bs < 0x1p53 && !same_text(rw, "nop")) {
		str_add(&text, "-");
		size_text(&text, bs);
	}
	if (depth >= 1)
		str_addf(&text, "-qd%.0f", depth);
	if (jobs > 1)
		str_addf(&text, "-x%.0f", jobs);
	if (rate)
		str_addf(&text, "-%s", rate);
	if (cJSON_IsFalse(json_member(job, "direct")))
		str_add(&text, "-buffered");
	for (unsigned i = 0; i < ARRAY_SIZE(switches); i++)
		if (cJSON_IsTrue(json_member(job, switches[i])))
			str_addf(&text, "-%s", switches[i]);
	name = text.err ? NULL : document_text(d, "%s", str_text(&text));
	return name;
}

static int read_metrics(const cJSON *body, struct doc_bench *to, struct fail *f)
{
	const cJSON *result = json_member(body, "result");
	const cJSON *valid = json_member(body, "valid");
	const cJSON *complete = json_member(body, "complete");

	if (!cJSON_IsObject(json_member(body, "job")))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'job': object expected");
	if (!cJSON_IsObject(json_member(result, "total")))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'result': no 'total' inside");
	if (!cJSON_IsBool(valid) || !cJSON_IsBool(complete))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': true or false expected",
			       cJSON_IsBool(valid) ? "complete" : "valid");
	to->valid = cJSON_IsTrue(valid);
	to->complete = cJSON_IsTrue(complete);
	for (unsigned i = 0; i < METRICS; i++)
		to->metric[i] = metric_read(result, "total", i);
	to->body = body;
	return 0;
}

/* Repeated measurements with one name are numbered. */
static void number(struct document *d, struct doc_bench *b)
{
	for (const struct doc_bench *i = d->benches; i < b; i++)
		if (same_text(i->name, b->name) && same_text(i->device, b->device) &&
		    i->repeat >= b->repeat)
			b->repeat = i->repeat + 1;
}

int doc_read_bench(struct document *d, const cJSON *body, const char *name, const char *device,
		   struct fail *f)
{
	struct doc_bench *b = &d->benches[d->n_benches];
	const cJSON *target = json_member(body, "target");
	const cJSON *facts = json_member(target, "device");
	int r = read_metrics(body, b, f);

	if (r < 0)
		return r;
	b->name = name ? name : job_name(d, json_member(body, "job"));
	if (!b->name)
		return fail_set(f, -ENOMEM, "out of memory");
	b->device = device ? device : json_text(target, "path");
	b->model = json_text(facts, "model");
	b->firmware = json_text(facts, "firmware");
	b->repeat = 1;
	number(d, b);
	d->n_benches++;
	return 0;
}

/* Joins the texts of an array. */
static void join(struct str *to, const cJSON *texts, const char *between)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, texts) if (cJSON_IsString(item))
		str_addf(to, "%s%s", to->len ? between : "", item->valuestring);
}

/* Collects the reasons why a result is not trusted. */
static const char *reasons(struct document *d, const cJSON *body)
{
	const char *alone = json_text(body, "why_not_valid");
	_cleanup_str_ struct str text = { 0 };

	join(&text, json_member(body, "reasons"), "; ");
	if (!text.len)
		str_add(&text, alone ? alone : "the measurement is not valid");
	return text.err ? NULL : document_text(d, "%s", str_text(&text));
}

/* A measurement passes if its result can be trusted. */
static int judge_trust(struct document *d, const char *what, struct fail *f)
{
	const cJSON *valid = json_member(d->tree, "valid");
	bool cut = cJSON_IsFalse(json_member(d->tree, "complete"));
	const cJSON *target = json_member(d->tree, "target");
	struct doc_check *c;
	const char *id;

	if (!cJSON_IsBool(valid))
		return document_malformed(d, f, "key 'valid': true or false expected");
	c = doc_new_check(d);
	id = document_text(d, "%s/valid", what);
	if (!c || !id || doc_name_check(d, id) < 0)
		return doc_no_memory(d, f);
	c->kind = "bench";
	c->device = json_text(target, "path");
	c->bench = what;
	c->title = document_text(d, "%s on %s can be trusted", what,
				 c->device ? c->device : "a file made for it");
	c->metric = "valid";
	c->op = "==";
	c->limit = (struct doc_value){ VALUE_BOOL, .yes = true };
	c->value = (struct doc_value){ VALUE_BOOL, .yes = cJSON_IsTrue(valid) };
	c->duration_s = d->duration_s;
	c->verdict = cJSON_IsTrue(valid) && !cut ? DOC_PASS : DOC_INVALID;
	if (cJSON_IsFalse(valid))
		c->why = reasons(d, d->tree);
	else if (cut)
		c->why = "it was cut short";
	d->verdict = c->verdict;
	d->why = c->why;
	return c->title && (c->verdict == DOC_PASS || c->why) ? 0 : doc_no_memory(d, f);
}

int doc_read_measurement(struct document *d, struct fail *f)
{
	struct fail why;

	d->benches = calloc(1, sizeof(*d->benches));
	if (!d->benches)
		return doc_no_memory(d, f);
	if (doc_read_bench(d, d->tree, NULL, NULL, &why) < 0)
		return document_malformed(d, f, why.msg);
	d->name = d->benches[0].name;
	d->duration_s = doc_duration(json_member(d->tree, "result"), "elapsed_s");
	return judge_trust(d, d->name, f);
}

/* One of several measurements summed up in a document; its metrics are members of the object itself. */
static void add_summary(struct document *d, const cJSON *from, const char *name, bool valid)
{
	const cJSON *target = json_member(d->tree, "target");
	const cJSON *facts = json_member(target, "device");
	struct doc_bench *b = &d->benches[d->n_benches++];

	*b = (struct doc_bench){ .name = name,
				 .device = json_text(target, "path"),
				 .model = json_text(facts, "model"),
				 .firmware = json_text(facts, "firmware"),
				 .repeat = 1,
				 .valid = valid,
				 .complete = true,
				 .body = from };
	for (unsigned i = 0; i < METRICS; i++)
		b->metric[i] = json_number(from, quantities[i].name);
	number(d, b);
}

/* "randread-4k-qd32 curve" */
static int name_after_job(struct document *d, const char *what, struct fail *f)
{
	const char *job = job_name(d, json_member(d->tree, "job"));

	if (job)
		job = document_text(d, "%s %s", job, what);
	if (!job)
		return doc_no_memory(d, f);
	d->name = job;
	return 0;
}

static int knee(struct document *d, struct fail *f)
{
	const cJSON *told = json_member(d->tree, "knee");
	double iops = json_number(told, "iops"), p99 = json_number(told, "lat_p99_ns");

	if (!told)
		return 0;
	if (!isfinite(iops))
		d->about = "No knee was found";
	else
		d->about = document_text(d, "The knee is at %.0f IOPS, with a p99 of %.1f us", iops,
					 p99 / 1000);
	return d->about ? 0 : doc_no_memory(d, f);
}

int doc_read_curve(struct document *d, struct fail *f)
{
	const cJSON *points, *point;
	const cJSON *closed = json_member(d->tree, "closed_loop");
	size_t n;
	int r = doc_get_objects(d, d->tree, "points", DOC_MAX_BENCHES - 1, &points, &n, f);

	if (r == 0)
		r = name_after_job(d, "curve", f);
	if (r < 0)
		return r;
	d->benches = calloc(n + 1, sizeof(*d->benches));
	if (!d->benches)
		return doc_no_memory(d, f);
	if (cJSON_IsObject(closed))
		add_summary(d, closed, "closed loop", !cJSON_IsFalse(json_member(closed, "valid")));
	cJSON_ArrayForEach(point, points)
	{
		double asked = json_number(point, "asked_iops");
		const char *name = document_text(d, "at %.0f IOPS", asked);

		if (!name)
			return doc_no_memory(d, f);
		add_summary(d, point, name, !cJSON_IsFalse(json_member(point, "valid")));
	}
	r = knee(d, f);
	return r < 0 ? r : judge_trust(d, d->name, f);
}

/* What the rounds of a test came to, and how it differs from the specification. */
static int steadiness(struct document *d)
{
	const cJSON *window = json_member(d->tree, "window");
	const double first = json_number(window, "first_round"), n = json_number(window, "rounds");
	const bool steady = cJSON_IsTrue(json_member(d->tree, "reached"));
	_cleanup_str_ struct str deviations = { 0 };

	join(&deviations, json_member(d->tree, "deviations"), "; ");
	if (deviations.err)
		return -ENOMEM;
	if (!isfinite(first) || !isfinite(n))
		return 0;
	d->about = document_text(
		d, "%s in rounds %.0f to %.0f%s%s", steady ? "Steady" : "Not steady", first,
		first + n - 1, deviations.len ? "; differs from PTS: " : "", str_text(&deviations));
	return d->about ? 0 : -ENOMEM;
}

int doc_read_pts(struct document *d, struct fail *f)
{
	const cJSON *cells, *cell;
	const char *test, *name;
	struct fail why;
	size_t n;
	int r = doc_get_objects(d, d->tree, "matrix", DOC_MAX_BENCHES, &cells, &n, f);

	if (r < 0)
		return r;
	if (json_get_str(d->tree, "test", &test, &why) < 0)
		return document_malformed(d, f, why.msg);
	d->name = document_text(d, "PTS %s", test);
	d->benches = calloc(n + 1, sizeof(*d->benches));
	if (!d->name || !d->benches)
		return doc_no_memory(d, f);
	cJSON_ArrayForEach(cell, cells)
	{
		double reads = json_number(cell, "read_percent");

		name = document_text(d, "%.6gk %.0f/%.0f", json_number(cell, "block_bytes") / 1024,
				     reads, 100 - reads);
		if (!name)
			return doc_no_memory(d, f);
		add_summary(d, cell, name, !cJSON_IsFalse(json_member(cell, "valid")));
	}
	return steadiness(d) < 0 ? doc_no_memory(d, f) : judge_trust(d, d->name, f);
}

/* Joins the settings of a configuration. */
static const char *settings(struct document *d, const cJSON *of)
{
	_cleanup_str_ struct str text = { 0 };

	join(&text, json_member(of, "settings"), " ");
	return text.err ? NULL : document_text(d, "%s", text.len ? str_text(&text) : "as it is");
}

static int recommendation(struct document *d, struct fail *f)
{
	const cJSON *told = json_member(d->tree, "recommendation");
	_cleanup_str_ struct str because = { 0 };
	const char *best;

	if (!cJSON_IsObject(told))
		return 0;
	join(&because, json_member(told, "because"), "; ");
	best = settings(d, told);
	if (!best || because.err)
		return doc_no_memory(d, f);
	d->about = document_text(d, "Recommended: %s%s%s", best, because.len ? ", because " : "",
				 str_text(&because));
	return d->about ? 0 : doc_no_memory(d, f);
}

int doc_read_sweep(struct document *d, struct fail *f)
{
	const cJSON *cells, *cell;
	size_t n;
	int r = doc_get_objects(d, d->tree, "configurations", DOC_MAX_BENCHES, &cells, &n, f);

	if (r == 0)
		r = name_after_job(d, "sweep", f);
	if (r < 0)
		return r;
	d->benches = calloc(n + 1, sizeof(*d->benches));
	if (!d->benches)
		return doc_no_memory(d, f);
	cJSON_ArrayForEach(cell, cells)
	{
		const char *state = json_text(cell, "state"), *name;

		if (!state || strcmp(state, "measured"))
			continue;
		name = settings(d, cell);
		if (!name)
			return doc_no_memory(d, f);
		add_summary(d, cell, name, true);
	}
	r = recommendation(d, f);
	return r < 0 ? r : judge_trust(d, d->name, f);
}

static int read_change(struct document *d, const cJSON *from, struct fail *f)
{
	const char *part, *metric, *met, *id;
	const char *better = json_text(from, "better_when"), *told = json_text(from, "verdict");
	double change = json_number(from, "change_share");
	double most = json_number(from, "max_regress_share");
	bool more = better && !strcmp(better, "more");
	struct doc_check *c;
	int r = doc_get_name(from, "part", &part, f);

	if (r == 0)
		r = doc_get_name(from, "metric", &metric, f);
	if (r == 0)
		r = json_get_str(from, "met", &met, f);
	if (r < 0)
		return r;
	c = doc_new_check(d);
	id = document_text(d, "%s/%s", part, metric);
	if (!c || !id || doc_name_check(d, id) < 0)
		return fail_set(f, -ENOMEM, "out of memory");
	c->kind = "bench";
	c->metric = metric;
	c->unit = "share";
	c->required = cJSON_IsTrue(json_member(from, "decides"));
	c->verdict = doc_met(met);
	c->title = document_text(d, "change of %s, %s", metric, part);
	if (isfinite(change))
		c->value = (struct doc_value){ VALUE_NUMBER, .number = change };
	if (isfinite(most)) {
		c->op = more ? ">=" : "<=";
		c->limit = (struct doc_value){ VALUE_NUMBER, .number = more ? -most : most };
	}
	c->why = told;
	return c->title ? 0 : fail_set(f, -ENOMEM, "out of memory");
}

int doc_read_compare(struct document *d, struct fail *f)
{
	const cJSON *metrics, *metric;
	const char *met;
	struct fail why;
	size_t n, i = 0;
	int r = doc_get_objects(d, d->tree, "metrics", DOC_MAX_CHECKS, &metrics, &n, f);

	if (r < 0)
		return r;
	if (json_get_str(d->tree, "met", &met, &why) < 0)
		return document_malformed(d, f, why.msg);
	d->verdict = doc_met(met);
	cJSON_ArrayForEach(metric, metrics)
	{
		if (read_change(d, metric, &why) < 0)
			return doc_inside(d, "metrics", i, &why, f);
		i++;
	}
	if (d->verdict == DOC_INVALID)
		d->why = reasons(d, d->tree);
	return 0;
}
