/* SPDX-License-Identifier: MIT */
/*
 * Prometheus' classic text format for node_exporter's textfile collector: HELP and TYPE for every metric,
 * all its series together without duplicates, and no time stamps.
 */
#include "cmd/output/escape.h"
#include "cmd/output/number.h"
#include "render.h"

#include <math.h>

static void begin(struct str *to, const char *name, const char *type, const char *help)
{
	str_addf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void label(struct str *to, const char *name, const char *value)
{
	if (!value)
		return;
	str_addf(to, "%s%s=\"", to->s[to->len - 1] == '{' ? "" : ",", name);
	escape_quoted(to, value);
	str_add(to, "\"");
}

static void value(struct str *to, double v)
{
	str_add(to, "} ");
	say_exact(to, v);
	str_add(to, "\n");
}

static void open_series(struct str *to, const char *name, const struct suite *s)
{
	str_addf(to, "%s{", name);
	/* The suite of all results has no host. */
	if (!s->doc)
		return;
	label(to, "host", s->host);
	label(to, "plan", s->name);
}

static void infos(struct str *to, const struct report *r)
{
	begin(to, "uringtool_result_info", "gauge", "A result, and what made it.");
	for (size_t i = 0; i < r->n_results; i++) {
		const struct document *d = r->suites[i].doc;

		open_series(to, "uringtool_result_info", &r->suites[i]);
		label(to, "kind", doc_kind_names[d->kind]);
		label(to, "kernel", d->kernel);
		label(to, "machine", d->machine);
		label(to, "version", d->version);
		label(to, "replayed", d->replayed ? "true" : "false");
		value(to, 1);
	}
	begin(to, "uringtool_result_time_seconds", "gauge",
	      "When the result was made, in seconds since the epoch.");
	for (size_t i = 0; i < r->n_results; i++) {
		open_series(to, "uringtool_result_time_seconds", &r->suites[i]);
		value(to, r->suites[i].doc->seconds);
	}
}

static void verdicts(struct str *to, const struct report *r)
{
	begin(to, "uringtool_result_verdict", "gauge",
	      "1 for the verdict of a result, 0 for the others.");
	for (size_t i = 0; i < r->n_results; i++)
		for (unsigned v = 0; v < DOC_VERDICTS; v++) {
			open_series(to, "uringtool_result_verdict", &r->suites[i]);
			label(to, "verdict", doc_verdict_names[v]);
			value(to, r->suites[i].verdict == v);
		}
}

static void open_check(struct str *to, const char *name, const struct suite *s,
		       const struct doc_check *c)
{
	open_series(to, name, s);
	label(to, "check", c->id);
}

static void check_verdicts(struct str *to, const struct report *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_suites; i++)
		for (size_t j = 0; j < r->suites[i].n_checks; j++)
			for (unsigned v = 0; v < DOC_VERDICTS; v++) {
				const struct doc_check *c = &r->suites[i].checks[j];

				if (!any)
					begin(to, "uringtool_check_verdict", "gauge",
					      "1 for the verdict of a check, 0 for the others.");
				any = true;
				open_check(to, "uringtool_check_verdict", &r->suites[i], c);
				label(to, "required", c->required ? "true" : "false");
				label(to, "verdict", doc_verdict_names[v]);
				value(to, c->verdict == v);
			}
}

/* Numeric values and limits. */
static void check_numbers(struct str *to, const struct report *r, const char *name,
			  const char *help, bool limit)
{
	bool any = false;

	for (size_t i = 0; i < r->n_suites; i++)
		for (size_t j = 0; j < r->suites[i].n_checks; j++) {
			const struct doc_check *c = &r->suites[i].checks[j];
			const struct doc_value *v = limit ? &c->limit : &c->value;

			if (v->type != VALUE_NUMBER)
				continue;
			if (!any)
				begin(to, name, "gauge", help);
			any = true;
			open_check(to, name, &r->suites[i], c);
			label(to, "metric", c->metric);
			label(to, "unit", c->unit);
			if (limit)
				label(to, "op", c->op);
			value(to, v->number);
		}
}

static void open_bench(struct str *to, const char *name, const struct suite *s,
		       const struct doc_bench *b)
{
	char repeat[16];

	snprintf(repeat, sizeof(repeat), "%u", b->repeat);
	open_series(to, name, s);
	label(to, "bench", b->name);
	label(to, "device", b->device);
	label(to, "repeat", repeat);
}

