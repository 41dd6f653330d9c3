/* SPDX-License-Identifier: MIT */
/*
 * What bounds the rings of this process: limits, and what one ring is charged against them.
 *
 * The charge is measured. How much the kernel holds against the user is found by registering one
 * page under ever larger limits, before and after a ring is made; no formula fits all kernels. Where
 * the limit has no room for that, a ring itself is made under ever larger limits.
 */
#ifndef PROBE_FEATURE_LIMITS_H
#define PROBE_FEATURE_LIMITS_H

#include "probe/kernel/kernel.h"

#define LIMIT_NONE     UINT64_MAX
#define LIMITS_ENTRIES 256u /* of the ring that is measured unless asked otherwise */

struct resource_limit {
	bool known;
	uint64_t soft, hard; /* LIMIT_NONE: unlimited */
};

/* What a ring of so many entries is charged against RLIMIT_MEMLOCK. */
struct ring_cost {
	unsigned entries;
	int err;      /* 0, or why there is no measurement: -ENOMEM when not even one fits */
	bool exempt;  /* this process itself is not charged (CAP_IPC_LOCK) */
	unsigned uid; /* as whom it was measured */
	uint64_t charged_bytes; /* by one ring; with what is held already where that is not told */
	uint64_t locked_bytes;	/* already held against this user, by whatever; 0 if not told */
	bool locked_untold;	/* the limit has room for one ring and for nothing beside it */
};

struct limits {
	struct resource_limit memlock, nofile, nproc;
	struct ring_cost cost;
	uint64_t fit_memlock, fit_nofile; /* rings; LIMIT_NONE: this does not bound them */
	unsigned max_entries;		  /* of one ring, 0 unknown */
	int io_uring_disabled;		  /* sysctl; -1: there is none */
	bool has_group;
	int64_t io_uring_group; /* sysctl, -1: no group; only if has_group */
};

/* Measures with a ring of so many entries. may_ring: io_uring is usable, else no ring is tried. Only
 * what can be seen is filled, the rest says unknown. */
void limits_probe(struct kernel *k, unsigned entries, bool may_ring, struct limits *l);

/* The charge alone. */
void limits_ring_cost(struct kernel *k, unsigned entries, struct ring_cost *cost);

/* Whether this process is not charged: 1 when it has CAP_IPC_LOCK, which counts in the first user namespace
 * only; -1 when that is not told. */
int limits_memlock_exempt(struct kernel *k);

/* How many rings of that cost fit under the soft limit, LIMIT_NONE when it does not bound them. */
uint64_t limits_fit_memlock(const struct resource_limit *memlock, const struct ring_cost *cost);

#endif
