/* SPDX-License-Identifier: MIT */
#include "application.h"

#include <string.h>

#include "await.h"

/* Fields that the kernel may write while it takes SQEs and completes them. */
#define BY_KERNEL (trace_bit(FIELD_SQ_HEAD) | trace_bit(FIELD_SQ_FLAGS) | trace_bit(FIELD_CQ_TAIL))

static const char order_fill[] =
	"sq.head is loaded with acquire first: only what it has passed is free. The stores to the "
	"slot need no order among themselves";
static const char order_tail[] =
	"store with release: SQE and index are in memory before the tail that gives them away";
static const char order_tail_sqpoll[] = "store with release, then a full barrier before sq.flags "
					"is read: else the wakeup is missed";
static const char order_enter[] = "the kernel loads sq.tail with acquire, reads index and SQE, "
				  "then stores sq.head with release";
static const char order_post[] = "the kernel writes the CQE, then stores cq.tail with release";
static const char order_read[] =
	"cq.tail is loaded with acquire, so that the CQE which it announces is seen whole";
static const char order_head[] =
	"store with release: the CQE was read before the kernel may use its slot again";

void app_otherwise(struct walk_step *step, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(step->note, sizeof(step->note), fmt, ap);
	va_end(ap);
	step->otherwise = true;
}

static uint32_t *field(const struct application *p, enum layout_field_id id)
{
	const struct layout_field *f = &layout_fields[id];
	uint32_t offset = *(const uint32_t *)((const char *)&p->ring.p + f->member);

	return f->side == SIDE_CQ ? ring_cq_field(&p->ring, offset)
				  : ring_sq_field(&p->ring, offset);
}

static uint32_t load(const struct application *p, enum layout_field_id id)
{
	return await_load(field(p, id));
}

static void store(const struct application *p, enum layout_field_id id, uint32_t v)
{
	await_store(field(p, id), v);
}

static unsigned sq_slot(const struct application *p, uint32_t index)
{
	return index & (p->ring.p.sq_entries - 1);
}

static unsigned cq_slot(const struct application *p, uint32_t index)
{
	return index & (p->ring.p.cq_entries - 1);
}

struct walk_step *app_step(struct application *p, const struct trace_plan *plan)
{
	struct trace_plan own = *plan;

	/* The SQ thread may fall asleep at any time. */
	if (app_sqpoll(p))
		own.fields |= trace_bit(FIELD_SQ_FLAGS);
	if (!own.order)
		own.order = "";
	return trace_step(&p->trace, &own);
}

static bool asleep(const struct application *p)
{
	return !app_sqpoll(p) || await_asleep(&p->ring, p->ask->patience_ms);
}

static bool posted_up_to(const struct application *p, uint32_t cq_tail, struct await_calls *calls)
{
	return await_cq_tail(&p->ring, cq_tail, p->ask->patience_ms, calls);
}

static void put_sqe(struct application *p, uint32_t at, const struct io_uring_sqe *sqe,
		    unsigned index)
{
	unsigned slot = sq_slot(p, at);
	char *to = (char *)p->ring.sqes.addr + (size_t)slot * p->ring.sqe_bytes;

	memset(to, 0, p->ring.sqe_bytes);
	memcpy(to, sqe, sizeof(*sqe));
	if (!(p->ring.p.flags & SETUP_NO_SQARRAY))
		ring_sq_field(&p->ring, p->ring.p.sq_off.array)[slot] = index;
}

static void fill(struct application *p, unsigned n, bool seated)
{
	for (unsigned i = 0; i < n; i++, p->tail++) {
		struct io_uring_sqe sqe = { 0 };

		if (seated)
			request_prepare(&p->request, &sqe);
		else
			io_uring_prep_nop(&sqe);
		sqe.user_data = ++p->scene->made;
		put_sqe(p, p->tail, &sqe, sq_slot(p, p->tail));
	}
}

