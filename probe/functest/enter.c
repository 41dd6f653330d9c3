/* SPDX-License-Identifier: MIT */
/* Uses of the flags of io_uring_enter(), and of SQEs and CQEs. */
#include <string.h>
#include <time.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

/* struct io_uring_reg_wait; 6.13 */
struct reg_wait {
	struct __kernel_timespec ts;
	uint32_t min_wait_usec, flags;
	uint64_t sigmask;
	uint32_t sigmask_sz, pad[3];
	uint64_t pad2[2];
};

#define REGION_WAIT_ARG 1u
#define REG_WAIT_TS	1u

/* Waits until a request of 100 us is done; returns the number of completions then. */
static int use_getevents(struct fixture *s)
{
	int r;

	ask_timeout(s, MAIN, &s->x.ts, 100000);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	r = sys_enter(s->ring.ring_fd, 0, 1, ENTER_GETEVENTS, NULL, 0);
	return r < 0 ? -errno : (int)io_uring_cq_ready(&s->ring);
}

/* Sets up a ring whose thread goes to sleep at once, and waits until it sleeps. */
static int sleeper(struct fixture *s, struct ring *r)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	int e = raw_open(s, r, 2,
			 (struct ring_params){ .flags = SETUP_SQPOLL, .sq_thread_idle = 1 });

	if (e < 0)
		return e;
	for (unsigned i = 0; i < 2 * PATIENCE_MS; i++) {
		if (raw_sleeps(r))
			return 0;
		nanosleep(&pause, NULL);
	}
	return fixture_failed_with(s, -ETIME, "waiting for the SQPOLL thread to sleep");
}

static int use_sq_wakeup(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct io_uring_cqe cqe;
	int e = sleeper(s, &r);

	if (e < 0)
		return e;
	raw_push_nop(&r, 1);
	e = raw_enter(&r, 1, 0, ENTER_SQ_WAKEUP);
	if (e < 0)
		return e;
	return raw_next(s, &r, &cqe) ? (int)cqe.user_data : 0;
}

/* Whether the full SQ has space after the call; other work of the task may end the call earlier. */
static int use_sq_wait(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = sleeper(s, &r);
	bool full = true;

	if (e < 0)
		return e;
	raw_push_nop(&r, 1);
	raw_push_nop(&r, 2);
	for (unsigned tries = 0; full && tries < 5; tries++) {
		e = raw_enter(&r, 2, 0, ENTER_SQ_WAKEUP | ENTER_SQ_WAIT);
		if (e < 0)
			return e;
		full = __atomic_load_n(ring_sq_field(&r, r.p.sq_off.head), __ATOMIC_ACQUIRE) == 0;
	}
	return full ? fixture_failed_with(s, -ETIME, "waiting for room in the SQ") : 1;
}

static int use_ext_arg(struct fixture *s)
{
	return fixture_wait(s, 1, &soon, 0, 0);
}

static int use_no_iowait(struct fixture *s)
{
	return fixture_wait(s, 1, &soon, 0, ENTER_NO_IOWAIT);
}

/* A time since boot. Interpreted as a duration it would be too long, and the request would end the wait. */
static int use_abs_timer(struct fixture *s)
{
	struct timespec now;
	struct __kernel_timespec ts;
	int r;

	ask_timeout(s, SIDE, &s->x.ts, 1000000000);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	s->dirty = true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ts = (struct __kernel_timespec){ now.tv_sec, now.tv_nsec };
	return fixture_wait(s, 1, &ts, 0, ENTER_ABS_TIMER);
}

static int use_registered_ring(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 }), index;
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	index = raw_register_fd(r.fd);
	if (index < 0)
		return fixture_failed_with(s, index, "io_uring_register(RING_FDS)");
	raw_push_nop(&r, 1);
	e = sys_enter(index, 1, 0, ENTER_REGISTERED_RING, NULL, 0);
	if (e < 0)
		e = -errno;
	raw_unregister_fd(r.fd, index);
	return e < 0 || !raw_next(s, &r, &cqe) ? e : (int)cqe.user_data;
}

static int use_ext_arg_reg(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct region region = { .user_addr = (uintptr_t)s->page,
				 .size = sysconf(_SC_PAGESIZE),
				 .flags = REGION_USER };
	struct region_reg reg = { .region_uptr = (uintptr_t)&region, .flags = REGION_WAIT_ARG };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_R_DISABLED });

	if (e < 0)
		return e;
	memcpy(s->page, &(struct reg_wait){ .ts = soon, .flags = REG_WAIT_TS },
	       sizeof(struct reg_wait));
	e = raw_register(r.fd, REGISTER_MEM_REGION, &reg, 1);
	if (e >= 0)
		e = raw_register(r.fd, REGISTER_ENABLE_RINGS, NULL, 0);
	if (e < 0)
		return fixture_failed_with(s, e, "io_uring_register(MEM_REGION)");
	/* The argument is an offset into the region. */
	e = sys_enter(r.fd, 0, 1, ENTER_GETEVENTS | ENTER_EXT_ARG | ENTER_EXT_ARG_REG, NULL,
		      sizeof(struct reg_wait));
	return e < 0 ? -errno : e;
}

