/* SPDX-License-Identifier: MIT */
#include "raw-ring.h"

#include <string.h>
#include <time.h>

#include "probe/lib/base.h"

/* struct io_uring_rsrc_update of io_uring_register(2) */
struct ring_slot {
	uint32_t offset, resv;
	uint64_t data;
};

int raw_register(int fd, unsigned op, const void *arg, unsigned nr)
{
	int r = sys_register(fd, op, arg, nr);

	return r < 0 ? -errno : r;
}

int raw_query(unsigned what, void *answer, unsigned size)
{
	/* struct io_uring_query_hdr of linux/io_uring/query.h */
	struct {
		uint64_t next_entry, query_data;
		uint32_t query_op, size;
		int32_t result;
		uint32_t resv[3];
	} query = { .query_data = (uintptr_t)answer, .query_op = what, .size = size };
	int r = raw_register(-1, REGISTER_QUERY, &query, 0);

	return r < 0 ? r : query.result;
}

int raw_register_fd(int fd)
{
	struct ring_slot slot = { .offset = UINT32_MAX, .data = fd };
	int r = raw_register(fd, REGISTER_RING_FDS, &slot, 1);

	return r < 0 ? r : (int)slot.offset;
}

int raw_unregister_fd(int fd, int index)
{
	struct ring_slot slot = { .offset = index };

	return raw_register(fd, UNREGISTER_RING_FDS, &slot, 1);
}

int raw_open(struct fixture *s, struct ring *r, unsigned entries, struct ring_params p)
{
	int e;

	*r = (struct ring){ 0 };
	e = ring_open(kernel_live(), entries, &p, r, NULL);
	return e < 0 ? fixture_failed_with(s, e, "io_uring_setup and mmap") : 0;
}

void raw_close(struct ring *r)
{
	if (r->k && r->p.flags & SETUP_REGISTERED_FD_ONLY) {
		struct ring_slot slot = { .offset = r->fd };

		/* bit 31: the fd is itself a registered index; 6.3 */
		raw_register(r->fd, UNREGISTER_RING_FDS | 1u << 31, &slot, 1);
		r->fd = -1;
	}
	ring_close(r);
}

static uint32_t *sq_tail(struct ring *r)
{
	return ring_sq_field(r, r->p.sq_off.tail);
}

void raw_push(struct ring *r, struct io_uring_sqe sqe)
{
	bool rewind = r->p.flags & SETUP_SQ_REWIND;
	uint32_t tail = rewind ? 0 : *sq_tail(r), at = tail & (r->p.sq_entries - 1);
	char *slot = (char *)r->sqes.addr + (size_t)at * r->sqe_bytes;

	memset(slot, 0, r->sqe_bytes);
	memcpy(slot, &sqe, sizeof(sqe));
	if (!(r->p.flags & SETUP_NO_SQARRAY))
		ring_sq_field(r, r->p.sq_off.array)[at] = at;
	if (!rewind)
		__atomic_store_n(sq_tail(r), tail + 1, __ATOMIC_RELEASE);
}

void raw_push_nop(struct ring *r, uint64_t user_data)
{
	raw_push(r, (struct io_uring_sqe){ .opcode = OP_NOP, .fd = -1, .user_data = user_data });
}

int raw_enter(struct ring *r, unsigned to_submit, unsigned min_complete, unsigned flags)
{
	int n;

	if (r->p.flags & SETUP_REGISTERED_FD_ONLY)
		flags |= ENTER_REGISTERED_RING;
	n = sys_enter(r->fd, to_submit, min_complete, flags, NULL, 0);
	return n < 0 ? -errno : n;
}

bool raw_peek(struct ring *r, struct io_uring_cqe *to)
{
	uint32_t *head = ring_cq_field(r, r->p.cq_off.head), at = *head;
	uint32_t tail = __atomic_load_n(ring_cq_field(r, r->p.cq_off.tail), __ATOMIC_ACQUIRE);
	const struct io_uring_cqe *cqe;
	bool big;

	if (at == tail)
		return false;
	cqe = (void *)(ring_cq_base(r) + r->p.cq_off.cqes +
		       (size_t)(at & (r->p.cq_entries - 1)) * r->cqe_bytes);
	to->user_data = cqe->user_data;
	to->res = cqe->res;
	to->flags = cqe->flags;
	big = r->p.flags & SETUP_CQE_MIXED && cqe->flags & CQEF_32;
	__atomic_store_n(head, at + 1 + big, __ATOMIC_RELEASE);
	return true;
}

bool raw_sleeps(struct ring *r)
{
	/* The tail must be visible before the flag is read, or the thread could sleep with work pending. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(ring_sq_field(r, r->p.sq_off.flags), __ATOMIC_ACQUIRE) &
	       SQ_NEED_WAKEUP;
}

void raw_wake(struct ring *r)
{
	if (raw_sleeps(r))
		raw_enter(r, 0, 0, ENTER_SQ_WAKEUP);
}

bool raw_next(struct fixture *s, struct ring *r, struct io_uring_cqe *cqe)
{
	struct timespec pause = { .tv_nsec = 20000 };

	for (unsigned ns = 0; ns < PATIENCE_MS * 1000000u; ns += pause.tv_nsec) {
		if (!(r->p.flags & SETUP_SQPOLL))
			raw_enter(r, 0, 0, ENTER_GETEVENTS);
		if (raw_peek(r, cqe))
			return true;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 1000000)
			pause.tv_nsec *= 2;
	}
	fixture_failed_with(s, -ETIME, "waiting for the completion");
	return false;
}
