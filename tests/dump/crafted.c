/* SPDX-License-Identifier: MIT */
/*
 * Creates a ring in a known state to be inspected from outside: prints the state as a line of JSON, waits
 * until stdin is closed, and then checks that the ring is unchanged. It uses raw system calls and no code of
 * the project, and defines its own constants, so that a mistake in the project's tables is not repeated
 * here.
 *
 * usage: crafted KIND; the kinds are in the table at the end.
 * Exit: 0; 1 the ring was changed; 2 usage; 77 the kernel cannot create it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SQPOLL	   0x2u
#define CQSIZE	   0x8u
#define SQE128	   0x400u
#define CQE32	   0x800u
#define NO_MMAP	   0x4000u
#define NO_SQARRAY 0x10000u
#define CQE_MIXED  0x40000u
#define SQE_MIXED  0x80000u

#define NOP	 0
#define READV	 1
#define FIXED	 4 /* READ_FIXED */
#define POLL_ADD 6
#define TIMEOUT	 11
#define OPENAT	 18
#define READ	 22
#define NOP128	 63

#define FIXED_FILE 1
#define LINK	   4
#define HARDLINK   8

struct params {
	uint32_t sq_entries, cq_entries, flags, cpu, idle, features, wq_fd, resv[3];
	uint32_t sq[8];
	uint64_t sq_addr;
	uint32_t cq[8];
	uint64_t cq_addr;
};

struct sqe {
	uint8_t opcode, flags;
	uint16_t ioprio;
	int32_t fd;
	uint64_t off, addr;
	uint32_t len, op_flags;
	uint64_t user_data;
	uint16_t buf_index, personality;
	int32_t file_index;
	uint64_t addr3, pad;
};

struct cqe {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

static struct params p;
static int ring;
static char *rings, *sqes;
static char *rings_end;
static int wakeups = 1;
static char *buffer; /* 8192 bytes in a mapping of their own, as 6.1 requires to register it */

static void die(const char *what)
{
	fprintf(stderr, "crafted: %s: %s\n", what, strerror(errno));
	exit(errno == EINVAL || errno == ENOSYS || errno == EPERM ? 77 : 1);
}

static uint32_t *field(uint32_t offset)
{
	return (uint32_t *)(rings + offset);
}

static char *map(uint64_t offset, size_t n)
{
	void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void setup(unsigned entries, unsigned cq_entries, uint32_t flags)
{
	size_t n;

	p.flags = flags | (cq_entries ? CQSIZE : 0);
	p.cq_entries = cq_entries;
	p.idle = 50;
	if (flags & NO_MMAP) {
		rings = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			     0);
		if (rings == MAP_FAILED)
			die("memory");
		sqes = rings + (1 << 19);
		p.cq_addr = (uintptr_t)rings;
		p.sq_addr = (uintptr_t)sqes;
	}
	ring = syscall(__NR_io_uring_setup, entries, &p);
	if (ring < 0)
		die("io_uring_setup");
	n = p.cq[5] + (size_t)p.cq_entries * (flags & CQE32 ? 32 : 16);
	if (!(flags & NO_SQARRAY) && p.sq[6] + p.sq_entries * 4 > n)
		n = p.sq[6] + p.sq_entries * 4;
	if (!(flags & NO_MMAP)) {
		rings = map(0, n);
		sqes = map(0x10000000, (size_t)p.sq_entries * (flags & SQE128 ? 128 : 64));
	}
	rings_end = rings + n;
	/* Not in the order 0, 1, 2, to detect a reader that ignores the array; but if an SQE may take two
	 * slots, these must be adjacent. */
	for (unsigned i = 0; !(flags & NO_SQARRAY) && i < p.sq_entries; i++)
		field(p.sq[6])[i] = i ^ (p.sq_entries > 1 && !(flags & SQE_MIXED));
}

static struct sqe *slot_of(uint32_t tail)
{
	uint32_t slot = tail & (p.sq_entries - 1);