static const struct use enter_rows[] = {
	{ BIT(ENTER_GETEVENTS), "until a timeout of 100 us", .call = use_getevents, .res = 1,
	  .need = { UAPI_OP, OP_TIMEOUT } },
	{ BIT(ENTER_SQ_WAKEUP), "a NOP for a sleeping SQPOLL thread", .call = use_sq_wakeup,
	  .res = 1 },
	{ BIT(ENTER_SQ_WAIT), "a full SQ of a sleeping SQPOLL thread", .call = use_sq_wait,
	  .res = 1 },
	{ BIT(ENTER_EXT_ARG), "a wait of 100 us", .call = use_ext_arg, .res = -ETIME },
	{ BIT(ENTER_REGISTERED_RING), "a NOP", .call = use_registered_ring, .res = 1 },
	{ BIT(ENTER_ABS_TIMER), "a wait until now", .call = use_abs_timer, .res = -ETIME,
	  .need = { UAPI_OP, OP_TIMEOUT } },
	{ BIT(ENTER_EXT_ARG_REG), "a wait of 100 us", .call = use_ext_arg_reg, .res = -ETIME },
	/* A program cannot see how the wait was accounted. */
	{ BIT(ENTER_NO_IOWAIT), "a wait of 100 us", .call = use_no_iowait, .res = -ETIME },
};

const struct use_table uses_enter_flags = { enter_rows, ARRAY_SIZE(enter_rows) };

#define WAIT_ARG "a wait of 100 us", .call = use_ext_arg_reg, .res = -ETIME

static const struct use wait_rows[] = {
	{ OPF_REG_WAIT_ARG, WAIT_ARG, .need = { UAPI_REG, REGISTER_MEM_REGION } },
	{ OPF_REG_WAIT_TS, WAIT_ARG, .need = { UAPI_OPFLAG, OPF_REG_WAIT_ARG } },
};

const struct use_table uses_wait_flags = { wait_rows, ARRAY_SIZE(wait_rows) };

static int use_fixed_file(struct fixture *s)
{
	int r = fixture_files(s);

	if (r >= 0)
		ask(s, MAIN, OP_READ, 0, s->buf, BYTES, 0)->flags = SQEF_FIXED_FILE;
	return r;
}

/* Uses a separate ring, because additional completions of earlier requests confuse some kernels when they
 * count what a drained request must wait for. */
static int use_io_drain(struct fixture *s)
{
	const struct __kernel_timespec ts = { .tv_nsec = 100000 };
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });
	struct io_uring_cqe first = { 0 }, second = { 0 };

	if (e < 0)
		return e;
	raw_push(&r, (struct io_uring_sqe){ .opcode = OP_TIMEOUT,
					    .addr = (uintptr_t)&ts,
					    .len = 1,
					    .user_data = SIDE });
	raw_push(&r, (struct io_uring_sqe){
			     .opcode = OP_NOP, .flags = SQEF_IO_DRAIN, .user_data = MAIN });
	e = raw_enter(&r, 2, 0, 0);
	if (e < 0)
		return e;
	if (!raw_next(s, &r, &first) || !raw_next(s, &r, &second))
		return s->err;
	if (first.user_data == MAIN)
		return first.res < 0 ? first.res : -EBUSY;
	return second.res;
}

/* A NOP linked to a timeout, which fails when it expires. */
static int after_failure(struct fixture *s, unsigned link)
{
	ask_timeout(s, SIDE, &s->x.ts, 1000)->flags = link;
	ask_nop(s, MAIN);
	return 0;
}

static int use_io_link(struct fixture *s)
{
	return after_failure(s, SQEF_IO_LINK);
}

static int use_io_hardlink(struct fixture *s)
{
	return after_failure(s, SQEF_IO_HARDLINK);
}

static int use_async(struct fixture *s)
{
	ask_nop(s, MAIN)->flags = SQEF_ASYNC;
	return 0;
}

