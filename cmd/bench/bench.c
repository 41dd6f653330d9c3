/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <string.h>

#include "bench/method/pts.h"
#include "bench/method/steady.h"
#include "bench/method/verdict.h"
#include "cmd/progress.h"
#include "emit-bench.h"
#include "emit-steady.h"
#include "fio.h"
#include "probe/lib/base.h"

static const char *const examples[] = {
	"uringtool bench",
	"random 4k reads of a temporary file in the current directory, 10 seconds",
	"uringtool bench /dev/nvme0n1 --iodepth=128 --sqpoll --json",
	"read a drive with a submission thread, result as JSON",
	"uringtool bench /dev/nvme0n1 --rw=randwrite --destroy-data-on=S4EWNX0R123456",
	"write to the drive with this serial, and destroy all data on it",
	"uringtool bench /dev/nvme0n1 --format=fio -o result.json",
	"the result in fio's JSON format",
	"uringtool bench /dev/nvme0n1 --steady-state=pts --precondition "
	"--destroy-data-on=S4EWNX0R123456",
	"sustained performance of the drive, after it was filled twice",
	"uringtool bench /dev/nvme0n1 --pts=iops --purge=format --destroy-data-on=S4EWNX0R123456",
	"SNIA's IOPS test of the drive",
	"uringtool bench /dev/nvme0n1 --curve --svg=curve.svg",
	"plot latency against load up to the knee",
	"uringtool bench /dev/nvme0n1 --sweep sqpoll --sweep iopoll --sweep iodepth=1..128",
	"which of these options pay on this drive",
	NULL,
};

static const char *const format_words[] = {
	[FORMAT_OWN] = "uringtool",
	[FORMAT_FIO] = "fio",
	NULL,
};

static const char *const steady_words[] = {
	[STEADY_OFF] = "off",
	[STEADY_PTS] = "pts",
	NULL,
};

static const char *const prefer_words[] = {
	[ASPECT_IOPS] = "iops",
	[ASPECT_P99] = "p99",
	[ASPECT_CPU] = "cpu",
	NULL,
};

#define AT(member) offsetof(struct bench_opts, member)

