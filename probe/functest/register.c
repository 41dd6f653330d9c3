/* SPDX-License-Identifier: MIT */
/* Uses of register operations on resources. Everything is undone. */
#include <string.h>
#include <sys/eventfd.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

static int fd_of(struct fixture *s)
{
	return s->ring.ring_fd;
}

static int reg(struct fixture *s, unsigned op, const void *arg, unsigned nr)
{
	return raw_register(fd_of(s), op, arg, nr);
}

/* For uses that register the ring's tables themselves. */
static void no_files(struct fixture *s)
{
	if (s->files)
		io_uring_unregister_files(&s->ring);
	s->files = false;
}

static void no_buffers(struct fixture *s)
{
	if (s->buffers)
		io_uring_unregister_buffers(&s->ring);
	s->buffers = false;
}

static bool reads_fixed(struct fixture *s)
{
	int fd = fixture_file(s);

	ask(s, SIDE, OP_READ_FIXED, fd, s->buf, BYTES, 0);
	return fixture_do(s) == (int)BYTES && buf_is_file(s->buf, BYTES, 0);
}

static bool reads_slot(struct fixture *s, unsigned slot)
{
	ask(s, SIDE, OP_READV, slot, &s->x.iov, 1, 0)->flags = SQEF_FIXED_FILE;
	s->x.iov = (struct iovec){ s->buf, BYTES };
	return fixture_do(s) == (int)BYTES && buf_is_file(s->buf, BYTES, 0);
}

static int use_buffers(struct fixture *s)
{
	const struct iovec iov = { s->buf, BYTES };
	int r;

	no_buffers(s);
	r = io_uring_register_buffers(&s->ring, &iov, 1);
	s->buffers = r >= 0;
	return r;
}

static bool buffer_works(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return reads_fixed(s);
}

static int use_unregister_buffers(struct fixture *s)
{
	int r = fixture_buffers(s);

	s->buffers = false;
	return r < 0 ? r : reg(s, UNREGISTER_BUFFERS, NULL, 0);
}

static bool no_buffers_left(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return reg(s, UNREGISTER_BUFFERS, NULL, 0) == -ENXIO;
}

static int use_files(struct fixture *s)
{
	const int fds[2] = { fixture_file(s), -1 };
	int r;

	if (fds[0] < 0)
		return fds[0];
	no_files(s);
	r = io_uring_register_files(&s->ring, fds, 2);
	s->files = r >= 0;
	return r;
}

/* The table has two slots, unlike that of fixture_files(). */
static bool slot_0_works(struct fixture *s, const struct attempt *a)
{
	bool good = reads_slot(s, 0);

	(void)a;
	no_files(s);
	return good;
}

static bool slot_1_works(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return reads_slot(s, 1);
}

static int use_unregister_files(struct fixture *s)
{
	int r = fixture_files(s);

	s->files = false;
	return r < 0 ? r : reg(s, UNREGISTER_FILES, NULL, 0);
}

static bool no_files_left(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return reg(s, UNREGISTER_FILES, NULL, 0) == -ENXIO;
}

static int use_files_update(struct fixture *s)
{
	int r = fixture_files(s);

	return r < 0 ? r : io_uring_register_files_update(&s->ring, 1, &s->file, 1);
}

