/* SPDX-License-Identifier: MIT */
/* The application of a walk: operates its ring step by step. */
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
	uint32_t tail;	     /* of the SQ, as counted by the application */
	unsigned char *ends; /* per request: the number of its final completions */
	unsigned ended;	     /* sum of ends */
	unsigned max_made;
	bool stray; /* a completion does not belong to any request */
};

/* Opens a ring for a scene and records its first step. Returns the errors of walk_run(). */
int app_open(struct application *p, struct kernel *k, const struct walk_ask *ask,
	     struct walk_scene *scene, struct fail *f);

/* Completes the scene and closes the ring. Returns -ENOMEM if an allocation failed meanwhile. */
int app_close(struct application *p, struct fail *f);

/* Each of these is one step. If seated, the SQEs are the request of the walk, otherwise NOPs. */
struct walk_step *app_fill(struct application *p, unsigned n, bool seated);
struct walk_step *app_fill_bad_index(struct application *p);
struct walk_step *app_fill_cancel(struct application *p, uint64_t user_data);
struct walk_step *app_store_tail(struct application *p);
struct walk_step *app_enter(struct application *p);
struct walk_step *app_enter_bad_index(struct application *p);

/* Up to three steps: the kernel posts the rest of n CQEs, they are read, the head is stored. Returns false
 * on timeout. */
bool app_collect(struct application *p, unsigned n);

/* One step in which n NOPs complete and, unless keep, their CQEs are read. Returns false on timeout. */
bool app_forward(struct application *p, unsigned n, bool keep, const char *title);

/* Makes the kernel flush n overflowed CQEs. */
struct walk_step *app_flush(struct application *p, unsigned n);

/* Custom steps of the caller. */
struct walk_step *app_step(struct application *p, const struct trace_plan *plan);

/* Records in the step that the kernel did not behave as expected. */
void app_otherwise(struct walk_step *step, const char *fmt, ...) _printf_(2, 3);

static inline bool app_sqpoll(const struct application *p)
{
	return p->ring.p.flags & SETUP_SQPOLL;
}

#endif
