/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "dump/foreign/fdinfo.h"
#include "dump/foreign/maps.h"
#include "probe/lib/base.h"

#define GENERIC "pos:\t0\nflags:\t02000002\nmnt_id:\t17\n"

/* The formats of the kernels: 5.10 */
static const char form_5_10[] = GENERIC
	"SqThread:\t203\nSqThreadCpu:\t1\nUserFiles:\t2\n    0: null\n    1: zero\nUserBufs:\t1\n"
	"    0: 0x4aa320/4096\nPersonalities:\n    "
	"1\n\tUid:\t0\t\t0\t\t0\t\t0\n\tGid:\t0\t\t0\t\t0\t\t0"
	"\n\tGroups:\t\n\tCapEff:\t000001ffffffffff\nPollList:\n  op=6, task_works=0\n  op=22, "
	"task_works=1\n";

/* 6.1, CQE32 and SQE128 */
static const char form_6_1[] = GENERIC
	"ino:\t368\nSqMask:\t0x7f\nSqHead:\t132\nSqTail:\t134\nCachedSqHead:\t132\nCqMask:\t0xff\n"
	"CqHead:\t129\nCqTail:\t131\nCachedCqTail:\t131\nSQEs:\t2\n"
	"    5: opcode:NOP, fd:-1, flags:4, off:18446744073709551615, addr:0xffffffffffffffff, "
	"rw_flags:0x8, buf_index:3 user_data:500, e0:0xee, e1:0xee, e2:0xee, e3:0xee, e4:0xee, "
	"e5:0xee, e6:0xee, e7:0xee\n"
	"    4: opcode:INVALID, fd:77, flags:80, off:0, addr:0x0, rw_flags:0x0, buf_index:0 "
	"user_data:18446744073709551615, e0:0x0\n"
	"CQEs:\t2\n  129: user_data:300, res:0, flag:0, extra1:1, extra2:2\n\n"
	"  130: user_data:301, res:-9, flag:8000000f, extra1:0, extra2:0\n\n"
	"SqThread:\t-1\nSqThreadCpu:\t-1\nUserFiles:\t3\n    0: null\n    1: <none>\n    2: zero\n"
	"UserBufs:\t2\n    0: 0x4aa320/4096\n    1: <none>\nPollList:\nCqOverflowList:\n"
	"  user_data=2004, res=0, flags=0\n  user_data=2005, res=-125, flags=2\n";

/* 6.12 */
static const char form_6_12[] = GENERIC
	"ino:\t1244\nSqMask:\t0xf\nSqHead:\t5\nSqTail:\t7\nCachedSqHead:\t5\nCqMask:\t0x1f\n"
	"CqHead:\t0\nCqTail:\t1\nCachedCqTail:\t5\nSQEs:\t0\nCQEs:\t1\n"
	"    0: user_data:800, res:0, "
	"flag:0\nSqThread:\t289\nSqThreadCpu:\t0\nSqTotalTime:\t53201\n"
	"SqWorkTime:\t7\nUserFiles:\t0\nUserBufs:\t0\nPollList:\nCqOverflowList:\nNAPI:\tenabled\n"
	"napi tracking:\tdynamic\nnapi_busy_poll_dt:\t50\nnapi_prefer_busy_poll:\ttrue\n";

/* 6.18 and 7.2 while the ring is locked */
static const char form_locked[] = GENERIC "ino:\t1244\n";

/* 7.2 */
static const char form_7_2[] = GENERIC
	"ino:\t1270\nSqMask:\t0xff\nSqHead:\t3\nSqTail:\t4\nCachedSqHead:\t3\nCqMask:\t0x1ff\n"
	"CqHead:\t0\nCqTail:\t4\nCachedCqTail:\t4\nSQEs:\t1\n"
	"    2: opcode:NOP, fd:-1, flags:0, off:0, addr:0x0, rw_flags:0x0, buf_index:0 "
	"user_data:700\n"
	"CQEs:\t4\n    0: user_data:600, res:0, flags:0\n"
	"    1: user_data:601, res:0, flags:8000, extra1:11, extra2:22\n"
	"    3: user_data:602, res:0, flags:0\nSqThread:\t-1\nSqThreadCpu:\t-1\nSqTotalTime:\t0\n"
	"SqWorkTime:\t0\nUserFiles:\t3\n    0: /dev/null\n    2: /dev/ze\\040ro\nUserBufs:\t0\n"
	"PollList:\nCqOverflowList:\nNAPI:\tdisabled\n";

