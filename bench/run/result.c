/* SPDX-License-Identifier: MIT */
#include "result.h"

#include <math.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/fact.h"

/* Tolerance between latencies and I/Os in flight. */
#define LITTLE_TOLERANCE 0.1
#define STEAL_TOLERANCE	 0.05
#define STEAL_ROUNDING	 2 /* ticks: a short run has few */
#define DRIFT_TOLERANCE	 0.001
/* Threads that wait longer for a CPU cause a warning; if a submission thread also shares the CPU this often,
 * the result is not valid. */
#define WAIT_TOLERANCE	 0.05
#define SHARED_TOLERANCE 0.1
#define PAUSES_TOLERANCE 0.05
#define SHARED_TOO_OFTEN 0.5
#define MIN_LOOKS	 10
/* Differences in the number of I/Os with which those of the device are taken to be those of the run. */
#define SAME_IOS 0.05
/* By what share the kernel's mean time of a request may exceed the mean latency; and its longest timer tick. */
#define DEVICE_TOLERANCE 0.1
#define TICK_NS		 10000000
/* How late the next I/O of an open rate may be where the target has caught up: this share of the time, within
 * these bounds; and at the end, which may be in a stall. */
#define LAG_SHARE    100
#define LAG_LEAST_NS 20000000u
#define LAG_MOST_NS  100000000u
#define LAG_END_NS   1000000000u
/* Smaller rises of the lag are not judged: a thread that wakes late is as late. */
#define LAG_RISE_S 0.001
/* Minimum share of the data that the device must have moved. */
#define DEVICE_SHARE 0.5

void result_doubt(struct result *res, const char *fmt, ...)
{
	va_list ap;

	res->valid = false;
	if (res->n_reasons == RESULT_MAX_REASONS)
		return;
	va_start(ap, fmt);
	vsnprintf(res->reasons[res->n_reasons++], sizeof(res->reasons[0]), fmt, ap);
	va_end(ap);
}

void result_warn(struct result *res, const char *fmt, ...)
{
	va_list ap;

	if (res->n_warnings == RESULT_MAX_REASONS)
		return;
	va_start(ap, fmt);
	vsnprintf(res->warnings[res->n_warnings++], sizeof(res->warnings[0]), fmt, ap);
	va_end(ap);
}

static void finish(struct summary *s, uint64_t elapsed_ns)
{
	s->iops = elapsed_ns ? s->ios * 1e9 / elapsed_ns : 0;
	s->bw = elapsed_ns ? s->bytes * 1e9 / elapsed_ns : 0;
}

/* Pages that are not contiguous are separate segments; too many of them fail without an explanation. */
static void explain_segments(struct result *res, const struct fault *f)
{
	const uint64_t page = sysconf(_SC_PAGESIZE), most = res->target.nvme.max_segments;
	_cleanup_str_ struct str bytes = { 0 };

	if (f->res != -EINVAL || f->kind == IO_TRIM || !most ||
	    (f->bytes + page - 1) / page <= most)
		return;
	size_text(&bytes, most * page);
	result_doubt(res,
		     "a command of more than %llu pages may need more segments than the drive "
		     "takes (max_segments): ask for a bs of at most %s%s",
		     (unsigned long long)most, str_text(&bytes),
		     res->job.hugepages ? "" : ", or for --hugepages");
}

static void judge_errors(struct result *res)
{
	const struct fault *first = &res->errors.seen[0], *cut = &res->errors.cut;
	char with[100];

	if (res->errors.failed) {
		fault_text(first, with, sizeof(with));
		result_doubt(res, "%llu I/Os failed; the first, a %s at offset %llu, with %s",
			     (unsigned long long)res->errors.failed, io_kind_names[first->kind],
			     (unsigned long long)first->offset, with);
		explain_segments(res, first);
	}
	if (cut->n)
		result_doubt(res,
			     "%llu I/Os were short; the first, a %s at offset %llu, had %d of %u "
			     "bytes%s",
			     (unsigned long long)cut->n, io_kind_names[cut->kind],
			     (unsigned long long)cut->offset, cut->res, cut->bytes,
			     res->gone ? "" : ": was the target cut, or did the device go?");
	if (res->gone)
		result_doubt(res, "the device %s is gone", res->target.device.disk);
}

