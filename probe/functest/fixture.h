/* SPDX-License-Identifier: MIT */
/*
 * What the functests share: the form of a use, and a fixture, which is a ring with what requests need at
 * hand. Private to probe/functest*.c and their tests.
 *
 * A use is made in one of two forms. prep() asks for requests, which are submitted together; one of
 * them has the role MAIN and is judged. call() does whatever it does and returns what is judged. Both
 * return a negative errno with fixture_failed() when what they need beforehand cannot be had: then
 * nothing is known of what was to be exercised.
 */
#ifndef PROBE_FUNCTEST_FIXTURE_H
#define PROBE_FUNCTEST_FIXTURE_H

#include <liburing.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "probe/kernel/kernel.h"
#include "probe/uapi/fact.h"

#define BYTES	 4096u
#define TEXT	 "hello"
#define TEXT_LEN 5u
/* Registered files: 0 is the fixture's file, the others are empty until a use fills them. In
 * sqe->file_index the kernel counts them from one. */
#define SLOTS	      8u
#define SLOT	      1u
#define TO_SLOT	      (SLOT + 1)
#define GROUP_BUFFERS 2u
#define GROUP_BYTES   64u
/* Of uses, and of waits inside them. */
#define PATIENCE_MS 200
/* For struct use: any second result will do. */
#define RES_ANY INT32_MIN

/* Whose completion it is. */
enum role { MAIN = 1, SIDE, SIDE2 };

struct fixture {
	bool ready;   /* ring and buf are there */
	bool dirty;   /* a request may be in flight: the next turn gets a new ring */
	bool spent;   /* likewise: with CQE_SKIP_SUCCESS once used, IO_DRAIN is refused */
	bool files;   /* the table of SLOTS files is registered */
	bool buffers; /* buf is registered, as buffer 0 */
	bool has_peer;
	struct io_uring ring, peer;
	const struct use *use; /* of this turn */
	uint32_t turn;	       /* in user_data: what comes late is told apart */
	const char *step;      /* what failed before the use itself; NULL: nothing */
	int err;	       /* how it failed */
	unsigned asked;
	uint32_t cqe_flags; /* for call() to say, beside what it returns */
	unsigned last_role; /* of the completion that came last */
	unsigned roles;	    /* 1 << role of all that came */
	bool armed;	    /* MAIN said that more completions follow */
	int file;    /* unnamed, BYTES bytes 0, 1, 2 … 250, 0, …, read and written at 0; -1 */
	int dir;     /* private, or -1 */
	bool in_dir; /* this turn leaves names there */
	char dir_path[256];
	char *buf;    /* BYTES, page-aligned; zeroed */
	char *page;   /* two pages to map, pin or drop; zeroed */
	int kept[16]; /* closed after the turn */
	unsigned n_kept;
	int pbuf_group; /* ring of provided buffers to unregister, or -1 */
	pid_t child;	/* to be reaped, or 0 */

	/* What requests of this turn point to; zeroed before. */
	struct {
		int fds[2];
		struct iovec iov;
		struct msghdr msg;
		struct sockaddr_storage addr;
		socklen_t addr_len;
		struct __kernel_timespec ts, ts2;
		struct statx stx;
		struct open_how how;
		siginfo_t info;
		uint32_t futex;
		struct futex_waitv waitv;
		struct epoll_event event;
		int value;
	} x;
};

#define BIT(flag) __builtin_ctz(flag)

struct need {
	enum uapi_kind kind;
	uint32_t number;
};

/* How something is used, and what must come of it. */
struct use {
	uint32_t number;  /* in its table; UAPI_OPFLAG: OPF_* */
	const char *what; /* what is done, for a person */
	int (*prep)(struct fixture *s);
	int (*call)(struct fixture *s);
	/* Looks, after a result as wanted, whether what was asked for happened. */
	bool (*check)(struct fixture *s, const struct attempt *a);
	/* Does the same by an ordinary system call, after another result; 0 or a negative errno. A
	 * failure of both is not io_uring's. */
	int (*plain)(struct fixture *s);

	int res;	/* the result wanted */
	bool at_least;	/* or more */
	uint32_t flags; /* CQE flags wanted */
	unsigned cqes;	/* how many completions come; 0: 1 */
	int res2;	/* of the one that comes last, if several do */
	uint32_t flags2;

	int excuse; /* a result that decides nothing, and why */
	const char *excuse_why;
	const char *why_not; /* no use is made, and why */

	struct need need; /* what must work for it, opcode NOP unless told */
	int unknown_res;  /* UAPI_OPFLAG: how a kernel answers that does not know it; 0: -EINVAL */
	int known_res;	  /* UAPI_OPFLAG: a result that only shows that it is known */
};

struct use_table {
	const struct use *rows;
	unsigned n;
};

extern const struct use_table uses_files, uses_net, uses_misc, uses_register, uses_register_ring,
	uses_sqe_flags, uses_enter_flags, uses_cqe_flags, uses_setup, uses_features, uses_op_flags,
	uses_cmd_flags, uses_net_flags, uses_wait_flags, uses_register_flags, uses_restrict,
	uses_restrict_flags, uses_zcrx_ops, uses_zcrx_register, uses_zcrx_flags;

/* The use of a number of a table (UAPI_OPFLAG: of an OPF_*), or NULL. */
const struct use *use_find(enum uapi_kind kind, uint32_t number);

