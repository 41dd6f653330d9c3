/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"

static int keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
	return 0;
}

static int get_text(const cJSON *obj, const char *key, char *to, size_t size, struct fail *f)
{
	const char *text;
	int r = json_get_str(obj, key, &text, f);

	return r < 0 ? r : keep(to, size, text);
}

static int get_answer(const cJSON *obj, const char *key, enum answer *out, struct fail *f)
{
	const char *text;
	int r = json_get_str(obj, key, &text, f);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < ANSWERS; i++) {
		if (!strcmp(answer_names[i], text)) {
			*out = i;
			return 0;
		}
	}
	return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': '%s' is no answer", key, text);
}

static int read_row(const cJSON *row, const char *table, struct told *out, struct fail *f)
{
	const cJSON *name = json_member(row, "name");
	const cJSON *area = json_member(row, "area");
	struct told t = { .known = ANSWER_UNDECIDED };
	int64_t number;
	int r;

	keep(t.table, sizeof(t.table), table);
	if (cJSON_IsString(name))
		keep(t.name, sizeof(t.name), name->valuestring);
	if (cJSON_IsString(area))
		keep(t.area, sizeof(t.area), area->valuestring);
	r = json_get_int(row, cJSON_HasObjectItem(row, "number") ? "number" : "value", 0,
			 UINT32_MAX, &number, f);
	if (r == 0)
		r = get_text(row, "since", t.since, sizeof(t.since), f);
	if (r == 0)
		r = get_answer(row, "known", &t.known, f);
	if (r == 0)
		r = get_answer(row, "permitted", &t.permitted, f);
	if (r == 0)
		r = get_answer(row, "works", &t.works, f);
	if (r < 0)
		return r;
	t.number = number;
	*out = t;
	return 0;
}

static int read_table(const cJSON *tree, const char *key, struct probe_document *d, struct fail *f)
{
	const cJSON *rows, *row;
	struct told *grown;
	struct fail why;
	unsigned i = 0;
	int r = json_get_arr(tree, key, &rows, f);

	if (r < 0)
		return r;
	grown = reallocarray(d->told, d->n + cJSON_GetArraySize(rows) + 1, sizeof(*grown));
	if (!grown)
		return fail_set(f, -ENOMEM, "out of memory");
	d->told = grown;
	cJSON_ArrayForEach(row, rows)
	{
		r = read_row(row, key, &d->told[d->n], &why);
		if (r < 0)
			return fail_as(f, why.kind, r, "%s[%u]: %s", key, i, why.msg);
		d->n++;
		i++;
	}
	return 0;
}

