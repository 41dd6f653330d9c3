/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "dump/foreign/decode.h"
#include "dump/foreign/diagnose.h"
#include "probe/lib/base.h"

static void collect(void *arg, const char *name)
{
	struct str *s = arg;

	str_addf(s, "%s%s", s->len ? "|" : "", name);
}

#define assert_names(call, want)                             \
	do {                                                 \
		_cleanup_str_ struct str names = { 0 };      \
		call;                                        \
		assert_string_equal(str_text(&names), want); \
	} while (0)

static void sqe_members(void **state)
{
	unsigned char b[64];
	struct sqe_facts s;

	(void)state;
	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = i;
	decode_sqe(b, false, &s);
	assert_int_equal(s.opcode, 0);
	assert_int_equal(s.flags, 1);
	assert_int_equal(s.ioprio, 0x0302);
	assert_int_equal(s.fd, 0x07060504);
	assert_true(s.off == 0x0f0e0d0c0b0a0908 && s.addr == 0x1716151413121110);
	assert_int_equal(s.len, 0x1b1a1918);
	assert_int_equal(s.op_flags, 0x1f1e1d1c);
	assert_true(s.user_data == 0x2726252423222120);
	assert_int_equal(s.buf_index, 0x2928);
	assert_int_equal(s.personality, 0x2b2a);
	assert_int_equal(s.file_index, 0x2f2e2d2c);
	assert_true(s.whole && s.valid_index && s.chain == -1);
}

static void cqe_members(void **state)
{
	unsigned char b[32];
	struct cqe_facts c;

	(void)state;
	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = i;
	b[11] = 0xff;
	decode_cqe(b, true, false, &c);
	assert_true(c.user_data == 0x0706050403020100);
	assert_int_equal(c.res, (int32_t)0xff0a0908);
	assert_int_equal(c.flags, 0x0f0e0d0c);
	assert_true(c.extra[0] == 0x1716151413121110 && c.extra[1] == 0x1f1e1d1c1b1a1918);
	decode_cqe(b, false, false, &c);
	assert_true(!c.big && !c.extra[0]);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(decode_op(OP_READ), "READ");
	assert_null(decode_op(250));
	assert_null(decode_op(OPCODE_UNKNOWN));
	assert_names(decode_sqe_flags(0x85, collect, &names), "FIXED_FILE|IO_LINK|0x80");
	assert_names(decode_cqe_flags(0x70003, collect, &names), "BUFFER|MORE");
	assert_names(decode_cqe_flags(0x8042, collect, &names), "MORE|32|0x40");
	assert_names(decode_sq_ring_flags(3, collect, &names), "NEED_WAKEUP|CQ_OVERFLOW");
	assert_names(decode_cq_ring_flags(0x11, collect, &names), "EVENTFD_DISABLED|0x10");
	assert_names(decode_op_flags(OP_READ, 0x88, collect, &names), "NOWAIT|DONTCACHE");
	assert_names(decode_op_flags(OP_POLL_ADD, 5, collect, &names), "IN|OUT");
	assert_names(decode_op_flags(OP_FSYNC, 3, collect, &names), "DATASYNC|0x2");
	assert_names(decode_op_flags(OP_TIMEOUT, 0x40, collect, &names), "MULTISHOT");
	assert_names(decode_op_flags(250, 5, collect, &names), "0x5");
	assert_names(decode_op_flags(OPCODE_UNKNOWN, 0, collect, &names), "");
	assert_string_equal(decode_op_flags_name(OP_FSYNC), "fsync_flags");
	assert_string_equal(decode_op_flags_name(OPCODE_UNKNOWN), "rw_flags");
	assert_int_equal(decode_fd_kind(OP_NOP), OP_FD_NONE);
	assert_int_equal(decode_fd_kind(OP_OPENAT), OP_FD_DIR);
	assert_int_equal(decode_fd_kind(250), OP_FD_FILE);
}

