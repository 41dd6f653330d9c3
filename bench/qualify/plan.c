/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <math.h>
#include <string.h>

#include "bench/method/steady.h"
#include "plan-reader.h"
#include "probe/lib/suggest.h"

static const char *const plan_keys[] = { "schema_version", "kind",	   "name",
					 "description",	   "requirements", "applications",
					 "device",	   "benchmarks",   NULL };
static const char *const bench_keys[] = { "name",	  "description",  "job",   "purge",
					  "precondition", "steady_state", "round", "repeat",
					  "required",	  "limits",	  NULL };

/* Allocates two more elements than the array has. */
static void *room_for(const cJSON *arr, size_t size, bool *failed)
{
	void *p = calloc(cJSON_GetArraySize(arr) + 2, size);

	*failed = *failed || !p;
	return p;
}

static int read_requirements(struct reader *r, const cJSON *tree, struct plan *p)
{
	const struct place here = { .key = "requirements" };
	const cJSON *arr = read_array(r, tree, NULL, here.key), *item;
	unsigned i = 0;
	bool failed = false;
	struct fail f;

	p->requirements = room_for(arr, sizeof(*p->requirements), &failed);
	if (failed)
		return -ENOMEM;
	cJSON_ArrayForEach(item, arr)
	{
		struct plan_requirement *q = &p->requirements[p->n_requirements];
		const struct place at = { &here, .index = i++ };
		const char *text;

		q->required = true;
		if (!read_item(r, item, &at, "requirement", &text, &q->required))
			continue;
		if (require_parse(text, strlen(text), &q->ask, &f) < 0)
			mistake(r, item, &at, "%s", f.msg);
		else
			p->n_requirements++;
	}
	return 0;
}

static int read_applications(struct reader *r, const cJSON *tree, struct plan *p)
{
	const struct place here = { .key = "applications" };
	const cJSON *arr = read_array(r, tree, NULL, here.key), *item;
	unsigned i = 0;
	bool failed = false;
	struct fail f;

	p->applications = room_for(arr, sizeof(*p->applications), &failed);
	if (failed)
		return -ENOMEM;
	cJSON_ArrayForEach(item, arr)
	{
		struct plan_application *a = &p->applications[p->n_applications];
		const struct place at = { &here, .index = i++ };
		const char *name;

		a->required = true;
		if (!read_item(r, item, &at, "application", &name, &a->required))
			continue;
		if (profile_load(name, &a->profile, &f) < 0)
			mistake(r, item, &at, "%s", f.msg);
		else
			p->n_applications++;
	}
	return 0;
}

static void check_against(struct reader *r, const cJSON *item, const struct place *at,
			  const struct limit *new, const struct limit *others, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!strcmp(new->text, others[i].text))
			mistake(r, item, at, "'%s' is there already", new->text);
		else if (limit_contradicts(new, &others[i]))
			mistake(r, item, at, "'%s' and '%s' cannot both hold", new->text,
				others[i].text);
	}
}

/* Limits of a device if there is no benchmark. */
static int read_limits(struct reader *r, const cJSON *obj, const struct place *up, const char *key,
		       const struct plan_bench *b, struct limit **limits, unsigned *n)
{
	const struct place here = { up, .key = key };
	const cJSON *arr = read_array(r, obj, up, key), *item;
	unsigned i = 0;
	bool failed = false;
	struct fail f;

	*limits = room_for(arr, sizeof(**limits), &failed);
	if (failed)
		return -ENOMEM;
	cJSON_ArrayForEach(item, arr)
	{
		const struct place at = { &here, .index = i++ };
		struct limit l;
		bool required = true;
		const char *text;

		if (!read_item(r, item, &at, "limit", &text, &required))
			continue;
		if (limit_parse(b ? OF_BENCH : OF_DEVICE, text, &l, &f) < 0) {
			mistake(r, item, &at, "'%.60s': %s", text, f.msg);
			continue;
		}
		if (b && b->repeat && limit_suits(&l, &b->job, b->repeat, &f) < 0)
			mistake(r, item, &at, "%s", f.msg);
		check_against(r, item, &at, &l, *limits, *n);
		l.required = required;
		(*limits)[(*n)++] = l;
	}
	return 0;
}

