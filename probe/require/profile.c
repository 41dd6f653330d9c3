/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"
#include "probe/lib/suggest.h"

#define MOST_ERRNOS 200

const char *const fate_names[FATES] = {
	[FATE_FAILS] = "fails",
	[FATE_CRASHES] = "crashes",
	[FATE_FALLS_BACK] = "falls-back",
	[FATE_SLOWER] = "slower",
};

/* Puts the position before the message. */
static int at(const char *place, unsigned index, const struct fail *why, struct fail *f)
{
	return fail_as(f, why->kind, why->err, "%s[%u]: %s", place, index, why->msg);
}

static int read_consequence(const cJSON *obj, const char *key, struct consequence *out,
			    struct fail *f)
{
	const char *effect;
	struct consequence got = { .fate = FATES };
	struct suggestion near = { 0 };

	if (json_get_str(obj, "effect", &effect, f) < 0 || json_get_str(obj, key, &got.text, f) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < FATES; i++)
		if (!strcmp(fate_names[i], effect))
			got.fate = i;
	suggest_among(&near, effect, fate_names, FATES);
	if (got.fate == FATES)
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'effect': '%s' is no effect%s", effect,
			       suggest_text(&near, ""));
	*out = got;
	return 0;
}

static int only_keys(const cJSON *obj, const char *const *keys, struct fail *f)
{
	const cJSON *member;

	if (!cJSON_IsObject(obj))
		return fail_as(f, FAIL_USAGE, -EINVAL, "object expected");
	cJSON_ArrayForEach(member, obj)
	{
		struct suggestion near = { 0 };
		bool known = false;

		for (unsigned i = 0; keys[i]; i++) {
			known = known || !strcmp(keys[i], member->string);
			suggest(&near, member->string, keys[i]);
		}
		if (!known)
			return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': unknown%s",
				       member->string, suggest_text(&near, ""));
	}
	return 0;
}

static int read_text(const cJSON *item, const char **out, struct fail *f)
{
	if (!cJSON_IsString(item))
		return fail_as(f, FAIL_USAGE, -EINVAL, "text expected");
	*out = item->valuestring;
	return 0;
}

static int read_requirements(const cJSON *arr, struct clause *c, struct fail *f)
{
	const char *text = NULL;
	const cJSON *item;
	struct fail why;

	if (!cJSON_GetArraySize(arr))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': empty", c->any ? "any" : "all");
	c->requirements = calloc(cJSON_GetArraySize(arr), sizeof(*c->requirements));
	if (!c->requirements)
		return fail_set(f, -ENOMEM, "out of memory");
	cJSON_ArrayForEach(item, arr)
	{
		int r = read_text(item, &text, &why);

		if (r == 0)
			r = require_parse(text, strlen(text), &c->requirements[c->n], &why);
		if (r < 0)
			return at(c->any ? "any" : "all", c->n, &why, f);
		c->n++;
	}
	return 0;
}

static int read_clause(const cJSON *obj, struct clause *c, struct fail *f)
{
	static const char *const keys[] = { "all", "any", "when", "effect", "without", NULL };
	const cJSON *arr;
	const char *when;
	int r = only_keys(obj, keys, f);

	if (r < 0)
		return r;
	c->any = cJSON_HasObjectItem(obj, "any");
	if (c->any && cJSON_HasObjectItem(obj, "all"))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'any': beside 'all'");
	r = json_get_arr(obj, c->any ? "any" : "all", &arr, f);
	if (r == 0)
		r = read_requirements(arr, c, f);
	if (r == 0)
		r = read_consequence(obj, "without", &c->without, f);
	if (r < 0 || !cJSON_HasObjectItem(obj, "when"))
		return r;
	c->has_when = true;
	r = json_get_str(obj, "when", &when, f);
	return r < 0 ? r : require_parse(when, strlen(when), &c->when, f);
}

