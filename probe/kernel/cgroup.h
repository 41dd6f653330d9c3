/* SPDX-License-Identifier: MIT */
/* The cgroups that this process is in. */
#ifndef PROBE_KERNEL_CGROUP_H
#define PROBE_KERNEL_CGROUP_H

#include "kernel.h"

typedef void (*cgroup_fn)(struct kernel *k, const char *folder, void *arg);

/* Calls fn with the folder of this process's cgroup and of each one above it: in cgroup v2, and in the v1
 * hierarchy of the controller. */
void cgroup_each(struct kernel *k, const char *controller, cgroup_fn fn, void *arg);

#endif
