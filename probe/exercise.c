/* SPDX-License-Identifier: MIT */
#include "exercise.h"

#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base.h"

#define BYTES 4096u
/* A completion that does not come in this time will not come. */
#define PATIENCE_NS 200000000

/* One request, on a ring of its own, with what most requests need at hand. */
struct seat {
	struct io_uring ring;
	int file;    /* an unnamed file of BYTES bytes */
	int pipe[2]; /* with 5 bytes inside */
	char *buf;   /* BYTES */
	struct iovec iov;
	struct statx stx;
};

static void fail_step(struct attempt *out, int err, const char *step)
{
	out->err = err;
	snprintf(out->note, sizeof(out->note), "%s", step);
}

static void seat_close(struct seat *s)
{
	io_uring_queue_exit(&s->ring);
	closep(&s->file);
	closep(&s->pipe[0]);
	closep(&s->pipe[1]);
	free(s->buf);
}

static int seat_open(struct seat *s, struct attempt *out)
{
	int r;

	*s = (struct seat){ .file = -1, .pipe = { -1, -1 } };
	r = io_uring_queue_init(4, &s->ring, 0);
	if (r < 0) {
		fail_step(out, r, "io_uring_queue_init");
		return r;
	}
	s->buf = aligned_alloc(BYTES, BYTES);
	s->file = memfd_create("uringtool", MFD_CLOEXEC);
	if (!s->buf || s->file < 0 || ftruncate(s->file, BYTES) < 0 ||
	    pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK) < 0 || write(s->pipe[1], "hello", 5) != 5) {
		fail_step(out, -errno, "a file and a pipe to work on");
		seat_close(s);
		return out->err;
	}
	memset(s->buf, 0, BYTES);
	s->iov = (struct iovec){ s->buf, BYTES };
	return 0;
}

static void submit_and_reap(struct seat *s, struct attempt *out)
{
	struct __kernel_timespec ts = { .tv_nsec = PATIENCE_NS };
	struct io_uring_cqe *cqe;
	int r = io_uring_submit(&s->ring);

	if (r != 1) {
		fail_step(out, r < 0 ? r : -EIO, "io_uring_submit");
		return;
	}
	r = io_uring_wait_cqe_timeout(&s->ring, &cqe, &ts);
	if (r < 0) {
		fail_step(out, r, "waiting for the completion");
		return;
	}
	*out = (struct attempt){ .res = cqe->res, .flags = cqe->flags };
	io_uring_cqe_seen(&s->ring, cqe);
}

typedef void (*prep_fn)(struct seat *s, struct io_uring_sqe *sqe);

/* How an opcode is used, and what its completion must say. */
struct use {
	unsigned op;
	prep_fn prep;
	int res;
};

static void prep_nop(struct seat *s, struct io_uring_sqe *sqe)
{
	(void)s;
	io_uring_prep_nop(sqe);
}

static void prep_read(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_read(sqe, s->file, s->buf, BYTES, 0);
}

static void prep_write(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_write(sqe, s->file, s->buf, BYTES, 0);
}

static void prep_readv(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_readv(sqe, s->file, &s->iov, 1, 0);
}

static void prep_writev(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_writev(sqe, s->file, &s->iov, 1, 0);
}

static void prep_fsync(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_fsync(sqe, s->file, 0);
}

static void prep_poll_add(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_poll_add(sqe, s->pipe[0], POLLIN);
}

static void prep_statx(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_statx(sqe, s->file, "", AT_EMPTY_PATH, STATX_SIZE, &s->stx);
}

static void prep_close(struct seat *s, struct io_uring_sqe *sqe)
{
	io_uring_prep_close(sqe, s->pipe[1]);
	s->pipe[1] = -1;
}

static void prep_timeout(struct seat *s, struct io_uring_sqe *sqe)
{
	static struct __kernel_timespec soon = { .tv_nsec = 1000 };

	(void)s;
	io_uring_prep_timeout(sqe, &soon, 0, 0);
}

