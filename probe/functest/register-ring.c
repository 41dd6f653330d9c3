/* SPDX-License-Identifier: MIT */
/*
 * Uses of register operations on rings, workers and waits, and of their flags. Everything is undone, or is
 * done on a separate ring.
 */
#include <string.h>
#include <time.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

/* struct io_uring_napi (6.9, from opcode on 6.13), io_uring_clock_register (6.12), io_uring_clone_buffers (6.12),
 * io_uring_buf_status (6.8) */
struct napi {
	uint32_t busy_poll_to;
	uint8_t prefer_busy_poll, opcode, pad[2];
	uint32_t op_param, resv;
};

struct clock {
	uint32_t clockid, resv[3];
};

struct clone_buffers {
	uint32_t src_fd, flags, src_off, dst_off, nr, pad[3];
};

struct buf_status {
	uint32_t buf_group, head, resv[8];
};

static int fd_of(struct fixture *s)
{
	return s->ring.ring_fd;
}

static int reg(struct fixture *s, unsigned op, const void *arg, unsigned nr)
{
	return raw_register(fd_of(s), op, arg, nr);
}

static bool nop_goes(struct fixture *s, struct ring *r)
{
	struct io_uring_cqe cqe;

	raw_push_nop(r, 1);
	return raw_enter(r, 1, 0, 0) == 1 && raw_next(s, r, &cqe) && cqe.res == 0;
}

/* Result of a READ on a ring that only permits NOPs. */
static int use_restrictions(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct io_uring_restriction only = { .opcode = IORING_RESTRICTION_SQE_OP,
					     .sqe_op = OP_NOP };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_R_DISABLED });
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	e = raw_register(r.fd, REGISTER_RESTRICTIONS, &only, 1);
	if (e < 0)
		return e;
	e = raw_register(r.fd, REGISTER_ENABLE_RINGS, NULL, 0);
	if (e < 0 || !nop_goes(s, &r))
		return fixture_failed_with(s, e < 0 ? e : -EIO, "a NOP on a restricted ring");
	raw_push(&r, (struct io_uring_sqe){ .opcode = OP_READ, .fd = -1 });
	e = raw_enter(&r, 1, 0, 0);
	/* The expected result, distinguishable from a missing permission: 1. */
	return e == 1 && raw_next(s, &r, &cqe) ? cqe.res == -EACCES : e;
}

static int use_enable_rings(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_R_DISABLED });

	if (e < 0)
		return e;
	e = raw_register(r.fd, REGISTER_ENABLE_RINGS, NULL, 0);
	return e < 0 ? e : nop_goes(s, &r);
}

static int use_iowq_aff(struct fixture *s)
{
	cpu_set_t set;
	int r;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return fixture_failed(s, "sched_getaffinity");
	r = reg(s, REGISTER_IOWQ_AFF, &set, sizeof(set));
	if (r >= 0)
		reg(s, UNREGISTER_IOWQ_AFF, NULL, 0);
	return r;
}

static int use_unregister_iowq_aff(struct fixture *s)
{
	return reg(s, UNREGISTER_IOWQ_AFF, NULL, 0);
}

/* Zeros query without changes; returns the maximum number of bounded workers. */
static int use_iowq_max_workers(struct fixture *s)
{
	unsigned limits[2] = { 0 };
	int r = reg(s, REGISTER_IOWQ_MAX_WORKERS, limits, 2);

	return r < 0 ? r : (int)(limits[0] > INT32_MAX ? INT32_MAX : limits[0]);
}

static int use_ring_fds(struct fixture *s)
{
	int index = raw_register_fd(fd_of(s));

	if (index >= 0)
		raw_unregister_fd(fd_of(s), index);
	return index;
}

static int use_unregister_ring_fds(struct fixture *s)
{
	int index = raw_register_fd(fd_of(s));

	return index < 0 ? fixture_failed_with(s, index, "io_uring_register(RING_FDS)")
			 : raw_unregister_fd(fd_of(s), index);
}