static struct walk_step *filled(struct application *p, unsigned n)
{
	const struct trace_span span = { p->tail - n, n };
	struct walk_step *step =
		app_step(p, &(struct trace_plan){ .kind = WALK_FILLED,
						  .by = WRITER_APP,
						  .sqes = span,
						  .array = span,
						  .title = n == 1 ? "the application fills an SQE"
								  : "the application fills SQEs",
						  .order = order_fill });

	return step;
}

struct walk_step *app_fill(struct application *p, unsigned n, bool seated)
{
	bool array = !(p->ring.p.flags & SETUP_NO_SQARRAY);
	unsigned first = sq_slot(p, p->tail);
	struct walk_step *step;

	fill(p, n, seated);
	step = filled(p, n);
	if (n == 1)
		snprintf(step->what, sizeof(step->what),
			 "%s; slot %u is %u & %u, the tail masked%s",
			 request_about(seated ? p->ask->op : WALK_OP_NOP), first, p->tail - 1,
			 p->ring.p.sq_entries - 1,
			 array ? ", and its index names the SQE of the same number"
			       : "; without an index array slot and SQE are one");
	else
		snprintf(step->what, sizeof(step->what), "%u NOPs, from slot %u on", n, first);
	return step;
}

struct walk_step *app_fill_bad_index(struct application *p)
{
	struct io_uring_sqe sqe = { 0 };
	unsigned slot = sq_slot(p, p->tail), bad = p->ring.p.sq_entries;
	struct walk_step *step;

	io_uring_prep_nop(&sqe);
	sqe.user_data = ++p->scene->made;
	put_sqe(p, p->tail++, &sqe, bad);
	step = filled(p, 1);
	snprintf(step->title, sizeof(step->title),
		 "the application fills an SQE and writes a wrong index");
	snprintf(step->what, sizeof(step->what),
		 "sq.array[%u] = %u, where SQEs go from 0 to %u: it names none", slot, bad,
		 bad - 1);
	return step;
}

struct walk_step *app_fill_cancel(struct application *p, uint64_t user_data)
{
	struct io_uring_sqe sqe = { 0 };
	struct walk_step *step;

	io_uring_prep_poll_remove(&sqe, user_data);
	sqe.user_data = ++p->scene->made;
	put_sqe(p, p->tail, &sqe, sq_slot(p, p->tail));
	p->tail++;
	step = filled(p, 1);
	snprintf(step->what, sizeof(step->what),
		 "POLL_REMOVE, which names the request to end by its user_data, %llu",
		 (unsigned long long)user_data);
	return step;
}

struct walk_step *app_store_tail(struct application *p)
{
	bool sleeps = asleep(p);
	uint32_t before = load(p, FIELD_SQ_TAIL);
	struct trace_plan plan = { .kind = WALK_TAIL,
				   .by = WRITER_APP,
				   .fields = trace_bit(FIELD_SQ_TAIL),
				   .title = "the application stores sq.tail",
				   .order = app_sqpoll(p) ? order_tail_sqpoll : order_tail };
	struct walk_step *step;

	if (!sleeps) {
		plan.fields |= BY_KERNEL;
		plan.cqes = (struct trace_span){ 0, TRACE_ANY };
	}
	store(p, FIELD_SQ_TAIL, p->tail);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	step = app_step(p, &plan);
	snprintf(step->what, sizeof(step->what),
		 "sq.tail %u becomes %u; masked it is slot %u, the next to fill", before, p->tail,
		 sq_slot(p, p->tail));
	if (!sleeps)
		app_otherwise(step,
			      "the SQ thread did not fall asleep in %u ms: it may take "
			      "the SQE before it can be looked at",
			      p->ask->patience_ms);
	return step;
}

/* Makes the kernel take the n SQEs that were stored; an SQ thread that is awake may have done so already.
 * Returns the result of the call, or n if there was none. */
