/* SPDX-License-Identifier: MIT */
/*
 * OCP Test & Validation 2.0: one record of JSON on each line. A step for each check, and one for
 * each measurement, whose histogram is an extension.
 */
#include "cmd/output/out.h"
#include "probe/lib/json.h"
#include "render.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

struct stream {
	struct str *to;
	const char *time;
	unsigned number; /* of the next record */
	int err;
};

static const char step_name[] = "testStepArtifact";

static struct out *begin(struct stream *s)
{
	struct out *o = out_new();

	if (!o)
		s->err = -ENOMEM;
	return o;
}

static void end(struct stream *s, struct out *o)
{
	if (!o)
		return;
	out_u64(o, "sequenceNumber", NULL, s->number++, OUT_PLAIN);
	out_str(o, "timestamp", NULL, s->time);
	if (s->err == 0)
		s->err = out_json_line(o, s->to);
	out_free(o);
}

/* Leaves out values that may not be null. */
static void put(struct out *o, const char *key, const char *text)
{
	if (text)
		out_str(o, key, NULL, text);
}

static void put_value(struct out *o, const char *key, const struct doc_value *v)
{
	if (v->type == VALUE_BOOL)
		out_bool(o, key, NULL, v->yes);
	else if (v->type == VALUE_TEXT)
		out_str(o, key, NULL, v->text);
	else if (v->number == floor(v->number) && fabs(v->number) < 0x1p53)
		out_i64(o, key, NULL, v->number);
	else
		out_f64(o, key, NULL, v->number, 6, OUT_PLAIN);
}

/* Returns "hw0" for the device with this path, or NULL. */
static const char *hardware(const struct document *d, const char *path, char id[static 24])
{
	for (size_t i = 0; path && i < d->n_devices; i++)
		if (!strcmp(d->devices[i].path, path)) {
			snprintf(id, 24, "hw%zu", i);
			return id;
		}
	return NULL;
}

static void schema_version(struct stream *s)
{
	struct out *o = begin(s);

	if (!o)
		return;
	out_obj(o, "schemaVersion", NULL);
	out_u64(o, "major", NULL, 2, OUT_PLAIN);
	out_u64(o, "minor", NULL, 0, OUT_PLAIN);
	out_end(o);
	end(s, o);
}

