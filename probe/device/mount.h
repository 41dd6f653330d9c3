/* SPDX-License-Identifier: MIT */
/* The mount that a file lies on; /proc/self/mountinfo, proc(5). */
#ifndef PROBE_DEVICE_MOUNT_H
#define PROBE_DEVICE_MOUNT_H

#include <stdint.h>

struct mount {
	char type[32];	   /* of the file system */
	char source[256];  /* "/dev/nvme0n1p2" */
	char options[512]; /* of the mount and of the file system */
};

/* The line of a mountinfo text with this number. Octal escapes in the source are resolved. What is
 * too long is cut. -ENODATA when there is no such line, or it is malformed. */
int mount_parse(const char *mountinfo, uint64_t id, struct mount *out);

/* The mount of an open file. -errno. */
int mount_of(int fd, struct mount *out);

#endif