static int take(struct application *p, unsigned n, char *call, size_t size)
{
	int r = n;

	if (!app_sqpoll(p)) {
		snprintf(call, size, "io_uring_enter(to_submit %u, min_complete 0, flags 0)", n);
		return p->k->enter(p->k, p->ring.fd, n, 0, 0);
	}
	if (load(p, FIELD_SQ_FLAGS) & SQ_NEED_WAKEUP) {
		snprintf(call, size,
			 "io_uring_enter(to_submit %u, min_complete 0, flags SQ_WAKEUP)", n);
		r = p->k->enter(p->k, p->ring.fd, n, 0, ENTER_SQ_WAKEUP);
	}
	await_sq_head(&p->ring, p->tail, p->ask->patience_ms);
	return r;
}

/* "-22 (EINVAL)" or "1" */
static void result_text(char to[static 40], int res)
{
	if (res < 0)
		snprintf(to, 40, "%d (%s)", res, errno_name(res));
	else
		snprintf(to, 40, "%d", res);
}

/* Makes the call, and its step; *n is the number of SQEs to take. */
static struct walk_step *enter(struct application *p, const struct trace_plan *more, unsigned *n)
{
	char call[sizeof(((struct walk_step *)NULL)->call)] = "";
	struct trace_plan plan = *more;
	struct walk_step *step;
	int ret;

	*n = p->tail - p->trace.state.sq_head;
	ret = take(p, *n, call, sizeof(call));
	plan.kind = WALK_ENTERED;
	plan.by = WRITER_KERNEL;
	plan.fields |= BY_KERNEL;
	plan.order = order_enter;
	step = app_step(p, &plan);
	memcpy(step->call, call, sizeof(call));
	step->ret = ret;
	return step;
}

/* Checks what happened to overflowed completions. */
static void judge_overflow(const struct application *p, struct walk_step *step,
			   const struct walk_state *before, unsigned extra)
{
	unsigned lost = step->state.cq_overflow - before->cq_overflow;

	snprintf(step->title, sizeof(step->title), "the kernel has completions and no room");
	if (p->ring.p.features & FEAT_NODROP) {
		snprintf(step->what, sizeof(step->what),
			 "the CQ is full: the kernel keeps %u CQEs in a list of its own (NODROP) "
			 "and says CQ_OVERFLOW in sq.flags; cq.tail stays, cq.overflow stays 0",
			 extra);
		if (lost || !(step->state.sq_flags & SQ_CQ_OVERFLOW))
			app_otherwise(step, "cq.overflow counts %u, CQ_OVERFLOW is %s", lost,
				      step->state.sq_flags & SQ_CQ_OVERFLOW ? "set" : "not set");
		return;
	}
	snprintf(step->what, sizeof(step->what),
		 "the CQ is full, and this kernel keeps nothing (no NODROP): %u completions are "
		 "lost, and cq.overflow counts them",
		 lost);
	app_otherwise(step, "kernels before 5.5 lose what overflows");
}

struct walk_step *app_enter(struct application *p)
{
	const struct walk_state before = p->trace.state;
	unsigned waiting = before.cq_tail - before.cq_head, room = p->ring.p.cq_entries - waiting;
	unsigned due = p->scene->made - p->ended - before.sq_dropped - waiting;
	unsigned n = p->tail - before.sq_head, posted;
	struct trace_plan plan = { .cqes = { before.cq_tail, due < room ? due : room },
				   .fields = due > room ? trace_bit(FIELD_CQ_OVERFLOW) : 0,
				   .title = n == 1 ? "the kernel takes the SQE"
						   : "the kernel takes the SQEs" };
	struct walk_step *step = enter(p, &plan, &n);
	char res[40];