/* Little's law: in flight = throughput x latency. If it does not hold, one of the three is wrong. */
static void judge_little(struct result *res, const struct worker *workers, unsigned n)
{
	double seen = 0, told = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = &workers[i];

		if (w->ended_ns <= w->started_ns)
			continue;
		seen += w->in_flight;
		told += w->lat_area_ns / (w->ended_ns - w->started_ns);
	}
	if (res->rate.per_s || !res->total.lat.count)
		return;
	if (fabs(told - seen) > LITTLE_TOLERANCE * seen + 0.5)
		result_doubt(res, "latency x IOPS says %.1f I/Os in flight, but there were %.1f",
			     told, seen);
}

/* The block layer does not count passthrough, so the drive's counters are used. */
static bool drive_io(const struct monitor *w, bool reads, bool writes, uint64_t *ios,
		     uint64_t *bytes)
{
	const struct health_smart *a = &w->before.smart, *b = &w->after.smart;
	uint64_t units = 0;

	if (!w->before.has_smart || !w->after.has_smart)
		return false;
	*ios = 0;
	if (reads) {
		*ios += b->host_reads - a->host_reads;
		units += b->data_units_read - a->data_units_read;
	}
	if (writes) {
		*ios += b->host_writes - a->host_writes;
		units += b->data_units_written - a->data_units_written;
	}
	*bytes = units * SMART_UNIT_BYTES;
	return true;
}

struct counted {
	uint64_t requests, merged, bytes, ms;
};

/* What the kernel counted on the device in the direction of the job. */
static bool count_device(const struct result *res, struct counted *c)
{
	const struct monitor *w = &res->monitor;
	const struct health_io *a = &w->before.io, *b = &w->after.io;
	const bool trims = job_trims(&res->job), writes = job_writes(&res->job);

	*c = (struct counted){ 0 };
	if (!w->has_health || !w->before.has_io || !w->after.has_io || res->target.nvme.nsid)
		return false;
	if (job_reads(&res->job)) {
		c->requests += b->reads - a->reads;
		c->merged += b->reads_merged - a->reads_merged;
		c->bytes += b->read_bytes - a->read_bytes;
		c->ms += b->read_ms - a->read_ms;
	}
	if (writes && !trims) {
		c->requests += b->writes - a->writes;
		c->merged += b->writes_merged - a->writes_merged;
		c->bytes += b->write_bytes - a->write_bytes;
		c->ms += b->write_ms - a->write_ms;
	}
	if (trims) {
		c->requests += b->discards - a->discards;
		c->merged += b->discards_merged - a->discards_merged;
		c->bytes += b->discard_bytes - a->discard_bytes;
		c->ms += b->discard_ms - a->discard_ms;
	}
	return true;
}

bool result_device_io(const struct result *res, uint64_t *ios, uint64_t *bytes)
{
	struct counted c;

	if (res->target.nvme.nsid)
		return !job_trims(&res->job) && res->monitor.has_health &&
		       drive_io(&res->monitor, job_reads(&res->job), job_writes(&res->job), ios,
				bytes);
	if (!count_device(res, &c))
		return false;
	*ios = c.requests + c.merged;
	*bytes = c.bytes;
	return true;
}

/* Direct I/O that does not reach the device was handled elsewhere: a hole of a sparse file, or a cache
 * below. Not every driver counts I/O; one that never did is ignored. */
