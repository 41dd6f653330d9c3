/* SPDX-License-Identifier: MIT */
/* What stands between a device in use and lost data; whether writing is agreed to at all says consent.h. */
#ifndef BENCH_TARGET_GUARD_H
#define BENCH_TARGET_GUARD_H

#include <sys/stat.h>

#include "bench/job/job.h"
#include "probe/device/device.h"

struct fail;

/* Devices that are held with O_EXCL for as long as they are open. */
struct guard_claims {
	int *fd;
	unsigned n;
};

/*
 * Claims what a write to this block device, or file, changes besides: what lies below it where a loop device is
 * between, and what else lies on any of that. To be asked after the device itself was claimed, which refuses one
 * that is mounted, is swap, or is held by another device.
 *
 * -EBUSY, or the errno of what cannot be claimed, with FAIL_REFUSED. guard_release() in any case.
 */
int guard_claim(struct kernel *k, const char *path, const struct stat *st, struct guard_claims *c,
		struct fail *f);

void guard_release(struct guard_claims *c);

/* Refuses a zoned device, whose zones can be written but from their write pointers on: -EOPNOTSUPP with
 * FAIL_UNAVAILABLE. Also where such a one lies below a loop device, which hides it. */
int guard_zoned(struct kernel *k, const char *path, const struct stat *st, struct fail *f);

/* Refuses a device on which libblkid sees a file system, a partition table or the like, unless
 * job->overwrite_signature: -EPERM with FAIL_REFUSED, or any errno of open(2). */
int guard_content(const struct job *job, const char *path, struct fail *f);

#endif
