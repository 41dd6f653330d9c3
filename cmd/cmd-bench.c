/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>

#include "bench/run.h"
#include "cmd.h"
#include "emit-bench.h"
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

/* Set by the first SIGINT or SIGTERM: which one. The second ends the program at once. */
static volatile int stop;

static void on_signal(int sig)
{
	if (stop)
		_exit(128 + sig);
	stop = sig;
}

static void catch_signals(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void show_progress(void *arg, const struct progress *p)
{
	_cleanup_str_ struct str line = { 0 };

	(void)arg;
	str_addf(&line, "\r\033[K%3.0f %%  ", 100 * p->share);
	out_number(&line, p->iops, OUT_COUNT);
	str_add(&line, " IOPS  p99 ");
	out_number(&line, p->p99_ns, OUT_NS);
	fputs(str_text(&line), stderr);
	fflush(stderr);
}

static int exit_code(const struct result *res)
{
	if (res->trouble.failed || res->trouble.short_ios)
		return EXIT_RUNTIME;
	if (stop)
		return 128 + stop;
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
	const struct job *job = inv->opts;
	const char *path = inv->n_args ? inv->args[0] : NULL;
	_cleanup_(free_result) struct result *res = calloc(1, sizeof(*res));
	bool tty = isatty(STDERR_FILENO);
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
	catch_signals();
	r = bench_run(job, path, &stop, tty ? show_progress : NULL, NULL, res, &f);
	if (tty)
		fputs("\r\033[K", stderr);
	if (r < 0) {
		r = cmd_fail(inv, &f);
		return stop ? 128 + stop : r;
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
	.opts_size = sizeof(struct job),
	.run = run,
};