	if (!(p.flags & NO_SQARRAY))
		slot = field(p.sq[6])[slot];
	return (struct sqe *)(sqes + (size_t)slot * (p.flags & SQE128 ? 128 : 64));
}

static void push(const struct sqe *s)
{
	uint32_t *tail = field(p.sq[1]);
	unsigned n = s->opcode == NOP128 && p.flags & SQE_MIXED ? 2 : 1;
	struct sqe *to = slot_of(*tail);

	memset(to, 0xee, p.flags & SQE128 ? 128 : 64);
	*to = *s;
	__atomic_store_n(tail, *tail + n, __ATOMIC_RELEASE);
}

static void nops(unsigned n, uint64_t user_data)
{
	for (unsigned i = 0; i < n; i++)
		push(&(struct sqe){ .opcode = NOP, .fd = -1, .user_data = user_data + i });
}

static void enter(unsigned submit, unsigned wait, unsigned flags)
{
	while (syscall(__NR_io_uring_enter, ring, submit, wait, flags, NULL, 0) < 0)
		if (errno != EINTR)
			die("io_uring_enter");
}

static void submit(unsigned n)
{
	enter(n, 0, 0);
}

static uint32_t unreaped(void)
{
	return *field(p.cq[1]) - *field(p.cq[0]);
}

static void reap(unsigned n)
{
	__atomic_store_n(field(p.cq[0]), *field(p.cq[0]) + n, __ATOMIC_RELEASE);
}

/* Advances heads and tails beyond the end of both rings. */
static void turn(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		nops(1, 7);
		submit(1);
		reap(unreaped());
	}
}

static void failing(unsigned n, uint64_t user_data)
{
	/* One by one: before 5.18 the first failure ends the batch. */
	for (unsigned i = 0; i < n; i++) {
		push(&(struct sqe){ .opcode = READ, .fd = -1, .user_data = user_data + i });
		submit(1);
	}
}

static void print_sqes(void)
{
	uint32_t head = *field(p.sq[0]), tail = *field(p.sq[1]);

	/* An invalid index in the array refers to no SQE. */
	if (!(p.flags & NO_SQARRAY) && field(p.sq[6])[0] >= p.sq_entries)
		head = tail;

	printf("\"pending\": [");
	for (uint32_t at = head; at != tail; at++) {
		const struct sqe *s = slot_of(at);

		printf("%s{\"slot\": %u, \"opcode\": %u, \"flags\": %u, \"ioprio\": %u, \"fd\": "
		       "%d, "
		       "\"off\": %llu, \"addr\": %llu, \"len\": %u, \"op_flags\": %u, "
		       "\"user_data\": %llu, \"buf_index\": %u, \"personality\": %u}",
		       at == head ? "" : ", ", at & (p.sq_entries - 1), s->opcode, s->flags,
		       s->ioprio, s->fd, (unsigned long long)s->off, (unsigned long long)s->addr,
		       s->len, s->op_flags, (unsigned long long)s->user_data, s->buf_index,
		       s->personality);
		at += s->opcode == NOP128 && p.flags & SQE_MIXED;
	}
	printf("], ");
}

static void print_cqes(void)
{
	uint32_t head = *field(p.cq[0]), tail = *field(p.cq[1]);
	unsigned size = p.flags & CQE32 ? 32 : 16;
	const char *comma = "";

	if (tail - head > p.cq_entries)
		tail = head;
	printf("\"unreaped\": [");
	for (uint32_t at = head; at != tail; at++) {
		uint32_t slot = at & (p.cq_entries - 1);
		const struct cqe *c = (const struct cqe *)(rings + p.cq[5] + (size_t)slot * size);
		const uint64_t *big = (const uint64_t *)(c + 1);
		int wide = p.flags & CQE32 || c->flags & 0x8000;

		if (p.flags & CQE_MIXED && c->flags & 0x20)
			continue;
		printf("%s{\"slot\": %u, \"user_data\": %llu, \"res\": %d, \"flags\": %u, ", comma,
		       slot, (unsigned long long)c->user_data, c->res, c->flags);
		if (wide)
			printf("\"big\": [%llu, %llu]}", (unsigned long long)big[0],
			       (unsigned long long)big[1]);
		else
			printf("\"big\": null}");
		comma = ", ";
		at += p.flags & CQE_MIXED && wide;
	}
	printf("]");
}

static int has_fd = 1, children;

static void print_state(const char *kind)
{
	printf("{\"kind\": \"%s\", \"pid\": %d, \"fd\": %d, \"child\": %d, \"setup\": %u, "
	       "\"features\": %u, \"sq_entries\": %u, \"cq_entries\": %u, "
	       "\"sq_head\": %u, \"sq_tail\": %u, \"sq_flags\": %u, \"sq_dropped\": %u, "
	       "\"cq_head\": %u, \"cq_tail\": %u, \"cq_flags\": %u, \"cq_overflow\": %u, ",
	       kind, getpid(), has_fd ? ring : -1, children, p.flags, p.features, p.sq_entries,
	       p.cq_entries, *field(p.sq[0]), *field(p.sq[1]), *field(p.sq[4]), *field(p.sq[5]),
	       *field(p.cq[0]), *field(p.cq[1]), *field(p.cq[6]), *field(p.cq[4]));
	print_sqes();
	print_cqes();
	printf("}\n");
	fflush(stdout);
}

