/* SPDX-License-Identifier: MIT */
/* What a block device is stacked on, and what is stacked on it. */
#ifndef PROBE_DEVICE_BLKSTACK_H
#define PROBE_DEVICE_BLKSTACK_H

#include "probe/kernel/sysfs.h"

#define STACK_MAX 16

struct stack_layer {
	char name[SYSFS_NAME];
	char what[160];	 /* "LVM", "CRYPT", "raid1", "file /a/b", … ; "" for a plain device */
	unsigned depth;	 /* 0: the device asked for */
	int64_t io_poll; /* of its queue, a partition has its disk's; -1 unknown */
};

struct stack {
	struct stack_layer layers[STACK_MAX]; /* from the top down, depth first */
	unsigned n;
	struct sysfs_names holders; /* what holds the device asked for */
};

/* name as in /sys/class/block. Layers past STACK_MAX are dropped. */
void stack_of(struct kernel *k, const char *name, struct stack *out);

#endif