static int get_object(const cJSON *obj, const char *key, const cJSON **out, struct fail *f)
{
	const cJSON *v = json_member(obj, key);

	if (!cJSON_IsObject(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "object expected" : "missing");
	*out = v;
	return 0;
}

/* A table that is missing in a document of an older program has no rows. */
static int read_tree(const cJSON *tree, struct probe_document *d, struct fail *f)
{
	const cJSON *host = NULL, *access = NULL;
	const char *kind;
	int r = json_get_str(tree, "kind", &kind, f);

	d->replayed = json_member(tree, "replayed");
	if (r == 0 && strcmp(kind, "probe"))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'kind': '%s' is not 'probe'", kind);
	if (r == 0)
		r = get_object(tree, "host", &host, f);
	if (r == 0)
		r = get_text(host, "kernel", d->kernel, sizeof(d->kernel), f);
	if (r == 0)
		r = get_text(host, "hostname", d->hostname, sizeof(d->hostname), f);
	if (r == 0)
		r = get_object(tree, "access", &access, f);
	if (r == 0)
		r = get_text(access, "verdict", d->verdict, sizeof(d->verdict), f);
	if (r == 0)
		r = get_text(access, "cause", d->cause, sizeof(d->cause), f);
	for (unsigned kind_of = 0; r == 0 && kind_of < UAPI_KINDS; kind_of++) {
		const char *key = uapi_tables[kind_of].key;

		if (kind_of == UAPI_OP || cJSON_HasObjectItem(tree, key))
			r = read_table(tree, key, d, f);
	}
	return r;
}

int probe_document_load(const char *path, struct probe_document *out, struct fail *f)
{
	bool standard = !strcmp(path, "-");
	struct probe_document d = { .n = 0 };
	cJSON *tree = NULL;
	struct fail why;
	int r = json_load(standard ? "/dev/stdin" : path, &tree, f);

	if (r < 0)
		return r;
	keep(d.from, sizeof(d.from), path);
	r = cJSON_IsObject(tree)
		    ? read_tree(tree, &d, &why)
		    : fail_as(&why, FAIL_USAGE, -EINVAL, "not a result of uringtool probe");
	cJSON_Delete(tree);
	if (r < 0) {
		probe_document_free(&d);
		return fail_as(f, why.kind, r, "%s: %s", path, why.msg);
	}
	*out = d;
	return 0;
}

int probe_document_of(const struct probe *p, const char *from, const char *kernel,
		      const char *hostname, struct probe_document *out)
{
	struct probe_document d = { .n = 0 };
	unsigned n = 1;

	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		n += p->n_facts[kind];
	d.told = calloc(n, sizeof(*d.told));
	if (!d.told)
		return -ENOMEM;
	keep(d.from, sizeof(d.from), from);
	keep(d.kernel, sizeof(d.kernel), kernel);
	keep(d.hostname, sizeof(d.hostname), hostname);
	keep(d.verdict, sizeof(d.verdict), access_verdict_names[p->access.verdict]);
	keep(d.cause, sizeof(d.cause), access_cause_names[p->access.cause]);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		for (unsigned i = 0; i < p->n_facts[kind]; i++) {
			const struct fact *f = &p->facts[kind][i];
			struct told *t = &d.told[d.n++];

			keep(t->table, sizeof(t->table), uapi_tables[kind].key);
			keep(t->name, sizeof(t->name), f->row ? f->row->name : "");
			keep(t->area, sizeof(t->area), f->row && f->row->area ? f->row->area : "");
			keep(t->since, sizeof(t->since), "?");
			if (f->row)
				snprintf(t->since, sizeof(t->since), "%u.%u", f->row->since.major,
					 f->row->since.minor);
			t->number = f->number;
			t->known = f->known;
			t->permitted = f->permitted;
			t->works = f->works;
		}
	}
	*out = d;
	return 0;
}

void probe_document_free(struct probe_document *d)
{
	free(d->told);
	*d = (struct probe_document){ .n = 0 };
}

bool told_has(const struct told *t)
{
	return t && answers_have(t->known, t->permitted, t->works);
}

/* A number can have a name in only one of the documents. */
static bool is_same(const struct told *a, const struct told *b)
{
	return a->number == b->number && !strcmp(a->table, b->table) && !strcmp(a->area, b->area) &&
	       (!*a->name || !*b->name || !strcmp(a->name, b->name));
}

static const struct told *find(const struct probe_document *d, const struct told *t)
{
	for (unsigned i = 0; i < d->n; i++)
		if (is_same(&d->told[i], t))
			return &d->told[i];
	return NULL;
}

static bool differ(const struct told *a, const struct told *b)
{
	/* If one program does not know it and the other's kernel does not either, there is no difference. */
	if (!a || !b)
		return (a ? a : b)->known == ANSWER_YES;
	return a->known != b->known || a->permitted != b->permitted || a->works != b->works;
}

int probe_documents_diff(const struct probe_document *a, const struct probe_document *b,
			 struct difference **out)
{
	struct difference *list = calloc((size_t)a->n + b->n + 1, sizeof(*list));
	int n = 0;

	if (!list)
		return -ENOMEM;
	for (unsigned i = 0; i < a->n; i++) {
		const struct told *other = find(b, &a->told[i]);

		if (differ(&a->told[i], other))
			list[n++] = (struct difference){ &a->told[i], other };
	}
	for (unsigned i = 0; i < b->n; i++)
		if (!find(a, &b->told[i]) && differ(NULL, &b->told[i]))
			list[n++] = (struct difference){ NULL, &b->told[i] };
	*out = list;
	return n;
}
