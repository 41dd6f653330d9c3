/* SPDX-License-Identifier: MIT */
/* Runs all detection. */
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

/* Fills *p; free it with probe_free(). Leaves nothing behind. Returns -ENOMEM, or why the access test could
 * not run. Refused access is a result, not a failure. */
int probe_run(struct kernel *k, struct probe *p);

void probe_free(struct probe *p);

/* Number of facts of a kind with this answer to "known". */
unsigned probe_count(const struct probe *p, enum uapi_kind kind, enum answer known);

#endif
