/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/job/job.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

const char *const trait_group_names[TRAIT_GROUPS + 1] = {
	[TRAIT_TOOL] = "tool", [TRAIT_DEVICE] = "device", [TRAIT_KERNEL] = "kernel",
	[TRAIT_HOST] = "host", [TRAIT_JOB] = "job",	  [TRAIT_GRANTED] = "granted",
};

static const char *const device_keys[] = {
	"model",
	"serial",
	"wwid",
	"firmware",
	"bytes",
	"partition",
	"logical_block_bytes",
	"physical_block_bytes",
	"rotational",
	"zoned",
	"scheduler",
	"nr_requests",
	"nomerges",
	"wbt_lat_us",
	"write_cache",
	"poll_queues",
};

static const char *const granted_keys[] = {
	"setup_flags", "registered_ring", "fixedbufs", "registerfiles", "hugepages",
	"polls",       "clock",		  "engine",    "batch_submit",	"trim",
};

static void keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

int saved_run_told(int r, struct fail *f)
{
	if (r == -E2BIG)
		return fail_as(f, FAIL_USAGE, r, "more than %u options and facts", TRAITS_MAX);
	return r < 0 ? fail_set(f, r, "out of memory") : 0;
}

int saved_run_trait(struct saved_run *o, enum trait_group group, const char *name,
		    const char *value)
{
	struct trait *grown;

	for (size_t i = 0; i < o->n_traits; i++)
		if (o->traits[i].group == group &&
		    !strncmp(o->traits[i].name, name, sizeof(o->traits[i].name) - 1))
			return 0;
	if (o->n_traits == TRAITS_MAX)
		return -E2BIG;
	grown = reallocarray(o->traits, o->n_traits + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	o->traits = grown;
	grown += o->n_traits++;
	grown->group = group;
	keep(grown->name, sizeof(grown->name), name);
	keep(grown->value, sizeof(grown->value), value);
	return 0;
}

/* A text as it is, an array as its elements in a row, all else as JSON has it. */
static int add_trait(struct saved_run *o, enum trait_group group, const char *name,
		     const cJSON *value)
{
	_cleanup_str_ struct str text = { 0 };
	const cJSON *item;
	char *json;

	if (cJSON_IsString(value)) {
		str_add(&text, value->valuestring);
	} else if (cJSON_IsArray(value)) {
		cJSON_ArrayForEach(item, value)
			str_addf(&text, "%s%s", item == value->child ? "" : " ",
				 cJSON_IsString(item) ? item->valuestring : "?");
	} else {
		json = cJSON_PrintUnformatted(value);
		str_add(&text, json ? json : "");
		cJSON_free(json);
		if (!json)
			return -ENOMEM;
	}
	return text.err ? text.err : saved_run_trait(o, group, name, str_text(&text));
}

static int add_known(struct saved_run *o, enum trait_group group, const cJSON *obj,
		     const char *const *keys, unsigned n)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < n; i++) {
		const cJSON *value = json_member(obj, keys[i]);

		if (value && !cJSON_IsNull(value))
			r = add_trait(o, group, keys[i], value);
	}
	return r;
}

