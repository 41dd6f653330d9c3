/* SPDX-License-Identifier: MIT */
/* Uses of setup flags. A flag without a visible effect (COOP_TASKRUN, ATTACH_WQ) works if requests complete
 * on a ring with it. */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

static bool is_nop(const struct io_uring_cqe *cqe, uint64_t user_data)
{
	return cqe->res == 0 && cqe->user_data == user_data;
}

/* Number of two NOPs that completed correctly, which verifies the position of both SQEs and both CQEs; or
 * the error of io_uring_enter(). */
static int two_nops(struct fixture *s, struct ring *r)
{
	struct io_uring_cqe cqe;
	int n;

	raw_push_nop(r, 1);
	raw_push_nop(r, 2);
	n = raw_enter(r, 2, 0, 0);
	if (n != 2)
		return n;
	for (n = 0; n < 2; n++)
		if (!raw_next(s, r, &cqe) || !is_nop(&cqe, n + 1))
			break;
	return n;
}

/* The same with SQPOLL: one NOP for which the thread may be woken up, then one that it finds by itself.
 * Repeated if this process was delayed so long that the thread went to sleep again. */
static int two_sqpoll_nops(struct fixture *s, struct ring *r)
{
	struct io_uring_cqe cqe;
	bool sleeps = true;

	for (unsigned tries = 0; sleeps && tries < 3; tries++) {
		raw_push_nop(r, 1);
		raw_wake(r);
		if (!raw_next(s, r, &cqe) || !is_nop(&cqe, 1))
			return 0;
		raw_push_nop(r, 2);
		sleeps = raw_sleeps(r);
		raw_wake(r);
		if (!raw_next(s, r, &cqe) || !is_nop(&cqe, 2))
			return 1;
	}
	return sleeps ? fixture_failed_with(s, -ETIME, "keeping the SQPOLL thread awake") : 2;
}

static int nops_with(struct fixture *s, struct ring_params p)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, p);

	return e < 0 ? e : two_nops(s, &r);
}

static int with_flag(struct fixture *s)
{
	return nops_with(s,
			 (struct ring_params){ .flags = uapi_setup_company(1u << s->use->number) });
}

static int use_sqpoll(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2,
			 (struct ring_params){ .flags = SETUP_SQPOLL, .sq_thread_idle = 100 });

	return e < 0 ? e : two_sqpoll_nops(s, &r);
}

static int allowed_cpu(void)
{
	cpu_set_t set;
	int last = -1;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			last = cpu;
	return last;
}

/* The SQ thread of a ring, or 0 if it is not a thread of this process (before 5.12) or unknown. */
static pid_t sq_thread(int fd)
{
	char path[64], text[4096], comm[32];
	const char *at;
	pid_t tid = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (file_read(path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "SqThread:");
	if (at)
		tid = atoi(at + strlen("SqThread:"));
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)tid);
	if (tid <= 0 || file_read(path, comm, sizeof(comm)) <= 0)
		return 0;
	return strncmp(comm, "iou-sqp-", 8) ? 0 : tid;
}

/* Returns 2, or 3 if the thread is bound to another CPU. */
static int use_sq_aff(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int cpu = allowed_cpu(), n;
	cpu_set_t set;
	pid_t tid;

	if (cpu < 0)
		return fixture_failed_with(s, -EINVAL, "the CPUs of this process");
	n = raw_open(s, &r, 2,
		     (struct ring_params){ .flags = SETUP_SQPOLL | SETUP_SQ_AFF,
					   .sq_thread_cpu = cpu,
					   .sq_thread_idle = 100 });
	if (n < 0)
		return n;
	n = two_sqpoll_nops(s, &r);
	tid = n == 2 ? sq_thread(r.fd) : 0;
	if (tid && sched_getaffinity(tid, sizeof(set), &set) == 0 &&
	    (CPU_COUNT(&set) != 1 || !CPU_ISSET(cpu, &set)))
		return 3;
	return n;
}

static int use_cqsize(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_CQSIZE, .cq_entries = 16 });

	if (e < 0)
		return e;
	return two_nops(s, &r) == 2 ? (int)r.p.cq_entries : -EIO;
}

/* Without memory for NO_MMAP (6.5) the size is checked, and nothing is created. */
static int clamped_without_memory(unsigned flags)
{
	struct ring_params p = { .flags = flags | SETUP_NO_MMAP };
	int r = sys_setup(32769, &p);

	if (r >= 0)
		close(r);
	return r < 0 ? -errno : r;
}

