/* SPDX-License-Identifier: MIT */
#ifndef PROBE_KERNEL_MEMORY_H
#define PROBE_KERNEL_MEMORY_H

#include "kernel.h"

/* Returns how many bytes of memory this process can still use without swap: what the machine has available,
 * and what its cgroups allow, where files that are only cached count as free. Returns INT64_MAX if the
 * kernel says nothing. */
int64_t memory_available(struct kernel *k);

#endif