static const struct opt more_opt_rows[] = {
	{ .name = "format",
	  .type = OPT_WORD,
	  .offset = AT(format),
	  .def = "uringtool",
	  .words = format_words,
	  .arg = "FORM",
	  .help = "format of the result: this program's own, or fio's JSON" },
	{ .name = "purge",
	  .type = OPT_WORD,
	  .offset = AT(purge),
	  .def = "none",
	  .words = purge_words,
	  .arg = "HOW",
	  .help = "first erase what was written: discard the part in use, or format the NVMe "
		  "namespace" },
	{ .name = "precondition",
	  .type = OPT_STR_OPTIONAL,
	  .offset = AT(precondition),
	  .arg = "AMOUNT",
	  .help = "first write the part in use AMOUNT times (default 2x), sequentially; "
		  "then, for a workload with random writes, at random; or sprandom[:OP], one pass "
		  "at random" },
	{ .name = "steady-state",
	  .type = OPT_WORD,
	  .offset = AT(steady),
	  .def = "off",
	  .words = steady_words,
	  .arg = "RULE",
	  .help = "measure in rounds until they are steady by the rule of SNIA's PTS, at most 25" },
	{ .name = "round",
	  .type = OPT_TIME,
	  .offset = AT(round),
	  .def = "60s",
	  .min = 10000000,
	  .max = 86400000000000,
	  .arg = "TIME",
	  .help = "length of a round of --steady-state" },
	{ .name = "curve",
	  .type = OPT_STR_OPTIONAL,
	  .offset = AT(curve),
	  .arg = "ARRIVALS",
	  .help = "measure latency against load, from idle to the knee, with I/Os due at "
		  "constant intervals or, with poisson, at random times" },
	{ .name = "point",
	  .type = OPT_TIME,
	  .offset = AT(point),
	  .def = "2s",
	  .min = 1000000,
	  .max = 3600000000000,
	  .arg = "TIME",
	  .help = "how long each load of the curve is measured" },
	{ .name = "knee",
	  .type = OPT_UINT,
	  .offset = AT(knee),
	  .def = "10",
	  .min = 2,
	  .max = 1000,
	  .arg = "N",
	  .help = "a load is past the knee if p99 is more than N times that of the idle target" },
	{ .name = "budget",
	  .type = OPT_TIME,
	  .offset = AT(budget),
	  .min = 1000000,
	  .max = 86400000000000,
	  .arg = "TIME",
	  .help = "how long the curve or the sweep may take in total (sweep: default 2m)" },
	{ .name = "svg",
	  .type = OPT_STR,
	  .offset = AT(svg),
	  .arg = "FILE",
	  .writes = WRITTEN_PICTURE,
	  .help = "also write the curve to FILE, as SVG" },
	{ .name = "sweep",
	  .type = OPT_LIST,
	  .offset = AT(sweep.factors),
	  .arg = "OPTION[=LEVELS]",
	  .help = "find out which level of an option pays: off,on or 1,8,32 or 1..128 (doubling); "
		  "repeat it to try all combinations" },
	{ .name = "precision",
	  .type = OPT_STR,
	  .offset = AT(sweep.precision),
	  .def = "1%",
	  .arg = "PERCENT",
	  .help = "end the sweep when every change is known to this precision" },
	{ .name = "min-effect",
	  .type = OPT_STR,
	  .offset = AT(sweep.min_effect),
	  .def = "2%",
	  .arg = "PERCENT",
	  .help = "smallest change that matters in a sweep" },
	{ .name = "slice",
	  .type = OPT_TIME,
	  .offset = AT(sweep.slice),
	  .min = 10000000,
	  .max = 3600000000000,
	  .arg = "TIME",
	  .help = "length of one run of a sweep; by default derived from the budget" },
	{ .name = "prefer",
	  .type = OPT_WORD,
	  .offset = AT(sweep.prefer),
	  .def = "iops",
	  .words = prefer_words,
	  .arg = "WHAT",
	  .help = "metric that the recommendation of a sweep puts first" },
	{ .name = "pts",
	  .type = OPT_WORD,
	  .offset = AT(pts.test),
	  .def = "off",
	  .words = pts_words,
	  .arg = "TEST",
	  .help = "a test of SNIA's Performance Test Specification: its matrix of workloads in "
		  "rounds until steady, after --purge and --precondition" },
	{ .name = "pts-time",
	  .type = OPT_TIME,
	  .offset = AT(pts.time),
	  .def = "60s",
	  .min = 10000000,
	  .max = 3600000000000,
	  .arg = "TIME",
	  .help = "how long each cell of the matrix of --pts is measured in a round" },
	{ .name = "pts-rounds",
	  .type = OPT_UINT,
	  .offset = AT(pts.rounds),
	  .def = "25",
	  .min = STEADY_WINDOW,
	  .max = STEADY_MAX_ROUNDS,
	  .arg = "N",
	  .help = "most rounds of --pts" },
	{ .name = "pts-sizes",
	  .type = OPT_STR,
	  .offset = AT(pts.sizes),
	  .arg = "LIST",
	  .help = "only these block sizes of the matrix of --pts, such as 128k,4k" },
	{ .name = "pts-mixes",
	  .type = OPT_STR,
	  .offset = AT(pts.mixes),
	  .arg = "LIST",
	  .help = "only these shares of reads of the matrix of --pts, such as 100,65,0" },
};

int bench_ask_prepare(const struct bench_opts *opts, struct precondition_ask *ask, struct fail *f)
{
	*ask = (struct precondition_ask){ .purge = opts->purge };
	return opts->precondition ? precondition_parse(opts->precondition, ask, f) : 0;
}

int bench_prepare(const struct bench_opts *opts, const struct job *job, const char *path,
		  const struct follower *who, struct target *out, struct precondition *pre,
		  struct fail *f)
{
	struct precondition_ask ask;
	int r = job_validate(job, f);

	if (r == 0)
		r = bench_ask_prepare(opts, &ask, f);
	if (r < 0)
		return r;
	*pre = (struct precondition){ 0 };
	return precondition_open(job, path, &ask, &live_stop, who, out, pre, f);
}