static void plain(void)
{
	int null = open("/dev/null", O_RDWR);

	setup(8, 16, 0);
	turn(21);
	nops(3, 100);
	submit(3);
	failing(2, 200);
	push(&(struct sqe){ .opcode = READ,
			    .fd = null,
			    .off = 4096,
			    .addr = (uintptr_t)buffer,
			    .len = 512,
			    .user_data = ~0ull });
	push(&(struct sqe){ .opcode = OPENAT,
			    .fd = -100,
			    .addr = (uintptr_t)buffer,
			    .len = 0600,
			    .op_flags = 0x80000,
			    .user_data = 1 });
	push(&(struct sqe){ .opcode = 250, .flags = 0x80, .fd = 77, .user_data = 2 });
}

static void empty(void)
{
	setup(4, 0, 0);
}

static void full(void)
{
	setup(4, 4, 0);
	turn(3);
	nops(4, 10);
	submit(4);
	nops(4, 20);
}

static void links(void)
{
	setup(8, 0, 0);
	push(&(struct sqe){ .opcode = NOP, .flags = LINK, .fd = -1, .user_data = 1 });
	push(&(struct sqe){ .opcode = NOP, .flags = HARDLINK, .fd = -1, .user_data = 2 });
	push(&(struct sqe){ .opcode = NOP, .fd = -1, .user_data = 3 });
	push(&(struct sqe){ .opcode = NOP, .fd = -1, .user_data = 4 });
	push(&(struct sqe){ .opcode = NOP, .flags = LINK, .fd = -1, .user_data = 5 });
	push(&(struct sqe){ .opcode = NOP, .fd = -1, .user_data = 6 });
}

static void big_entries(uint32_t flags, unsigned entries)
{
	setup(entries, 0, flags);
	turn(entries + 1);
	nops(2, 300);
	submit(2);
	failing(1, 400);
	nops(3, 500);
}

static void sqe128(void)
{
	big_entries(SQE128, 256);
}

static void cqe32(void)
{
	big_entries(CQE32, 256);
}

static void both(void)
{
	big_entries(SQE128 | CQE32, 128);
}

/* Too small to be distinguished from a plain ring by its size. */
static void cqe32_small(void)
{
	big_entries(CQE32, 4);
}

static void no_sqarray(void)
{
	big_entries(NO_SQARRAY, 1024);
}

static void cqe_mixed(void)
{
	setup(256, 0, CQE_MIXED);
	nops(1, 600);
	push(&(struct sqe){
		.opcode = NOP, .fd = -1, .op_flags = 32, .off = 11, .addr = 22, .user_data = 601 });
	nops(1, 602);
	submit(3);
	nops(1, 700);
}

static void sqe_mixed(void)
{
	setup(256, 0, SQE_MIXED);
	nops(1, 710);
	push(&(struct sqe){ .opcode = NOP128, .fd = -1, .user_data = 711 });
	nops(1, 712);
}

static void sqpoll(void)
{
	wakeups = 0;
	setup(16, 0, SQPOLL);
	nops(5, 800);
	enter(0, 0, 2);
	for (unsigned tries = 0; unreaped() < 5 && tries < 1000; tries++)
		usleep(5000);
	for (unsigned tries = 0; !(*field(p.sq[4]) & 1) && tries < 1000; tries++)
		usleep(5000);
	/* The thread sleeps, and nothing wakes it. */
	nops(2, 900);
}

static void no_mmap(void)
{
	big_entries(NO_MMAP, 16);
}

static void shared(void)
{
	int pipes[2];

	setup(8, 0, 0);
	failing(2, 1000);
	nops(1, 1100);
	if (pipe(pipes))
		die("pipe");
	children = fork();
	if (children == 0) {
		char c;

		close(pipes[1]);
		_exit(read(pipes[0], &c, 1) != 0);
	}
	close(pipes[0]);
}

/* The fd is closed; the ring is kept alive by its registration. */
static void registered(void)
{
	struct {
		uint32_t offset, resv;
		uint64_t fd;
	} update = { .offset = ~0u };

	setup(8, 0, 0);
	failing(2, 1200);
	nops(3, 1300);
	update.fd = ring;
	if (syscall(__NR_io_uring_register, ring, 20, &update, 1) != 1)
		die("REGISTER_RING_FDS");
	close(ring);
	ring = update.offset;
	has_fd = 0;
}

