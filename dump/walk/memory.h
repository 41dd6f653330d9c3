/* SPDX-License-Identifier: MIT */
/* Watches the memory of one ring: each step is what changed since the one before. */
#ifndef DUMP_WALK_MEMORY_H
#define DUMP_WALK_MEMORY_H

#include "walk.h"

struct trace {
	const struct ring *ring;
	const struct layout *layout;
	struct walk_scene *scene;
	const char *flags_name;		     /* what the request calls sqe.rw_flags */
	unsigned char *was[LAYOUT_MAX_MAPS]; /* the mappings as of the last step */
	unsigned char *now[LAYOUT_MAX_MAPS];
	struct walk_state state; /* as of the last step */
	struct walk_step spare;	 /* given out when memory ran out */
	int err;
};

/* Indices that run on, n of them. */
struct trace_span {
	uint32_t first, n;
};

/* What a step is, and what it may change. */
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

/* Begins a scene; ring, layout and scene must outlive the trace. -ENOMEM. */
int trace_begin(struct trace *t, const struct ring *ring, const struct layout *layout,
		struct walk_scene *scene);

/* Reads the ring and appends a step to the scene. What is returned is valid until the next step,
 * and never NULL: when memory runs out t->err says so. */
struct walk_step *trace_step(struct trace *t, const struct trace_plan *plan);

void trace_end(struct trace *t);

#endif
