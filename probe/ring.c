/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <string.h>

#include "base.h"

static size_t sq_ring_bytes(const struct ring_params *p, unsigned cqe_bytes)
{
	if (!(p->flags & SETUP_NO_SQARRAY))
		return p->sq_off.array + (size_t)p->sq_entries * sizeof(uint32_t);
	/* Without the index array the ring mapping ends where the CQEs do. */
	return p->cq_off.cqes + (size_t)p->cq_entries * cqe_bytes;
}

int ring_open(struct kernel *k, unsigned entries, const struct ring_params *p, struct ring *ring,
	      struct fail *f)
{
	struct ring r = { .k = k, .p = *p };
	size_t cq_bytes;
	int e;

	r.fd = k->setup(k, entries, &r.p);
	if (r.fd < 0)
		return fail_set(f, r.fd, "io_uring_setup(%u entries, flags 0x%x): %s", entries,
				p->flags, strerror(-r.fd));
	r.sqe_bytes = r.p.flags & SETUP_SQE128 ? 128 : 64;
	r.cqe_bytes = r.p.flags & SETUP_CQE32 ? 32 : 16;
	r.sq.bytes = sq_ring_bytes(&r.p, r.cqe_bytes);
	cq_bytes = r.p.cq_off.cqes + (size_t)r.p.cq_entries * r.cqe_bytes;
	if (r.p.features & FEAT_SINGLE_MMAP) {
		if (cq_bytes > r.sq.bytes)
			r.sq.bytes = cq_bytes;
		cq_bytes = 0;
	}
	e = k->map(k, r.fd, RING_OFF_SQ_RING, r.sq.bytes, &r.sq.addr);
	if (e < 0) {
		r.sq.bytes = 0;
		fail_set(f, e, "mmap of the SQ ring: %s", strerror(-e));
		goto fail;
	}
	if (cq_bytes) {
		e = k->map(k, r.fd, RING_OFF_CQ_RING, cq_bytes, &r.cq.addr);
		if (e < 0) {
			fail_set(f, e, "mmap of the CQ ring: %s", strerror(-e));
			goto fail;
		}
		r.cq.bytes = cq_bytes;
	}
	r.sqes.bytes = (size_t)r.p.sq_entries * r.sqe_bytes;
	e = k->map(k, r.fd, RING_OFF_SQES, r.sqes.bytes, &r.sqes.addr);
	if (e < 0) {
		r.sqes.bytes = 0;
		fail_set(f, e, "mmap of the SQEs: %s", strerror(-e));
		goto fail;
	}
	*ring = r;
	return 0;
fail:
	ring_close(&r);
	return e;
}

void ring_close(struct ring *r)
{
	struct ring_map *maps[] = { &r->sq, &r->cq, &r->sqes };

	if (!r->k)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(maps); i++)
		if (maps[i]->bytes)
			r->k->unmap(r->k, maps[i]->addr, maps[i]->bytes);
	r->k->close(r->k, r->fd);
	*r = (struct ring){ 0 };
}
