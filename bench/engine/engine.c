/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <math.h>
#include <string.h>
#include <sys/prctl.h>

#include "checked.h"
#include "enter.h"
#include "fill.h"
#include "probe/lib/base.h"

/* This many completions are processed in less time than reading the clock takes. */
#define FEW 4
/* Checks of an empty CQ before the application sleeps with SQPOLL, and between two readings of the clock. */
#define SPINS	   2000
#define SPINS_ONCE 16
/* Late I/Os that a closed rate makes up for. */
#define SLACK_IOS 32
/* Shorter waits spin, because waking up takes about as long. */
#define NAP_NS 50000

/* Allows as many I/Os as the byte limit certainly permits: each may have the largest size. */
static void allow_more(struct loop *l)
{
	const uint64_t bytes = l->plan.sizes.max, most = (l->limit - l->moved + bytes - 1) / bytes;
	const unsigned out = l->depth - l->n_free;

	l->left = most > out ? most - out : 0;
}

static int loop_init(struct loop *l, struct worker *w)
{
	const struct job *j = w->job;
	struct ring *ring = &w->wr.ring;
	const struct ring_params *p = &ring->p;
	struct io_rate rate;

	*l = (struct loop){
		.w = w,
		.clock = w->clock,
		.verifier = w->verifier,
		.apart = w->verifier && w->verifier->cells && !j->verify_only,
		.sq_head = ring_sq_field(ring, p->sq_off.head),
		.sq_tail = ring_sq_field(ring, p->sq_off.tail),
		.sq_flags = ring_sq_field(ring, p->sq_off.flags),
		.cq_head = ring_cq_field(ring, p->cq_off.head),
		.cq_tail = ring_cq_field(ring, p->cq_off.tail),
		.sq_mask = p->sq_entries - 1,
		.cq_mask = p->cq_entries - 1,
		.sqes = ring->sqes.addr,
		.cqes = ring_cq_base(ring) + p->cq_off.cqes,
		.sqe_shift = __builtin_ctz(ring->sqe_bytes),
		.cqe_shift = __builtin_ctz(ring->cqe_bytes),
		.depth = j->iodepth,
		.batch = job_batch(j),
		.wait = j->batch_complete,
		.n_free = j->iodepth,
		.limit = j->io_limit && j->rw != RW_NOP ? j->io_limit : UINT64_MAX,
		.sqpoll = p->flags & SETUP_SQPOLL,
		.nop = j->rw == RW_NOP,
		.exact = j->lat == LAT_EXACT,
		.stamped = j->lat != LAT_OFF,
		.count_from = UINT64_MAX,
		/* A ring that polls in io_uring_enter() ignores the timeout. */
		.timed = p->features & FEAT_EXT_ARG &&
			 (p->flags & (SETUP_IOPOLL | SETUP_SQPOLL)) != SETUP_IOPOLL,
		.buffers_from[IO_WRITE] = w->wr.writes_from,
	};
	io_rate_parse(j, &rate, NULL);
	if (rate.per_s)
		l->gap = clock_from_ns(l->clock, 1e9 * j->numjobs / rate.per_s);
	l->poisson = rate.poisson;
	l->closed = rate.closed;
	l->slack = l->gap * SLACK_IOS;
	l->margin = clock_from_ns(l->clock, NAP_NS);
	choose_ops(l);
	io_plan_init(&l->plan, j, w->index, w->base, l->nop ? 4096 : w->size);
	l->left = io_pass_ios(&l->plan);
	if (l->limit != UINT64_MAX)
		allow_more(l);
	io_plan_skip(&l->plan, w->passed);
	l->free = calloc(l->depth, sizeof(*l->free));
	l->again = calloc(l->depth, sizeof(*l->again));
	l->slots = calloc(l->depth, sizeof(*l->slots));
	l->ends = calloc(l->depth, sizeof(*l->ends));
	if (!l->free || !l->again || !l->slots || !l->ends)
		return -ENOMEM;
	for (unsigned i = 0; i < l->depth; i++)
		l->free[i] = i;
	for (unsigned i = 0; i < p->sq_entries; i++) {
		struct io_uring_sqe *sqe = (void *)(l->sqes + ((size_t)i << l->sqe_shift));

		if (!(p->flags & SETUP_NO_SQARRAY))
			ring_sq_field(ring, p->sq_off.array)[i] = i;
		/* Fields that no I/O changes are written once. */
		memset(sqe, 0, ring->sqe_bytes);
		sqe->opcode = l->op[IO_READ];
		sqe->flags = (w->wr.fixed_files ? SQEF_FIXED_FILE : 0) |
			     (j->async ? SQEF_ASYNC : 0);
		sqe->fd = w->wr.fixed_files ? 0 : w->fd;
		if (j->engine == ENGINE_NVME)
			nvme_prepare(sqe, &w->nvme, w->wr.fixed_bufs);
	}
	return 0;
}

