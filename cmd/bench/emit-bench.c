/* SPDX-License-Identifier: MIT */
#include "emit-bench.h"

#include <math.h>
#include <string.h>

#include "bench/method/grid.h"
#include "bench/run/result.h"
#include "bench/target/trims.h"
#include "cmd/output/emit-device.h"
#include "cmd/output/emit-known.h"
#include "cmd/output/out.h"
#include "emit-monitor.h"
#include "probe/device/nvme-status.h"
#include "probe/lib/base.h"
#include "probe/uapi/fact.h"

static void emit_opt(struct out *o, const struct opt *k, const struct job *job)
{
	_cleanup_str_ struct str key = { 0 }, value = { 0 };

	opt_key(&key, k);
	switch (k->type) {
	case OPT_BOOL:
		out_bool(o, str_text(&key), NULL, opt_bool(k, job));
		break;
	case OPT_WORD:
		out_str(o, str_text(&key), NULL, k->words[opt_u64(k, job)]);
		break;
	case OPT_STR:
		out_str(o, str_text(&key), NULL, opt_str(k, job));
		break;
	case OPT_UINT_OPTIONAL:
		out_bool(o, str_text(&key), NULL, opt_i64(k, job) != OPT_OFF);
		opt_number_key(&value, k);
		if (opt_i64(k, job) >= 0)
			out_i64(o, str_text(&value), NULL, opt_i64(k, job));
		else
			out_null(o, str_text(&value), NULL);
		break;
	default:
		out_u64(o, str_text(&key), NULL, opt_u64(k, job), OUT_PLAIN);
	}
}

void emit_job(struct out *o, const struct job *job)
{
	out_obj(o, "job", NULL);
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		emit_opt(o, &job_opt_rows[i], job);
	out_end(o);
}

void emit_bench_target(struct out *o, const struct target *t)
{
	out_obj(o, "target", NULL);
	out_str(o, "path", NULL, *t->path ? t->path : NULL);
	out_str(o, "type", NULL, t->block ? "block" : t->size ? "file" : "none");
	out_bool(o, "made", NULL, t->own);
	out_u64(o, "bytes", NULL, t->size, OUT_BYTES);
	out_str(o, "file_system", NULL, *t->fs ? t->fs : NULL);
	emit_device(o, "device", NULL, t->has_device ? &t->device : NULL);
	out_end(o);
}

/* Whether an option is the same in all configurations of a sweep. */
static bool one_for_all(const struct grid *swept, const char *opt)
{
	return !swept || !grid_has(swept, opt);
}

void bench_headline(struct str *to, const struct job *j, const struct target *t,
		    const struct grid *swept)
{
	const bool one_size = one_for_all(swept, "bs") && one_for_all(swept, "bssplit") &&
			      one_for_all(swept, "bsrange");

	str_add(to, !one_for_all(swept, "rw") ? "sweep"
		    : j->verify_only	      ? "verify"
					      : rw_words[j->rw]);
	if (j->rw != RW_NOP) {
		if (one_size) {
			str_add(to, " ");
			if (j->bssplit)
				str_add(to, j->bssplit);
			else if (j->bsrange)
				str_add(to, j->bsrange);
			else
				size_text(to, j->bs);
		}
		if (one_for_all(swept, "direct"))
			str_add(to, j->direct ? ", direct" : ", buffered");
	}
	if (one_for_all(swept, "iodepth"))
		str_addf(to, ", depth %llu", (unsigned long long)j->iodepth);
	if (one_for_all(swept, "numjobs") && j->numjobs > 1)
		str_addf(to, " x %llu jobs", (unsigned long long)j->numjobs);
	if (j->rw != RW_NOP) {
		str_addf(to, ", on %s (", *t->path ? t->path : "a file made for it");
		if (*t->fs)
			str_addf(to, "%s%s", t->fs, t->has_device ? " on " : "");
		if (t->has_device)
			str_addf(to, "%s%s%s", t->device.disk, *t->device.model ? ", " : "",
				 t->device.model);
		str_add(to, ")");
	}
}

