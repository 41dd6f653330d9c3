/* SPDX-License-Identifier: MIT */
#include "fio.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "bench/run/result.h"
#include "cmd/output/emit-host.h"
#include "cmd/output/out.h"
#include "emit-bench.h"
#include "probe/kernel/machine.h"
#include "probe/lib/base.h"
#include "version.h"

/* fio's histogram: exact below 128 ns, then 64 buckets per power of two, named by their middle. Each bucket
 * of struct hist lies within one of them. */
#define SUB_BITS 6
#define GROUPS	 29
#define BUCKETS	 (GROUPS << SUB_BITS)

#define DECIMALS 6
#define KIB	 1024

struct fio_hist {
	const struct hist *of;
	uint64_t bucket[BUCKETS];
};

static unsigned bucket_of(uint64_t ns)
{
	unsigned shift, i;

	if (ns < 2 << SUB_BITS)
		return ns;
	shift = 63 - __builtin_clzll(ns) - SUB_BITS;
	i = ((shift + 1) << SUB_BITS) + (ns >> shift & ((1 << SUB_BITS) - 1));
	return i < BUCKETS ? i : BUCKETS - 1;
}

static uint64_t name_of(unsigned i)
{
	unsigned shift;

	if (i < 2 << SUB_BITS)
		return i;
	shift = (i >> SUB_BITS) - 1;
	return ((uint64_t)((1 << SUB_BITS) + (i & ((1 << SUB_BITS) - 1))) << shift) +
	       (1ull << shift) / 2;
}

static void fill(struct fio_hist *h, const struct hist *of)
{
	*h = (struct fio_hist){ .of = of };
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		h->bucket[bucket_of(hist_floor(i))] += of->bucket[i];
}

static void num(struct out *o, const char *key, uint64_t value)
{
	out_u64(o, key, NULL, value, OUT_PLAIN);
}

static void real(struct out *o, const char *key, double value)
{
	out_f64(o, key, NULL, value, DECIMALS, OUT_PLAIN);
}

static void emit_percentiles(struct out *o, const struct fio_hist *h)
{
	static const struct {
		const char *key;
		double share;
	} rows[] = {
		{ "1.000000", .01 },	{ "5.000000", .05 },	{ "10.000000", .1 },
		{ "20.000000", .2 },	{ "30.000000", .3 },	{ "40.000000", .4 },
		{ "50.000000", .5 },	{ "60.000000", .6 },	{ "70.000000", .7 },
		{ "80.000000", .8 },	{ "90.000000", .9 },	{ "95.000000", .95 },
		{ "99.000000", .99 },	{ "99.500000", .995 },	{ "99.900000", .999 },
		{ "99.950000", .9995 }, { "99.990000", .9999 },
	};
	uint64_t below = h->bucket[0];
	unsigned at = 0;

	out_obj(o, "percentile", NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		while (at + 1 < BUCKETS && below < rows[i].share * h->of->count)
			below += h->bucket[++at];
		num(o, rows[i].key, name_of(at));
	}
	out_end(o);
}

static void emit_bins(struct out *o, const struct fio_hist *h)
{
	out_obj(o, "bins", NULL);
	for (unsigned i = 0; i < BUCKETS; i++) {
		char key[24];

		if (!h->bucket[i])
			continue;
		snprintf(key, sizeof(key), "%llu", (unsigned long long)name_of(i));
		num(o, key, h->bucket[i]);
	}
	out_end(o);
}

/* Without values there are neither percentiles nor bins: readers fail on empty ones. */
static void emit_latency(struct out *o, const char *key, const struct fio_hist *h)
{
	const struct hist *of = h ? h->of : NULL;

	out_obj(o, key, NULL);
	num(o, "min", of ? of->min : 0);
	num(o, "max", of ? of->max : 0);
	real(o, "mean", of ? hist_mean(of) : 0);
	real(o, "stddev", of ? hist_deviation(of) : 0);
	num(o, "N", of ? of->count : 0);
	if (of && of->count) {
		emit_percentiles(o, h);
		emit_bins(o, h);
	}
	out_end(o);
}

struct spread {
	double min, max, mean, dev;
	size_t n;
};

static void add_sample(struct spread *s, double v)
{
	double delta = v - s->mean;

	s->min = !s->n || v < s->min ? v : s->min;
	s->max = v > s->max ? v : s->max;
	s->n++;
	s->mean += delta / s->n;
	s->dev += delta * (v - s->mean);
}

/* Bandwidth (KiB/s) and IOPS of a kind of I/O in the spans of the series. */
static void spread_of(const struct series *s, unsigned kind, struct spread *bw, struct spread *iops)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct span *span = &s->spans[i];
		const struct flow *flow = &span->done.kinds[kind];
		double sec = (span->end_ns - span->begin_ns) / 1e9;

		if (!span_is_whole(s, i))
			continue;
		add_sample(bw, flow->bytes / sec / KIB);
		add_sample(iops, flow->ios / sec);
	}
	bw->dev = bw->n > 1 ? sqrt(bw->dev / (bw->n - 1)) : 0;
	iops->dev = iops->n > 1 ? sqrt(iops->dev / (iops->n - 1)) : 0;
}

