/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <liburing.h>

#include "dump/abi/layout.h"
#include "probe/lib/base.h"

#define V(major, minor) ((struct kver){ major, minor })

static struct ring_params predicted(struct kver v, unsigned entries, uint32_t flags, unsigned cq)
{
	struct ring_params asked = { .flags = flags, .cq_entries = cq }, p;
	struct fail f;

	if (layout_predict(v, entries, &asked, &p, &f) < 0)
		fail_msg("%s", f.msg);
	return p;
}

static int refusal(struct kver v, unsigned entries, uint32_t flags, unsigned cq, struct fail *f)
{
	struct ring_params asked = { .flags = flags, .cq_entries = cq },
			   p = { .resv = { 1, 2, 3 } };
	const struct ring_params before = p;
	int r = layout_predict(v, entries, &asked, &p, f);

	assert_memory_equal(&p, &before, sizeof(p));
	return r;
}

static uint64_t map_bytes(const struct ring_params *p, unsigned i)
{
	struct layout l;

	assert_int_equal(layout_of_params(p, &l, NULL), 0);
	return l.maps[i].bytes;
}

/* The values that 5.10, 6.1, 6.12, 6.18 and 7.2 returned for 1024 entries. */
static void recorded_forms(void **state)
{
	const struct kver spread[] = { V(5, 10), V(6, 1) },
			  compact[] = { V(6, 12), V(6, 18), V(7, 2) };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(spread); i++) {
		struct ring_params p = predicted(spread[i], 1024, 0, 0);
		const struct ring_sq_offsets sq = { 0, 64, 256, 264, 276, 272, 33088, 0, 0 };
		const struct ring_cq_offsets cq = { 128, 192, 260, 268, 284, 320, 280, 0, 0 };

		assert_memory_equal(&p.sq_off, &sq, sizeof(sq));
		assert_memory_equal(&p.cq_off, &cq, sizeof(cq));
		assert_int_equal(map_bytes(&p, 0), 37184);
		assert_int_equal(map_bytes(&p, 1), 65536);
		assert_string_equal(layout_form_match(&p)->name, "spread");
	}
	for (unsigned i = 0; i < ARRAY_SIZE(compact); i++) {
		struct ring_params p = predicted(compact[i], 1024, 0, 0);
		const struct ring_sq_offsets sq = { 0, 4, 16, 24, 36, 32, 32832, 0, 0 };
		const struct ring_cq_offsets cq = { 8, 12, 20, 28, 44, 64, 40, 0, 0 };

		assert_memory_equal(&p.sq_off, &sq, sizeof(sq));
		assert_memory_equal(&p.cq_off, &cq, sizeof(cq));
		assert_int_equal(map_bytes(&p, 0), 36928);
		assert_int_equal(map_bytes(&p, 1), 65536);
		assert_string_equal(layout_form_match(&p)->name, "compact");
	}
	assert_int_equal(predicted(V(6, 1), 1, 0, 0).features, 0x1fff);
	assert_int_equal(predicted(V(6, 12), 1, 0, 0).features, 0xffff);
	assert_int_equal(predicted(V(6, 18), 1, 0, 0).features, 0x3ffff);
}

static void boundaries(void **state)
{
	(void)state;
	assert_null(layout_form_of(V(5, 0)));
	assert_string_equal(layout_form_of(V(5, 3))->name, "apart");
	assert_false(layout_form_of(V(5, 7))->cq.flags);
	assert_int_equal(layout_form_of(V(5, 8))->cq.flags, 280);
	assert_string_equal(layout_form_of(V(6, 5))->name, "spread");
	assert_string_equal(layout_form_of(V(6, 6))->name, "compact");
	for (unsigned i = 1; i < n_layout_forms; i++)
		assert_memory_equal(&layout_forms[i].since, &layout_forms[i - 1].until,
				    sizeof(struct kver));
}

static void sizes(void **state)
{
	struct ring_params p;

	(void)state;
	p = predicted(V(6, 12), 3, 0, 0);
	assert_int_equal(p.sq_entries, 4);
	assert_int_equal(p.cq_entries, 8);
	/* 8 CQEs end at 192, a cache line boundary; a CQ of 1 ends at 80 and is padded. */
	assert_int_equal(p.sq_off.array, 192);
	assert_int_equal(predicted(V(6, 12), 1, SETUP_CQSIZE, 1).sq_off.array, 128);
	/* Without CQSIZE the CQ size is ignored. */
	assert_int_equal(predicted(V(6, 12), 8, 0, 100).cq_entries, 16);
	assert_int_equal(predicted(V(6, 12), 8, SETUP_CQSIZE, 100).cq_entries, 128);
	p = predicted(V(6, 12), UINT32_MAX, SETUP_CLAMP | SETUP_CQSIZE, UINT32_MAX);
	assert_int_equal(p.sq_entries, 32768);
	assert_int_equal(p.cq_entries, 65536);
}

