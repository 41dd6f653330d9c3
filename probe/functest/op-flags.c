/* SPDX-License-Identifier: MIT */
/* Uses of flags and forms of individual opcodes, except for sockets. Fields that liburing 2.3's header lacks
 * are set as rw_flags, see ask(). */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/mono.h"
#include "raw-ring.h"

#define NS_LONG 10000000000ull

static int nop_with_flag(struct fixture *s)
{
	int fd = fixture_file(s);
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	sqe = ask(s, MAIN, OP_NOP, fd, NULL, 123, 0);
	sqe->rw_flags = fixture_flag(s);
	return 0;
}

static int nop_fixed_file(struct fixture *s)
{
	int r = fixture_files(s);

	if (r >= 0)
		ask(s, MAIN, OP_NOP, 0, NULL, 0, 0)->rw_flags = 2 | 4; /* NOP_FILE | FIXED_FILE */
	return r;
}

static int nop_fixed_buffer(struct fixture *s)
{
	int r = fixture_buffers(s);

	if (r >= 0)
		ask_nop(s, MAIN)->rw_flags = fixture_flag(s);
	return r;
}

static int nop_cqe32(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_CQE32 });
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	raw_push(&r, (struct io_uring_sqe){ .opcode = OP_NOP, .rw_flags = fixture_flag(s) });
	e = raw_enter(&r, 1, 0, 0);
	return e == 1 && raw_next(s, &r, &cqe) ? cqe.res : e;
}

static int fsync_with_flag(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, OP_FSYNC, fd, NULL, 0, 0)->fsync_flags = fixture_flag(s);
	return fd;
}

static int poll_multi(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true);

	if (r >= 0)
		ask_poll(s, MAIN, s->x.fds[0], POLLIN)->len = fixture_flag(s);
	return r;
}

static int poll_level(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, true);

	if (r >= 0)
		ask_poll(s, MAIN, s->x.fds[0], POLLIN)->len = fixture_flag(s) | 1;
	return r;
}

/* SIDE polls an empty pipe for an event that never comes, until MAIN changes it to POLLIN. */
static int poll_update(struct fixture *s, unsigned flags)
{
	int r = fixture_pipe(s, s->x.fds, false);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	ask_poll(s, SIDE, s->x.fds[0], POLLPRI);
	sqe = ask(s, MAIN, OP_POLL_REMOVE, -1, (void *)(uintptr_t)tag(s, SIDE), flags,
		  flags & 4 ? tag(s, SIDE2) : 0);
	sqe_poll_events(sqe, POLLIN);
	return 0;
}

static int poll_update_events(struct fixture *s)
{
	return poll_update(s, fixture_flag(s));
}

static int poll_update_user_data(struct fixture *s)
{
	return poll_update(s, fixture_flag(s) | 2); /* and IORING_POLL_UPDATE_EVENTS */
}

static bool poll_comes_as(struct fixture *s, enum role role)
{
	struct io_uring_cqe cqe;

	if (write(s->x.fds[1], TEXT, TEXT_LEN) != TEXT_LEN || fixture_next(s, &cqe) < 0)
		return false;
	return cqe.res == POLLIN && s->last_role == role;
}

static bool poll_comes(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return poll_comes_as(s, SIDE);
}

static bool poll_comes_renamed(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return poll_comes_as(s, SIDE2);
}

static int timeout_with_flag(struct fixture *s)
{
	ask_timeout(s, MAIN, &s->x.ts, 1000)->timeout_flags = fixture_flag(s);
	return 0;
}

/* A time since boot, which would not expire here as a duration. */
static int timeout_abs(struct fixture *s)
{
	ask_timeout(s, MAIN, &s->x.ts, mono_ns())->timeout_flags = fixture_flag(s);
	return 0;
}

static void to_1us(struct fixture *s, unsigned flags)
{
	struct io_uring_sqe *sqe = ask(s, MAIN, OP_TIMEOUT_REMOVE, -1,
				       (void *)(uintptr_t)tag(s, SIDE), 0, (uintptr_t)&s->x.ts2);

	s->x.ts2.tv_nsec = 1000;
	sqe->timeout_flags = flags;
}

static int timeout_update(struct fixture *s)
{
	ask_timeout(s, SIDE, &s->x.ts, NS_LONG);
	to_1us(s, fixture_flag(s));
	return 0;
}

