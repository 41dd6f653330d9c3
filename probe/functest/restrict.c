/* SPDX-License-Identifier: MIT */
/*
 * Uses of restrictions and BPF filters. Those of a ring end with the ring. Those of a task are permanent and
 * inherited, so they are registered in a child process.
 */
#include <linux/filter.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

/* struct io_uring_task_restriction (7.0) with one restriction */
struct task_restriction {
	uint16_t flags, n;
	uint32_t resv[3];
	struct io_uring_restriction only;
};

/* struct io_uring_bpf of linux/io_uring/bpf_filter.h (7.0) */
struct bpf {
	uint16_t cmd_type, cmd_flags;
	uint32_t resv;
	uint32_t opcode, flags, filter_len;
	uint8_t pdu_size, resv1[3];
	uint64_t filter_ptr, resv2[5];
};

/* Family, type and protocol. */
#define SOCKET_PDU 12

enum { BPF_CMD_FILTER = 1 };
enum { BPF_DENY_REST = 1, BPF_SZ_STRICT = 2 };

/* Result of a request without parameters on this ring. */
static int result_of(struct fixture *s, struct ring *r, unsigned opcode)
{
	struct io_uring_cqe cqe;
	int e;

	raw_push(r, (struct io_uring_sqe){ .opcode = opcode, .fd = -1 });
	e = raw_enter(r, 1, 0, 0);
	if (e < 0)
		return e;
	return raw_next(s, r, &cqe) ? cqe.res : s->err;
}

/* 1: a NOP succeeds and a READ fails with EACCES; the errno of a failed NOP; 0: the READ reached the check
 * of its fd. */
static int nops_alone(struct fixture *s, struct ring *r)
{
	int nop = result_of(s, r, OP_NOP);

	return nop < 0 ? nop : result_of(s, r, OP_READ) == -EACCES;
}

static int restrict_task(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	const struct task_restriction arg = {
		.n = 1, .only = { .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = OP_NOP }
	};
	int e;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fixture_failed(s, "prctl(PR_SET_NO_NEW_PRIVS)");
	e = raw_register(-1, REGISTER_RESTRICTIONS, &arg, 1);
	/* Before 6.13 no operation accepted an fd of -1. */
	if (e < 0)
		return e == -EBADF ? -EINVAL : e;
	e = raw_open(s, &r, 2, (struct ring_params){ 0 });
	return e < 0 ? e : nops_alone(s, &r);
}

/* Result in a child, and the errno if a preparation failed. */
struct report {
	int res, err;
};

static int in_child(struct fixture *s, int (*fn)(struct fixture *s))
{
	struct report report = { 0 };
	int fds[2], r = fixture_pipe(s, fds, false);

	if (r < 0)
		return r;
	s->child = fork();
	if (s->child < 0) {
		s->child = 0;
		return fixture_failed(s, "fork");
	}
	if (s->child == 0) {
		report.res = fn(s);
		report.err = s->step ? s->err : 0;
		_exit(write(fds[1], &report, sizeof(report)) != sizeof(report));
	}
	close(fds[1]);
	fixture_forget(s, fds[1]);
	if (read(fds[0], &report, sizeof(report)) != sizeof(report))
		return fixture_failed_with(s, -EPIPE, "a child process");
	return report.err ? fixture_failed_with(s, report.err, "a child process") : report.res;
}

static int use_task_restriction(struct fixture *s)
{
	return in_child(s, restrict_task);
}

/* A filter of one instruction for an opcode, which lets it pass or not. */
static int filter(const struct ring *r, unsigned opcode, bool pass, unsigned flags,
		  unsigned pdu_size)
{
	const struct sock_filter ret = BPF_STMT(BPF_RET | BPF_K, pass);
	const struct bpf arg = { .cmd_type = BPF_CMD_FILTER,
				 .opcode = opcode,
				 .flags = flags,
				 .filter_len = 1,
				 .pdu_size = pdu_size,
				 .filter_ptr = (uintptr_t)&ret };

	return raw_register(r->fd, REGISTER_BPF_FILTER, &arg, 1);
}

static int filtered(struct fixture *s, struct ring *r, unsigned opcode, bool pass, unsigned flags)
{
	int e = raw_open(s, r, 2, (struct ring_params){ 0 });

	return e < 0 ? e : filter(r, opcode, pass, flags, 0);
}

static int use_filter(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = filtered(s, &r, OP_READ, false, 0);

	return e < 0 ? e : nops_alone(s, &r);
}

static int use_deny_rest(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = filtered(s, &r, OP_NOP, true, BPF_DENY_REST);

	return e < 0 ? e : nops_alone(s, &r);
}

/* Registers a filter with the full size that the kernel has for SOCKET; then a filter without data must be
 * refused: 1. */
static int use_sz_strict(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });

	if (e >= 0)
		e = filter(&r, OP_SOCKET, true, BPF_SZ_STRICT, SOCKET_PDU);
	return e < 0 ? e : filter(&r, OP_SOCKET, true, BPF_SZ_STRICT, 0) < 0;
}

#define NOPS "a ring for NOPs alone, EACCES to a READ"

static const struct use rows[] = {
	{ REGISTER_BPF_FILTER, NOPS, .call = use_filter, .res = 1 },
};
const struct use_table uses_restrict = { rows, ARRAY_SIZE(rows) };

static const struct use flag_rows[] = {
	{ OPF_TASK_RESTRICTION, "a child process for NOPs alone, EACCES to a READ",
	  .call = use_task_restriction, .res = 1, .need = { UAPI_REG, REGISTER_RESTRICTIONS } },
	{ OPF_BPF_CMD_FILTER, NOPS, .call = use_filter, .res = 1,
	  .need = { UAPI_REG, REGISTER_BPF_FILTER } },
	{ OPF_BPF_DENY_REST, NOPS, .call = use_deny_rest, .res = 1,
	  .need = { UAPI_REG, REGISTER_BPF_FILTER } },
	{ OPF_BPF_SZ_STRICT, "for 12 bytes of a SOCKET, and not for none", .call = use_sz_strict,
	  .res = 1, .need = { UAPI_REG, REGISTER_BPF_FILTER } },
};
const struct use_table uses_restrict_flags = { flag_rows, ARRAY_SIZE(flag_rows) };