static void big_entries(void **state)
{
	struct ring_params p = predicted(V(6, 12), 8, SETUP_CQE32 | SETUP_SQE128, 0);
	const struct layout_map *map;
	const struct layout_part *part;
	struct layout l;

	(void)state;
	/* 2 * (64 + 16 * 16): 64 bytes after the CQEs are unused. */
	assert_int_equal(p.sq_off.array, 640);
	assert_int_equal(layout_of_params(&p, &l, NULL), 0);
	assert_int_equal(l.maps[0].bytes, 672);
	assert_int_equal(l.maps[1].bytes, 1024);
	part = layout_find(&l, FIELD_CQ_CQES, &map);
	assert_int_equal(part->stride, 32);
	assert_int_equal(part->offset + part->bytes, 576);
	assert_null(part[1].field);
	assert_int_equal(part[1].bytes, 64);
	part = layout_find(&l, FIELD_SQES, &map);
	assert_int_equal(part->stride, 128);
	assert_int_equal(map->id, MAP_SQES);
	assert_int_equal(predicted(V(6, 1), 8, SETUP_CQE32, 0).sq_off.array, 1152);
	/* The mixed flags change nothing. */
	assert_int_equal(predicted(V(7, 2), 8, SETUP_CQE_MIXED | SETUP_SQE_MIXED, 0).sq_off.array,
			 320);
}

static void no_index_array(void **state)
{
	struct ring_params p = predicted(V(6, 6), 1024, SETUP_NO_SQARRAY, 0);
	const struct layout_map *map;
	struct layout l;

	(void)state;
	assert_int_equal(p.sq_off.array, 0);
	assert_int_equal(layout_of_params(&p, &l, NULL), 0);
	assert_int_equal(l.maps[0].bytes, 32832);
	assert_null(layout_find(&l, FIELD_SQ_ARRAY, &map));
}

static void refusals(void **state)
{
	struct fail f;

	(void)state;
	assert_int_equal(refusal(V(6, 12), 0, 0, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 12), 0, SETUP_CLAMP, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 12), 32769, 0, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(5, 2), 4097, 0, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 12), 8, SETUP_CQSIZE, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 12), 8, SETUP_CQSIZE, 4, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 12), 8, SETUP_CQSIZE, 65537, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 18), 8, SETUP_CQE32 | SETUP_CQE_MIXED, 0, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "IORING_SETUP_CQE32"));
	assert_int_equal(refusal(V(6, 18), 1, SETUP_CQE_MIXED | SETUP_CQSIZE, 1, &f), -EINVAL);
	assert_int_equal(refusal(V(7, 0), 1, SETUP_SQE_MIXED, 0, &f), -EINVAL);
	assert_int_equal(refusal(V(6, 18), 8, SETUP_DEFER_TASKRUN, 0, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "IORING_SETUP_SINGLE_ISSUER"));
	assert_int_equal(refusal(V(6, 5), 8, SETUP_NO_SQARRAY, 0, &f), -EOPNOTSUPP);
	assert_string_equal(f.msg, "IORING_SETUP_NO_SQARRAY is not in Linux 6.5: it came with 6.6");
	assert_int_equal(refusal(V(5, 0), 8, 0, 0, &f), -EOPNOTSUPP);
}

static void versions(void **state)
{
	static const char *const bad[] = { "",	   "6",	   "6.",   "six",    "6.x",
					   "-6.1", " 6.1", "6.1x", "6.99999" };
	struct kver v;

	(void)state;
	assert_int_equal(kver_parse("6.1", &v), 0);
	assert_int_equal(v.major * 100 + v.minor, 601);
	assert_int_equal(kver_parse("6.18.44-fc-v657\n", &v), 0);
	assert_int_equal(v.major * 100 + v.minor, 618);
	assert_int_equal(kver_parse("5.10-rc1", &v), 0);
	/* A release as Void Linux names it. */
	assert_int_equal(kver_parse("6.6.30_1", &v), 0);
	assert_int_equal(v.major * 100 + v.minor, 606);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		v = V(1, 2);
		assert_int_equal(kver_parse(bad[i], &v), -EINVAL);
		assert_int_equal(v.minor, 2);
	}
}