static int an_eventfd(struct fixture *s)
{
	s->x.value = fixture_keep(s, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	return s->x.value < 0 ? fixture_failed(s, "eventfd") : 0;
}

/* Number of eventfd notifications for a NOP. */
static int signals(struct fixture *s)
{
	uint64_t n = 0;

	ask_nop(s, SIDE);
	if (fixture_do(s) < 0 || read(s->x.value, &n, sizeof(n)) < 0)
		return 0;
	return n;
}

static int use_eventfd(struct fixture *s)
{
	int r = an_eventfd(s);

	return r < 0 ? r : io_uring_register_eventfd(&s->ring, s->x.value);
}

static bool signals_it(struct fixture *s, const struct attempt *a)
{
	int n = signals(s);

	(void)a;
	io_uring_unregister_eventfd(&s->ring);
	return n > 0;
}

static int use_eventfd_async(struct fixture *s)
{
	int r = an_eventfd(s);

	return r < 0 ? r : io_uring_register_eventfd_async(&s->ring, s->x.value);
}

/* A NOP that completes inline. */
static bool signals_not(struct fixture *s, const struct attempt *a)
{
	int n = signals(s);

	(void)a;
	io_uring_unregister_eventfd(&s->ring);
	return n == 0;
}

static int use_unregister_eventfd(struct fixture *s)
{
	int r = use_eventfd(s);

	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_register(EVENTFD)");
	return reg(s, UNREGISTER_EVENTFD, NULL, 0);
}

static bool signals_no_more(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return signals(s) == 0;
}

static int use_probe(struct fixture *s)
{
	struct {
		uint8_t last_op, ops_len;
		uint16_t resv;
		uint32_t resv2[3];
		uint64_t ops[256];
	} probe = { 0 };
	int r = reg(s, REGISTER_PROBE, &probe, 256);

	return r < 0 ? r : probe.last_op;
}

static int use_personality(struct fixture *s)
{
	return reg(s, REGISTER_PERSONALITY, NULL, 0);
}

/* 0: the ring accepted a NOP with these credentials, and unregistered them. */
static int use_up_personality(struct fixture *s, int id)
{
	ask_nop(s, SIDE)->personality = id;
	if (fixture_do(s) != 0)
		return -EIO;
	return reg(s, UNREGISTER_PERSONALITY, NULL, id);
}

static bool personality_works(struct fixture *s, const struct attempt *a)
{
	return use_up_personality(s, a->res) == 0;
}

static int use_unregister_personality(struct fixture *s)
{
	int id = reg(s, REGISTER_PERSONALITY, NULL, 0);

	s->x.value = id;
	return id < 0 ? fixture_failed_with(s, id, "io_uring_register(PERSONALITY)")
		      : use_up_personality(s, id);
}

static bool personality_gone(struct fixture *s, const struct attempt *a)
{
	(void)a;
	ask_nop(s, SIDE)->personality = s->x.value;
	return fixture_do(s) == -EINVAL;
}

static int files2(struct fixture *s)
{
	int fds[2] = { fixture_file(s), -1 };
	uint64_t tags[2] = { 0 };
	struct io_uring_rsrc_register arg = { .nr = 2,
					      .data = (uintptr_t)fds,
					      .tags = (uintptr_t)tags };
	int r;

	if (fds[0] < 0)
		return fds[0];
	no_files(s);
	r = reg(s, REGISTER_FILES2, &arg, sizeof(arg));
	s->files = r >= 0;
	return r;
}

static int use_files_update2(struct fixture *s)
{
	int r = files2(s), fd = s->file;
	struct io_uring_rsrc_update2 arg = { .offset = 1, .data = (uintptr_t)&fd, .nr = 1 };

	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_register(FILES2)");
	r = reg(s, REGISTER_FILES_UPDATE2, &arg, sizeof(arg));
	if (r != 1)
		no_files(s);
	return r;
}

static bool slot_1_and_out(struct fixture *s, const struct attempt *a)
{
	bool good = slot_1_works(s, a);

	no_files(s);
	return good;
}

static int use_buffers2(struct fixture *s)
{
	const struct iovec iov = { s->buf, BYTES };
	const uint64_t no_tag = 0;
	struct io_uring_rsrc_register arg = { .nr = 1,
					      .data = (uintptr_t)&iov,
					      .tags = (uintptr_t)&no_tag };
	int r;

	no_buffers(s);
	r = reg(s, REGISTER_BUFFERS2, &arg, sizeof(arg));
	s->buffers = r >= 0;
	return r;
}

/* The page takes the place of the buffer. */
static int use_buffers_update(struct fixture *s)
{
	struct iovec iov = { s->page, BYTES };
	struct io_uring_rsrc_update2 arg = { .data = (uintptr_t)&iov, .nr = 1 };
	int r = use_buffers2(s);

	return r < 0 ? fixture_failed_with(s, r, "io_uring_register(BUFFERS2)")
		     : reg(s, REGISTER_BUFFERS_UPDATE, &arg, sizeof(arg));
}

static bool page_is_buffer(struct fixture *s, const struct attempt *a)
{
	bool good;

	(void)a;
	ask(s, SIDE, OP_READ_FIXED, fixture_file(s), s->page, BYTES, 0);
	good = fixture_do(s) == (int)BYTES && buf_is_file(s->page, BYTES, 0);
	no_buffers(s);
	return good;
}

#define OWN_MEMFD  "a memfd, and a read of it"
#define OWN_BUFFER "4096 bytes, and a read into them"

static const struct use rows[] = {
	{ REGISTER_BUFFERS, OWN_BUFFER, .call = use_buffers, .check = buffer_works },
	{ UNREGISTER_BUFFERS, "and ENXIO to a second one", .call = use_unregister_buffers,
	  .check = no_buffers_left },
	{ REGISTER_FILES, OWN_MEMFD, .call = use_files, .check = slot_0_works },
	{ UNREGISTER_FILES, "and ENXIO to a second one", .call = use_unregister_files,
	  .check = no_files_left },
	{ REGISTER_EVENTFD, "and a NOP that signals it", .call = use_eventfd, .check = signals_it },
	{ UNREGISTER_EVENTFD, "and a NOP that does not signal it", .call = use_unregister_eventfd,
	  .check = signals_no_more },
	{ REGISTER_FILES_UPDATE, OWN_MEMFD, .call = use_files_update, .check = slot_1_works,
	  .res = 1 },
	{ REGISTER_EVENTFD_ASYNC, "and a NOP done at once, that does not signal it",
	  .call = use_eventfd_async, .check = signals_not },
	{ REGISTER_PROBE, "256 opcodes", .call = use_probe, .res = 1, .at_least = true },
	{ REGISTER_PERSONALITY, "and a NOP with it", .call = use_personality,
	  .check = personality_works, .res = 1, .at_least = true },
	{ UNREGISTER_PERSONALITY, "and EINVAL to a NOP with it", .call = use_unregister_personality,
	  .check = personality_gone },
	{ REGISTER_FILES2, OWN_MEMFD, .call = files2, .check = slot_0_works },
	{ REGISTER_FILES_UPDATE2, OWN_MEMFD, .call = use_files_update2, .check = slot_1_and_out,
	  .res = 1 },
	{ REGISTER_BUFFERS2, OWN_BUFFER, .call = use_buffers2, .check = buffer_works },
	{ REGISTER_BUFFERS_UPDATE, OWN_BUFFER, .call = use_buffers_update, .check = page_is_buffer,
	  .res = 1 },
};

const struct use_table uses_register = { rows, ARRAY_SIZE(rows) };
