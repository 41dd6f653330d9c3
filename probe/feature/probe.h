/* SPDX-License-Identifier: MIT */
/* Everything that is found out about io_uring in one go. */
#ifndef PROBE_FEATURE_PROBE_H
#define PROBE_FEATURE_PROBE_H

#include "access.h"
#include "cross-check.h"
#include "detect.h"
#include "probe/uapi/fact.h"

struct probe {
	struct access access;
	struct query query;
	uint32_t features; /* as io_uring_setup() returned them; 0: no ring */
	struct fact *facts[UAPI_KINDS];
	unsigned n_facts[UAPI_KINDS];
	struct contradiction *contradictions; /* point to facts */
	unsigned n_contradictions;
};

/* Fills *p; the caller frees it with probe_free(). Nothing stays behind. -ENOMEM, or what kept the
 * access test from running. That io_uring is refused is a result and no failure. */
int probe_run(struct kernel *k, struct probe *p);

void probe_free(struct probe *p);

/* How many facts of a kind have this answer to "known". */
unsigned probe_count(const struct probe *p, enum uapi_kind kind, enum answer known);

#endif
