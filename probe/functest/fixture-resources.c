/* SPDX-License-Identifier: MIT */
/* Resources for uses: files, pipes, sockets, a directory, buffers. */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include "fixture.h"
#include "probe/lib/base.h"

/* struct io_uring_buf_reg; liburing 2.3's lacks flags (6.4) and min_left (7.1). */
struct pbuf_reg {
	uint64_t ring_addr;
	uint32_t ring_entries;
	uint16_t bgid, flags;
	uint32_t min_left, resv[5];
};

#define PBUF_MMAP	    1u
#define RING_OFF_PBUF	    0x80000000ull
#define RING_OFF_PBUF_SHIFT 16

int fixture_keep(struct fixture *s, int fd)
{
	if (fd >= 0 && s->n_kept < ARRAY_SIZE(s->kept))
		s->kept[s->n_kept++] = fd;
	return fd;
}

void fixture_forget(struct fixture *s, int fd)
{
	for (unsigned i = 0; i < s->n_kept; i++)
		if (s->kept[i] == fd)
			s->kept[i] = -1;
}

int fixture_file(struct fixture *s)
{
	char bytes[BYTES];

	for (unsigned i = 0; i < BYTES; i++)
		bytes[i] = i % 251;
	if (s->file < 0)
		s->file = memfd_create("uringtool", MFD_CLOEXEC);
	if (s->file < 0 || pwrite(s->file, bytes, BYTES, 0) != (ssize_t)BYTES ||
	    ftruncate(s->file, BYTES) < 0 || lseek(s->file, 0, SEEK_SET) < 0)
		return fixture_failed(s, "memfd_create");
	return s->file;
}

bool buf_is_file(const char *buf, size_t n, size_t offset)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)buf[i] != (offset + i) % 251)
			return false;
	return true;
}

