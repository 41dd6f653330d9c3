/* SPDX-License-Identifier: MIT */
#include "document-kinds.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/array.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

double doc_duration(const cJSON *obj, const char *key)
{
	double s = json_number(obj, key);

	return s >= 0 && s < 1e9 ? s : 0;
}

int doc_no_memory(const struct document *d, struct fail *f)
{
	return fail_set(f, -ENOMEM, "%s: out of memory", d->file);
}

int doc_get_name(const cJSON *obj, const char *key, const char **to, struct fail *f)
{
	const char *text;
	int r = json_get_str(obj, key, &text, f);

	if (r < 0)
		return r;
	if (!text[strspn(text, " ")])
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': empty", key);
	*to = text;
	return 0;
}

int doc_get_objects(const struct document *d, const cJSON *from, const char *key, size_t most,
		    const cJSON **to, size_t *n, struct fail *f)
{
	struct fail why;
	const cJSON *item;
	size_t count = 0;

	if (json_get_arr(from, key, to, &why) < 0)
		return document_malformed(d, f, why.msg);
	cJSON_ArrayForEach(item, *to)
	{
		if (!cJSON_IsObject(item))
			return fail_as(f, FAIL_USAGE, -EINVAL, "%s: %s[%zu]: object expected",
				       d->file, key, count);
		count++;
	}
	if (count > most)
		return fail_as(f, FAIL_USAGE, -E2BIG, "%s: key '%s': more than %zu", d->file, key,
			       most);
	*n = count;
	return 0;
}

int doc_inside(const struct document *d, const char *key, size_t i, const struct fail *why,
	       struct fail *f)
{
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s: %s[%zu]: %s", d->file, key, i, why->msg);
}

enum doc_verdict doc_met(const char *met)
{
	return !strcmp(met, "met") ? DOC_PASS : !strcmp(met, "unmet") ? DOC_FAIL : DOC_INVALID;
}

struct doc_check *doc_new_check(struct document *d)
{
	struct doc_check *c = array_room(d->checks, d->n_checks, sizeof(*c));

	if (!c)
		return NULL;
	d->checks = c;
	c = &d->checks[d->n_checks++];
	*c = (struct doc_check){ .required = true };
	return c;
}

int doc_name_check(struct document *d, const char *id)
{
	struct doc_check *c = &d->checks[d->n_checks - 1];

	c->id = id;
	for (unsigned again = 2;; again++) {
		size_t i = 0;

		while (i + 1 < d->n_checks && strcmp(d->checks[i].id, c->id))
			i++;
		if (i + 1 == d->n_checks)
			return 0;
		c->id = document_text(d, "%s#%u", id, again);
		if (!c->id)
			return -ENOMEM;
	}
}

static int read_access(struct document *d, struct fail *f)
{
	const cJSON *access = json_member(d->tree, "access");
	struct doc_check *c = doc_new_check(d);
	const char *verdict;
	struct fail why;

	if (!c)
		return doc_no_memory(d, f);
	if (json_get_str(access, "verdict", &verdict, &why) < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s: access: %s", d->file, why.msg);
	c->id = "io_uring";
	c->title = "io_uring is usable here";
	c->kind = "requirement";
	c->metric = "access";
	c->op = "==";
	c->limit = (struct doc_value){ VALUE_TEXT, .text = "usable" };
	c->value = (struct doc_value){ VALUE_TEXT, .text = verdict };
	c->verdict = !strcmp(verdict, "usable")	     ? DOC_PASS
		     : !strcmp(verdict, "undecided") ? DOC_INVALID
						     : DOC_FAIL;
	c->why = c->verdict == DOC_PASS ? NULL : json_text(access, "why");
	d->verdict = c->verdict;
	d->why = c->why;
	return 0;
}

static int read_requirement(struct document *d, const cJSON *from, struct fail *f)
{
	const char *name, *met;
	struct doc_check *c;
	int r;

	if (cJSON_IsFalse(json_member(from, "applies")))
		return 0;
	r = doc_get_name(from, "requirement", &name, f);
	if (r == 0)
		r = json_get_str(from, "met", &met, f);
	if (r < 0)
		return r;
	c = doc_new_check(d);
	if (!c)
		return fail_set(f, -ENOMEM, "out of memory");
	c->title = name;
	c->kind = "requirement";
	if (doc_name_check(d, name) < 0)
		return fail_set(f, -ENOMEM, "out of memory");
	c->verdict = doc_met(met);
	c->why = c->verdict == DOC_PASS ? NULL : json_text(from, "why");
	return 0;
}

static int read_requirements(struct document *d, struct fail *f)
{
	const cJSON *array, *item;
	const char *met;
	struct fail why;
	size_t n, i = 0;
	int r;

	if (json_get_str(d->tree, "met", &met, &why) < 0)
		return document_malformed(d, f, why.msg);
	d->verdict = doc_met(met);
	r = doc_get_objects(d, d->tree, "required", DOC_MAX_CHECKS, &array, &n, f);
	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, array)
	{
		if (read_requirement(d, item, &why) < 0)
			return doc_inside(d, "required", i, &why, f);
		i++;
	}
	return 0;
}

static int read_layout(struct document *d, struct fail *f)
{
	if (!cJSON_IsObject(json_member(d->tree, "params")))
		return document_malformed(
			d, f, "a layout without 'params', as --walk and --explain print it");
	return 0;
}

const struct doc_reader doc_readers[DOC_KINDS] = {
	[DOC_BENCH] = { doc_read_measurement, true },
	[DOC_COMPARE] = { doc_read_compare, true },
	[DOC_CURVE] = { doc_read_curve, true },
	[DOC_LAYOUT] = { read_layout, false },
	[DOC_PROBE] = { read_access, true },
	[DOC_PTS] = { doc_read_pts, true },
	[DOC_QUALIFY] = { doc_read_qualify, true },
	[DOC_REQUIREMENTS] = { read_requirements, true },
	[DOC_SWEEP] = { doc_read_sweep, true },
};