void emit_granted(struct out *o, const char *label, const struct job *job, const struct target *t,
		  const struct granted *g, double lat_resolution_ns)
{
	static const char *const polled[] = {
		[ANSWER_UNDECIDED] = "undecided",
		[ANSWER_NO] = "no",
		[ANSWER_YES] = "yes",
	};

	out_obj(o, "granted", label);
	out_arr(o, "setup_flags", "ring flags");
	for (unsigned i = 0; i < uapi_tables[UAPI_SETUP].n; i++) {
		const struct uapi_row *row = &uapi_tables[UAPI_SETUP].rows[i];

		if (g->setup_flags & 1u << row->number)
			out_str(o, NULL, "", uapi_short(UAPI_SETUP, row));
	}
	out_end(o);
	if (job->rw == RW_NOP)
		out_null(o, "engine", NULL);
	else
		out_str(o, "engine", "engine", engine_words[g->engine]);
	out_str(o, "trim", g->trim ? "trims by" : NULL, trim_names[g->trim]);
	out_u64(o, "batch_submit", "published at once", g->batch_submit, OUT_PLAIN);
	out_bool(o, "registered_ring", "registered ring", g->registered_ring);
	out_bool(o, "fixedbufs", "registered buffers", g->fixed_bufs);
	out_bool(o, "registerfiles", "registered files", g->fixed_files);
	out_bool(o, "hugepages", g->huge ? "huge pages" : NULL, g->huge);
	if (job->iopoll) {
		out_str(o, "polls", "really polls", polled[t->poll]);
		out_str(o, "polls_why", "because", t->poll_why);
	} else {
		out_null(o, "polls", NULL);
		out_null(o, "polls_why", NULL);
	}
	out_str(o, "clock", "time stamps", g->clock);
	if (lat_resolution_ns >= 0)
		out_f64(o, NULL, "late by up to", lat_resolution_ns, 1, OUT_NS);
	out_end(o);
}

static const struct {
	const char *key, *label;
	double share;
} percentiles[] = {
	{ "lat_p50_ns", "p50", 0.5 },	      { "lat_p90_ns", "p90", 0.9 },
	{ "lat_p99_ns", "p99", 0.99 },	      { "lat_p999_ns", "p99.9", 0.999 },
	{ "lat_p9999_ns", "p99.99", 0.9999 }, { "lat_p99999_ns", "p99.999", 0.99999 },
};

void emit_ns(struct out *o, const char *key, const char *label, int64_t ns)
{
	if (ns < 0)
		out_null(o, key, label);
	else
		out_u64(o, key, label, ns, OUT_NS);
}

static void emit_latency(struct out *o, const struct hist *h)
{
	if (h->count)
		out_f64(o, "lat_mean_ns", "mean", hist_mean(h), 1, OUT_NS);
	else
		out_null(o, "lat_mean_ns", "mean");
	if (h->count)
		out_f64(o, "lat_stddev_ns", NULL, hist_deviation(h), 1, OUT_NS);
	else
		out_null(o, "lat_stddev_ns", NULL);
	emit_ns(o, "lat_min_ns", NULL, h->count ? (int64_t)h->min : -1);
	for (unsigned i = 0; i < ARRAY_SIZE(percentiles); i++) {
		int64_t ns = hist_percentile_or_none(h, percentiles[i].share);
		/* Few runs have the last one, and it makes the table wider. */
		bool shown = i + 1 < ARRAY_SIZE(percentiles) || ns >= 0;

		emit_ns(o, percentiles[i].key, shown ? percentiles[i].label : NULL, ns);
	}
	emit_ns(o, "lat_max_ns", "max", h->count ? (int64_t)h->max : -1);
}

/* The non-empty buckets, so that results can be merged and compared. */
static void emit_bins(struct out *o, const struct hist *h)
{
	out_arr(o, "lat_bins", NULL);
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		if (!h->bucket[i])
			continue;
		out_arr(o, NULL, NULL);
		out_u64(o, NULL, NULL, hist_floor(i), OUT_PLAIN);
		out_u64(o, NULL, NULL, h->bucket[i], OUT_PLAIN);
		out_end(o);
	}
	out_end(o);
}

