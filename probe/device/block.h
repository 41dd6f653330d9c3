/* SPDX-License-Identifier: MIT */
/* The block devices of this machine, all of them, and what tells one from the others. */
#ifndef PROBE_DEVICE_BLOCK_H
#define PROBE_DEVICE_BLOCK_H

#include "device.h"
#include "probe/kernel/sysfs.h"

struct block_dev {
	char name[SYSFS_NAME]; /* in /sys/class/block: "sda1", "cciss!c0d0" */
	char disk[SYSFS_NAME]; /* the disk of a partition, else name */
	unsigned major, minor; /* 0:0 for an NVMe namespace that has but its generic node */
	bool partition, read_only;
};

struct block_devs {
	struct block_dev *dev;
	unsigned n;
};

/* Those that can be opened, sorted by name; to be freed with block_devs_free(), also after a failure.
 * The paths of a multipath namespace, which cannot, are not among them. -errno. */
int block_devs_read(struct kernel *k, struct block_devs *out);

void block_devs_free(struct block_devs *devs);

/* Its index; -ENODEV. */
int block_find(const struct block_devs *devs, unsigned major, unsigned minor);

/* Its node: "/dev/sda1", "/dev/cciss/c0d0". */
void block_path(const char *name, char out[static SYSFS_NAME + 8]);

#define BLOCK_NAMES 6

struct block_name {
	const char *what; /* "serial", "WWID", "NGUID", "EUI64", "UUID", "PARTUUID" */
	char text[DEVICE_TEXT];
};

/* The names that it has, which other devices may have too: clones, and for a serial the other namespaces of
 * the controller. A partition has none of its disk's. How many; the usual one comes first. */
unsigned block_names(struct kernel *k, const struct block_dev *dev,
		     struct block_name out[static BLOCK_NAMES]);

#endif
