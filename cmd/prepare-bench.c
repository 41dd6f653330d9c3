/* SPDX-License-Identifier: MIT */
#include "cmd-bench.h"
#include "live.h"

int bench_prepare(const struct bench_opts *opts, const struct job *job, const char *path,
		  const struct follower *who, struct target *out, struct precondition *pre,
		  struct fail *f)
{
	struct job opening = *job;
	struct target t;
	double times = 0;
	int r = job_validate(job, f);

	if (r == 0 && opts->precondition) {
		if (job->rw == RW_NOP)
			return fail_as(f, FAIL_USAGE, -EINVAL, "nop has no target to precondition");
		if (job->verify_only)
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "--precondition writes over what --verify-only reads");
		opening = precondition_opening(job);
		r = precondition_parse(opts->precondition, &times, f);
	}
	if (r == 0)
		r = target_open(&opening, path, &live_stop, &t, f);
	if (r < 0)
		return r;
	if (opts->precondition)
		r = precondition_run(job, &t, times, &live_stop, who, pre, f);
	if (r < 0)
		target_close(&t, false);
	else
		*out = t;
	return r;
}
