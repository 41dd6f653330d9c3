/* SPDX-License-Identifier: MIT */
/*
 * The one seam to the kernel. Whatever decides something about io_uring asks through it, so that the
 * answers can come from the running kernel, be recorded, or be replayed from a recording: a user's
 * bug report is a replay file.
 *
 * A question is one line of text ("enter fd=bad flags=0x8"), an answer a number and bytes. Ring fds
 * appear in questions by how they were set up, not by number.
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

/* No open file has this number, so flags and opcodes are judged before it is: see the ring-free
 * tests in detect.c. */
#define BAD_FD 0x7ffffff0

enum trial_call { TRIAL_SETUP, TRIAL_ENTER, TRIAL_REGISTER, TRIAL_CALLS };

/* What became of a call in a child process. */
struct trial {
	int ret; /* as returned, negative errno on failure; meaningless when sig is set */
	int sig; /* the signal that killed the child, or 0 */
};

/* io_uring_register() with what a recorder must keep of it. */
struct reg_call {
	int fd;
	unsigned op;
	void *arg;
	unsigned nr;
	void *out;		 /* memory that the kernel fills, or NULL */
	const struct form *form; /* what lies there: a struct */
};

enum effect { EFFECT_UNSEEN, EFFECT_SEEN, EFFECT_MISSING };

/* Outcome of a functional test. */
struct attempt {
	int err; /* 0: the request completed; negative errno: it could not be brought that far */
	int res; /* cqe.res, or what the call returned */
	uint32_t flags;	      /* cqe.flags */
	char note[52];	      /* the step that failed, or what was seen besides res */
	int res2;	      /* of the completion that came last, when there was more than one */
	uint32_t flags2;      /* likewise */
	uint32_t completions; /* how many came */
	uint32_t effect;      /* enum effect: whether what was asked for happened */
	int plain; /* after a failure, what the ordinary system call says to the same; 0: it can */
};

typedef void (*attempt_fn)(void *arg, struct attempt *out);

/* Fills at most size bytes of out and returns how many, or a negative errno. */
typedef ssize_t (*inquire_fn)(void *arg, void *out, size_t size);

/* Every call returns what the system call returns, with a negative errno on failure. */
struct kernel {
	int (*setup)(struct kernel *k, unsigned entries, struct ring_params *p);
	int (*enter)(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		     unsigned flags);
	int (*reg)(struct kernel *k, const struct reg_call *c);
	int (*map)(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr);
	void (*unmap)(struct kernel *k, void *addr, size_t length);
	void (*close)(struct kernel *k, int fd);
	/* Makes one harmless call in a child process, which may die of it. */
	int (*trial)(struct kernel *k, enum trial_call call, struct trial *t);
	/* As file_read(). */
	ssize_t (*read_file)(struct kernel *k, const char *path, char *buf, size_t size);
	/* Runs fn, which may do anything harmless; what it stands for must be said by label alone. */
	int (*attempt)(struct kernel *k, const char *label, attempt_fn fn, void *arg,
		       struct attempt *out);
	/* Likewise, for an answer of another form: as fn, which is not called by a replay. A struct is filled
	 * whole, or the answer is an errno. */
	ssize_t (*inquire)(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			   const struct form *form, void *out, size_t size);
	const struct recording *replays; /* the file that all answers are from; NULL: none */
};

/* The running kernel; no state, never freed. */
struct kernel *kernel_live(void);

/* A kernel that asks inner and appends to rec, which the caller keeps and which must outlive it.
 * NULL when out of memory. Freed with kernel_free(). */
struct kernel *kernel_recorder(struct kernel *inner, struct recording *rec);

/* What a recorder appends to; NULL for any other kernel. */
struct recording *kernel_recording(struct kernel *k);

/* A kernel that answers from rec: the first unused answer to a question, else the last one; what was
 * never asked is -ENODATA, and an answer of another form than is asked for -EPROTO. NULL when out of memory.
 * rec stays the caller's. */
struct kernel *kernel_replay(struct recording *rec);

/* Of the machine that answers. */
unsigned kernel_page_size(const struct kernel *k);
bool kernel_big_endian(const struct kernel *k);

/* Frees a recorder or a replay; nothing happens for kernel_live() and NULL. */
void kernel_free(struct kernel *k);

/* A closed ring stays charged to RLIMIT_MEMLOCK until the kernel has torn it down, some 10 to 20 ms
 * later. True, after a pause, when err is -ENOMEM and another try is worth it; *tries starts at 0. */
bool memlock_patience(int err, unsigned *tries);

/* The raw system calls, for hot loops. -1 and errno. */
int sys_setup(unsigned entries, struct ring_params *p);
int sys_enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg,
	      size_t arg_size);
int sys_register(int fd, unsigned op, const void *arg, unsigned nr);

#endif