static void judge_device_io(struct result *res)
{
	const struct health_io *a = &res->monitor.before.io;
	uint64_t ios, bytes;

	if (!res->job.direct || job_trims(&res->job) || res->target.nvme.nsid ||
	    res->target.device.iostats != 1 || res->target.device.dax == 1 ||
	    !result_device_io(res, &ios, &bytes) || !(a->reads + a->writes))
		return;
	if (bytes < DEVICE_SHARE * res->total.bytes)
		result_doubt(
			res,
			"direct I/O moved %llu bytes, of which the device saw no more than %llu: "
			"was that part of the target never written, or is there a cache?",
			(unsigned long long)res->total.bytes, (unsigned long long)bytes);
}

/* Each of the run's I/Os is one request of the device, nothing else uses it, and nearly all are counted here. */
static bool same_ios(const struct result *res, const struct counted *c)
{
	const double issued = res->issued;

	return res->job.direct && fabs(c->requests - issued) <= SAME_IOS * issued &&
	       c->merged <= SAME_IOS * issued && res->total.lat.count >= (1 - SAME_IOS) * issued;
}

/* Mean latency from submission. */
static double mean_here(const struct result *res)
{
	return hist_mean(res->service.count ? &res->service : &res->total.lat);
}

void result_device_time(const struct result *res, struct device_time *t)
{
	const struct health *a = &res->monitor.before, *b = &res->monitor.after;
	struct counted c;

	*t = (struct device_time){ -1, -1, -1, 0 };
	if (!count_device(res, &c) || res->target.device.iostats != 1)
		return;
	if (b->read_at_ns > a->read_at_ns)
		t->util = fmin(
			1e6 * (b->io.busy_ms - a->io.busy_ms) / (b->read_at_ns - a->read_at_ns), 1);
	if (!c.requests)
		return;
	t->mean_ns = c.ms * 1e6 / c.requests;
	/* The sums are cut to milliseconds; drivers without request queues count in ticks of the timer. */
	t->error_ns = 2e6 / c.requests + TICK_NS / sqrt(c.requests);
	if (same_ios(res, &c))
		t->share = t->mean_ns / mean_here(res);
}

/* Little's law compares stamps with themselves. The kernel has its own: a request cannot have been in the
 * device for longer than its I/O took here. */
static void judge_device_time(struct result *res)
{
	struct device_time t;

	result_device_time(res, &t);
	if (!res->target.block || t.share < 0 ||
	    t.mean_ns <= mean_here(res) * (1 + DEVICE_TOLERANCE) + t.error_ns)
		return;
	result_doubt(res,
		     "by the kernel's account requests were in the device for %.1f us on average, "
		     "longer than the %.1f us that were measured here",
		     t.mean_ns / 1e3, mean_here(res) / 1e3);
}

/* Nothing but the device completes a discard. The block layer counts it for each device with hardware
 * queues; a driver without, such as md, may not. */
static void judge_device_trims(struct result *res)
{
	const struct target *t = &res->target;
	struct io_sizes sizes;
	uint64_t ios, bytes;

	if (!job_trims(&res->job))
		return;
	if (t->trim == TRIM_DISCARD && t->device.iostats == 1 &&
	    result_device_io(res, &ios, &bytes) && (ios || t->device.hw_queues > 0) &&
	    bytes < res->total.bytes)
		result_doubt(
			res,
			"%llu bytes were trimmed, of which the device counted no more than %llu "
			"as discarded",
			(unsigned long long)res->total.bytes, (unsigned long long)bytes);
	io_parse(&res->job, &sizes, NULL, NULL, NULL);
	if (t->discard_unit && (sizes.min % t->discard_unit || t->base % t->discard_unit))
		result_warn(
			res,
			"blocks or their offsets are no multiples of the discard granularity (%llu "
			"bytes): the device may keep what is left over",
			(unsigned long long)t->discard_unit);
}