static const struct use uses[] = {
	{ OP_NOP, prep_nop, 0 },
	{ OP_READ, prep_read, BYTES },
	{ OP_WRITE, prep_write, BYTES },
	{ OP_READV, prep_readv, BYTES },
	{ OP_WRITEV, prep_writev, BYTES },
	{ OP_FSYNC, prep_fsync, 0 },
	{ OP_POLL_ADD, prep_poll_add, POLLIN },
	{ OP_STATX, prep_statx, 0 },
	{ OP_CLOSE, prep_close, 0 },
	{ OP_TIMEOUT, prep_timeout, -ETIME },
};

static void attempt_use(void *arg, struct attempt *out)
{
	const struct use *u = arg;
	struct seat s;

	if (seat_open(&s, out) < 0)
		return;
	u->prep(&s, io_uring_get_sqe(&s.ring));
	submit_and_reap(&s, out);
	seat_close(&s);
}

/* What a completion tells of a request that the kernel knows. */
static void judge(struct fact *f, const struct attempt *a, int want, const char *what)
{
	if (a->err) {
		fact_evidence(f, a->note, what, "%s", errno_name(a->err));
		return;
	}
	if (a->res == want) {
		f->permitted = f->works = ANSWER_YES;
		return;
	}
	fact_evidence(f, "cqe.res", what, "%s", a->res < 0 ? errno_name(a->res) : "wrong value");
	f->works = ANSWER_NO;
	f->permitted = a->res == -EPERM || a->res == -EACCES ? ANSWER_NO : ANSWER_YES;
}

void exercise_ops(struct kernel *k, struct fact *facts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct fact *f = &facts[i];
		const struct use *u = NULL;
		struct attempt a = { 0 };
		char label[64];
		int r;

		if (f->known != ANSWER_YES)
			continue;
		for (unsigned j = 0; j < ARRAY_SIZE(uses); j++)
			if (uses[j].op == f->number)
				u = &uses[j];
		if (!u) {
			fact_evidence(f, "none", "", "not exercised");
			continue;
		}
		snprintf(label, sizeof(label), "op %s", uapi_short(UAPI_OP, f->row));
		r = k->attempt(k, label, attempt_use, (void *)u, &a);
		if (r < 0)
			fail_step(&a, r, "attempt");
		judge(f, &a, u->res, label);
	}
}

static void attempt_nop_with_flag(void *arg, struct attempt *out)
{
	const unsigned *flag = arg;
	struct seat s;
	struct io_uring_sqe *sqe;

	if (seat_open(&s, out) < 0)
		return;
	sqe = io_uring_get_sqe(&s.ring);
	io_uring_prep_nop(sqe);
	sqe->flags = *flag;
	submit_and_reap(&s, out);
	/* A request that skips its completion is shown by the next one coming alone. */
	if (out->err == -ETIME && *flag == SQEF_CQE_SKIP_SUCCESS) {
		sqe = io_uring_get_sqe(&s.ring);
		io_uring_prep_nop(sqe);
		*out = (struct attempt){ 0 };
		submit_and_reap(&s, out);
	}
	seat_close(&s);
}

void exercise_sqe_flags(struct kernel *k, struct fact *facts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct fact *f = &facts[i];
		unsigned flag = 1u << f->number;
		struct attempt a = { 0 };
		char label[64];
		int r;

		snprintf(label, sizeof(label), "NOP with sqe flag 0x%x", flag);
		r = k->attempt(k, label, attempt_nop_with_flag, &flag, &a);
		if (r < 0)
			fail_step(&a, r, "attempt");
		if (a.err) {
			fact_evidence(f, a.note, label, "%s", errno_name(a.err));
		} else if (a.res == -EINVAL) {
			f->known = ANSWER_NO;
			f->permitted = ANSWER_NA;
			f->works = ANSWER_NO;
			fact_evidence(f, "cqe.res", label, "EINVAL");
		} else if (a.res == 0) {
			f->known = f->permitted = f->works = ANSWER_YES;
		} else {
			/* NOP refuses what it has no use for (BUFFER_SELECT): known all the same. */
			f->known = f->permitted = ANSWER_YES;
			fact_evidence(f, "cqe.res", label, "%s", errno_name(a.res));
		}
	}
}