static int exit_code(struct invocation *inv, const struct result *res)
{
	if (res->n_reasons)
		cmd_because(inv, "%s", res->reasons[0]);
	if (io_errors_total(&res->errors) || result_mismatches(res))
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

/* What is done before and between the measurements of a run, if requested. */
struct extras {
	struct precondition precondition;
	struct steady steady;
};

static int measure(const struct bench_opts *opts, const struct job *job, const char *path,
		   struct result *res, struct extras *extras, struct fail *f)
{
	char prefix[LIVE_PREFIX];
	const struct follower who = live_follower(prefix);
	struct target t;
	int r;

	if (!opts->steady && !opts->precondition && !opts->purge)
		return bench_run(job, path, &live_stop, who.progress, prefix, res, f);
	if (opts->steady && job->io_limit)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--steady-state has rounds of one length: drop --io-limit");
	if (opts->steady && job_verifies(job))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--steady-state measures, and verifies nothing: drop --verify");
	r = bench_prepare(opts, job, path, &who, &t, &extras->precondition, f);
	if (r < 0)
		return r;
	follow_step(&who, "");
	if (opts->steady)
		r = steady_run(job, &t, opts->round, &live_stop, &who, &extras->steady, res, f);
	else
		r = bench_on(job, &t, &live_stop, who.progress, prefix, res, f);
	target_close(&t, job->keep);
	return r;
}

static int run(struct invocation *inv)
{
	const struct bench_opts *opts = inv->opts;
	struct job job = opts->job;
	const char *path = inv->n_args ? inv->args[0] : NULL;
	_cleanup_(free_result) struct result *res = calloc(1, sizeof(*res));
	struct extras extras = { 0 };
	struct fail f;
	int r;

	if (job.rw == RW_NOP && path) {
		cmd_error(inv, "nop has no target: drop '%s'", path);
		return EXIT_USAGE;
	}
	if (job.verify_only && (opts->purge || opts->precondition || opts->steady || opts->curve ||
				opts->sweep.factors.n || opts->pts.test)) {
		cmd_error(inv,
			  "--verify-only measures and writes nothing: --purge, --precondition, "
			  "--steady-state, --curve, --sweep and --pts are not for it");
		return EXIT_USAGE;
	}
	if (!opts->pts.test && (opts->pts.sizes || opts->pts.mixes)) {
		cmd_error(inv, "--pts-sizes and --pts-mixes need --pts");
		return EXIT_USAGE;
	}
	if (!!opts->pts.test + !!opts->sweep.factors.n + !!opts->curve > 1) {
		cmd_error(inv, "one of --pts, --sweep and --curve at a time");
		return EXIT_USAGE;
	}
	if (opts->pts.test)
		return bench_pts(inv, path);
	if (opts->sweep.factors.n)
		return bench_sweep(inv, path);
	if (opts->curve)
		return bench_curve(inv, path);
	if (opts->svg) {
		cmd_error(inv, "--svg needs --curve");
		return EXIT_USAGE;
	}
	if (opts->format == FORMAT_FIO) {
		if (form_fio_check(&job, &f) < 0)
			return cmd_fail(inv, &f);
		if (!job.interval)
			job.interval = FORM_FIO_INTERVAL_NS;
	}
	r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	if (!res) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	live_begin();
	r = measure(opts, &job, path, res, &extras, &f);
	live_clear();
	if (r < 0)
		return live_stop ? 128 + live_stop : cmd_fail(inv, &f);
	if (opts->format == FORMAT_FIO && form_fio(&inv->form, res) < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	emit_bench(inv->out, res);
	emit_precondition(inv->out, &extras.precondition);
	emit_steady(inv->out, opts->steady ? &extras.steady : NULL);
	return exit_code(inv, res);
}

static const char *kind(const void *opts)
{
	const struct bench_opts *o = opts;

	return o->pts.test ? "pts" : o->sweep.factors.n ? "sweep" : o->curve ? "curve" : "bench";
}

const struct command cmd_bench = {
	.name = "bench",
	.args = "[TARGET]",
	.max_args = 1,
	.summary = "how fast a file or device is through io_uring, and at what CPU cost",
	.examples = examples,
	.opt_rows = job_opt_rows,
	.n_opt_rows = &n_job_opt_rows,
	.more_opt_rows = more_opt_rows,
	.n_more_opt_rows = ARRAY_SIZE(more_opt_rows),
	.opts_size = sizeof(struct bench_opts),
	.kind = kind,
	.run = run,
};
