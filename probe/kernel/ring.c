/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <string.h>
#include <sys/mman.h>

#include "probe/lib/base.h"

/* The largest rings of io_uring_setup(); larger ones are refused, or with CLAMP reduced. */
#define MAX_SQ_ENTRIES 32768u
#define MAX_CQ_ENTRIES (2 * MAX_SQ_ENTRIES)

static size_t cq_end(const struct ring_params *p, unsigned cqe_bytes)
{
	return p->cq_off.cqes + (size_t)p->cq_entries * cqe_bytes;
}

void ring_sizes(const struct ring_params *p, struct ring_sizes *s)
{
	s->sqe = p->flags & SETUP_SQE128 ? 128 : 64;
	s->cqe = p->flags & SETUP_CQE32 ? 32 : 16;
	s->sqes = (size_t)p->sq_entries * s->sqe;
	s->cq = cq_end(p, s->cqe);
	/* Without the index array the ring mapping ends where the CQEs do. */
	s->sq = p->flags & SETUP_NO_SQARRAY
			? s->cq
			: p->sq_off.array + (size_t)p->sq_entries * sizeof(uint32_t);
	if (p->features & FEAT_SINGLE_MMAP) {
		if (s->cq > s->sq)
			s->sq = s->cq;
		s->cq = 0;
	}
}

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t entries_up(uint32_t n, uint32_t max)
{
	size_t up = 1;

	if (n > max)
		n = max;
	while (up < n)
		up *= 2;
	return up;
}

/* NO_MMAP needs memory before the kernel reports offsets and sizes, so this is an upper bound: every entry
 * at its largest, and a page for the header. */
static int give_memory(struct ring *r, unsigned entries, struct fail *f)
{
	size_t page = sysconf(_SC_PAGESIZE), sq = entries_up(entries, MAX_SQ_ENTRIES);
	size_t cq = r->p.flags & SETUP_CQSIZE ? entries_up(r->p.cq_entries, MAX_CQ_ENTRIES)
					      : 2 * sq;
	size_t rings = page + round_up(cq * 32 + sq * sizeof(uint32_t), page);
	size_t sqes = round_up(sq * 128, page);
	void *mem =
		mmap(NULL, rings + sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return fail_set(f, -errno, "%zu bytes of memory for the rings: %s", rings + sqes,
				strerror(errno));
	r->given = (struct ring_map){ mem, rings + sqes };
	r->sq = (struct ring_map){ mem, rings };
	r->sqes = (struct ring_map){ (char *)mem + rings, sqes };
	r->p.cq_off.user_addr = (uintptr_t)r->sq.addr;
	r->p.sq_off.user_addr = (uintptr_t)r->sqes.addr;
	return 0;
}

static int use_given(struct ring *r, const struct ring_sizes *s, struct fail *f)
{
	if (s->sq > r->sq.bytes || s->cq || s->sqes > r->sqes.bytes)
		return fail_set(f, -EPROTO,
				"the kernel describes rings of %zu + %zu bytes in the "
				"%zu + %zu that were given",
				s->sq, s->sqes, r->sq.bytes, r->sqes.bytes);
	r->sq.bytes = s->sq;
	r->sqes.bytes = s->sqes;
	return 0;
}

static int map_one(struct ring *r, uint64_t offset, size_t bytes, const char *what,
		   struct ring_map *map, struct fail *f)
{
	void *addr;
	int e = r->k->map(r->k, r->fd, offset, bytes, &addr);

	if (e < 0)
		return fail_set(f, e, "mmap of %s: %s", what, strerror(-e));
	*map = (struct ring_map){ addr, bytes };
	return 0;
}

static int map_all(struct ring *r, const struct ring_sizes *s, struct fail *f)
{
	int e = map_one(r, RING_OFF_SQ_RING, s->sq, "the SQ ring", &r->sq, f);

	if (e == 0 && s->cq)
		e = map_one(r, RING_OFF_CQ_RING, s->cq, "the CQ ring", &r->cq, f);
	if (e == 0)
		e = map_one(r, RING_OFF_SQES, s->sqes, "the SQEs", &r->sqes, f);
	return e;
}

int ring_open(struct kernel *k, unsigned entries, const struct ring_params *p, struct ring *ring,
	      struct fail *f)
{
	struct ring r = { .k = k, .fd = -1, .p = *p };
	struct ring_sizes s;
	int e = 0;

	if (p->flags & SETUP_NO_MMAP)
		e = give_memory(&r, entries, f);
	if (e < 0)
		return e;
	r.fd = k->setup(k, entries, &r.p);
	if (r.fd < 0) {
		e = fail_set(f, r.fd, "io_uring_setup(%u entries, flags 0x%x): %s", entries,
			     p->flags, strerror(-r.fd));
		ring_close(&r);
		return e;
	}
	ring_sizes(&r.p, &s);
	r.sqe_bytes = s.sqe;
	r.cqe_bytes = s.cqe;
	e = r.given.bytes ? use_given(&r, &s, f) : map_all(&r, &s, f);
	if (e < 0)
		ring_close(&r);
	else
		*ring = r;
	return e;
}

void ring_close(struct ring *r)
{
	struct ring_map *maps[] = { &r->sq, &r->cq, &r->sqes };

	if (!r->k)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(maps) && !r->given.bytes; i++)
		if (maps[i]->bytes)
			r->k->unmap(r->k, maps[i]->addr, maps[i]->bytes);
	if (r->fd >= 0)
		r->k->close(r->k, r->fd);
	/* After the close, when the kernel has unpinned it. */
	if (r->given.bytes)
		munmap(r->given.addr, r->given.bytes);
	*r = (struct ring){ 0 };
}
