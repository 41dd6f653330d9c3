/* SPDX-License-Identifier: MIT */
/* Enumerates the block devices of this machine, and their names. */
#ifndef PROBE_DEVICE_BLOCK_H
#define PROBE_DEVICE_BLOCK_H

#include "device.h"
#include "probe/kernel/sysfs.h"

struct block_dev {
	char name[SYSFS_NAME]; /* in /sys/class/block: "sda1", "cciss!c0d0" */
	char disk[SYSFS_NAME]; /* the disk of a partition, otherwise name */
	unsigned major, minor; /* 0:0 for an NVMe namespace that only has a generic node */
	bool partition, read_only;
};

struct block_devs {
	struct block_dev *dev;
	unsigned n;
};

/* Lists the devices that can be opened, sorted by name. Paths of a multipath namespace cannot, and are left
 * out. Free *out with block_devs_free(), also on failure. Returns -errno. */
int block_devs_read(struct kernel *k, struct block_devs *out);

void block_devs_free(struct block_devs *devs);

/* Returns the index, or -ENODEV. */
int block_find(const struct block_devs *devs, unsigned major, unsigned minor);

/* Returns the path of the node: "/dev/sda1", "/dev/cciss/c0d0". */
void block_path(const char *name, char out[static SYSFS_NAME + 8]);

#define BLOCK_NAMES 6

struct block_name {
	const char *what; /* "serial", "WWID", "NGUID", "EUI64", "UUID", "PARTUUID" */
	char text[DEVICE_TEXT];
};

/* Fills in the device's names, the preferred one first, and returns their number. Other devices may have the
 * same ones: clones, and for the serial number other namespaces of the controller. A partition does not have
 * the names of its disk. */
unsigned block_names(struct kernel *k, const struct block_dev *dev,
		     struct block_name out[static BLOCK_NAMES]);

#endif
