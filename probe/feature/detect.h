/* SPDX-License-Identifier: MIT */
/*
 * What the kernel knows, found without memory locked and mostly without a ring. Each function fills
 * the facts of one table that its caller prepared (row and number set, all else zero).
 */
#ifndef PROBE_FEATURE_DETECT_H
#define PROBE_FEATURE_DETECT_H

#include "probe/kernel/kernel.h"
#include "probe/uapi/fact.h"

/* What IORING_REGISTER_QUERY (6.18) says: compile-time numbers and masks. */
struct query {
	int err; /* 0, or why there is no answer: -EINVAL before 6.18 */
	uint32_t n_ops, n_register_ops;
	uint64_t features, setup_flags, enter_flags, sqe_flags;
};

void detect_query(struct kernel *k, struct query *q);

/* Opcodes: REGISTER_PROBE (5.6) on a small ring, against the query. */
void detect_ops(struct kernel *k, const struct query *q, struct fact *facts, unsigned n);

/* Setup flags: io_uring_setup(NO_MMAP | flag) without memory (6.5), else and in addition a real
 * small ring with each flag in its smallest legal company. *features is what the kernel returned, or
 * 0 when no ring could be made. */
void detect_setup_flags(struct kernel *k, struct fact *facts, unsigned n, uint32_t *features);

void detect_features(uint32_t features, struct fact *facts, unsigned n);

/* Register operations: their number is judged before the fd is. */
void detect_register_ops(struct kernel *k, struct fact *facts, unsigned n);

/* Enter flags: likewise. had_ring: this task made a ring before, without which REGISTERED_RING cannot
 * be told. */
void detect_enter_flags(struct kernel *k, bool had_ring, struct fact *facts, unsigned n);

#endif
