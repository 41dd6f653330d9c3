/* SPDX-License-Identifier: MIT */
#include "entry-format.h"

#include <string.h>

#include "dump/abi/predict.h"
#include "probe/kernel/ring.h"

#define ENTRY_FORMAT_FLAGS (SETUP_SQE128 | SETUP_CQE32 | SETUP_NO_SQARRAY)
#define N_ENTRY_FORMATS	   8

const char *const certainty_names[CERTAINTIES] = {
	[CERTAIN] = "certain",
	[LIKELY] = "likely",
	[ASSUMED] = "assumed",
};

void entry_format_params(const struct ring_params *off, const struct ring_state *s, uint32_t flags,
			 struct ring_params *p)
{
	*p = *off;
	p->flags = flags;
	p->sq_entries = s->sq_entries;
	p->cq_entries = s->cq_entries;
	p->sq_off.array = flags & SETUP_NO_SQARRAY ? 0 : layout_array_offset(p);
	if (p->sq_off.array && layout_array_is_past(off))
		p->sq_off.array += p->sq_entries * sizeof(uint32_t);
}

uint32_t entry_format_flags(struct kver kernel)
{
	uint32_t flags = 0;

	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = uapi_find(UAPI_SETUP, bit);

		if (row && ENTRY_FORMAT_FLAGS & 1u << bit && !kver_before(kernel, row->since))
			flags |= 1u << bit;
	}
	return flags;
}

/* Ascending, so that the most common comes first. */
static uint32_t entry_format_of(unsigned i)
{
	return (i & 1 ? SETUP_NO_SQARRAY : 0) | (i & 2 ? SETUP_CQE32 : 0) |
	       (i & 4 ? SETUP_SQE128 : 0);
}

/* Kernels that allocate a region as one block round it up to a power of two of pages. */
static bool fits(size_t need, size_t seen, size_t page)
{
	size_t block = page;

	while (block < need)
		block *= 2;
	return seen == (need + page - 1) / page * page || seen == block;
}

struct search {
	bool out[N_ENTRY_FORMATS];
	const struct ring_params *off;
	const struct ring_state *s;
	const struct snapshot *img;
};

typedef bool (*keep_fn)(const struct search *q, const struct ring_params *p);

/* Drops the formats that keep rejects, but none if that would leave nothing. Returns whether any was
 * dropped. */
static bool sieve(struct search *q, keep_fn keep)
{
	bool out[N_ENTRY_FORMATS], some = false, left = false;

	for (unsigned i = 0; i < N_ENTRY_FORMATS; i++) {
		struct ring_params p;

		out[i] = q->out[i];
		if (out[i])
			continue;
		entry_format_params(q->off, q->s, entry_format_of(i), &p);
		out[i] = !keep(q, &p);
		some |= out[i];
		left |= !out[i];
	}
	if (left)
		memcpy(q->out, out, sizeof(out));
	return left && some;
}

static bool rings_fit(const struct search *q, const struct ring_params *p)
{
	struct ring_sizes sizes;

	ring_sizes(p, &sizes);
	return fits(sizes.sq, q->img->n_rings, q->img->page_size);
}

static bool sqes_fit(const struct search *q, const struct ring_params *p)
{
	struct ring_sizes sizes;

	ring_sizes(p, &sizes);
	return fits(sizes.sqes, q->img->n_sqes, q->img->page_size);
}

static bool array_filled(const struct search *q, const struct ring_params *p)
{
	struct snapshot img = *q->img;

	img.p = *p;
	return !(p->flags & SETUP_NO_SQARRAY) && snapshot_array_is_permutation(&img);
}

static bool is_wide_op(const struct fdinfo_sqe *s)
{
	return !strcmp(s->op, "NOP128") || !strcmp(s->op, "URING_CMD128");
}

/* Drops the formats that contradict fdinfo's lists. In a mixed ring some entries are large. */
static void read_lists(struct search *q, const struct fdinfo *i)
{
	bool narrow = false, wide = false, mixed = false;

	for (uint32_t n = 0; n < i->n[INFO_SQES]; n++)
		if (!is_wide_op(&i->sqes[n])) {
			wide |= i->sqes[n].has_extra;
			narrow |= !i->sqes[n].has_extra;
		}
	for (unsigned n = 0; n < N_ENTRY_FORMATS && wide != narrow; n++)
		q->out[n] |= !!(entry_format_of(n) & SETUP_SQE128) != wide;
	wide = narrow = false;
	for (uint32_t n = 0; n < i->n[INFO_CQES]; n++) {
		wide |= i->cqes[n].has_extra;
		narrow |= !i->cqes[n].has_extra;
		mixed |= i->cqes[n].flags & CQEF_32;
	}
	wide &= !mixed;
	narrow |= mixed;
	for (unsigned n = 0; n < N_ENTRY_FORMATS && wide != narrow; n++)
		q->out[n] |= !!(entry_format_of(n) & SETUP_CQE32) != wide;
}

static bool agreed(const struct search *q, uint32_t flag)
{
	bool with = false, without = false;

	for (unsigned i = 0; i < N_ENTRY_FORMATS; i++) {
		with |= !q->out[i] && entry_format_of(i) & flag;
		without |= !q->out[i] && !(entry_format_of(i) & flag);
	}
	return with != without;
}

/* Settles properties that have only one possibility now. */
static void settle(const struct search *q, struct entry_format *s, enum certainty how)
{
	if (s->sqe == ASSUMED && agreed(q, SETUP_SQE128))
		s->sqe = how;
	if (s->cqe == ASSUMED && agreed(q, SETUP_CQE32))
		s->cqe = how;
	if (s->array == ASSUMED && agreed(q, SETUP_NO_SQARRAY))
		s->array = how;
}

void entry_format_find(const struct ring_params *off, struct kver kernel,
		       const struct ring_state *s, const struct snapshot *img,
		       const struct fdinfo *i, struct entry_format *out)
{
	struct entry_format got = { 0, ASSUMED, ASSUMED, ASSUMED };
	struct search q = { .off = off, .s = s, .img = img };

	for (unsigned n = 0; n < N_ENTRY_FORMATS; n++)
		q.out[n] = entry_format_of(n) & ~entry_format_flags(kernel);
	if (img->n_rings)
		sieve(&q, rings_fit);
	if (img->n_sqes)
		sieve(&q, sqes_fit);
	if (i)
		read_lists(&q, i);
	settle(&q, &got, CERTAIN);
	if (img->rings && sieve(&q, array_filled))
		settle(&q, &got, LIKELY);
	for (unsigned n = N_ENTRY_FORMATS; n--;)
		if (!q.out[n])
			got.flags = entry_format_of(n);
	*out = got;
}