/* A kind of I/O that the workload does not use is in the JSON, but not in the text. */
static void emit_summary(struct out *o, const char *key, const char *label, const struct summary *s)
{
	out_row(o, key, label);
	out_u64(o, "ios", NULL, s->ios, OUT_PLAIN);
	out_u64(o, "bytes", NULL, s->bytes, OUT_PLAIN);
	out_u64(o, "errors", s->errors ? "errors" : NULL, s->errors, OUT_PLAIN);
	out_u64(o, "short_ios", NULL, s->short_ios, OUT_PLAIN);
	out_f64(o, "iops", "IOPS", s->iops, 1, OUT_COUNT);
	out_f64(o, "bw_bytes_per_s", s->bytes ? "bandwidth" : NULL, s->bw, 1, OUT_BYTES_PER_S);
	emit_latency(o, &s->lat);
	emit_bins(o, &s->lat);
	out_end(o);
}

static void emit_sustained(struct out *o, const struct result *res)
{
	const struct growth_fit *growth = &res->lag_growth;
	const bool open = !res->rate.closed;

	if (open)
		out_bool(o, "sustained", "sustained", res->sustained);
	else
		out_null(o, "sustained", NULL);
	out_tone(o, res->sustained ? TONE_GOOD : TONE_BAD);
	out_u64(o, "backlog_ios", "backlog at the end", res->backlog, OUT_COUNT);
	emit_ns(o, "lag_end_ns", open ? "late at the end" : NULL, open ? (int64_t)res->lag_ns : -1);
	if (open && growth->known) {
		out_f64(o, "lag_slope", NULL, growth->slope, 6, OUT_PLAIN);
		out_f64(o, "lag_slope_low", NULL, growth->low, 6, OUT_PLAIN);
		out_f64(o, "lag_slope_high", NULL, growth->high, 6, OUT_PLAIN);
		out_f64(o, NULL, "later per second by", 1e9 * fmax(growth->slope, 0), 1, OUT_NS);
	} else {
		out_null(o, "lag_slope", NULL);
		out_null(o, "lag_slope_low", NULL);
		out_null(o, "lag_slope_high", NULL);
	}
}

