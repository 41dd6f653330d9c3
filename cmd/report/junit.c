/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML that is valid for the schemas of both Ant and Jenkins: a suite for each result, a test case for
 * each check.
 */
#include "cmd/output/escape.h"
#include "render.h"

#include <string.h>

static void attribute(struct str *to, const char *name, const char *value)
{
	str_addf(to, " %s=\"", name);
	escape_xml(to, value);
	str_add(to, "\"");
}

static void property(struct str *to, const char *name, const char *value)
{
	if (!value)
		return;
	str_add(to, "    <property");
	attribute(to, "name", name);
	attribute(to, "value", value);
	str_add(to, "/>\n");
}

static void properties(struct str *to, const struct report *r, const struct suite *s)
{
	str_add(to, "   <properties>\n");
	property(to, "verdict", doc_verdict_names[s->verdict]);
	if (s->doc) {
		property(to, "why", s->doc->why);
		property(to, "file", s->doc->file);
		property(to, "kernel", s->doc->kernel);
		property(to, "machine", s->doc->machine);
		property(to, "uringtool", s->doc->version);
		property(to, "replayed", s->doc->replayed ? "true" : NULL);
		for (size_t i = 0; i < s->doc->n_devices; i++) {
			const struct doc_device *d = &s->doc->devices[i];
			_cleanup_str_ struct str name = { 0 }, value = { 0 };

			str_addf(&name, "device %s", d->path);
			str_addf(&value, "%s, firmware %s, serial %s", d->model ? d->model : "-",
				 d->firmware ? d->firmware : "-", d->serial ? d->serial : "-");
			property(to, str_text(&name), str_text(&value));
		}
	} else {
		property(to, "summary", str_text(&r->summary));
	}
	str_add(to, "   </properties>\n");
}

/* A failed check that is not required is not a failure of the run. */
static const char *element_of(const struct doc_check *c)
{
	if (c->verdict == DOC_PASS)
		return NULL;
	if (!check_counts(c))
		return "skipped";
	return c->verdict == DOC_FAIL ? "failure" : "error";
}

static void testcase(struct str *to, const struct suite *s, const struct doc_check *c)
{
	_cleanup_str_ struct str class = { 0 }, said_of = { 0 };
	const char *element = element_of(c);

	str_addf(&class, "%s.%s", s->host, s->name);
	say_finding(&said_of, c);
	str_add(to, "   <testcase");
	attribute(to, "classname", str_text(&class));
	attribute(to, "name", c->id);
	str_addf(to, " time=\"%.3f\"", c->duration_s);
	if (!element) {
		str_add(to, "/>\n");
		return;
	}
	str_addf(to, ">\n    <%s", element);
	if (strcmp(element, "skipped"))
		attribute(to, "type", doc_verdict_names[c->verdict]);
	if (strcmp(element, "skipped") || c->verdict == DOC_SKIPPED) {
		attribute(to, "message", str_text(&said_of));
	} else {
		_cleanup_str_ struct str message = { 0 };

		str_addf(&message, "%s, and not required: %s", doc_verdict_names[c->verdict],
			 str_text(&said_of));
		attribute(to, "message", str_text(&message));
	}
	str_add(to, ">");
	escape_xml(to, c->title ? c->title : c->id);
	str_addf(to, "</%s>\n   </testcase>\n", element);
}

static void suite(struct str *to, const struct report *r, unsigned id)
{
	const struct suite *s = &r->suites[id];
	unsigned failures = 0, errors = 0, skipped = 0;
	const char *when = s->doc ? s->doc->time : r->time;

	for (size_t i = 0; i < s->n_checks; i++) {
		const char *element = element_of(&s->checks[i]);

		failures += element && !strcmp(element, "failure");
		errors += element && !strcmp(element, "error");
		skipped += element && !strcmp(element, "skipped");
	}
	str_add(to, "  <testsuite");
	attribute(to, "name", s->name);
	attribute(to, "package", "uringtool");
	attribute(to, "hostname", s->host);
	/* The time without a time zone, which Ant's schema forbids. */
	str_addf(to,
		 " id=\"%u\" timestamp=\"%.19s\" tests=\"%zu\" failures=\"%u\" errors=\"%u\" "
		 "skipped=\"%u\" time=\"%.3f\">\n",
		 id, when, s->n_checks, failures, errors, skipped,
		 s->doc ? s->doc->duration_s : 0.0);
	properties(to, r, s);
	for (size_t i = 0; i < s->n_checks; i++)
		testcase(to, s, &s->checks[i]);
	str_add(to, "   <system-out></system-out>\n   <system-err></system-err>\n  </testsuite>\n");
}

static int junit(const struct report *r, struct str *to, struct fail *f)
{
	(void)f;
	str_add(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " WRITTEN_MARK
		    " -->\n<testsuites>\n");
	for (size_t i = 0; i < r->n_suites; i++)
		suite(to, r, i);
	str_add(to, "</testsuites>\n");
	return 0;
}

const struct renderer render_junit = { "junit", junit, .judged_only = true };