/* A RECV into one of four buffers of a ring of provided buffers; the group is in x.value. */
static int recv_provided(struct fixture *s)
{
	int r = fixture_pair(s, s->x.fds);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	if (write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a socket");
	sqe = ask(s, SIDE, OP_RECV, s->x.fds[1], NULL, 64, 0);
	sqe->flags = SQEF_BUFFER_SELECT;
	sqe->buf_group = s->x.value;
	return fixture_do(s);
}

static int use_pbuf_ring(struct fixture *s)
{
	int group = fixture_pbuf_ring(s, 4, 64, 0, 0);

	s->x.value = group;
	return group < 0 ? group : 0;
}

static bool pbuf_taken(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return recv_provided(s) == TEXT_LEN && !memcmp(s->buf, TEXT, TEXT_LEN);
}

static int use_unregister_pbuf_ring(struct fixture *s)
{
	int group = fixture_pbuf_ring(s, 4, 64, 0, 0), r;

	if (group < 0)
		return fixture_failed_with(s, group, "io_uring_register(PBUF_RING)");
	r = io_uring_unregister_buf_ring(&s->ring, group);
	s->pbuf_group = -1;
	return r;
}

/* The head of the group, after one buffer was taken. */
static int use_pbuf_status(struct fixture *s)
{
	int group = fixture_pbuf_ring(s, 4, 64, 0, 0), r;
	struct buf_status status = { .buf_group = group };

	s->x.value = group;
	if (group < 0)
		return fixture_failed_with(s, group, "io_uring_register(PBUF_RING)");
	r = recv_provided(s);
	if (r < 0)
		return fixture_failed_with(s, r, "RECV into a provided buffer");
	r = reg(s, REGISTER_PBUF_STATUS, &status, 1);
	return r < 0 ? r : (int)status.head;
}

static int use_sync_cancel(struct fixture *s)
{
	struct io_uring_sync_cancel_reg arg = { .addr = tag(s, MAIN), .timeout = { -1, -1 } };
	int r = fixture_pipe(s, s->x.fds, false);

	if (r < 0)
		return r;
	ask_poll(s, MAIN, s->x.fds[0], POLLIN);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	r = reg(s, REGISTER_SYNC_CANCEL, &arg, 1);
	s->dirty = r < 0;
	return r;
}

static bool poll_canceled(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe cqe;

	(void)a;
	return fixture_next(s, &cqe) == 0 && cqe.res == -ECANCELED;
}

static int use_file_alloc_range(struct fixture *s)
{
	int r = fixture_files(s);

	return r < 0 ? r : io_uring_register_file_alloc_range(&s->ring, 5, 2);
}

/* Slot that the kernel chose for a file. */
static bool allocated_there(struct fixture *s, const struct attempt *a)
{
	int r;

	(void)a;
	ask(s, SIDE, OP_SOCKET, AF_UNIX, NULL, 0, SOCK_STREAM)->file_index = UINT32_MAX;
	r = fixture_do(s);
	io_uring_register_file_alloc_range(&s->ring, 0, SLOTS);
	return r == 5;
}

static int use_napi(struct fixture *s)
{
	struct napi arg = { .busy_poll_to = 20 }, old = { 0 };
	int r = reg(s, REGISTER_NAPI, &arg, 1);

	if (r < 0)
		return r;
	r = reg(s, UNREGISTER_NAPI, &old, 1);
	return r < 0 ? fixture_failed_with(s, r, "io_uring_register(UNREGISTER_NAPI)")
		     : (int)old.busy_poll_to;
}

static int use_unregister_napi(struct fixture *s)
{
	struct napi old = { 0 };

	return reg(s, UNREGISTER_NAPI, &old, 1);
}

static int use_clock(struct fixture *s)
{
	const struct clock boottime = { .clockid = CLOCK_BOOTTIME },
			   monotonic = { .clockid = CLOCK_MONOTONIC };
	int r = reg(s, REGISTER_CLOCK, &boottime, 0);

	return r < 0 ? r : reg(s, REGISTER_CLOCK, &monotonic, 0);
}

static int use_clone_buffers(struct fixture *s)
{
	const struct iovec iov = { s->buf, BYTES };
	struct clone_buffers arg = { 0 };
	int r = fixture_peer(s);

	if (r < 0)
		return r;
	r = io_uring_register_buffers(&s->peer, &iov, 1);
	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_register(BUFFERS)");
	if (s->buffers)
		io_uring_unregister_buffers(&s->ring);
	arg.src_fd = s->peer.ring_fd;
	r = reg(s, REGISTER_CLONE_BUFFERS, &arg, 1);
	s->buffers = r >= 0;
	io_uring_unregister_buffers(&s->peer);
	return r;
}

static bool clone_works(struct fixture *s, const struct attempt *a)
{
	(void)a;
	ask(s, SIDE, OP_READ_FIXED, fixture_file(s), s->buf, BYTES, 0);
	return fixture_do(s) == (int)BYTES && buf_is_file(s->buf, BYTES, 0);
}

static int use_send_msg_ring(struct fixture *s)
{
	const struct io_uring_sqe sqe = {
		.opcode = OP_MSG_RING, .fd = fd_of(s), .off = tag(s, MAIN), .len = 123
	};

	return raw_register(-1, REGISTER_SEND_MSG_RING, &sqe, 1);
}

static bool message_came(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe cqe;

	(void)a;
	return fixture_next(s, &cqe) == 0 && cqe.res == 123;
}

/* Entries of the CQ, which had four. */
static int use_resize_rings(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct ring_params to = { .flags = SETUP_CQSIZE, .sq_entries = 2, .cq_entries = 16 };
	uint32_t flags = SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN;
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = flags });

	if (e < 0)
		return e;
	e = raw_register(r.fd, REGISTER_RESIZE_RINGS, &to, 1);
	return e < 0 ? e : (int)to.cq_entries;
}