static void loop_free(struct loop *l)
{
	free(l->free);
	free(l->again);
	free(l->slots);
	free(l->ends);
}

static inline uint64_t next_gap(struct loop *l)
{
	if (!l->poisson)
		return l->gap;
	return -log1p((random_next(&l->plan.rng) >> 11) * -0x1p-53) * l->gap;
}

static inline struct io_uring_sqe *next_sqe(struct loop *l)
{
	return (void *)(l->sqes + ((size_t)(l->tail++ & l->sq_mask) << l->sqe_shift));
}

/* I/Os that completed with EAGAIN are issued again. Their latency still starts where it did. */
static void issue_again(struct loop *l)
{
	l->in_flight += l->n_again;
	while (l->n_again) {
		uint32_t at = l->again[--l->n_again];

		fill(l, next_sqe(l), at);
	}
}

/* Fills SQEs from free slots and submits them together. */
static void prepare(struct loop *l)
{
	unsigned most = l->n_free < l->batch ? l->n_free : l->batch, n = 0;

	if (l->left < most)
		most = l->left;

	/* Directly after a few completions, their time is recent enough. */
	if (!l->reaped || l->reaped > FEW)
		stamp(l);
	for (; n < most && (!l->gap || l->due <= l->now); n++) {
		uint32_t at = l->free[l->n_free - 1];
		struct slot *slot = &l->slots[at];

		if (!l->nop && !draw(l, &slot->io))
			break;
		l->n_free--;
		if (l->exact)
			stamp_of(l, l->in_flight + n);
		slot->start = l->now;
		if (l->gap) {
			slot->issued = l->now;
			slot->start = l->closed ? l->now : l->due;
			l->due += next_gap(l);
			if (l->closed && l->due + l->slack < l->now)
				l->due = l->now - l->slack;
		}
		fill(l, next_sqe(l), at);
	}
	if (__builtin_expect(l->verifier != NULL, 0))
		seal(l, n);
	l->in_flight += n;
	if (__builtin_expect(l->n_again, 0))
		issue_again(l);
	__atomic_store_n(l->sq_tail, l->tail, __ATOMIC_RELEASE);
	l->left -= n;
	l->more = n == l->batch && l->n_free && l->left;
	hist_bump(&l->w->issued, n);
	if (l->gap && !l->closed)
		__atomic_store_n(&l->w->due, l->left ? l->due : UINT64_MAX, __ATOMIC_RELAXED);
}

/* I/Os of a kind that were due together and completed together have the same latency. */
struct run {
	uint64_t start, bytes;
	unsigned n;
	enum io_kind kind;
};

static inline void count_run(struct loop *l, const struct run *run)
{
	struct tally *t = &l->w->tally[run->kind];

	if (!run->n)
		return;
	if (l->stamped && run->start >= l->count_from)
		hist_add(&t->lat, clock_ns(l->clock, l->now - run->start), run->n);
	if (!l->counting) {
		l->w->uncounted += run->n;
		return;
	}
	if (run->start < l->count_from)
		l->earlier += run->n * (l->now - l->count_from);
	hist_bump(&t->ios, run->n);
	hist_bump(&t->bytes, run->bytes);
	l->moved += run->bytes;
}

