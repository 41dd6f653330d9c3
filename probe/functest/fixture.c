/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "probe/lib/base.h"

#define ENTRIES 16

/* Names that uses create in the directory. */
static const char *const names[] = { "a", "b", "link", "sub" };

const struct __kernel_timespec soon = { .tv_nsec = 100000 };

int fixture_failed_with(struct fixture *s, int r, const char *step)
{
	s->step = step;
	s->err = r;
	return r;
}

int fixture_failed(struct fixture *s, const char *step)
{
	return fixture_failed_with(s, errno ? -errno : -EIO, step);
}

uint64_t tag(const struct fixture *s, enum role role)
{
	return (uint64_t)s->turn << 8 | role;
}

struct io_uring_sqe *ask(struct fixture *s, enum role role, unsigned op, int fd, const void *addr,
			 unsigned len, uint64_t off)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);

	*sqe = (struct io_uring_sqe){
		.opcode = op,
		.fd = fd,
		.off = off,
		.addr = (uintptr_t)addr,
		.len = len,
		.user_data = tag(s, role),
	};
	s->asked++;
	return sqe;
}

struct io_uring_sqe *ask_nop(struct fixture *s, enum role role)
{
	return ask(s, role, OP_NOP, -1, NULL, 0, 0);
}

/* On big-endian machines the kernel expects the halves swapped. */
void sqe_poll_events(struct io_uring_sqe *sqe, unsigned events)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	events = events << 16 | events >> 16;
#endif
	sqe->poll32_events = events;
}

struct io_uring_sqe *ask_poll(struct fixture *s, enum role role, int fd, unsigned events)
{
	struct io_uring_sqe *sqe = ask(s, role, OP_POLL_ADD, fd, NULL, 0, 0);

	sqe_poll_events(sqe, events);
	return sqe;
}

struct io_uring_sqe *ask_recv_group(struct fixture *s, enum role role, int group, unsigned len)
{
	struct io_uring_sqe *sqe = ask(s, role, OP_RECV, s->x.fds[1], NULL, len, 0);

	sqe->flags = SQEF_BUFFER_SELECT;
	sqe->buf_group = group;
	return sqe;
}

struct io_uring_sqe *ask_timeout(struct fixture *s, enum role role, struct __kernel_timespec *ts,
				 uint64_t ns)
{
	*ts = (struct __kernel_timespec){ ns / 1000000000, ns % 1000000000 };
	return ask(s, role, OP_TIMEOUT, -1, ts, 1, 0);
}

int fixture_submit(struct fixture *s)
{
	int r;

	s->asked = 0;
	/* A batch ends at a request that is found invalid, which gets its completion. */
	do {
		r = io_uring_submit(&s->ring);
	} while (r > 0 && io_uring_sq_ready(&s->ring));
	return r < 0 ? fixture_failed_with(s, r, "io_uring_submit") : 0;
}

int fixture_next(struct fixture *s, struct io_uring_cqe *to)
{
	struct __kernel_timespec ts = { .tv_nsec = PATIENCE_MS * 1000000 };
	struct io_uring_cqe *cqe;
	int r;

	for (;;) {
		r = io_uring_wait_cqe_timeout(&s->ring, &cqe, &ts);
		if (r == -EINTR)
			continue;
		if (r < 0)
			return fixture_failed_with(s, r, "waiting for the completion");
		*to = (struct io_uring_cqe){ cqe->user_data, cqe->res, cqe->flags };
		io_uring_cqe_seen(&s->ring, cqe);
		if (to->user_data >> 8 == s->turn)
			break;
	}
	s->last_role = to->user_data & 0xff;
	s->roles |= 1u << s->last_role;
	if (s->last_role == MAIN)
		s->armed = to->flags & CQEF_MORE;
	return 0;
}

int fixture_wait(struct fixture *s, unsigned n, const struct __kernel_timespec *ts,
		 unsigned min_wait_usec, unsigned flags)
{
	/* struct io_uring_getevents_arg; that of liburing 2.3 lacks min_wait_usec. */
	struct {
		uint64_t sigmask;
		uint32_t sigmask_sz, min_wait_usec;
		uint64_t ts;
	} arg = { .min_wait_usec = min_wait_usec, .ts = (uintptr_t)ts };
	int r = sys_enter(s->ring.ring_fd, 0, n, ENTER_GETEVENTS | ENTER_EXT_ARG | flags, &arg,
			  sizeof(arg));

	return r < 0 ? -errno : r;
}

int fixture_do(struct fixture *s)
{
	struct io_uring_cqe cqe;
	int r = fixture_submit(s);

	if (r >= 0)
		r = fixture_next(s, &cqe);
	if (r < 0)
		s->dirty = true;
	return r < 0 ? r : cqe.res;
}

static void clear_dir(struct fixture *s)
{
	for (unsigned i = 0; s->in_dir && i < ARRAY_SIZE(names); i++)
		if (unlinkat(s->dir, names[i], 0) < 0 && errno == EISDIR)
			unlinkat(s->dir, names[i], AT_REMOVEDIR);
}

