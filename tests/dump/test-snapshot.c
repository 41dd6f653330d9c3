/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/abi/predict.h"
#include "dump/foreign/entry-format.h"
#include "dump/foreign/snapshot.h"
#include "probe/kernel/machine.h"
#include "probe/kernel/ring.h"
#include "probe/lib/base.h"

#define V(major, minor) ((struct kver){ major, minor })

static struct ring_params offsets_of(struct kver v)
{
	const struct ring_params asked = { 0 };
	struct ring_params p;

	assert_int_equal(layout_predict(v, 1, &asked, &p, NULL), 0);
	return p;
}

static void put(void *bytes, size_t at, uint32_t v)
{
	memcpy((char *)bytes + at, &v, sizeof(v));
}

static void fill_header(void *bytes, const struct ring_params *o, const struct ring_state *s)
{
	put(bytes, o->sq_off.head, s->sq_head);
	put(bytes, o->sq_off.tail, s->sq_tail);
	put(bytes, o->sq_off.ring_mask, s->sq_mask);
	put(bytes, o->sq_off.ring_entries, s->sq_entries);
	put(bytes, o->sq_off.flags, s->sq_flags);
	put(bytes, o->sq_off.dropped, s->sq_dropped);
	put(bytes, o->cq_off.head, s->cq_head);
	put(bytes, o->cq_off.tail, s->cq_tail);
	put(bytes, o->cq_off.ring_mask, s->cq_mask);
	put(bytes, o->cq_off.ring_entries, s->cq_entries);
	put(bytes, o->cq_off.flags, s->cq_flags);
	put(bytes, o->cq_off.overflow, s->cq_overflow);
}

static const struct ring_state sound = { 26, 29, 7, 8, 1, 2, 21, 26, 15, 16, 3, 4 };

static void reads_both_forms(void **state)
{
	const struct kver kernels[] = { V(5, 10), V(6, 1), V(6, 12), V(7, 2) };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct ring_params o = offsets_of(kernels[i]);
		unsigned char bytes[512] = { 0 };
		struct ring_state got;

		fill_header(bytes, &o, &sound);
		assert_int_equal(
			snapshot_header(&o, HERE_BIG_ENDIAN, bytes, sizeof(bytes), &got, NULL), 0);
		assert_memory_equal(&got, &sound, sizeof(got));
		assert_int_equal(ring_pending(&got), 3);
		assert_int_equal(ring_unreaped(&got), 5);
	}
}

static void refuses_what_is_no_header(void **state)
{
	static const struct {
		uint32_t sq_mask, sq_entries, cq_mask, cq_entries;
	} bad[] = {
		{ 0, 0, 0, 0 },
		{ 8, 8, 15, 16 },
		{ 7, 8, 16, 16 },
		{ 6, 7, 15, 16 },
		{ UINT32_MAX, 0, UINT32_MAX, 0 },
		{ 65535, 65536, 131071, 131072 },
		{ 0x7fffffff, 0x80000000, 15, 16 },
		{ 7, 8, 131071, 131072 },
	};
	struct ring_params o = offsets_of(V(6, 12));
	unsigned char bytes[64] = { 0 };
	struct ring_state s = sound, got = { .sq_head = 42 };
	size_t need = snapshot_header_bytes(&o);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		s.sq_mask = bad[i].sq_mask;
		s.sq_entries = bad[i].sq_entries;
		s.cq_mask = bad[i].cq_mask;
		s.cq_entries = bad[i].cq_entries;
		fill_header(bytes, &o, &s);
		assert_int_equal(
			snapshot_header(&o, HERE_BIG_ENDIAN, bytes, sizeof(bytes), &got, NULL),
			-EPROTO);
	}
	fill_header(bytes, &o, &sound);
	for (size_t n = 0; n < need; n++)
		assert_int_equal(snapshot_header(&o, HERE_BIG_ENDIAN, bytes, n, &got, NULL),
				 -EPROTO);
	assert_int_equal(got.sq_head, 42);
	assert_int_equal(snapshot_header(&o, HERE_BIG_ENDIAN, bytes, need, &got, NULL), 0);
}

