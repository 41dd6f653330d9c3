/* SPDX-License-Identifier: MIT */
/* Returns a target to a state as if nothing had ever been written to it. */
#ifndef BENCH_TARGET_PURGE_H
#define BENCH_TARGET_PURGE_H

#include <stdbool.h>
#include <stdint.h>

struct fail;
struct target;

enum purge_how {
	PURGE_NONE,
	PURGE_DISCARD, /* discards the part in use; in a file punches a hole */
	PURGE_FORMAT,  /* NVMe Format NVM of the whole namespace, which erases its data */
};

extern const char *const purge_words[]; /* NULL-terminated */

struct purge {
	enum purge_how how;
	uint64_t bytes, elapsed_ns;
};

/*
 * Purges the open target, which must be writable. Only the part in use is discarded. A format keeps the
 * format of the blocks; it needs a target that is a whole namespace, and a controller that does not format
 * its other namespaces with it.
 *
 * Returns -EINTR if *stop was set; FAIL_UNAVAILABLE if the target cannot be purged in that way,
 * FAIL_REFUSED if more than the target would be erased, or another errno.
 */
int purge_run(struct target *t, enum purge_how how, const volatile int *stop, struct purge *out,
	      struct fail *f);

#define NVME_IDENTIFY_BYTES 4096

/* From the drive's Identify Controller and Identify Namespace data: returns command dword 10 of the Format
 * NVM command that keeps block size, metadata and protection of the namespace and erases the user data. */
uint32_t purge_format_dword(const unsigned char namespace[static NVME_IDENTIFY_BYTES]);

/* Returns whether a format or erasure of one namespace is one of all of them. */
bool purge_formats_all(const unsigned char controller[static NVME_IDENTIFY_BYTES]);

#endif
