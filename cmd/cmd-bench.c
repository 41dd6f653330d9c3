/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/run.h"
#include "cmd.h"
#include "emit-bench.h"
#include "live.h"
#include "probe/base.h"

static const char *const examples[] = {
	"uringtool bench",
	"random 4k reads of a file made for it in the current directory, 10 seconds",
	"uringtool bench /dev/nvme0n1 --iodepth=128 --sqpoll --json",
	"read a drive with a submission thread, result as JSON",
	"uringtool bench /dev/nvme0n1 --rw=randwrite --destroy-data-on=S4EWNX0R123456",
	"write to the drive with this serial, and destroy what is on it",
	NULL,
};

/* The job comes first: its rows say where in a struct job a member is. */
struct bench_opts {
	struct job job;
};

static int exit_code(const struct result *res)
{
	if (res->trouble.failed || res->trouble.short_ios)
		return EXIT_RUNTIME;
	if (live_stop)
		return 128 + live_stop;
	if (!res->complete)
		return EXIT_RUNTIME;
	return res->valid ? EXIT_OK : EXIT_UNDECIDED;
}

static void free_result(struct result **res)
{
	if (*res)
		result_free(*res);
	free(*res);
}

static int run(struct invocation *inv)
{
	const struct bench_opts *opts = inv->opts;
	const struct job *job = &opts->job;
	const char *path = inv->n_args ? inv->args[0] : NULL;
	_cleanup_(free_result) struct result *res = calloc(1, sizeof(*res));
	char prefix[] = "";
	struct fail f;
	int r;

	if (inv->kernel != kernel_live()) {
		cmd_error(inv, "--record and --replay are not for a measurement");
		return EXIT_USAGE;
	}
	if (job->rw == RW_NOP && path) {
		cmd_error(inv, "nop has no target: drop '%s'", path);
		return EXIT_USAGE;
	}
	r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	if (!res) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	live_begin();
	r = bench_run(job, path, &live_stop, live_progress(), prefix, res, &f);
	live_clear();
	if (r < 0) {
		r = cmd_fail(inv, &f);
		return live_stop ? 128 + live_stop : r;
	}
	emit_bench(inv->out, res);
	return exit_code(res);
}

const struct command cmd_bench = {
	.name = "bench",
	.args = "[TARGET]",
	.max_args = 1,
	.summary = "how fast a file or device is through io_uring, and at what CPU cost",
	.examples = examples,
	.knobs = job_knobs,
	.n_knobs = &n_job_knobs,
	.opts_size = sizeof(struct bench_opts),
	.run = run,
};
