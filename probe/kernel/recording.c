/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/array.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

/* Zero lines of memory are not in the file: without a limit a small file could expand to a large one. */
#define MAX_BYTES (256u << 20)

/* From the smallest to the largest page size of Linux, with a margin. */
#define MIN_PAGE 4096
#define MAX_PAGE (1 << 20)

void recording_free(struct recording *rec)
{
	for (size_t i = 0; i < rec->n; i++) {
		free(rec->calls[i].question);
		free(rec->calls[i].data);
	}
	free(rec->calls);
	*rec = (struct recording){ 0 };
}

int recording_add(struct recording *rec, const char *question, int64_t ret, const struct form *form,
		  const void *data, size_t size)
{
	struct recorded_call c = { .ret = ret, .form = form, .size = size };
	struct recorded_call *calls = array_room(rec->calls, rec->n, sizeof(*calls));

	if (!calls)
		return -ENOMEM;
	rec->calls = calls;
	c.question = strdup(question);
	c.data = malloc(size ? size : 1);
	if (!c.question || !c.data) {
		free(c.question);
		free(c.data);
		return -ENOMEM;
	}
	if (size)
		memcpy(c.data, data, size);
	rec->calls[rec->n++] = c;
	return 0;
}

static int within(struct fail *f, int r, const struct fail *why, const char *where)
{
	return fail_as(f, why->kind, r, "%s: %s", where, why->msg);
}

/* Loads the member of a call that has its answer. */
static int load_answer(const cJSON *item, size_t most, const struct form **form, struct str *data,
		       struct form_unknown *unknown, struct fail *f)
{
	const cJSON *member;
	struct fail why;
	int r = 0;

	*form = NULL;
	cJSON_ArrayForEach(member, item)
	{
		const struct form *known = form_find(member->string);

		if (!strcmp(member->string, "question") || !strcmp(member->string, "ret"))
			continue;
		if (!known) {
			if (!unknown->n++)
				snprintf(unknown->first, sizeof(unknown->first), "%.60s",
					 member->string);
			continue;
		}
		if (*form)
			return fail_as(f, FAIL_USAGE, -EINVAL, "both '%s' and '%s'", (*form)->name,
				       known->name);
		*form = known;
		r = form_read(known, member, most, data, unknown, &why);
		if (r < 0)
			return within(f, r, &why, known->name);
	}
	return 0;
}

static int load_call(const cJSON *item, size_t *left, struct recording *rec, struct fail *f)
{
	_cleanup_str_ struct str data = { 0 };
	const struct form *form;
	const char *question;
	const cJSON *ret;
	struct fail why;
	int value, r;

	r = json_get_str(item, "question", &question, f);
	if (r < 0)
		return r;
	ret = json_member(item, "ret");
	if (!ret)
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'ret': missing");
	r = form_read_errno(ret, &value, &why);
	if (r < 0)
		return within(f, r, &why, "key 'ret'");
	r = load_answer(item, *left, &form, &data, &rec->unknown, f);
	if (r < 0)
		return r;
	*left -= data.len;
	r = recording_add(rec, question, value, form, data.s, data.len);
	return r < 0 ? fail_set(f, r, "out of memory") : 0;
}

static int load_calls(const cJSON *tree, struct recording *rec, struct fail *f)
{
	size_t left = MAX_BYTES;
	const cJSON *calls, *item;
	struct fail why;
	unsigned i = 0;
	int r = json_get_arr(tree, "calls", &calls, f);

	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, calls)
	{
		unsigned before = rec->unknown.n;

		r = load_call(item, &left, rec, &why);
		if (r < 0)
			return fail_as(f, why.kind, r, "calls[%u]: %s", i, why.msg);
		if (!before && rec->unknown.n) {
			char name[sizeof(rec->unknown.first)];

			memcpy(name, rec->unknown.first, sizeof(name));
			snprintf(rec->unknown.first, sizeof(rec->unknown.first), "calls[%u].%.100s",
				 i, name);
		}
		i++;
	}
	return 0;
}

