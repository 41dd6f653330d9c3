/* SPDX-License-Identifier: MIT */
#include "document-kinds.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"

static int verdict_of(const char *text)
{
	for (unsigned i = 0; i < DOC_VERDICTS; i++)
		if (!strcmp(doc_verdict_names[i], text))
			return i;
	return -1;
}

static int get_verdict(const cJSON *obj, const char *key, enum doc_verdict *to, struct fail *f)
{
	const char *text;
	int r = json_get_str(obj, key, &text, f);

	if (r < 0)
		return r;
	r = verdict_of(text);
	if (r < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "key '%s': '%s' is not pass, fail, skipped or invalid", key, text);
	*to = r;
	return 0;
}

static struct doc_value get_value(const cJSON *obj, const char *key)
{
	const cJSON *v = json_member(obj, key);
	struct doc_value value = { VALUE_NONE };

	if (cJSON_IsNumber(v) && isfinite(v->valuedouble)) {
		value.type = VALUE_NUMBER;
		value.number = v->valuedouble;
	} else if (cJSON_IsBool(v)) {
		value.type = VALUE_BOOL;
		value.yes = cJSON_IsTrue(v);
	} else if (cJSON_IsString(v)) {
		value.type = VALUE_TEXT;
		value.text = v->valuestring;
	}
	return value;
}

static int read_check(struct document *d, const cJSON *from, struct fail *f)
{
	struct doc_check *c = doc_new_check(d);
	const char *id;
	int r;

	if (!c)
		return fail_set(f, -ENOMEM, "out of memory");
	r = doc_get_name(from, "id", &id, f);
	if (r == 0)
		r = get_verdict(from, "verdict", &c->verdict, f);
	if (r < 0)
		return r;
	if (doc_name_check(d, id) < 0)
		return fail_set(f, -ENOMEM, "out of memory");
	c->title = json_text(from, "title");
	c->kind = json_text(from, "kind");
	c->device = json_text(from, "device");
	c->bench = json_text(from, "bench");
	c->why = json_text(from, "why");
	c->metric = json_text(from, "metric");
	c->op = json_text(from, "op");
	c->unit = json_text(from, "unit");
	c->required = !cJSON_IsFalse(json_member(from, "required"));
	c->limit = get_value(from, "limit");
	c->value = get_value(from, "value");
	c->duration_s = doc_duration(from, "duration_s");
	return 0;
}

static int read_checks(struct document *d, struct fail *f)
{
	const cJSON *array, *item;
	struct fail why;
	size_t n, i = 0;
	int r = doc_get_objects(d, d->tree, "checks", DOC_MAX_CHECKS, &array, &n, f);

	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, array)
	{
		r = read_check(d, item, &why);
		if (r < 0)
			return doc_inside(d, "checks", i, &why, f);
		i++;
	}
	return 0;
}

static int read_devices(struct document *d, struct fail *f)
{
	const cJSON *array, *item;
	struct fail why;
	size_t n;
	int r = doc_get_objects(d, d->tree, "devices", DOC_MAX_DEVICES, &array, &n, f);

	if (r < 0)
		return r;
	d->devices = calloc(n + 1, sizeof(*d->devices));
	if (!d->devices)
		return doc_no_memory(d, f);
	cJSON_ArrayForEach(item, array)
	{
		const cJSON *facts = json_member(item, "device");
		struct doc_device *to = &d->devices[d->n_devices];

		r = doc_get_name(item, "path", &to->path, &why);
		if (r == 0)
			r = get_verdict(item, "verdict", &to->verdict, &why);
		if (r < 0)
			return doc_inside(d, "devices", d->n_devices, &why, f);
		to->model = json_text(facts, "model");
		to->serial = json_text(facts, "serial");
		to->firmware = json_text(facts, "firmware");
		d->n_devices++;
	}
	return 0;
}

static int read_results(struct document *d, struct fail *f)
{
	const cJSON *array, *item;
	struct fail why;
	size_t n;
	int r = doc_get_objects(d, d->tree, "results", DOC_MAX_BENCHES, &array, &n, f);

	if (r < 0)
		return r;
	d->benches = calloc(n + 1, sizeof(*d->benches));
	if (!d->benches)
		return doc_no_memory(d, f);
	cJSON_ArrayForEach(item, array)
	{
		const char *name;

		r = doc_get_name(item, "name", &name, &why);
		if (r == 0)
			r = doc_read_bench(d, json_member(item, "bench"), name,
					   json_text(item, "device"), &why);
		if (r < 0)
			return doc_inside(d, "results", d->n_benches, &why, f);
	}
	return 0;
}

int doc_read_qualify(struct document *d, struct fail *f)
{
	const cJSON *plan = json_member(d->tree, "plan");
	struct fail why;
	int r;

	if (doc_get_name(plan, "name", &d->name, &why) < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s: plan: %s", d->file, why.msg);
	if (get_verdict(d->tree, "verdict", &d->verdict, &why) < 0)
		return document_malformed(d, f, why.msg);
	d->about = json_text(plan, "description");
	d->why = json_text(d->tree, "why");
	d->duration_s = doc_duration(d->tree, "duration_s");
	r = read_checks(d, f);
	if (r == 0)
		r = read_devices(d, f);
	if (r == 0)
		r = read_results(d, f);
	return r;
}
