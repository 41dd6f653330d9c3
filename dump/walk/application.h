/* SPDX-License-Identifier: MIT */
/* The application of a walk: what it does to its ring, one step at a time. */
#ifndef DUMP_WALK_APPLICATION_H
#define DUMP_WALK_APPLICATION_H

#include "memory.h"
#include "probe/lib/base.h"
#include "request.h"

struct application {
	struct kernel *k;
	const struct walk_ask *ask;
	struct walk_scene *scene;
	struct ring ring;
	struct layout layout;
	struct trace trace;
	struct request request;
	uint32_t tail;	     /* of the SQ, as the application counts it */
	unsigned char *ends; /* per request: its last completions */
	unsigned ended;	     /* the sum of ends */
	unsigned max_made;
	bool stray; /* a completion that belongs to no request */
};

/* Opens a ring for a scene and takes its first step. Errors as walk_run(). */
int app_open(struct application *p, struct kernel *k, const struct walk_ask *ask,
	     struct walk_scene *scene, struct fail *f);

/* Sums the scene up and closes the ring. Returns -ENOMEM when memory ran out on the way. */
int app_close(struct application *p, struct fail *f);

/* Each of these is one step. The SQEs are NOPs unless seated, which is what the walk asked for. */
struct walk_step *app_fill(struct application *p, unsigned n, bool seated);
struct walk_step *app_fill_bad_index(struct application *p);
struct walk_step *app_fill_cancel(struct application *p, uint64_t user_data);
struct walk_step *app_store_tail(struct application *p);
struct walk_step *app_enter(struct application *p);
struct walk_step *app_enter_bad_index(struct application *p);

/* Three steps at most: the kernel posts what is still missing of n CQEs, they are read, the head is
 * stored. False when they do not come in time. */
bool app_collect(struct application *p, unsigned n);

/* One step for n NOPs that go all the way or, when their CQEs are kept, up to there. False when
 * they do not come in time. */
bool app_forward(struct application *p, unsigned n, bool keep, const char *title);

/* The kernel is asked for n CQEs that it kept. */
struct walk_step *app_flush(struct application *p, unsigned n);

/* Steps of the caller's own. */
struct walk_step *app_step(struct application *p, const struct trace_plan *plan);

/* Says in the step that the kernel did otherwise than it should. */
void app_otherwise(struct walk_step *step, const char *fmt, ...) _printf_(2, 3);

static inline bool app_sqpoll(const struct application *p)
{
	return p->ring.p.flags & SETUP_SQPOLL;
}

#endif
