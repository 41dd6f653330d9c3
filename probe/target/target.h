/* SPDX-License-Identifier: MIT */
/*
 * Finds out what of io_uring works on a file or device. It is opened read-only and not changed: the trials
 * are reads, statx(2), and commands that only query or are known to be refused.
 */
#ifndef PROBE_TARGET_TARGET_H
#define PROBE_TARGET_TARGET_H

#include "probe/device/blkstack.h"
#include "probe/device/device.h"
#include "probe/device/dio-align.h"
#include "probe/device/mount.h"
#include "probe/feature/access.h"
#include "probe/uapi/fact.h"

struct fail;

/* Name of TARGET_SOCKET: a TCP connection on the loopback, created for the trial. */
#define TARGET_SOCKET_NAME "socket"

enum target_type {
	TARGET_FILE,
	TARGET_BLOCK,
	TARGET_NVME_NS,	     /* /dev/ng0n1: commands to a namespace */
	TARGET_NVME,	     /* /dev/nvme0: commands to a controller */
	TARGET_UBLK_CONTROL, /* /dev/ublk-control */
	TARGET_MEM,	     /* /dev/null and similar devices */
	TARGET_SOCKET,
	TARGET_TYPES,
};

extern const char *const target_type_names[TARGET_TYPES];

struct target_fact {
	struct fact fact; /* row->name is "O_DIRECT", "IOPOLL", "RWF_NOWAIT" … */
	char why[160];	  /* remark for the user, or "" */
	char fix[160];	  /* how to fix it, or "" */
};

#define TARGET_MAX_FACTS 32

struct target_report {
	const char *path; /* owned by the caller */
	enum target_type type;
	uint64_t bytes; /* 0 if it has no size */
	struct alignment align;
	struct atomic_write atomic;
	bool has_mount; /* files */
	struct mount mount;
	/* The device itself, or the one under the file; for TARGET_NVME only its controller. */
	bool has_device;
	struct device device;
	struct stack stack; /* of the device; none for a character device */
	char sibling[64];   /* /dev/ng0n1 of /dev/nvme0n1 and the reverse, or "" */
	struct target_fact facts[TARGET_MAX_FACTS];
	unsigned n_facts;
};

/*
 * Fills *t. If a says that io_uring is not usable, no ring is created, and facts that need one are not
 * permitted.
 *
 * Returns a negative errno with f filled: errors of open(2) and stat(2); -EISDIR for a directory;
 * FAIL_REFUSED with -EPERM for a pipe, a socket or another character device, because opening it may have
 * side effects.
 */
int target_probe(struct kernel *k, const struct access *a, const char *path,
		 struct target_report *t, struct fail *f);

#endif
