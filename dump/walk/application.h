/* SPDX-License-Identifier: MIT */
/* The application of a walk: what it does to its ring, one step at a time. */
#ifndef DUMP_WALK_APPLICATION_H
#define DUMP_WALK_APPLICATION_H

#include "memory.h"
#include "probe/lib/base.h"
#include "request.h"

struct player {
	struct kernel *k;
	const struct walk_ask *ask;
	struct walk_scene *scene;
	struct ring ring;
	struct layout layout;
	struct trace trace;
	struct stage stage;
	uint32_t tail;	     /* of the SQ, as the application counts it */
	unsigned char *ends; /* per request: its last completions */
	unsigned ended;	     /* the sum of ends */
	unsigned max_made;
	bool stray; /* a completion that belongs to no request */
};

/* Opens a ring for a scene and takes its first step. Errors as walk_run(). */
int player_open(struct player *p, struct kernel *k, const struct walk_ask *ask,
		struct walk_scene *scene, struct fail *f);

/* Sums the scene up and closes the ring. Returns -ENOMEM when memory ran out on the way. */
int player_close(struct player *p, struct fail *f);

/* Each of these is one step. The SQEs are NOPs unless seated, which is what the walk asked for. */
struct walk_step *player_fill(struct player *p, unsigned n, bool seated);
struct walk_step *player_fill_bad_index(struct player *p);
struct walk_step *player_fill_cancel(struct player *p, uint64_t user_data);
struct walk_step *player_store_tail(struct player *p);
struct walk_step *player_enter(struct player *p);
struct walk_step *player_enter_bad_index(struct player *p);

/* Three steps at most: the kernel posts what is still missing of n CQEs, they are read, the head is
 * stored. False when they do not come in time. */
bool player_collect(struct player *p, unsigned n);

/* One step for n NOPs that go all the way or, when their CQEs are kept, up to there. False when
 * they do not come in time. */
bool player_forward(struct player *p, unsigned n, bool keep, const char *title);

/* The kernel is asked for n CQEs that it kept. */
struct walk_step *player_flush(struct player *p, unsigned n);

/* Steps of the caller's own. */
struct walk_step *player_step(struct player *p, const struct trace_plan *plan);

/* Says in the step that the kernel did otherwise than it should. */
void player_otherwise(struct walk_step *step, const char *fmt, ...) _printf_(2, 3);

static inline bool player_sqpoll(const struct player *p)
{
	return p->ring.p.flags & SETUP_SQPOLL;
}

#endif