	posted = step->state.cq_tail - before.cq_tail;
	snprintf(step->what, sizeof(step->what), "%s; %s",
		 app_sqpoll(p) ? "the SQ thread does it, not the call"
			       : "it copies what it needs, and the slot is free again",
		 posted >= n ? "what was asked for is done at once, and the CQ says so already"
		 : posted    ? "some of it is done already"
			     : "what was asked for is under way, without a CQE yet");
	if (due > room)
		judge_overflow(p, step, &before, due - room);
	if (step->ret != (int)n) {
		result_text(res, step->ret);
		app_otherwise(step, "the call returned %s, not %u", res, n);
	}
	if (step->ret == (int)n && step->state.sq_head != p->tail)
		app_otherwise(step, "sq.head is %u, not %u: not all was taken", step->state.sq_head,
			      p->tail);
	return step;
}

struct walk_step *app_enter_bad_index(struct application *p)
{
	const struct walk_state before = p->trace.state;
	struct trace_plan plan = { .fields = trace_bit(FIELD_SQ_DROPPED),
				   .title = "the kernel skips the entry" };
	unsigned n;
	struct walk_step *step = enter(p, &plan, &n);

	snprintf(step->what, sizeof(step->what),
		 "sq.head passes it and sq.dropped counts it; there is no CQE%s",
		 app_sqpoll(p) ? "" : ", and the call does not count it");
	if (step->state.sq_dropped - before.sq_dropped != 1 || step->state.sq_head != p->tail)
		app_otherwise(step, "sq.dropped is %u and sq.head %u, not %u and %u",
			      step->state.sq_dropped, step->state.sq_head, before.sq_dropped + 1,
			      p->tail);
	return step;
}

static void see(struct application *p, const struct io_uring_cqe *cqe)
{
	if (!cqe->user_data || cqe->user_data > p->scene->made) {
		p->stray = true;
		return;
	}
	p->scene->completed++;
	if (cqe->flags & CQEF_MORE)
		return;
	p->ended++;
	if (p->ends[cqe->user_data] < UINT8_MAX)
		p->ends[cqe->user_data]++;
}

/* Reads all CQEs, the last one into *last. Does not store the head; returns its new value. */
static uint32_t read_cqes(struct application *p, struct io_uring_cqe *last)
{
	const char *cqes = ring_cq_base(&p->ring) + p->ring.p.cq_off.cqes;
	uint32_t head = load(p, FIELD_CQ_HEAD), tail = load(p, FIELD_CQ_TAIL);

	for (; head != tail; head++) {
		memcpy(last, cqes + (size_t)cq_slot(p, head) * p->ring.cqe_bytes, sizeof(*last));
		see(p, last);
	}
	return head;
}

static void read_and_free(struct application *p)
{
	struct io_uring_cqe cqe = { 0 };
	uint32_t head = load(p, FIELD_CQ_HEAD), to = read_cqes(p, &cqe);
	unsigned n = to - head;
	char res[40];
	struct walk_step *step = app_step(
		p, &(struct trace_plan){ .kind = WALK_READ,
					 .by = WRITER_APP,
					 .title = n == 1 ? "the application reads the CQE"
							 : "the application reads the CQEs",
					 .order = order_read });

	result_text(res, cqe.res);
	if (n == 1)
		snprintf(step->what, sizeof(step->what),
			 "slot %u is %u & %u, the head masked: user_data %llu, res %s%s",
			 cq_slot(p, head), head, p->ring.p.cq_entries - 1,
			 (unsigned long long)cqe.user_data, res,
			 cqe.flags & CQEF_MORE ? ", and F_MORE says that the request lives on"
					       : "");
	else
		snprintf(step->what, sizeof(step->what),
			 "%u of them, from slot %u on; the last has user_data %llu, res %s", n,
			 cq_slot(p, head), (unsigned long long)cqe.user_data, res);
	if (cqe.res < 0 && cqe.res != -ETIME && cqe.res != -ECANCELED)
		app_otherwise(step, "the request failed: this kernel does not do it, or not on "
				    "a ring with these flags");
	request_undo(&p->request, cqe.res);
	store(p, FIELD_CQ_HEAD, to);
	step = app_step(p, &(struct trace_plan){ .kind = WALK_HEAD,
						 .by = WRITER_APP,
						 .fields = trace_bit(FIELD_CQ_HEAD),
						 .title = "the application stores cq.head",
						 .order = order_head });
	snprintf(step->what, sizeof(step->what),
		 "cq.head %u becomes %u; masked it is slot %u, the next to read", head, to,
		 cq_slot(p, to));
}

