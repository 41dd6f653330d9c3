/* SPDX-License-Identifier: MIT */
#include "iopoll.h"

#include <string.h>
#include <time.h>

#include <liburing.h>

#include "interrupts.h"
#include "probe/kernel/form-rows.h"
#include "probe/kernel/ring.h"
#include "probe/lib/base.h"
#include "probe/lib/mono.h"

/* The read is not polled for during this many times the duration of the previous reads, but at least the
 * minimum. */
#define LEFT_ALONE_TIMES 20
#define LEFT_ALONE_NS	 50000000ull
#define LEFT_ALONE_MOST	 1000000000ull
#define GIVE_UP_TRIES	 200

static const struct form_member polling_rows[] = {
	ALWAYS(polling, polls, WORD, WORDS(answer_names)),
	ALWAYS(polling, why, TEXT),
	ALWAYS(polling, res, ERRNO),
	ALWAYS(polling, before, ERRNO),
	ALWAYS(polling, after, ERRNO),
};
const struct form form_polling = STRUCT("polling", polling, polling_rows);

struct trial_read {
	int fd;
	const struct device *d;
	struct irq_source irqs;
	void *buf;
	uint64_t offset;
	unsigned bytes;
	uint64_t alone_ns;
	struct polling_signs signs;
};

static void decide(struct polling *out, enum answer polls, const char *why)
{
	out->polls = polls;
	snprintf(out->why, sizeof(out->why), "%s", why);
}

/* Negative if unknown. */
static int64_t interrupts_since(const struct trial_read *t, int64_t before)
{
	struct irqs now;

	if (before < 0 || t->irqs.of != IRQS_DEVICE)
		return -ENODEV;
	irqs_read(kernel_live(), &t->irqs, &now);
	return now.known ? (int64_t)now.device - before : -ENODEV;
}

static int one_read(struct ring *ring, struct trial_read *t, struct polling *seen)
{
	const int64_t interrupts = interrupts_since(t, 0);
	const struct timespec alone = { t->alone_ns / 1000000000, t->alone_ns % 1000000000 };
	const struct timespec pause = { .tv_nsec = 5000000 };
	uint32_t *sq_tail = ring_sq_field(ring, ring->p.sq_off.tail);
	uint32_t *cq_head = ring_cq_field(ring, ring->p.cq_off.head);
	uint32_t *cq_tail = ring_cq_field(ring, ring->p.cq_off.tail);
	uint32_t slot = *sq_tail & (ring->p.sq_entries - 1), head = *cq_head;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)ring->sqes.addr + slot;
	const struct io_uring_cqe *cqe;
	int r;

	*sqe = (struct io_uring_sqe){
		.opcode = OP_READ,
		.fd = t->fd,
		.addr = (uintptr_t)t->buf,
		.len = t->bytes,
		.off = t->offset,
	};
	ring_sq_field(ring, ring->p.sq_off.array)[slot] = slot;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	r = ring->k->enter(ring->k, ring->fd, 1, 0, 0);
	if (r < 0)
		return r;
	nanosleep(&alone, NULL);
	seen->before = t->d ? device_inflight(t->d) : -ENODEV;
	for (unsigned tries = 0; __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) == head; tries++) {
		if (tries == GIVE_UP_TRIES)
			return -ETIMEDOUT;
		if (tries)
			nanosleep(&pause, NULL);
		/* Without a minimum to wait for, this polls once; waiting could spin forever. */
		r = ring->k->enter(ring->k, ring->fd, 0, 0, ENTER_GETEVENTS);
		if (r < 0 && r != -EINTR)
			return r;
	}
	cqe = (const struct io_uring_cqe *)(ring_cq_base(ring) + ring->p.cq_off.cqes) +
	      (head & (ring->p.cq_entries - 1));
	seen->res = cqe->res;
	__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE);
	seen->after = t->d ? device_inflight(t->d) : -ENODEV;
	t->signs.by_polled = interrupts_since(t, interrupts);
	return 0;
}