static int use_clamp(struct fixture *s)
{
	struct ring_params p = { .flags = SETUP_CLAMP };
	int fd;

	if (clamped_without_memory(0) == -EINVAL && clamped_without_memory(SETUP_CLAMP) == -EFAULT)
		return 32768;
	fd = sys_setup(32769, &p);
	if (fd < 0 && errno != EINVAL)
		return fixture_failed(s, "io_uring_setup of a ring of 3 MiB");
	if (fd < 0)
		return -errno;
	close(fd);
	return p.sq_entries;
}

static int use_attach_wq(struct fixture *s)
{
	return nops_with(
		s, (struct ring_params){ .flags = SETUP_ATTACH_WQ, .wq_fd = s->ring.ring_fd });
}

static int use_r_disabled(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_R_DISABLED });

	if (e < 0)
		return e;
	if (raw_enter(&r, 0, 0, 0) != -EBADFD)
		return 0;
	e = raw_register(r.fd, REGISTER_ENABLE_RINGS, NULL, 0);
	return e < 0 ? e : two_nops(s, &r);
}

/* Number of three requests, the second of which is invalid, that were submitted at once. */
static int use_submit_all(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 4, (struct ring_params){ .flags = SETUP_SUBMIT_ALL });

	if (e < 0)
		return e;
	raw_push_nop(&r, 1);
	raw_push(&r, (struct io_uring_sqe){ .opcode = 255 });
	raw_push_nop(&r, 3);
	return raw_enter(&r, 3, 0, 0);
}

/* A poll whose event has occurred, on a ring that defers the rest of the work to io_uring_enter(). Its
 * sq_flags are returned in *sq_flags. Returns 1 if the completion waited for that call. */
static int deferred(struct fixture *s, uint32_t flags, uint32_t *sq_flags)
{
	_cleanup_raw_ struct ring r = { 0 };
	struct io_uring_cqe cqe;
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = flags });
	struct io_uring_sqe sqe = { .opcode = OP_POLL_ADD };

	if (e >= 0)
		e = fixture_pipe(s, s->x.fds, false);
	if (e < 0)
		return e;
	sqe.fd = s->x.fds[0];
	sqe_poll_events(&sqe, POLLIN);
	raw_push(&r, sqe);
	e = raw_enter(&r, 1, 0, 0);
	if (e != 1 || write(s->x.fds[1], TEXT, TEXT_LEN) != TEXT_LEN)
		return e;
	*sq_flags = __atomic_load_n(ring_sq_field(&r, r.p.sq_off.flags), __ATOMIC_ACQUIRE);
	if (raw_peek(&r, &cqe))
		return 0;
	return raw_next(s, &r, &cqe) && cqe.res == POLLIN;
}

#define DEFER (SETUP_DEFER_TASKRUN | SETUP_SINGLE_ISSUER)

static int use_defer_taskrun(struct fixture *s)
{
	uint32_t sq_flags;

	return deferred(s, DEFER, &sq_flags);
}

/* Before DEFER_TASKRUN (6.1) the work is done before the flag could be seen. */
static int use_taskrun_flag(struct fixture *s)
{
	struct ring_params p = { .flags = DEFER };
	uint32_t sq_flags = 0;
	int r = sys_setup(1, &p);

	if (r < 0 && errno == EINVAL)
		return with_flag(s) == 2 ? SQ_TASKRUN : 0;
	if (r >= 0)
		close(r);
	r = deferred(s, DEFER | SETUP_TASKRUN_FLAG, &sq_flags);
	return r < 0 ? r : (int)(sq_flags & SQ_TASKRUN);
}

static void *submit_from_thread(void *arg)
{
	int n = -EAGAIN;

	raw_push_nop(arg, 3);
	/* Transient errors are not caused by the flag. */
	for (unsigned i = 0; i < 3 && (n == -EAGAIN || n == -EBUSY || n == -EINTR); i++)
		n = raw_enter(arg, 1, 0, 0);
	return (void *)(intptr_t)n;
}

static int use_single_issuer(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = SETUP_SINGLE_ISSUER });
	pthread_t thread;
	void *got = NULL;

	if (e < 0)
		return e;
	e = two_nops(s, &r);
	if (e != 2)
		return e;
	e = pthread_create(&thread, NULL, submit_from_thread, &r);
	if (e)
		return fixture_failed_with(s, -e, "pthread_create");
	pthread_join(thread, &got);
	return (int)(intptr_t)got;
}

static int use_cqe_mixed(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 4, (struct ring_params){ .flags = SETUP_CQE_MIXED });
	struct io_uring_cqe big;

	if (e >= 0)
		e = two_nops(s, &r);
	if (e != 2)
		return e;
	raw_push(&r,
		 (struct io_uring_sqe){ .opcode = OP_NOP, .rw_flags = NOP_CQE32, .user_data = 3 });
	e = raw_enter(&r, 1, 0, 0);
	if (e != 1)
		return e;
	return raw_next(s, &r, &big) && is_nop(&big, 3) && big.flags & CQEF_32 ? 3 : 2;
}