static void judge_health(struct result *res)
{
	const struct monitor *w = &res->monitor;
	const struct health_smart *a = &w->before.smart, *b = &w->after.smart;

	if (!w->has_health)
		return;
	judge_device_io(res);
	judge_device_time(res);
	judge_device_trims(res);
	if (!w->before.has_smart || !w->after.has_smart)
		return;
	if (b->media_errors > a->media_errors)
		result_doubt(res, "the drive counted %llu media errors during the run",
			     (unsigned long long)(b->media_errors - a->media_errors));
	if (b->throttle1_count > a->throttle1_count || b->throttle2_count > a->throttle2_count ||
	    b->throttle1_s > a->throttle1_s || b->throttle2_s > a->throttle2_s ||
	    b->warning_minutes > a->warning_minutes || b->critical_minutes > a->critical_minutes)
		result_doubt(
			res,
			"the drive slowed itself down, or ran above its limits, because of its "
			"temperature (%.0f C)",
			w->after.temperature_c);
	/* A warning that existed before, and is not about temperature, is unrelated to this run. */
	if (b->critical_warning & SMART_WARNS_HEAT || b->critical_warning & ~a->critical_warning)
		result_doubt(res, "the drive gives a critical warning, 0x%llx",
			     (unsigned long long)b->critical_warning);
	else if (b->critical_warning)
		result_warn(res, "the drive gives a critical warning, 0x%llx",
			    (unsigned long long)b->critical_warning);
}

static void judge_threads(struct result *res)
{
	const struct sq_seen *t = &res->monitor.threads;
	const double shared = t->looks.all ? (double)t->looks.shared / t->looks.all : 0;
	const bool enough = t->looks.all >= MIN_LOOKS;

	if (enough && shared > SHARED_TOO_OFTEN && t->wait_share > SHARED_TOLERANCE) {
		result_doubt(
			res,
			"in %.0f %% of %u samples a submission thread was on the CPU of a job, "
			"and it "
			"waited for a CPU %.0f %% of the time",
			100 * shared, t->looks.all, 100 * t->wait_share);
	} else {
		if (enough && shared > SHARED_TOLERANCE)
			result_warn(res,
				    "in %.0f %% of %u samples a submission thread was on the CPU "
				    "of a job",
				    100 * shared, t->looks.all);
		if (t->wait_share > WAIT_TOLERANCE)
			result_warn(res,
				    "the submission thread waited for a CPU %.0f %% of the time",
				    100 * t->wait_share);
	}
	if (t->worker_wait_share > WAIT_TOLERANCE)
		result_warn(res, "the jobs waited for a CPU %.0f %% of the time",
			    100 * t->worker_wait_share);
}

static void judge_stops(struct result *res)
{
	const struct stops *s = &res->monitor.stops;

	if (s->n)
		result_doubt(
			res,
			"the run was stopped for %.2f s in all, %.2f s at the longest: neither it "
			"nor a job ran (SIGSTOP, a frozen cgroup, a paused virtual machine?)",
			s->total_ns / 1e9, s->longest_ns / 1e9);
	if (s->pauses_ns > PAUSES_TOLERANCE * res->elapsed_ns)
		result_warn(res,
			    "the run was stopped for %.0f %% of the time, each time briefly "
			    "(cpulimit, a busy host of this virtual machine?)",
			    100. * s->pauses_ns / res->elapsed_ns);
	if (res->monitor.suspended_ns)
		result_doubt(res, "the machine was suspended for %.2f s",
			     res->monitor.suspended_ns / 1e9);
}

static void judge_machine(struct result *res)
{
	const struct monitor *w = &res->monitor;

	if (w->steal.share > STEAL_TOLERANCE && w->steal.ticks > STEAL_ROUNDING)
		result_doubt(res,
			     "the hypervisor took %.0f %% of the time of the CPUs that the run was "
			     "on",
			     100 * w->steal.share);
	if (w->throttle.heat > 0)
		result_doubt(res,
			     "the CPUs were slowed down because of their temperature, %lld times",
			     (long long)w->throttle.heat);
	if (w->throttle.periods > 0)
		result_doubt(res, "the cgroup had used up its CPU quota in %lld periods (cpu.max)",
			     (long long)w->throttle.periods);
	if (fabs(w->clock_drift) > DRIFT_TOLERANCE)
		result_doubt(res,
			     "the clock that stamps latencies (%s) drifted by %.2f %% against "
			     "CLOCK_MONOTONIC",
			     res->granted.clock, 100 * w->clock_drift);
}