/* Long enough that a slow read is not mistaken for one that needs polling. */
static uint64_t time_to_leave_alone(struct trial_read *t)
{
	const int64_t interrupts = interrupts_since(t, 0);
	uint64_t longest = 0, ns;

	for (unsigned i = 0; i < POLLING_ROUNDS; i++) {
		uint64_t begin = mono_ns();

		if (pread(t->fd, t->buf, t->bytes, t->offset) < 0)
			return LEFT_ALONE_MOST;
		ns = mono_ns() - begin;
		longest = ns > longest ? ns : longest;
	}
	t->signs.by_plain = interrupts_since(t, interrupts);
	ns = longest * LEFT_ALONE_TIMES;
	return ns < LEFT_ALONE_NS ? LEFT_ALONE_NS : ns > LEFT_ALONE_MOST ? LEFT_ALONE_MOST : ns;
}

/* Counts the interrupts of the idle device, for as long as the read is not polled for. */
static void look_at_rest(struct trial_read *t)
{
	const int64_t interrupts = interrupts_since(t, 0);
	const struct timespec alone = { t->alone_ns / 1000000000, t->alone_ns % 1000000000 };

	nanosleep(&alone, NULL);
	t->signs.at_rest = interrupts_since(t, interrupts);
}

/* Without iostats the number of requests in flight is always 0. */
static bool judge_by_interrupts(const struct polling_signs *s, struct polling *p)
{
	if (s->by_plain < POLLING_ROUNDS || s->at_rest || s->by_polled < 0) {
		decide(p, ANSWER_UNDECIDED,
		       "queue/iostats is not 1, so the count of requests in flight shows nothing, "
		       "nor do interrupts of the device");
		return true;
	}
	if (s->by_polled == 0) {
		decide(p, ANSWER_YES, "the read was polled for, and raised no interrupt");
		return false;
	}
	if (p->polls == ANSWER_YES)
		decide(p, ANSWER_UNDECIDED,
		       "of the reads that were polled for some raised an interrupt");
	else
		decide(p, ANSWER_NO,
		       "the read raised an interrupt: the kernel fell back to interrupts");
	return true;
}

bool polling_judge(const struct polling_signs *s, unsigned bytes, struct polling *p)
{
	if (p->res == -EOPNOTSUPP) {
		decide(p, ANSWER_NO, "the read ended with EOPNOTSUPP");
		return true;
	}
	if (p->res != (int)bytes) {
		snprintf(p->why, sizeof(p->why), "the read ended with %s",
			 p->res < 0 ? errno_name(p->res) : "fewer bytes than asked");
		p->polls = ANSWER_NO;
		return true;
	}
	if (p->before < 0 || p->after < 0) {
		decide(p, ANSWER_UNDECIDED,
		       "the read succeeded, but no disk is known whose "
		       "requests in flight could show polling");
		return true;
	}
	if (p->before == 0 && !s->counted)
		return judge_by_interrupts(s, p);
	if (p->before == 0) {
		decide(p, ANSWER_NO,
		       "the read completed before it was polled for: the kernel "
		       "fell back to interrupts");
		return true;
	}
	if (p->after < p->before) {
		decide(p, ANSWER_YES, "the read stayed in flight until it was polled for");
		return false;
	}
	decide(p, ANSWER_UNDECIDED,
	       "other requests keep the disk busy, so its count of requests "
	       "in flight shows nothing");
	return false;
}

int target_polls(int fd, const struct device *d, uint64_t offset, unsigned bytes,
		 struct polling *out)
{
	const struct ring_params params = { .flags = SETUP_IOPOLL };
	struct trial_read t = {
		.fd = fd,
		.d = d,
		.buf = aligned_alloc(4096, (bytes + 4095) & ~4095u),
		.offset = offset,
		.bytes = bytes,
		.signs.counted = d && d->iostats == 1,
	};
	struct polling p = { 0 };
	struct ring ring = { 0 };
	int r;

	if (!t.buf)
		return -ENOMEM;
	if (d)
		irq_source_of(kernel_live(), d->disk, &t.irqs);
	t.alone_ns = time_to_leave_alone(&t);
	if (d && !t.signs.counted)
		look_at_rest(&t);
	r = ring_open(kernel_live(), 4, &params, &ring, NULL);
	for (unsigned i = 0; r == 0 && i < POLLING_ROUNDS; i++) {
		r = one_read(&ring, &t, &p);
		if (r == 0 && polling_judge(&t.signs, bytes, &p))
			break;
	}
	ring_close(&ring);
	/* A hung read may still write into the buffer. */
	if (r != -ETIMEDOUT)
		free(t.buf);
	if (r == 0)
		*out = p;
	return r;
}
