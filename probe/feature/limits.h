/* SPDX-License-Identifier: MIT */
/*
 * Limits for the rings of this process, and what one ring is charged against them.
 *
 * The charge is measured, because no formula is right for all kernels: one page is registered under
 * increasing limits, before and after a ring is created. If the limit has no space for that, a ring itself
 * is created under increasing limits.
 */
#ifndef PROBE_FEATURE_LIMITS_H
#define PROBE_FEATURE_LIMITS_H

#include "probe/kernel/kernel.h"

#define LIMIT_NONE     UINT64_MAX
#define LIMITS_ENTRIES 256u /* default size of the measured ring */

struct resource_limit {
	bool known;
	uint64_t soft, hard; /* LIMIT_NONE: unlimited */
};

/* Charge of a ring with this many entries against RLIMIT_MEMLOCK. */
struct ring_cost {
	unsigned entries;
	int err;      /* 0, or why there is no measurement: -ENOMEM if not even one ring fits */
	bool exempt;  /* this process itself is not charged (CAP_IPC_LOCK) */
	unsigned uid; /* user that it was measured as */
	uint64_t charged_bytes; /* for one ring; includes locked_bytes if locked_untold */
	uint64_t locked_bytes;	/* already charged to this user; 0 if unknown */
	bool locked_untold;	/* the limit has space for one ring and nothing else */
};

struct limits {
	struct resource_limit memlock, nofile, nproc;
	struct ring_cost cost;
	uint64_t fit_memlock, fit_nofile; /* number of rings; LIMIT_NONE: no limit */
	unsigned max_entries;		  /* of one ring, 0 unknown */
	int io_uring_disabled;		  /* sysctl; -1: does not exist */
	bool has_group;
	int64_t io_uring_group; /* sysctl, -1: no group; only if has_group */
};

/* Measures with a ring of this many entries. may_ring: io_uring is usable; otherwise no ring is created.
 * Values that cannot be read are set to unknown. */
void limits_probe(struct kernel *k, unsigned entries, bool may_ring, struct limits *l);

/* Measures only the charge. */
void limits_ring_cost(struct kernel *k, unsigned entries, struct ring_cost *cost);

/* Returns 1 if this process is not charged, because it has CAP_IPC_LOCK in the initial user namespace, and
 * -1 if unknown. */
int limits_memlock_exempt(struct kernel *k);

/* Number of rings of that cost that fit under the soft limit; LIMIT_NONE if it does not limit them. */
uint64_t limits_fit_memlock(const struct resource_limit *memlock, const struct ring_cost *cost);

#endif