static void judge(struct result *res, const struct worker *workers, unsigned n,
		  const struct ending *ending)
{
	uint64_t overflows = 0, left = 0;

	for (unsigned i = 0; i < n; i++) {
		overflows += workers[i].overflows;
		left += workers[i].left;
	}
	res->valid = true;
	judge_errors(res);
	if (ending->hung_ns)
		result_doubt(
			res,
			"nothing completed for %.1f s; %llu I/Os still in flight were given up",
			ending->hung_ns / 1e9, (unsigned long long)left);
	if (ending->err)
		result_doubt(res, "io_uring_enter: %s", strerror(-ending->err));
	if (overflows)
		result_doubt(res, "the CQ overflowed: completions waited unseen");
	if (res->job.iopoll && res->target.poll != ANSWER_YES)
		result_doubt(res, "IOPOLL could not be shown to poll: %s", res->target.poll_why);
	/* The speed of a pass does not matter. */
	if (res->job.verify_only)
		return;
	if (res->total.ios < RESULT_MIN_IOS)
		result_doubt(res, "only %llu I/Os: too few for a result",
			     (unsigned long long)res->total.ios);
	judge_stops(res);
	judge_machine(res);
	judge_threads(res);
	judge_health(res);
	judge_little(res, workers, n);
}

/* A target keeps up with a rate if it caught up in the last quarter, is not far behind at the end, and does not
 * fall further behind. */
static void judge_rate(struct result *res)
{
	uint64_t most = res->elapsed_ns / LAG_SHARE, floor = res->lag_ns;

	most = most < LAG_LEAST_NS ? LAG_LEAST_NS : most > LAG_MOST_NS ? LAG_MOST_NS : most;
	if (res->lag_growth.known && res->lag_growth.floor * 1e9 < floor)
		floor = res->lag_growth.floor * 1e9;
	res->sustained = floor <= most && res->lag_ns <= LAG_END_NS &&
			 !growth_is_sure(&res->lag_growth, LAG_RISE_S);
}