/* If the head is newer than the tail, their difference is about four billion. */
static void backlog_has_a_limit(void **state)
{
	struct ring_state s = sound;
	uint32_t n = 42;

	(void)state;
	s.sq_head = s.sq_tail + 64;
	s.cq_head = s.cq_tail + 1;
	assert_int_equal(ring_pending(&s), s.sq_entries);
	assert_int_equal(ring_unreaped(&s), s.cq_entries);
	s = (struct ring_state){ .sq_head = 2, .cq_tail = UINT32_MAX, .sq_entries = 8 };
	assert_true(ring_in_flight(&s, 1, &n));
	assert_int_equal(n, 2);
	s.cq_tail = 3;
	assert_false(ring_in_flight(&s, 0, &n));
	assert_int_equal(n, 2);
}

struct made {
	struct snapshot img;
	unsigned char *rings, *sqes;
};

/* The memory has the exact size of the ring, so that any access beyond it faults. */
static struct made make(struct kver kernel, uint32_t flags, uint32_t sq, uint32_t cq)
{
	struct ring_params o = offsets_of(kernel);
	const struct ring_state s = { .sq_entries = sq, .cq_entries = cq };
	struct made m = { 0 };
	struct ring_sizes sizes;

	entry_format_params(&o, &s, flags, &m.img.p);
	ring_sizes(&m.img.p, &sizes);
	m.rings = calloc(1, sizes.sq);
	m.sqes = calloc(1, sizes.sqes);
	assert_non_null(m.rings);
	assert_non_null(m.sqes);
	m.img.rings = m.rings;
	m.img.sqes = m.sqes;
	m.img.n_rings = sizes.sq;
	m.img.n_sqes = sizes.sqes;
	return m;
}

static void unmake(struct made *m)
{
	free(m->rings);
	free(m->sqes);
}

static void walks_round(void **state)
{
	struct made m = make(V(6, 12), SETUP_CQE32 | SETUP_SQE128, 4, 8);
	struct snapshot_sqe s;
	struct snapshot_cqe c;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		put(m.rings, m.img.p.sq_off.array + 4 * i, 3 - i);
		m.sqes[128 * i] = 10 + i;
	}
	for (uint32_t i = 0; i < 8; i++)
		m.rings[m.img.p.cq_off.cqes + 32 * i] = 20 + i;
	for (uint32_t at = UINT32_MAX - 3; at != 4; at++) {
		snapshot_sqe(&m.img, at, &s);
		assert_int_equal(s.slot, at % 4);
		assert_int_equal(s.index, 3 - at % 4);
		assert_true(s.valid_index && s.big && s.bytes && *s.bytes == 13 - at % 4);
		snapshot_cqe(&m.img, at, &c);
		assert_true(c.slot == at % 8 && c.big && c.bytes && *c.bytes == 20 + at % 8);
	}
	assert_true(snapshot_array_is_permutation(&m.img));
	put(m.rings, m.img.p.sq_off.array + 4, 3);
	assert_false(snapshot_array_is_permutation(&m.img));
	unmake(&m);
}

static void hostile_indices(void **state)
{
	static const uint32_t bad[] = { 4,	    5,		0x1000000, 0x2000000,
					0x7fffffff, 0x80000000, UINT32_MAX };
	struct made m = make(V(6, 1), 0, 4, 8);
	struct snapshot_sqe s;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		put(m.rings, m.img.p.sq_off.array, bad[i]);
		snapshot_sqe(&m.img, 0, &s);
		assert_false(s.valid_index);
		assert_null(s.bytes);
		assert_int_equal(s.index, bad[i]);
		assert_int_equal(s.slots, 1);
	}
	unmake(&m);
}

