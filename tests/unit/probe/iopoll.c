/* SPDX-License-Identifier: MIT */
/* The verdict on a polled read, and the reasons for lack of polling. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "probe/device/blkstack.h"
#include "probe/device/device.h"
#include "probe/device/iopoll.h"
#include "probe/device/unpolled.h"

#define BYTES 4096

/* Three reads with the same result. */
static enum answer after_all(const struct polling_signs *s, int before, int after)
{
	struct polling p = { 0 };

	for (unsigned i = 0; i < POLLING_ROUNDS; i++) {
		p.res = BYTES;
		p.before = before;
		p.after = after;
		if (polling_judge(s, BYTES, &p))
			break;
	}
	assert_true(*p.why);
	return p.polls;
}

static void requests_in_flight_tell_where_they_are_counted(void **state)
{
	const struct polling_signs s = { true, -ENODEV, 0, -ENODEV };

	(void)state;
	assert_int_equal(after_all(&s, 1, 0), ANSWER_YES);
	assert_int_equal(after_all(&s, 0, 0), ANSWER_NO);
	assert_int_equal(after_all(&s, 2, 2), ANSWER_UNDECIDED);
	assert_int_equal(after_all(&s, -ENODEV, -ENODEV), ANSWER_UNDECIDED);
}

static void interrupts_tell_where_they_are_not(void **state)
{
	static const struct {
		struct polling_signs signs;
		enum answer polls;
	} cases[] = {
		{ { false, 3, 0, 0 }, ANSWER_YES },
		{ { false, 3, 0, 1 }, ANSWER_NO },
		/* The device is busy with other requests. */
		{ { false, 9, 2, 1 }, ANSWER_UNDECIDED },
		{ { false, 9, 2, 0 }, ANSWER_UNDECIDED },
		/* Ordinary reads do not raise an interrupt either, or interrupts cannot be counted. */
		{ { false, 0, 0, 0 }, ANSWER_UNDECIDED },
		{ { false, -ENODEV, -ENODEV, -ENODEV }, ANSWER_UNDECIDED },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(after_all(&cases[i].signs, 0, 0), cases[i].polls);
	/* Some kernels count the requests in flight nevertheless. */
	assert_int_equal(after_all(&cases[5].signs, 1, 0), ANSWER_YES);
}

static void reads_that_differ_decide_nothing(void **state)
{
	struct polling_signs s = { false, 3, 0, 0 };
	struct polling p = { .res = BYTES };

	(void)state;
	assert_false(polling_judge(&s, BYTES, &p));
	s.by_polled = 1;
	assert_true(polling_judge(&s, BYTES, &p));
	assert_int_equal(p.polls, ANSWER_UNDECIDED);
}

static const struct device polled = { .disk = "nvme0n1", .driver = "nvme", .io_poll = 1 };
static const struct device unpolled = { .disk = "nvme0n1", .driver = "nvme" };
static const struct device fabric = { .disk = "nvme1n1", .driver = "nvme_tcp" };
static const struct device virtual = { .disk = "vda", .driver = "virtio_blk" };
static const struct device array = { .disk = "md0", .driver = "md_mod", .poll_queues_asked = -1 };
static const struct device loop = { .disk = "loop0", .driver = "loop", .poll_queues_asked = -1 };
static const struct stack none;
static const struct stack plain = { .n = 1 };
static const struct stack raid = { { { .name = "md0", .what = "raid1" },
				     { .name = "nvme0n1", .depth = 1, .io_poll = 1 } },
				   .n = 2 };
static const struct stack file = { { { .name = "loop0", .what = "file /a" } }, .n = 1 };

static void the_true_reason_is_said_and_what_mends_it(void **state)
{
	static const struct {
		struct unpolled u;
		const char *why, *fix;
	} cases[] = {
		{ { &polled, &plain, "btrfs" }, "btrfs does not poll, though nvme0n1", "ext4" },
		{ { &unpolled, &plain, "btrfs" }, "or nvme0n1 has no poll queues", "ext4" },
		{ { &unpolled, &plain, "ext4" }, "nvme0n1 has no poll queues", "nvme.poll_q" },
		{ { &unpolled, &plain, "" }, "nvme0n1 has no poll queues", "nvme.poll_queues=N" },
		{ { &fabric, &plain, "" }, "nvme1n1 has no poll queues", "--nr-poll-queues" },
		{ { &virtual, &plain, "" }, "vda has no poll queues", "virtio_blk.poll_queues=N" },
		{ { NULL, &none, "tmpfs" }, "tmpfs does not poll", "ext4" },
		{ { &array, &raid, "" }, "md0 (raid1) does not poll", "use nvme0n1 beneath it" },
		{ { &array, &raid, "xfs" }, "md0 (raid1) does not poll", "use nvme0n1 beneath it" },
		{ { &loop, &file, "" }, "loop0 (file /a) does not poll", "not stacked" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct polling p = { .polls = ANSWER_NO, .res = -EOPNOTSUPP };
		char fix[160];

		unpolled_explain(&cases[i].u, &p, fix, sizeof(fix));
		if (!strstr(p.why, cases[i].why) || !strstr(fix, cases[i].fix))
			fail_msg("%u: %s; %s", i, p.why, fix);
	}
}

static void a_read_by_interrupt_keeps_its_reason(void **state)
{
	struct polling p = { .polls = ANSWER_NO, .res = BYTES, .why = "by interrupt" };
	char fix[160];

	(void)state;
	unpolled_explain(&(struct unpolled){ &unpolled, &plain, "ext4" }, &p, fix, sizeof(fix));
	assert_string_equal(p.why, "by interrupt");
	assert_non_null(strstr(fix, "nvme.poll_queues=N"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_in_flight_tell_where_they_are_counted),
		cmocka_unit_test(interrupts_tell_where_they_are_not),
		cmocka_unit_test(reads_that_differ_decide_nothing),
		cmocka_unit_test(the_true_reason_is_said_and_what_mends_it),
		cmocka_unit_test(a_read_by_interrupt_keeps_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
