/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "cmd/progress.h"

int bench_prepare(const struct bench_opts *opts, const struct job *job, const char *path,
		  const struct follower *who, struct target *out, struct precondition *pre,
		  struct fail *f)
{
	double times = 0;
	int r = job_validate(job, f);

	if (r == 0 && opts->precondition)
		r = precondition_parse(opts->precondition, &times, f);
	return r < 0 ? r : precondition_open(job, path, times, &live_stop, who, out, pre, f);
}
