/* SPDX-License-Identifier: MIT */
/* Uses of the features behind the feature bits. */
#include <dirent.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

static uint32_t cq_tail(const char *rings, const struct ring *r)
{
	return __atomic_load_n((uint32_t *)(rings + r->p.cq_off.tail), __ATOMIC_ACQUIRE);
}

/* A completion is visible in the mapping of either offset. */
static int use_single_mmap(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });
	size_t page = sysconf(_SC_PAGESIZE);
	void *cq;

	if (e < 0)
		return e;
	cq = mmap(NULL, page, PROT_READ, MAP_SHARED, r.fd, RING_OFF_CQ_RING);
	if (cq == MAP_FAILED)
		return -errno;
	raw_push_nop(&r, 1);
	raw_enter(&r, 1, 0, 0);
	e = cq_tail(r.sq.addr, &r) == 1 && cq_tail(cq, &r) == 1;
	munmap(cq, page);
	return e;
}

static void three_nops(struct ring *r)
{
	for (unsigned i = 1; i <= 3; i++)
		raw_push_nop(r, i);
	raw_enter(r, 3, 0, 0);
}

/* Six completions for a CQ of four. */
static int use_nodrop(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	int e = raw_open(s, &r, 4, (struct ring_params){ .flags = SETUP_CQSIZE, .cq_entries = 4 });
	struct io_uring_cqe cqe;
	unsigned n = 0;

	if (e < 0)
		return e;
	three_nops(&r);
	three_nops(&r);
	while (raw_peek(&r, &cqe))
		n++;
	raw_enter(&r, 0, 0, ENTER_GETEVENTS);
	while (raw_peek(&r, &cqe))
		n++;
	return n;
}

/* The iovec is overwritten before there is anything to read. */
static int use_submit_stable(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);
	struct io_uring_cqe cqe;

	if (r < 0)
		return r;
	s->x.iov = (struct iovec){ s->buf, BYTES };
	ask(s, MAIN, OP_READV, s->x.fds[0], &s->x.iov, 1, 0);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	s->x.iov = (struct iovec){ s->page, 1 };
	if (write(s->x.fds[1], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a pipe");
	if (fixture_next(s, &cqe) < 0)
		return s->err;
	return cqe.res;
}

static int use_rw_cur_pos(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd < 0)
		return fd;
	lseek(fd, 100, SEEK_SET);
	ask(s, MAIN, OP_READ, fd, s->buf, 50, UINT64_MAX);
	return 0;
}

static bool position_moved(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return buf_is_file(s->buf, 50, 100) && lseek(s->file, 0, SEEK_CUR) == 150;
}

/* Threads of io-wq in this process (5.12). */
static unsigned workers(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char path[300], comm[32];

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		n += file_read(path, comm, sizeof(comm)) > 0 && !strncmp(comm, "iou-wrk-", 8);
	}
	closedir(dir);
	return n;
}

