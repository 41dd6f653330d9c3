/* SPDX-License-Identifier: MIT */
#include "result.h"

#include <math.h>
#include <string.h>

#include "probe/base.h"
#include "probe/fact.h"

#define MIN_IOS 100
/* Latencies and I/Os in flight must tell the same story. */
#define LITTLE_TOLERANCE 0.1
#define STEAL_TOLERANCE	 0.05

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

static void finish(struct summary *s, uint64_t elapsed_ns)
{
	s->iops = elapsed_ns ? s->ios * 1e9 / elapsed_ns : 0;
	s->bw = elapsed_ns ? s->bytes * 1e9 / elapsed_ns : 0;
}

static void judge_trouble(struct result *res)
{
	const struct fault *first = &res->trouble.seen[0], *cut = &res->trouble.cut;

	if (res->trouble.failed)
		result_doubt(res, "%llu I/Os failed; the first, a %s at offset %llu, with %s",
			     (unsigned long long)res->trouble.failed, io_kind_names[first->kind],
			     (unsigned long long)first->offset, errno_name(first->res));
	if (cut->n)
		result_doubt(
			res,
			"%llu I/Os were short; the first, a %s at offset %llu, had %d of %u bytes: "
			"was the target cut, or did the device go?",
			(unsigned long long)cut->n, io_kind_names[cut->kind],
			(unsigned long long)cut->offset, cut->res, cut->bytes);
}

/* Little's law: in flight = throughput x latency. Where it fails, one of the three is wrong. */
static void judge_little(struct result *res, const struct worker *workers, unsigned n)
{
	double seen = 0, told = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = &workers[i];

		if (w->ended_ns <= w->started_ns)
			continue;
		seen += w->in_flight;
		told += w->edge_ns / (w->ended_ns - w->started_ns);
		for (unsigned k = 0; k < IO_KINDS; k++)
			told += w->tally[k].lat.sum / (double)(w->ended_ns - w->started_ns);
	}
	if (res->rate.per_s || !res->total.lat.count)
		return;
	if (fabs(told - seen) > LITTLE_TOLERANCE * seen + 0.5)
		result_doubt(res, "latency x IOPS says %.1f I/Os in flight, but there were %.1f",
			     told, seen);
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
	judge_trouble(res);
	if (ending->hung_ns)
		result_doubt(res,
			     "nothing completed for %.1f s; %llu I/Os were in flight and given up",
			     ending->hung_ns / 1e9, (unsigned long long)left);
	if (ending->err)
		result_doubt(res, "io_uring_enter: %s", strerror(-ending->err));
	if (overflows)
		result_doubt(res, "the CQ overflowed: completions waited unseen");
	if (res->job.iopoll && res->target.poll != ANSWER_YES)
		result_doubt(res, "IOPOLL could not be shown to poll: %s", res->target.poll_why);
	/* How fast a pass is, is not the question. */
	if (res->job.verify_only)
		return;
	if (res->total.ios < MIN_IOS)
		result_doubt(res, "only %llu I/Os: too few to say anything of",
			     (unsigned long long)res->total.ios);
	if (res->cpu.steal_share > STEAL_TOLERANCE)
		result_doubt(res, "the hypervisor took %.0f %% of the CPU time away",
			     100 * res->cpu.steal_share);
	judge_little(res, workers, n);
}

void result_sum(struct result *res, const struct worker *workers, unsigned n,
		const struct ending *ending)
{
	uint64_t first = UINT64_MAX, last = 0;

	res->setup_flags = n ? workers[0].rig.ring.p.flags : 0;
	res->registered_ring = res->fixed_bufs = res->fixed_files = res->huge = n > 0;
	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = &workers[i];

		/* ATTACH_WQ is what all but the first have. */
		res->setup_flags = (res->setup_flags & w->rig.ring.p.flags) |
				   (w->rig.ring.p.flags & SETUP_ATTACH_WQ);
		res->registered_ring &= !!w->rig.enter_flags;
		res->fixed_bufs &= w->rig.fixed_bufs;
		res->fixed_files &= w->rig.fixed_files;
		res->huge &= w->rig.huge;
		res->retries += w->retries;
		res->backlog += w->backlog;
		res->in_flight += w->in_flight;
		res->verify_ns += w->verify_ns;
		trouble_merge(&res->trouble, w->trouble);
		findings_merge(&res->found, w->findings);
		hist_merge(&res->service, w->service);
		for (unsigned k = 0; k < IO_KINDS; k++) {
			/* A NOP has no direction. */
			struct summary *s = res->job.rw == RW_NOP ? &res->total : &res->kinds[k];

			hist_merge(&s->lat, &w->tally[k].lat);
			s->ios += w->tally[k].ios;
			s->bytes += w->tally[k].bytes;
		}
		first = w->started_ns < first ? w->started_ns : first;
		last = w->ended_ns > last ? w->ended_ns : last;
	}
	res->elapsed_ns = last > first ? last - first : 0;
	for (unsigned k = 0; k < IO_KINDS; k++) {
		res->kinds[k].errors = res->trouble.by_kind[k];
		res->total.errors += res->trouble.by_kind[k];
		if (k == IO_SYNC) {
			finish(&res->kinds[k], res->elapsed_ns);
			continue;
		}
		hist_merge(&res->total.lat, &res->kinds[k].lat);
		res->total.ios += res->kinds[k].ios;
		res->total.bytes += res->kinds[k].bytes;
		finish(&res->kinds[k], res->elapsed_ns);
	}
	finish(&res->total, res->elapsed_ns);
	res->sustained = res->backlog <= res->job.iodepth + res->total.ios / 100;
	res->complete = !ending->interrupted && !ending->err && !ending->hung_ns &&
			trouble_ios(&res->trouble) <= res->job.max_errors;
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
		res->found = (struct findings){ 0 };
		res->verify_ns = 0;
		return;
	}
	trouble_merge(&res->trouble, &pass->trouble);
	for (unsigned i = 0; i < pass->n_reasons; i++)
		result_doubt(res, "reading back: %s", pass->reasons[i]);
	res->complete &= pass->complete;
}

void result_judge_data(struct result *res)
{
	const struct findings *f = res->found.mismatches ? &res->found : &res->pass.found;
	const struct findings *p = &res->pass.found;
	uint64_t seen = p->verified_bytes + p->unwritten_bytes + p->mismatched_bytes;

	if (f->mismatches)
		result_doubt(
			res, "%llu blocks are not what was written; the first, at offset %llu, %s",
			(unsigned long long)result_mismatches(res),
			(unsigned long long)f->first[0].offset, flaw_phrases[f->first[0].flaw]);
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