static void overflow(void)
{
	setup(4, 4, 0);
	for (unsigned i = 0; i < 3; i++) {
		nops(2, 2000 + 2 * i);
		submit(2);
	}
}

static void registers(void)
{
	struct iovec bufs[] = { { buffer, 4096 }, { buffer + 4096, 2048 } };
	int files[3] = { open("/dev/null", O_RDWR), -1, open("/dev/zero", O_RDWR) };

	setup(8, 0, 0);
	if (syscall(__NR_io_uring_register, ring, 0, bufs, 2))
		die("REGISTER_BUFFERS");
	if (syscall(__NR_io_uring_register, ring, 2, files, 3))
		die("REGISTER_FILES");
	push(&(struct sqe){ .opcode = FIXED,
			    .flags = FIXED_FILE,
			    .fd = 2,
			    .off = 512,
			    .addr = (uintptr_t)buffer + 4096,
			    .len = 1024,
			    .op_flags = 8,
			    .user_data = 3000,
			    .buf_index = 1 });
}

/* Waits for events that never come: two polls and a read of one pipe. */
static void stuck(void)
{
	int pipes[2];

	if (pipe(pipes))
		die("pipe");
	setup(8, 0, 0);
	for (unsigned i = 0; i < 2; i++)
		push(&(struct sqe){
			.opcode = POLL_ADD, .fd = pipes[0], .op_flags = 1, .user_data = 4000 + i });
	push(&(struct sqe){ .opcode = READ,
			    .fd = pipes[0],
			    .addr = (uintptr_t)buffer,
			    .len = 1,
			    .user_data = 4002 });
	submit(3);
}

/* The owner overwrites fields that the kernel owns. */
static void hostile(void)
{
	setup(8, 0, 0);
	nops(2, 5000);
	*field(p.sq[2]) = 0x7fffffff;
	*field(p.sq[3]) = 0x80000000;
	*field(p.cq[1]) = 0xfffffff0;
}

/* Valid sizes, but indices outside the ring. */
static void astray(void)
{
	setup(8, 0, 0);
	nops(4, 6000);
	for (unsigned i = 0; i < 8 && !(p.flags & NO_SQARRAY); i++)
		field(p.sq[6])[i] = 0xffffff00u + i;
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "plain", plain },
	{ "empty", empty },
	{ "full", full },
	{ "links", links },
	{ "sqe128", sqe128 },
	{ "cqe32", cqe32 },
	{ "both", both },
	{ "cqe32_small", cqe32_small },
	{ "no_sqarray", no_sqarray },
	{ "cqe_mixed", cqe_mixed },
	{ "sqe_mixed", sqe_mixed },
	{ "sqpoll", sqpoll },
	{ "no_mmap", no_mmap },
	{ "shared", shared },
	{ "registered", registered },
	{ "overflow", overflow },
	{ "registers", registers },
	{ "stuck", stuck },
	{ "hostile", hostile },
	{ "astray", astray },
};

/* A hash of the contents of the rings. */
static uint64_t digest(void)
{
	size_t sqe_bytes = (size_t)p.sq_entries * (p.flags & SQE128 ? 128 : 64);
	uint64_t sum = 14695981039346656037ull;

	for (const char *c = rings; c < rings_end; c++)
		sum = (sum ^ (unsigned char)*c) * 1099511628211ull;
	for (size_t i = 0; i < sqe_bytes; i++)
		sum = (sum ^ (unsigned char)sqes[i]) * 1099511628211ull;
	return sum;
}

int main(int argc, char **argv)
{
	unsigned i = 0, n = sizeof(kinds) / sizeof(*kinds);
	uint64_t before;
	char c;

	while (argc == 2 && i < n && strcmp(argv[1], kinds[i].name))
		i++;
	if (argc != 2 || i == n) {
		for (i = 0; i < n; i++)
			printf("%s\n", kinds[i].name);
		return 2;
	}
	buffer = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		die("memory");
	kinds[i].make();
	print_state(kinds[i].name);
	before = digest();
	while (read(0, &c, 1) > 0)
		;
	if (digest() != before) {
		fprintf(stderr, "crafted: the ring was disturbed\n");
		return 1;
	}
	if (children) {
		int status;

		for (int fd = ring + 1; fd < ring + 3; fd++)
			close(fd);
		if (waitpid(children, &status, 0) != children || status)
			return 1;
	}
	return 0;
}
