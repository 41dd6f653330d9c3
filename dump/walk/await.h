/* SPDX-License-Identifier: MIT */
/* Waits for the kernel's updates of a ring, at most ms. */
#ifndef DUMP_WALK_AWAIT_H
#define DUMP_WALK_AWAIT_H

#include "probe/kernel/ring.h"

/* Access to a word shared with the kernel: load with acquire, store with release. */
uint32_t await_load(const uint32_t *at);
void await_store(uint32_t *at, uint32_t v);

/* How often the kernel was called, and the result of the last call. */
struct await_calls {
	unsigned n;
	int ret;
};

/* Waits until the SQ thread has set NEED_WAKEUP and sleeps; it then takes no SQEs. */
bool await_asleep(const struct ring *r, unsigned ms);

/* Waits until sq.head reaches head. */
bool await_sq_head(const struct ring *r, uint32_t head, unsigned ms);

/* Waits until cq.tail reaches tail. Calls io_uring_enter(GETEVENTS) without waiting, which runs deferred
 * work and flushes overflowed CQEs. */
bool await_cq_tail(const struct ring *r, uint32_t tail, unsigned ms, struct await_calls *calls);

#endif