static int link_timeout_update(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);

	if (r < 0)
		return r;
	ask_poll(s, SIDE2, s->x.fds[0], POLLIN)->flags = SQEF_IO_LINK;
	ask_timeout(s, SIDE, &s->x.ts, NS_LONG)->opcode = OP_LINK_TIMEOUT;
	to_1us(s, fixture_flag(s) | 2); /* and IORING_TIMEOUT_UPDATE */
	return 0;
}

static int timeout_etime_success(struct fixture *s)
{
	struct io_uring_sqe *sqe = ask_timeout(s, MAIN, &s->x.ts, 1000);

	sqe->timeout_flags = fixture_flag(s);
	sqe->flags = SQEF_IO_LINK;
	ask_nop(s, SIDE);
	return 0;
}

static int timeout_multishot(struct fixture *s)
{
	struct io_uring_sqe *sqe = ask_timeout(s, MAIN, &s->x.ts, 1000);

	sqe->timeout_flags = fixture_flag(s);
	sqe->off = 2;
	return 0;
}

static int timeout_immediate(struct fixture *s)
{
	struct io_uring_sqe *sqe = ask_timeout(s, MAIN, &s->x.ts, 1000);

	sqe->timeout_flags = fixture_flag(s);
	sqe->addr = 1000;
	return 0;
}

/* This many polls of a pipe are pending as SIDE; then comes a cancel with the flag. */
static struct io_uring_sqe *cancel(struct fixture *s, unsigned polls)
{
	struct io_uring_sqe *sqe;

	if (fixture_pipe(s, s->x.fds, false) < 0)
		return NULL;
	while (polls--)
		ask_poll(s, SIDE, s->x.fds[0], POLLIN);
	sqe = ask(s, MAIN, OP_ASYNC_CANCEL, s->x.fds[0], NULL, 0, 0);
	sqe->cancel_flags = fixture_flag(s);
	return sqe;
}

static int cancel_side(struct fixture *s, unsigned polls)
{
	struct io_uring_sqe *sqe = cancel(s, polls);

	if (!sqe)
		return s->err;
	sqe->addr = tag(s, SIDE);
	return 0;
}

static int cancel_all(struct fixture *s)
{
	return cancel_side(s, 2);
}

static int cancel_userdata(struct fixture *s)
{
	return cancel_side(s, 1);
}

static int cancel_plain(struct fixture *s)
{
	return cancel(s, 1) ? 0 : s->err;
}

static int cancel_op(struct fixture *s)
{
	struct io_uring_sqe *sqe = cancel(s, 1);

	if (!sqe)
		return s->err;
	sqe->fd = -1;
	sqe->len = OP_POLL_ADD;
	return 0;
}

static int cancel_fd_fixed(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);

	if (r >= 0)
		r = fixture_slot(s, SLOT, s->x.fds[0]);
	if (r < 0)
		return r;
	ask_poll(s, SIDE, SLOT, POLLIN)->flags = SQEF_FIXED_FILE;
	/* and IORING_ASYNC_CANCEL_FD */
	ask(s, MAIN, OP_ASYNC_CANCEL, SLOT, NULL, 0, 0)->cancel_flags = fixture_flag(s) | 2;
	return 0;
}

static int pbuf_with(struct fixture *s, unsigned flags, unsigned min_left)
{
	int group = fixture_pbuf_ring(s, 8, 64, flags, min_left);

	s->x.value = group;
	return group < 0 ? group : 0;
}

static int pbuf_mmap(struct fixture *s)
{
	return pbuf_with(s, fixture_flag(s), 0);
}

static int pbuf_inc(struct fixture *s)
{
	return pbuf_with(s, fixture_flag(s), 0);
}

static int pbuf_min_left(struct fixture *s)
{
	return pbuf_with(s, 2, 60); /* IOU_PBUF_RING_INC */
}

static int recv_into(struct fixture *s, struct io_uring_cqe *cqe)
{
	if (fixture_pair_with_text(s) < 0)
		return -1;
	ask_recv_group(s, SIDE, s->x.value, 0);
	if (fixture_submit(s) < 0 || fixture_next(s, cqe) < 0)
		return -1;
	return cqe->res;
}

static bool pbuf_taken(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe cqe;

	(void)a;
	return recv_into(s, &cqe) == TEXT_LEN && !memcmp(s->buf, TEXT, TEXT_LEN);
}

