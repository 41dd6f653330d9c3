/* SPDX-License-Identifier: MIT */
/* One file for a browser: no scripts, links or other files; follows the reader's light or dark mode. */
#include "cmd/draw/chart.h"
#include "cmd/draw/svg.h"
#include "cmd/output/escape.h"
#include "cmd/output/number.h"
#include "html-parts.h"
#include "render.h"

#include <math.h>

/* More results than this are collapsed. */
#define UNFOLDED 3

static const char page_style[] =
	":root { color-scheme: light dark; --bg: #ffffff; --fg: #1f2328; --dim: #59636e; --line: "
	"#d0d7de; --pass: #1a7f37; --fail: #cf222e; --invalid: #9a6700; --skipped: #59636e }\n"
	"@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --dim: "
	"#9aa4ae; --line: #343b44; --pass: #56d364; --fail: #ff7b72; --invalid: #f0c265; "
	"--skipped: #9aa4ae } }\n"
	"body { background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, sans-serif; "
	"max-width: 1100px; margin: 2em auto; padding: 0 1em }\n"
	"h1 { font-size: 1.6em } h2 { font-size: 1.3em; margin-top: 2em }\n"
	"table { border-collapse: collapse; margin: 1em 0; font-size: 0.9em }\n"
	"th, td { border-bottom: 1px solid var(--line); padding: 0.25em 0.8em 0.25em 0; "
	"text-align: left; vertical-align: top; overflow-wrap: anywhere }\n"
	"td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; white-space: "
	"nowrap }\n"
	".note { color: var(--dim) }\n"
	".v-pass { color: var(--pass) } .v-fail { color: var(--fail); font-weight: bold } "
	".v-invalid { color: var(--invalid); font-weight: bold } .v-skipped { color: "
	"var(--skipped) }\n"
	".scroll { overflow-x: auto }\n"
	"svg { display: block; width: 100%; height: auto; margin: 1em 0 }\n"
	"summary { cursor: pointer; font-weight: bold; margin: 0.5em 0 }\n";

static const char *const verdict_classes[DOC_VERDICTS] = {
	[DOC_PASS] = "v-pass",
	[DOC_SKIPPED] = "v-skipped",
	[DOC_INVALID] = "v-invalid",
	[DOC_FAIL] = "v-fail",
};

void html_cell(struct str *to, const char *cls, const char *text)
{
	str_addf(to, *cls ? "<td class=\"%s\">" : "<td>", cls);
	escape_xml(to, text && *text ? text : "–");
	str_add(to, "</td>");
}

static void paragraph(struct str *to, const char *cls, const char *text)
{
	if (!text || !*text)
		return;
	str_addf(to, "<p class=\"%s\">", cls);
	escape_xml(to, text);
	str_add(to, "</p>\n");
}

static void verdict_cell(struct str *to, enum doc_verdict verdict, bool passed_over)
{
	str_addf(to, "<td class=\"%s\">%s%s</td>", verdict_classes[verdict],
		 doc_verdict_names[verdict], passed_over ? " (not required)" : "");
}

static void open_table(struct str *to, const char *const *columns, unsigned n)
{
	str_add(to, "<div class=\"scroll\"><table><thead><tr>");
	for (unsigned i = 0; i < n; i++)
		str_addf(to, "<th>%s</th>", columns[i]);
	str_add(to, "</tr></thead><tbody>\n");
}

static void close_table(struct str *to)
{
	str_add(to, "</tbody></table></div>\n");
}

static void checks(struct str *to, const struct doc_check *c, size_t n)
{
	static const char *const columns[] = { "verdict", "check", "value", "limit", "because" };

	if (!n)
		return;
	open_table(to, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++, c++) {
		_cleanup_str_ struct str title = { 0 }, value = { 0 }, limit = { 0 };

		say_title(&title, c);
		say_value(&value, &c->value, c->unit);
		say_limit(&limit, c);
		str_add(to, "<tr>");
		verdict_cell(to, c->verdict, check_passes_over(c));
		html_cell(to, "", str_text(&title));
		html_cell(to, "num", str_text(&value));
		html_cell(to, "num", str_text(&limit));
		html_cell(to, "", c->why);
		str_add(to, "</tr>\n");
	}
	close_table(to);
}

static void devices(struct str *to, const struct document *d)
{
	static const char *const columns[] = { "verdict", "device", "model", "firmware", "serial" };

	if (!d->n_devices)
		return;
	open_table(to, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < d->n_devices; i++) {
		const struct doc_device *dev = &d->devices[i];

		str_add(to, "<tr>");
		verdict_cell(to, dev->verdict, false);
		html_cell(to, "", dev->path);
		html_cell(to, "", dev->model);
		html_cell(to, "", dev->firmware);
		html_cell(to, "", dev->serial);
		str_add(to, "</tr>\n");
	}
	close_table(to);
}