/* NOP, NOP128 in the two entries after it, NOP. */
static int use_sqe_mixed(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 8, (struct ring_params){ .flags = SETUP_SQE_MIXED }), n;
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	raw_push_nop(&r, 1);
	raw_push(&r, (struct io_uring_sqe){ .opcode = OP_NOP128, .user_data = 2 });
	raw_push_nop(&r, 0);
	raw_push_nop(&r, 3);
	e = raw_enter(&r, 4, 0, 0);
	if (e < 0)
		return e;
	for (n = 0; n < 3; n++)
		if (!raw_next(s, &r, &cqe) || !is_nop(&cqe, n + 1))
			break;
	return n;
}

/* One NOP after the other, both in the first entry. */
static int use_sq_rewind(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	uint32_t flags = SETUP_SQ_REWIND | SETUP_NO_SQARRAY;
	int e = raw_open(s, &r, 2, (struct ring_params){ .flags = flags }), n;
	struct io_uring_cqe cqe;

	if (e < 0)
		return e;
	for (n = 0; n < 2; n++) {
		raw_push_nop(&r, n + 1);
		e = raw_enter(&r, 1, 0, 0);
		if (e < 0)
			return e;
		if (!raw_next(s, &r, &cqe) || !is_nop(&cqe, n + 1))
			break;
	}
	return n;
}

#define MATTER_OF_FILE "any machine makes such a ring; each file tells whether it polls"

static const struct use rows[] = {
	{ BIT(SETUP_IOPOLL), .why_not = MATTER_OF_FILE },
	{ BIT(SETUP_HYBRID_IOPOLL), .why_not = MATTER_OF_FILE },
	{ BIT(SETUP_SQPOLL), "two NOPs, the second one without io_uring_enter", .call = use_sqpoll,
	  .res = 2 },
	{ BIT(SETUP_SQ_AFF), "two NOPs, and the CPUs of the thread", .call = use_sq_aff, .res = 2 },
	{ BIT(SETUP_CQSIZE), "2 entries and 16 in the CQ, two NOPs", .call = use_cqsize,
	  .res = 16 },
	{ BIT(SETUP_CLAMP), "32769 entries", .call = use_clamp, .res = 32768 },
	{ BIT(SETUP_ATTACH_WQ), "two NOPs on a ring attached to another", .call = use_attach_wq,
	  .res = 2 },
	{ BIT(SETUP_R_DISABLED), "EBADFD, ENABLE_RINGS, two NOPs", .call = use_r_disabled,
	  .res = 2 },
	{ BIT(SETUP_SUBMIT_ALL), "three SQEs, the second one faulty", .call = use_submit_all,
	  .res = 3 },
	{ BIT(SETUP_COOP_TASKRUN), "two NOPs", .call = with_flag, .res = 2 },
	{ BIT(SETUP_TASKRUN_FLAG), "sq_flags & TASKRUN after a poll's event",
	  .call = use_taskrun_flag, .res = SQ_TASKRUN },
	{ BIT(SETUP_SQE128), "two NOPs", .call = with_flag, .res = 2 },
	{ BIT(SETUP_CQE32), "two NOPs", .call = with_flag, .res = 2 },
	{ BIT(SETUP_SINGLE_ISSUER), "two NOPs, then one from another thread",
	  .call = use_single_issuer, .res = -EEXIST },
	{ BIT(SETUP_DEFER_TASKRUN), "a poll's event, completed by io_uring_enter alone",
	  .call = use_defer_taskrun, .res = 1 },
	{ BIT(SETUP_NO_MMAP), "two NOPs in memory of one's own", .call = with_flag, .res = 2 },
	{ BIT(SETUP_REGISTERED_FD_ONLY), "two NOPs by the registered index", .call = with_flag,
	  .res = 2 },
	{ BIT(SETUP_NO_SQARRAY), "two NOPs", .call = with_flag, .res = 2 },
	{ BIT(SETUP_CQE_MIXED), "two NOPs, then one with a CQE of 32 bytes", .call = use_cqe_mixed,
	  .res = 3 },
	{ BIT(SETUP_SQE_MIXED), "NOP, NOP128, NOP", .call = use_sqe_mixed, .res = 3 },
	{ BIT(SETUP_SQ_REWIND), "two NOPs, both in the first SQE", .call = use_sq_rewind,
	  .res = 2 },
};

const struct use_table uses_setup = { rows, ARRAY_SIZE(rows) };
