/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/lib/base.h"

#define TIMEOUT_NS 1000000

static const struct {
	const char *flags_name, *about;
} ops[WALK_OPS] = {
	[WALK_OP_NOP] = { "nop_flags", "NOP: do nothing" },
	[WALK_OP_OPENAT] = { "open_flags", "OPENAT: open /dev/null" },
	[WALK_OP_READ] = { "rw_flags", "READ: 16 bytes of a memfd" },
	[WALK_OP_WRITE] = { "rw_flags", "WRITE: 16 bytes to a memfd" },
	[WALK_OP_TIMEOUT] = { "timeout_flags", "TIMEOUT: 1 ms" },
	[WALK_OP_POLL] = { "poll32_events", "POLL_ADD: a pipe becomes readable" },
	[WALK_OP_MULTISHOT] = { "poll32_events",
				"POLL_ADD, multishot: a pipe becomes readable, again and again" },
};

const char *request_flags_name(enum walk_op op)
{
	return ops[op].flags_name;
}

const char *request_about(enum walk_op op)
{
	return ops[op].about;
}

int request_open(struct request *s, enum walk_op op, struct fail *f)
{
	struct request got = { .op = op, .file = -1, .pipe = { -1, -1 } };
	int r;

	/* Separate pages, which can be left allocated if a request is still in flight. */
	got.mem = mmap(NULL, sizeof(*got.mem), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (got.mem == MAP_FAILED)
		return fail_set(f, -errno, "memory to work on: %s", strerror(errno));
	errno = 0;
	got.file = memfd_create("uringtool", MFD_CLOEXEC);
	if (got.file < 0 ||
	    pwrite(got.file, "sixteen bytes...", REQUEST_BYTES, 0) != REQUEST_BYTES ||
	    pipe2(got.pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		r = fail_set(f, errno ? -errno : -EIO, "a file and a pipe to work on: %s",
			     strerror(errno));
		request_close(&got, false);
		return r;
	}
	strcpy(got.mem->path, "/dev/null");
	got.mem->timeout.tv_nsec = TIMEOUT_NS;
	*s = got;
	return 0;
}

void request_close(struct request *s, bool stuck)
{
	closep(&s->file);
	closep(&s->pipe[0]);
	closep(&s->pipe[1]);
	if (!stuck)
		munmap(s->mem, sizeof(*s->mem));
}

void request_prepare(const struct request *s, struct io_uring_sqe *sqe)
{
	switch (s->op) {
	case WALK_OP_OPENAT:
		io_uring_prep_openat(sqe, AT_FDCWD, s->mem->path, O_RDONLY | O_CLOEXEC, 0);
		break;
	case WALK_OP_READ:
		io_uring_prep_read(sqe, s->file, s->mem->buf, REQUEST_BYTES, 0);
		break;
	case WALK_OP_WRITE:
		io_uring_prep_write(sqe, s->file, s->mem->buf, REQUEST_BYTES, 0);
		break;
	case WALK_OP_TIMEOUT:
		io_uring_prep_timeout(sqe, &s->mem->timeout, 0, 0);
		break;
	case WALK_OP_POLL:
		io_uring_prep_poll_add(sqe, s->pipe[0], POLLIN);
		break;
	case WALK_OP_MULTISHOT:
		io_uring_prep_poll_multishot(sqe, s->pipe[0], POLLIN);
		break;
	default:
		io_uring_prep_nop(sqe);
		break;
	}
}

bool request_waits(enum walk_op op)
{
	return op == WALK_OP_POLL || op == WALK_OP_MULTISHOT;
}

int request_event(const struct request *s)
{
	ssize_t n = write(s->pipe[1], "!", 1);

	return n < 0 ? -errno : n;
}

void request_drain(const struct request *s)
{
	char buf[REQUEST_BYTES];

	while (read(s->pipe[0], buf, sizeof(buf)) > 0)
		;
}

void request_undo(const struct request *s, int res)
{
	if (s->op == WALK_OP_OPENAT && res > STDERR_FILENO)
		close(res);
}
