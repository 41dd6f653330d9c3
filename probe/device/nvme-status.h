/* SPDX-License-Identifier: MIT */
/*
 * What an NVMe drive answers when it refuses a command: cqe->res of a passthrough command, and what the
 * ioctl returns, where that is more than 0.
 */
#ifndef PROBE_DEVICE_NVME_STATUS_H
#define PROBE_DEVICE_NVME_STATUS_H

#include <stddef.h>

/* Status code type and status code, without the flags above them (CRD, M, DNR). */
static inline unsigned nvme_status_code(unsigned status)
{
	return status & 0x7ff;
}

/* "NVME_SC_READ_ERROR", the kernel's name; "NVME_SC_0x2ff" for one that is not known here, in a per-thread
 * buffer until the next call. */
const char *nvme_status_name(unsigned status);

/* "unrecovered read error", or NULL for one that is not known here. */
const char *nvme_status_meaning(unsigned status);

/* "NVMe status 0x281 (unrecovered read error)". */
void nvme_status_text(unsigned status, char *out, size_t size);

#endif
