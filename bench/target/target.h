/* SPDX-License-Identifier: MIT */
/* The file or device that a job runs on: opened, guarded, filled, removed. */
#ifndef BENCH_TARGET_TARGET_H
#define BENCH_TARGET_TARGET_H

#include <limits.h>

#include "bench/engine/worker.h"
#include "guard.h"
#include "probe/device/device.h"

struct target {
	int fd;		     /* -1 for nop */
	char path[PATH_MAX]; /* "" for nop and for a file made without a name */
	bool block, own;     /* a block device; made for the run */
	bool writable;	     /* opened, and agreed, to be written to */
	uint64_t all;	     /* bytes that it has */
	uint64_t base, size; /* the part of it in use, a multiple of the smallest block */
	uint64_t passed;     /* bytes that each sequential job is past its place at the start */
	int claim;	     /* NVMe passthrough that writes: the block device, held; else -1 */
	struct guard_claims beside; /* what else writing to it changes, held */
	struct nvme_space nvme;
	char fs[32]; /* file system, "" for a device */
	bool has_device;
	struct device device;
	int poll; /* enum answer: completions are really polled for; ANSWER_NA when not asked */
	char poll_why[160];
};

/*
 * Opens what the job runs on.
 *
 * path NULL or a directory: a file of the job's size is made there (the current directory), filled
 * with the job's contents. A path that does not exist is made likewise when the job writes. Nothing is ever
 * made under /dev. An existing file is written to only with job->overwrite, a block device only with
 * job->destroy_data_on naming it and no other, claimed with O_EXCL for as long as it is open. The nvme engine, which
 * auto becomes there, takes /dev/ngXnY, and consent and claim are those of its block device. With job->iopoll the target must be
 * shown to poll.
 *
 * Negative errno with f->kind telling usage, refusal, not available or failure. *stop, set by a signal
 * handler, ends the filling with -EINTR.
 */
int target_open(const struct job *job, const char *path, const volatile int *stop, struct target *t,
		struct fail *f);

/*
 * Makes an open target fit another job: direct or buffered, another part, block size or depth, polled
 * or not. What would need another file or another consent is FAIL_USAGE or FAIL_REFUSED; a device that
 * cannot poll is FAIL_UNAVAILABLE, and the target stays usable.
 */
int target_suit(const struct job *job, struct target *t, struct fail *f);

/* Where in a file a block of so many bytes lies that was written, whole blocks after base; base where the
 * file system does not tell. -ENODATA when that part is one hole. */
int64_t target_data_at(int fd, uint64_t base, uint64_t size, unsigned bytes);

/* Whether the device that was there has been taken away since. */
bool target_is_gone(const struct target *t);

/* Closes, and removes what was made unless it is to be kept. */
void target_close(struct target *t, bool keep);

#endif
