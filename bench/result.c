/* SPDX-License-Identifier: MIT */
#include "result.h"

#include <string.h>

#include "probe/base.h"
#include "probe/fact.h"

#define MIN_IOS 100

int64_t summary_percentile(const struct summary *s, double p)
{
	/* At least one I/O must lie beyond it. */
	if (!s->ios || s->ios * (1 - p) < 1)
		return -1;
	return hist_percentile(&s->lat, p);
}

static void reason(struct result *res, const char *fmt, ...) _printf_(2, 3);

static void reason(struct result *res, const char *fmt, ...)
{
	va_list ap;

	res->valid = false;
	if (res->n_reasons == RESULT_MAX_REASONS)
		return;
	va_start(ap, fmt);
	vsnprintf(res->reasons[res->n_reasons++], sizeof(res->reasons[0]), fmt, ap);
	va_end(ap);
}

static void add_trouble(struct trouble *to, const struct trouble *from)
{
	if ((from->failed || from->short_ios) && !to->failed && !to->short_ios) {
		to->first_res = from->first_res;
		to->first_offset = from->first_offset;
		to->first_write = from->first_write;
	}
	to->failed += from->failed;
	to->short_ios += from->short_ios;
	for (unsigned i = 0; i < DIRS; i++)
		to->by_direction[i] += from->by_direction[i];
	for (unsigned i = 0; i < MAX_ERRNO; i++)
		to->by_errno[i] += from->by_errno[i];
}

static void finish(struct summary *s, uint64_t elapsed_ns)
{
	s->ios = s->lat.count;
	s->iops = elapsed_ns ? s->ios * 1e9 / elapsed_ns : 0;
	s->bw = elapsed_ns ? s->bytes * 1e9 / elapsed_ns : 0;
}

static void judge(struct result *res, int worst)
{
	const struct trouble *t = &res->trouble;
	const char *what = t->first_write ? "write" : "read";

	res->valid = true;
	if (t->failed)
		reason(res, "%llu I/Os failed; the first, a %s at offset %llu, with %s",
		       (unsigned long long)t->failed, what, (unsigned long long)t->first_offset,
		       errno_name(t->first_res));
	if (t->short_ios)
		reason(res,
		       "%llu I/Os were short; the first, a %s at offset %llu, had %d of %llu "
		       "bytes: "
		       "was the target cut, or did the device go?",
		       (unsigned long long)t->short_ios, what, (unsigned long long)t->first_offset,
		       t->first_res, (unsigned long long)res->job.bs);
	if (worst)
		reason(res, "io_uring_enter: %s", strerror(-worst));
	if (res->total.ios < MIN_IOS)
		reason(res, "only %llu I/Os: too few to say anything of",
		       (unsigned long long)res->total.ios);
	if (res->job.iopoll && res->target.poll != ANSWER_YES)
		reason(res, "IOPOLL could not be shown to poll: %s", res->target.poll_why);
}

void result_sum(struct result *res, const struct worker *workers, unsigned n, bool interrupted,
		int worst)
{
	const bool nop = res->job.rw == RW_NOP;
	uint64_t first = UINT64_MAX, last = 0;

	res->setup_flags = n ? workers[0].ring.p.flags : 0;
	res->registered_ring = res->fixed_bufs = res->fixed_files = n > 0;
	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = &workers[i];

		res->setup_flags &= w->ring.p.flags;
		res->registered_ring &= !!w->enter_flags;
		res->fixed_bufs &= w->fixed_bufs;
		res->fixed_files &= w->fixed_files;
		res->retries += w->retries;
		add_trouble(&res->trouble, w->trouble);
		/* A NOP has no direction. */
		hist_merge(nop ? &res->total.lat : &res->read.lat, &w->tally[DIR_READ].lat);
		hist_merge(&res->write.lat, &w->tally[DIR_WRITE].lat);
		res->read.bytes += w->tally[DIR_READ].bytes;
		res->write.bytes += w->tally[DIR_WRITE].bytes;
		first = w->started_ns < first ? w->started_ns : first;
		last = w->ended_ns > last ? w->ended_ns : last;
	}
	res->elapsed_ns = last > first ? last - first : 0;
	hist_merge(&res->total.lat, &res->read.lat);
	hist_merge(&res->total.lat, &res->write.lat);
	res->total.bytes = res->read.bytes + res->write.bytes;
	finish(&res->read, res->elapsed_ns);
	finish(&res->write, res->elapsed_ns);
	finish(&res->total, res->elapsed_ns);
	res->read.errors = res->trouble.by_direction[DIR_READ];
	res->write.errors = res->trouble.by_direction[DIR_WRITE];
	res->total.errors = res->read.errors + res->write.errors;
	res->complete = !interrupted && !worst && !res->trouble.failed && !res->trouble.short_ios;
	judge(res, worst);
}
