/* SPDX-License-Identifier: MIT */
#include "findings.h"

int findings_make(struct kernel *k, unsigned entries, struct findings *out)
{
	struct findings found = { 0 };
	int r = probe_run(k, &found.probe);

	if (r == 0)
		r = identity_find(k, &found.probe, &found.identity);
	if (r < 0) {
		findings_free(&found);
		return r;
	}
	limits_probe(k, entries, found.probe.access.verdict == ACCESS_USABLE, &found.limits);
	found.n_hints = hints_find(&found.probe, &found.limits, found.hints);
	*out = found;
	return 0;
}

void findings_free(struct findings *found)
{
	identity_free(&found->identity);
	probe_free(&found->probe);
}