/* Result of reading an empty pipe once it has data; -EBUSY if a worker had to wait. */
static int use_fast_poll(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);
	struct io_uring_cqe cqe;
	unsigned before;

	if (r < 0)
		return r;
	before = workers();
	ask(s, MAIN, OP_READ, s->x.fds[0], s->buf, BYTES, 0);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	if (workers() > before)
		r = -EBUSY;
	if (write(s->x.fds[1], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a pipe");
	if (fixture_next(s, &cqe) < 0)
		return s->err;
	return r < 0 ? r : cqe.res;
}

/* Number of two polls with EPOLLEXCLUSIVE (a bit above 16) that one event wakes. */
static int use_poll_32bits(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);
	struct io_uring_cqe cqe;

	if (r < 0)
		return r;
	ask_poll(s, MAIN, s->x.fds[0], EPOLLIN | EPOLLEXCLUSIVE);
	ask_poll(s, SIDE, s->x.fds[0], EPOLLIN | EPOLLEXCLUSIVE);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	if (write(s->x.fds[1], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a pipe");
	if (fixture_next(s, &cqe) < 0)
		return s->err;
	s->dirty = true;
	return cqe.res < 0 ? cqe.res : 1 + (int)io_uring_cq_ready(&s->ring);
}

static int use_sqpoll_nonfixed(struct fixture *s)
{
	struct ring_params p = { .flags = SETUP_SQPOLL, .sq_thread_idle = 100 };
	_cleanup_raw_ struct ring r = { 0 };
	struct io_uring_cqe cqe;
	int fd = fixture_file(s), e = fd < 0 ? fd : raw_open(s, &r, 2, p);

	if (e < 0)
		return e;
	raw_push(&r,
		 (struct io_uring_sqe){
			 .opcode = OP_READ, .fd = fd, .addr = (uintptr_t)s->buf, .len = BYTES });
	raw_wake(&r);
	if (!raw_next(s, &r, &cqe))
		return s->err;
	return cqe.res;
}

static int use_ext_arg(struct fixture *s)
{
	return fixture_wait(s, 1, &soon, 0, 0);
}

static int use_no_iowait(struct fixture *s)
{
	return fixture_wait(s, 1, &soon, 0, ENTER_NO_IOWAIT);
}

/* One of two awaited completions arrives, and the minimum wait ends the call. No TIMEOUT is used, because
 * its completion ends every wait. */
static int use_min_timeout(struct fixture *s)
{
	const struct __kernel_timespec ts = { .tv_nsec = PATIENCE_MS / 2 * 1000000 };
	const struct itimerspec in_100us = { .it_value = { .tv_nsec = 100000 } };
	int fd = fixture_keep(s, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)), r;

	if (fd < 0)
		return fixture_failed(s, "timerfd_create");
	ask_poll(s, MAIN, fd, POLLIN);
	r = fixture_submit(s);
	if (r < 0)
		return r;
	if (timerfd_settime(fd, 0, &in_100us, NULL) < 0)
		return fixture_failed(s, "timerfd_settime");
	r = fixture_wait(s, 2, &ts, 2000, 0);
	return r == -ETIME && !io_uring_cq_ready(&s->ring)
		       ? fixture_failed_with(s, r, "waiting for the timer")
		       : r;
}

/* A worker takes the request, and is visible among the threads of this process. */
static int use_native_workers(struct fixture *s)
{
	ask_nop(s, MAIN)->flags = SQEF_ASYNC;
	return 0;
}

static bool worker_seen(struct fixture *s, const struct attempt *a)
{
	(void)s;
	(void)a;
	return workers() > 0;
}

/* The tag is returned when the buffer is replaced; some kernels delay it until the whole table is
 * unregistered. */
static int use_rsrc_tags(struct fixture *s)
{
	_cleanup_raw_ struct ring r = { 0 };
	const struct iovec iov = { s->buf, BYTES }, other = { s->page, BYTES };
	const uint64_t mark = 77;
	const struct io_uring_rsrc_register reg = { .nr = 1,
						    .data = (uintptr_t)&iov,
						    .tags = (uintptr_t)&mark };
	const struct io_uring_rsrc_update2 update = { .data = (uintptr_t)&other, .nr = 1 };
	int e = raw_open(s, &r, 2, (struct ring_params){ 0 });
	struct io_uring_cqe cqe;

	if (e >= 0)
		e = raw_register(r.fd, REGISTER_BUFFERS2, &reg, sizeof(reg));
	if (e >= 0)
		e = raw_register(r.fd, REGISTER_BUFFERS_UPDATE, &update, sizeof(update));
	if (e >= 0)
		e = raw_register(r.fd, UNREGISTER_BUFFERS, NULL, 0);
	if (e < 0)
		return e;
	if (!raw_next(s, &r, &cqe))
		return s->err;
	return cqe.user_data;
}

/* The second request reads from the slot that the first one fills. */
static int use_linked_file(struct fixture *s)
{
	int r = fixture_files(s), fd = r < 0 ? r : fixture_made(s, "a");
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	if (write(fd, TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a file");
	sqe = ask(s, SIDE, OP_OPENAT, s->dir, "a", 0, 0);
	sqe->file_index = 1 + 1;
	sqe->flags = SQEF_IO_LINK;
	ask(s, MAIN, OP_READ, 1, s->buf, TEXT_LEN, 0)->flags = SQEF_FIXED_FILE;
	return 0;
}

static int use_reg_reg_ring(struct fixture *s)
{
	struct {
		uint32_t head[4];
		uint64_t ops[256];
	} probe = { 0 };
	int index = raw_register_fd(s->ring.ring_fd), r;

	if (index < 0)
		return fixture_failed_with(s, index, "io_uring_register(RING_FDS)");
	r = raw_register(index, REGISTER_PROBE | 1u << 31, &probe, 256);
	raw_unregister_fd(s->ring.ring_fd, index);
	return r;
}

/* Receives five bytes in two buffers of four. */
static int use_bundle(struct fixture *s)
{
	int group = fixture_text_for_group(s, 4, 4, 0);

	if (group < 0)
		return group;
	ask_recv_group(s, MAIN, group, 8)->ioprio = 16; /* IORING_RECVSEND_BUNDLE, 6.10 */
	return 0;
}

#define NOT_SHOWN "set in the features; not exercised"

static const struct use rows[] = {
	{ BIT(FEAT_SINGLE_MMAP), "a completion in the mappings of both offsets",
	  .call = use_single_mmap, .res = 1 },
	{ BIT(FEAT_NODROP), "six completions for a CQ of four", .call = use_nodrop, .res = 6 },
	{ BIT(FEAT_SUBMIT_STABLE), "the iovec of a waiting read is overwritten",
	  .call = use_submit_stable, .check = got_text, .res = TEXT_LEN },
	{ BIT(FEAT_RW_CUR_POS), "a read at offset -1", use_rw_cur_pos, .check = position_moved,
	  .res = 50 },
	{ BIT(FEAT_CUR_PERSONALITY), .why_not = NOT_SHOWN },
	{ BIT(FEAT_FAST_POLL), "a read that waits for a pipe, and no worker", .call = use_fast_poll,
	  .res = TEXT_LEN },
	{ BIT(FEAT_POLL_32BITS), "two polls with EPOLLEXCLUSIVE, one woken",
	  .call = use_poll_32bits, .res = 1 },
	{ BIT(FEAT_SQPOLL_NONFIXED), "a read with SQPOLL", .call = use_sqpoll_nonfixed,
	  .check = got_file, .res = BYTES },
	{ BIT(FEAT_EXT_ARG), "a wait of 100 us", .call = use_ext_arg, .res = -ETIME },
	{ BIT(FEAT_NATIVE_WORKERS), "an ASYNC NOP, and the threads of this process",
	  use_native_workers, .check = worker_seen },
	{ BIT(FEAT_RSRC_TAGS), "the tag of a buffer replaced", .call = use_rsrc_tags, .res = 77 },
	{ BIT(FEAT_CQE_SKIP), "two NOPs, one of them silent", use_cqe_skip,
	  .check = cqe_was_skipped },
	{ BIT(FEAT_LINKED_FILE), "a read from the slot that the request before it fills",
	  use_linked_file, .check = got_text, .res = TEXT_LEN, .cqes = 2, .res2 = RES_ANY },
	{ BIT(FEAT_REG_REG_RING), "REGISTER_PROBE by the registered index",
	  .call = use_reg_reg_ring },
	{ BIT(FEAT_RECVSEND_BUNDLE), "5 bytes in two buffers of four", use_bundle,
	  .check = got_text, .res = TEXT_LEN, .flags = CQEF_BUFFER },
	{ BIT(FEAT_MIN_TIMEOUT), "2 ms at least and 100 ms at most, one completion of two",
	  .call = use_min_timeout },
	{ BIT(FEAT_RW_ATTR), .why_not = NOT_SHOWN },
	/* A program cannot see how the wait was accounted. */
	{ BIT(FEAT_NO_IOWAIT), "a wait of 100 us", .call = use_no_iowait, .res = -ETIME },
};

const struct use_table uses_features = { rows, ARRAY_SIZE(rows) };