static int read_traits(const cJSON *tree, struct saved_run *o)
{
	static const char *const target_keys[] = { "type", "file_system" };
	static const char *const host_keys[] = { "machine", "cpus" };
	static const char *const disk[] = { "disk" };
	const cJSON *target = json_member(tree, "target"), *device = json_member(target, "device"),
		    *opt;
	int r = saved_run_trait(o, TRAIT_TOOL, "name", "uringtool");

	cJSON_ArrayForEach(opt, json_member(tree, "job"))
	{
		const struct opt *k = opt_by_key(job_opt_rows, n_job_opt_rows, opt->string, NULL);

		if (r == 0 && !(k && k->not_for & NOT_COMPARED))
			r = add_trait(o, TRAIT_JOB, opt->string, opt);
	}
	if (r == 0)
		r = add_known(o, TRAIT_DEVICE, target, target_keys, ARRAY_SIZE(target_keys));
	if (r == 0 && json_member(target, "bytes"))
		r = add_trait(o, TRAIT_DEVICE, "bytes in use", json_member(target, "bytes"));
	if (r == 0)
		r = add_known(o, TRAIT_DEVICE, device, device_keys, ARRAY_SIZE(device_keys));
	/* Names can change from boot to boot, so they are used only if nothing better is known. */
	if (r == 0 && !cJSON_IsString(json_member(device, "serial")) &&
	    !cJSON_IsString(json_member(device, "wwid")))
		r = add_known(o, TRAIT_DEVICE, device, disk, ARRAY_SIZE(disk));
	if (r == 0 && *o->kernel)
		r = saved_run_trait(o, TRAIT_KERNEL, "release", o->kernel);
	if (r == 0)
		r = add_known(o, TRAIT_HOST, json_member(tree, "host"), host_keys,
			      ARRAY_SIZE(host_keys));
	if (r == 0)
		r = add_known(o, TRAIT_GRANTED, json_member(tree, "granted"), granted_keys,
			      ARRAY_SIZE(granted_keys));
	return r;
}

/* Reads one value of the first n spans. Returns false if it is missing in one. */
static bool read_span_values(const cJSON *series, size_t n, const char *key, double *to)
{
	const cJSON *span;

	cJSON_ArrayForEach(span, series)
	{
		if (!n--)
			break;
		*to = json_number(span, key);
		if (!(*to++ >= 0))
			return false;
	}
	return true;
}

static double length_of(const cJSON *span)
{
	return json_number(span, "end_s") - json_number(span, "begin_s");
}

/* Number of spans without a short one at the end, whose rates vary by chance. Up to release 0.1 there was
 * none, and no begin_s. */
static size_t whole_spans(const cJSON *series)
{
	int n = cJSON_GetArraySize(series);
	const cJSON *last = cJSON_GetArrayItem(series, n - 1);

	return n > 1 && 2 * length_of(last) < length_of(last->prev) ? n - 1 : n;
}

static int read_series(const cJSON *series, struct saved_run *o)
{
	size_t n = whole_spans(series);

	for (unsigned m = 0; n && m < METRICS; m++) {
		double *values = calloc(n, sizeof(*values));

		if (!values)
			return -ENOMEM;
		if (read_span_values(series, n, quantities[m].name, values))
			o->spans[m] = values;
		else
			free(values);
	}
	o->n_spans = n;
	return 0;
}

static void read_values(const cJSON *result, struct saved_run *o)
{
	for (unsigned part = 0; part < PARTS; part++) {
		const char *name = part == PART_TOTAL ? "total" : io_kind_names[part];
		const bool any = json_number(json_member(result, name), "ios") > 0;

		for (unsigned m = 0; m < METRICS; m++)
			if (quantities[m].of_result ? part == PART_TOTAL : any)
				o->value[part][m] = metric_read(result, name, m);
	}
}

static void read_trust(const cJSON *tree, struct saved_run *o)
{
	const cJSON *why = cJSON_GetArrayItem(json_member(tree, "reasons"), 0);

	o->trusted = cJSON_IsTrue(json_member(tree, "valid"));
	if (!o->trusted)
		keep(o->why, sizeof(o->why),
		     cJSON_IsString(why) ? why->valuestring : "it is not valid");
	else if (!cJSON_IsTrue(json_member(tree, "complete")))
		keep(o->why, sizeof(o->why), "it was ended before its time");
	o->trusted = !*o->why;
}