/* What an attempt at a use tells of it; f->known is YES before, but of a UAPI_OPFLAG or UAPI_CQE. */
void use_judge(struct fact *f, enum uapi_kind kind, const struct use *u, const struct attempt *a);

/* Makes a use; again while memory is charged to rings of earlier turns, and once more when it did not
 * come to an end in time. The fixture is opened at need; a zeroed one is closed. */
void fixture_take_turn(struct fixture *s, const struct use *u, struct attempt *out);
void fixture_close(struct fixture *s);

/* Remembers the step that failed; returns -errno, or r where that is negative. */
int fixture_failed(struct fixture *s, const char *step);
int fixture_failed_with(struct fixture *s, int r, const char *step);

/* The next SQE, all zero but for what is told. A flags field of a single opcode is rw_flags, which
 * lies under all of them: the header of liburing 2.3 lacks the newer names. */
struct io_uring_sqe *ask(struct fixture *s, enum role role, unsigned op, int fd, const void *addr,
			 unsigned len, uint64_t off);
struct io_uring_sqe *ask_nop(struct fixture *s, enum role role);
struct io_uring_sqe *ask_poll(struct fixture *s, enum role role, int fd, unsigned events);
/* A RECV from x.fds[1] into a buffer of a group, len bytes of it or 0 for all. */
struct io_uring_sqe *ask_recv_group(struct fixture *s, enum role role, int group, unsigned len);
/* A timeout of so many ns; the time lies in *ts until the submission. */
struct io_uring_sqe *ask_timeout(struct fixture *s, enum role role, struct __kernel_timespec *ts,
				 uint64_t ns);
void sqe_poll_events(struct io_uring_sqe *sqe, unsigned events);
uint64_t tag(const struct fixture *s, enum role role);

/* Submits what was asked. */
int fixture_submit(struct fixture *s);
/* The next completion of this turn; -ETIME as fixture_failed() when none comes in time, so that a slow
 * machine decides nothing. */
int fixture_next(struct fixture *s, struct io_uring_cqe *cqe);
extern const struct __kernel_timespec soon; /* 100 us */
/* io_uring_enter() on the fixture's ring that waits for n completions: at most *ts, and min_wait_usec (6.12)
 * if one came by then. What it returned, or a negative errno. */
int fixture_wait(struct fixture *s, unsigned n, const struct __kernel_timespec *ts,
		 unsigned min_wait_usec, unsigned flags);
/* Submits one SIDE request and waits for it; its result, or a negative errno. */
int fixture_do(struct fixture *s);

/* What uses need; each closes with the turn. 0 or an fd, or -errno as fixture_failed(). */
int fixture_keep(struct fixture *s, int fd);
void fixture_forget(struct fixture *s, int fd); /* somebody else closed it */
int fixture_file(struct fixture *s);
int fixture_pipe(struct fixture *s, int fds[2], bool full); /* full: with TEXT inside */
int fixture_pair(struct fixture *s, int fds[2]);	    /* AF_UNIX stream */
int fixture_pair_with_text(struct fixture *s);		    /* x.fds; TEXT can be read from [1] */
int fixture_listener(struct fixture *s);		    /* AF_UNIX; its address in x.addr */
int fixture_connection(struct fixture *s);		    /* to the address in x.addr */
int fixture_udp(struct fixture *s, int fds[2]); /* on 127.0.0.1; fds[0] sends to fds[1] */
int fixture_tcp(struct fixture *s, int fds[2]); /* on 127.0.0.1 */
int fixture_dir(struct fixture *s);
int fixture_made(struct fixture *s, const char *name); /* a file in dir, opened */
int fixture_files(struct fixture *s);
int fixture_slot(struct fixture *s, unsigned slot, int fd); /* puts it into the table of files */
int fixture_buffers(struct fixture *s);
int fixture_peer(struct fixture *s);
int fixture_child(struct fixture *s); /* that ends at once */
/* Buffers in s->buf, one behind the other; the group's id. */
int fixture_provide(struct fixture *s);
/* Likewise n buffers of so many bytes, as a ring (REGISTER_PBUF_RING) with flags and min_left. What
 * the registration says is for the caller to judge. */
int fixture_pbuf_ring(struct fixture *s, unsigned n, unsigned bytes, unsigned flags,
		      unsigned min_left);
/* Such a group beside a fixture_pair_with_text(); the group's id. */
int fixture_text_for_group(struct fixture *s, unsigned n, unsigned bytes, unsigned flags);

/* UAPI_OPFLAG: the value of the flag that is exercised. */
uint32_t fixture_flag(const struct fixture *s);

/* Checks that several uses share: a->res bytes of the file are in buf; TEXT is in buf, or in the buffer
 * of the group that the CQE flags name; what x.value reads gives TEXT; the result is a new fd. */
bool got_file(struct fixture *s, const struct attempt *a);
bool got_text(struct fixture *s, const struct attempt *a);
bool got_text_in_group(struct fixture *s, const struct attempt *a);
bool text_arrived(struct fixture *s, const struct attempt *a);
bool got_fd(struct fixture *s, const struct attempt *a);

/* Two NOPs of which the first one is silent, and whether it was. */
int use_cqe_skip(struct fixture *s);
bool cqe_was_skipped(struct fixture *s, const struct attempt *a);

/* Whether buf holds what a read of the file gives, from an offset on. */
bool buf_is_file(const char *buf, size_t n, size_t offset);
/* Whether a read from fd gives TEXT; in time, as fixture_next(). */
bool has_text(struct fixture *s, int fd);
bool is_fd(int fd);

#endif