static bool pbuf_has_more(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe cqe;

	(void)a;
	return recv_into(s, &cqe) == TEXT_LEN && cqe.flags & CQEF_BUF_MORE;
}

/* 59 of 64 bytes are left, less than the minimum of 60. */
static bool pbuf_is_done(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe cqe;

	(void)a;
	return recv_into(s, &cqe) == TEXT_LEN && !(cqe.flags & CQEF_BUF_MORE);
}

static int fd_install(struct fixture *s)
{
	int r = fixture_files(s);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	sqe = ask(s, MAIN, OP_FIXED_FD_INSTALL, 0, NULL, 0, 0);
	sqe->flags = SQEF_FIXED_FILE;
	sqe->rw_flags = fixture_flag(s);
	return 0;
}

static bool survives_exec(struct fixture *s, const struct attempt *a)
{
	return fcntl(fixture_keep(s, a->res), F_GETFD) == 0;
}

static int open_direct(struct fixture *s)
{
	int r = fixture_files(s), fd = r < 0 ? r : fixture_made(s, "a");

	if (fd < 0)
		return fd;
	if (write(fd, TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a file");
	ask(s, MAIN, OP_OPENAT, s->dir, "a", 0, 0)->file_index = TO_SLOT;
	return 0;
}

static bool slot_has_text(struct fixture *s, const struct attempt *a)
{
	(void)a;
	ask(s, SIDE, OP_READ, SLOT, s->buf, TEXT_LEN, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) == TEXT_LEN && !memcmp(s->buf, TEXT, TEXT_LEN);
}

static int pipe_direct(struct fixture *s)
{
	int r = fixture_files(s);

	if (r >= 0)
		ask(s, MAIN, OP_PIPE, 0, s->x.fds, 0, 0)->file_index = TO_SLOT;
	return r;
}

/* The pipe's ends are in SLOT and the next slot. */
static bool pipe_slots_carry(struct fixture *s, const struct attempt *a)
{
	memcpy(s->buf, TEXT, TEXT_LEN);
	ask(s, SIDE, OP_WRITE, SLOT + 1, s->buf, TEXT_LEN, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) == TEXT_LEN && slot_has_text(s, a);
}

static int close_direct(struct fixture *s)
{
	int fd = fixture_file(s), r = fd < 0 ? fd : fixture_slot(s, SLOT, fd);

	if (r >= 0)
		ask(s, MAIN, OP_CLOSE, 0, NULL, 0, 0)->file_index = TO_SLOT;
	return r;
}

static bool slot_is_empty(struct fixture *s, const struct attempt *a)
{
	(void)a;
	ask(s, SIDE, OP_READ, SLOT, s->buf, 1, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) == -EBADF;
}

static int write_with_flag(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, OP_WRITE, fd, s->buf, 100, 0)->rw_flags = fixture_flag(s);
	return fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -1 : st.st_size;
}

static bool appended(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return size_of(s->file) == BYTES + 100;
}

static int write_noappend(struct fixture *s)
{
	int fd = fixture_made(s, "a");

	if (fd < 0)
		return fd;
	s->x.value = fd;
	if (write(fd, TEXT, TEXT_LEN) != TEXT_LEN || fcntl(fd, F_SETFL, O_APPEND) < 0)
		return fixture_failed(s, "a file to append to");
	ask(s, MAIN, OP_WRITE, fd, s->buf, TEXT_LEN, 0)->rw_flags = fixture_flag(s);
	return 0;
}

static bool overwritten(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return size_of(s->x.value) == TEXT_LEN;
}

static int read_own_file(struct fixture *s)
{
	int fd = fixture_made(s, "a");

	if (fd < 0)
		return fd;
	if (write(fd, TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a file");
	ask(s, MAIN, OP_READ, fd, s->buf, TEXT_LEN, 0)->rw_flags = fixture_flag(s);
	return 0;
}

/* attr_type_mask is the last word of an SQE; attr_ptr before it is invalid. A kernel that does not know them
 * reads. */
static int read_with_attr(struct fixture *s)
{
	int fd = fixture_file(s);
	uint64_t mask = fixture_flag(s);
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	sqe = ask(s, MAIN, OP_READ, fd, s->buf, BYTES, 0);
	memcpy((char *)sqe + 56, &mask, sizeof(mask));
	return 0;
}

static int splice_fixed(struct fixture *s)
{
	int to[2], r = fixture_pipe(s, s->x.fds, true);
	struct io_uring_sqe *sqe;

	if (r >= 0)
		r = fixture_pipe(s, to, false);
	if (r >= 0)
		r = fixture_slot(s, SLOT, s->x.fds[0]);
	if (r < 0)
		return r;
	s->x.value = to[0];
	sqe = ask(s, MAIN, OP_SPLICE, to[1], NULL, TEXT_LEN, UINT64_MAX);
	sqe->splice_off_in = UINT64_MAX;
	sqe->splice_fd_in = SLOT;
	sqe->splice_flags = fixture_flag(s);
	return 0;
}

#define OPERATION(op) .need = { UAPI_OP, op }
#define OTHER_FILE    "a kernel that does not know it and a file that has no use for it answer alike"

static const struct use rows[] = {
	{ OPF_NOP_INJECT_RESULT, "123", nop_with_flag, .res = 123 },
	{ OPF_NOP_FILE, "a memfd", nop_with_flag },
	{ OPF_NOP_FIXED_FILE, "a registered memfd", nop_fixed_file },
	{ OPF_NOP_FIXED_BUFFER, "a registered buffer", nop_fixed_buffer },
	{ OPF_NOP_TW, "", nop_with_flag },
	{ OPF_NOP_CQE32, "on a ring with CQE32", .call = nop_cqe32,
	  .need = { UAPI_SETUP, __builtin_ctz(SETUP_CQE32) } },
	{ OPF_FSYNC_DATASYNC, "a memfd", fsync_with_flag, OPERATION(OP_FSYNC) },
	{ OPF_POLL_ADD_MULTI, "a pipe with bytes inside", poll_multi, .res = POLLIN,
	  .flags = CQEF_MORE, OPERATION(OP_POLL_ADD) },
	{ OPF_POLL_UPDATE_EVENTS, "a waiting poll, and its event", poll_update_events,
	  .check = poll_comes, OPERATION(OP_POLL_REMOVE) },
	{ OPF_POLL_UPDATE_USER_DATA, "a waiting poll, and its event", poll_update_user_data,
	  .check = poll_comes_renamed, OPERATION(OP_POLL_REMOVE) },
	{ OPF_POLL_ADD_LEVEL, "a pipe with bytes inside, multishot", poll_level, .res = POLLIN,
	  .flags = CQEF_MORE, .need = { UAPI_OPFLAG, OPF_POLL_ADD_MULTI } },
	{ OPF_TIMEOUT_ABS, "until now", timeout_abs, .res = -ETIME, OPERATION(OP_TIMEOUT) },
	{ OPF_TIMEOUT_UPDATE, "of 10 s to 1 us", timeout_update, .cqes = 2, .res2 = -ETIME,
	  OPERATION(OP_TIMEOUT_REMOVE) },
	{ OPF_TIMEOUT_BOOTTIME, "1 us", timeout_with_flag, .res = -ETIME, OPERATION(OP_TIMEOUT) },
	{ OPF_TIMEOUT_REALTIME, "1 us", timeout_with_flag, .res = -ETIME, OPERATION(OP_TIMEOUT) },
	{ OPF_LINK_TIMEOUT_UPDATE, "of 10 s to 1 us, behind a poll that waits", link_timeout_update,
	  .cqes = 3, .res2 = RES_ANY, OPERATION(OP_LINK_TIMEOUT) },
	{ OPF_TIMEOUT_ETIME_SUCCESS, "1 us, and a NOP linked to it", timeout_etime_success,
	  .res = -ETIME, .cqes = 2, OPERATION(OP_TIMEOUT) },
	{ OPF_TIMEOUT_MULTISHOT, "1 us, twice", timeout_multishot, .res = -ETIME,
	  .flags = CQEF_MORE, .cqes = 2, .res2 = -ETIME, OPERATION(OP_TIMEOUT) },
	{ OPF_TIMEOUT_IMMEDIATE_ARG, "1 us", timeout_immediate, .res = -ETIME,
	  OPERATION(OP_TIMEOUT) },
	{ OPF_CANCEL_ALL, "two polls of the same user data", cancel_all, .res = 2, .cqes = 3,
	  .res2 = RES_ANY, OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_CANCEL_FD, "a poll of the file", cancel_plain, .cqes = 2, .res2 = RES_ANY,
	  OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_CANCEL_ANY, "a poll", cancel_plain, .at_least = true, .cqes = 2, .res2 = RES_ANY,
	  OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_CANCEL_FD_FIXED, "a poll of the registered file", cancel_fd_fixed, .cqes = 2,
	  .res2 = RES_ANY, OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_CANCEL_USERDATA, "a poll", cancel_userdata, .cqes = 2, .res2 = RES_ANY,
	  OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_CANCEL_OP, "POLL_ADD", cancel_op, .cqes = 2, .res2 = RES_ANY,
	  OPERATION(OP_ASYNC_CANCEL) },
	{ OPF_PBUF_RING_MMAP, "and a RECV into it", .call = pbuf_mmap, .check = pbuf_taken,
	  .need = { UAPI_REG, REGISTER_PBUF_RING } },
	{ OPF_PBUF_RING_INC, "5 bytes into a buffer of 64", .call = pbuf_inc,
	  .check = pbuf_has_more, .need = { UAPI_REG, REGISTER_PBUF_RING } },
	{ OPF_PBUF_MIN_LEFT, "60, 5 bytes into a buffer of 64", .call = pbuf_min_left,
	  .check = pbuf_is_done, .need = { UAPI_OPFLAG, OPF_PBUF_RING_INC } },
	{ OPF_FIXED_FD_NO_CLOEXEC, "a registered memfd", fd_install, .check = survives_exec,
	  .at_least = true, OPERATION(OP_FIXED_FD_INSTALL) },
	{ OPF_OPEN_DIRECT, "a file into slot 1, and a read of it", open_direct,
	  .check = slot_has_text, OPERATION(OP_OPENAT) },
	{ OPF_PIPE_DIRECT, "into slots 1 and 2, and bytes through it", pipe_direct,
	  .check = pipe_slots_carry, OPERATION(OP_PIPE) },
	{ OPF_CLOSE_DIRECT, "slot 1", close_direct, .check = slot_is_empty,
	  /* A kernel without it would close sqe->fd, which must be 0. */
	  .need = { UAPI_OPFLAG, OPF_OPEN_DIRECT } },
	{ OPF_RWF_DSYNC, "a write to a memfd", write_with_flag, .res = 100, OPERATION(OP_WRITE) },
	{ OPF_RWF_SYNC, "a write to a memfd", write_with_flag, .res = 100, OPERATION(OP_WRITE) },
	/* The flag is older than io_uring, so a refusal comes from the file. */
	{ OPF_RWF_NOWAIT, "a read of cached bytes of a file of its own", read_own_file,
	  .res = TEXT_LEN, .known_res = -EOPNOTSUPP, OPERATION(OP_READ) },
	{ OPF_RWF_APPEND, "a write to a memfd", write_with_flag, .check = appended, .res = 100,
	  OPERATION(OP_WRITE) },
	{ OPF_RWF_NOAPPEND, "a write to a file opened with O_APPEND", write_noappend,
	  .check = overwritten, .res = TEXT_LEN, .unknown_res = -EOPNOTSUPP, OPERATION(OP_WRITE) },
	{ OPF_RWF_ATOMIC, .why_not = "a matter of the device and its alignment" },
	{ OPF_RWF_DONTCACHE, "a read of a file of its own", read_own_file, .res = TEXT_LEN,
	  .excuse = -EOPNOTSUPP, .excuse_why = OTHER_FILE, OPERATION(OP_READ) },
	{ OPF_RWF_NOSIGNAL, "a write to a memfd", write_with_flag, .res = 100,
	  .unknown_res = -EOPNOTSUPP, OPERATION(OP_WRITE) },
	{ OPF_RW_ATTR_PI, "a read of a memfd, and no information there", read_with_attr,
	  .unknown_res = BYTES, .known_res = -EFAULT, OPERATION(OP_READ) },
	{ OPF_WRITE_STREAM, .why_not = "a matter of the device: others take no notice of it" },
	{ OPF_SPLICE_FD_IN_FIXED, "from a registered pipe", splice_fixed, .check = text_arrived,
	  .res = TEXT_LEN, OPERATION(OP_SPLICE) },
};

const struct use_table uses_op_flags = { rows, ARRAY_SIZE(rows) };