static int use_mem_region(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct region region = { .user_addr = (uintptr_t)s->page,
				 .size = sysconf(_SC_PAGESIZE),
				 .flags = REGION_USER };
	const struct region_reg arg = { .region_uptr = (uintptr_t)&region };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });

	return e < 0 ? e : raw_register(r.fd, REGISTER_MEM_REGION, &arg, 1);
}

/* Number of opcodes reported by the kernel. */
static int use_query(struct fixture *s)
{
	uint32_t answer[16] = { 0 };
	int r = raw_query(0, answer, sizeof(answer)); /* IO_URING_QUERY_OPCODES */

	(void)s;
	return r < 0 ? r : (int)answer[0];
}

static const struct use rows[] = {
	{ REGISTER_RESTRICTIONS, "a ring for NOPs alone, EACCES to a READ",
	  .call = use_restrictions, .res = 1 },
	{ REGISTER_ENABLE_RINGS, "a disabled ring, and a NOP on it", .call = use_enable_rings,
	  .res = 1 },
	{ REGISTER_IOWQ_AFF, "the CPUs of this process, and back", .call = use_iowq_aff },
	{ UNREGISTER_IOWQ_AFF, "", .call = use_unregister_iowq_aff },
	{ REGISTER_IOWQ_MAX_WORKERS, "{ 0, 0 }, which asks", .call = use_iowq_max_workers, .res = 1,
	  .at_least = true },
	{ REGISTER_RING_FDS, "a ring, and back", .call = use_ring_fds, .at_least = true },
	{ UNREGISTER_RING_FDS, "a registered ring", .call = use_unregister_ring_fds, .res = 1 },
	{ REGISTER_PBUF_RING, "four buffers, and a RECV into one", .call = use_pbuf_ring,
	  .check = pbuf_taken },
	{ UNREGISTER_PBUF_RING, "four buffers", .call = use_unregister_pbuf_ring },
	{ REGISTER_SYNC_CANCEL, "a waiting poll", .call = use_sync_cancel, .check = poll_canceled },
	{ REGISTER_FILE_ALLOC_RANGE, "slots 5 and 6, and a socket there",
	  .call = use_file_alloc_range, .check = allocated_there },
	{ REGISTER_PBUF_STATUS, "after a RECV into the first buffer", .call = use_pbuf_status,
	  .res = 1 },
	{ REGISTER_NAPI, "20 us, and back", .call = use_napi, .res = 20 },
	{ UNREGISTER_NAPI, "", .call = use_unregister_napi },
	{ REGISTER_CLOCK, "CLOCK_BOOTTIME, and back", .call = use_clock },
	{ REGISTER_CLONE_BUFFERS, "a buffer of a second ring, and a read into it",
	  .call = use_clone_buffers, .check = clone_works },
	{ REGISTER_SEND_MSG_RING, "a completion to a ring", .call = use_send_msg_ring,
	  .check = message_came },
	{ REGISTER_RESIZE_RINGS, "a CQ of 4 to 16", .call = use_resize_rings, .res = 16 },
	{ REGISTER_MEM_REGION, "a page", .call = use_mem_region },
	{ REGISTER_QUERY, "the number of opcodes", .call = use_query, .res = 1, .at_least = true },
};

