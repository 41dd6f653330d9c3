/* SPDX-License-Identifier: MIT */
/* Inspects other processes through struct kernel, so that it can be recorded and replayed. */
#ifndef PROBE_KERNEL_PROCESS_H
#define PROBE_KERNEL_PROCESS_H

#include "kernel.h"

struct str;

/* Appends the names in a directory, each followed by a newline. Returns any errno of opendir(3). */
int process_list_dir(struct kernel *k, const char *path, struct str *names);

/* Reads a link, adds a NUL and returns its length. Returns any errno of readlink(2), or -ENAMETOOLONG. */
ssize_t process_read_link(struct kernel *k, const char *path, char *buf, size_t size);

/* Returns 1 if two processes' fds are the same open file, otherwise 0, or any errno of kcmp(2). */
int process_same_file(struct kernel *k, int pid1, int fd1, int pid2, int fd2);

/*
 * A copy of the ring memory of another process. It is only read: the ring is mapped read-only through a
 * duplicate of the fd (pidfd_getfd(2), Linux 5.6) while it is copied; then the duplicate is closed, because
 * it would keep the ring alive. Words at the offsets in first are read in that order and before everything
 * else, so that a head can be older than its tail but not newer; they are in the first page.
 */
struct peek {
	int pid;
	int fd;		 /* of the ring in that process; -1: it is mapped at addr */
	uint64_t offset; /* with fd: of its mapping, RING_OFF_* */
	uint64_t addr;	 /* without fd: for process_vm_readv(2) */
	const uint32_t *first;
	unsigned n_first;
	size_t size; /* of buf, and of the mapping */
};

/* Returns the number of bytes copied, less than size if the memory ends earlier. Returns -EBADF if the fd is
 * not a ring, or any errno of the calls above and of mmap(2). */
ssize_t process_peek(struct kernel *k, const struct peek *p, void *buf);

#endif