static int get_text(const cJSON *obj, const char *key, char *to, size_t size, struct fail *f)
{
	const char *text;
	int r = json_get_str(obj, key, &text, f);

	if (r == 0)
		snprintf(to, size, "%s", text);
	return r;
}

static int load_machine(const cJSON *tree, struct machine *m, struct fail *f)
{
	const cJSON *host = json_member(tree, "host");
	int64_t cpus = 0, page = 0;
	char order[8];
	int r = get_text(host, "hostname", m->hostname, sizeof(m->hostname), f);

	if (r == 0)
		r = get_text(host, "kernel", m->kernel, sizeof(m->kernel), f);
	if (r == 0)
		r = get_text(host, "machine", m->arch, sizeof(m->arch), f);
	if (r == 0)
		r = json_get_int(host, "cpus", 1, 1 << 20, &cpus, f);
	if (r == 0)
		r = json_get_int(tree, "page_size", MIN_PAGE, MAX_PAGE, &page, f);
	if (r == 0 && page & (page - 1))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'page_size': %lld is no power of two",
			    (long long)page);
	if (r == 0)
		r = get_text(tree, "byte_order", order, sizeof(order), f);
	if (r == 0 && strcmp(order, "little") && strcmp(order, "big"))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'byte_order': neither 'little' nor 'big'");
	if (r < 0)
		return r;
	m->cpus = cpus;
	m->page_size = page;
	m->big_endian = !strcmp(order, "big");
	return 0;
}

/* Keys of every document, and those read below. */
static bool is_known(const char *key)
{
	static const char *const keys[] = { "schema_version", "kind",	    "tool",
					    "host",	      "time",	    "command",
					    "format_version", "byte_order", "page_size",
					    "calls" };

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static void note_unknown(const cJSON *tree, struct form_unknown *unknown)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, tree)
	{
		if (!is_known(member->string) && !unknown->n++)
			snprintf(unknown->first, sizeof(unknown->first), "%.60s", member->string);
	}
}

static int check_format(const cJSON *tree, struct recording *rec, struct fail *f)
{
	const cJSON *tool = json_member(tree, "tool");
	const char *kind;
	int64_t format;
	int r = json_get_str(tree, "kind", &kind, f);

	if (r == 0 && strcmp(kind, "recording"))
		r = fail_as(f, FAIL_USAGE, -EINVAL, "key 'kind': '%s' is not 'recording'", kind);
	if (r == 0)
		r = get_text(tool, "version", rec->version, sizeof(rec->version), f);
	if (r < 0)
		return r;
	if (!json_member(tree, "format_version"))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "a recording of uringtool %s, from before recordings had a format "
			       "version (key 'format_version'), which is not read: record it anew",
			       rec->version);
	r = json_get_int(tree, "format_version", 1, INT32_MAX, &format, f);
	if (r == 0 && format > RECORDING_FORMAT)
		r = fail_as(f, FAIL_USAGE, -EINVAL,
			    "a recording in format %lld, of uringtool %s: this one reads format %u "
			    "and none that is newer",
			    (long long)format, rec->version, RECORDING_FORMAT);
	return r;
}

int recording_load(const char *path, struct recording *rec, struct fail *f)
{
	struct recording got = { 0 };
	cJSON *tree = NULL;
	struct fail why;
	int r;

	r = json_load(path, &tree, f);
	if (r < 0)
		return r;
	r = check_format(tree, &got, &why);
	if (r == 0)
		r = get_text(tree, "time", got.time, sizeof(got.time), &why);
	if (r == 0)
		r = load_machine(tree, &got.machine, &why);
	if (r == 0) {
		note_unknown(tree, &got.unknown);
		r = load_calls(tree, &got, &why);
	}
	cJSON_Delete(tree);
	if (r < 0) {
		fail_as(f, why.kind, r, "%s: %s", path, why.msg);
		recording_free(&got);
	} else {
		*rec = got;
	}
	return r;
}
