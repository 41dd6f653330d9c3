/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "probe/lib/base.h"

int worker_open(struct worker *w, int attach, struct fail *f)
{
	w->tally = calloc(IO_KINDS, sizeof(*w->tally));
	w->errors = calloc(1, sizeof(*w->errors));
	w->service = calloc(IO_KINDS, sizeof(*w->service));
	w->findings = calloc(1, sizeof(*w->findings));
	if (!w->tally || !w->errors || !w->service || !w->findings)
		return fail_set(f, -ENOMEM, "out of memory");
	if (w->verifier && w->verifier->log.fd >= 0 && !w->job->verify_only) {
		w->promises = promises_new(w->verifier, w->job->iodepth);
		if (!w->promises)
			return fail_set(f, -ENOMEM, "out of memory");
	}
	return worker_ring_open(&w->wr, w->job, w->index, w->fd, attach, f);
}

void worker_close(struct worker *w)
{
	worker_ring_close(&w->wr);
	free(w->tally);
	free(w->errors);
	free(w->service);
	free(w->findings);
	promises_free(w->promises);
	w->tally = NULL;
	w->errors = NULL;
	w->service = NULL;
	w->findings = NULL;
	w->promises = NULL;
}
