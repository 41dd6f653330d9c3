/* SPDX-License-Identifier: MIT */
/* GitHub's Markdown, for job summaries. */
#include "cmd/output/escape.h"
#include "cmd/output/number.h"
#include "probe/lib/json.h"
#include "render.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

static void cell(struct str *to, const char *text)
{
	str_add(to, " ");
	if (text && *text)
		escape_markdown(to, text);
	else
		str_add(to, "-");
	str_add(to, " |");
}

static void checks(struct str *to, const struct doc_check *c, size_t n)
{
	if (!n)
		return;
	str_add(to, "| verdict | check | value | limit | because |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++, c++) {
		_cleanup_str_ struct str title = { 0 }, value = { 0 }, limit = { 0 };

		say_title(&title, c);
		say_value(&value, &c->value, c->unit);
		say_limit(&limit, c);
		str_addf(to, "| %s%s%s%s |", check_counts(c) ? "**" : "",
			 doc_verdict_names[c->verdict], check_counts(c) ? "**" : "",
			 check_passes_over(c) ? " (not required)" : "");
		cell(to, str_text(&title));
		cell(to, str_text(&value));
		cell(to, str_text(&limit));
		cell(to, c->why);
		str_add(to, "\n");
	}
	str_add(to, "\n");
}

static void devices(struct str *to, const struct document *d)
{
	if (!d->n_devices)
		return;
	str_add(to, "| device | model | firmware | serial | verdict |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < d->n_devices; i++) {
		const struct doc_device *dev = &d->devices[i];

		str_add(to, "|");
		cell(to, dev->path);
		cell(to, dev->model);
		cell(to, dev->firmware);
		cell(to, dev->serial);
		cell(to, doc_verdict_names[dev->verdict]);
		str_add(to, "\n");
	}
	str_add(to, "\n");
}

static void benches(struct str *to, const struct document *d)
{
	if (!d->n_benches)
		return;
	str_add(to, "| measurement |");
	for (unsigned i = 0; i < METRICS; i++)
		str_addf(to, " %s |", quantities[i].label);
	str_add(to, " valid |\n|---|");
	for (unsigned i = 0; i < METRICS; i++)
		str_add(to, "--:|");
	str_add(to, "---|\n");
	for (size_t i = 0; i < d->n_benches; i++) {
		const struct doc_bench *b = &d->benches[i];
		_cleanup_str_ struct str name = { 0 };

		say_bench(&name, b);
		str_add(to, "|");
		cell(to, str_text(&name));
		for (unsigned m = 0; m < METRICS; m++) {
			_cleanup_str_ struct str value = { 0 };

			if (isfinite(b->metric[m]))
				say_number(&value, b->metric[m], unit_names[quantities[m].unit]);
			cell(to, str_text(&value));
		}
		cell(to, b->valid ? "yes" : "no");
		str_add(to, "\n");
	}
	str_add(to, "\n");
}

/* Summary of a probe in numbers. */
static void facts(struct str *to, const struct document *d)
{
	static const char *const tables[] = { "ops",	      "setup_flags", "features",
					      "register_ops", "enter_flags", "sqe_flags" };

	str_add(to, "| facts | work | do not | undecided |\n|---|--:|--:|--:|\n");
	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		unsigned yes = 0, no = 0, open = 0;
		const cJSON *fact;

		cJSON_ArrayForEach(fact, json_member(d->tree, tables[i]))
		{
			const char *works = said(json_text(fact, "works"));

			yes += !strcmp(works, "yes");
			no += !strcmp(works, "no");
			open += !strcmp(works, "undecided");
		}
		str_add(to, "|");
		cell(to, tables[i]);
		str_addf(to, " %u | %u | %u |\n", yes, no, open);
	}
	str_add(to, "\n");
}

static void fields(struct str *to, const struct document *d)
{
	const cJSON *field;

	str_add(to, "| field | mapping | offset | bytes | type | written by |\n"
		    "|---|---|--:|--:|---|---|\n");
	cJSON_ArrayForEach(field, json_member(d->tree, "fields"))
	{
		str_add(to, "|");
		cell(to, json_text(field, "name"));
		cell(to, json_text(field, "mapping"));
		str_addf(to, " %.0f | %.0f |", json_number(field, "offset"),
			 json_number(field, "bytes"));
		cell(to, json_text(field, "type"));
		cell(to, json_text(field, "writer"));
		str_add(to, "\n");
	}
	str_add(to, "\n");
}

static void heading(struct str *to, const char *level, const char *name, const char *host,
		    const char *verdict)
{
	str_addf(to, "%s ", level);
	escape_markdown(to, name);
	if (host) {
		str_add(to, " on ");
		escape_markdown(to, host);
	}
	if (verdict)
		str_addf(to, ": %s", verdict);
	str_add(to, "\n\n");
}

static void paragraph(struct str *to, const char *text)
{
	if (!text || !*text)
		return;
	escape_markdown(to, text);
	str_add(to, ".\n\n");
}

static void result(struct str *to, const struct document *d)
{
	heading(to, "##", d->name, d->host, d->judged ? doc_verdict_names[d->verdict] : NULL);
	paragraph(to, d->about);
	paragraph(to, d->why);
	str_add(to, "Linux ");
	escape_markdown(to, d->kernel);
	str_addf(to, "%s, %s\n\n", d->replayed ? ", replayed" : "", d->time);
	devices(to, d);
	checks(to, d->checks, d->n_checks);
	benches(to, d);
	if (d->kind == DOC_PROBE)
		facts(to, d);
	if (d->kind == DOC_LAYOUT)
		fields(to, d);
}

static void overview(struct str *to, const struct report *r)
{
	str_add(to, "| host | what | verdict | pass | skipped | invalid | fail | because |\n"
		    "|---|---|---|--:|--:|--:|--:|---|\n");
	for (size_t i = 0; i < r->fleet.n_docs; i++) {
		const struct document *d = r->fleet.docs[i];

		str_add(to, "|");
		cell(to, d->host);
		cell(to, d->name);
		cell(to, d->judged ? doc_verdict_names[d->verdict] : NULL);
		for (unsigned v = 0; v < DOC_VERDICTS; v++)
			str_addf(to, " %u |", d->counts[v]);
		cell(to, d->why);
		str_add(to, "\n");
	}
	str_add(to, "\n");
}

static int markdown(const struct report *r, struct str *to, struct fail *f)
{
	(void)f;
	str_add(to, "[//]: # (" WRITTEN_MARK ")\n\n");
	if (r->many) {
		heading(to, "#", "Results", NULL, doc_verdict_names[r->fleet.verdict]);
		paragraph(to, str_text(&r->summary));
		checks(to, r->checks, r->n_checks);
		overview(to, r);
	}
	for (size_t i = 0; i < r->fleet.n_docs; i++)
		if (!r->many || r->fleet.docs[i]->verdict != DOC_PASS)
			result(to, r->fleet.docs[i]);
	return 0;
}

const struct renderer render_markdown = { "markdown", markdown };
