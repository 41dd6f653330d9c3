/* SPDX-License-Identifier: MIT */
/* Looking at other processes, through the seam: what was seen can be recorded and replayed. */
#ifndef PROBE_KERNEL_PROCESS_H
#define PROBE_KERNEL_PROCESS_H

#include "kernel.h"

struct str;

/* Appends the names in a folder, each ended by a newline. Any errno of opendir(3). */
int process_list_dir(struct kernel *k, const char *path, struct str *names);

/* Ends what the link says with a NUL and returns its length. Any errno of readlink(2);
 * -ENAMETOOLONG. */
ssize_t process_read_link(struct kernel *k, const char *path, char *buf, size_t size);

/* Whether two processes' fds are one open file: 1 or 0. Any errno of kcmp(2). */
int process_same_file(struct kernel *k, int pid1, int fd1, int pid2, int fd2);

/*
 * A copy of ring memory that another process uses. It is only ever read: the ring is mapped through
 * a duplicate of the fd (pidfd_getfd(2), Linux 5.6) for the moment of the copy, and without
 * PROT_WRITE, which the kernel would grant; then the duplicate is closed, which would keep the ring
 * alive. Words at the offsets in first are read in that order and before all others, so that a head
 * can be older than the tail beside it but not newer; they lie in the first page.
 */
struct peek {
	int pid;
	int fd;		 /* of the ring there; -1: the process has it mapped at addr */
	uint64_t offset; /* with fd: of its mapping, RING_OFF_* */
	uint64_t addr;	 /* without: process_vm_readv(2) */
	const uint32_t *first;
	unsigned n_first;
	size_t size; /* of buf, and of the mapping that is asked for */
};

/* Returns how much could be copied: less than the size where the memory ends before. -EBADF when the
 * fd is no ring; any errno of the calls above and of mmap(2). */
ssize_t process_peek(struct kernel *k, const struct peek *p, void *buf);

#endif