static void emit_rate(struct out *o, const struct result *res)
{
	if (!res->rate.per_s) {
		out_null(o, "rate", NULL);
		return;
	}
	out_obj(o, "rate", "Rate");
	out_f64(o, "asked_iops", "asked", res->rate.per_s, 1, OUT_COUNT);
	out_f64(o, "achieved_iops", "achieved", res->total.iops, 1, OUT_COUNT);
	emit_sustained(o, res);
	out_row(o, "service", "service time");
	emit_latency(o, &res->service);
	out_end(o);
	out_obj(o, "service_by_kind", NULL);
	for (unsigned k = 0; k < IO_KINDS; k++) {
		out_obj(o, io_kind_names[k], NULL);
		emit_latency(o, &res->services[k]);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

static void emit_series(struct out *o, const struct series *s)
{
	out_arr(o, "series", s->n ? "Series" : NULL);
	for (size_t i = 0; i < s->n; i++) {
		const struct span *span = &s->spans[i];
		const struct flow *all = &span->done.all;
		uint64_t ns = span->end_ns - span->begin_ns;

		out_row(o, NULL, "");
		out_f64(o, "begin_s", NULL, span->begin_ns / 1e9, 6, OUT_PLAIN);
		out_f64(o, "end_s", "until", span->end_ns / 1e9, 6, OUT_PLAIN);
		out_u64(o, "ios", NULL, all->ios, OUT_PLAIN);
		out_f64(o, "iops", "IOPS", ns ? all->ios * 1e9 / ns : 0, 1, OUT_COUNT);
		out_f64(o, "bw_bytes_per_s", "bandwidth", ns ? all->bytes * 1e9 / ns : 0, 1,
			OUT_BYTES_PER_S);
		emit_ns(o, "lat_p50_ns", "p50", span->p50_ns);
		emit_ns(o, "lat_p99_ns", "p99", span->p99_ns);
		emit_ns(o, "lat_p999_ns", "p99.9", span->p999_ns);
		emit_ns(o, "lat_max_ns", "max", span->max_ns);
		out_end(o);
	}
	out_end(o);
}

static void emit_per_io(struct out *o, const char *key, const char *label, uint64_t amount,
			uint64_t ios, unsigned decimals, enum out_unit unit)
{
	if (ios)
		out_f64(o, key, label, (double)amount / ios, decimals, unit);
	else
		out_null(o, key, label);
}

static void emit_ns_per_io(struct out *o, const char *key, const char *label, uint64_t ns,
			   uint64_t ios)
{
	emit_per_io(o, key, label, ns, ios, 1, OUT_NS);
}

static void emit_or_null(struct out *o, const char *key, double value)
{
	if (value < 0)
		out_null(o, key, NULL);
	else
		out_f64(o, key, NULL, value, value == (int64_t)value ? 0 : 4, OUT_PLAIN);
}

static void emit_interrupts(struct out *o, const struct monitor *w, uint64_t ios)
{
	const bool device = w->irqs_of == IRQS_DEVICE;

	emit_per_io(o, "irqs_per_io",
		    w->irqs < 0 ? NULL
		    : device	? "device interrupts"
				: "interrupts on its CPUs",
		    w->irqs < 0 ? 0 : w->irqs, w->irqs < 0 ? 0 : ios, 4, OUT_PLAIN);
	out_str(o, "irqs_of", NULL, irqs_of_words[w->irqs_of]);
}

static void emit_cpu(struct out *o, const struct result *res)
{
	const struct monitor *w = &res->monitor;
	const struct usage *cpu = &res->cpu;
	uint64_t ios = res->total.ios, by_thread = cpu->no_threads ? 0 : ios;
	char cpus[ENV_TEXT];

	out_obj(o, "cpu", "CPU per I/O");
	emit_ns_per_io(o, "cpu_ns_per_io", "total", cpu->user_ns + cpu->system_ns, ios);
	emit_ns_per_io(o, "user_ns_per_io", "user", cpu->user_ns, ios);
	emit_ns_per_io(o, "system_ns_per_io", "system", cpu->system_ns, ios);
	emit_ns_per_io(o, "sq_thread_ns_per_io", job_sqpoll(&res->job) ? "SQ thread" : NULL,
		       cpu->sq_thread_ns, by_thread);
	emit_ns_per_io(o, "io_worker_ns_per_io", cpu->io_worker_ns ? "io workers" : NULL,
		       cpu->io_worker_ns, by_thread);
	emit_per_io(o, "context_switches_per_io", "context switches", cpu->switches, ios, 4,
		    OUT_PLAIN);
	emit_interrupts(o, w, ios);
	emit_ns_per_io(o, "verify_ns_per_io",
		       res->checksum_by && !res->job.verify_only ? "verifying" : NULL,
		       res->verify_ns, res->checksum_by && !res->job.verify_only ? ios : 0);
	emit_per_io(o, "enter_calls_per_io", "io_uring_enter() calls", res->enters, ios, 4,
		    OUT_PLAIN);
	emit_or_null(o, "steal_share", w->steal.share);
	cpu_set_text(&w->cpus_seen, cpus, sizeof(cpus));
	out_str(o, "cpus_seen", NULL, *cpus ? cpus : NULL);
	emit_or_null(o, "wait_share", w->threads.worker_wait_share);
	emit_or_null(o, "heat_throttled", w->throttle.heat);
	emit_or_null(o, "quota_throttled_periods", w->throttle.periods);
	out_end(o);
}

static void emit_result(struct out *o, const struct result *res)
{
	const char *rw = rw_words[res->job.rw];
	unsigned kinds = 0;

	out_obj(o, "result", "");
	out_f64(o, "elapsed_s", NULL, res->elapsed_ns / 1e9, 6, OUT_PLAIN);
	out_u64(o, "retries", NULL, res->retries, OUT_PLAIN);
	out_u64(o, "uncounted_ios", NULL, res->uncounted, OUT_PLAIN);
	out_obj(o, "censored",
		res->censored.n ? "I/Os that did not complete, their age so far" : NULL);
	out_u64(o, "ios", "in the latencies", res->censored.n, OUT_PLAIN);
	emit_ns(o, "from_ns", "from", res->censored.n ? (int64_t)res->censored.from : -1);
	out_end(o);
	out_f64(o, "in_flight", NULL, res->in_flight, 2, OUT_PLAIN);
	if (res->lat_resolution_ns < 0)
		out_null(o, "lat_resolution_ns", NULL);
	else
		out_f64(o, "lat_resolution_ns", NULL, res->lat_resolution_ns, 1, OUT_NS);
	out_f64(o, "clock_drift", NULL, res->monitor.clock_drift, 7, OUT_PLAIN);
	emit_stops(o, &res->monitor);
	for (unsigned k = 0; k < IO_KINDS; k++) {
		bool seen = res->kinds[k].ios + res->kinds[k].errors;

		kinds += seen && k != IO_SYNC;
		emit_summary(o, io_kind_names[k], seen ? io_kind_names[k] : NULL, &res->kinds[k]);
	}
	emit_summary(o, "total", kinds == 1 ? NULL : kinds ? "total" : rw, &res->total);
	emit_rate(o, res);
	emit_cpu(o, res);
	emit_sq_thread(o, res);
	emit_series(o, &res->series);
	out_end(o);
}

static void emit_fault(struct out *o, const char *name, const struct fault *f)
{
	const char *meaning = f->status	   ? nvme_status_meaning(f->status)
			      : f->res < 0 ? strerror(-f->res)
					   : NULL;

	out_row(o, name, f->n ? name : NULL);
	out_u64(o, "ios", "I/Os", f->n, OUT_PLAIN);
	if (f->n) {
		out_str(o, "first_kind", "the first", io_kind_names[f->kind]);
		out_u64(o, "first_offset", "at offset", f->offset, OUT_PLAIN);
		out_u64(o, "first_bytes", "of bytes", f->bytes, OUT_PLAIN);
	} else {
		out_null(o, "first_kind", NULL);
		out_null(o, "first_offset", NULL);
		out_null(o, "first_bytes", NULL);
	}
	emit_number(o, "nvme_status", NULL, f->status ? (int64_t)f->status : -1, OUT_PLAIN);
	out_str(o, "meaning", meaning ? "meaning" : NULL, meaning);
	out_end(o);
}

static void emit_errors(struct out *o, const struct io_errors *t)
{
	out_obj(o, "errors", io_errors_total(t) ? "Errors" : NULL);
	for (unsigned i = 0; i < t->n_seen; i++)
		emit_fault(o,
			   t->seen[i].status ? nvme_status_name(t->seen[i].status)
					     : errno_name(t->seen[i].res),
			   &t->seen[i]);
	emit_fault(o, "short", &t->cut);
	out_u64(o, "other", t->unnamed ? "other" : NULL, t->unnamed, OUT_PLAIN);
	out_end(o);
}

static void emit_warnings(struct out *o, const struct result *res)
{
	out_arr(o, "warnings", res->n_warnings ? "warning" : NULL);
	for (unsigned i = 0; i < res->n_warnings; i++) {
		out_str(o, NULL, "", res->warnings[i]);
		out_tone(o, TONE_WARN);
	}
	out_end(o);
}

static void emit_validity(struct out *o, const struct result *res)
{
	out_bool(o, "valid", "valid", res->valid);
	out_tone(o, res->valid ? TONE_GOOD : TONE_BAD);
	out_bool(o, "complete", "complete", res->complete);
	out_tone(o, res->complete ? TONE_GOOD : TONE_WARN);
	out_arr(o, "reasons", res->n_reasons ? "because" : NULL);
	for (unsigned i = 0; i < res->n_reasons; i++)
		out_str(o, NULL, "", res->reasons[i]);
	out_end(o);
	emit_warnings(o, res);
	emit_errors(o, &res->errors);
}

static void emit_bytes_found(struct out *o, const char *key, const char *label,
			     const struct verify_counts *f)
{
	out_row(o, key, label);
	out_u64(o, "verified_bytes", "verified", f->verified_bytes, OUT_BYTES);
	out_u64(o, "unwritten_bytes", "unwritten", f->unwritten_bytes, OUT_BYTES);
	out_u64(o, "mismatched_bytes", "mismatched", f->mismatched_bytes, OUT_BYTES);
	out_tone(o, f->mismatches ? TONE_BAD : TONE_NONE);
}

static void emit_if(struct out *o, const char *key, const char *label, bool known, uint64_t n)
{
	if (known)
		out_u64(o, key, label, n, OUT_BYTES);
	else
		out_null(o, key, NULL);
}

static void emit_verify_log(struct out *o, const struct result *res)
{
	const struct verify_counts *f = &res->pass.found;
	const bool read = res->job.verify_only;

	if (!res->job.verify_log) {
		out_null(o, "log", NULL);
		return;
	}
	out_obj(o, "log", "Log");
	out_u64(o, "records", "promises", res->log.records, OUT_PLAIN);
	out_u64(o, "skipped_records", res->log.skipped ? "damaged" : NULL, res->log.skipped,
		OUT_PLAIN);
	emit_if(o, "promised_bytes", "promised", read, res->log.promised_bytes);
	emit_if(o, "lost_flushed_bytes", "lost though flushed", read, f->lost_flushed_bytes);
	emit_if(o, "never_promised_bytes", "never promised", read, f->never_promised_bytes);
	emit_if(o, "newer_bytes", "newer than promised", read, f->newer_bytes);
	out_end(o);
}

static void emit_hex(struct out *o, const char *key, const char *label, const unsigned char *bytes,
		     unsigned n)
{
	_cleanup_str_ struct str s = { 0 };

	for (unsigned i = 0; i < n; i++)
		str_addf(&s, "%02x", bytes[i]);
	out_str(o, key, label, str_text(&s));
}

static void emit_mismatches(struct out *o, const struct verify_counts *f)
{
	for (unsigned i = 0; i < f->mismatches && i < VERIFY_MISMATCHES; i++) {
		const struct mismatch *m = &f->first[i];

		out_row(o, NULL, flaw_words[m->flaw]);
		out_u64(o, "offset", "block at", m->offset, OUT_PLAIN);
		out_str(o, "flaw", NULL, flaw_words[m->flaw]);
		out_u64(o, "byte_offset", "first byte at", m->byte, OUT_PLAIN);
		emit_hex(o, "expected", "expected", m->expected, m->n);
		emit_hex(o, "found", "found", m->found, m->n);
		out_end(o);
	}
}

static void emit_verify(struct out *o, const struct result *res)
{
	const struct pass *p = &res->pass;
	const bool reads = res->found.verified_bytes + res->found.unwritten_bytes +
			   res->found.mismatched_bytes;

	if (!res->checksum_by) {
		out_null(o, "verify", NULL);
		return;
	}
	out_obj(o, "verify", "Verify");
	if (res->verify_block)
		out_u64(o, "block_bytes", NULL, res->verify_block, OUT_PLAIN);
	else
		out_null(o, "block_bytes", NULL);
	out_str(o, "checksum_by", NULL, res->checksum_by);
	out_u64(o, "memory_bytes", res->verify_memory ? "memory for it" : NULL, res->verify_memory,
		OUT_BYTES);
	emit_bytes_found(o, "reads", reads ? "reads of the run" : NULL, &res->found);
	out_end(o);
	if (p->made) {
		emit_bytes_found(o, "pass", "read back", &p->found);
		out_f64(o, "elapsed_s", NULL, p->elapsed_ns / 1e9, 6, OUT_PLAIN);
		out_f64(o, "bw_bytes_per_s", "bandwidth", p->bw, 1, OUT_BYTES_PER_S);
		emit_ns_per_io(o, "verify_ns_per_io", "verifying, per I/O", p->verify_ns, p->ios);
		out_end(o);
	} else {
		out_null(o, "pass", NULL);
	}
	out_u64(o, "mismatches", "mismatches", result_mismatches(res), OUT_PLAIN);
	out_tone(o, result_mismatches(res) ? TONE_BAD : TONE_GOOD);
	out_arr(o, "first_mismatches", result_mismatches(res) ? "" : NULL);
	emit_mismatches(o, &res->found);
	emit_mismatches(o, &p->found);
	out_end(o);
	emit_verify_log(o, res);
	out_end(o);
}

void emit_bench(struct out *o, const struct result *res)
{
	_cleanup_str_ struct str headline = { 0 };

	bench_headline(&headline, &res->job, &res->target, NULL);
	str_add(&headline, "\n");
	out_block(o, str_text(&headline));
	emit_job(o, &res->job);
	emit_bench_target(o, &res->target);
	emit_result(o, res);
	emit_granted(o, "", &res->job, &res->target, &res->granted, res->lat_resolution_ns);
	emit_verify(o, res);
	emit_numa(o, res);
	emit_health(o, res);
	emit_environment(o, &res->monitor.environment);
	emit_validity(o, res);
}