static void bench_metric(struct str *to, const struct report *r, const char *name, const char *help,
			 unsigned metric, double divisor)
{
	bool any = false;

	for (size_t i = 0; i < r->n_results; i++)
		for (size_t j = 0; j < r->suites[i].doc->n_benches; j++) {
			const struct doc_bench *b = &r->suites[i].doc->benches[j];

			if (!isfinite(b->metric[metric]))
				continue;
			if (!any)
				begin(to, name, "gauge", help);
			any = true;
			open_bench(to, name, &r->suites[i], b);
			value(to, b->metric[metric] / divisor);
		}
}

static void bench_valid(struct str *to, const struct report *r)
{
	static const char name[] = "uringtool_bench_valid";
	bool any = false;

	for (size_t i = 0; i < r->n_results; i++)
		for (size_t j = 0; j < r->suites[i].doc->n_benches; j++) {
			const struct doc_bench *b = &r->suites[i].doc->benches[j];

			if (!any)
				begin(to, name, "gauge",
				      "1 when a measurement can be trusted and was not cut short.");
			any = true;
			open_bench(to, name, &r->suites[i], b);
			value(to, b->valid && b->complete);
		}
}

static void hosts(struct str *to, const struct report *r)
{
	if (!r->many)
		return;
	begin(to, "uringtool_fleet_results", "gauge", "Results by their verdict.");
	for (unsigned v = 0; v < DOC_VERDICTS; v++) {
		str_add(to, "uringtool_fleet_results{");
		label(to, "verdict", doc_verdict_names[v]);
		value(to, r->fleet.counts[v]);
	}
	begin(to, "uringtool_fleet_missing_hosts", "gauge",
	      "Hosts that were expected and have no result.");
	str_addf(to, "uringtool_fleet_missing_hosts %zu\n", r->fleet.n_missing);
	begin(to, "uringtool_fleet_unreadable_files", "gauge",
	      "Files that should have been results and cannot be read.");
	str_addf(to, "uringtool_fleet_unreadable_files %zu\n", r->n_unreadable);
	begin(to, "uringtool_fleet_outliers", "gauge",
	      "Metrics of devices that differ from the others of their model and firmware.");
	str_addf(to, "uringtool_fleet_outliers %zu\n", r->fleet.n_outliers);
}

static int prometheus(const struct report *r, struct str *to, struct fail *f)
{
	static const struct {
		const char *name, *help;
		unsigned metric;
		double divisor;
	} metrics[] = {
		{ "uringtool_bench_iops", "I/Os per second.", METRIC_IOPS, 1 },
		{ "uringtool_bench_bytes_per_second", "Bytes per second.", METRIC_BW, 1 },
		{ "uringtool_bench_latency_mean_seconds", "Mean latency.", METRIC_LAT_MEAN, 1e9 },
		{ "uringtool_bench_latency_p50_seconds", "50th percentile of latency.",
		  METRIC_LAT_P50, 1e9 },
		{ "uringtool_bench_latency_p99_seconds", "99th percentile of latency.",
		  METRIC_LAT_P99, 1e9 },
		{ "uringtool_bench_latency_p999_seconds", "99.9th percentile of latency.",
		  METRIC_LAT_P999, 1e9 },
		{ "uringtool_bench_latency_p9999_seconds", "99.99th percentile of latency.",
		  METRIC_LAT_P9999, 1e9 },
		{ "uringtool_bench_latency_p99999_seconds", "99.999th percentile of latency.",
		  METRIC_LAT_P99999, 1e9 },
		{ "uringtool_bench_latency_max_seconds", "Largest latency.", METRIC_LAT_MAX, 1e9 },
		{ "uringtool_bench_cpu_per_io_seconds", "CPU time that one I/O costs.", METRIC_CPU,
		  1e9 },
	};

	(void)f;
	infos(to, r);
	verdicts(to, r);
	check_verdicts(to, r);
	check_numbers(to, r, "uringtool_check_value", "What a check found, in its unit.", false);
	check_numbers(to, r, "uringtool_check_limit", "What a check wanted, in its unit.", true);
	for (unsigned i = 0; i < ARRAY_SIZE(metrics); i++)
		bench_metric(to, r, metrics[i].name, metrics[i].help, metrics[i].metric,
			     metrics[i].divisor);
	bench_valid(to, r);
	hosts(to, r);
	return 0;
}

const struct renderer render_prometheus = { "prometheus", prometheus, .judged_only = true };
