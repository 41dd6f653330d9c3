/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "probe/lib/base.h"

int worker_open(struct worker *w, int attach, struct fail *f)
{
	w->tally = calloc(IO_KINDS, sizeof(*w->tally));
	w->trouble = calloc(1, sizeof(*w->trouble));
	w->service = calloc(1, sizeof(*w->service));
	w->findings = calloc(1, sizeof(*w->findings));
	if (!w->tally || !w->trouble || !w->service || !w->findings)
		return fail_set(f, -ENOMEM, "out of memory");
	return rig_open(&w->rig, w->job, w->index, w->fd, attach, f);
}

void worker_close(struct worker *w)
{
	rig_close(&w->rig);
	free(w->tally);
	free(w->trouble);
	free(w->service);
	free(w->findings);
	w->tally = NULL;
	w->trouble = NULL;
	w->service = NULL;
	w->findings = NULL;
}
