/* SPDX-License-Identifier: MIT */
/* Waits for what the kernel writes into a ring, never longer than ms. */
#ifndef DUMP_WALK_AWAIT_H
#define DUMP_WALK_AWAIT_H

#include "probe/kernel/ring.h"

/* A word that both sides share: loaded with acquire, stored with release. */
uint32_t await_load(const uint32_t *at);
void await_store(uint32_t *at, uint32_t v);

/* How often the kernel was called, and what the last call returned. */
struct await_calls {
	unsigned n;
	int ret;
};

/* Until the SQ thread sleeps and says so by NEED_WAKEUP: it takes nothing then. */
bool await_asleep(const struct ring *r, unsigned ms);

/* Until sq.head is there. */
bool await_sq_head(const struct ring *r, uint32_t head, unsigned ms);

/* Until cq.tail is there or beyond. The kernel is asked for it by io_uring_enter(GETEVENTS), which
 * runs what was put off and flushes what was kept, without waiting. */
bool await_cq_tail(const struct ring *r, uint32_t tail, unsigned ms, struct await_calls *calls);

#endif
