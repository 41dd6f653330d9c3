/* SPDX-License-Identifier: MIT */
/*
 * Finds the rings of all processes: by the fds in /proc/PID/fd and, for a ring that is only registered or
 * was closed but is still mapped, by the mappings in /proc/PID/maps. A ring that several processes share is
 * one ring: since 5.16 each has its own inode, before that kcmp(2) compares them.
 */
#ifndef DUMP_FOREIGN_SCAN_H
#define DUMP_FOREIGN_SCAN_H

#include "fdinfo.h"
#include "probe/kernel/kernel.h"

struct fail;

struct dump_place {
	uint64_t addr, bytes; /* 0 bytes: not mapped there */
};

/* A process that has a ring. */
struct dump_holder {
	int pid, fd; /* fd -1: none, only mapped */
	char comm[32];
	struct dump_place rings, sqes; /* in its memory */
};

struct dump_ring {
	uint64_t ino; /* 0: not unique on this kernel */
	struct dump_holder *holders;
	unsigned n_holders;
	struct fdinfo info; /* the last one read */
	int info_err;	    /* 0: info is valid; -EAGAIN: the ring was locked each time */
	bool info_fresh;    /* read by the last scan_info() */
};

struct dump_scan {
	struct dump_ring *rings;
	unsigned n;
	unsigned hidden; /* processes that may not be inspected */
};

/* Finds rings; only those of pid, and only the one of fd, unless they are negative. The requested process is
 * the first of the holders. Free with scan_free().
 *
 * Returns -ESRCH if there is no such process, -EBADF if fd is not a ring, -EACCES with FAIL_UNAVAILABLE if
 * the process may not be inspected; otherwise any errno of reading /proc. */
int scan_rings(struct kernel *k, struct kver kernel, int pid, int fd, struct dump_scan *out,
	       struct fail *f);
void scan_free(struct dump_scan *s);

/* Reads fdinfo again; on failure the old one is kept. Returns -EAGAIN if the ring was locked each time,
 * because 6.18 and later then print nothing. */
int scan_info(struct kernel *k, struct dump_ring *r);

/* Reads the CPU time of a thread. Returns any errno of reading /proc. */
int scan_thread_ns(struct kernel *k, int tid, uint64_t *ns);

/* Reads the path of an fd of a holder. Control characters become '?'. */
int scan_path(struct kernel *k, const struct dump_holder *h, int fd, char *path, size_t size);

#endif
