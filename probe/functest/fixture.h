/* SPDX-License-Identifier: MIT */
/*
 * Shared by the functional tests: the description of a use, and a fixture, which is a ring with everything
 * that requests need. Private to probe/functest*.c and their tests.
 *
 * A use has one of two forms. prep() prepares requests, which are submitted together; one of them has the
 * role MAIN and is judged. call() makes any calls and returns the result to judge. Both return a negative
 * errno through fixture_failed() if their preparations fail: then nothing is known about the feature.
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
/* Registered files: slot 0 is the fixture's file, the others are empty until a use fills them. In
 * sqe->file_index the kernel counts from one. */
#define SLOTS	      8u
#define SLOT	      1u
#define TO_SLOT	      (SLOT + 1)
#define GROUP_BUFFERS 2u
#define GROUP_BYTES   64u
/* Timeout for uses, and for waits inside them. */
#define PATIENCE_MS 200
/* For struct use: any second result is accepted. */
#define RES_ANY INT32_MIN

/* Which request a completion belongs to. */
enum role { MAIN = 1, SIDE, SIDE2 };

struct fixture {
	bool ready;   /* ring and buf exist */
	bool dirty;   /* a request may be in flight: the next turn gets a new ring */
	bool spent;   /* likewise: after CQE_SKIP_SUCCESS was used, IO_DRAIN is refused */
	bool files;   /* the table of SLOTS files is registered */
	bool buffers; /* buf is registered, as buffer 0 */
	bool has_peer;
	struct io_uring ring, peer;
	const struct use *use; /* of this turn */
	uint32_t turn;	       /* in user_data, to recognise late completions */
	const char *step;      /* preparation that failed; NULL: none */
	int err;	       /* its error */
	unsigned asked;
	uint32_t cqe_flags; /* set by call(), in addition to its result */
	unsigned last_role; /* of the last completion */
	unsigned roles;	    /* 1 << role of all completions */
	bool armed;	    /* MAIN reported that more completions follow */
	int file;    /* unnamed, BYTES bytes 0, 1, 2 ... 250, 0, ..., read and written at 0; -1 */
	int dir;     /* private, or -1 */
	bool in_dir; /* this turn creates names there */
	char dir_path[256];
	char *buf;    /* BYTES, page-aligned; zeroed */
	char *page;   /* two pages to map, pin or discard; zeroed */
	int kept[16]; /* fds closed after the turn */
	unsigned n_kept;
	int pbuf_group; /* ring of provided buffers to unregister, or -1 */
	pid_t child;	/* to be reaped, or 0 */

	/* Memory that requests of this turn point to; zeroed before. */
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

/* How a feature is used, and the expected result. */
struct use {
	uint32_t number;  /* in its table; UAPI_OPFLAG: OPF_* */
	const char *what; /* description */
	int (*prep)(struct fixture *s);
	int (*call)(struct fixture *s);
	/* After the expected result, checks whether the requested effect happened. */
	bool (*check)(struct fixture *s, const struct attempt *a);
	/* After another result, does the same with an ordinary system call; returns 0 or a negative errno.
	 * If both fail, io_uring is not the cause. */
	int (*plain)(struct fixture *s);

	int res;	/* the expected result */
	bool at_least;	/* at least res */
	uint32_t flags; /* expected CQE flags */
	unsigned cqes;	/* number of completions; 0: 1 */
	int res2;	/* of the last completion, if there are several */
	uint32_t flags2;

	int excuse; /* a result that decides nothing, and why */
	const char *excuse_why;
	const char *why_not; /* why there is no use */