static void stable_releases(void **state)
{
	const uint32_t first = predicted(V(5, 10), 1, 0, 0).features;
	unsigned from;

	(void)state;
	assert_int_equal(first, 0x7f);
	/* As returned by 5.10.223. */
	assert_int_equal(first | layout_stable_features("5.10.223", &from), 0x7ff);
	assert_int_equal(from, 162);
	assert_int_equal(first | layout_stable_features("5.10.162-1-lts", NULL), 0x7ff);
	assert_int_equal(layout_stable_features("5.10.161", &from), 0);
	assert_int_equal(from, 162);
	assert_int_equal(layout_stable_features("5.10", NULL), 0);
	assert_int_equal(layout_stable_features("5.17.4", NULL), FEAT_LINKED_FILE);
	assert_int_equal(layout_stable_features("6.1.176", &from), 0);
	assert_int_equal(from, 0);
}

/* Every byte belongs to exactly one part, in order. */
static void covered(const struct layout *l)
{
	for (unsigned m = 0; m < l->n_maps; m++) {
		uint64_t at = 0;

		for (unsigned i = 0; i < l->maps[m].n; i++) {
			const struct layout_part *part = &l->parts[l->maps[m].first + i];

			assert_int_equal(part->offset, at);
			assert_true(part->bytes > 0);
			assert_true(part->field || part->why);
			at += part->bytes;
		}
		assert_int_equal(at, l->maps[m].bytes);
	}
}

/* As in fs/io_uring.c of each release: rings_size() before and after b36200f543ff. */
static void array_past_its_place(void **state)
{
	static const struct {
		const char *release;
		struct kver v;
		bool past;
	} releases[] = {
		{ "5.4", V(5, 4), true },     { "5.4.58", V(5, 4), true },
		{ "5.4.59", V(5, 4), false }, { "5.5.19", V(5, 5), true },
		{ "5.6.19", V(5, 6), true },  { "5.7.15", V(5, 7), true },
		{ "5.7.16", V(5, 7), false }, { "5.8.1", V(5, 8), true },
		{ "5.8.2", V(5, 8), false },  { "5.9", V(5, 9), false },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(releases); i++) {
		struct ring_params p = predicted(releases[i].v, 8, 0, 0);
		struct layout l;

		layout_stable_array(releases[i].release, &p);
		/* A header of 320 bytes, 16 CQEs of 16 bytes, 8 indices of 4. */
		assert_int_equal(p.sq_off.array, releases[i].past ? 608 : 576);
		assert_int_equal(layout_array_is_past(&p), releases[i].past);
		assert_int_equal(layout_of_params(&p, &l, NULL), 0);
		assert_int_equal(l.maps[0].bytes, releases[i].past ? 640 : 608);
		covered(&l);
	}
}

static ssize_t read_ubuntu(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	(void)path;
	return snprintf(buf, size, "5.4.0-150-generic\n");
}

/* The name of a distribution's kernel does not tell whether it has the fix. */
static void array_in_either_place(void **state)
{
	struct kernel ubuntu = { .read_file = read_ubuntu };
	struct ring_params asked = { 0 }, seen = predicted(V(5, 4), 8, 0, 0);
	struct layout_verdict v;
	struct fail f;

	(void)state;
	for (unsigned mended = 0; mended <= 1; mended++) {
		if (mended)
			seen.sq_off.array = layout_array_offset(&seen);
		assert_int_equal(layout_judge(&ubuntu, 8, &asked, &seen, &v, &f), 0);
		assert_int_equal(v.n_diff, 0);
	}
	seen.sq_off.array += 64;
	assert_int_equal(layout_judge(&ubuntu, 8, &asked, &seen, &v, &f), 0);
	assert_int_equal(v.n_diff, 1);
}

static void no_gaps(void **state)
{
	static const uint32_t flags[] = { 0, SETUP_CQE32, SETUP_SQE128,
					  SETUP_CQE32 | SETUP_SQE128 };

	(void)state;
	for (unsigned minor = 19; minor <= 38; minor++)
		for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
			for (unsigned entries = 1; entries <= 32768; entries *= 2) {
				struct kver v = minor < 20 ? V(5, 19) : V(6, minor - 20);
				struct ring_params p = predicted(v, entries, flags[i], 0);
				struct layout l;

				assert_int_equal(layout_of_params(&p, &l, NULL), 0);
				covered(&l);
			}
}

