/* SPDX-License-Identifier: MIT */
/* Protects devices in use from writes. consent.h decides whether writing is permitted at all. */
#ifndef BENCH_TARGET_GUARD_H
#define BENCH_TARGET_GUARD_H

#include <sys/stat.h>

#include "bench/job/job.h"
#include "probe/device/device.h"

struct fail;

/* Devices held with O_EXCL while open. */
struct guard_claims {
	int *fd;
	unsigned n;
};

/*
 * Claims all other devices that a write to this block device or file changes: those below it if there is a
 * loop device in between, and everything else on top of them. Call it after claiming the device itself,
 * which fails if the device is mounted, used as swap, or held by another device.
 *
 * Returns -EBUSY, or the errno of the failed claim, with FAIL_REFUSED. Call guard_release() in any case.
 */
int guard_claim(struct kernel *k, const char *path, const struct stat *st, struct guard_claims *c,
		struct fail *f);

void guard_release(struct guard_claims *c);

/* Refuses a zoned device, which can only be written at the write pointers of its zones: -EOPNOTSUPP with
 * FAIL_UNAVAILABLE. Also finds zoned devices below loop devices, which hide this. */
int guard_zoned(struct kernel *k, const char *path, const struct stat *st, struct fail *f);

/* Refuses a device on which libblkid finds a file system, a partition table or the like, unless
 * job->overwrite_signature is set: -EPERM with FAIL_REFUSED, or any errno of open(2). */
int guard_content(const struct job *job, const char *path, struct fail *f);

#endif