static int get_object(const cJSON *tree, const char *key, const cJSON **out, struct fail *f)
{
	const cJSON *v = json_member(tree, key);

	if (!cJSON_IsObject(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "object expected" : "missing");
	*out = v;
	return 0;
}

/* version is what says which program wrote it. */
static int read_origin(const cJSON *tree, const cJSON *version, struct saved_run *o, struct fail *f)
{
	const cJSON *host = NULL, *job = NULL;
	const char *text;
	int r = get_object(tree, "job", &job, f);

	if (r == 0)
		r = get_object(tree, "host", &host, f);
	if (r == 0)
		r = json_get_str(host, "kernel", &text, f);
	if (r < 0)
		return r;
	keep(o->kernel, sizeof(o->kernel), text);
	text = cJSON_GetStringValue(json_member(host, "hostname"));
	keep(o->hostname, sizeof(o->hostname), text);
	keep(o->version, sizeof(o->version), cJSON_GetStringValue(version));
	read_trust(tree, o);
	return 0;
}

static bool same_cell(const cJSON *a, const cJSON *b)
{
	return json_number(a, "read_percent") == json_number(b, "read_percent") &&
	       json_number(a, "block_bytes") == json_number(b, "block_bytes");
}

/* A test of SNIA's is compared by the cell that decides whether it is steady. */
static int read_pts(const cJSON *tree, const cJSON *version, struct saved_run *o, struct fail *f)
{
	const char *test = json_text(tree, "test");
	const cJSON *tracked, *cell, *decides = NULL, *found = NULL;
	int r = read_origin(tree, version, o, f);

	if (r < 0)
		return r;
	cJSON_ArrayForEach(tracked, json_member(tree, "tracked"))
	{
		if (cJSON_IsTrue(json_member(tracked, "decides")))
			decides = tracked;
	}
	cJSON_ArrayForEach(cell, json_member(tree, "matrix"))
	{
		if (decides && same_cell(cell, decides))
			found = cell;
	}
	if (!test || !found || isnan(json_number(found, "iops")))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "a test without a complete round: nothing to compare");
	for (unsigned m = 0; m < METRICS; m++)
		o->value[PART_TOTAL][m] = json_number(found, quantities[m].name);
	r = saved_run_trait(o, TRAIT_JOB, "pts", test);
	if (r == 0)
		r = read_traits(tree, o);
	return saved_run_told(r, f);
}

static int read_own(const cJSON *tree, const cJSON *version, struct saved_run *o, struct fail *f)
{
	const cJSON *result = NULL, *total = NULL;
	int r = read_origin(tree, version, o, f);

	if (r == 0)
		r = get_object(tree, "result", &result, f);
	if (r == 0)
		r = get_object(result, "total", &total, f);
	if (r == 0 && isnan(json_number(total, "iops")))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'iops': a number expected");
	if (r < 0)
		return r;
	read_values(result, o);
	r = read_series(json_member(result, "series"), o);
	if (r == 0)
		r = read_traits(tree, o);
	return saved_run_told(r, f);
}

static int read_tree(const cJSON *tree, const char *job, struct saved_run *o, struct fail *f)
{
	const cJSON *inside = json_member(tree, "uringtool"), *version;
	const char *kind;
	int r;

	/* A result of this program in the form of fio. */
	if (cJSON_IsObject(inside))
		return read_own(inside, json_member(inside, "version"), o, f);
	if (json_member(tree, "fio version"))
		return saved_run_read_fio(tree, job, o, f);
	r = json_get_str(tree, "kind", &kind, f);
	if (r < 0)
		return fail_as(f, FAIL_USAGE, r, "neither a result of uringtool bench nor of fio");
	version = json_member(json_member(tree, "tool"), "version");
	if (!strcmp(kind, "pts"))
		return read_pts(tree, version, o, f);
	if (strcmp(kind, "bench"))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'kind': '%s' is not 'bench'", kind);
	return read_own(tree, version, o, f);
}

static void free_run(struct saved_run *o)
{
	for (unsigned m = 0; m < METRICS; m++)
		free(o->spans[m]);
	free(o->traits);
}