/* Invalid answers of the kernel are detected and not used. */
static void nonsense(void **state)
{
	const struct ring_params good = predicted(V(6, 12), 8, 0, 0);
	struct ring_params p;
	struct layout l = { .n_maps = 77 };
	struct fail f;

	(void)state;
	p = good;
	p.sq_off.tail = p.sq_off.head;
	assert_int_equal(layout_of_params(&p, &l, &f), -EPROTO);
	p = good;
	p.cq_off.overflow = UINT32_MAX - 3;
	assert_int_equal(layout_of_params(&p, &l, &f), -EPROTO);
	p = good;
	p.sq_off.flags = 49;
	assert_int_equal(layout_of_params(&p, &l, &f), -EPROTO);
	assert_non_null(strstr(f.msg, "sq.flags"));
	p = good;
	p.sq_entries = UINT32_MAX;
	p.cq_entries = UINT32_MAX;
	assert_int_equal(layout_of_params(&p, &l, &f), -EPROTO);
	assert_int_equal(l.n_maps, 77);
}

/* A kernel like 5.2: two ring mappings, and no cq.flags. */
struct old_kernel {
	struct kernel k;
	unsigned maps, unmaps, closes;
	int fail_map; /* which map call fails, from 1; 0: none */
};

static int old_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	*p = predicted(V(5, 2), entries, 0, 0);
	return 42;
}

static int old_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	struct old_kernel *old = (struct old_kernel *)k;
	char *mem;

	assert_int_equal(fd, 42);
	if (++old->maps == (unsigned)old->fail_map)
		return -ENOMEM;
	mem = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(mem != MAP_FAILED);
	/* The ring's mask, entries and drops, with different values for each ring. */
	for (unsigned i = 0; offset != RING_OFF_SQES && i < 3; i++)
		*(uint32_t *)(mem + 128 + 4 * i) = (offset ? 200 : 100) + i;
	*addr = mem;
	return 0;
}

static void old_unmap(struct kernel *k, void *addr, size_t length)
{
	((struct old_kernel *)k)->unmaps++;
	munmap(addr, length);
}

static void old_close(struct kernel *k, int fd)
{
	assert_int_equal(fd, 42);
	((struct old_kernel *)k)->closes++;
}

static ssize_t old_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	assert_string_equal(path, "/proc/sys/kernel/osrelease");
	return snprintf(buf, size, "6.6.0\n");
}

static struct old_kernel old_kernel(void)
{
	return (struct old_kernel){ .k = { .setup = old_setup,
					   .map = old_map,
					   .unmap = old_unmap,
					   .close = old_close,
					   .read_file = old_read_file } };
}

static uint32_t value(const struct layout *l, enum layout_field_id id, enum layout_map_id in)
{
	const struct layout_map *map;
	const struct layout_part *part = layout_find(l, id, &map);

	assert_non_null(part);
	assert_int_equal(map->id, in);
	assert_true(part->has_value);
	return part->value;
}

static void rings_apart(void **state)
{
	struct old_kernel old = old_kernel();
	struct ring_params asked = { 0 };
	const struct layout_map *map;
	struct layout_verdict v;
	struct ring ring;
	struct layout l;
	struct fail f;

	(void)state;
	assert_int_equal(layout_open(&old.k, 4, &asked, &ring, &f), 0);
	assert_int_equal(old.maps, 3);
	assert_int_equal(layout_of_ring(&ring, &l, &f), 0);
	covered(&l);
	assert_int_equal(l.n_maps, 3);
	assert_int_equal(l.maps[0].id, MAP_SQ_RING);
	assert_int_equal(l.maps[0].bytes, 160);
	assert_int_equal(l.maps[1].id, MAP_CQ_RING);
	assert_int_equal(l.maps[1].mmap_offset, 0x8000000);
	assert_int_equal(l.maps[1].bytes, 272);
	assert_int_equal(value(&l, FIELD_SQ_RING_MASK, MAP_SQ_RING), 100);
	assert_int_equal(value(&l, FIELD_SQ_DROPPED, MAP_SQ_RING), 102);
	assert_int_equal(value(&l, FIELD_CQ_RING_ENTRIES, MAP_CQ_RING), 201);
	assert_int_equal(value(&l, FIELD_CQ_OVERFLOW, MAP_CQ_RING), 202);
	assert_null(layout_find(&l, FIELD_CQ_FLAGS, &map));

	/* It claims to be 6.6, so most values differ. */
	assert_int_equal(layout_judge(&old.k, 4, &asked, &ring.p, &v, &f), 0);
	assert_string_equal(v.form->name, "compact");
	assert_string_equal(v.seen->name, "apart");
	assert_true(v.n_diff > 10);
	ring_close(&ring);
	assert_int_equal(old.unmaps, 3);
	assert_int_equal(old.closes, 1);
}

