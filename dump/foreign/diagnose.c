/* SPDX-License-Identifier: MIT */
#include "diagnose.h"

#include <string.h>

#include "probe/lib/base.h"

#define SPIN_SHARE 0.8

const char *const finding_names[PROBLEMS] = {
	[FINDING_CQ_NOT_REAPED] = "cq_not_reaped",
	[FINDING_NOT_SUBMITTED] = "not_submitted",
	[FINDING_SQ_THREAD_ASLEEP] = "sq_thread_asleep",
	[FINDING_SQ_THREAD_SPINS] = "sq_thread_spins",
	[FINDING_OVERFLOW_NOT_FLUSHED] = "overflow_not_flushed",
	[FINDING_TASK_WORK_WAITS] = "task_work_waits",
	[FINDING_STUCK_ON_ONE_FD] = "stuck_on_one_fd",
	[FINDING_ENTRIES_DROPPED] = "entries_dropped",
	[FINDING_CQES_LOST] = "cqes_lost",
	[FINDING_NONSENSE] = "nonsense",
};

/* What all samples have in common. */
struct still {
	bool sq_head, sq_tail, cq_head, cq_tail; /* did not move */
	bool pending, unreaped;			 /* was never empty */
	bool nonsense;				 /* was never possible */
	uint32_t flags;				 /* of sq_flags, set each time */
};

static struct still common(const struct evidence *e)
{
	const struct ring_state *first = &e->looks[0].state;
	struct still all = { true, true, true, true, true, true, true, UINT32_MAX };

	for (unsigned i = 0; i < e->n; i++) {
		const struct ring_state *s = &e->looks[i].state;

		all.sq_head &= s->sq_head == first->sq_head;
		all.sq_tail &= s->sq_tail == first->sq_tail;
		all.cq_head &= s->cq_head == first->cq_head;
		all.cq_tail &= s->cq_tail == first->cq_tail;
		all.pending &= s->sq_tail != s->sq_head;
		all.unreaped &= s->cq_tail != s->cq_head;
		all.nonsense &= s->sq_tail - s->sq_head > s->sq_entries ||
				s->cq_tail - s->cq_head > s->cq_entries;
		all.flags &= e->looks[i].has_flags ? s->sq_flags : 0;
	}
	return all;
}

struct findings {
	struct problem *out;
	unsigned n;
};

static _printf_(4, 5) void found(struct findings *f, enum finding_id id, const char *fix,
				 const char *what, ...)
{
	struct problem *to = &f->out[f->n++];
	va_list ap;

	*to = (struct problem){ .id = id };
	va_start(ap, what);
	vsnprintf(to->what, sizeof(to->what), what, ap);
	va_end(ap);
	snprintf(to->fix, sizeof(to->fix), "%s", fix);
}

static void look_at_sq(const struct evidence *e, const struct still *all, unsigned ms,
		       struct findings *f)
{
	uint32_t pending = ring_pending(&e->looks[e->n - 1].state);

	if (!all->pending || !all->sq_head)
		return;
	if (all->flags & SQ_NEED_WAKEUP)
		found(f, FINDING_SQ_THREAD_ASLEEP,
		      "after the store of the tail the application needs a full barrier, then a "
		      "look at sq_flags, and with NEED_WAKEUP "
		      "io_uring_enter(IORING_ENTER_SQ_WAKEUP)",
		      "the SQ thread sleeps, and %u submissions have waited for %u ms: nobody "
		      "wakes "
		      "it",
		      pending, ms);
	else if (!e->sqpoll && all->sq_tail)
		found(f, FINDING_NOT_SUBMITTED, "the application needs io_uring_enter() to submit",
		      "submissions are ready (%u), and none was submitted in %u ms", pending, ms);
}

static void look_at_cq(const struct evidence *e, const struct still *all, unsigned ms,
		       struct findings *f)
{
	const struct ring_state *s = &e->looks[e->n - 1].state;
	uint32_t unreaped = ring_unreaped(s);
	bool full = unreaped == s->cq_entries;

