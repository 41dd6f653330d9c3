/* SPDX-License-Identifier: MIT */
/* What the request of a walk works on. */
#ifndef DUMP_WALK_REQUEST_H
#define DUMP_WALK_REQUEST_H

#include <liburing.h>

#include "walk.h"

#define STAGE_BYTES 16u

/* The memory that requests point to. */
struct stage_memory {
	char buf[STAGE_BYTES];
	char path[STAGE_BYTES];
	struct __kernel_timespec timeout;
};

struct stage {
	enum walk_op op;
	struct stage_memory *mem;
	int file;
	int pipe[2];
};

/* -ENOMEM, or any errno of memfd_create(2) and pipe2(2). */
int stage_open(struct stage *s, enum walk_op op, struct fail *f);

/* stuck: a request is still with the kernel, so the memory that it points to stays. */
void stage_close(struct stage *s, bool stuck);

/* Prepares the SQE of the request; user_data is the caller's. */
void stage_prepare(const struct stage *s, struct io_uring_sqe *sqe);

/* What the request calls sqe.rw_flags, and what it does in a few words. */
const char *stage_flags_name(enum walk_op op);
const char *stage_about(enum walk_op op);

/* Whether the request waits for an event, and the event: -errno or the bytes written. */
bool stage_waits(enum walk_op op);
int stage_event(const struct stage *s);
/* Takes the event away again, so that the next one is one. */
void stage_drain(const struct stage *s);

/* Undoes what a completion with this result did. */
void stage_undo(const struct stage *s, int res);

#endif
