/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells about a ring in /proc/PID/fdinfo/FD: io_uring/fdinfo.c, and before 6.0
 * io_uring_show_fdinfo() of fs/io_uring.c. Pure: takes any bytes, and what it cannot read is not
 * there. Seen so far:
 *
 *   5.10  SqThread, SqThreadCpu, UserFiles, UserBufs, Personalities, PollList; no ino
 *   6.1   the ring's heads, tails, SQEs and CQEs too, and CqOverflowList
 *   6.12  SqTotalTime, SqWorkTime, NAPI too
 *   6.18  all of it is missing while the ring's lock is taken
 *   7.2   "flag:" of a CQE is "flags:", Personalities are gone
 *
 * 6.18 and 7.2 list the wrong CQEs of a CQE32 ring, and 7.2 the wrong SQEs after a 128-byte one of an
 * SQE_MIXED ring.
 */
#ifndef DUMP_FOREIGN_FDINFO_H
#define DUMP_FOREIGN_FDINFO_H

#include "text.h"

struct fdinfo_file {
	uint32_t index;
	char name[256]; /* up to 6.12 only the last part of the path */
};

struct fdinfo_buf {
	uint32_t index;
	uint64_t addr, len;
};

struct fdinfo_poll {
	uint32_t opcode, task_works;
};

struct fdinfo_cqe {
	uint32_t slot; /* meaningless for one that overflowed */
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
	bool has_extra;
	uint64_t extra[2];
};

struct fdinfo_sqe {
	uint32_t index; /* of the SQE; not the slot in the ring */
	char op[32];	/* "INVALID" for an opcode that the kernel does not know */
	int32_t fd;
	uint32_t flags, rw_flags, buf_index;
	uint64_t off, addr, user_data;
	bool has_extra; /* 128 bytes */
};

enum fdinfo_list {
	INFO_FILES,
	INFO_BUFS,
	INFO_POLLS,
	INFO_OVERFLOW,
	INFO_SQES,
	INFO_CQES,
	INFO_LISTS
};

struct fdinfo {
	uint64_t ino; /* 0: missing */

	bool has_ring; /* the following, up to cached_cq_tail, are set */
	uint32_t sq_mask, sq_head, sq_tail, cached_sq_head;
	uint32_t cq_mask, cq_head, cq_tail, cached_cq_tail;

	bool has_thread;
	int32_t sq_thread, sq_cpu; /* -1: none */
	bool has_times;
	uint64_t total_us, work_us; /* CPU time of the thread, and the part with work to do */

	bool has[INFO_LISTS];	/* the list's heading was present */
	uint32_t n[INFO_LISTS]; /* entries found */
	struct fdinfo_file *files;
	struct fdinfo_buf *bufs;
	struct fdinfo_poll *polls;
	struct fdinfo_cqe *overflow;
	struct fdinfo_sqe *sqes;
	struct fdinfo_cqe *cqes;
	uint32_t n_user_files, n_user_bufs; /* slots of the tables, including empty ones */
	uint32_t n_personalities;

	bool has_napi, napi;
	char napi_tracking[16];
	uint64_t napi_us;
	bool napi_prefer;
};

/* Returns -ENOMEM. Free with fdinfo_free(). */
int fdinfo_parse(const char *text, size_t n, struct fdinfo *out);
void fdinfo_free(struct fdinfo *i);

#endif