/* Reaps all available completions. */
static void reap(struct loop *l)
{
	uint32_t head = *l->cq_head, tail = __atomic_load_n(l->cq_tail, __ATOMIC_ACQUIRE);
	const bool bare = l->nop || l->w->job->engine == ENGINE_NVME;
	const unsigned n_again = l->n_again;
	struct run run = { .n = 0 };
	uint64_t before;
	unsigned done;

	l->reaped = tail - head;
	if (!l->reaped)
		return;
	before = l->now;
	stamp(l);
	/* One completion ended the wait; the others may have been there since the last check. */
	l->late += (l->now - before) * (l->reaped - l->waited);
	l->taken += l->reaped;
	for (; head != tail; head++) {
		const struct io_uring_cqe *cqe =
			(const void *)(l->cqes + ((size_t)(head & l->cq_mask) << l->cqe_shift));
		struct slot *slot = &l->slots[cqe->user_data];
		const int want = bare || slot->io.kind > IO_WRITE ? 0 : slot->io.bytes;

		if (__builtin_expect(cqe->res == -EAGAIN, 0)) {
			l->again[l->n_again++] = cqe->user_data;
			l->w->retries++;
			continue;
		}
		l->free[l->n_free++] = cqe->user_data;
		if (__builtin_expect(cqe->res != want, 0)) {
			l->ends[cqe->user_data] = CLAIM_UNSURE;
			if (bare && cqe->res > 0)
				io_errors_note_status(l->w->errors, cqe->res, &slot->io);
			else
				io_errors_note(l->w->errors, cqe->res, &slot->io);
			continue;
		}
		if (l->gap && slot->start >= l->count_from)
			hist_add(&l->w->service[slot->io.kind],
				 clock_ns(l->clock, l->now - slot->issued), 1);
		if (slot->start != run.start || slot->io.kind != run.kind || l->exact) {
			count_run(l, &run);
			run = (struct run){ .start = slot->start, .kind = slot->io.kind };
			if (l->exact)
				stamp_of(l, l->in_flight - (head - *l->cq_head));
		}
		run.n++;
		run.bytes += slot->io.bytes;
	}
	count_run(l, &run);
	__atomic_store_n(l->cq_head, head, __ATOMIC_RELEASE);
	l->in_flight -= l->reaped;
	done = l->reaped - (l->n_again - n_again);
	hist_bump(&l->w->completed, done);
	if (__builtin_expect(l->verifier != NULL, 0))
		settle(l, done);
}

/* until: when the wait ends although nothing completed, ticks; 0: never. */
static int enter(struct loop *l, unsigned to_submit, unsigned wait, unsigned flags, uint64_t until)
{
	const struct worker_ring *wr = &l->w->wr;
	int r;

	l->enters++;
	flags |= wr->enter_flags;
	if (wait && until) {
		const uint64_t ns = until > l->now ? clock_ns(l->clock, until - l->now) : 0;
		const struct __kernel_timespec ts = { ns / 1000000000, ns % 1000000000 };
		const struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&ts };

		r = raw_enter(wr->enter_fd, to_submit, wait, flags | ENTER_EXT_ARG, &arg,
			      sizeof(arg));
	} else {
		r = raw_enter(wr->enter_fd, to_submit, wait, flags, NULL, 0);
	}
	return r == -EINTR || r == -EAGAIN || r == -EBUSY || r == -ETIME ? 0 : r;
}

/* The SQPOLL thread submits. Waiting spins first, because SQPOLL is meant for low latency, and then sleeps,
 * so that a shared CPU is released. */
