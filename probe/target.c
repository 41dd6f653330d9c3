/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <string.h>
#include <time.h>

#include <liburing.h>

#include "base.h"
#include "ring.h"

/* Long beside one read of any drive, short beside a person's patience. */
#define LEFT_ALONE_NS 50000000
#define GIVE_UP_TRIES 200
#define ROUNDS	      3

struct seen {
	int res;
	int before, after; /* in flight before and after polling; negative errno */
};

static void decide(struct polling *out, enum answer polls, const char *why)
{
	out->polls = polls;
	snprintf(out->why, sizeof(out->why), "%s", why);
}

static int one_read(struct ring *ring, int fd, const struct device *d, void *buf, unsigned bytes,
		    struct seen *seen)
{
	const struct timespec alone = { .tv_nsec = LEFT_ALONE_NS }, pause = { .tv_nsec = 5000000 };
	uint32_t *sq_tail = ring_sq_field(ring, ring->p.sq_off.tail);
	uint32_t *cq_head = ring_cq_field(ring, ring->p.cq_off.head);
	uint32_t *cq_tail = ring_cq_field(ring, ring->p.cq_off.tail);
	uint32_t slot = *sq_tail & (ring->p.sq_entries - 1), head = *cq_head;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)ring->sqes.addr + slot;
	const struct io_uring_cqe *cqe;
	int r;

	*sqe = (struct io_uring_sqe){
		.opcode = OP_READ,
		.fd = fd,
		.addr = (uintptr_t)buf,
		.len = bytes,
	};
	ring_sq_field(ring, ring->p.sq_off.array)[slot] = slot;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	r = ring->k->enter(ring->k, ring->fd, 1, 0, 0);
	if (r < 0)
		return r;
	nanosleep(&alone, NULL);
	seen->before = d ? device_inflight(d) : -ENODEV;
	for (unsigned tries = 0; __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) == head; tries++) {
		if (tries == GIVE_UP_TRIES)
			return -ETIMEDOUT;
		if (tries)
			nanosleep(&pause, NULL);
		/* With nothing to wait for this polls once, where waiting might spin for ever. */
		r = ring->k->enter(ring->k, ring->fd, 0, 0, ENTER_GETEVENTS);
		if (r < 0 && r != -EINTR)
			return r;
	}
	cqe = (const struct io_uring_cqe *)(ring_cq_base(ring) + ring->p.cq_off.cqes) +
	      (head & (ring->p.cq_entries - 1));
	seen->res = cqe->res;
	__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE);
	seen->after = d ? device_inflight(d) : -ENODEV;
	return 0;
}

/* Sets *out and returns true when one read was enough to tell. */
static bool judge(const struct seen *s, unsigned bytes, struct polling *out)
{
	if (s->res == -EOPNOTSUPP) {
		decide(out, ANSWER_NO, "the read ended with EOPNOTSUPP: no poll queues");
		return true;
	}
	if (s->res != (int)bytes) {
		snprintf(out->why, sizeof(out->why), "the read ended with %s",
			 s->res < 0 ? errno_name(s->res) : "fewer bytes than asked");
		out->polls = ANSWER_NO;
		return true;
	}
	if (s->before < 0 || s->after < 0) {
		decide(out, ANSWER_UNDECIDED,
		       "the read succeeded, but no disk is known whose "
		       "requests in flight could show polling");
		return true;
	}
	if (s->before == 0) {
		decide(out, ANSWER_NO,
		       "the read completed before it was polled for: the kernel "
		       "fell back to interrupts");
		return true;
	}
	if (s->after < s->before) {
		decide(out, ANSWER_YES, "the read stayed in flight until it was polled for");
		return true;
	}
	decide(out, ANSWER_UNDECIDED,
	       "other requests keep the disk busy, so its count of requests "
	       "in flight shows nothing");
	return false;
}

int target_polls(int fd, const struct device *d, unsigned bytes, struct polling *out)
{
	const struct ring_params p = { .flags = SETUP_IOPOLL };
	_cleanup_free_ void *buf = aligned_alloc(4096, (bytes + 4095) & ~4095u);
	struct ring ring = { 0 };
	struct seen seen;
	int r;

	if (!buf)
		return -ENOMEM;
	r = ring_open(kernel_live(), 4, &p, &ring, NULL);
	for (unsigned i = 0; r == 0 && i < ROUNDS; i++) {
		r = one_read(&ring, fd, d, buf, bytes, &seen);
		if (r == 0 && judge(&seen, bytes, out))
			break;
	}
	ring_close(&ring);
	return r;
}