static int read_clauses(const cJSON *obj, const char *key, struct clause **out, unsigned *n,
			struct fail *f)
{
	const cJSON *arr, *item;
	struct fail why;
	int r = json_get_arr(obj, key, &arr, f);

	if (r < 0)
		return r;
	*out = calloc(cJSON_GetArraySize(arr) + 1, sizeof(**out));
	if (!*out)
		return fail_set(f, -ENOMEM, "out of memory");
	cJSON_ArrayForEach(item, arr)
	{
		r = read_clause(item, &(*out)[(*n)++], &why);
		if (r < 0)
			return at(key, *n - 1, &why, f);
	}
	return 0;
}

static int errno_number(const char *name)
{
	for (int i = 1; i < MOST_ERRNOS; i++)
		if (!strcmp(errno_name(i), name))
			return i;
	return 0;
}

static int no_such_errno(const char *name, struct fail *f)
{
	struct suggestion near = { 0 };

	for (int i = 1; i < MOST_ERRNOS; i++)
		suggest(&near, name, errno_name(i));
	return fail_as(f, FAIL_USAGE, -EINVAL, "key 'errno': '%s' is no errno%s", name,
		       suggest_text(&near, ""));
}

static int read_refusal(const cJSON *obj, struct refusal *out, struct fail *f)
{
	static const char *const keys[] = { "errno", "effect", "text", NULL };
	const cJSON *arr, *item;
	const char *name = NULL;
	int r = only_keys(obj, keys, f);

	if (r == 0)
		r = read_consequence(obj, "text", &out->outcome, f);
	if (r < 0 || !cJSON_HasObjectItem(obj, "errno"))
		return r;
	r = json_get_arr(obj, "errno", &arr, f);
	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, arr)
	{
		int number;

		r = read_text(item, &name, f);
		if (r < 0)
			return r;
		number = errno_number(name);
		if (!number)
			return no_such_errno(name, f);
		if (out->n_errnos == ARRAY_SIZE(out->errnos))
			return fail_as(f, FAIL_USAGE, -EINVAL, "key 'errno': '%s' is one too many",
				       name);
		out->errnos[out->n_errnos++] = number;
	}
	return 0;
}

static int read_refusals(const cJSON *tree, struct profile *p, struct fail *f)
{
	const cJSON *arr, *item;
	struct fail why;
	int r = json_get_arr(tree, "unavailable", &arr, f);

	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, arr)
	{
		if (p->n_refusals == ARRAY_SIZE(p->refusals))
			return fail_as(f, FAIL_USAGE, -EINVAL, "key 'unavailable': more than %zu",
				       ARRAY_SIZE(p->refusals));
		r = read_refusal(item, &p->refusals[p->n_refusals], &why);
		if (r < 0)
			return at("unavailable", p->n_refusals, &why, f);
		p->n_refusals++;
	}
	if (!p->n_refusals || p->refusals[p->n_refusals - 1].n_errnos)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "key 'unavailable': the last one must be for any errno");
	return 0;
}

static int read_sources(const cJSON *tree, struct profile *p, struct fail *f)
{
	const cJSON *arr, *item;
	struct fail why;
	int r = json_get_arr(tree, "sources", &arr, f);

	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, arr)
	{
		if (p->n_sources == ARRAY_SIZE(p->sources))
			return fail_as(f, FAIL_USAGE, -EINVAL, "key 'sources': more than %zu",
				       ARRAY_SIZE(p->sources));
		r = read_text(item, &p->sources[p->n_sources], &why);
		if (r < 0)
			return at("sources", p->n_sources, &why, f);
		p->n_sources++;
	}
	return 0;
}

