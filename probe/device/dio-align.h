/* SPDX-License-Identifier: MIT */
/* Alignment for direct I/O, and atomic write limits. */
#ifndef PROBE_DEVICE_DIO_ALIGN_H
#define PROBE_DEVICE_DIO_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

enum align_source {
	ALIGN_UNKNOWN,
	ALIGN_STATX, /* statx(2) STATX_DIOALIGN: block devices and some file systems, from 6.1 on */
	ALIGN_IOCTL, /* BLKSSZGET, of a block device */
	ALIGN_TRIED, /* the smallest alignment with which reads succeeded */
	ALIGN_SOURCES,
};

extern const char *const align_source_names[ALIGN_SOURCES];

struct alignment {
	enum align_source source;
	uint32_t mem;	 /* of the buffer, in bytes; 0 unknown */
	uint32_t offset; /* of offset and length; 0 unknown, or with ALIGN_STATX: no direct I/O */
};

/* Reads the alignment from the kernel, without I/O. */
void direct_alignment(int fd, struct alignment *a);

/* Finds the alignment that is missing in *a by reads at offset at of a file opened with O_DIRECT. buf is
 * aligned to DIRECT_MAX and has that much additional space. Returns 0, or the error that the largest
 * alignment still got. */
#define DIRECT_MAX 4096u
int direct_try_alignment(int fd, uint64_t at, char *buf, struct alignment *a);

/* STATX_WRITE_ATOMIC, 6.11: untorn writes with RWF_ATOMIC. All 0: not supported. */
struct atomic_write {
	uint32_t unit_min, unit_max, segments_max;
};

/* Returns -ENODATA if the kernel or the file system does not report it. */
int atomic_write_of(int fd, struct atomic_write *a);

/* Returns the ID of the mount of fd, as in /proc/self/mountinfo (5.8), or -ENODATA. */
int mount_id_of(int fd, uint64_t *id);

#endif
