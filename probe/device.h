/* SPDX-License-Identifier: MIT */
/* What sysfs says of the block device under a file. */
#ifndef PROBE_DEVICE_H
#define PROBE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define DEVICE_TEXT 128

struct device {
	char disk[64]; /* whole disk in /sys/block: "nvme0n1" also for a partition */
	bool partition;
	char model[DEVICE_TEXT], serial[DEVICE_TEXT], wwid[DEVICE_TEXT], firmware[DEVICE_TEXT];
	char scheduler[DEVICE_TEXT];
	bool rotational;
	int io_poll; /* queue/io_poll: a hint and no proof; -1 unknown */
};

/* The device of an open file: itself when it is a block device, else the one its file system lies
 * on. Fields that sysfs lacks stay empty. -ENODEV when there is none (tmpfs, overlay, btrfs, a
 * character device). */
int device_of(const struct stat *st, struct device *d);

/* Requests that the disk has in flight at this moment, reads and writes; negative errno. */
int device_inflight(const struct device *d);

#endif
