/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <string.h>

#include "application.h"
#include "probe/lib/base.h"

#define EVENTS 2u

const char *const walk_op_names[WALK_OPS] = {
	[WALK_OP_NOP] = "nop",
	[WALK_OP_OPENAT] = "openat",
	[WALK_OP_READ] = "read",
	[WALK_OP_WRITE] = "write",
	[WALK_OP_TIMEOUT] = "timeout",
	[WALK_OP_POLL] = "poll",
	[WALK_OP_MULTISHOT] = "multishot",
};

const char *const walk_scene_names[WALK_SCENES] = {
	[SCENE_REQUEST] = "request", [SCENE_WRAPAROUND] = "wraparound",
	[SCENE_FULL_SQ] = "full-sq", [SCENE_OVERFLOW] = "overflow",
	[SCENE_DROPPED] = "dropped",
};

const char *const walk_scene_titles[WALK_SCENES] = {
	[SCENE_REQUEST] = "the life of a request",
	[SCENE_WRAPAROUND] = "the indices run on, the slots come round",
	[SCENE_FULL_SQ] = "a full SQ",
	[SCENE_OVERFLOW] = "a CQ that overflows",
	[SCENE_DROPPED] = "an index that names no SQE",
};

const char *const walk_kind_names[WALK_KINDS] = {
	[WALK_INITIAL] = "initial", [WALK_FILLED] = "filled",	[WALK_TAIL] = "tail",
	[WALK_LOOKED] = "looked",   [WALK_ENTERED] = "entered", [WALK_EVENT] = "event",
	[WALK_POSTED] = "posted",   [WALK_READ] = "read",	[WALK_HEAD] = "head",
	[WALK_FORWARD] = "forward", [WALK_FLUSHED] = "flushed",
};

/* Returns false if the kernel deviated so that the scene cannot continue. */
static bool submit(struct application *p, unsigned n, bool seated)
{
	app_fill(p, n, seated);
	app_store_tail(p);
	return !app_enter(p)->otherwise;
}

static void event(struct application *p)
{
	const uint32_t cq_tail = p->trace.state.cq_tail;
	int r = request_event(&p->request);
	struct walk_step *step =
		app_step(p, &(struct trace_plan){ .kind = WALK_EVENT,
						  .by = WRITER_APP,
						  .fields = trace_bit(FIELD_CQ_TAIL) |
							    trace_bit(FIELD_SQ_FLAGS),
						  .cqes = { cq_tail, 1 },
						  .title = "the pipe becomes readable" });

	snprintf(step->call, sizeof(step->call), "write(the other end of the pipe, 1 byte)");
	step->ret = r;
	snprintf(step->what, sizeof(step->what), "%s",
		 step->state.cq_tail != cq_tail ? "the kernel posts the CQE before the call returns"
		 : app_sqpoll(p)
			 ? "the SQ thread has been told, and posts the CQE"
			 : "the kernel has noted it, and posts the CQE when this task asks");
}

static void request(struct application *p)
{
	bool multishot = p->ask->op == WALK_OP_MULTISHOT;

	if (!submit(p, 1, true))
		return;
	if (!request_waits(p->ask->op)) {
		app_collect(p, 1);
		return;
	}
	for (unsigned i = 0; i < (multishot ? EVENTS : 1); i++) {
		/* The request failed at once and does not wait for the event. */
		if (p->trace.state.cq_tail == p->trace.state.cq_head)
			event(p);
		if (!app_collect(p, 1) || p->ends[1])
			return;
		request_drain(&p->request);
	}
	app_fill_cancel(p, 1);
	app_store_tail(p);
	app_enter(p);
	app_collect(p, 2);
}

static void wraparound(struct application *p)
{
	const struct ring_params *r = &p->ring.p;
	unsigned to_end;

	if (r->sq_entries > 1 &&
	    !app_forward(p, r->sq_entries - 1, false, "requests, up to the last slot of the SQ"))
		return;
	if (!app_forward(p, 1, false, "a request in the last slot of the SQ") ||
	    !app_forward(p, 1, false, "the SQ has come round: a request in its first slot"))
		return;
	to_end = (r->cq_entries - 1 - p->trace.state.cq_tail) & (r->cq_entries - 1);
	if (to_end && !app_forward(p, to_end, false, "requests, up to the last slot of the CQ"))
		return;
	if (app_forward(p, 1, false, "a completion in the last slot of the CQ"))
		app_forward(p, 1, false, "the CQ has come round: a completion in its first slot");
}