const struct use_table uses_register_ring = { rows, ARRAY_SIZE(rows) };

/* enum io_uring_napi_op, io_uring_napi_tracking_strategy */
enum { NAPI_REGISTER, NAPI_ADD_ID, NAPI_DEL_ID };
enum { NAPI_DYNAMIC, NAPI_STATIC, NAPI_INACTIVE = 255 };

/* The kernel accepts any number above its CPUs as an ID, without checking that it exists. */
#define NAPI_ID 0x7fffffffu

/* Registers a mode; the previous one is returned in *before. */
static int napi_mode(struct fixture *s, uint32_t mode, uint32_t *before)
{
	struct napi arg = { .busy_poll_to = 20, .op_param = mode };
	int r = reg(s, REGISTER_NAPI, &arg, 1);

	*before = arg.op_param;
	return r;
}

static int napi_off(struct fixture *s)
{
	struct napi old = { 0 };

	return reg(s, UNREGISTER_NAPI, &old, 1);
}

/* Twice, so that the second call returns what the first one set; kernels without modes return no previous
 * mode. */
static int use_napi_mode(struct fixture *s)
{
	uint32_t before;
	int r = napi_mode(s, fixture_flag(s), &before);

	if (r >= 0)
		r = napi_mode(s, fixture_flag(s), &before);
	napi_off(s);
	return r < 0 ? r : (int)before;
}

static int use_napi_inactive(struct fixture *s)
{
	uint32_t before;
	int r;

	napi_off(s);
	r = napi_mode(s, NAPI_STATIC, &before);
	napi_off(s);
	return r < 0 ? r : (int)before;
}

static int napi_id(struct fixture *s, uint8_t op)
{
	const struct napi arg = { .opcode = op, .op_param = NAPI_ID };

	return reg(s, REGISTER_NAPI, &arg, 1);
}

static int use_napi_id(struct fixture *s)
{
	uint32_t before;
	int r = napi_mode(s, NAPI_STATIC, &before);

	if (r < 0)
		return r;
	r = napi_id(s, NAPI_ADD_ID);
	if (r >= 0 && fixture_flag(s) == NAPI_DEL_ID)
		r = napi_id(s, NAPI_DEL_ID);
	return r;
}

static bool has_napi_id(struct fixture *s, const struct attempt *a)
{
	int r = napi_id(s, NAPI_DEL_ID);

	(void)a;
	napi_off(s);
	return r == 0;
}

static bool has_no_napi_id(struct fixture *s, const struct attempt *a)
{
	return !has_napi_id(s, a);
}

/* A ring clones the buffer of a second ring; with replace it already has one. */
static int clone_to(struct fixture *s, struct clone_buffers arg, bool replace)
{
	_cleanup_raw_ struct ring r = { 0 };
	const struct iovec iov = { s->buf, BYTES };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });

	if (e < 0)
		return e;
	if (replace)
		e = raw_register(r.fd, REGISTER_BUFFERS, &iov, 1);
	return e < 0 ? fixture_failed_with(s, e, "io_uring_register(BUFFERS)")
		     : raw_register(r.fd, REGISTER_CLONE_BUFFERS, &arg, 1);
}