static const char *const forms[] = { form_5_10, form_6_1, form_6_12, form_locked, form_7_2 };

static struct fdinfo parsed(const char *text)
{
	struct fdinfo i;

	assert_int_equal(fdinfo_parse(text, strlen(text), &i), 0);
	return i;
}

static void linux_5_10(void **state)
{
	struct fdinfo i = parsed(form_5_10);

	(void)state;
	assert_false(i.has_ring);
	assert_int_equal(i.ino, 0);
	assert_true(i.has_thread);
	assert_int_equal(i.sq_thread, 203);
	assert_int_equal(i.sq_cpu, 1);
	assert_false(i.has_times);
	assert_int_equal(i.n_user_files, 2);
	assert_int_equal(i.n[INFO_FILES], 2);
	assert_string_equal(i.files[1].name, "zero");
	assert_int_equal(i.bufs[0].addr, 0x4aa320);
	assert_int_equal(i.bufs[0].len, 4096);
	assert_int_equal(i.n_personalities, 1);
	assert_int_equal(i.n[INFO_POLLS], 2);
	assert_int_equal(i.polls[1].opcode, 22);
	assert_int_equal(i.polls[1].task_works, 1);
	assert_false(i.has[INFO_SQES] || i.has[INFO_CQES] || i.has[INFO_OVERFLOW] || i.has_napi);
	fdinfo_free(&i);
}

static void linux_6_1(void **state)
{
	struct fdinfo i = parsed(form_6_1);

	(void)state;
	assert_int_equal(i.ino, 368);
	assert_true(i.has_ring);
	assert_int_equal(i.sq_mask, 0x7f);
	assert_int_equal(i.cached_cq_tail, 131);
	assert_int_equal(i.n[INFO_SQES], 2);
	assert_int_equal(i.sqes[0].index, 5);
	assert_int_equal(i.sqes[0].fd, -1);
	assert_int_equal(i.sqes[0].flags, 4);
	assert_true(i.sqes[0].off == UINT64_MAX && i.sqes[0].addr == UINT64_MAX);
	assert_true(i.sqes[0].has_extra);
	assert_string_equal(i.sqes[1].op, "INVALID");
	assert_int_equal(i.sqes[1].flags, 0x80);
	assert_true(i.sqes[1].user_data == UINT64_MAX);
	assert_int_equal(i.n[INFO_CQES], 2);
	assert_true(i.cqes[0].has_extra && i.cqes[0].extra[1] == 2);
	assert_int_equal(i.cqes[1].res, -9);
	assert_int_equal(i.cqes[1].flags, 0x8000000f);
	assert_int_equal(i.sq_thread, -1);
	assert_int_equal(i.n_user_files, 3);
	assert_int_equal(i.n[INFO_FILES], 2);
	assert_int_equal(i.files[1].index, 2);
	assert_int_equal(i.n[INFO_BUFS], 1);
	assert_int_equal(i.n[INFO_OVERFLOW], 2);
	assert_int_equal(i.overflow[1].user_data, 2005);
	assert_int_equal(i.overflow[1].res, -125);
	fdinfo_free(&i);
}

static void linux_6_12(void **state)
{
	struct fdinfo i = parsed(form_6_12);

	(void)state;
	assert_true(i.has_times);
	assert_int_equal(i.total_us, 53201);
	assert_int_equal(i.work_us, 7);
	assert_int_equal(i.sq_thread, 289);
	assert_false(i.cqes[0].has_extra);
	assert_true(i.has_napi && i.napi && i.napi_prefer);
	assert_string_equal(i.napi_tracking, "dynamic");
	assert_int_equal(i.napi_us, 50);
	fdinfo_free(&i);
}

static void linux_6_18_locked(void **state)
{
	struct fdinfo i = parsed(form_locked);

	(void)state;
	assert_int_equal(i.ino, 1244);
	assert_false(i.has_ring || i.has_thread || i.has_napi);
	for (unsigned l = 0; l < INFO_LISTS; l++)
		assert_false(i.has[l]);
	fdinfo_free(&i);
}

static void linux_7_2(void **state)
{
	struct fdinfo i = parsed(form_7_2);

	(void)state;
	assert_int_equal(i.n[INFO_CQES], 3);
	assert_int_equal(i.cqes[1].flags, 0x8000);
	assert_true(!i.cqes[0].has_extra && i.cqes[1].has_extra && i.cqes[1].extra[0] == 11);
	assert_int_equal(i.cqes[2].slot, 3);
	assert_string_equal(i.files[1].name, "/dev/ze\\040ro");
	assert_true(i.has_napi && !i.napi);
	fdinfo_free(&i);
}