static void failing_maps(void **state)
{
	(void)state;
	for (int nth = 1; nth <= 3; nth++) {
		struct old_kernel old = old_kernel();
		struct ring_params asked = { 0 };
		struct ring ring = { .fd = 77 };
		struct fail f;

		old.fail_map = nth;
		assert_int_equal(layout_open(&old.k, 4, &asked, &ring, &f), -ENOMEM);
		assert_int_equal(old.unmaps, nth - 1);
		assert_int_equal(old.closes, 1);
		assert_int_equal(ring.fd, 77);
	}
}

/* Compares our rows for SQE and CQE members with the installed header. */
static void members(void **state)
{
#define SQE(member)                                                   \
	{                                                             \
		"sqe." #member, offsetof(struct io_uring_sqe, member) \
	}
#define CQE(member)                                                   \
	{                                                             \
		"cqe." #member, offsetof(struct io_uring_cqe, member) \
	}
	static const struct {
		const char *name;
		size_t offset;
	} rows[] = {
		SQE(opcode),
		SQE(flags),
		SQE(ioprio),
		SQE(fd),
		SQE(off),
		SQE(addr2),
		SQE(cmd_op),
		SQE(addr),
		SQE(splice_off_in),
		SQE(len),
		SQE(rw_flags),
		SQE(poll32_events),
		SQE(uring_cmd_flags),
		SQE(user_data),
		SQE(buf_index),
		SQE(buf_group),
		SQE(personality),
		SQE(splice_fd_in),
		SQE(file_index),
		SQE(addr_len),
		SQE(addr3),
		SQE(cmd),
		CQE(user_data),
		CQE(res),
		CQE(flags),
		CQE(big_cqe),
	};
	unsigned ends[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct layout_member *m = layout_member_find(rows[i].name);

		if (!m)
			fail_msg("no row for %s", rows[i].name);
		assert_int_equal(m->offset, rows[i].offset);
	}
	for (unsigned i = 0; i < n_layout_members; i++) {
		assert_int_equal(layout_members[i].offset, ends[layout_members[i].entry]);
		ends[layout_members[i].entry] += layout_members[i].bytes;
	}
	assert_int_equal(ends[ENTRY_SQE], 128);
	assert_int_equal(ends[ENTRY_CQE], 32);
	assert_null(layout_member_find("sqe.nonsense"));
	assert_null(layout_member_find("sqe."));
	assert_null(layout_member_find("sqe"));
	assert_null(layout_member_find("cqe.opcode"));
	assert_ptr_equal(layout_field_find("cq.overflow"), &layout_fields[FIELD_CQ_OVERFLOW]);
	assert_null(layout_field_find("cq"));
}

/* Texts must fit into the drawing, and be ASCII for --ascii. */
static void texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LAYOUT_FIELDS; i++) {
		const struct layout_field *f = &layout_fields[i];
		const char *all[] = { f->brief, f->purpose, f->reader, f->order, f->without };
		const char *end = strstr(f->purpose, ". ");

		assert_in_range(strlen(f->brief), 1, 33);
		assert_in_range(end ? (size_t)(end - f->purpose) : strlen(f->purpose) - 1, 1, 72);
		for (unsigned j = 0; j < ARRAY_SIZE(all); j++)
			for (const char *c = all[j]; *c; c++)
				assert_in_range(*c, ' ', '~');
	}
	for (unsigned i = 0; i < n_layout_members; i++)
		assert_in_range(strlen(layout_members[i].brief), 1, 36);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_forms),
		cmocka_unit_test(boundaries),
		cmocka_unit_test(sizes),
		cmocka_unit_test(big_entries),
		cmocka_unit_test(no_index_array),
		cmocka_unit_test(refusals),
		cmocka_unit_test(versions),
		cmocka_unit_test(stable_releases),
		cmocka_unit_test(array_past_its_place),
		cmocka_unit_test(array_in_either_place),
		cmocka_unit_test(no_gaps),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(rings_apart),
		cmocka_unit_test(failing_maps),
		cmocka_unit_test(members),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