static int use_buffer_select(struct fixture *s)
{
	int r = fixture_pair(s, s->x.fds), group = r < 0 ? r : fixture_provide(s);
	struct io_uring_sqe *sqe;

	if (group < 0)
		return group;
	if (write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a socket");
	sqe = ask(s, MAIN, OP_RECV, s->x.fds[1], NULL, 64, 0);
	sqe->flags = SQEF_BUFFER_SELECT;
	sqe->buf_group = group;
	return 0;
}

static const struct use sqe_rows[] = {
	{ BIT(SQEF_FIXED_FILE), "a read of a registered memfd", use_fixed_file, .check = got_file,
	  .res = BYTES },
	{ BIT(SQEF_IO_DRAIN), "a NOP behind a timeout", .call = use_io_drain },
	{ BIT(SQEF_IO_LINK), "a NOP behind a timeout that expires", use_io_link, .res = -ECANCELED,
	  .cqes = 2, .res2 = RES_ANY },
	{ BIT(SQEF_IO_HARDLINK), "a NOP behind a timeout that expires", use_io_hardlink, .cqes = 2,
	  .res2 = RES_ANY },
	{ BIT(SQEF_ASYNC), "a NOP", use_async },
	{ BIT(SQEF_BUFFER_SELECT), "a RECV into a provided buffer", use_buffer_select,
	  .check = got_text_in_group, .res = TEXT_LEN, .flags = CQEF_BUFFER },
	{ BIT(SQEF_CQE_SKIP_SUCCESS), "two NOPs, one of them silent", use_cqe_skip,
	  .check = cqe_was_skipped },
};

const struct use_table uses_sqe_flags = { sqe_rows, ARRAY_SIZE(sqe_rows) };

static int use_poll_multi(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true);

	if (r >= 0)
		ask_poll(s, MAIN, s->x.fds[0], POLLIN)->len = 1; /* IORING_POLL_ADD_MULTI, 5.13 */
	return r;
}

static int use_recv_some(struct fixture *s)
{
	int r = fixture_tcp(s, s->x.fds);

	if (r >= 0 && write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a socket");
	if (r >= 0)
		ask(s, MAIN, OP_RECV, s->x.fds[1], s->buf, 2, 0);
	return r;
}

static int use_notif(struct fixture *s)
{
	int r = fixture_udp(s, s->x.fds);

	if (r >= 0)
		ask(s, MAIN, OP_SEND_ZC, s->x.fds[0], s->buf, TEXT_LEN, 0);
	return r;
}

static int use_buf_more(struct fixture *s)
{
	int group = fixture_text_for_group(s, 1, 64, 2); /* IOU_PBUF_RING_INC, 6.12 */

	if (group < 0)
		return group;
	ask_recv_group(s, MAIN, group, 0);
	return 0;
}

/* A 32-byte CQE after this many 16-byte CQEs, on a CQ with space for four of those. */
static int big_after(struct fixture *s, unsigned small)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(
		s, &r, 4,
		(struct ring_params){ .flags = SETUP_CQE_MIXED | SETUP_CQSIZE, .cq_entries = 4 });
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	while (small--) {
		raw_push_nop(&r, 1);
		raw_enter(&r, 1, 0, 0);
		raw_next(s, &r, &cqe);
	}
	raw_push(&r, (struct io_uring_sqe){ .opcode = OP_NOP, .rw_flags = NOP_CQE32 });
	e = raw_enter(&r, 1, 0, 0);
	if (e < 0 || !raw_next(s, &r, &cqe))
		return e;
	s->cqe_flags = cqe.flags;
	return cqe.res;
}

static int use_32(struct fixture *s)
{
	return big_after(s, 0);
}

static int use_skip(struct fixture *s)
{
	return big_after(s, 3);
}

static const struct use cqe_rows[] = {
	{ BIT(CQEF_BUFFER), "a RECV into a provided buffer", use_buffer_select, .res = TEXT_LEN,
	  .flags = CQEF_BUFFER, .need = { UAPI_OP, OP_PROVIDE_BUFFERS } },
	{ BIT(CQEF_MORE), "a poll that goes on", use_poll_multi, .res = POLLIN, .flags = CQEF_MORE,
	  .need = { UAPI_OP, OP_POLL_ADD } },
	{ BIT(CQEF_SOCK_NONEMPTY), "a RECV that leaves bytes, TCP over 127.0.0.1", use_recv_some,
	  .res = 2, .flags = CQEF_SOCK_NONEMPTY, .need = { UAPI_OP, OP_RECV } },
	{ BIT(CQEF_NOTIF), "a SEND_ZC by UDP over 127.0.0.1", use_notif, .res = TEXT_LEN, .cqes = 2,
	  .res2 = RES_ANY, .flags2 = CQEF_NOTIF, .need = { UAPI_OP, OP_SEND_ZC } },
	{ BIT(CQEF_BUF_MORE), "a RECV into part of a provided buffer", use_buf_more,
	  .res = TEXT_LEN, .flags = CQEF_BUF_MORE, .need = { UAPI_OPFLAG, OPF_PBUF_RING_INC } },
	{ BIT(CQEF_SKIP), "a CQE of 32 bytes where the CQ ends after 16", .call = use_skip,
	  .flags = CQEF_SKIP, .need = { UAPI_SETUP, BIT(SETUP_CQE_MIXED) } },
	{ BIT(CQEF_32), "a NOP with a CQE of 32 bytes", .call = use_32, .flags = CQEF_32,
	  .need = { UAPI_SETUP, BIT(SETUP_CQE_MIXED) } },
	{ BIT(CQEF_TSTAMP_HW), .why_not = "needs a network card that takes time stamps" },
};

const struct use_table uses_cqe_flags = { cqe_rows, ARRAY_SIZE(cqe_rows) };