static void say_calls(struct walk_step *step, const struct await_calls *calls)
{
	if (!calls->n)
		return;
	snprintf(step->call, sizeof(step->call),
		 "io_uring_enter(to_submit 0, min_complete 0, flags GETEVENTS)%s",
		 calls->n > 1 ? ", again and again" : "");
	step->ret = calls->ret;
}

bool app_collect(struct application *p, unsigned n)
{
	uint32_t have = p->trace.state.cq_tail, want = p->trace.state.cq_head + n;
	struct walk_step *step;
	struct await_calls calls;
	bool came = posted_up_to(p, want, &calls);

	if (have != want) {
		step = app_step(
			p, &(struct trace_plan){
				   .kind = WALK_POSTED,
				   .by = WRITER_KERNEL,
				   .fields = trace_bit(FIELD_CQ_TAIL) | trace_bit(FIELD_SQ_FLAGS),
				   .cqes = { have, want - have },
				   .title = want - have == 1 ? "the kernel posts the CQE"
							     : "the kernel posts the CQEs",
				   .order = order_post });
		snprintf(step->what, sizeof(step->what), "cq.tail %u becomes %u%s", have,
			 step->state.cq_tail,
			 calls.n ? ", once the request is done" : ", before anybody asked for it");
		say_calls(step, &calls);
		if (!came)
			app_otherwise(step, "no CQE came in %u ms", p->ask->patience_ms);
	}
	if (!came)
		return false;
	read_and_free(p);
	return true;
}

/* Makes requests without a step for each; returns how many timed out. */
static unsigned hurry(struct application *p, unsigned n, bool keep)
{
	uint32_t cq_tail = p->trace.state.cq_tail;
	struct await_calls calls;
	struct io_uring_cqe cqe;
	char call[96];

	while (n) {
		unsigned batch = n < p->ring.p.sq_entries ? n : p->ring.p.sq_entries;

		fill(p, batch, false);
		store(p, FIELD_SQ_TAIL, p->tail);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		cq_tail += batch;
		if (take(p, batch, call, sizeof(call)) != (int)batch ||
		    !posted_up_to(p, cq_tail, &calls))
			break;
		if (!keep)
			store(p, FIELD_CQ_HEAD, read_cqes(p, &cqe));
		n -= batch;
	}
	return n;
}

bool app_forward(struct application *p, unsigned n, bool keep, const char *title)
{
	const struct walk_state before = p->trace.state;
	struct trace_plan plan = { .kind = WALK_FORWARD,
				   .by = WRITER_APP,
				   .fields = BY_KERNEL | trace_bit(FIELD_SQ_TAIL) |
					     (keep ? 0 : trace_bit(FIELD_CQ_HEAD)),
				   .sqes = { before.sq_tail, n },
				   .array = { before.sq_tail, n },
				   .cqes = { before.cq_tail, n },
				   .title = title };
	unsigned left = hurry(p, n, keep);
	struct walk_step *step = app_step(p, &plan);

	if (n == 1)
		snprintf(step->what, sizeof(step->what),
			 "a NOP; it took slot %u of the SQ and slot %u of the CQ. Masked, sq.tail "
			 "%u is slot %u now, and cq.tail %u slot %u",
			 sq_slot(p, before.sq_tail), cq_slot(p, before.cq_tail),
			 step->state.sq_tail, sq_slot(p, step->state.sq_tail), step->state.cq_tail,
			 cq_slot(p, step->state.cq_tail));
	else
		snprintf(step->what, sizeof(step->what),
			 keep ? "%u NOPs; their CQEs are left in the CQ" : "%u NOPs", n);
	if (left)
		app_otherwise(step, "%u of %u were not taken and completed in %u ms", left, n,
			      p->ask->patience_ms);
	return !left;
}

