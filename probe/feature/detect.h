/* SPDX-License-Identifier: MIT */
/*
 * Detects what the kernel knows, without locked memory and mostly without a ring. Each function fills the
 * facts of one table, in which the caller has set row and number, and zeroed the rest.
 */
#ifndef PROBE_FEATURE_DETECT_H
#define PROBE_FEATURE_DETECT_H

#include "probe/kernel/kernel.h"
#include "probe/uapi/fact.h"

/* Answer of IORING_REGISTER_QUERY (6.18): compile-time numbers and masks. */
struct query {
	int err; /* 0, or why there is none: -EINVAL before 6.18 */
	uint32_t n_ops, n_register_ops;
	uint64_t features, setup_flags, enter_flags, sqe_flags;
};

void detect_query(struct kernel *k, struct query *q);

/* Opcodes: REGISTER_PROBE (5.6) on a small ring, compared with the query. */
void detect_ops(struct kernel *k, const struct query *q, struct fact *facts, unsigned n);

/* Setup flags: io_uring_setup(NO_MMAP | flag) without memory (6.5), and small real rings with each flag and
 * the fewest others that it needs. *features is what the kernel returned, or 0 if no ring could be created. */
void detect_setup_flags(struct kernel *k, struct fact *facts, unsigned n, uint32_t *features);

void detect_features(uint32_t features, struct fact *facts, unsigned n);

/* Register operations: the kernel checks the number before the fd. */
void detect_register_ops(struct kernel *k, struct fact *facts, unsigned n);

/* Enter flags: likewise. had_ring: this task has created a ring, without which REGISTERED_RING cannot be
 * detected. */
void detect_enter_flags(struct kernel *k, bool had_ring, struct fact *facts, unsigned n);

#endif
