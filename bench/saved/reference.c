/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "probe/lib/array.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"
#include "probe/require/profile.h"

static int wrong(struct fail *f, const char *path, const char *what)
{
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s: %s", path, what);
}

/* Reads the value of an option from a result; 0 and null mean that it was not given. */
static void read_opt(const cJSON *obj, const struct opt *k, struct job *job)
{
	_cleanup_str_ struct str key = { 0 }, number = { 0 }, text = { 0 };
	const cJSON *v;

	opt_key(&key, k);
	v = json_member(obj, str_text(&key));
	if (k->type == OPT_UINT_OPTIONAL && cJSON_IsTrue(v)) {
		opt_number_key(&number, k);
		if (cJSON_IsNumber(json_member(obj, str_text(&number))))
			v = json_member(obj, str_text(&number));
	}
	if (cJSON_IsString(v)) {
		opt_set(k, job, v->valuestring, NULL);
	} else if (cJSON_IsBool(v)) {
		opt_set(k, job,
			k->type == OPT_BOOL ? cJSON_IsTrue(v) ? "yes" : "no"
			: cJSON_IsTrue(v)   ? "on"
					    : "off",
			NULL);
	} else if (cJSON_IsNumber(v)) {
		str_addf(&text, "%.0f%s", v->valuedouble, k->type == OPT_TIME ? "ns" : "");
		opt_set(k, job, str_text(&text), NULL);
	}
}

static void read_job(const cJSON *obj, struct job *job)
{
	opt_defaults(job_opt_rows, n_job_opt_rows, job);
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		if (!(job_opt_rows[i].not_for & NOT_PLANNED))
			read_opt(obj, &job_opt_rows[i], job);
}

static bool same_job(const struct job *a, const struct job *b)
{
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		if (!opt_same(&job_opt_rows[i], a, b))
			return false;
	return true;
}

/* "randread-4k-qd32" */
static void name_job(const struct references *e, struct reference *x)
{
	const struct job *j = &x->job;
	_cleanup_str_ struct str name = { 0 };
	unsigned others = 1;

	str_add(&name, rw_words[j->rw]);
	if (j->rw != RW_NOP) {
		str_add(&name, "-");
		size_text(&name, j->bs);
	}
	str_addf(&name, "-qd%llu", (unsigned long long)j->iodepth);
	if (j->numjobs > 1)
		str_addf(&name, "-x%llu", (unsigned long long)j->numjobs);
	snprintf(x->name, sizeof(x->name), "%.50s", str_text(&name));
	for (unsigned i = 0; i < e->n; i++) {
		if (strcmp(e->list[i].name, x->name))
			continue;
		snprintf(x->name, sizeof(x->name), "%.50s-%u", str_text(&name), ++others);
		i = -1;
	}
}

static struct reference *find(struct references *e, const char *name, const struct job *job)
{
	struct reference *x;

	for (unsigned i = 0; i < e->n; i++)
		if (name ? !strcmp(e->list[i].name, name) : same_job(&e->list[i].job, job))
			return &e->list[i];
	x = array_room(e->list, e->n, sizeof(*x));
	if (!x)
		return NULL;
	e->list = x;
	x = &e->list[e->n];
	*x = (struct reference){ .job = *job };
	if (name)
		snprintf(x->name, sizeof(x->name), "%s", name);
	else
		name_job(e, x);
	e->n++;
	return x;
}

static void see(struct reference *x, const cJSON *result, enum limit_part part, enum metric m)
{
	static const char *const keys[LIMIT_PARTS] = {
		[LIMIT_TOTAL] = "total",
		[LIMIT_READ] = "read",
		[LIMIT_WRITE] = "write",
		[LIMIT_SYNC] = "sync",
	};
	const double v = metric_read(result, keys[part], m);
	struct extreme *found = NULL;

	if (!(v > 0))
		return;
	for (unsigned i = 0; i < x->n_extremes; i++)
		if (x->extremes[i].part == part && x->extremes[i].metric == m)
			found = &x->extremes[i];
	if (!found) {
		if (x->n_extremes == REFERENCE_MAX_EXTREMES)
			return;
		found = &x->extremes[x->n_extremes++];
		*found = (struct extreme){ part, m, v, v };
	}
	found->least = fmin(found->least, v);
	found->most = fmax(found->most, v);
}

static void see_result(struct reference *x, const cJSON *result)
{
	const bool mixed = x->job.rw == RW_RW || x->job.rw == RW_RANDRW;
	const enum limit_part first = mixed ? LIMIT_READ : LIMIT_TOTAL;
	const enum limit_part last = mixed ? LIMIT_WRITE : LIMIT_TOTAL;

	x->runs++;
	for (enum limit_part part = first; part <= last; part++) {
		see(x, result, part, METRIC_IOPS);
		see(x, result, part, METRIC_LAT_P99);
	}
	if (x->job.fsync || x->job.fdatasync)
		see(x, result, LIMIT_SYNC, METRIC_LAT_P99);
	see(x, result, LIMIT_TOTAL, METRIC_CPU);
}

