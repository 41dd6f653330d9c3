/* SPDX-License-Identifier: MIT */
/* Uses of opcodes on time, events, memory, pipes, processes, other rings. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

/* linux/futex.h, 6.7 */
#define FUTEX_U32_PRIVATE (0x02 | 128)
#define MATCH_ANY	  0xffffffffu
#define NS_LONG		  10000000000ull

static int use_nop(struct fixture *s)
{
	ask_nop(s, MAIN);
	return 0;
}

static int use_poll_add(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true);

	if (r >= 0)
		ask_poll(s, MAIN, s->x.fds[0], POLLIN);
	return r;
}

/* SIDE polls an empty pipe, x.fds. */
static int poll_waits(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);

	if (r >= 0)
		ask_poll(s, SIDE, s->x.fds[0], POLLIN);
	return r;
}

/* Prepares MAIN with an opcode that targets the user data of SIDE. */
static void aim(struct fixture *s, unsigned op)
{
	ask(s, MAIN, op, -1, (void *)(uintptr_t)tag(s, SIDE), 0, 0);
}

static int use_poll_remove(struct fixture *s)
{
	int r = poll_waits(s);

	if (r >= 0)
		aim(s, OP_POLL_REMOVE);
	return r;
}

static int use_async_cancel(struct fixture *s)
{
	int r = poll_waits(s);

	if (r >= 0)
		aim(s, OP_ASYNC_CANCEL);
	return r;
}

static int use_timeout(struct fixture *s)
{
	ask_timeout(s, MAIN, &s->x.ts, 1000);
	return 0;
}

static int use_timeout_remove(struct fixture *s)
{
	ask_timeout(s, SIDE, &s->x.ts, NS_LONG);
	aim(s, OP_TIMEOUT_REMOVE);
	return 0;
}

static int use_link_timeout(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);

	if (r < 0)
		return r;
	ask_poll(s, SIDE, s->x.fds[0], POLLIN)->flags = SQEF_IO_LINK;
	ask_timeout(s, MAIN, &s->x.ts, 1000)->opcode = OP_LINK_TIMEOUT;
	return 0;
}

/* MAIN and SIDE, in either order. */
static bool side_canceled(struct fixture *s, const struct attempt *a)
{
	(void)s;
	return a->completions == 2 && a->res2 == -ECANCELED;
}

/* An epoll instance, x.value, and a full pipe, x.fds. */
static int epoll_and_pipe(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true);

	s->x.event.events = EPOLLIN;
	s->x.value = r < 0 ? r : fixture_keep(s, epoll_create1(EPOLL_CLOEXEC));
	if (r < 0)
		return r;
	return s->x.value < 0 ? fixture_failed(s, "epoll_create1") : 0;
}

static int use_epoll_ctl(struct fixture *s)
{
	int r = epoll_and_pipe(s);

	/* The operation is in len, the file in off. */
	if (r >= 0)
		ask(s, MAIN, OP_EPOLL_CTL, s->x.value, &s->x.event, EPOLL_CTL_ADD, s->x.fds[0]);
	return r;
}

static bool epoll_knows(struct fixture *s, const struct attempt *a)
{
	struct epoll_event event;

	(void)a;
	return epoll_wait(s->x.value, &event, 1, 0) == 1;
}

static int use_epoll_wait(struct fixture *s)
{
	int r = epoll_and_pipe(s);

	if (r >= 0 && epoll_ctl(s->x.value, EPOLL_CTL_ADD, s->x.fds[0], &s->x.event) < 0)
		return fixture_failed(s, "epoll_ctl");
	s->x.event.events = 0;
	if (r >= 0)
		ask(s, MAIN, OP_EPOLL_WAIT, s->x.value, &s->x.event, 1, 0);
	return r;
}

static bool event_came(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->x.event.events == EPOLLIN;
}

static int pipe_to_pipe(struct fixture *s, unsigned op)
{
	int to[2], r = fixture_pipe(s, s->x.fds, true);
	struct io_uring_sqe *sqe;

	if (r >= 0)
		r = fixture_pipe(s, to, false);
	if (r < 0)
		return r;
	s->x.value = to[0];
	sqe = ask(s, MAIN, op, to[1], NULL, TEXT_LEN, op == OP_TEE ? 0 : UINT64_MAX);
	sqe->splice_fd_in = s->x.fds[0];
	/* The offsets of pipes: none. */
	if (op != OP_TEE)
		sqe->splice_off_in = UINT64_MAX;
	return 0;
}

static int use_splice(struct fixture *s)
{
	return pipe_to_pipe(s, OP_SPLICE);
}

static int use_tee(struct fixture *s)
{
	return pipe_to_pipe(s, OP_TEE);
}