static int use_clone_registered(struct fixture *s)
{
	int r = fixture_buffers(s), index = r < 0 ? r : raw_register_fd(fd_of(s));

	if (r < 0)
		return r;
	if (index < 0)
		return fixture_failed_with(s, index, "io_uring_register(RING_FDS)");
	r = clone_to(s, (struct clone_buffers){ .src_fd = index, .flags = fixture_flag(s) }, false);
	raw_unregister_fd(fd_of(s), index);
	return r;
}

static int use_clone_replace(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r
		     : clone_to(s,
				(struct clone_buffers){ .src_fd = fd_of(s),
							.flags = fixture_flag(s) },
				true);
}

/* Registers a table of four empty slots; a second registration must fail because of the first. */
static int use_sparse(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	/* struct io_uring_rsrc_register; that of liburing 2.3 has the flags, too */
	const struct io_uring_rsrc_register arg = { .nr = 4, .flags = fixture_flag(s) };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });

	if (e >= 0)
		e = raw_register(r.fd, REGISTER_FILES2, &arg, sizeof(arg));
	if (e >= 0)
		e = raw_register(r.fd, REGISTER_BUFFERS2, &arg, sizeof(arg));
	return e < 0 ? e : raw_register(r.fd, UNREGISTER_FILES, NULL, 0);
}

static int use_query_of(struct fixture *s)
{
	return raw_query(fixture_flag(s), s->buf, 64);
}

/* Each answer begins with a count, a mask or a size. */
static bool was_answered(struct fixture *s, const struct attempt *a)
{
	uint32_t first;

	(void)a;
	memcpy(&first, s->buf, sizeof(first));
	return first != 0;
}

#define QUERY                                                                    \
	.call = use_query_of, .check = was_answered, .unknown_res = -EOPNOTSUPP, \
	.need = { UAPI_REG, REGISTER_QUERY }
#define ON(op) .need = { UAPI_REG, op }

static const struct use flag_rows[] = {
	{ OPF_RSRC_SPARSE, "four files, four buffers", .call = use_sparse, ON(REGISTER_FILES2) },
	{ OPF_CLONE_SRC_REGISTERED, "a buffer of a registered ring", .call = use_clone_registered,
	  ON(REGISTER_CLONE_BUFFERS) },
	{ OPF_CLONE_DST_REPLACE, "onto a ring that has a buffer", .call = use_clone_replace,
	  .unknown_res = -EBUSY, ON(REGISTER_CLONE_BUFFERS) },
	{ OPF_NAPI_DYNAMIC, "20 us, and asked", .call = use_napi_mode, .res = NAPI_DYNAMIC,
	  ON(REGISTER_NAPI) },
	{ OPF_NAPI_STATIC, "20 us, and asked", .call = use_napi_mode, .res = NAPI_STATIC,
	  ON(REGISTER_NAPI) },
	{ OPF_NAPI_INACTIVE, "a ring without, asked", .call = use_napi_inactive,
	  .res = NAPI_INACTIVE, ON(REGISTER_NAPI) },
	{ OPF_NAPI_ADD_ID, "an id, and its removal", .call = use_napi_id, .check = has_napi_id,
	  .need = { UAPI_OPFLAG, OPF_NAPI_STATIC } },
	{ OPF_NAPI_DEL_ID, "an id, and no second time", .call = use_napi_id,
	  .check = has_no_napi_id, .need = { UAPI_OPFLAG, OPF_NAPI_STATIC } },
	{ OPF_QUERY_OPCODES, "the number of opcodes", QUERY },
	{ OPF_QUERY_ZCRX, "the flags of its registration", QUERY },
	{ OPF_QUERY_SCQ, "the size of a header", QUERY },
	{ OPF_QUERY_ZCRX_EVENT, "the events", QUERY },
};

const struct use_table uses_register_flags = { flag_rows, ARRAY_SIZE(flag_rows) };