void result_sum(struct result *res, const struct worker *workers, unsigned n,
		const struct ending *ending)
{
	uint64_t first = UINT64_MAX, last = 0;

	res->granted.setup_flags = n ? workers[0].wr.ring.p.flags : 0;
	res->lat_resolution_ns = -1;
	res->granted.registered_ring = res->granted.fixed_bufs = res->granted.fixed_files =
		res->granted.huge = n > 0;
	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = &workers[i];

		/* All rings except the first have ATTACH_WQ. */
		res->granted.setup_flags = (res->granted.setup_flags & w->wr.ring.p.flags) |
					   (w->wr.ring.p.flags & SETUP_ATTACH_WQ);
		res->granted.registered_ring &= !!w->wr.enter_flags;
		res->granted.fixed_bufs &= w->wr.fixed_bufs;
		res->granted.fixed_files &= w->wr.fixed_files;
		res->granted.huge &= w->wr.huge;
		censored_add(&res->censored, w->censored.n, w->censored.from);
		res->retries += w->retries;
		res->uncounted += w->uncounted;
		res->backlog += w->backlog;
		if (w->lag_ns > res->lag_ns)
			res->lag_ns = w->lag_ns;
		res->in_flight += w->in_flight;
		res->verify_ns += w->verify_ns;
		io_errors_merge(&res->errors, w->errors);
		verify_counts_merge(&res->found, w->findings);
		res->enters += w->enters;
		res->issued += w->issued;
		if (w->late_ns > res->lat_resolution_ns)
			res->lat_resolution_ns = w->late_ns;
		for (unsigned k = 0; k < IO_KINDS; k++) {
			/* A NOP has no direction. */
			struct summary *s = res->job.rw == RW_NOP ? &res->total : &res->kinds[k];

			hist_merge(&s->lat, &w->tally[k].lat);
			hist_merge(&res->services[k], &w->service[k]);
			s->ios += w->tally[k].ios;
			s->bytes += w->tally[k].bytes;
		}
		first = w->started_ns < first ? w->started_ns : first;
		last = w->ended_ns > last ? w->ended_ns : last;
	}
	res->elapsed_ns = last > first ? last - first : 0;
	for (unsigned k = 0; k < IO_KINDS; k++) {
		res->kinds[k].errors = res->errors.by_kind[k];
		res->kinds[k].short_ios = res->errors.short_by_kind[k];
		res->total.short_ios += res->errors.short_by_kind[k];
		res->total.errors += res->errors.by_kind[k];
		if (k == IO_SYNC) {
			finish(&res->kinds[k], res->elapsed_ns);
			continue;
		}
		hist_merge(&res->total.lat, &res->kinds[k].lat);
		hist_merge(&res->service, &res->services[k]);
		res->total.ios += res->kinds[k].ios;
		res->total.bytes += res->kinds[k].bytes;
		finish(&res->kinds[k], res->elapsed_ns);
	}
	finish(&res->total, res->elapsed_ns);
	judge_rate(res);
	res->gone = ending->gone;
	res->complete = !ending->interrupted && !ending->err && !ending->hung_ns && !ending->gone &&
			!res->errors.empty && io_errors_total(&res->errors) <= res->job.max_errors;
	judge(res, workers, n, ending);
}

void result_take_pass(struct result *res, const struct result *pass)
{
	res->pass = (struct pass){
		.made = true,
		.bytes = pass->target.size,
		.elapsed_ns = pass->elapsed_ns,
		.ios = pass->total.ios,
		.bw = pass->total.bw,
		.found = pass->found,
		.verify_ns = pass->verify_ns,
	};
	if (pass == res) {
		res->found = (struct verify_counts){ 0 };
		res->verify_ns = 0;
		return;
	}
	io_errors_merge(&res->errors, &pass->errors);
	for (unsigned i = 0; i < pass->n_reasons; i++)
		result_doubt(res, "reading back: %s", pass->reasons[i]);
	res->complete &= pass->complete;
}

void result_judge_data(struct result *res)
{
	const struct verify_counts *f = res->found.mismatches ? &res->found : &res->pass.found;
	const struct verify_counts *p = &res->pass.found;
	uint64_t seen = p->verified_bytes + p->unwritten_bytes + p->mismatched_bytes +
			p->never_promised_bytes;

	if (f->mismatches)
		result_doubt(
			res, "%llu blocks are not what was written; the first, at offset %llu, %s",
			(unsigned long long)result_mismatches(res),
			(unsigned long long)f->first[0].offset, flaw_phrases[f->first[0].flaw]);
	if (res->log.outside)
		result_doubt(res,
			     "the log has %llu promises for blocks outside of what was read: was "
			     "it less than the run wrote, or has the target shrunk?",
			     (unsigned long long)res->log.outside);
	if (res->job.verify_only && !res->job.verify_log)
		result_warn(res, "without --verify-log it is not known which blocks were flushed: "
				 "lost writes count as unwritten, and older blocks as verified");
	if (!res->complete)
		return;
	if (res->pass.made && seen != res->pass.bytes)
		result_doubt(res, "%lld of %llu bytes could not be read back",
			     (long long)(res->pass.bytes - seen),
			     (unsigned long long)res->pass.bytes);
	else if (!result_mismatches(res) && !p->verified_bytes && !res->found.verified_bytes)
		result_doubt(
			res,
			"nothing was verified: no block that was read had been written by a run "
			"with --verify");
}

void result_free(struct result *res)
{
	free(res->series.spans);
	res->series = (struct series){ 0 };
}
