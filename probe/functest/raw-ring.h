/* SPDX-License-Identifier: MIT */
/* Requests on a ring without liburing, to test ring formats and system calls. Private to probe/functest*.c. */
#ifndef PROBE_FUNCTEST_RAW_RING_H
#define PROBE_FUNCTEST_RAW_RING_H

#include "fixture.h"
#include "probe/kernel/ring.h"

/* IORING_NOP_CQE32, 6.18 */
#define NOP_CQE32 32u

/* struct io_uring_region_desc, io_uring_mem_region_reg; 6.13 */
struct region {
	uint64_t user_addr, size;
	uint32_t flags, id;
	uint64_t mmap_offset, resv[4];
};

struct region_reg {
	uint64_t region_uptr, flags, resv[2];
};

#define REGION_USER 1u

/* Sets up a ring; returns -errno through fixture_failed(). Close it with raw_close(), which supports
 * REGISTERED_FD_ONLY. */
int raw_open(struct fixture *s, struct ring *r, unsigned entries, struct ring_params p);
void raw_close(struct ring *r);

/* Puts a request into the SQ; an SQ thread may see it at once. */
void raw_push(struct ring *r, struct io_uring_sqe sqe);
void raw_push_nop(struct ring *r, uint64_t user_data);

/* io_uring_enter() on the ring; returns a negative errno on failure. */
int raw_enter(struct ring *r, unsigned to_submit, unsigned min_complete, unsigned flags);

/* io_uring_register(); returns a negative errno on failure. */
int raw_register(int fd, unsigned op, const void *arg, unsigned nr);

/* Queries size bytes of IO_URING_QUERY_* with REGISTER_QUERY (6.18). Returns a negative errno if it is not
 * known. */
int raw_query(unsigned what, void *answer, unsigned size);

/* Takes the next completion; returns false if there is none. */
bool raw_peek(struct ring *r, struct io_uring_cqe *cqe);
/* Waits for the next completion, for SQPOLL without a system call on the ring; has a timeout like
 * fixture_next(). */
bool raw_next(struct fixture *s, struct ring *r, struct io_uring_cqe *cqe);
/* SQPOLL: whether the thread sleeps, as it does at first; and wakes it up. */
bool raw_sleeps(struct ring *r);
void raw_wake(struct ring *r);

/* Registers the ring's own fd; returns its index, or a negative errno. */
int raw_register_fd(int fd);
int raw_unregister_fd(int fd, int index);

#define _cleanup_raw_ _cleanup_(raw_close)

#endif