static void ring_exit(struct fixture *s)
{
	io_uring_queue_exit(&s->ring);
	s->files = s->buffers = s->dirty = s->spent = s->ready = false;
}

static void fixture_begin(struct fixture *s)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int r;

	s->step = NULL;
	if (!s->page) {
		s->file = s->dir = s->pbuf_group = -1;
		s->buf = aligned_alloc(page, BYTES > page ? BYTES : page);
		s->page = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
		if (!s->buf || s->page == MAP_FAILED) {
			free(s->buf);
			s->page = s->buf = NULL;
			fixture_failed_with(s, -ENOMEM, "memory");
			return;
		}
	}
	if (s->dirty || s->spent)
		ring_exit(s);
	if (!s->ready) {
		r = io_uring_queue_init(ENTRIES, &s->ring, 0);
		if (r < 0) {
			fixture_failed_with(s, r, "io_uring_queue_init");
			return;
		}
		s->ready = true;
	}
	s->turn++;
	s->asked = s->cqe_flags = 0;
	s->last_role = s->roles = 0;
	s->armed = s->in_dir = false;
	memset(&s->x, 0, sizeof(s->x));
	memset(s->buf, 0, BYTES);
	memset(s->page, 0, page);
}

/* Ends a request that posts repeated completions. */
static void disarm(struct fixture *s)
{
	struct io_uring_cqe cqe;

	s->roles = 0;
	ask(s, SIDE2, OP_ASYNC_CANCEL, -1, (void *)(uintptr_t)tag(s, MAIN), 0, 0);
	if (fixture_submit(s) < 0) {
		s->dirty = true;
		return;
	}
	while (s->armed || !(s->roles & 1u << SIDE2)) {
		if (fixture_next(s, &cqe) < 0) {
			s->dirty = true;
			return;
		}
	}
}

static void fixture_end(struct fixture *s)
{
	struct io_uring_cqe *cqe;

	if (s->ready && s->armed && !s->dirty)
		disarm(s);
	if (s->pbuf_group >= 0)
		io_uring_unregister_buf_ring(&s->ring, s->pbuf_group);
	s->pbuf_group = -1;
	for (unsigned i = 0; i < s->n_kept; i++)
		closep(&s->kept[i]);
	s->n_kept = 0;
	if (s->child > 0)
		waitpid(s->child, NULL, 0);
	s->child = 0;
	clear_dir(s);
	if (s->asked)
		s->dirty = true;
	while (s->ready && io_uring_peek_cqe(&s->ring, &cqe) == 0)
		io_uring_cqe_seen(&s->ring, cqe);
}

void fixture_close(struct fixture *s)
{
	if (!s->page)
		return;
	if (s->ready)
		ring_exit(s);
	if (s->has_peer)
		io_uring_queue_exit(&s->peer);
	closep(&s->file);
	closep(&s->dir);
	if (*s->dir_path)
		rmdir(s->dir_path);
	munmap(s->page, 2 * sysconf(_SC_PAGESIZE));
	free(s->buf);
	*s = (struct fixture){ 0 };
}

static void reap(struct fixture *s, const struct use *u, struct attempt *out)
{
	unsigned want = u->cqes ? u->cqes : 1;
	bool main_seen = false;

	while (out->completions < want) {
		struct io_uring_cqe cqe;

		if (fixture_next(s, &cqe) < 0) {
			s->dirty = true;
			return;
		}
		out->completions++;
		if (s->last_role == MAIN && !main_seen) {
			main_seen = true;
			out->res = cqe.res;
			out->flags = cqe.flags;
		} else {
			out->res2 = cqe.res;
			out->flags2 = cqe.flags;
		}
		/* If MAIN fails at once, the other requests may never complete. */
		if (main_seen && out->res < 0 && out->res != u->res && !s->armed) {
			s->dirty = out->completions < want;
			return;
		}
	}
}

static void turn(struct fixture *s, const struct use *u, struct attempt *out)
{
	s->use = u;
	fixture_begin(s);
	if (!s->step && u->prep) {
		u->prep(s);
		if (!s->step)
			fixture_submit(s);
		if (!s->step)
			reap(s, u, out);
	} else if (!s->step) {
		out->res = u->call(s);
		out->flags = s->cqe_flags;
	}
	if (s->step)
		goto end;
	if (u->at_least ? out->res < u->res : out->res != u->res)
		out->plain = u->plain ? u->plain(s) : 0;
	else if (u->check)
		out->effect = u->check(s, out) ? EFFECT_SEEN : EFFECT_MISSING;
end:
	if (s->step) {
		*out = (struct attempt){ .err = s->err };
		snprintf(out->note, sizeof(out->note), "%s", s->step);
	}
	fixture_end(s);
}

void fixture_take_turn(struct fixture *s, const struct use *u, struct attempt *out)
{
	unsigned tries = 0;
	bool late = false, again;

	do {
		*out = (struct attempt){ 0 };
		turn(s, u, out);
		again = out->err == -ETIME && !late;
		late = out->err == -ETIME;
	} while (again || memlock_patience(out->err ? out->err : out->res, &tries));
}