/* All flags of each opcode whose flags are not in the member at byte 28. */
static void flags_elsewhere(void **state)
{
	static const struct {
		struct sqe_facts sqe;
		const char *member, *names;
	} rows[] = {
		{ { .opcode = OP_SEND, .ioprio = 0x71 },
		  "ioprio",
		  "POLL_FIRST|BUNDLE|VECTORIZED|0x40" },
		{ { .opcode = OP_RECV, .ioprio = 0x13 }, "ioprio", "POLL_FIRST|MULTISHOT|BUNDLE" },
		{ { .opcode = OP_SENDMSG, .ioprio = 1 }, "ioprio", "POLL_FIRST" },
		{ { .opcode = OP_RECVMSG, .ioprio = 2 }, "ioprio", "MULTISHOT" },
		{ { .opcode = OP_SEND_ZC, .ioprio = 12 }, "ioprio", "FIXED_BUF|REPORT_USAGE" },
		{ { .opcode = OP_SENDMSG_ZC, .ioprio = 8 }, "ioprio", "REPORT_USAGE" },
		{ { .opcode = OP_RECV_ZC, .ioprio = 2 }, "ioprio", "MULTISHOT" },
		{ { .opcode = OP_ACCEPT, .ioprio = 7 }, "ioprio", "MULTISHOT|DONTWAIT|POLL_FIRST" },
		{ { .opcode = OP_POLL_ADD, .len = 1 }, "len", "ADD_MULTI" },
		{ { .opcode = OP_POLL_REMOVE, .len = 6 }, "len", "UPDATE_EVENTS|UPDATE_USER_DATA" },
		{ { .opcode = OP_FALLOCATE, .len = 3 }, "len", "KEEP_SIZE|PUNCH_HOLE" },
		{ { .opcode = OP_FUTEX_WAIT, .fd = 130 }, "fd", "SIZE_U32|PRIVATE" },
		{ { .opcode = OP_FUTEX_WAKE, .fd = 3 }, "fd", "SIZE_U64" },
		{ { .opcode = OP_WAITID, .file_index = 5 }, "file_index", "NOHANG|EXITED" },
		{ { .opcode = OP_READ, .ioprio = 7, .len = 1, .fd = 1, .file_index = 1 },
		  NULL,
		  "" },
		{ { .opcode = 250, .ioprio = 7 }, NULL, "" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *member = decode_more_flags_name(rows[i].sqe.opcode);

		assert_string_equal(member ? member : "none",
				    rows[i].member ? rows[i].member : "none");
		assert_names(decode_more_flags(&rows[i].sqe, collect, &names), rows[i].names);
	}
	assert_names(decode_op_flags(OP_TIMEOUT_REMOVE, 0x12, collect, &names),
		     "UPDATE|LINK_TIMEOUT_UPDATE");
	assert_names(decode_op_flags(OP_MSG_RING, 3, collect, &names), "CQE_SKIP|FLAGS_PASS");
	assert_names(decode_op_flags(OP_NOP128, 0x21, collect, &names), "INJECT_RESULT|CQE32");
	assert_names(decode_op_flags(OP_SPLICE, 0x80000001, collect, &names), "FD_IN_FIXED|MOVE");
	assert_names(decode_op_flags(OP_URING_CMD, 7, collect, &names), "FIXED|MULTISHOT|0x4");
	assert_names(decode_op_flags(OP_ASYNC_CANCEL, 0x21, collect, &names), "ALL|OP");
	assert_names(decode_op_flags(OP_FIXED_FD_INSTALL, 1, collect, &names), "NO_CLOEXEC");
	assert_names(decode_op_flags(OP_RENAMEAT, 5, collect, &names), "NOREPLACE|WHITEOUT");
	assert_names(decode_op_flags(OP_SETXATTR, 2, collect, &names), "REPLACE");
}

static void copied_is_no_error(void **state)
{
	struct cqe_facts c = { .res = INT32_MIN, .flags = CQEF_NOTIF };

	(void)state;
	assert_true(decode_zc_copied(&c));
	c.flags = CQEF_MORE;
	assert_false(decode_zc_copied(&c));
	c = (struct cqe_facts){ .res = -EFAULT, .flags = CQEF_NOTIF };
	assert_false(decode_zc_copied(&c));
}

static void chains(void **state)
{
	static const uint8_t flags[] = { 0, SQEF_IO_LINK, SQEF_IO_HARDLINK, 0, 0, SQEF_IO_LINK };
	static const int want[] = { -1, 0, 0, 0, -1, 1 };
	struct sqe_facts s[ARRAY_SIZE(flags)] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		s[i].flags = flags[i];
		s[i].valid_index = true;
	}
	decode_chains(s, ARRAY_SIZE(s));
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
		assert_int_equal(s[i].chain, want[i]);
	decode_chains(s, 0);
}

#define MS 1000000ull

/* Two samples, taken 100 ms apart, of a ring of 8 and 16 entries. */
static struct evidence two_looks(struct look looks[2], struct ring_state s)
{
	s.sq_entries = 8;
	s.sq_mask = 7;
	s.cq_entries = 16;
	s.cq_mask = 15;
	for (unsigned i = 0; i < 2; i++)
		looks[i] = (struct look){ .t_ns = 5000 * MS + i * 100 * MS,
					  .has_state = true,
					  .has_flags = true,
					  .state = s };
	return (struct evidence){ .looks = looks, .n = 2 };
}

static bool has(const struct evidence *e, enum finding_id id)
{
	struct problem found[PROBLEMS];
	unsigned n = diagnose_ring(e, found);

	for (unsigned i = 0; i < n; i++) {
		assert_true(*found[i].what && *found[i].fix);
		if (found[i].id == id)
			return true;
	}
	return false;
}

static unsigned count(const struct evidence *e)
{
	struct problem found[PROBLEMS];

	return diagnose_ring(e, found);
}

