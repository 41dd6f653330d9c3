/* SPDX-License-Identifier: MIT */
/* What stands between a mistyped name and lost data. */
#ifndef BENCH_GUARD_H
#define BENCH_GUARD_H

#include "job.h"
#include "probe/device.h"

struct fail;

/* The consent to write must name the very device: its serial or WWN, or its path if it has neither.
 * d is NULL when sysfs does not know it. -EPERM with FAIL_REFUSED. */
int guard_consent(const struct job *job, const char *path, const struct device *d, struct fail *f);

/*
 * To be asked after the device was claimed (O_EXCL), which refuses one that is mounted, is swap, or is
 * held by another device.
 *
 * Refuses a device on which libblkid sees a file system, a partition table or the like, unless
 * job->overwrite_signature. A loop device over a block device is asked after that one too: *below is
 * then an fd that claims it for as long as it is open, else -1.
 *
 * -EPERM with FAIL_REFUSED, or any errno of open(2).
 */
int guard_content(const struct job *job, const char *path, const struct device *d, int *below,
		  struct fail *f);

#endif
