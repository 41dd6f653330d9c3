/* SPDX-License-Identifier: MIT */
/*
 * The only interface to the kernel. All code that decides something about io_uring uses it, so that answers
 * can come from the running kernel, be recorded, or be replayed: a user's bug report is a replay file.
 *
 * A question is one line of text ("enter fd=bad flags=0x8"), an answer is a number and bytes. Questions
 * identify ring fds by how they were set up, not by number.
 */
#ifndef PROBE_KERNEL_KERNEL_H
#define PROBE_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/uapi/uapi.h"

struct form;
struct recording;

/* No open file has this number. The kernel checks flags and opcodes before the fd, which the tests without a
 * ring in detect.c use. */
#define BAD_FD 0x7ffffff0

enum trial_call { TRIAL_SETUP, TRIAL_ENTER, TRIAL_REGISTER, TRIAL_CALLS };

/* Result of a call in a child process. */
struct trial {
	int ret; /* return value, negative errno on failure; undefined if sig is set */
	int sig; /* the signal that killed the child, or 0 */
};

/* io_uring_register() with what a recorder must know about it. */
struct reg_call {
	int fd;
	unsigned op;
	void *arg;
	unsigned nr;
	void *out;		 /* memory filled by the kernel, or NULL */
	const struct form *form; /* of the struct at out */
};

enum effect { EFFECT_UNSEEN, EFFECT_SEEN, EFFECT_MISSING };

/* Result of a functional test. */
struct attempt {
	int err;	      /* 0: the request completed; negative errno: a preparation failed */
	int res;	      /* cqe.res, or the return value of the call */
	uint32_t flags;	      /* cqe.flags */
	char note[52];	      /* the step that failed, or a remark about res */
	int res2;	      /* of the last completion, if there was more than one */
	uint32_t flags2;      /* likewise */
	uint32_t completions; /* number of completions */
	uint32_t effect;      /* enum effect: whether the requested effect happened */
	int plain; /* after a failure, the result of the ordinary system call; 0: it succeeded */
};

typedef void (*attempt_fn)(void *arg, struct attempt *out);

/* Fills up to size bytes of out and returns their number, or a negative errno. */
typedef ssize_t (*inquire_fn)(void *arg, void *out, size_t size);

/* All functions return what the system call returns, or a negative errno. */
struct kernel {
	int (*setup)(struct kernel *k, unsigned entries, struct ring_params *p);
	int (*enter)(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		     unsigned flags);
	int (*reg)(struct kernel *k, const struct reg_call *c);
	int (*map)(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr);
	void (*unmap)(struct kernel *k, void *addr, size_t length);
	void (*close)(struct kernel *k, int fd);
	/* Makes one harmless call in a child process, which may be killed. */
	int (*trial)(struct kernel *k, enum trial_call call, struct trial *t);
	/* Like file_read(). */
	ssize_t (*read_file)(struct kernel *k, const char *path, char *buf, size_t size);
	/* Runs fn, which may do anything harmless; label alone must identify it. */
	int (*attempt)(struct kernel *k, const char *label, attempt_fn fn, void *arg,
		       struct attempt *out);
	/* The same for an answer of another form; a replay does not call fn. A struct is filled completely,
	 * or the answer is an errno. */
	ssize_t (*inquire)(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			   const struct form *form, void *out, size_t size);
	const struct recording *replays; /* the recording that all answers come from; NULL: none */
};

/* The running kernel; no state, never freed. */
struct kernel *kernel_live(void);

/* Creates a kernel that queries inner and appends to rec, which must stay valid while it is used. Returns
 * NULL on allocation failure. Free it with kernel_free(). */
struct kernel *kernel_recorder(struct kernel *inner, struct recording *rec);

/* Returns the recording that a recorder appends to; NULL for other kernels. */
struct recording *kernel_recording(struct kernel *k);

/* Creates a kernel that answers from rec: the first unused answer to a question, or the last one if all are
 * used. A question that is not in rec returns -ENODATA, and an answer of another form -EPROTO. rec must stay
 * valid while it is used. Returns NULL on allocation failure. */
struct kernel *kernel_replay(struct recording *rec);

/* Page size of the machine that answers. */
unsigned kernel_page_size(const struct kernel *k);
bool kernel_big_endian(const struct kernel *k);

/* Frees a recorder or a replay; ignores kernel_live() and NULL. */
void kernel_free(struct kernel *k);

/* A closed ring stays charged to RLIMIT_MEMLOCK until the kernel has torn it down, about 10 to 20 ms later.
 * Returns true, after a pause, if err is -ENOMEM and the caller should retry; *tries starts at 0. */
bool memlock_patience(int err, unsigned *tries);

/* The raw system calls, for hot loops. Return -1 and set errno. */
int sys_setup(unsigned entries, struct ring_params *p);
int sys_enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg,
	      size_t arg_size);
int sys_register(int fd, unsigned op, const void *arg, unsigned nr);

#endif