static void unknown_opt(struct reader *r, const cJSON *value, const struct place *at)
{
	struct suggestion near = { 0 };

	for (unsigned i = 0; i < n_job_opt_rows; i++)
		suggest(&near, value->string, job_opt_rows[i].name);
	mistake(r, value, at, "no job has this%s",
		suggest_text(&near, "; uringtool bench --help lists what it has"));
}

static const char *expected_of(const struct opt *k)
{
	static const char *const expected[] = {
		[OPT_BOOL] = "true or false",
		[OPT_UINT] = "a whole number",
		[OPT_SIZE] = "a size such as \"4k\" or 4096",
		[OPT_TIME] = "a time such as \"10s\"",
		[OPT_WORD] = "a word",
		[OPT_STR] = "a text",
		[OPT_STR_OPTIONAL] = "a text",
		[OPT_UINT_OPTIONAL] = "true, false or a number",
		[OPT_LIST] = "a text",
	};

	return expected[k->type];
}

/* Returns the value in the syntax of the option, in buf if it is not a string; NULL if its type is wrong. */
static const char *opt_text(const struct opt *k, const cJSON *v, bool is_ns, char *buf, size_t n)
{
	const bool number = k->type == OPT_UINT || k->type == OPT_SIZE || k->type == OPT_TIME ||
			    k->type == OPT_UINT_OPTIONAL;

	if (cJSON_IsString(v) && k->type != OPT_BOOL && !is_ns)
		return v->valuestring;
	if (cJSON_IsBool(v) && k->type == OPT_BOOL)
		return cJSON_IsTrue(v) ? "yes" : "no";
	if (cJSON_IsBool(v) &&
	    (k->type == OPT_UINT_OPTIONAL || (k->type == OPT_WORD && k->words == auto_words)))
		return cJSON_IsTrue(v) ? "on" : "off";
	if (!cJSON_IsNumber(v) || !number)
		return NULL;
	snprintf(buf, n, "%.15g%s", v->valuedouble, is_ns ? "ns" : "");
	if (v->valuedouble == floor(v->valuedouble) && fabs(v->valuedouble) < 1e18)
		snprintf(buf, n, "%.0f%s", v->valuedouble, is_ns ? "ns" : "");
	return buf;
}

static bool read_opt(struct reader *r, const cJSON *value, const struct place *at, struct job *job)
{
	bool is_ns = false;
	const struct opt *k = opt_by_key(job_opt_rows, n_job_opt_rows, value->string, &is_ns);
	const char *text, *why;
	char buf[64];
	struct fail f;

	if (!k) {
		unknown_opt(r, value, at);
		return false;
	}
	if (k->not_for & NOT_PLANNED) {
		mistake(r, value, at,
			"a plan cannot give consent to write; that is an option of uringtool "
			"qualify");
		return false;
	}
	if (cJSON_IsNull(value))
		return true;
	text = opt_text(k, value, is_ns, buf, sizeof(buf));
	if (!text) {
		mistake(r, value, at, "%s expected",
			is_ns ? "a number of nanoseconds" : expected_of(k));
		return false;
	}
	if (opt_set(k, job, text, &f) == 0)
		return true;
	/* The position already has the name. */
	why = strstr(f.msg, ": ");
	mistake(r, value, at, "%s", why ? why + 2 : f.msg);
	return false;
}