static int load_file(const char *path, const char *job, struct saved_runs *to, struct fail *f)
{
	struct saved_run o = { .n_traits = 0 }, *grown;
	cJSON *tree = NULL;
	struct fail why;
	int r = json_load(strcmp(path, "-") ? path : "/dev/stdin", &tree, f);

	if (r < 0)
		return r;
	if (to->n == SAVED_RUNS_MAX) {
		cJSON_Delete(tree);
		return fail_as(f, FAIL_USAGE, -E2BIG, "%s: more than %u results", path,
			       SAVED_RUNS_MAX);
	}
	keep(o.from, sizeof(o.from), path);
	for (unsigned part = 0; part < PARTS; part++)
		for (unsigned m = 0; m < METRICS; m++)
			o.value[part][m] = NAN;
	r = read_tree(tree, job, &o, &why);
	cJSON_Delete(tree);
	grown = r < 0 ? NULL : reallocarray(to->list, to->n + 1, sizeof(*grown));
	if (!grown) {
		free_run(&o);
		return r < 0 ? fail_as(f, why.kind, r, "%s: %s", path, why.msg)
			     : fail_set(f, -ENOMEM, "out of memory");
	}
	to->list = grown;
	to->list[to->n++] = o;
	return 0;
}

static int is_json(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 && !strcmp(e->d_name + len - 5, ".json");
}

static int load_folder(const char *path, const char *job, struct saved_runs *to, struct fail *f)
{
	struct dirent **names;
	int n = scandir(path, &names, is_json, alphasort), r = 0;

	if (n < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		_cleanup_str_ struct str file = { 0 };

		str_addf(&file, "%s/%s", path, names[i]->d_name);
		if (r == 0)
			r = file.err ? fail_set(f, file.err, "out of memory")
				     : load_file(str_text(&file), job, to, f);
		free(names[i]);
	}
	free(names);
	if (n == 0)
		r = fail_as(f, FAIL_USAGE, -ENOENT, "%s: the folder has no *.json", path);
	return r;
}

int saved_runs_load(const char *path, const char *job, struct saved_runs *to, struct fail *f)
{
	struct stat st;

	if (strcmp(path, "-") && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return load_folder(path, job, to, f);
	return load_file(path, job, to, f);
}

void saved_runs_free(struct saved_runs *o)
{
	for (size_t i = 0; i < o->n; i++)
		free_run(&o->list[i]);
	free(o->list);
	*o = (struct saved_runs){ .n = 0 };
}

/* Whether an option of bench has the value that it has when it is not given: a program that does not know
 * it did the same. */
static bool is_default(const struct trait *t)
{
	const struct opt *k = opt_by_key(job_opt_rows, n_job_opt_rows, t->name, NULL);
	char number[24];
	struct job job;

	if (!k || !k->def)
		return !strcmp(t->value, "null") || !strcmp(t->value, "false") ||
		       !strcmp(t->value, "0");
	if (k->type == OPT_WORD || k->type == OPT_STR)
		return !strcmp(t->value, k->def);
	if (k->type == OPT_BOOL)
		return !strcmp(t->value, strcmp(k->def, "no") ? "true" : "false");
	opt_set(k, &job, k->def, NULL);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)opt_u64(k, &job));
	return !strcmp(t->value, number);
}

static const struct trait *find(const struct saved_run *o, const struct trait *t)
{
	for (size_t i = 0; i < o->n_traits; i++)
		if (o->traits[i].group == t->group && !strcmp(o->traits[i].name, t->name))
			return &o->traits[i];
	return NULL;
}

/* What is told of one alone counts for an option, when both programs are of one kind. */
static bool counts_alone(const struct saved_run *a, const struct saved_run *b,
			 const struct trait *t)
{
	return t->group == TRAIT_JOB && a->fio == b->fio && (a->fio || !is_default(t));
}

int saved_runs_differ(const struct saved_run *a, const struct saved_run *b,
		      struct discrepancy **out)
{
	struct discrepancy *list = calloc(a->n_traits + b->n_traits + 1, sizeof(*list));
	int n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_traits; i++) {
		const struct trait *t = &a->traits[i], *other = find(b, t);

		if (other ? strcmp(t->value, other->value) != 0 : counts_alone(a, b, t))
			list[n++] = (struct discrepancy){ t->group, t->name, t->value,
							  other ? other->value : NULL };
	}
	for (size_t i = 0; i < b->n_traits; i++) {
		const struct trait *t = &b->traits[i];

		if (!find(a, t) && counts_alone(a, b, t))
			list[n++] = (struct discrepancy){ t->group, t->name, NULL, t->value };
	}
	*out = list;
	return n;
}
