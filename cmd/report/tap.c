/* SPDX-License-Identifier: MIT */
/* The Test Anything Protocol, version 14: a test point for each check. */
#include "cmd/output/escape.h"
#include "cmd/output/number.h"
#include "render.h"

/* JSON strings are YAML. */
static void line(struct str *to, const char *key, const char *value)
{
	if (!value)
		return;
	str_addf(to, "  %s: \"", key);
	escape_quoted(to, value);
	str_add(to, "\"\n");
}

static void value_line(struct str *to, const char *key, const struct doc_value *v)
{
	if (v->type == VALUE_NUMBER) {
		str_addf(to, "  %s: ", key);
		say_exact(to, v->number);
		str_add(to, "\n");
	} else if (v->type == VALUE_BOOL) {
		str_addf(to, "  %s: %s\n", key, v->yes ? "true" : "false");
	} else if (v->type == VALUE_TEXT) {
		line(to, key, v->text);
	}
}

static void point(struct str *to, const struct report *r, const struct suite *s,
		  const struct doc_check *c, unsigned number)
{
	bool ok = c->verdict == DOC_PASS || c->verdict == DOC_SKIPPED;
	_cleanup_str_ struct str title = { 0 };

	say_title(&title, c);
	str_addf(to, "%s %u - ", ok ? "ok" : "not ok", number);
	if (r->many && s->doc) {
		escape_tap(to, s->host);
		str_add(to, ": ");
	}
	escape_tap(to, str_text(&title));
	if (c->verdict == DOC_SKIPPED) {
		str_add(to, " # SKIP ");
		escape_tap(to, said(c->why));
	} else if (!ok && !c->required) {
		str_add(to, " # TODO not required");
	}
	str_add(to, "\n");
	if (ok)
		return;
	str_add(to, "  ---\n");
	line(to, "message", c->why);
	line(to, "severity", c->verdict == DOC_FAIL ? "fail" : "invalid");
	line(to, "check", c->id);
	line(to, "host", s->host);
	line(to, "device", c->device);
	line(to, "metric", c->metric);
	value_line(to, "found", &c->value);
	line(to, "operator", c->op);
	value_line(to, "wanted", &c->limit);
	line(to, "unit", c->unit);
	str_add(to, "  ...\n");
}

static void replayed(struct str *to, const struct suite *s)
{
	str_add(to, "# replayed from a recording: ");
	escape_tap(to, s->name);
	str_add(to, " on ");
	escape_tap(to, s->host);
	str_add(to, "\n");
}

static int tap(const struct report *r, struct str *to, struct fail *f)
{
	size_t n = 0;
	unsigned number = 0;

	(void)f;
	for (size_t i = 0; i < r->n_suites; i++)
		n += r->suites[i].n_checks;
	str_addf(to, "TAP version 14\n# " WRITTEN_MARK "\n1..%zu%s\n", n,
		 n ? "" : " # SKIP nothing is judged");
	for (size_t i = 0; i < r->n_suites; i++) {
		const struct suite *s = &r->suites[i];

		if (s->doc && s->doc->replayed)
			replayed(to, s);
		for (size_t j = 0; j < s->n_checks; j++)
			point(to, r, s, &s->checks[j], ++number);
	}
	return 0;
}

const struct renderer render_tap = { "tap", tap, .judged_only = true };
