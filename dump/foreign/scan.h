/* SPDX-License-Identifier: MIT */
/*
 * The rings of all processes: the fds that /proc/PID/fd shows, and for a ring without one, which is
 * registered or closed and still mapped, the mappings that /proc/PID/maps shows. A ring that several
 * processes hold is one ring: since 5.16 each has an inode of its own, before that kcmp(2) tells.
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
	uint64_t ino; /* 0: tells nothing on this kernel */
	struct dump_holder *holders;
	unsigned n_holders;
	struct fdinfo info; /* the last that was told */
	int info_err;	    /* 0: info is there; -EAGAIN: the ring was locked each time */
	bool info_fresh;    /* it is of the last scan_info() */
};

struct dump_scan {
	struct dump_ring *rings;
	unsigned n;
	unsigned hidden; /* processes that may not be looked into */
};

/* Only rings that pid has, and only as fd, unless these are negative; the one asked for stands first
 * among the holders. Freed with scan_free().
 * -ESRCH: no such process, -EBADF: its fd is no ring; FAIL_UNAVAILABLE -EACCES: the process may not
 * be looked into. Else any errno of reading /proc. */
int scan_rings(struct kernel *k, struct kver kernel, int pid, int fd, struct dump_scan *out,
	       struct fail *f);
void scan_free(struct dump_scan *s);

/* Reads what fdinfo says now; what it said before stays when that fails. -EAGAIN: the ring was locked each
 * time, as 6.18 and later tell nothing then. */
int scan_info(struct kernel *k, struct dump_ring *r);

/* CPU time of a thread so far. Any errno of reading /proc. */
int scan_thread_ns(struct kernel *k, int tid, uint64_t *ns);

/* The path behind an fd of a holder. Control characters are '?'. */
int scan_path(struct kernel *k, const struct dump_holder *h, int fd, char *path, size_t size);

#endif