static void benches(struct str *to, const struct document *d)
{
	if (!d->n_benches)
		return;
	str_add(to, "<div class=\"scroll\"><table><thead><tr><th>measurement</th>");
	for (unsigned i = 0; i < METRICS; i++)
		str_addf(to, "<th class=\"num\">%s</th>", quantities[i].label);
	str_add(to, "<th>valid</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < d->n_benches; i++) {
		const struct doc_bench *b = &d->benches[i];
		_cleanup_str_ struct str name = { 0 };

		say_bench(&name, b);
		str_add(to, "<tr>");
		html_cell(to, "", str_text(&name));
		for (unsigned m = 0; m < METRICS; m++) {
			_cleanup_str_ struct str value = { 0 };

			if (isfinite(b->metric[m]))
				say_number(&value, b->metric[m], unit_names[quantities[m].unit]);
			html_cell(to, "num", str_text(&value));
		}
		html_cell(to, b->valid ? "v-pass" : "v-invalid", b->valid ? "yes" : "no");
		str_add(to, "</tr>\n");
	}
	close_table(to);
}

static void heading(struct str *to, const struct document *d)
{
	escape_xml(to, d->name);
	str_add(to, " on ");
	escape_xml(to, d->host);
	if (d->replayed)
		str_add(to, " (replayed)");
	if (d->judged)
		str_addf(to, ": <span class=\"%s\">%s</span>", verdict_classes[d->verdict],
			 doc_verdict_names[d->verdict]);
}

static int result(struct str *to, const struct document *d, bool many, bool open, unsigned *number)
{
	_cleanup_str_ struct str made = { 0 };
	int r;

	if (many)
		str_addf(to, "<details%s><summary>", open ? " open" : "");
	else
		str_add(to, "<h1>");
	heading(to, d);
	str_add(to, many ? "</summary>\n" : "</h1>\n");
	paragraph(to, "about", d->about);
	paragraph(to, verdict_classes[d->verdict], d->why);
	str_addf(&made, "Linux %s%s%s, %s", d->kernel, d->machine ? ", " : "", said(d->machine),
		 d->time);
	paragraph(to, "note", str_text(&made));
	devices(to, d);
	checks(to, d->checks, d->n_checks);
	benches(to, d);
	r = html_benches(d, number, to);
	if (r == 0 && d->kind == DOC_CURVE)
		r = html_curve(d, number, to);
	if (r == 0 && d->kind == DOC_SWEEP)
		r = html_sweep(d, number, to);
	if (r == 0 && d->kind == DOC_LAYOUT)
		r = html_layout(d, number, to);
	if (d->kind == DOC_PROBE)
		html_probe(d, to);
	if (many)
		str_add(to, "</details>\n");
	return r;
}

static void overview(struct str *to, const struct report *r)
{
	static const char *const columns[] = { "verdict", "host",    "what", "pass",
					       "skipped", "invalid", "fail", "because" };

	open_table(to, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < r->fleet.n_docs; i++) {
		const struct document *d = r->fleet.docs[i];

		str_add(to, "<tr>");
		if (d->judged)
			verdict_cell(to, d->verdict, false);
		else
			html_cell(to, "", NULL);
		html_cell(to, "", d->host);
		html_cell(to, "", d->name);
		for (unsigned v = 0; v < DOC_VERDICTS; v++)
			str_addf(to, "<td class=\"num\">%u</td>", d->counts[v]);
		html_cell(to, "", d->why);
		str_add(to, "</tr>\n");
	}
	close_table(to);
}

static void head(struct str *to, const struct report *r)
{
	str_add(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'unsafe-inline'\">\n<title>uringtool: ");
	if (r->many || !r->fleet.n_docs) {
		str_addf(to, "%zu results", r->fleet.n_docs);
	} else {
		escape_xml(to, r->fleet.docs[0]->name);
		str_add(to, " on ");
		escape_xml(to, r->fleet.docs[0]->host);
	}
	str_addf(to, "</title>\n<style>\n%s%s%s</style>\n</head>\n<body>\n", page_style,
		 svg_style(), plot_style());
}

static int html(const struct report *r, struct str *to, struct fail *f)
{
	unsigned number = 1, open = 0;
	int e = 0;

	head(to, r);
	if (r->many) {
		enum doc_verdict verdict = r->fleet.verdict;

		str_addf(to, "<h1>Results: <span class=\"%s\">%s</span></h1>\n",
			 verdict_classes[verdict], doc_verdict_names[verdict]);
		paragraph(to, "about", str_text(&r->summary));
		checks(to, r->checks, r->n_checks);
		overview(to, r);
	}
	for (size_t i = 0; e == 0 && i < r->fleet.n_docs; i++) {
		const struct document *d = r->fleet.docs[i];
		bool bad = d->verdict != DOC_PASS || r->fleet.n_docs <= UNFOLDED;

		e = result(to, d, r->many, bad && open < UNFOLDED, &number);
		open += bad;
	}
	str_add(to, "</body>\n</html>\n");
	return e < 0 ? fail_set(f, e, "out of memory") : 0;
}

const struct renderer render_html = { "html", html };