static void emit_direction(struct out *o, const struct result *res, unsigned kind,
			   struct fio_hist *h)
{
	const struct summary *s = &res->kinds[kind];
	struct spread bw = { 0 }, iops = { 0 };
	bool seen = s->ios + s->errors > 0;

	fill(h, &s->lat);
	if (seen)
		spread_of(&res->series, kind, &bw, &iops);
	out_obj(o, io_kind_names[kind], NULL);
	num(o, "io_bytes", s->bytes);
	num(o, "io_kbytes", s->bytes / KIB);
	num(o, "bw_bytes", s->bw);
	num(o, "bw", s->bw / KIB);
	real(o, "iops", s->iops);
	num(o, "runtime", seen ? res->elapsed_ns / 1000000 : 0);
	num(o, "total_ios", s->ios);
	num(o, "short_ios", res->errors.short_by_kind[kind]);
	num(o, "drop_ios", 0);
	emit_latency(o, "slat_ns", NULL);
	emit_latency(o, "clat_ns", h);
	emit_latency(o, "lat_ns", h);
	num(o, "bw_min", bw.min);
	num(o, "bw_max", bw.max);
	real(o, "bw_agg", bw.n ? 100 : 0);
	real(o, "bw_mean", bw.mean);
	real(o, "bw_dev", bw.dev);
	num(o, "bw_samples", bw.n);
	num(o, "iops_min", iops.min);
	num(o, "iops_max", iops.max);
	real(o, "iops_mean", iops.mean);
	real(o, "iops_stddev", iops.dev);
	num(o, "iops_samples", iops.n);
	out_end(o);
}

/* The percentage of I/Os between each bound and the one before it. */
static void emit_shares(struct out *o, const struct hist *all, const char *key, uint64_t unit,
			bool last)
{
	static const unsigned bounds[] = { 2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000 };
	/* The list for milliseconds has more bounds. */
	unsigned n = last ? ARRAY_SIZE(bounds) : ARRAY_SIZE(bounds) - 1, at = 0;

	while (unit > 1 && at < HIST_BUCKETS && hist_floor(at) < unit)
		at++;
	out_obj(o, key, NULL);
	for (unsigned i = 0; i < n + last; i++) {
		uint64_t count = 0;
		char name[16];

		if (i < n)
			snprintf(name, sizeof(name), "%u", bounds[i]);
		else
			snprintf(name, sizeof(name), ">=%u", bounds[n - 1]);
		for (; at < HIST_BUCKETS && (i == n || hist_floor(at) < bounds[i] * unit); at++)
			count += all->bucket[at];
		real(o, name, all->count ? 100.0 * count / all->count : 0);
	}
	out_end(o);
}

/* Only the average depth is known. */
static void emit_depth(struct out *o, const struct result *res)
{
	static const char *const names[] = { "1", "2", "4", "8", "16", "32", ">=64" };
	long depth = lround(res->in_flight / res->job.numjobs);
	unsigned at = 0;

	while (at + 1 < ARRAY_SIZE(names) && depth >= 2l << at)
		at++;
	out_obj(o, "iodepth_level", NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		real(o, names[i], i == at ? 100 : 0);
	out_end(o);
}

static void say(struct out *o, const char *key, const char *text)
{
	if (text && *text)
		out_str(o, key, NULL, text);
}

static void say_number(struct out *o, const char *key, uint64_t v)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "%llu", (unsigned long long)v);
	if (v)
		out_str(o, key, NULL, str_text(&text));
}

static void say_size(struct out *o, const char *key, uint64_t bytes)
{
	_cleanup_str_ struct str text = { 0 };

	size_text(&text, bytes);
	if (bytes)
		out_str(o, key, NULL, str_text(&text));
}

static void say_time(struct out *o, const char *key, uint64_t ns)
{
	_cleanup_str_ struct str text = { 0 };

	time_text(&text, ns);
	if (ns)
		out_str(o, key, NULL, str_text(&text));
}

