/* SPDX-License-Identifier: MIT */
/* What uringtool probe finds out of this kernel, whatever is asked. */
#ifndef CMD_PROBE_FINDINGS_H
#define CMD_PROBE_FINDINGS_H

#include "probe/feature/hints.h"
#include "probe/feature/identity.h"
#include "probe/feature/limits.h"
#include "probe/feature/probe.h"

struct findings {
	struct probe probe;
	struct identity identity;
	struct limits limits;
	struct hint hints[MAX_HINTS];
	unsigned n_hints;
};

/* Fills *found; free it with findings_free(). Returns the errors of probe_run(), or -ENOMEM. */
int findings_make(struct kernel *k, unsigned entries, struct findings *found);
void findings_free(struct findings *found);

#endif