static void put_dut(struct out *o, const struct document *d)
{
	out_obj(o, "dutInfo", NULL);
	out_str(o, "dutInfoId", NULL, d->host);
	out_str(o, "name", NULL, d->host);
	out_arr(o, "platformInfos", NULL);
	if (d->machine) {
		out_obj(o, NULL, NULL);
		out_str(o, "info", NULL, d->machine);
		out_end(o);
	}
	out_end(o);
	out_arr(o, "softwareInfos", NULL);
	out_obj(o, NULL, NULL);
	out_str(o, "softwareInfoId", NULL, "kernel");
	out_str(o, "name", NULL, "Linux");
	out_str(o, "version", NULL, d->kernel);
	out_str(o, "softwareType", NULL, "SYSTEM");
	out_end(o);
	out_end(o);
	out_arr(o, "hardwareInfos", NULL);
	for (size_t i = 0; i < d->n_devices; i++) {
		const struct doc_device *dev = &d->devices[i];
		char id[24];

		snprintf(id, sizeof(id), "hw%zu", i);
		out_obj(o, NULL, NULL);
		out_str(o, "hardwareInfoId", NULL, id);
		out_str(o, "name", NULL, dev->model ? dev->model : dev->path);
		out_str(o, "location", NULL, dev->path);
		put(o, "serialNumber", dev->serial);
		put(o, "revision", dev->firmware);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

/* The command line as one string, quoted for a shell. */
static void command_line(struct str *to, const cJSON *words)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, words)
	{
		if (!cJSON_IsString(word))
			continue;
		str_add(to, to->len ? " " : "");
		if (*word->valuestring &&
		    !word->valuestring[strspn(word->valuestring,
					      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789-_./=:,+@%")]) {
			str_add(to, word->valuestring);
			continue;
		}
		str_add(to, "'");
		for (const char *c = word->valuestring; *c; c++)
			if (*c == '\'')
				str_add(to, "'\\''");
			else
				str_addn(to, c, 1);
		str_add(to, "'");
	}
}

static void run_start(struct stream *s, const struct document *d)
{
	_cleanup_str_ struct str command = { 0 };
	struct out *o = begin(s);

	if (!o)
		return;
	command_line(&command, json_member(d->tree, "command"));
	out_obj(o, "testRunArtifact", NULL);
	out_obj(o, "testRunStart", NULL);
	out_str(o, "name", NULL, d->name);
	out_str(o, "version", NULL, said(d->version));
	out_str(o, "commandLine", NULL, str_text(&command));
	out_obj(o, "parameters", NULL);
	out_str(o, "tool", NULL, WRITTEN_MARK);
	out_str(o, "kind", NULL, doc_kind_names[d->kind]);
	put(o, "description", d->about);
	out_bool(o, "replayed", NULL, d->replayed);
	out_end(o);
	put_dut(o, d);
	out_end(o);
	out_end(o);
	end(s, o);
}

static void run_end(struct stream *s, const struct document *d)
{
	static const struct {
		const char *status, *result;
	} ends[DOC_VERDICTS] = {
		[DOC_PASS] = { "COMPLETE", "PASS" },
		[DOC_SKIPPED] = { "SKIP", "NOT_APPLICABLE" },
		[DOC_INVALID] = { "ERROR", "NOT_APPLICABLE" },
		[DOC_FAIL] = { "COMPLETE", "FAIL" },
	};
	struct out *o = begin(s);

	if (!o)
		return;
	out_obj(o, "testRunArtifact", NULL);
	out_obj(o, "testRunEnd", NULL);
	out_str(o, "status", NULL, ends[d->verdict].status);
	out_str(o, "result", NULL, ends[d->verdict].result);
	out_end(o);
	out_end(o);
	end(s, o);
}

/* Opens a record of a step and its artifact. */
static struct out *begin_step(struct stream *s, unsigned step, const char *what)
{
	struct out *o = begin(s);
	char id[16];

	if (!o)
		return NULL;
	snprintf(id, sizeof(id), "%u", step);
	out_obj(o, step_name, NULL);
	out_str(o, "testStepId", NULL, id);
	out_obj(o, what, NULL);
	return o;
}

static void end_step(struct stream *s, struct out *o)
{
	if (!o)
		return;
	out_end(o);
	out_end(o);
	end(s, o);
}

static void step_start(struct stream *s, unsigned step, const char *name)
{
	struct out *o = begin_step(s, step, "testStepStart");

	if (o)
		out_str(o, "name", NULL, name);
	end_step(s, o);
}

static void step_end(struct stream *s, unsigned step, enum doc_verdict verdict)
{
	struct out *o = begin_step(s, step, "testStepEnd");

	if (o)
		out_str(o, "status", NULL,
			verdict == DOC_SKIPPED	 ? "SKIP"
			: verdict == DOC_INVALID ? "ERROR"
						 : "COMPLETE");
	end_step(s, o);
}

/* Returns the validator of a limit, or NULL if limit and value have different types. "matches" is a shell
 * pattern, not a regular expression. */
static const char *validator_of(const struct doc_check *c)
{
	static const struct {
		const char *op, *type;
	} ops[] = {
		{ "==", "EQUAL" },	 { "!=", "NOT_EQUAL" },
		{ "<", "LESS_THAN" },	 { "<=", "LESS_THAN_OR_EQUAL" },
		{ ">", "GREATER_THAN" }, { ">=", "GREATER_THAN_OR_EQUAL" },
	};

	for (unsigned i = 0; c->op && c->limit.type == c->value.type && i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].op, c->op))
			return ops[i].type;
	return NULL;
}

static void measurement(struct stream *s, unsigned step, const struct document *d,
			const struct doc_check *c)
{
	const char *type = validator_of(c), *hw;
	struct out *o;
	char id[24];

	if (c->value.type == VALUE_NONE)
		return;
	o = begin_step(s, step, "measurement");
	if (!o)
		return;
	out_str(o, "name", NULL, c->metric ? c->metric : c->id);
	put_value(o, "value", &c->value);
	put(o, "unit", c->unit);
	hw = hardware(d, c->device, id);
	put(o, "hardwareInfoId", hw);
	if (type && c->required) {
		out_arr(o, "validators", NULL);
		out_obj(o, NULL, NULL);
		out_str(o, "type", NULL, type);
		put_value(o, "value", &c->limit);
		out_end(o);
		out_end(o);
	}
	end_step(s, o);
}