static bool text_copied(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return has_text(s, s->x.value) && has_text(s, s->x.fds[0]);
}

static int use_pipe(struct fixture *s)
{
	s->x.fds[0] = s->x.fds[1] = -1;
	ask(s, MAIN, OP_PIPE, 0, s->x.fds, 0, 0)->rw_flags = O_CLOEXEC;
	return 0;
}

static bool pipe_carries(struct fixture *s, const struct attempt *a)
{
	(void)a;
	fixture_keep(s, s->x.fds[0]);
	fixture_keep(s, s->x.fds[1]);
	return write(s->x.fds[1], TEXT, TEXT_LEN) == TEXT_LEN && has_text(s, s->x.fds[0]);
}

static int use_madvise(struct fixture *s)
{
	size_t page = sysconf(_SC_PAGESIZE);

	memset(s->page + page, 1, page);
	ask(s, MAIN, OP_MADVISE, -1, s->page + page, page, 0)->fadvise_advice = MADV_DONTNEED;
	return 0;
}

static bool page_dropped(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->page[sysconf(_SC_PAGESIZE)] == 0;
}

/* The second request removes four buffers, which fails unless the first one provided four. */
static void provide_and_remove(struct fixture *s, enum role provide, enum role remove)
{
	int group = 1 + s->turn % 1000;
	struct io_uring_sqe *sqe = ask(s, provide, OP_PROVIDE_BUFFERS, 4, s->buf, 64, 0);

	sqe->buf_group = group;
	sqe->flags = SQEF_IO_LINK;
	ask(s, remove, OP_REMOVE_BUFFERS, 4, NULL, 0, 0)->buf_group = group;
}

static int use_provide_buffers(struct fixture *s)
{
	provide_and_remove(s, MAIN, SIDE);
	return 0;
}

static int use_remove_buffers(struct fixture *s)
{
	provide_and_remove(s, SIDE, MAIN);
	return 0;
}

static int use_read_multishot(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true), group = r < 0 ? r : fixture_provide(s);
	struct io_uring_sqe *sqe;

	if (group < 0)
		return group;
	sqe = ask(s, MAIN, OP_READ_MULTISHOT, s->x.fds[0], NULL, 0, 0);
	sqe->flags = SQEF_BUFFER_SELECT;
	sqe->buf_group = group;
	return 0;
}

static int use_waitid(struct fixture *s)
{
	int r = fixture_child(s);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	sqe = ask(s, MAIN, OP_WAITID, s->child, NULL, P_PID, (uintptr_t)&s->x.info);
	/* The options: liburing's prep_waitid puts them there. */
	sqe->file_index = WEXITED;
	return 0;
}

static bool child_reaped(struct fixture *s, const struct attempt *a)
{
	bool it = s->x.info.si_pid == s->child;

	(void)a;
	if (it)
		s->child = 0;
	return it;
}

/* The mask is in addr3, the value in off, the futex2 flags in fd. */
static void ask_futex(struct fixture *s, enum role role, unsigned op, uint64_t value)
{
	ask(s, role, op, FUTEX_U32_PRIVATE, &s->x.futex, 0, value)->addr3 = MATCH_ANY;
}

static int use_futex_wait(struct fixture *s)
{
	ask_futex(s, MAIN, OP_FUTEX_WAIT, 0);
	ask_futex(s, SIDE, OP_FUTEX_WAKE, 1);
	return 0;
}

static int use_futex_wake(struct fixture *s)
{
	ask_futex(s, SIDE, OP_FUTEX_WAIT, 0);
	ask_futex(s, MAIN, OP_FUTEX_WAKE, 1);
	return 0;
}

static int use_futex_waitv(struct fixture *s)
{
	s->x.waitv =
		(struct futex_waitv){ .uaddr = (uintptr_t)&s->x.futex, .flags = FUTEX_U32_PRIVATE };
	ask(s, MAIN, OP_FUTEX_WAITV, 0, &s->x.waitv, 1, 0);
	ask_futex(s, SIDE, OP_FUTEX_WAKE, 1);
	return 0;
}

static int use_msg_ring(struct fixture *s)
{
	int r = fixture_peer(s);

	if (r >= 0)
		ask(s, MAIN, OP_MSG_RING, s->peer.ring_fd, NULL, 123, 456);
	return r;
}

static bool message_came(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe *cqe;

	(void)a;
	return io_uring_peek_cqe(&s->peer, &cqe) == 0 && cqe->res == 123 && cqe->user_data == 456;
}

static int dev_null(struct fixture *s)
{
	int fd = fixture_keep(s, open("/dev/null", O_RDWR | O_CLOEXEC));

	return fd < 0 ? fixture_failed(s, "open /dev/null") : fd;
}

