/* SPDX-License-Identifier: MIT */
/* What the request of a walk works on. */
#ifndef DUMP_SEAT_H
#define DUMP_SEAT_H

#include <liburing.h>

#include "walk.h"

#define SEAT_BYTES 16u

/* The memory that requests point to. */
struct seat_memory {
	char buf[SEAT_BYTES];
	char path[SEAT_BYTES];
	struct __kernel_timespec timeout;
};

struct seat {
	enum walk_op op;
	struct seat_memory *mem;
	int file;
	int pipe[2];
};

/* -ENOMEM, or any errno of memfd_create(2) and pipe2(2). */
int seat_open(struct seat *s, enum walk_op op, struct fail *f);

/* stuck: a request is still with the kernel, so the memory that it points to stays. */
void seat_close(struct seat *s, bool stuck);

/* Prepares the SQE of the request; user_data is the caller's. */
void seat_prepare(const struct seat *s, struct io_uring_sqe *sqe);

/* What the request calls sqe.rw_flags, and what it does in a few words. */
const char *seat_flags_name(enum walk_op op);
const char *seat_about(enum walk_op op);

/* Whether the request waits for an event, and the event: -errno or the bytes written. */
bool seat_waits(enum walk_op op);
int seat_event(const struct seat *s);
/* Takes the event away again, so that the next one is one. */
void seat_drain(const struct seat *s);

/* Undoes what a completion with this result did. */
void seat_undo(const struct seat *s, int res);

#endif