/* A 128-byte SQE or a 32-byte CQE in the last slot has no second half. */
static void halves_that_are_not_there(void **state)
{
	struct made m = make(V(7, 2), 0, 4, 8);
	struct snapshot_sqe s;
	struct snapshot_cqe c;

	(void)state;
	put(m.rings, m.img.p.sq_off.array + 12, 3);
	m.sqes[64 * 3] = OP_NOP128;
	snapshot_sqe(&m.img, 3, &s);
	assert_true(s.big && s.slots == 2 && !s.bytes);
	put(m.rings, m.img.p.cq_off.cqes + 16 * 7 + 12, CQEF_32);
	snapshot_cqe(&m.img, 7, &c);
	assert_true(c.big && c.slots == 2 && !c.bytes);
	put(m.rings, m.img.p.cq_off.cqes + 16 * 6 + 12, CQEF_32);
	snapshot_cqe(&m.img, 6, &c);
	assert_true(c.big && c.slots == 2 && c.bytes);
	put(m.rings, m.img.p.cq_off.cqes + 16 * 5 + 12, CQEF_SKIP);
	snapshot_cqe(&m.img, 5, &c);
	assert_true(c.skip && c.slots == 1);
	unmake(&m);
}

/* Copies shorter than the header claims. */
static void short_copies(void **state)
{
	struct made m = make(V(6, 12), 0, 4, 8);
	struct snapshot img = m.img;

	(void)state;
	for (size_t n = 0; n <= m.img.n_rings; n++) {
		img.n_rings = n;
		img.n_sqes = n < m.img.n_sqes ? n : m.img.n_sqes;
		for (uint32_t at = 0; at < 8; at++) {
			struct snapshot_sqe s;
			struct snapshot_cqe c;

			snapshot_sqe(&img, at, &s);
			assert_true(!s.bytes || s.bytes + 64 <= img.sqes + img.n_sqes);
			snapshot_cqe(&img, at, &c);
			assert_true(!c.bytes || c.bytes + 16 <= img.rings + n);
		}
		snapshot_array_is_permutation(&img);
	}
	unmake(&m);
}

static size_t pages(size_t n)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

/* Detects the entry format of a ring from the sizes of its mappings alone. */
static struct entry_format by_size(struct kver kernel, uint32_t flags, uint32_t sq, uint32_t cq)
{
	struct ring_params o = offsets_of(kernel), p;
	const struct ring_state s = { .sq_entries = sq, .cq_entries = cq };
	struct snapshot img = { .page_size = sysconf(_SC_PAGESIZE) };
	struct ring_sizes sizes;
	struct entry_format got;

	entry_format_params(&o, &s, flags, &p);
	ring_sizes(&p, &sizes);
	img.n_rings = pages(sizes.sq);
	img.n_sqes = pages(sizes.sqes);
	entry_format_find(&o, kernel, &s, &img, NULL, &got);
	return got;
}

static void formats_by_size(void **state)
{
	struct entry_format s;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint32_t flags = (i & 1 ? SETUP_SQE128 : 0) | (i & 2 ? SETUP_CQE32 : 0) |
				 (i & 4 ? SETUP_NO_SQARRAY : 0);

		s = by_size(V(6, 12), flags, 4096, 8192);
		assert_int_equal(s.flags, flags);
		assert_true(s.sqe == CERTAIN && s.cqe == CERTAIN && s.array == CERTAIN);
	}
	s = by_size(V(6, 12), SETUP_CQE32 | SETUP_SQE128, 4, 8);
	assert_int_equal(s.flags, 0);
	assert_true(s.sqe == ASSUMED && s.cqe == ASSUMED && s.array == ASSUMED);
	/* Formats that this kernel does not support are excluded. */
	s = by_size(V(5, 10), 0, 4, 8);
	assert_true(!s.flags && s.sqe == CERTAIN && s.cqe == CERTAIN && s.array == CERTAIN);
	s = by_size(V(6, 1), 0, 4, 8);
	assert_true(s.sqe == ASSUMED && s.array == CERTAIN);
}