	struct need need; /* what must work for it; opcode NOP by default */
	int unknown_res;  /* UAPI_OPFLAG: result on a kernel that does not know it; 0: -EINVAL */
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

/* Returns the use of a number of a table (UAPI_OPFLAG: of an OPF_*), or NULL. */
const struct use *use_find(enum uapi_kind kind, uint32_t number);

/* Judges an attempt; f->known must be YES except for UAPI_OPFLAG and UAPI_CQE. */
void use_judge(struct fact *f, enum uapi_kind kind, const struct use *u, const struct attempt *a);

/* Runs a use; again while rings of earlier turns are still charged, and once more if it timed out. Opens the
 * fixture as needed; a zeroed one is closed. */
void fixture_take_turn(struct fixture *s, const struct use *u, struct attempt *out);
void fixture_close(struct fixture *s);

/* Records the step that failed; returns -errno, or r if that is negative. */
int fixture_failed(struct fixture *s, const char *step);
int fixture_failed_with(struct fixture *s, int r, const char *step);

/* Returns the next SQE, zeroed except for the arguments. The flags of an opcode are set in rw_flags, which
 * is in the same union: the header of liburing 2.3 lacks the newer names. */
struct io_uring_sqe *ask(struct fixture *s, enum role role, unsigned op, int fd, const void *addr,
			 unsigned len, uint64_t off);
struct io_uring_sqe *ask_nop(struct fixture *s, enum role role);
struct io_uring_sqe *ask_poll(struct fixture *s, enum role role, int fd, unsigned events);
/* Prepares a RECV from x.fds[1] into a buffer of a group, of len bytes or 0 for the whole buffer. */
struct io_uring_sqe *ask_recv_group(struct fixture *s, enum role role, int group, unsigned len);
/* Prepares a timeout of this many ns; *ts must stay valid until the submission. */
struct io_uring_sqe *ask_timeout(struct fixture *s, enum role role, struct __kernel_timespec *ts,
				 uint64_t ns);
void sqe_poll_events(struct io_uring_sqe *sqe, unsigned events);
uint64_t tag(const struct fixture *s, enum role role);

/* Submits the prepared requests. */
int fixture_submit(struct fixture *s);
/* Returns the next completion of this turn; -ETIME through fixture_failed() if there is none in time, so
 * that a slow machine decides nothing. */
int fixture_next(struct fixture *s, struct io_uring_cqe *cqe);
extern const struct __kernel_timespec soon; /* 100 us */
/* io_uring_enter() on the fixture's ring, waiting for n completions: at most *ts, or min_wait_usec (6.12) if
 * one has arrived by then. Returns its result, or a negative errno. */
int fixture_wait(struct fixture *s, unsigned n, const struct __kernel_timespec *ts,
		 unsigned min_wait_usec, unsigned flags);
/* Submits one SIDE request and waits for it. Returns its result, or a negative errno. */
int fixture_do(struct fixture *s);

/* Resources for uses, released after the turn. Return 0 or an fd, or -errno through fixture_failed(). */
int fixture_keep(struct fixture *s, int fd);
void fixture_forget(struct fixture *s, int fd); /* it was closed elsewhere */
int fixture_file(struct fixture *s);
int fixture_pipe(struct fixture *s, int fds[2], bool full); /* full: contains TEXT */
int fixture_pair(struct fixture *s, int fds[2]);	    /* AF_UNIX stream */
int fixture_pair_with_text(struct fixture *s);		    /* x.fds; TEXT can be read from [1] */
int fixture_listener(struct fixture *s);		    /* AF_UNIX; its address in x.addr */
int fixture_connection(struct fixture *s);		    /* to the address in x.addr */
int fixture_udp(struct fixture *s, int fds[2]); /* on 127.0.0.1; fds[0] sends to fds[1] */
int fixture_tcp(struct fixture *s, int fds[2]); /* on 127.0.0.1 */
int fixture_dir(struct fixture *s);
int fixture_made(struct fixture *s, const char *name); /* creates and opens a file in dir */
int fixture_files(struct fixture *s);
int fixture_slot(struct fixture *s, unsigned slot, int fd); /* registers fd in the slot */
int fixture_buffers(struct fixture *s);
int fixture_peer(struct fixture *s);
int fixture_child(struct fixture *s); /* exits immediately */
/* Provides buffers in s->buf, one after the other; returns the group's ID. */
int fixture_provide(struct fixture *s);
/* Registers n buffers of this size as a buffer ring (REGISTER_PBUF_RING) with flags and min_left. The caller
 * judges the result of the registration. */
int fixture_pbuf_ring(struct fixture *s, unsigned n, unsigned bytes, unsigned flags,
		      unsigned min_left);
/* Such a group together with a fixture_pair_with_text(); returns the group's ID. */
int fixture_text_for_group(struct fixture *s, unsigned n, unsigned bytes, unsigned flags);

/* UAPI_OPFLAG: the value of the flag being tested. */
uint32_t fixture_flag(const struct fixture *s);

/* Checks for several uses: a->res bytes of the file are in buf; TEXT is in buf, or in the buffer given by
 * the CQE flags; reading x.value gives TEXT; the result is a new fd. */
bool got_file(struct fixture *s, const struct attempt *a);
bool got_text(struct fixture *s, const struct attempt *a);
bool got_text_in_group(struct fixture *s, const struct attempt *a);
bool text_arrived(struct fixture *s, const struct attempt *a);
bool got_fd(struct fixture *s, const struct attempt *a);

/* Submits two NOPs, the first with CQE_SKIP_SUCCESS, and checks that it was skipped. */
int use_cqe_skip(struct fixture *s);
bool cqe_was_skipped(struct fixture *s, const struct attempt *a);

/* Whether buf contains the data of the file from an offset on. */
bool buf_is_file(const char *buf, size_t n, size_t offset);
/* Whether reading fd gives TEXT in time; see fixture_next(). */
bool has_text(struct fixture *s, int fd);
bool is_fd(int fd);

#endif