static int read_tree(const cJSON *tree, struct profile *p, struct fail *f)
{
	static const char *const keys[] = { "schema_version", "kind",	 "name",  "application",
					    "about",	      "sources", "needs", "uses",
					    "unavailable",    NULL };
	const char *kind;
	int64_t version;
	int r = only_keys(tree, keys, f);

	if (r == 0)
		r = json_get_str(tree, "kind", &kind, f);
	if (r == 0 && strcmp(kind, "profile"))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'kind': '%s' is not 'profile'", kind);
	if (r == 0)
		r = json_get_int(tree, "schema_version", 1, 1, &version, f);
	if (r == 0)
		r = json_get_str(tree, "name", &p->name, f);
	if (r == 0)
		r = json_get_str(tree, "application", &p->application, f);
	if (r == 0)
		r = json_get_str(tree, "about", &p->about, f);
	if (r == 0)
		r = read_sources(tree, p, f);
	if (r == 0)
		r = read_clauses(tree, "needs", &p->needs, &p->n_needs, f);
	if (r == 0)
		r = read_clauses(tree, "uses", &p->uses, &p->n_uses, f);
	if (r == 0)
		r = read_refusals(tree, p, f);
	return r;
}

/* Takes ownership of the tree. */
static int from_tree(const char *where, cJSON *tree, struct profile *out, struct fail *f)
{
	struct profile p = { .tree = tree };
	struct fail why;
	int r = read_tree(tree, &p, &why);

	if (r < 0) {
		profile_free(&p);
		return fail_as(f, why.kind, r, "%s: %s", where, why.msg);
	}
	*out = p;
	return 0;
}

int profile_parse(const char *where, const char *text, size_t n, struct profile *p, struct fail *f)
{
	cJSON *tree;
	int r = json_parse(where, text, n, &tree, f);

	return r < 0 ? r : from_tree(where, tree, p, f);
}

static bool is_file(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '/') || (n > 5 && !strcmp(name + n - 5, ".json"));
}

int profile_load(const char *name, struct profile *p, struct fail *f)
{
	struct suggestion near = { 0 };
	cJSON *tree;
	int r;

	if (is_file(name)) {
		r = json_load(name, &tree, f);
		return r < 0 ? r : from_tree(name, tree, p, f);
	}
	for (unsigned i = 0; i < n_profile_sources; i++) {
		const struct profile_source *s = &profile_sources[i];

		if (!strcmp(s->name, name))
			return profile_parse(name, s->text, strlen(s->text), p, f);
	}
	for (unsigned i = 0; i < n_profile_sources; i++)
		suggest(&near, name, profile_sources[i].name);
	return fail_as(f, FAIL_USAGE, -EINVAL, "no application '%s'%s", name,
		       suggest_text(&near,
				    "; uringtool probe --list names them, and a file has a / "
				    "or .json"));
}

static void free_clauses(struct clause *clauses, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free(clauses[i].requirements);
	free(clauses);
}

void profile_free(struct profile *p)
{
	free_clauses(p->needs, p->n_needs);
	free_clauses(p->uses, p->n_uses);
	cJSON_Delete(p->tree);
	*p = (struct profile){ 0 };
}

enum met clause_judge(const struct clause *c, const struct ground *g, struct judgement *judgements,
		      bool *applies)
{
	struct judgement when = { .met = MET_YES };
	enum met met = c->any ? MET_NO : MET_YES;

	if (c->has_when)
		require_judge(&c->when, g, &when);
	*applies = when.met != MET_NO;
	for (unsigned i = 0; i < c->n; i++) {
		require_judge(&c->requirements[i], g, &judgements[i]);
		met = c->any ? met_any(met, judgements[i].met) : met_all(met, judgements[i].met);
	}
	return met;
}

struct consequence profile_refused(const struct profile *p, const struct access *a)
{
	static const struct consequence killed = {
		FATE_CRASHES, "is killed by the filter at its first io_uring call"
	};

	if (a->cause == CAUSE_SECCOMP_KILL)
		return killed;
	for (unsigned i = 0; i < p->n_refusals; i++) {
		const struct refusal *r = &p->refusals[i];

		if (!r->n_errnos)
			return r->outcome;
		for (unsigned j = 0; j < r->n_errnos; j++)
			if (a->seen.setup.ret == -r->errnos[j])
				return r->outcome;
	}
	return killed;
}
