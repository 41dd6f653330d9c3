/* SPDX-License-Identifier: MIT */
/* The consent to write to a block device: a name that is this one device's, and no other's on this machine. */
#ifndef BENCH_TARGET_CONSENT_H
#define BENCH_TARGET_CONSENT_H

#include <sys/types.h>

#include "bench/job/job.h"
#include "probe/kernel/kernel.h"

struct fail;

/*
 * Whether job->destroy_data_on names the block device with this number, which path led to, and it alone: its
 * serial number, WWID, NGUID, EUI64 or UUID, for a partition its PARTUUID; where all of them are other devices'
 * too, or there is none, its node's path; or a link to it in /dev/disk/by-id. All devices that can be written to
 * are asked. A disk has no name of its partitions, nor they one of it.
 *
 * FAIL_REFUSED, with the names that would do: -EPERM; -ENOTUNIQ where others have the name too. f may be NULL.
 */
int consent_check(struct kernel *k, const struct job *job, const char *path, dev_t dev,
		  struct fail *f);

#endif