static void full_sq(struct application *p)
{
	unsigned n = p->ring.p.sq_entries;
	struct walk_step *step;

	app_fill(p, n, false);
	app_store_tail(p);
	step = app_step(
		p, &(struct trace_plan){
			   .kind = WALK_LOOKED,
			   .by = WRITER_APP,
			   .title = "the application looks for a free slot",
			   .order = "sq.head is loaded with acquire: what it has not passed may "
				    "still be read by the kernel" });
	snprintf(step->what, sizeof(step->what),
		 "tail - head is %u - %u = %u, which is sq.ring_entries: the SQ is full. Nothing "
		 "but the application's own check keeps it from writing over slot %u",
		 step->state.sq_tail, step->state.sq_head,
		 step->state.sq_tail - step->state.sq_head, p->tail & (n - 1));
	if (step->state.sq_tail - step->state.sq_head != n)
		app_otherwise(step, "tail - head is not %u", n);
	if (!app_enter(p)->otherwise)
		app_collect(p, n);
}

/* More completions than the CQ holds. The last ones are made with one call, because an old kernel takes no
 * more requests while it keeps overflowed CQEs (io_submit_sqes() of 5.10: EBUSY). */
static void overflow(struct application *p)
{
	unsigned n = p->ring.p.cq_entries, extra = p->ring.p.sq_entries < 2 ? 1 : 2;
	bool nodrop = p->ring.p.features & FEAT_NODROP;

	if (!app_forward(p, n, true, "the application fills the CQ and reads nothing") ||
	    (!submit(p, extra, false) && nodrop))
		return;
	if (!app_collect(p, n) || !nodrop)
		return;
	app_flush(p, extra);
	app_collect(p, extra);
}

static void dropped(struct application *p)
{
	struct walk_step *step;
	uint32_t cq_tail;

	app_fill_bad_index(p);
	app_store_tail(p);
	cq_tail = p->trace.state.cq_tail;
	step = app_enter_bad_index(p);
	if (step->otherwise || step->state.cq_tail != cq_tail)
		return;
	if (submit(p, 1, false))
		app_collect(p, 1);
}

static void (*const plays[WALK_SCENES])(struct application *p) = {
	[SCENE_REQUEST] = request,   [SCENE_WRAPAROUND] = wraparound, [SCENE_FULL_SQ] = full_sq,
	[SCENE_OVERFLOW] = overflow, [SCENE_DROPPED] = dropped,
};

static int play(struct kernel *k, const struct walk_ask *ask, struct walk *w,
		struct walk_scene *scene, struct fail *f)
{
	struct application p;
	int r = app_open(&p, k, ask, scene, f);

	if (r < 0)
		return r;
	if (scene->id == SCENE_DROPPED && p.ring.p.flags & SETUP_NO_SQARRAY)
		snprintf(scene->absent, sizeof(scene->absent),
			 "the ring has no index array (NO_SQARRAY): there is no index to be wrong");
	else
		plays[scene->id](&p);
	w->layout = p.layout;
	return app_close(&p, f);
}

int walk_run(struct kernel *k, const struct walk_ask *ask, struct walk *w, struct fail *f)
{
	struct walk got = { .op = ask->op };
	int r = 0;

	for (unsigned id = 0; id < WALK_SCENES && r == 0; id++) {
		struct walk_scene *scene = &got.scenes[got.n_scenes];

		if (!(ask->scenes & 1u << id))
			continue;
		scene->id = id;
		got.n_scenes++;
		r = play(k, ask, &got, scene, f);
	}
	if (r < 0)
		walk_free(&got);
	else
		*w = got;
	return r;
}

void walk_free(struct walk *w)
{
	for (unsigned i = 0; i < w->n_scenes; i++) {
		for (unsigned s = 0; s < w->scenes[i].n_steps; s++)
			free(w->scenes[i].steps[s].changes);
		free(w->scenes[i].steps);
	}
	*w = (struct walk){ 0 };
}
