/* SPDX-License-Identifier: MIT */
/* The mount of a file; /proc/self/mountinfo, proc(5). */
#ifndef PROBE_DEVICE_MOUNT_H
#define PROBE_DEVICE_MOUNT_H

#include <stdint.h>

struct mount {
	char type[32];	   /* of the file system */
	char source[256];  /* "/dev/nvme0n1p2" */
	char options[512]; /* of the mount and of the file system */
};

/* Parses the line of this mount ID in a mountinfo text. Octal escapes in the source are resolved. Long
 * strings are cut. Returns -ENODATA if there is no such line, or if it is malformed. */
int mount_parse(const char *mountinfo, uint64_t id, struct mount *out);

/* Finds the mount of an open file. Returns -errno. */
int mount_of(int fd, struct mount *out);

#endif
