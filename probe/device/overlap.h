/* SPDX-License-Identifier: MIT */
/*
 * What else a write to a block device changes. A claim (O_EXCL) sees the device, its partitions and what holds
 * them: a mount, swap, device mapper, md. It does not see a loop device, which holds nothing; nor what other
 * devices of the device mapper lie on the same disk, because they all claim it as one.
 */
#ifndef PROBE_DEVICE_OVERLAP_H
#define PROBE_DEVICE_OVERLAP_H

#include <sys/stat.h>

#include "probe/kernel/sysfs.h"

/* What a loop device lies on. */
struct loop_backing {
	uint32_t known, block; /* block: a block device, whose number dev is */
	uint32_t dev[2];
	uint64_t ino;
};

enum overlap_kind {
	OVERLAP_ITSELF,
	OVERLAP_UNDER,	/* below it, and held by what lies on it; or the disk of a partition */
	OVERLAP_LOOPED, /* below a loop device, and so not held */
	OVERLAP_OVER,	/* lies on one of these as well */
	OVERLAP_FILE,	/* what a loop device lies on */
};

struct overlap {
	enum overlap_kind kind;
	char name[SYSFS_NAME]; /* in /sys/class/block; "" for a file */
	dev_t dev;	       /* of a device its number, of a file that of its file system */
	ino_t ino;
};

struct overlaps {
	struct overlap *item;
	unsigned n, cap;
};

/*
 * st is of a block device, or of a file, on which loop devices may lie. In use is the one where one that is
 * LOOPED or OVER is in use. Logical volumes of one volume group are kept apart by LVM, and not counted as OVER
 * for each other.
 *
 * To be freed with overlaps_free(), also after a failure. -ENODEV when sysfs does not know the device; any
 * errno of reading /sys/class/block.
 */
int overlaps_of(struct kernel *k, const struct stat *st, struct overlaps *out);

void overlaps_free(struct overlaps *o);

#endif
