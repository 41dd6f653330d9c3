/* SPDX-License-Identifier: MIT */
/* The file or device of a job: opened, protected, filled, removed. */
#ifndef BENCH_TARGET_TARGET_H
#define BENCH_TARGET_TARGET_H

#include <limits.h>

#include "bench/engine/worker.h"
#include "guard.h"
#include "probe/device/device.h"

struct target {
	int fd;		     /* -1 for nop */
	char path[PATH_MAX]; /* "" for nop and for an unnamed file */
	bool block, own;     /* a block device; created for the run */
	bool writable;	     /* opened for writing, with consent */
	uint64_t all;	     /* size in bytes */
	uint64_t base, size; /* the part in use, a multiple of the smallest block */
	uint64_t passed;     /* bytes that each sequential job has moved beyond its start */
	int claim; /* fd of the claimed block device for NVMe passthrough writes; otherwise -1 */
	struct guard_claims beside; /* other devices that writes change, claimed */
	struct nvme_space nvme;
	enum trim_by trim;     /* TRIM_NONE until a job that trims was found to suit */
	uint64_t discard_unit; /* discard granularity of the device in bytes; 0: unknown */
	char fs[32];	       /* file system, "" for a device */
	bool has_device;
	struct device device;
	int poll; /* enum answer: completions are really polled; ANSWER_NA without iopoll */
	char poll_why[160];
};

/*
 * Opens the target of a job.
 *
 * If path is NULL or a directory, a file of the job's size is created there (by default in the current
 * directory) and filled with the job's contents. A path that does not exist is also created if the job
 * writes. Nothing is ever created under /dev. An existing file is written to only with job->overwrite. A
 * block device is written to only if job->destroy_data_on names it and no other, and it is claimed with
 * O_EXCL while open. The nvme engine, the choice of auto there, takes /dev/ngXnY; consent and claim are
 * those of its block device. With job->iopoll the target must be shown to poll, and a job that trims must
 * find that possible: see trims.h.
 *
 * Returns a negative errno with f->kind: usage, refused, unavailable or failure. *stop, set by a signal
 * handler, ends the filling with -EINTR.
 */
int target_open(const struct job *job, const char *path, const volatile int *stop, struct target *t,
		struct fail *f);

/* Creates a file that does not exist, and returns its fd. Returns FAIL_REFUSED if it exists, or under /dev. */
int target_create(const char *path, struct fail *f);

/*
 * Adapts an open target to another job: direct or buffered, another part, block size or depth, polled or
 * not. Returns FAIL_USAGE or FAIL_REFUSED if that needs another file or consent, and FAIL_UNAVAILABLE if the
 * device cannot poll; the target stays usable.
 */
int target_suit(const struct job *job, struct target *t, struct fail *f);

/* Returns the offset of a written block of this size, a multiple of it from base on; base if the file system
 * does not report holes. Returns -ENODATA if that part is one hole. */
int64_t target_data_at(int fd, uint64_t base, uint64_t size, unsigned bytes);

/* Whether the device has been removed since it was opened. */
bool target_is_gone(const struct target *t);

/* Closes the target, and removes a file created for the run unless it is to be kept. */
void target_close(struct target *t, bool keep);

#endif
