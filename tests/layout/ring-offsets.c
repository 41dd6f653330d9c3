/* SPDX-License-Identifier: MIT */
/*
 * An independent reader of ring memory without code of the project: sets up a ring by the raw system call,
 * maps it, and prints its fields as NAME OFFSET VALUE. It defines its own constants, so that a mistake in
 * the project's tables is not repeated here.
 *
 * usage: ring-offsets FLAGS ENTRIES CQ_ENTRIES
 * Exit: 0, or the errno of io_uring_setup().
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_MMAP	    0x4000u
#define NO_SQARRAY  0x10000u
#define SINGLE_MMAP 0x1u

struct params {
	uint32_t head[7], resv[3];
	uint32_t sq[8];
	uint64_t sq_addr;
	uint32_t cq[8];
	uint64_t cq_addr;
};

static char *map(int fd, uint64_t offset, size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(255);
	}
	return p;
}

static void field(const char *name, const char *base, uint32_t offset)
{
	printf("%s %u %u\n", name, offset, *(const volatile uint32_t *)(base + offset));
}

int main(int argc, char **argv)
{
	static const char *const params[] = { "sq_entries",    "cq_entries",	 "flags",
					      "sq_thread_cpu", "sq_thread_idle", "features",
					      "wq_fd" };
	struct params p = { 0 };
	size_t sq_bytes, cq_bytes, sqe_bytes, size = 64u << 20;
	char *sq, *cq, *mem;
	int fd;

	if (argc != 4)
		return 255;
	p.head[2] = strtoul(argv[1], NULL, 0);
	p.head[1] = strtoul(argv[3], NULL, 0);
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return 255;
	if (p.head[2] & NO_MMAP) {
		p.cq_addr = (uintptr_t)mem;
		p.sq_addr = (uintptr_t)mem + size / 2;
	}
	fd = syscall(__NR_io_uring_setup, strtoul(argv[2], NULL, 0), &p);
	if (fd < 0)
		return errno;
	for (unsigned i = 0; i < 7; i++)
		printf("params.%s %u\n", params[i], p.head[i]);
	sqe_bytes = (size_t)p.head[0] * (p.head[2] & 0x400 ? 128 : 64);
	cq_bytes = p.cq[5] + (size_t)p.head[1] * (p.head[2] & 0x800 ? 32 : 16);
	sq_bytes = p.head[2] & NO_SQARRAY ? 0 : p.sq[6] + (size_t)p.head[0] * 4;
	if (p.head[5] & SINGLE_MMAP) {
		size_t ring = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;

		sq = cq = p.head[2] & NO_MMAP ? mem : map(fd, 0, ring);
		printf("map.rings %zu\n", ring);
	} else {
		sq = map(fd, 0, sq_bytes);
		cq = map(fd, 0x8000000, cq_bytes);
		printf("map.sq_ring %zu\nmap.cq_ring %zu\n", sq_bytes, cq_bytes);
	}
	printf("map.sqes %zu\n", sqe_bytes);
	field("sq.head", sq, p.sq[0]);
	field("sq.tail", sq, p.sq[1]);
	field("sq.ring_mask", sq, p.sq[2]);
	field("sq.ring_entries", sq, p.sq[3]);
	field("sq.flags", sq, p.sq[4]);
	field("sq.dropped", sq, p.sq[5]);
	printf("sq.array %u -\n", p.sq[6]);
	field("cq.head", cq, p.cq[0]);
	field("cq.tail", cq, p.cq[1]);
	field("cq.ring_mask", cq, p.cq[2]);
	field("cq.ring_entries", cq, p.cq[3]);
	field("cq.overflow", cq, p.cq[4]);
	printf("cq.cqes %u -\n", p.cq[5]);
	field("cq.flags", cq, p.cq[6]);
	return 0;
}
