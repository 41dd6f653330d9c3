/* SPDX-License-Identifier: MIT */
/* Watches the memory of one ring: each step has the changes since the previous one. */
#ifndef DUMP_WALK_MEMORY_H
#define DUMP_WALK_MEMORY_H

#include "walk.h"

struct trace {
	const struct ring *ring;
	const struct layout *layout;
	struct walk_scene *scene;
	const char *flags_name;		     /* the request's name for sqe.rw_flags */
	unsigned char *was[LAYOUT_MAX_MAPS]; /* the mappings at the last step */
	unsigned char *now[LAYOUT_MAX_MAPS];
	struct walk_state state; /* at the last step */
	struct walk_step spare;	 /* returned after an allocation failure */
	int err;
};

/* A range of n consecutive indices. */
struct trace_span {
	uint32_t first, n;
};

/* Description of a step, and what it may change. */
struct trace_plan {
	enum walk_kind kind;
	enum layout_writer by;
	uint32_t fields; /* bit per layout_field_id */
	struct trace_span sqes, array, cqes;
	const char *title, *order;
};

#define TRACE_ANY UINT32_MAX

static inline uint32_t trace_bit(enum layout_field_id id)
{
	return 1u << id;
}

/* Begins a scene; ring, layout and scene must stay valid while the trace is used. Returns -ENOMEM. */
int trace_begin(struct trace *t, const struct ring *ring, const struct layout *layout,
		struct walk_scene *scene);

/* Reads the ring and appends a step to the scene. Returns the step, valid until the next one, and never
 * NULL: allocation failures are recorded in t->err. */
struct walk_step *trace_step(struct trace *t, const struct trace_plan *plan);

void trace_end(struct trace *t);

#endif
