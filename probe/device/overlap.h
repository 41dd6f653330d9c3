/* SPDX-License-Identifier: MIT */
/*
 * Finds other devices that a write to a block device changes. A claim (O_EXCL) protects the device, its
 * partitions and its holders: mounts, swap, device mapper, md. It does not protect against loop devices,
 * which do not hold their backing device, nor against other device mapper devices on the same disk, because
 * these share one claim.
 */
#ifndef PROBE_DEVICE_OVERLAP_H
#define PROBE_DEVICE_OVERLAP_H

#include <sys/stat.h>

#include "probe/kernel/sysfs.h"

/* The backing file of a loop device. */
struct loop_backing {
	uint32_t known, block; /* block: it is a block device with number dev */
	uint32_t dev[2];
	uint64_t ino;
};

enum overlap_kind {
	OVERLAP_ITSELF,
	OVERLAP_UNDER,	/* below it, and held by its holders; or the disk of a partition */
	OVERLAP_LOOPED, /* below a loop device, and so not held */
	OVERLAP_OVER,	/* on top of one of these */
	OVERLAP_FILE,	/* backing file of a loop device */
};

struct overlap {
	enum overlap_kind kind;
	char name[SYSFS_NAME]; /* in /sys/class/block; "" for a file */
	dev_t dev;	       /* device number; for a file, of its file system */
	ino_t ino;
};

struct overlaps {
	struct overlap *item;
	unsigned n;
};

/*
 * Finds the overlaps of a block device or file st that may back loop devices. st is in use if one that is
 * LOOPED or OVER is in use. LVM keeps logical volumes of a volume group apart, so they do not count as OVER
 * for each other.
 *
 * Free *out with overlaps_free(), also on failure. Returns -ENODEV if sysfs does not know the device, or any
 * errno of reading /sys/class/block.
 */
int overlaps_of(struct kernel *k, const struct stat *st, struct overlaps *out);

void overlaps_free(struct overlaps *o);

#endif