/* Keeps the word if it is the same for all devices. */
static void agree(const char **word, bool first, const cJSON *device, const char *key)
{
	const cJSON *v = json_member(device, key);

	if (!cJSON_IsString(v) || (!first && !same_text(*word, v->valuestring)))
		*word = NULL;
	else
		*word = v->valuestring;
}

static int see_bench(struct references *e, const char *path, const char *name, const cJSON *bench,
		     struct fail *f)
{
	const cJSON *device = json_member(json_member(bench, "target"), "device"),
		    *job = json_member(bench, "job");
	struct reference *x;
	struct job j;

	if (!cJSON_IsObject(job) || !cJSON_IsObject(json_member(bench, "result")))
		return wrong(f, path, "it has no 'job' and 'result' of uringtool bench");
	if (!cJSON_IsTrue(json_member(bench, "valid")) ||
	    !cJSON_IsTrue(json_member(bench, "complete")))
		return wrong(f, path,
			     "it has a measurement that is not valid or not complete, which no "
			     "limit can be made from");
	read_job(job, &j);
	x = find(e, name, &j);
	if (!x)
		return fail_set(f, -ENOMEM, "out of memory");
	see_result(x, json_member(bench, "result"));
	if (j.rw == RW_NOP)
		return 0;
	agree(&e->model, !e->has_device, device, "model");
	agree(&e->firmware, !e->has_device, device, "firmware");
	e->has_device = true;
	return 0;
}

static int add_word(const char ***list, unsigned *n, const char *word)
{
	const char **more;

	for (unsigned i = 0; i < *n; i++)
		if (!strcmp((*list)[i], word))
			return 0;
	more = realloc(*list, (*n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	*list = more;
	(*list)[(*n)++] = word;
	return 0;
}

/* The title of a requirement is the requirement itself; a shipped profile has its name in the id. */
static int see_check(struct references *e, const cJSON *check)
{
	static const char profile[] = "profile/";
	const cJSON *kind = json_member(check, "kind"), *title = json_member(check, "title"),
		    *id = json_member(check, "id"), *verdict = json_member(check, "verdict");
	struct requirement asked;
	struct profile p;
	int r = 0;

	if (!cJSON_IsString(kind) || !cJSON_IsString(title) || !cJSON_IsString(id) ||
	    !cJSON_IsString(verdict) || strcmp(verdict->valuestring, "pass"))
		return 0;
	if (!strcmp(kind->valuestring, "requirement") &&
	    require_parse(title->valuestring, strlen(title->valuestring), &asked, NULL) == 0)
		return add_word(&e->requirements, &e->n_requirements, title->valuestring);
	if (strcmp(kind->valuestring, "profile") ||
	    strncmp(id->valuestring, profile, strlen(profile)) ||
	    profile_load(id->valuestring + strlen(profile), &p, NULL) < 0)
		return 0;
	r = add_word(&e->applications, &e->n_applications, id->valuestring + strlen(profile));
	profile_free(&p);
	return r;
}

static int see_qualification(struct references *e, const char *path, const cJSON *tree,
			     struct fail *f)
{
	const cJSON *item;
	int r = 0;

	cJSON_ArrayForEach(item, json_member(tree, "results"))
	{
		const cJSON *name = json_member(item, "name");

		if (r == 0 && !cJSON_IsString(name))
			r = wrong(f, path, "key 'results': a result has no 'name'");
		if (r == 0)
			r = see_bench(e, path, name->valuestring, json_member(item, "bench"), f);
	}
	cJSON_ArrayForEach(item, json_member(tree, "checks")) if (r == 0 && see_check(e, item) < 0)
		r = fail_set(f, -ENOMEM, "out of memory");
	return r;
}

static int keep_tree(struct references *e, cJSON *tree)
{
	cJSON **trees = realloc(e->trees, (e->n_trees + 1) * sizeof(*trees));

	if (!trees) {
		cJSON_Delete(tree);
		return -ENOMEM;
	}
	e->trees = trees;
	e->trees[e->n_trees++] = tree;
	return 0;
}

int references_add(struct references *e, const char *path, struct fail *f)
{
	const char *kind;
	struct fail why;
	cJSON *tree;
	int r = json_load(path, &tree, f);

	if (r < 0)
		return r;
	if (keep_tree(e, tree) < 0)
		return fail_set(f, -ENOMEM, "out of memory");
	if (json_get_str(tree, "kind", &kind, &why) < 0)
		return wrong(f, path, why.msg);
	if (!strcmp(kind, "bench"))
		return see_bench(e, path, NULL, tree, f);
	if (!strcmp(kind, "qualify"))
		return see_qualification(e, path, tree, f);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "%s: key 'kind': '%.40s' is neither 'bench' nor 'qualify'", path, kind);
}

void references_free(struct references *e)
{
	for (unsigned i = 0; i < e->n_trees; i++)
		cJSON_Delete(e->trees[i]);
	free(e->trees);
	free(e->list);
	free(e->requirements);
	free(e->applications);
	*e = (struct references){ 0 };
}

double extreme_limit(const struct extreme *x, double slack)
{
	const bool more = quantities[x->metric].more;
	double v = more ? x->least * (1 - slack) : x->most * (1 + slack);
	double digit = pow(10, floor(log10(v)) - 3);

	return (more ? floor(v / digit) : ceil(v / digit)) * digit;
}