static int use_uring_cmd(struct fixture *s)
{
	int fd = dev_null(s);

	if (fd >= 0)
		ask(s, MAIN, OP_URING_CMD, fd, NULL, 0, 0);
	return fd;
}

/* One request on a ring of its own with SQEs of 128 bytes. */
static int on_sqe128(struct fixture *s, unsigned op, int fd)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_SQE128 });
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	raw_push(&r, (struct io_uring_sqe){ .opcode = op, .fd = fd });
	e = raw_enter(&r, 1, 0, 0);
	return e == 1 && raw_next(s, &r, &cqe) ? cqe.res : e;
}

static int use_nop128(struct fixture *s)
{
	return on_sqe128(s, OP_NOP128, -1);
}

static int use_uring_cmd128(struct fixture *s)
{
	int fd = dev_null(s);

	return fd < 0 ? fd : on_sqe128(s, OP_URING_CMD128, fd);
}

#define NO_COMMANDS "/dev/null has no commands on this kernel, and no other file is asked"

static const struct use rows[] = {
	{ OP_NOP, "", use_nop },
	{ OP_POLL_ADD, "a pipe with bytes inside", use_poll_add, .res = POLLIN },
	{ OP_POLL_REMOVE, "a waiting poll", use_poll_remove, .check = side_canceled, .cqes = 2,
	  .res2 = RES_ANY },
	{ OP_ASYNC_CANCEL, "a waiting poll", use_async_cancel, .check = side_canceled, .cqes = 2,
	  .res2 = RES_ANY },
	{ OP_TIMEOUT, "1 us", use_timeout, .res = -ETIME },
	{ OP_TIMEOUT_REMOVE, "a timeout of 10 s", use_timeout_remove, .check = side_canceled,
	  .cqes = 2, .res2 = RES_ANY },
	{ OP_LINK_TIMEOUT, "1 us, behind a poll that waits", use_link_timeout,
	  .check = side_canceled, .res = -ETIME, .cqes = 2, .res2 = RES_ANY },
	{ OP_EPOLL_CTL, "adding a pipe", use_epoll_ctl, .check = epoll_knows },
	{ OP_EPOLL_WAIT, "a pipe with bytes inside", use_epoll_wait, .check = event_came,
	  .res = 1 },
	{ OP_SPLICE, "5 bytes from pipe to pipe", use_splice, .check = text_arrived,
	  .res = TEXT_LEN },
	{ OP_TEE, "5 bytes from pipe to pipe", use_tee, .check = text_copied, .res = TEXT_LEN },
	{ OP_PIPE, "and 5 bytes through it", use_pipe, .check = pipe_carries },
	{ OP_MADVISE, "MADV_DONTNEED on a page", use_madvise, .check = page_dropped },
	{ OP_PROVIDE_BUFFERS, "four, and taking them away", use_provide_buffers, .at_least = true,
	  .cqes = 2, .res2 = 4 },
	{ OP_REMOVE_BUFFERS, "four that were provided", use_remove_buffers, .res = 4, .cqes = 2,
	  .res2 = RES_ANY },
	{ OP_READ_MULTISHOT, "a pipe with bytes inside", use_read_multishot,
	  .check = got_text_in_group, .res = TEXT_LEN, .flags = CQEF_BUFFER | CQEF_MORE },
	{ OP_WAITID, "a child that ended", use_waitid, .check = child_reaped, .excuse = -ECHILD,
	  .excuse_why = "SIGCHLD is ignored, so children leave no trace" },
	{ OP_FUTEX_WAIT, "until a FUTEX_WAKE", use_futex_wait, .cqes = 2, .res2 = RES_ANY },
	{ OP_FUTEX_WAKE, "a FUTEX_WAIT", use_futex_wake, .res = 1, .cqes = 2, .res2 = RES_ANY },
	{ OP_FUTEX_WAITV, "on one, until a FUTEX_WAKE", use_futex_waitv, .cqes = 2,
	  .res2 = RES_ANY },
	{ OP_MSG_RING, "a completion to a second ring", use_msg_ring, .check = message_came },
	{ OP_URING_CMD, "/dev/null", use_uring_cmd, .excuse = -EOPNOTSUPP,
	  .excuse_why = NO_COMMANDS },
	{ OP_NOP128, "on a ring with SQE128", .call = use_nop128 },
	{ OP_URING_CMD128, "/dev/null on a ring with SQE128", .call = use_uring_cmd128,
	  .excuse = -EOPNOTSUPP, .excuse_why = NO_COMMANDS },
};

const struct use_table uses_misc = { rows, ARRAY_SIZE(rows) };
