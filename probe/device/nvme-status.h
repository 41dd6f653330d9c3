/* SPDX-License-Identifier: MIT */
/*
 * NVMe error statuses: the positive values of cqe->res of a passthrough command and of the ioctl.
 */
#ifndef PROBE_DEVICE_NVME_STATUS_H
#define PROBE_DEVICE_NVME_STATUS_H

#include <stddef.h>

/* Returns status code type and status code, without the flags (CRD, M, DNR). */
static inline unsigned nvme_status_code(unsigned status)
{
	return status & 0x7ff;
}

/* Returns the kernel's name, "NVME_SC_READ_ERROR", or "NVME_SC_0x2ff" for an unknown status, in a per-thread
 * buffer that is valid until the next call. */
const char *nvme_status_name(unsigned status);

/* Returns "unrecovered read error", or NULL for an unknown status. */
const char *nvme_status_meaning(unsigned status);

/* "NVMe status 0x281 (unrecovered read error)". */
void nvme_status_text(unsigned status, char *out, size_t size);

#endif