static void read_job(struct reader *r, const cJSON *obj, const struct place *up, struct job *job,
		     bool *sound)
{
	const struct place here = { up, .key = "job" };
	const cJSON *v = read_member(r, obj, up, "job", true), *value;
	struct fail f;

	opt_defaults(job_opt_rows, n_job_opt_rows, job);
	*sound = cJSON_IsObject(v);
	if (v && !*sound)
		mistake(r, v, &here, "an object expected, such as {\"rw\": \"randread\"}");
	if (!*sound)
		return;
	if (cJSON_GetArraySize(v) > READ_MAX_ITEMS) {
		mistake(r, v, &here, "more than %d keys", READ_MAX_ITEMS);
		*sound = false;
		return;
	}
	cJSON_ArrayForEach(value, v)
	{
		const struct place at = { &here, .key = value->string };

		if (json_member(v, value->string) != value) {
			mistake(r, value, &at, "the key stands here twice");
			*sound = false;
		} else if (!read_opt(r, value, &at, job)) {
			*sound = false;
		}
	}
	if (!*sound || job_consistent(job, &f) == 0)
		return;
	mistake(r, v, &here, "%s", f.msg);
	*sound = false;
}

static void check_name(struct reader *r, const cJSON *obj, const struct place *at, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	if (name[strspn(name, allowed)] || *name == '.' || *name == '-' || strlen(name) > 63)
		mistake(r, json_member(obj, "name"), &(struct place){ at, .key = "name" },
			"'%.80s' is not a name: up to 63 letters, digits and . _ -, beginning with "
			"a letter, a digit or _",
			name);
}

static const struct opt round_opt = {
	.name = "round",
	.type = OPT_TIME,
	.offset = offsetof(struct plan_bench, round_ns),
	.def = "60s",
	.min = 10000000,
	.max = 86400000000000,
};

static void read_purge(struct reader *r, const cJSON *obj, const struct place *at,
		       struct plan_bench *b)
{
	static const struct opt how = { .name = "purge", .type = OPT_WORD, .words = purge_words };
	const struct place here = { at, .key = "purge" };
	const cJSON *v = read_member(r, obj, at, here.key, false);
	const char *text;
	uint64_t word;
	struct fail f;

	if (!v || !read_text(r, obj, at, here.key, false, &text))
		return;
	if (opt_set(&how, &word, text, &f) == 0)
		b->prepare.purge = word;
	else
		mistake(r, v, &here, "'%.40s' is not \"discard\", \"format\" or \"none\"", text);
}

/* Reads preconditioning and rounds. */
static void read_manner(struct reader *r, const cJSON *obj, const struct place *at,
			struct plan_bench *b)
{
	const struct place round = { at, .key = "round" }, pre = { at, .key = "precondition" };
	const cJSON *v = read_member(r, obj, at, "precondition", false);
	const char *text;
	struct fail f;

	opt_defaults(&round_opt, 1, b);
	read_purge(r, obj, at, b);
	read_yes(r, obj, at, "steady_state", &b->steady);
	if (cJSON_IsTrue(v))
		b->prepare.times = PRECONDITION_TIMES;
	else if (v && !cJSON_IsFalse(v) && read_text(r, obj, at, "precondition", false, &text) &&
		 precondition_parse(text, &b->prepare, &f) < 0)
		mistake(r, v, &pre,
			"'%.40s' is not like \"2x\" or \"0.5x\", up to 100x, nor \"sprandom:0.07\"",
			text);
	v = read_member(r, obj, at, "round", false);
	if (v && read_text(r, obj, at, "round", false, &text)) {
		if (opt_set(&round_opt, b, text, &f) < 0)
			mistake(r, v, &round, "%s", strstr(f.msg, ": ") + 2);
		else if (!b->steady)
			mistake(r, v, &round, "there are rounds only with \"steady_state\": true");
	}
}

static void check_manner(struct reader *r, const cJSON *obj, const struct place *at,
			 const struct plan_bench *b)
{
	const struct place steady = { at, .key = "steady_state" },
			   pre = { at, .key = "precondition" }, purge = { at, .key = "purge" };

	if ((b->prepare.times || b->prepare.sprandom) && b->job.rw == RW_NOP)
		mistake(r, json_member(obj, pre.key), &pre, "nop has no target to precondition");
	if (b->prepare.purge && b->job.rw == RW_NOP)
		mistake(r, json_member(obj, purge.key), &purge, "nop has no target to purge");
	if (b->steady && b->job.io_limit)
		mistake(r, json_member(obj, steady.key), &steady,
			"a steady state has rounds of one length: drop io_limit");
}

