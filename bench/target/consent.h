/* SPDX-License-Identifier: MIT */
/* Consent to write to a block device: a name that is unique on this machine. */
#ifndef BENCH_TARGET_CONSENT_H
#define BENCH_TARGET_CONSENT_H

#include <sys/types.h>

#include "bench/job/job.h"
#include "probe/kernel/kernel.h"

struct fail;

/*
 * Checks whether job->destroy_data_on names the block device path with this number, and no other: by serial
 * number, WWID, NGUID, EUI64 or UUID, for a partition PARTUUID, or by a link to it in /dev/disk/by-id; by
 * the path of its node only if it has no unique name. The name is compared with all writable devices. A disk
 * does not share names with its partitions.
 *
 * Returns -EPERM with FAIL_REFUSED and the names that would do, or -ENOTUNIQ if other devices have the same
 * name. f may be NULL.
 */
int consent_check(struct kernel *k, const struct job *job, const char *path, dev_t dev,
		  struct fail *f);

#endif