static void diagnosis(struct stream *s, unsigned step, const struct document *d,
		      const struct doc_check *c)
{
	_cleanup_str_ struct str verdict = { 0 }, message = { 0 };
	bool fails = c->verdict == DOC_FAIL;
	struct out *o = begin_step(s, step, "diagnosis");
	char id[24];

	if (!o)
		return;
	str_addf(&verdict, "%s-%s%s", c->id, doc_verdict_names[c->verdict],
		 fails && !c->required ? "-not-required" : "");
	say_finding(&message, c);
	out_str(o, "verdict", NULL, str_text(&verdict));
	out_str(o, "type", NULL, !fails ? "PASS" : c->required ? "FAIL" : "UNKNOWN");
	if (message.len)
		out_str(o, "message", NULL, str_text(&message));
	put(o, "hardwareInfoId", hardware(d, c->device, id));
	end_step(s, o);
}

static void errors(struct stream *s, unsigned step, const struct doc_check *c)
{
	struct out *o = begin_step(s, step, "error");

	if (o) {
		out_str(o, "symptom", NULL, "invalid-measurement");
		put(o, "message", c->why);
	}
	end_step(s, o);
}

static void told(struct stream *s, unsigned step, const char *text)
{
	struct out *o = begin_step(s, step, "log");

	if (o) {
		out_str(o, "severity", NULL, "INFO");
		out_str(o, "message", NULL, text);
	}
	end_step(s, o);
}

static void check(struct stream *s, unsigned step, const struct document *d,
		  const struct doc_check *c)
{
	_cleanup_str_ struct str title = { 0 };

	say_title(&title, c);
	step_start(s, step, str_text(&title));
	measurement(s, step, d, c);
	if (c->verdict == DOC_INVALID)
		errors(s, step, c);
	else if (c->verdict == DOC_SKIPPED)
		told(s, step, c->why ? c->why : "skipped");
	else
		diagnosis(s, step, d, c);
	step_end(s, step, c->verdict);
}

/* The histogram: the lowest latency of each bin, and its number of I/Os. */
static void histogram(struct stream *s, unsigned step, const struct doc_bench *b)
{
	const cJSON *result = json_member(b->body, "result"), *bin;
	const cJSON *total = json_member(result, "total");
	const cJSON *bins = json_member(total, "lat_bins");
	struct out *o;

	if (!cJSON_IsArray(bins) || !bins->child)
		return;
	o = begin_step(s, step, "extension");
	if (!o)
		return;
	out_str(o, "name", NULL, "latency histogram");
	out_obj(o, "content", NULL);
	out_arr(o, "lat_bins", NULL);
	cJSON_ArrayForEach(bin, bins)
	{
		const cJSON *part;

		out_arr(o, NULL, NULL);
		cJSON_ArrayForEach(part, bin)
		{
			if (cJSON_IsNumber(part))
				out_f64(o, NULL, NULL, part->valuedouble, 0, OUT_PLAIN);
		}
		out_end(o);
	}
	out_end(o);
	out_end(o);
	end_step(s, o);
}

static void bench(struct stream *s, unsigned step, const struct document *d,
		  const struct doc_bench *b)
{
	_cleanup_str_ struct str name = { 0 };
	char id[24];

	say_bench(&name, b);
	step_start(s, step, str_text(&name));
	for (unsigned i = 0; i < METRICS; i++) {
		struct out *o;

		if (!isfinite(b->metric[i]))
			continue;
		o = begin_step(s, step, "measurement");
		if (!o)
			return;
		out_str(o, "name", NULL, quantities[i].name);
		out_f64(o, "value", NULL, b->metric[i], 1, OUT_PLAIN);
		out_str(o, "unit", NULL, unit_names[quantities[i].unit]);
		put(o, "hardwareInfoId", hardware(d, b->device, id));
		end_step(s, o);
	}
	histogram(s, step, b);
	step_end(s, step, b->valid && b->complete ? DOC_PASS : DOC_INVALID);
}

static int ocp(const struct report *r, struct str *to, struct fail *f)
{
	const struct document *d = r->fleet.docs[0];
	struct stream s = { .to = to, .time = d->time };
	unsigned step = 0;

	schema_version(&s);
	run_start(&s, d);
	for (size_t i = 0; i < d->n_checks; i++)
		check(&s, step++, d, &d->checks[i]);
	for (size_t i = 0; i < d->n_benches; i++)
		bench(&s, step++, d, &d->benches[i]);
	run_end(&s, d);
	return s.err < 0 ? fail_set(f, s.err, "out of memory") : 0;
}

const struct renderer render_ocp = { "ocp", ocp, .judged_only = true, .one_only = true };
