/* SPDX-License-Identifier: MIT */
/* Values of job options: the lines are bssplit, random, rate and cpus. */
#include <math.h>
#include <stdlib.h>

#include "bench/job/affinity.h"
#include "bench/job/workload.h"
#include "input.h"
#include "probe/lib/base.h"

static const char *next(char **rest)
{
	const char *line = strsep(rest, "\n");

	return line && *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	char *text = input_text(&in), *rest = text;
	unsigned cpus[64];
	struct io_sizes sizes;
	struct io_rate rate;
	enum io_order order;
	struct job job;
	double theta;
	int r;

	opt_defaults(job_opt_rows, n_job_opt_rows, &job);
	job.bssplit = next(&rest);
	job.random = next(&rest);
	job.random = job.random ? job.random : "uniform";
	job.rate = next(&rest);
	job.cpus = next(&rest);
	if (io_parse(&job, &sizes, &order, &theta, NULL) == 0) {
		EXPECT(sizes.n && sizes.n <= IO_MAX_SIZES && sizes.min >= 512 &&
		       sizes.max >= sizes.min);
		EXPECT(order != ORDER_ZIPF || (theta > 0 && theta <= 10));
		for (unsigned i = 0; i < sizes.n; i++)
			EXPECT(sizes.bytes[i] % sizes.min == 0);
	}
	if (io_rate_parse(&job, &rate, NULL) == 0)
		EXPECT(isfinite(rate.per_s) && rate.per_s >= 0 && !(rate.poisson && rate.closed));
	r = cpu_list(job.cpus, cpus, ARRAY_SIZE(cpus));
	EXPECT(r <= (int)ARRAY_SIZE(cpus));
	free(text);
	return 0;
}