	if (all->unreaped && all->cq_head)
		found(f, FINDING_CQ_NOT_REAPED,
		      "the application does not look at its CQ: it waits elsewhere, or has stopped",
		      "completions wait in the CQ (%u%s), and none was taken in %u ms", unreaped,
		      full ? ": it is full" : "", ms);
	if (all->flags & SQ_CQ_OVERFLOW && all->cq_head)
		found(f, FINDING_OVERFLOW_NOT_FLUSHED,
		      full ? "the application must take completions; a larger CQ (CQSIZE) helps"
			   : "the CQ has room: io_uring_enter(IORING_ENTER_GETEVENTS) brings them",
		      "completions that did not fit into the CQ have waited for %u ms", ms);
	if (all->flags & SQ_TASKRUN && all->cq_tail)
		found(f, FINDING_TASK_WORK_WAITS,
		      "the application must enter the kernel, for instance with "
		      "IORING_ENTER_GETEVENTS",
		      "completions are ready in the kernel and have waited for %u ms until the "
		      "application asks for them",
		      ms);
}

static void look_at_flight(const struct evidence *e, const struct still *all, unsigned ms,
			   struct findings *f)
{
	const struct look *first = &e->looks[0], *last = &e->looks[e->n - 1];
	uint32_t in_flight = 0;
	bool known = ring_in_flight(&last->state, last->overflow, &in_flight);
	double share;

	if (known && in_flight && e->one_fd && all->cq_tail && all->sq_head)
		found(f, FINDING_STUCK_ON_ONE_FD, "see why that file gives no answer",
		      "requests are in flight (about %u) and none completed in %u ms; the latest "
		      "all "
		      "name %s",
		      in_flight, ms, e->file ? e->file : "one file");
	if (!first->has_thread || !last->has_thread || in_flight || !all->sq_head ||
	    !all->cq_tail || last->thread_ns < first->thread_ns)
		return;
	share = (double)(last->thread_ns - first->thread_ns) / (last->t_ns - first->t_ns);
	if (share >= SPIN_SHARE)
		found(f, FINDING_SQ_THREAD_SPINS,
		      "a shorter sq_thread_idle lets it sleep sooner; a thread shared by rings "
		      "(ATTACH_WQ) may work for another",
		      "the SQ thread took %.0f %% of a CPU for %u ms, with nothing to submit and "
		      "nothing in flight",
		      100 * share, ms);
}

unsigned diagnose_ring(const struct evidence *e, struct problem out[static PROBLEMS])
{
	struct findings f = { .out = out };
	const struct look *last;
	struct still all;
	unsigned ms;

	for (unsigned i = 0; i < e->n; i++)
		if (!e->looks[i].has_state)
			return 0;
	if (!e->n)
		return 0;
	last = &e->looks[e->n - 1];
	all = common(e);
	if (last->has_flags && last->state.sq_dropped)
		found(&f, FINDING_ENTRIES_DROPPED,
		      "the application fills the index array wrongly, or is not done when it "
		      "stores "
		      "the tail",
		      "submissions that named no SQE were dropped: %u", last->state.sq_dropped);
	if (last->has_flags && last->state.cq_overflow)
		found(&f, FINDING_CQES_LOST, "take completions sooner, or ask for a larger CQ",
		      "completions were lost, as the CQ was full: %u", last->state.cq_overflow);
	if (all.nonsense) {
		found(&f, FINDING_NONSENSE, "the application overwrites its ring",
		      "head and tail are further apart than the ring is long: SQ %u..%u of %u, CQ "
		      "%u..%u of %u",
		      last->state.sq_head, last->state.sq_tail, last->state.sq_entries,
		      last->state.cq_head, last->state.cq_tail, last->state.cq_entries);
		return f.n;
	}
	if (last->t_ns - e->looks[0].t_ns < DIAGNOSE_SPAN_NS)
		return f.n;
	ms = (last->t_ns - e->looks[0].t_ns) / 1000000;
	look_at_sq(e, &all, ms, &f);
	look_at_cq(e, &all, ms, &f);
	look_at_flight(e, &all, ms, &f);
	return f.n;
}

bool diagnose_rates(const struct look *looks, unsigned n, struct rates *out)
{
	const struct look *first = &looks[0], *last = &looks[n - 1];
	double s;

	if (n < 2 || !first->has_state || !last->has_state || last->t_ns <= first->t_ns)
		return false;
	s = (last->t_ns - first->t_ns) / 1e9;
	*out = (struct rates){
		.submitted = (uint32_t)(last->state.sq_head - first->state.sq_head) / s,
		.completed = (uint32_t)(last->state.cq_tail - first->state.cq_tail) / s,
		.reaped = (uint32_t)(last->state.cq_head - first->state.cq_head) / s,
		.has_thread = first->has_thread && last->has_thread &&
			      last->thread_ns >= first->thread_ns,
	};
	if (out->has_thread)
		out->thread_share = (last->thread_ns - first->thread_ns) / 1e9 / s;
	return true;
}