/* Truncated text is parsed up to its end; the buffer has its exact size to detect reads beyond it. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (unsigned f = 0; f < ARRAY_SIZE(forms); f++)
		for (size_t n = 0; n < strlen(forms[f]); n++) {
			char *text = malloc(n ? n : 1);
			struct fdinfo i;

			assert_non_null(text);
			memcpy(text, forms[f], n);
			assert_int_equal(fdinfo_parse(text, n, &i), 0);
			fdinfo_free(&i);
			free(text);
		}
}

static void garbage(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		const char *form = forms[round % ARRAY_SIZE(forms)];
		size_t n = strlen(form);
		char *text = malloc(n);
		struct fdinfo i;

		assert_non_null(text);
		memcpy(text, form, n);
		for (unsigned hits = 0; hits < 1 + round % 8; hits++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			text[(seed >> 33) % n] = seed >> 20;
		}
		assert_int_equal(fdinfo_parse(text, n, &i), 0);
		for (uint32_t l = 0; l < i.n[INFO_FILES]; l++)
			for (const char *c = i.files[l].name; *c; c++)
				assert_true((unsigned char)*c >= ' ');
		fdinfo_free(&i);
		free(text);
	}
}

static void numbers_too_large(void **state)
{
	struct fdinfo i =
		parsed("SqMask:\t0x100000000\nSqHead:\t4294967296\nSqTail:\t-1\n"
		       "ino:\t99999999999999999999999\nSqThread:\t2147483648\n"
		       "UserFiles:\t4294967296\n  4294967296: x\nPollList:\n  op=1, task_works=\n");

	(void)state;
	assert_false(i.has_ring || i.has_thread);
	assert_int_equal(i.ino, 0);
	assert_int_equal(i.n_user_files, 0);
	assert_int_equal(i.n[INFO_FILES] + i.n[INFO_POLLS], 0);
	fdinfo_free(&i);
}

static void names_cannot_move_the_cursor(void **state)
{
	struct fdinfo i = parsed("UserFiles:\t1\n    0: a\033[2Jb\177\n");

	(void)state;
	assert_string_equal(i.files[0].name, "a?[2Jb?");
	fdinfo_free(&i);
}

static void maps(void **state)
{
	static const char text[] =
		"55d0-55d1 r--p 00000000 fe:01 12 /usr/bin/x y\n"
		"garbage\n7f01-7f00 rw-s 0 00:10 1 backwards\n-5 rw-s\n\n"
		"7f6bdc699000-7f6bdc69a000 rw-s 10000000 00:10 519     anon_inode:[io_uring]\n"
		"7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0";
	struct text all = { text, text + sizeof(text) - 1 };
	struct maps_row row;
	char name[64];

	(void)state;
	assert_true(maps_next(&all, &row));
	assert_int_equal(row.start, 0x55d0);
	text_copy(&row.name, name, sizeof(name));
	assert_string_equal(name, "/usr/bin/x y");
	assert_true(maps_next(&all, &row));
	assert_true(row.start == 0x7f6bdc699000 && row.end == 0x7f6bdc69a000);
	assert_int_equal(row.offset, 0x10000000);
	assert_int_equal(row.ino, 519);
	text_copy(&row.name, name, sizeof(name));
	assert_string_equal(name, "anon_inode:[io_uring]");
	assert_true(maps_next(&all, &row));
	assert_int_equal(text_left(&row.name), 0);
	assert_false(maps_next(&all, &row));
	for (size_t n = 0; n < sizeof(text); n++) {
		char *cut = malloc(n ? n : 1);
		struct text t = { cut, cut + n };

		assert_non_null(cut);
		memcpy(cut, text, n);
		while (maps_next(&t, &row))
			assert_true(row.end > row.start && row.name.end <= cut + n);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_5_10),
		cmocka_unit_test(linux_6_1),
		cmocka_unit_test(linux_6_12),
		cmocka_unit_test(linux_6_18_locked),
		cmocka_unit_test(linux_7_2),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(garbage),
		cmocka_unit_test(numbers_too_large),
		cmocka_unit_test(names_cannot_move_the_cursor),
		cmocka_unit_test(maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
