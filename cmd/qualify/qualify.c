/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/stat.h>

#include "bench/qualify/qualify.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "emit-qualify.h"
#include "make-plan.h"
#include "probe/lib/base.h"

struct qualify_args {
	struct opt_list devices, consents;
	bool overwrite, overwrite_signature, parallel, check, make;
	const char *slack;
};

#define OPT(member) offsetof(struct qualify_args, member)

static const struct opt opt_rows[] = {
	{ "device", 0, OPT_LIST, OPT(devices), .arg = "TARGET",
	  .help = "run the plan on this device, file or folder (default: the current folder); "
		  "repeatable" },
	{ "parallel", 0, OPT_BOOL, OPT(parallel),
	  .help = "measure all devices at the same time, each in its own process" },
	{ "check", 0, OPT_BOOL, OPT(check),
	  .help = "list all mistakes in the plan, and run nothing" },
	{ "make-plan", 0, OPT_BOOL, OPT(make),
	  .help = "print a plan from results of bench and qualify of good machines" },
	{ "slack", 0, OPT_STR, OPT(slack), .def = "10%", .arg = "PERCENT",
	  .help = "with --make-plan: how much worse than these results still passes" },
	{ "overwrite", 0, OPT_BOOL, OPT(overwrite),
	  .help = "consent to write to existing files that --device names" },
	{ "destroy-data-on", 0, OPT_LIST, OPT(consents), .arg = "NAME",
	  .help = "consent to write to the block device with this unique serial, WWID, NGUID, "
		  "EUI64, PARTUUID, path in /dev/disk/by-id, or, if it has none of these, path; "
		  "repeatable" },
	{ "overwrite-signature", 0, OPT_BOOL, OPT(overwrite_signature),
	  .help = "consent to write over a file system, a partition table or the like on those "
		  "devices" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);

static const char *const examples[] = {
	"uringtool qualify quick",
	"a quick check of this machine and the current folder, with a shipped plan",
	"uringtool qualify plan.json --device=/dev/nvme0n1 --device=/dev/nvme1n1 -o results/",
	"does this machine with these two drives pass; the result in results/qualify.json",
	"uringtool qualify --check plan.json",
	"check a plan: every mistake with its line",
	"uringtool qualify --make-plan good-1.json good-2.json --slack=15% -o plan.json",
	"a plan from the results of two good machines",
	NULL,
};

/* Prints each mistake on a line, as compilers do. */
static int tell_mistakes(const struct invocation *inv, const char *name, const struct mistakes *m,
			 const struct fail *f)
{
	for (unsigned i = 0; i < m->n; i++)
		cmd_error(inv, "%s:%u: %s%s%s", name, m->list[i].line, m->list[i].where,
			  *m->list[i].where ? ": " : "", m->list[i].text);
	return cmd_fail(inv, f);
}

/* Prints the first check that caused the verdict. */
static void tell_why(struct invocation *inv, const struct qualification *q)
{
	const struct check *c = q->checks;

	while (c < q->checks + q->n_checks && (!c->required || c->verdict != q->verdict))
		c++;
	if (c < q->checks + q->n_checks)
		cmd_because(inv, "%s; the first is %s%s%s", q->why, c->id, *c->why ? ": " : "",
			    c->why);
}

static int exit_code(const struct qualification *q)
{
	if (live_stop)
		return 128 + live_stop;
	if (q->verdict == CHECK_PASSES)
		return EXIT_OK;
	if (q->verdict == CHECK_FAILS)
		return EXIT_UNMET;
	if (q->refused)
		return EXIT_REFUSED;
	if (q->probe.access.verdict == ACCESS_REFUSED || q->probe.access.verdict == ACCESS_ABSENT)
		return EXIT_UNAVAILABLE;
	return q->broken ? EXIT_RUNTIME : EXIT_UNDECIDED;
}

static int run_plan(struct invocation *inv, const struct plan *plan)
{
	const struct qualify_args *args = inv->opts;
	const struct qualify_opts opts = {
		.devices = &args->devices,
		.consents = &args->consents,
		.overwrite = args->overwrite,
		.overwrite_signature = args->overwrite_signature,
		.parallel = args->parallel,
		.stop = &live_stop,
		.progress = args->parallel && args->devices.n > 1 ? NULL : live_progress(),
	};
	struct qualification q;
	struct fail f;
	int code;

	live_begin();
	code = qualify_run(inv->kernel, plan, &opts, &q, &f);
	live_clear();
	if (code < 0)
		return live_stop ? 128 + live_stop : cmd_fail(inv, &f);
	emit_qualification(inv->out, &q);
	code = exit_code(&q);
	if (code != EXIT_OK)
		tell_why(inv, &q);
	qualify_free(&q);
	return code;
}

static int run(struct invocation *inv)
{
	const struct qualify_args *args = inv->opts;
	struct mistakes m = { 0 };
	struct plan plan;
	struct fail f;
	int code;

	if (args->make && args->check) {
		cmd_error(inv, "--check and --make-plan do not go together");
		return EXIT_USAGE;
	}
	if (args->make)
		return make_plan(inv, args->slack);
	if (inv->n_args != 1) {
		cmd_error(inv, "%s; see uringtool qualify --help",
			  inv->n_args ? "one plan at a time" : "which plan? quick is one");
		return EXIT_USAGE;
	}
	if (plan_load(inv->args[0], &plan, &m, &f) < 0) {
		code = tell_mistakes(inv, inv->args[0], &m, &f);
		mistakes_free(&m);
		return code;
	}
	if (args->check) {
		emit_plan(inv->out, &plan);
		code = EXIT_OK;
	} else {
		code = run_plan(inv, &plan);
	}
	plan_free(&plan);
	return code;
}

static const char *kind(const void *opts)
{
	const struct qualify_args *args = opts;

	return args->make ? "plan" : args->check ? "check" : "qualify";
}

const struct command cmd_qualify = {
	.name = "qualify",
	.args = "PLAN",
	.max_args = 4096,
	.summary = "does this machine pass: a plan of requirements and benchmarks with limits",
	.examples = examples,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct qualify_args),
	.output_folder = true,
	.kind = kind,
	.run = run,
};