/* Adds a limit of no errors or mismatches; there is space for two. */
static void expect_none(struct plan_bench *b, const char *name)
{
	struct limit l;
	char text[32];

	for (unsigned i = 0; i < b->n_limits; i++)
		if (!strcmp(b->limits[i].name, name))
			return;
	snprintf(text, sizeof(text), "%s == 0", name);
	limit_parse(OF_BENCH, text, &l, NULL);
	l.required = true;
	b->limits[b->n_limits++] = l;
}

static int read_bench(struct reader *r, const cJSON *obj, const struct place *at, struct plan *p)
{
	struct plan_bench *b = &p->benches[p->n_benches];
	bool sound;
	int e;

	if (!read_object(r, obj, at, bench_keys))
		return 0;
	b->required = true;
	b->repeat = 1;
	b->name = "";
	p->n_benches++;
	if (read_text(r, obj, at, "name", true, &b->name))
		check_name(r, obj, at, b->name);
	for (unsigned i = 0; *b->name && i + 1 < p->n_benches; i++)
		if (!strcmp(p->benches[i].name, b->name))
			mistake(r, json_member(obj, "name"), &(struct place){ at, .key = "name" },
				"another benchmark is called '%s' already", b->name);
	read_text(r, obj, at, "description", false, &b->description);
	read_manner(r, obj, at, b);
	read_job(r, obj, at, &b->job, &sound);
	if (sound)
		check_manner(r, obj, at, b);
	read_yes(r, obj, at, "required", &b->required);
	if (!read_number(r, obj, at, "repeat", 1, PLAN_MAX_REPEAT, &b->repeat) &&
	    cJSON_HasObjectItem(obj, "repeat"))
		sound = false;
	/* Without a valid job it is unknown which metrics it has. */
	if (!sound)
		b->repeat = 0;
	e = read_limits(r, obj, at, "limits", b, &b->limits, &b->n_limits);
	if (e == 0)
		expect_none(b, "errors");
	if (e == 0 && sound && job_verifies(&b->job))
		expect_none(b, "mismatches");
	return e;
}

static int read_benches(struct reader *r, const cJSON *tree, struct plan *p)
{
	const struct place here = { .key = "benchmarks" };
	const cJSON *arr = read_array(r, tree, NULL, here.key), *item;
	unsigned i = 0;
	bool failed = false;
	int e = 0;

	p->benches = room_for(arr, sizeof(*p->benches), &failed);
	if (failed)
		return -ENOMEM;
	cJSON_ArrayForEach(item, arr)
	{
		const struct place at = { &here, .index = i++ };

		if (e == 0)
			e = read_bench(r, item, &at, p);
	}
	return e;
}

static void check_kind(struct reader *r, const cJSON *tree)
{
	const struct place at = { .key = "kind" };
	unsigned version;
	const char *kind;

	if (read_text(r, tree, NULL, "kind", true, &kind) && strcmp(kind, "plan"))
		mistake(r, json_member(tree, "kind"), &at, "'%.60s' is not \"plan\"", kind);
	if (read_member(r, tree, NULL, "schema_version", true))
		read_number(r, tree, NULL, "schema_version", 1, 1, &version);
}

/* A plan that cannot fail is a mistake too. */
static void check_whole(struct reader *r, const cJSON *tree, const struct plan *p)
{
	bool required = false;

	if (r->mistakes->n)
		return;
	for (unsigned i = 0; i < p->n_requirements; i++)
		required = required || p->requirements[i].required;
	for (unsigned i = 0; i < p->n_applications; i++)
		required = required || p->applications[i].required;
	for (unsigned i = 0; i < p->n_device; i++)
		required = required || p->device[i].required;
	for (unsigned i = 0; i < p->n_benches; i++)
		required = required || p->benches[i].required;
	if (!p->n_requirements && !p->n_applications && !p->n_device && !p->n_benches)
		mistake(r, tree, NULL,
			"the plan is empty: it needs requirements, applications, device or "
			"benchmarks");
	else if (!required)
		mistake(r, tree, NULL, "nothing in the plan is required, so every machine passes");
}

