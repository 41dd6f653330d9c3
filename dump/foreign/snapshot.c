/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <string.h>

#include "probe/kernel/machine.h"
#include "probe/lib/base.h"

#define MAX_SQ_ENTRIES 32768u
#define MAX_CQ_ENTRIES (2 * MAX_SQ_ENTRIES)

static const struct {
	size_t offset; /* of the field's offset in struct ring_params */
	size_t member; /* of struct ring_state */
} fields[] = {
#define FIELD(side, name, member)                                                            \
	{                                                                                    \
		offsetof(struct ring_params, side.name), offsetof(struct ring_state, member) \
	}
	FIELD(sq_off, head, sq_head),	   FIELD(sq_off, tail, sq_tail),
	FIELD(sq_off, ring_mask, sq_mask), FIELD(sq_off, ring_entries, sq_entries),
	FIELD(sq_off, flags, sq_flags),	   FIELD(sq_off, dropped, sq_dropped),
	FIELD(cq_off, head, cq_head),	   FIELD(cq_off, tail, cq_tail),
	FIELD(cq_off, ring_mask, cq_mask), FIELD(cq_off, ring_entries, cq_entries),
	FIELD(cq_off, flags, cq_flags),	   FIELD(cq_off, overflow, cq_overflow),
#undef FIELD
};

static uint32_t offset_of(const struct ring_params *off, unsigned i)
{
	uint32_t v;

	memcpy(&v, (const char *)off + fields[i].offset, sizeof(v));
	return v;
}

size_t snapshot_header_bytes(const struct ring_params *off)
{
	size_t end = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (offset_of(off, i) + sizeof(uint32_t) > end)
			end = offset_of(off, i) + sizeof(uint32_t);
	return end;
}

static bool is_size(uint32_t entries, uint32_t mask, uint32_t max)
{
	return entries && entries <= max && !(entries & (entries - 1)) && mask == entries - 1;
}

int snapshot_header(const struct ring_params *off, bool big_endian, const void *rings, size_t n,
		    struct ring_state *s, struct fail *f)
{
	struct ring_state got = { 0 };

	if (n < snapshot_header_bytes(off))
		return fail_set(f, -EPROTO, "%zu bytes are fewer than a ring's header has", n);
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *at = (const char *)rings + offset_of(off, i);
		uint32_t v;

		/* Before 5.8 there were no cq_flags, and their offset is 0. */
		if (fields[i].member == offsetof(struct ring_state, cq_flags) && !off->cq_off.flags)
			continue;
		v = load_u32(at, big_endian);
		memcpy((char *)&got + fields[i].member, &v, sizeof(v));
	}
	if (!is_size(got.sq_entries, got.sq_mask, MAX_SQ_ENTRIES) ||
	    !is_size(got.cq_entries, got.cq_mask, MAX_CQ_ENTRIES))
		return fail_set(f, -EPROTO,
				"no ring has %u SQ entries with mask 0x%x and %u CQ entries with "
				"mask 0x%x",
				got.sq_entries, got.sq_mask, got.cq_entries, got.cq_mask);
	*s = got;
	return 0;
}

static uint32_t at_most(uint32_t n, uint32_t max)
{
	return n < max ? n : max;
}

uint32_t ring_pending(const struct ring_state *s)
{
	return at_most(s->sq_tail - s->sq_head, s->sq_entries);
}

uint32_t ring_unreaped(const struct ring_state *s)
{
	return at_most(s->cq_tail - s->cq_head, s->cq_entries);
}

bool ring_in_flight(const struct ring_state *s, uint32_t overflow, uint32_t *n)
{
	uint32_t taken = s->sq_head - s->sq_dropped - s->cq_tail - s->cq_overflow - overflow;

	if (taken > INT32_MAX)
		return false;
	*n = taken;
	return true;
}

/* Returns a position in the copy, or NULL. */
static const unsigned char *place(const unsigned char *base, size_t n, uint64_t offset,
				  size_t bytes)
{
	return base && offset <= n && bytes <= n - offset ? base + offset : NULL;
}

static bool array_at(const struct snapshot *i, uint32_t slot, uint32_t *index)
{
	const unsigned char *at = place(i->rings, i->n_rings,
					i->p.sq_off.array + (uint64_t)slot * sizeof(*index),
					sizeof(*index));

	if (at)
		*index = load_u32(at, i->big_endian);
	return at;
}

void snapshot_sqe(const struct snapshot *i, uint32_t position, struct snapshot_sqe *out)
{
	bool sqe128 = i->p.flags & SETUP_SQE128;
	size_t bytes = sqe128 ? 128 : 64;
	struct snapshot_sqe got = {
		.slot = position & (i->p.sq_entries - 1),
		.big = sqe128,
		.slots = 1,
	};

	got.index = got.slot;
	if (!(i->p.flags & SETUP_NO_SQARRAY) && !array_at(i, got.slot, &got.index))
		got.index = UINT32_MAX;
	got.valid_index = got.index < i->p.sq_entries;
	if (got.valid_index)
		got.bytes = place(i->sqes, i->n_sqes, (uint64_t)got.index * bytes, bytes);
	/* Only the opcode tells the size in an SQE_MIXED ring. */
	if (got.bytes && !sqe128 && (*got.bytes == OP_NOP128 || *got.bytes == OP_URING_CMD128)) {
		got.big = true;
		got.slots = 2;
		got.bytes = place(i->sqes, i->n_sqes, (uint64_t)got.index * bytes, 128);
	}
	*out = got;
}

void snapshot_cqe(const struct snapshot *i, uint32_t position, struct snapshot_cqe *out)
{
	bool cqe32 = i->p.flags & SETUP_CQE32;
	size_t bytes = cqe32 ? 32 : 16;
	struct snapshot_cqe got = {
		.slot = position & (i->p.cq_entries - 1),
		.big = cqe32,
		.slots = 1,
	};
	uint64_t at = i->p.cq_off.cqes + (uint64_t)got.slot * bytes;
	uint32_t flags;

	got.bytes = place(i->rings, i->n_rings, at, bytes);
	if (got.bytes && !cqe32) {
		flags = load_u32(got.bytes + 12, i->big_endian);
		got.skip = flags & CQEF_SKIP;
		if (flags & CQEF_32) {
			got.big = true;
			got.slots = 2;
			got.bytes = got.slot + 1 < i->p.cq_entries
					    ? place(i->rings, i->n_rings, at, 32)
					    : NULL;
		}
	}
	*out = got;
}

bool snapshot_array_is_permutation(const struct snapshot *i)
{
	_cleanup_free_ unsigned char *seen = NULL;
	uint32_t index;

	if (i->p.sq_entries < 4)
		return false;
	seen = calloc(i->p.sq_entries, 1);
	for (uint32_t slot = 0; seen && slot < i->p.sq_entries; slot++) {
		if (!array_at(i, slot, &index) || index >= i->p.sq_entries || seen[index])
			return false;
		seen[index] = 1;
	}
	return seen;
}
