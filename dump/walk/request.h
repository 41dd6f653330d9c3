/* SPDX-License-Identifier: MIT */
/* Resources for the request of a walk. */
#ifndef DUMP_WALK_REQUEST_H
#define DUMP_WALK_REQUEST_H

#include <liburing.h>

#include "walk.h"

#define REQUEST_BYTES 16u

/* The memory that requests point to. */
struct request_memory {
	char buf[REQUEST_BYTES];
	char path[REQUEST_BYTES];
	struct __kernel_timespec timeout;
};

struct request {
	enum walk_op op;
	struct request_memory *mem;
	int file;
	int pipe[2];
};

/* Returns -ENOMEM, or any errno of memfd_create(2) and pipe2(2). */
int request_open(struct request *s, enum walk_op op, struct fail *f);

/* stuck: a request is still in flight, so its memory is not freed. */
void request_close(struct request *s, bool stuck);

/* Prepares the SQE of the request; the caller sets user_data. */
void request_prepare(const struct request *s, struct io_uring_sqe *sqe);

/* The request's name for sqe.rw_flags, and a short description. */
const char *request_flags_name(enum walk_op op);
const char *request_about(enum walk_op op);

/* Whether the request waits for an event; and causes the event: returns -errno or the bytes written. */
bool request_waits(enum walk_op op);
int request_event(const struct request *s);
/* Consumes the event, so that the next one is seen. */
void request_drain(const struct request *s);

/* Undoes the effect of a completion with this result. */
void request_undo(const struct request *s, int res);

#endif
