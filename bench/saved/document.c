/* SPDX-License-Identifier: MIT */
#include "document-kinds.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"

#define SCHEMA_VERSION 1

const char *const doc_verdict_names[DOC_VERDICTS] = {
	[DOC_PASS] = "pass",
	[DOC_SKIPPED] = "skipped",
	[DOC_INVALID] = "invalid",
	[DOC_FAIL] = "fail",
};

const char *const doc_kind_names[DOC_KINDS] = {
	[DOC_BENCH] = "bench",	   [DOC_COMPARE] = "compare",
	[DOC_CURVE] = "curve",	   [DOC_LAYOUT] = "layout",
	[DOC_PROBE] = "probe",	   [DOC_PTS] = "pts",
	[DOC_QUALIFY] = "qualify", [DOC_REQUIREMENTS] = "requirements",
	[DOC_SWEEP] = "sweep",
};

void text_tame(char *text)
{
	static const char bad[] = "???";

	for (char *at = text; *at;) {
		const unsigned char *s = (unsigned char *)at;
		unsigned n = utf8_length(at);

		if (strchr("\t\n\r", *at))
			*at = ' ';
		else if (n == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
			/* Some readers treat the Unicode line and paragraph separators as line ends. */
			memset(at, ' ', n);
		else if (n <= 1 && (n == 0 || *s < 0x20 || *s == 0x7f))
			*at = '?';
		else if ((n == 2 && s[0] == 0xc2 && s[1] < 0xa0) ||
			 (n == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe))
			/* C1 control characters and noncharacters. */
			memcpy(at, bad, n);
		at += n ? n : 1;
	}
}

/* The recursion is limited by the nesting depth that the JSON reader accepts. */
static void tame(cJSON *node)
{
	for (; node; node = node->next) {
		if (node->string)
			text_tame(node->string);
		if (cJSON_IsString(node))
			text_tame(node->valuestring);
		tame(node->child);
	}
}

const char *document_text(struct document *d, const char *fmt, ...)
{
	char **made = realloc(d->made, (d->n_made + 1) * sizeof(*made));
	char *text = NULL;
	va_list ap;

	if (!made)
		return NULL;
	d->made = made;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		d->made[d->n_made++] = text;
	return text;
}

int document_malformed(const struct document *d, struct fail *f, const char *what)
{
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s: %s", d->file, what);
}

static int kind_of(const struct document *d, struct fail *f)
{
	_cleanup_str_ struct str known = { 0 };
	const char *name = json_text(json_member(d->tree, "tool"), "name");
	const char *kind = json_text(d->tree, "kind");

	if (!name || strcmp(name, "uringtool") || !kind)
		return document_malformed(d, f, "not a result of uringtool");
	for (unsigned i = 0; i < DOC_KINDS; i++) {
		if (!strcmp(doc_kind_names[i], kind))
			return i;
		str_addf(&known, "%s%s", i ? ", " : "", doc_kind_names[i]);
	}
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s: a document of kind '%s'; reported are %s",
		       d->file, kind, str_text(&known));
}

/* Reads the time of the envelope. Invalid dates are rejected, because a report would be invalid too. */
static int read_time(struct document *d, struct fail *f)
{
	struct tm tm = { 0 };
	char again[32];
	struct fail why;

	if (json_get_str(d->tree, "time", &d->time, &why) < 0)
		return document_malformed(d, f, why.msg);
	if (!strptime(d->time, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return document_malformed(d, f, "key 'time': no time such as 2026-01-31T12:00:00Z");
	d->seconds = timegm(&tm);
	strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (strcmp(d->time, again))
		return document_malformed(d, f, "key 'time': no time such as 2026-01-31T12:00:00Z");
	return 0;
}

static int read_envelope(struct document *d, struct fail *f)
{
	const cJSON *host = json_member(d->tree, "host");
	struct fail why;

	if (json_number(d->tree, "schema_version") != SCHEMA_VERSION)
		return document_malformed(d, f,
					  "key 'schema_version': not 1; a newer uringtool made it");
	if (json_get_str(host, "hostname", &d->host, &why) < 0 ||
	    json_get_str(host, "kernel", &d->kernel, &why) < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s: host: %s", d->file, why.msg);
	if (!*d->host)
		return document_malformed(d, f, "host: key 'hostname': empty");
	d->replayed = json_member(d->tree, "replayed");
	d->machine = json_text(host, "machine");
	d->version = json_text(json_member(d->tree, "tool"), "version");
	return read_time(d, f);
}

/* The verdict must not be better than the required checks. If it is worse than all of them, it is added as a
 * check: some readers see only the checks. */
static int agree(struct document *d, struct fail *f)
{
	enum doc_verdict worst = DOC_PASS;
	struct doc_check *c;

	for (size_t i = 0; i < d->n_checks; i++)
		if (d->checks[i].required && d->checks[i].verdict > worst)
			worst = d->checks[i].verdict;
	if (worst > d->verdict && worst != DOC_SKIPPED)
		d->verdict = worst;
	if (d->verdict <= worst)
		return 0;
	c = doc_new_check(d);
	if (!c || doc_name_check(d, "verdict") < 0)
		return doc_no_memory(d, f);
	c->title = "the verdict of all";
	c->verdict = d->verdict;
	c->why = d->why;
	return 0;
}

static int read_document(struct document *d, bool *foreign, struct fail *f)
{
	int kind, r;

	tame(d->tree);
	kind = kind_of(d, f);
	if (foreign)
		*foreign = kind < 0;
	if (kind < 0)
		return kind;
	d->kind = kind;
	d->name = doc_kind_names[kind];
	d->judged = doc_readers[kind].judged;
	r = read_envelope(d, f);
	if (r == 0)
		r = doc_readers[kind].read(d, f);
	if (r == 0)
		r = agree(d, f);
	d->plan = d->name;
	for (size_t i = 0; r == 0 && i < d->n_checks; i++)
		d->counts[d->checks[i].verdict]++;
	return r;
}

static int finish(const char *file, cJSON *tree, struct document *to, bool *foreign, struct fail *f)
{
	struct document d = { .tree = tree, .file = strdup(file) };
	int r;

	if (!d.file)
		r = fail_set(f, -ENOMEM, "out of memory");
	else {
		text_tame(d.file);
		r = read_document(&d, foreign, f);
	}
	if (r < 0)
		document_free(&d);
	else
		*to = d;
	return r;
}

int document_load(const char *file, struct document *d, bool *foreign, struct fail *f)
{
	cJSON *tree;
	int r;

	if (foreign)
		*foreign = false;
	r = json_load(file, &tree, f);
	return r < 0 ? r : finish(file, tree, d, foreign, f);
}

int document_parse(const char *file, const char *text, size_t n, struct document *d, bool *foreign,
		   struct fail *f)
{
	cJSON *tree;
	int r;

	if (foreign)
		*foreign = false;
	r = json_parse(file, text, n, &tree, f);
	return r < 0 ? r : finish(file, tree, d, foreign, f);
}

void document_free(struct document *d)
{
	cJSON_Delete(d->tree);
	for (size_t i = 0; i < d->n_made; i++)
		free(d->made[i]);
	free(d->made);
	free(d->file);
	free(d->checks);
	free(d->devices);
	free(d->benches);
	*d = (struct document){ 0 };
}
