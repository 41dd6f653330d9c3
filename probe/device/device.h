/* SPDX-License-Identifier: MIT */
/*
 * Attributes of the block device under a file, from sysfs; Documentation/ABI/stable/sysfs-block. Missing
 * ones are empty strings, -1, or 0 for a size.
 */
#ifndef PROBE_DEVICE_DEVICE_H
#define PROBE_DEVICE_DEVICE_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "probe/kernel/sysfs.h"

#define DEVICE_TEXT 128

struct pcie_link {
	unsigned mt_per_s, lanes; /* 0 unknown */
};

struct device {
	char disk[64]; /* whole disk in /sys/block: "nvme0n1", also for a partition */
	bool partition;
	char model[DEVICE_TEXT], serial[DEVICE_TEXT], wwid[DEVICE_TEXT], firmware[DEVICE_TEXT];
	uint64_t bytes; /* of the partition, if it is one */
	int64_t logical_block, physical_block;

	char transport[16]; /* "pcie", "tcp", "sata", "virtio", "virtual", ... */
	char driver[32];    /* kernel module */
	char pci[16];	    /* address of its PCI device */
	struct pcie_link link, link_max;
	int64_t numa_node; /* -1 also if the machine has only one */

	bool rotational;
	char scheduler[DEVICE_TEXT];
	char write_cache[32]; /* "write back", "write through" */
	char zoned[32];	      /* "none", "host-managed", ... */
	int64_t nr_requests, nomerges, iostats, fua;
	int64_t wbt_lat_us; /* 0: writeback is not throttled */

	int64_t dax; /* files can be mapped without the page cache */

	int64_t io_poll;	   /* queue/io_poll: only a hint */
	int64_t poll_queues_asked; /* the driver's parameter poll_queues */
	int64_t hw_queues;	   /* hardware queues, including poll queues */
	int64_t poll_queues;	   /* poll queues, from debugfs, only for root */

	char backing_file[256]; /* of a loop device */
};

/* Finds the device of an open file: itself if it is a block device, otherwise the one of its file system.
 * Returns -ENODEV if there is none (tmpfs, overlay, btrfs, a character device). */
int device_of(struct kernel *k, const struct stat *st, struct device *d);

/* Finds the block device of an NVMe namespace's character device, and its number: /dev/nvmeXnY for ngXnY.
 * Returns false if st is not such a device, or if it has no block device. */
bool device_block_sibling(struct kernel *k, const struct stat *st, char sibling[static PATH_MAX],
			  dev_t *number);

/* Finds a disk or partition by number; -ENODEV. */
int device_of_number(struct kernel *k, unsigned major, unsigned minor, struct device *d);

/* Describes an NVMe controller ("nvme0") without a namespace; disk is "". Returns -ENODEV. */
int device_of_nvme(struct kernel *k, const char *controller, struct device *d);

/* Number of requests that the disk has in flight, reads and writes; or a negative errno. */
int device_inflight(const struct device *d);

#endif