/* The options as fio would have been given them, all as strings. */
static void emit_options(struct out *o, const struct result *res)
{
	const struct job *j = &res->job;
	const bool mixed = j->rw == RW_RW || j->rw == RW_RANDRW;

	out_obj(o, "job options", NULL);
	say(o, "name", "uringtool");
	say(o, "filename", res->target.path);
	say(o, "ioengine", res->granted.engine == ENGINE_NVME ? "io_uring_cmd" : "io_uring");
	say(o, "rw", rw_words[j->rw]);
	if (mixed)
		say_number(o, "rwmixread", j->rwmixread);
	say(o, "bssplit", j->bssplit);
	say(o, "bsrange", j->bsrange);
	say_size(o, "bs", j->bs);
	say_number(o, "iodepth", j->iodepth);
	say_number(o, "iodepth_batch_submit", res->granted.batch_submit);
	say_number(o, "iodepth_batch_complete_min", j->batch_complete);
	say_number(o, "numjobs", j->numjobs);
	say(o, "cpus_allowed", j->cpus);
	say(o, "rate_iops", j->rate);
	say_size(o, "offset", j->offset);
	say_size(o, "size", res->target.size);
	say_size(o, "io_size", j->io_limit);
	say(o, "time_based", "1");
	say_time(o, "runtime", j->runtime);
	say_time(o, "ramp_time", j->ramp);
	say(o, "verify", j->verify ? verify_words[j->verify] : NULL);
	say_number(o, "fsync", j->fsync);
	say_number(o, "fdatasync", j->fdatasync);
	out_str(o, "direct", NULL, j->direct ? "1" : "0");
	if (job_sqpoll(j))
		say(o, "sqthread_poll", "1");
	if (j->sqpoll >= 0)
		say_number(o, "sqthread_poll_cpu", j->sqpoll);
	say_number(o, "hipri", j->iopoll);
	say_number(o, "fixedbufs", res->granted.fixed_bufs);
	say_number(o, "registerfiles", res->granted.fixed_files);
	say_number(o, "force_async", j->async);
	out_end(o);
}

/* fio has a single error code for everything wrong with a result, and readers check nothing else. */
static int error_of(const struct result *res)
{
	if (res->errors.failed)
		return -res->errors.seen[0].res;
	return res->valid && !io_errors_total(&res->errors) ? 0 : EIO;
}

static void emit_fio_job(struct out *o, const struct result *res, struct fio_hist *h)
{
	const struct usage *cpu = &res->cpu;
	double ran = (double)res->elapsed_ns * res->job.numjobs / 100;

	out_obj(o, NULL, NULL);
	out_str(o, "jobname", NULL, "uringtool");
	num(o, "groupid", 0);
	num(o, "error", error_of(res));
	num(o, "eta", 0);
	num(o, "elapsed", (res->job.ramp + res->elapsed_ns + 999999999) / 1000000000);
	emit_options(o, res);
	for (unsigned kind = 0; kind < IO_SYNC; kind++)
		emit_direction(o, res, kind, h);
	fill(h, &res->kinds[IO_SYNC].lat);
	out_obj(o, "sync", NULL);
	num(o, "total_ios", res->kinds[IO_SYNC].ios);
	emit_latency(o, "lat_ns", h);
	out_end(o);
	num(o, "job_runtime", res->elapsed_ns / 1000000 * res->job.numjobs);
	real(o, "usr_cpu", ran > 0 ? cpu->user_ns / ran : 0);
	real(o, "sys_cpu", ran > 0 ? cpu->system_ns / ran : 0);
	num(o, "ctx", cpu->switches);
	num(o, "majf", cpu->major_faults);
	num(o, "minf", cpu->minor_faults);
	emit_depth(o, res);
	emit_shares(o, &res->total.lat, "latency_ns", 1, false);
	emit_shares(o, &res->total.lat, "latency_us", 1000, false);
	emit_shares(o, &res->total.lat, "latency_ms", 1000000, true);
	out_end(o);
}

static void emit_time(struct out *o)
{
	struct timespec now;
	char text[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", localtime_r(&now.tv_sec, &tm));
	num(o, "timestamp", now.tv_sec);
	num(o, "timestamp_ms", now.tv_sec * 1000ull + now.tv_nsec / 1000000);
	out_str(o, "time", NULL, text);
}

int form_fio_check(const struct job *job, struct fail *f)
{
	if (job->rw != RW_NOP)
		return 0;
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "fio's JSON cannot represent nop, which is neither a read, a write nor a "
		       "trim; drop --format=fio");
}

int form_fio(struct str *to, const struct result *res)
{
	_cleanup_free_ struct fio_hist *h = calloc(1, sizeof(*h));
	struct out *o = out_new();
	struct machine here;
	int r = -ENOMEM;

	if (o && h) {
		out_str(o, "fio version", NULL, "uringtool-" UT_VERSION);
		emit_time(o);
		out_obj(o, "global options", NULL);
		out_end(o);
		out_arr(o, "jobs", NULL);
		emit_fio_job(o, res, h);
		out_end(o);
		out_arr(o, "disk_util", NULL);
		out_end(o);
		out_obj(o, "uringtool", NULL);
		out_str(o, "version", NULL, UT_VERSION);
		machine_here(&here);
		emit_host(o, &here);
		emit_bench(o, res);
		out_end(o);
		r = out_json(o, to);
	}
	out_free(o);
	return r;
}