static int read_plan(struct reader *r, struct plan *p)
{
	const cJSON *tree = p->tree;
	int e;

	if (!read_object(r, tree, NULL, plan_keys))
		return 0;
	check_kind(r, tree);
	read_text(r, tree, NULL, "name", true, &p->name);
	read_text(r, tree, NULL, "description", false, &p->description);
	e = read_requirements(r, tree, p);
	if (e == 0)
		e = read_applications(r, tree, p);
	if (e == 0)
		e = read_limits(r, tree, NULL, "device", NULL, &p->device, &p->n_device);
	if (e == 0)
		e = read_benches(r, tree, p);
	check_whole(r, tree, p);
	return e;
}

static int by_line(const void *a, const void *b)
{
	const struct mistake *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

int plan_parse(const char *file, const char *text, size_t n, struct plan *out, struct mistakes *m,
	       struct fail *f)
{
	struct plan p = { 0 };
	struct json_lines lines = { 0 };
	struct reader reader = { &lines, m };
	int r = json_parse(file, text, n, &p.tree, f);

	if (r < 0)
		return r;
	r = json_lines_make(text, n, p.tree, &lines);
	if (r == 0)
		r = read_plan(&reader, &p);
	json_lines_free(&lines);
	p.file = strdup(file);
	sha256_hex(text, n, p.sha256);
	if (r < 0 || !p.file) {
		r = fail_set(f, -ENOMEM, "out of memory");
	} else if (m->n) {
		qsort(m->list, m->n, sizeof(*m->list), by_line);
		r = fail_as(f, FAIL_USAGE, -EINVAL, "%s: %u mistake%s", file, m->n + m->more,
			    m->n + m->more == 1 ? "" : "s");
	}
	if (r < 0)
		plan_free(&p);
	else
		*out = p;
	return r;
}

static bool is_file(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '/') || (n > 5 && !strcmp(name + n - 5, ".json"));
}

int plan_load(const char *name, struct plan *p, struct mistakes *m, struct fail *f)
{
	_cleanup_str_ struct str text = { 0 };
	struct suggestion near = { 0 };
	int r;

	if (is_file(name)) {
		r = json_read(name, &text, f);
		return r < 0 ? r : plan_parse(name, str_text(&text), text.len, p, m, f);
	}
	for (unsigned i = 0; i < n_plan_sources; i++) {
		const struct plan_source *s = &plan_sources[i];

		if (!strcmp(s->name, name))
			return plan_parse(name, s->text, strlen(s->text), p, m, f);
		suggest(&near, name, s->name);
		str_addf(&text, "%s%s", i ? ", " : "; there are ", s->name);
	}
	str_add(&text, ", and a file has a / or .json");
	return fail_as(f, FAIL_USAGE, -EINVAL, "no plan '%s'%s", name,
		       suggest_text(&near, str_text(&text)));
}

void plan_free(struct plan *p)
{
	for (unsigned i = 0; i < p->n_applications; i++)
		profile_free(&p->applications[i].profile);
	for (unsigned i = 0; i < p->n_benches; i++)
		free(p->benches[i].limits);
	free(p->requirements);
	free(p->applications);
	free(p->device);
	free(p->benches);
	free(p->file);
	cJSON_Delete(p->tree);
	*p = (struct plan){ 0 };
}

void mistakes_free(struct mistakes *m)
{
	free(m->list);
	*m = (struct mistakes){ 0 };
}

bool plan_bench_writes(const struct plan_bench *b)
{
	return precondition_asked(&b->prepare) || job_writes(&b->job);
}

uint64_t plan_bench_ns(const struct plan_bench *b)
{
	return b->job.ramp + (b->steady ? STEADY_WINDOW * b->round_ns : b->job.runtime);
}

uint64_t plan_runtime_ns(const struct plan *p)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < p->n_benches; i++)
		sum += p->benches[i].repeat * plan_bench_ns(&p->benches[i]);
	return sum;
}
