/* SPDX-License-Identifier: MIT */
/*
 * The upper limit for bench: a hand-written loop that only keeps a ring full, without timestamps, statistics
 * or options; it only counts I/Os.
 *
 * usage: bare nop|FILE DEPTH SECONDS BATCH [direct]
 * Reads random 4 KiB blocks through a registered file and a registered buffer; prints IOPS.
 */
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096u
/* Missing in the header of liburing 2.3. */
#define NO_SQARRAY (1u << 16)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct io_uring_params p = { 0 };
	unsigned depth, batch, tail = 0, head = 0, in_flight = 0;
	unsigned *sq_tail, *cq_head, *cq_tail;
	unsigned long long done = 0, rng = 1, blocks = 1;
	struct io_uring_rsrc_update slot;
	struct io_uring_cqe *cqes;
	struct io_uring_sqe *sqes;
	double begin, end;
	struct iovec region;
	int ring, file = -1;
	char *rings;
	bool nop;

	if (argc < 5)
		return 2;
	nop = !strcmp(argv[1], "nop");
	depth = atoi(argv[2]);
	batch = atoi(argv[4]);
	p.flags = IORING_SETUP_CQSIZE | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER |
		  IORING_SETUP_DEFER_TASKRUN | NO_SQARRAY;
	p.cq_entries = depth;
	ring = syscall(__NR_io_uring_setup, depth, &p);
	if (ring < 0)
		die("io_uring_setup");
	rings = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqes), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqes == MAP_FAILED)
		die("mmap");
	sq_tail = (void *)(rings + p.sq_off.tail);
	cq_head = (void *)(rings + p.cq_off.head);
	cq_tail = (void *)(rings + p.cq_off.tail);
	cqes = (void *)(rings + p.cq_off.cqes);

	region.iov_len = (size_t)depth * BLOCK;
	region.iov_base = mmap(NULL, region.iov_len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!nop) {
		struct stat st;

		file = open(argv[1], O_RDONLY | (argc > 5 ? O_DIRECT : 0));
		if (file < 0 || fstat(file, &st) < 0)
			die(argv[1]);
		blocks = st.st_size / BLOCK;
		if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &file, 1) < 0 ||
		    syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS, &region, 1) < 0)
			die("io_uring_register");
	}
	slot = (struct io_uring_rsrc_update){ .offset = -1u, .data = ring };
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_RING_FDS, &slot, 1) != 1)
		die("registering the ring");

	for (unsigned i = 0; i < p.sq_entries; i++)
		sqes[i] = (struct io_uring_sqe){
			.opcode = nop ? IORING_OP_NOP : IORING_OP_READ_FIXED,
			.flags = nop ? 0 : IOSQE_FIXED_FILE,
			.addr = nop ? 0
				    : (unsigned long)region.iov_base +
						(unsigned long)(i % depth) * BLOCK,
			.len = nop ? 0 : BLOCK,
		};
	begin = now();
	end = begin + atof(argv[3]);
	while (now() < end) {
		for (unsigned round = 0; round < 16; round++) {
			unsigned n = depth - in_flight < batch ? depth - in_flight : batch;

			for (unsigned i = 0; i < n; i++) {
				struct io_uring_sqe *sqe = &sqes[tail++ & (p.sq_entries - 1)];

				rng = rng * 6364136223846793005ull + 1442695040888963407ull;
				sqe->off = ((unsigned __int128)rng * blocks >> 64) * BLOCK;
			}
			__atomic_store_n(sq_tail, tail, __ATOMIC_RELEASE);
			in_flight += n;
			if (syscall(__NR_io_uring_enter, slot.offset, n, 1,
				    IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING, NULL,
				    0) < 0)
				die("io_uring_enter");
			for (unsigned t = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE); head != t;
			     head++) {
				if (cqes[head & (p.cq_entries - 1)].res != (nop ? 0 : (int)BLOCK))
					die("a completion");
				in_flight--;
				done++;
			}
			__atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
		}
	}
	printf("%.0f\n", done / (now() - begin));
	return 0;
}