/* As before 5.8.2: for a foreign ring, the reference ring shows whether the array offset has the bug. */
static void array_past_its_place(void **state)
{
	struct made m = make(V(5, 8), 0, 8, 16);

	(void)state;
	assert_int_equal(m.img.p.sq_off.array, 320 + 16 * 16 + 8 * 4);
	assert_int_equal(m.img.n_rings, m.img.p.sq_off.array + 8 * 4);
	unmake(&m);
	m = make(V(5, 10), 0, 8, 16);
	assert_int_equal(m.img.p.sq_off.array, 320 + 16 * 16);
	unmake(&m);
}

static void formats_by_fdinfo(void **state)
{
	static const char wide[] = "SQEs:\t1\n  5: opcode:NOP, fd:-1, flags:0, off:0, addr:0x0, "
				   "rw_flags:0x0, buf_index:0 "
				   "user_data:1, e0:0x0\nCQEs:\t1\n  1: user_data:3, res:0, "
				   "flag:0, extra1:0, extra2:0\n";
	static const char mixed[] =
		"SQEs:\t1\n  5: opcode:NOP128, fd:-1, flags:0, off:0, addr:0x0, rw_flags:0x0, "
		"buf_index:0 user_data:1, e0:0x0\nCQEs:\t1\n  1: user_data:3, res:0, flags:8000, "
		"extra1:0, extra2:0\n";
	const struct ring_state s = { .sq_entries = 4, .cq_entries = 8 };
	struct ring_params o = offsets_of(V(7, 2));
	const struct snapshot nothing = { 0 };
	struct fdinfo i;
	struct entry_format got;

	(void)state;
	assert_int_equal(fdinfo_parse(wide, strlen(wide), &i), 0);
	entry_format_find(&o, V(7, 2), &s, &nothing, &i, &got);
	assert_int_equal(got.flags, SETUP_SQE128 | SETUP_CQE32);
	assert_true(got.sqe == CERTAIN && got.cqe == CERTAIN && got.array == ASSUMED);
	fdinfo_free(&i);
	assert_int_equal(fdinfo_parse(mixed, strlen(mixed), &i), 0);
	entry_format_find(&o, V(7, 2), &s, &nothing, &i, &got);
	assert_int_equal(got.flags, 0);
	assert_true(got.sqe == ASSUMED && got.cqe == CERTAIN);
	fdinfo_free(&i);
}

/* Too small to be distinguished by size, but the index array is at the offset of a CQE32 ring. */
static void formats_by_array(void **state)
{
	struct made m = make(V(6, 12), SETUP_CQE32, 4, 8);
	struct ring_params o = offsets_of(V(6, 12));
	const struct ring_state s = { .sq_entries = 4, .cq_entries = 8 };
	unsigned char page[8192] = { 0 };
	struct snapshot img = {
		.rings = page,
		.n_rings = pages(m.img.n_rings),
		.n_sqes = pages(1),
		.page_size = sysconf(_SC_PAGESIZE),
		.big_endian = HERE_BIG_ENDIAN,
	};
	struct entry_format got;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		put(page, m.img.p.sq_off.array + 4 * i, i);
	entry_format_find(&o, V(6, 12), &s, &img, NULL, &got);
	assert_int_equal(got.flags, SETUP_CQE32);
	assert_true(got.cqe == LIKELY && got.array == LIKELY && got.sqe == ASSUMED);
	unmake(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_forms),	cmocka_unit_test(refuses_what_is_no_header),
		cmocka_unit_test(backlog_has_a_limit),	cmocka_unit_test(walks_round),
		cmocka_unit_test(hostile_indices),	cmocka_unit_test(halves_that_are_not_there),
		cmocka_unit_test(short_copies),		cmocka_unit_test(formats_by_size),
		cmocka_unit_test(array_past_its_place), cmocka_unit_test(formats_by_fdinfo),
		cmocka_unit_test(formats_by_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
