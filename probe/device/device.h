/* SPDX-License-Identifier: MIT */
/*
 * What sysfs says of the block device under a file; Documentation/ABI/stable/sysfs-block. Fields that
 * it lacks are empty texts, or -1, or 0 for a size.
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
	char disk[64]; /* whole disk in /sys/block: "nvme0n1" also for a partition */
	bool partition;
	char model[DEVICE_TEXT], serial[DEVICE_TEXT], wwid[DEVICE_TEXT], firmware[DEVICE_TEXT];
	uint64_t bytes; /* of the partition, if it is one */
	int64_t logical_block, physical_block;

	char transport[16]; /* how it is attached: "pcie", "tcp", "sata", "virtio", "virtual" … */
	char driver[32];    /* kernel module */
	char pci[16];	    /* address of the PCI device it hangs on */
	struct pcie_link link, link_max;
	int64_t numa_node; /* also -1 where the machine has only one */

	bool rotational;
	char scheduler[DEVICE_TEXT];
	char write_cache[32]; /* "write back", "write through" */
	char zoned[32];	      /* "none", "host-managed" … */
	int64_t nr_requests, nomerges, iostats, fua;
	int64_t wbt_lat_us; /* 0: writeback is not throttled */

	int64_t dax; /* files may be mapped to it past the block layer */

	int64_t io_poll;	   /* queue/io_poll: a hint and no proof */
	int64_t poll_queues_asked; /* the driver's parameter poll_queues */
	int64_t hw_queues;	   /* hardware queues, polled ones too */
	int64_t poll_queues;	   /* those of them that are polled, by debugfs, for root alone */

	char backing_file[256]; /* of a loop device */
};

/* The device of an open file: itself when it is a block device, else the one its file system lies
 * on. -ENODEV when there is none (tmpfs, overlay, btrfs, a character device). */
int device_of(struct kernel *k, const struct stat *st, struct device *d);

/* The block device beside an NVMe namespace's character device: /dev/nvmeXnY for that of ngXnY, and its number.
 * false: st is of no such device, or it has none. */
bool device_block_sibling(struct kernel *k, const struct stat *st, char sibling[static PATH_MAX],
			  dev_t *number);

/* The device of a number, disk or partition; -ENODEV. */
int device_of_number(struct kernel *k, unsigned major, unsigned minor, struct device *d);

/* An NVMe controller ("nvme0") without any of its namespaces; disk stays "". -ENODEV. */
int device_of_nvme(struct kernel *k, const char *controller, struct device *d);

/* Requests that the disk has in flight at this moment, reads and writes; negative errno. */
int device_inflight(const struct device *d);

#endif