int fixture_pipe(struct fixture *s, int fds[2], bool full)
{
	if (pipe2(fds, O_CLOEXEC) < 0)
		return fixture_failed(s, "pipe2");
	fixture_keep(s, fds[0]);
	fixture_keep(s, fds[1]);
	if (full && write(fds[1], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a pipe");
	return 0;
}

int fixture_pair(struct fixture *s, int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return fixture_failed(s, "socketpair");
	fixture_keep(s, fds[0]);
	fixture_keep(s, fds[1]);
	return 0;
}

static int bound(struct fixture *s, int type, const struct sockaddr *addr, socklen_t len)
{
	int fd = fixture_keep(s, socket(addr->sa_family, type | SOCK_CLOEXEC, 0));

	s->x.addr_len = sizeof(s->x.addr);
	if (fd < 0 || bind(fd, addr, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&s->x.addr, &s->x.addr_len) < 0)
		return fixture_failed(s, addr->sa_family == AF_UNIX ? "binding an AF_UNIX socket"
								    : "binding to 127.0.0.1");
	return fd;
}

static const struct sockaddr_in loopback = {
	.sin_family = AF_INET,
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	.sin_addr = { 0x0100007f },
#else
	.sin_addr = { 0x7f000001 },
#endif
};

int fixture_pair_with_text(struct fixture *s)
{
	int r = fixture_pair(s, s->x.fds);

	if (r < 0)
		return r;
	return write(s->x.fds[0], TEXT, TEXT_LEN) == TEXT_LEN
		       ? 0
		       : fixture_failed(s, "write to a socket");
}

int fixture_listener(struct fixture *s)
{
	/* The kernel chooses an abstract name. */
	const struct sockaddr any = { .sa_family = AF_UNIX };
	int fd = bound(s, SOCK_STREAM, &any, sizeof(any.sa_family));

	if (fd >= 0 && listen(fd, 4) < 0)
		return fixture_failed(s, "listen");
	return fd;
}

int fixture_connection(struct fixture *s)
{
	int fd = fixture_keep(s, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (fd < 0 || connect(fd, (struct sockaddr *)&s->x.addr, s->x.addr_len) < 0)
		return fixture_failed(s, "connecting an AF_UNIX socket");
	return fd;
}

int fixture_udp(struct fixture *s, int fds[2])
{
	const struct sockaddr *addr = (const struct sockaddr *)&loopback;
	int to = bound(s, SOCK_DGRAM, addr, sizeof(loopback));
	int from = to < 0 ? -1 : fixture_keep(s, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	if (to < 0)
		return to;
	if (from < 0 || connect(from, (struct sockaddr *)&s->x.addr, s->x.addr_len) < 0)
		return fixture_failed(s, "connecting over loopback");
	fds[0] = from;
	fds[1] = to;
	return 0;
}

static bool ready_in_time(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, PATIENCE_MS) == 1;
}

int fixture_tcp(struct fixture *s, int fds[2])
{
	const struct sockaddr *addr = (const struct sockaddr *)&loopback;
	/* Avoids TIME_WAIT. */
	const struct linger reset = { .l_onoff = 1 };
	int on = bound(s, SOCK_STREAM, addr, sizeof(loopback)), from, to;

	if (on < 0)
		return on;
	from = fixture_keep(s, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (from < 0 || listen(on, 1) < 0 ||
	    setsockopt(from, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0 ||
	    (connect(from, (struct sockaddr *)&s->x.addr, s->x.addr_len) < 0 &&
	     errno != EINPROGRESS))
		return fixture_failed(s, "connecting over loopback");
	if (!ready_in_time(on, POLLIN))
		return fixture_failed_with(s, -ETIMEDOUT, "connecting over loopback");
	to = fixture_keep(s, accept4(on, NULL, NULL, SOCK_CLOEXEC));
	if (to < 0)
		return fixture_failed(s, "accepting over loopback");
	fds[0] = from;
	fds[1] = to;
	return 0;
}

int fixture_dir(struct fixture *s)
{
	const char *tmp = getenv("TMPDIR");

	s->in_dir = true;
	if (s->dir >= 0)
		return s->dir;
	snprintf(s->dir_path, sizeof(s->dir_path), "%s/uringtool-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir_path)) {
		s->dir_path[0] = '\0';
		return fixture_failed(s, "a directory in $TMPDIR or /tmp");
	}
	s->dir = open(s->dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir < 0 ? fixture_failed(s, "opening a directory of one's own") : s->dir;
}

int fixture_made(struct fixture *s, const char *name)
{
	int dir = fixture_dir(s), fd;

	if (dir < 0)
		return dir;
	fd = fixture_keep(s, openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	return fd < 0 ? fixture_failed(s, "making a file in $TMPDIR or /tmp") : fd;
}

int fixture_files(struct fixture *s)
{
	int fds[SLOTS] = { fixture_file(s), -1, -1, -1, -1, -1, -1, -1 }, r;

	if (fds[0] < 0)
		return fds[0];
	r = s->files ? io_uring_register_files_update(&s->ring, 0, fds, SLOTS)
		     : io_uring_register_files(&s->ring, fds, SLOTS);
	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_register(FILES)");
	s->files = true;
	return 0;
}

int fixture_slot(struct fixture *s, unsigned slot, int fd)
{
	int r = fixture_files(s);

	if (r < 0)
		return r;
	r = io_uring_register_files_update(&s->ring, slot, &fd, 1);
	return r == 1 ? 0
		      : fixture_failed_with(s, r < 0 ? r : -EIO, "io_uring_register(FILES_UPDATE)");
}

int fixture_buffers(struct fixture *s)
{
	const struct iovec iov = { s->buf, BYTES };
	int r;

	if (s->buffers)
		return 0;
	r = io_uring_register_buffers(&s->ring, &iov, 1);
	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_register(BUFFERS)");
	s->buffers = true;
	return 0;
}

int fixture_peer(struct fixture *s)
{
	struct io_uring_cqe *cqe;
	int r;

	if (s->has_peer) {
		while (io_uring_peek_cqe(&s->peer, &cqe) == 0)
			io_uring_cqe_seen(&s->peer, cqe);
		return 0;
	}
	r = io_uring_queue_init(2, &s->peer, 0);
	if (r < 0)
		return fixture_failed_with(s, r, "io_uring_queue_init of a second ring");
	s->has_peer = true;
	return 0;
}

int fixture_child(struct fixture *s)
{
	s->child = fork();
	if (s->child == 0)
		_exit(0);
	if (s->child < 0) {
		s->child = 0;
		return fixture_failed(s, "fork");
	}
	return 0;
}

int fixture_provide(struct fixture *s)
{
	int group = 1 + s->turn % 1000, r;

	ask(s, SIDE, OP_PROVIDE_BUFFERS, GROUP_BUFFERS, s->buf, GROUP_BYTES, 0)->buf_group = group;
	r = fixture_do(s);
	return r < 0 ? fixture_failed_with(s, r, "PROVIDE_BUFFERS") : group;
}

int fixture_pbuf_ring(struct fixture *s, unsigned n, unsigned bytes, unsigned flags,
		      unsigned min_left)
{
	struct io_uring_buf_ring *br = (struct io_uring_buf_ring *)s->page;
	struct pbuf_reg reg = {
		.ring_addr = flags & PBUF_MMAP ? 0 : (uintptr_t)br,
		.ring_entries = n,
		.bgid = 1 + s->turn % 1000,
		.flags = flags,
		.min_left = min_left,
	};
	size_t size = n * sizeof(struct io_uring_buf);
	int fd = s->ring.ring_fd;

	if (sys_register(fd, REGISTER_PBUF_RING, &reg, 1) < 0)
		return -errno;
	s->pbuf_group = reg.bgid;
	if (flags & PBUF_MMAP) {
		br = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  RING_OFF_PBUF | (uint64_t)reg.bgid << RING_OFF_PBUF_SHIFT);
		if (br == MAP_FAILED)
			return fixture_failed(s, "mmap of a ring of provided buffers");
	}
	io_uring_buf_ring_init(br);
	for (unsigned i = 0; i < n; i++)
		io_uring_buf_ring_add(br, s->buf + i * bytes, bytes, i, n - 1, i);
	io_uring_buf_ring_advance(br, n);
	if (flags & PBUF_MMAP)
		munmap(br, size);
	return reg.bgid;
}

int fixture_text_for_group(struct fixture *s, unsigned n, unsigned bytes, unsigned flags)
{
	int r = fixture_pair_with_text(s), group;

	if (r < 0)
		return r;
	group = fixture_pbuf_ring(s, n, bytes, flags, 0);
	return group < 0 ? fixture_failed_with(s, group, "io_uring_register(PBUF_RING)") : group;
}

bool has_text(struct fixture *s, int fd)
{
	char got[TEXT_LEN] = { 0 };

	if (!ready_in_time(fd, POLLIN)) {
		fixture_failed_with(s, -ETIME, "waiting for the bytes");
		return false;
	}
	return read(fd, got, TEXT_LEN) == TEXT_LEN && !memcmp(got, TEXT, TEXT_LEN);
}

bool is_fd(int fd)
{
	return fd >= 0 && fcntl(fd, F_GETFD) >= 0;
}

uint32_t fixture_flag(const struct fixture *s)
{
	return uapi_tables[UAPI_OPFLAG].rows[s->use->number].number;
}

bool got_file(struct fixture *s, const struct attempt *a)
{
	return buf_is_file(s->buf, a->res, 0);
}

bool got_text(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return !memcmp(s->buf, TEXT, TEXT_LEN);
}

bool got_text_in_group(struct fixture *s, const struct attempt *a)
{
	unsigned id = a->flags >> 16;

	return id < GROUP_BUFFERS && !memcmp(s->buf + id * GROUP_BYTES, TEXT, TEXT_LEN);
}

bool text_arrived(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return has_text(s, s->x.value);
}

bool got_fd(struct fixture *s, const struct attempt *a)
{
	return is_fd(fixture_keep(s, a->res));
}

int use_cqe_skip(struct fixture *s)
{
	ask_nop(s, SIDE)->flags = SQEF_CQE_SKIP_SUCCESS;
	ask_nop(s, MAIN);
	s->spent = true;
	return 0;
}

bool cqe_was_skipped(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->last_role == MAIN && io_uring_cq_ready(&s->ring) == 0;
}