static void at_rest_and_at_work(void **state)
{
	struct look l[2];
	struct evidence e = two_looks(l, (struct ring_state){ 0 });

	(void)state;
	assert_int_equal(count(&e), 0);
	e = two_looks(l, (struct ring_state){ .sq_head = 4, .sq_tail = 8, .cq_tail = 4 });
	l[1].state.sq_head += 100;
	l[1].state.sq_tail += 100;
	l[1].state.cq_head += 100;
	l[1].state.cq_tail += 100;
	assert_int_equal(count(&e), 0);
	/* With fewer than two samples, progress is unknown. */
	e.n = 1;
	assert_int_equal(count(&e), 0);
	e.n = 0;
	assert_int_equal(count(&e), 0);
	e = two_looks(l, (struct ring_state){ .sq_tail = 4, .cq_tail = 4 });
	l[1].t_ns = l[0].t_ns + MS;
	assert_int_equal(count(&e), 0);
	l[1].t_ns = l[0].t_ns + 100 * MS;
	assert_true(count(&e) > 0);
	l[1].has_state = false;
	assert_int_equal(count(&e), 0);
}

static void queues_that_stand(void **state)
{
	struct look l[2];
	struct evidence e = two_looks(l, (struct ring_state){ .sq_tail = 3 });

	(void)state;
	assert_true(has(&e, FINDING_NOT_SUBMITTED));
	e.sqpoll = true;
	assert_int_equal(count(&e), 0);
	l[0].state.sq_flags = l[1].state.sq_flags = SQ_NEED_WAKEUP;
	assert_true(has(&e, FINDING_SQ_THREAD_ASLEEP));
	assert_false(has(&e, FINDING_NOT_SUBMITTED));
	l[0].state.sq_flags = 0;
	assert_int_equal(count(&e), 0);
	e = two_looks(l, (struct ring_state){ .sq_head = 5, .sq_tail = 5, .cq_tail = 5 });
	assert_true(has(&e, FINDING_CQ_NOT_REAPED));
	l[1].state.cq_head = 1;
	assert_int_equal(count(&e), 0);
}

static void overflow_and_loss(void **state)
{
	struct look l[2];
	struct evidence e = two_looks(l, (struct ring_state){ .sq_head = 20,
							      .sq_tail = 20,
							      .sq_flags = SQ_CQ_OVERFLOW,
							      .cq_head = 4,
							      .cq_tail = 20 });

	(void)state;
	assert_true(has(&e, FINDING_OVERFLOW_NOT_FLUSHED) && has(&e, FINDING_CQ_NOT_REAPED));
	e = two_looks(l, (struct ring_state){ .sq_flags = SQ_TASKRUN });
	assert_true(has(&e, FINDING_TASK_WORK_WAITS));
	e = two_looks(l, (struct ring_state){ .sq_dropped = 1, .cq_overflow = 2 });
	assert_true(has(&e, FINDING_ENTRIES_DROPPED) && has(&e, FINDING_CQES_LOST));
	l[1].has_flags = false;
	assert_int_equal(count(&e), 0);
	e = two_looks(l, (struct ring_state){ .sq_head = 100, .sq_tail = 3 });
	assert_true(has(&e, FINDING_NONSENSE));
	assert_int_equal(count(&e), 1);
}

static void stuck_and_spinning(void **state)
{
	struct look l[2];
	struct evidence e = two_looks(l, (struct ring_state){ .sq_head = 3, .sq_tail = 3 });

	(void)state;
	assert_int_equal(count(&e), 0);
	e.one_fd = true;
	assert_true(has(&e, FINDING_STUCK_ON_ONE_FD));
	l[1].state.cq_tail = 1;
	assert_false(has(&e, FINDING_STUCK_ON_ONE_FD));
	e = two_looks(
		l, (struct ring_state){ .sq_head = 3, .sq_tail = 3, .cq_head = 3, .cq_tail = 3 });
	l[0].has_thread = l[1].has_thread = true;
	l[1].thread_ns = 95 * MS;
	e.sqpoll = true;
	assert_true(has(&e, FINDING_SQ_THREAD_SPINS));
	l[1].thread_ns = 50 * MS;
	assert_int_equal(count(&e), 0);
	l[1].thread_ns = 95 * MS;
	l[0].state.cq_tail = l[1].state.cq_tail = 2;
	l[0].state.cq_head = l[1].state.cq_head = 2;
	assert_int_equal(count(&e), 0);
}

static void rates(void **state)
{
	struct rates r = { .reaped = 42 };
	struct look l[2];
	struct evidence e =
		two_looks(l, (struct ring_state){ .sq_head = UINT32_MAX - 9, .cq_tail = 7 });

	(void)state;
	l[1].state.sq_head += 50;
	l[1].state.cq_tail += 30;
	assert_true(diagnose_rates(e.looks, 2, &r));
	assert_true(r.submitted == 500 && r.completed == 300 && r.reaped == 0 && !r.has_thread);
	assert_false(diagnose_rates(e.looks, 1, &r));
	l[1].t_ns = l[0].t_ns;
	assert_false(diagnose_rates(e.looks, 2, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqe_members),
		cmocka_unit_test(cqe_members),
		cmocka_unit_test(names),
		cmocka_unit_test(flags_elsewhere),
		cmocka_unit_test(copied_is_no_error),
		cmocka_unit_test(chains),
		cmocka_unit_test(at_rest_and_at_work),
		cmocka_unit_test(queues_that_stand),
		cmocka_unit_test(overflow_and_loss),
		cmocka_unit_test(stuck_and_spinning),
		cmocka_unit_test(rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
