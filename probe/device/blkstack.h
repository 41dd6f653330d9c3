/* SPDX-License-Identifier: MIT */
/* The devices below a block device, and the devices on top of it. */
#ifndef PROBE_DEVICE_BLKSTACK_H
#define PROBE_DEVICE_BLKSTACK_H

#include "probe/kernel/sysfs.h"

#define STACK_MAX 16

struct stack_layer {
	char name[SYSFS_NAME];
	char what[160];	 /* "LVM", "CRYPT", "raid1", "file /a/b", ...; "" for a plain device */
	unsigned depth;	 /* 0: the device itself */
	int64_t io_poll; /* of its queue, for a partition of its disk's; -1 unknown */
};

struct stack {
	struct stack_layer layers[STACK_MAX]; /* top down, depth first */
	unsigned n;
	struct sysfs_names holders; /* what holds the device itself */
};

/* name is from /sys/class/block. Layers beyond STACK_MAX are dropped. */
void stack_of(struct kernel *k, const char *name, struct stack *out);

#endif