struct walk_step *app_flush(struct application *p, unsigned n)
{
	const struct walk_state before = p->trace.state;
	struct await_calls calls;
	bool came = posted_up_to(p, before.cq_tail + n, &calls);
	struct walk_step *step =
		app_step(p, &(struct trace_plan){ .kind = WALK_FLUSHED,
						  .by = WRITER_KERNEL,
						  .fields = BY_KERNEL,
						  .cqes = { before.cq_tail, n },
						  .title = "the kernel posts what it had kept",
						  .order = order_post });

	say_calls(step, &calls);
	snprintf(step->what, sizeof(step->what),
		 "%u CQEs come from the kernel's own list into the ring, and CQ_OVERFLOW goes", n);
	if (!came)
		app_otherwise(step, "%u CQEs came, not %u", step->state.cq_tail - before.cq_tail,
			      n);
	else if (step->state.sq_flags & SQ_CQ_OVERFLOW)
		app_otherwise(step, "CQ_OVERFLOW is still set");
	return step;
}

static void first_step(struct application *p)
{
	bool sleeps = asleep(p);
	struct walk_step *step =
		app_step(p, &(struct trace_plan){ .kind = WALK_INITIAL,
						  .by = WRITER_CONST,
						  .title = "the ring as it was made" });

	snprintf(step->what, sizeof(step->what), "heads and tails are 0: both queues are empty%s",
		 app_sqpoll(p) && sleeps ? "; the SQ thread has fallen asleep, and says so by "
					   "NEED_WAKEUP"
					 : "");
	if (!sleeps)
		app_otherwise(step, "the SQ thread did not fall asleep in %u ms",
			      p->ask->patience_ms);
}

int app_open(struct application *app, struct kernel *k, const struct walk_ask *ask,
	     struct walk_scene *scene, struct fail *f)
{
	struct application p = { .k = k, .ask = ask, .scene = scene };
	int r = layout_open(k, ask->entries, &ask->asked, &p.ring, f);

	if (r < 0)
		return r;
	r = layout_of_ring(&p.ring, &p.layout, f);
	if (r == 0)
		r = request_open(&p.request, ask->op, f);
	if (r < 0) {
		ring_close(&p.ring);
		return r;
	}
	/* No scene makes more than this. */
	p.max_made = p.ring.p.sq_entries + p.ring.p.cq_entries + 16;
	p.ends = calloc(p.max_made + 1, 1);
	*app = p;
	if (!p.ends || trace_begin(&app->trace, &app->ring, &app->layout, scene) < 0) {
		request_close(&p.request, false);
		ring_close(&p.ring);
		free(p.ends);
		return fail_set(f, -ENOMEM, "out of memory");
	}
	app->trace.flags_name = request_flags_name(ask->op);
	first_step(app);
	return 0;
}

int app_close(struct application *p, struct fail *f)
{
	struct walk_scene *s = p->scene;
	unsigned lost = p->trace.state.sq_dropped + p->trace.state.cq_overflow;
	int err = p->trace.err;

	s->dropped = p->trace.state.sq_dropped;
	s->complete = !p->stray;
	for (unsigned i = 1; i <= s->made; i++)
		if (p->ends[i] > 1)
			s->complete = false;
	if (p->ended + s->dropped != s->made)
		s->complete = false;
	trace_end(&p->trace);
	ring_close(&p->ring);
	request_close(&p->request, p->ended + lost < s->made);
	free(p->ends);
	return err ? fail_set(f, err, "out of memory") : 0;
}