static int drive_sqpoll(struct loop *l, unsigned wait, uint64_t until)
{
	unsigned flags = 0;

	/* The thread must see the new tail before its NEED_WAKEUP flag is read. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(l->sq_flags, __ATOMIC_RELAXED) & SQ_NEED_WAKEUP)
		flags = ENTER_SQ_WAKEUP;
	for (unsigned i = 0; !flags && i < SPINS; i++) {
		if (__atomic_load_n(l->cq_tail, __ATOMIC_ACQUIRE) - *l->cq_head >= wait)
			return 0;
		if (until && i % SPINS_ONCE == 0) {
			stamp(l);
			if (l->now >= until)
				return 0;
		}
		cpu_relax();
	}
	return enter(l, 0, wait, flags | ENTER_GETEVENTS, until);
}

/* Waits while nothing is due and nothing is in flight. */
static void idle(const struct loop *l, uint64_t until)
{
	const uint64_t ns = until > l->now ? clock_ns(l->clock, until - l->now) : 0;
	const struct timespec nap = { ns / 1000000000, ns % 1000000000 };

	if (ns)
		nanosleep(&nap, NULL);
	else
		cpu_relax();
}

static int drive(struct loop *l)
{
	unsigned wait = l->wait < l->in_flight ? l->wait : l->in_flight;
	uint64_t until = 0;
	uint32_t unsubmitted;

	if (l->gap && l->n_free && l->left) {
		/* Waking up takes a while, and the rest of the time is spun away. */
		until = l->due - l->margin;
		if (!l->in_flight && l->due > l->now) {
			idle(l, until);
			return 0;
		}
		if (until <= l->now || !l->timed)
			wait = 0;
	} else if (l->more) {
		wait = 0;
	}
	l->waited = wait;
	if (l->sqpoll)
		return drive_sqpoll(l, wait, until);
	unsubmitted = l->tail - __atomic_load_n(l->sq_head, __ATOMIC_ACQUIRE);
	return enter(l, unsubmitted, wait, ENTER_GETEVENTS, until);
}

static bool in_trouble(const struct worker *w)
{
	const struct io_errors *t = w->errors;

	/* A read of 0 bytes means that the device was removed or the file truncated, which is permanent. */
	return io_errors_total(t) > w->job->max_errors || t->empty;
}

static bool is_over(struct loop *l, uint64_t end)
{
	struct worker *w = l->w;

	if (__atomic_load_n(l->sq_flags, __ATOMIC_RELAXED) & SQ_CQ_OVERFLOW)
		w->overflows++;
	/* Some I/Os were smaller or failed. */
	if (l->moved < l->limit && l->limit != UINT64_MAX && !l->left && l->n_free == l->depth)
		allow_more(l);
	return l->now >= end || l->moved >= l->limit || (!l->left && l->n_free == l->depth) ||
	       *w->stop || in_trouble(w) || __atomic_load_n(w->halt, __ATOMIC_RELAXED);
}

/* Calls fn for every slot whose I/O was issued and has not completed. */
static void for_each_out(struct loop *l, void (*fn)(struct loop *l, struct slot *slot))
{
	for (unsigned i = 0; i < l->n_free; i++)
		l->slots[l->free[i]].start = 0;
	for (unsigned i = 0; i < l->depth; i++)
		if (l->slots[i].start)
			fn(l, &l->slots[i]);
}

static void start_counting(struct loop *l)
{
	l->counting = true;
	l->area = l->late = l->earlier = 0;
	l->enters = l->taken = 0;
	l->count_from = l->now;
	if (l->limit != UINT64_MAX)
		allow_more(l);
	__atomic_store_n(&l->w->started_ns, mono_ns(), __ATOMIC_RELAXED);
}

static void add_age(struct loop *l, struct slot *slot)
{
	l->earlier += l->now - (slot->start > l->count_from ? slot->start : l->count_from);
}

/* I/Os that were due and could not be issued: their age is the least that their latency can be. */
static void censor_backlog(struct loop *l)
{
	struct worker *w = l->w;
	const uint64_t behind = l->now - l->due, n = behind / l->gap;
	const uint64_t oldest = clock_ns(l->clock, behind);
	const uint64_t youngest = n ? clock_ns(l->clock, behind - (n - 1) * l->gap) : 0;
	const uint64_t reads = l->plan.mixed ? n * (l->plan.read_below * 0x1p-64) : 0;
	const enum io_kind kind = l->plan.mixed ? IO_WRITE : l->plan.only;

	w->backlog = n;
	w->lag_ns = oldest;
	hist_add_even(&w->tally[kind].lat, youngest, oldest, n - reads);
	hist_add_even(&w->tally[IO_READ].lat, youngest, oldest, reads);
	censored_add(&w->censored, n, youngest);
}

static void end_counting(struct loop *l)
{
	struct worker *w = l->w;
	const uint64_t ticks = l->now - l->count_from;

	/* From the clock readings, so that a delay of the thread after the last one does not count. */
	__atomic_store_n(&w->ended_ns, w->started_ns + clock_ns(l->clock, ticks), __ATOMIC_RELAXED);
	if (ticks)
		w->in_flight = (double)l->area / ticks;
	for_each_out(l, add_age);
	w->lat_area_ns = clock_ns(l->clock, l->earlier);
	for (unsigned k = 0; k < IO_KINDS; k++)
		w->lat_area_ns += w->tally[k].lat.sum;
	w->enters = l->enters;
	w->late_ns = -1;
	if (l->taken && l->stamped)
		w->late_ns = (double)clock_ns(l->clock, l->late) / l->taken + l->clock->step_ns;
	if (l->gap && !l->closed && l->left && l->due < l->now)
		censor_backlog(l);
	l->counting = false;
	l->left = 0;
}

/* An I/O that was given up. */
static void censor(struct loop *l, struct slot *slot)
{
	struct worker *w = l->w;
	const uint64_t age = clock_ns(l->clock, l->now - slot->start);

	if (l->stamped)
		hist_add(&w->tally[slot->io.kind].lat, age, 1);
	if (l->gap)
		hist_add(&w->service[slot->io.kind], clock_ns(l->clock, l->now - slot->issued), 1);
	censored_add(&w->censored, 1, age);
}

/* Waits for what is in flight. Its latency counts, but it does not count as throughput. */
static int drain(struct loop *l, int r)
{
	const int *halt = l->w->halt;

	l->wait = 1;
	while (r >= 0 && l->n_free < l->depth &&
	       __atomic_load_n(halt, __ATOMIC_RELAXED) != HALT_NOW) {
		prepare(l);
		r = drive(l);
		reap(l);
	}
	l->w->left = l->depth - l->n_free;
	if (l->w->left) {
		stamp(l);
		for_each_out(l, censor);
	}
	return r;
}

static int run(struct loop *l)
{
	struct worker *w = l->w;
	uint64_t ramp_end, end;
	int r = 0;

	l->now = clock_ticks(l->clock);
	/* The jobs of a fixed rate take turns. */
	l->due = l->now + (l->poisson ? next_gap(l) : l->gap * w->index / w->job->numjobs);
	ramp_end = l->now + clock_from_ns(l->clock, w->job->ramp);
	end = ramp_end + clock_from_ns(l->clock, w->job->runtime);
	do {
		if (!l->counting && l->now >= ramp_end)
			start_counting(l);
		prepare(l);
		r = drive(l);
		reap(l);
	} while (r >= 0 && !is_over(l, end));
	if (!l->counting)
		start_counting(l);
	end_counting(l);
	if (r < 0 || in_trouble(w))
		__atomic_store_n(w->halt, HALT_DRAIN, __ATOMIC_RELAXED);
	r = drain(l, r);
	w->verify_ns = clock_ns(l->clock, l->verify_ticks);
	return r;
}

void worker_run(struct worker *w)
{
	struct loop l;
	int r = loop_init(&l, w);

	/* Naps end when they should, not up to 50 us later. The thread ends with the run. */
	prctl(PR_SET_TIMERSLACK, 1);
	__atomic_store_n(&w->started_ns, mono_ns(), __ATOMIC_RELAXED);
	__atomic_store_n(&w->ended_ns, w->started_ns, __ATOMIC_RELAXED);
	if (r == 0)
		r = run(&l);
	w->err = r < 0 ? r : 0;
	loop_free(&l);
}
