/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

#include "cmd/output/emit-host.h"
#include "emit-probe.h"
#include "emit-target.h"
#include "probe/feature/as-user.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"

#define OPT(member) offsetof(struct probe_opts, member)

static const struct opt opt_rows[] = {
	{ "require", 0, OPT_STR, OPT(require), .arg = "LIST",
	  .help = "check only these requirements, such as "
		  "op:SEND_ZC,setup:SINGLE_ISSUER+DEFER_TASKRUN" },
	{ "for", 0, OPT_STR, OPT(applications), .arg = "LIST",
	  .help = "check what these applications need: names of shipped profiles, or files" },
	{ "list", 0, OPT_BOOL, OPT(list),
	  .help = "list everything that --require and --for know, without probing" },
	{ "diff", 0, OPT_BOOL, OPT(diff),
	  .help = "compare two results of probe --json: each a file, - (standard input) or live" },
	{ "macros", 0, OPT_STR_OPTIONAL, OPT(macros), .arg = "PREFIX",
	  .help = "print C definitions for a build system, with PREFIX (default: HAVE_)" },
	{ "as-user", 0, OPT_STR, OPT(as_user), .arg = "UID",
	  .help = "probe as this user (number or name), with the limits of this process" },
	{ "unprivileged", 0, OPT_BOOL, OPT(unprivileged),
	  .help = "probe without privileges: root probes as nobody" },
	{ "target", 0, OPT_LIST, OPT(targets), .arg = "FILE",
	  .help = "also check what works on this file or device, which is only read, or, with "
		  "'socket', on a TCP connection; repeatable" },
	{ "entries", 0, OPT_UINT, OPT(entries), .def = "256", .min = 1, .max = 32768,
	  .help = "entries of the ring whose memlock charge is measured" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);

static const char *const examples[] = {
	"uringtool probe",
	"what of io_uring works here, for this process",
	"uringtool probe --json | jq -r '.ops[] | select(.works == \"no\") | .name'",
	"the opcodes that do not work",
	"uringtool probe --target /dev/nvme0n1 --target /dev/ng0n1",
	"whether IOPOLL truly polls on this drive, and passthrough works",
	"uringtool probe --for postgresql-18 --as-user postgres",
	"would PostgreSQL 18 run on io_uring here, as its user",
	"uringtool probe --require op:SEND_ZC,feat:EXT_ARG,kernel:'>=5.11'",
	"are these available: exit code 0 yes, 1 no, 3 undecided, 77 io_uring is not usable",
	"uringtool probe --diff other.json live",
	"differences between another machine and this one",
	NULL,
};

int access_exit(const struct access *a)
{
	switch (a->verdict) {
	case ACCESS_USABLE:
		return EXIT_OK;
	case ACCESS_UNDECIDED:
		return EXIT_UNDECIDED;
	default:
		return EXIT_UNAVAILABLE;
	}
}

static int check_options(const struct invocation *inv, struct fail *f)
{
	const struct probe_opts *o = inv->opts;
	unsigned forms = (o->require || o->applications) + o->list + o->diff + !!o->macros;

	if (forms > 1)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--require and --for, --list, --diff and --macros do not go "
			       "together");
	if (o->diff ? inv->n_args != 2 : inv->n_args != 0)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       o->diff ? "--diff takes two results: files, - or live"
				       : "unexpected argument '%s'; see uringtool probe --help",
			       inv->n_args ? inv->args[0] : "");
	if (o->diff && !strcmp(inv->args[0], inv->args[1]) && !strcmp(inv->args[0], "-"))
		return fail_as(f, FAIL_USAGE, -EINVAL, "standard input holds one result only");
	if (o->targets.n && (forms || o->as_user || o->unprivileged))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--target is for a plain probe: not for a question, and not as "
			       "another user");
	if (o->as_user && o->unprivileged)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--as-user and --unprivileged do not go together");
	if ((o->as_user || o->unprivileged) && inv->common.replay)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--as-user and --unprivileged cannot be used with --replay: a "
			       "recording has the answers of one user");
	return 0;
}

/* Everything that queries the kernel. */
struct work {
	const struct probe_opts *opts;
	struct questions *questions;
	struct findings found;
};

static int ask(struct kernel *k, void *arg)
{
	struct work *w = arg;
	int r = findings_make(k, w->opts->entries, &w->found);

	if (r == 0 && w->questions)
		questions_judge(w->questions, k, &w->found);
	return r;
}

static int ask_here(struct kernel *k, struct work *w, struct fail *f)
{
	int r = ask(k, w);

	return r < 0 ? fail_set(f, r, "%s", strerror(-r)) : 0;
}

static int whom(const struct probe_opts *o, struct as_user *who, struct fail *f)
{
	char nobody[16];

	snprintf(nobody, sizeof(nobody), "%u", AS_USER_NOBODY);
	return as_user_find(o->as_user ? o->as_user : nobody, who, f);
}

/* Records the other user's answers in a child, and replays them here. */
static int ask_as(struct invocation *inv, struct work *w, struct fail *f)
{
	struct recording own = { 0 }, *rec = kernel_recording(inv->kernel);
	struct as_user who;
	struct kernel *k;
	int r = whom(w->opts, &who, f);

	if (r < 0)
		return r;
	if (!as_user_is_privileged() && (w->opts->unprivileged || who.uid == geteuid()))
		return ask_here(inv->kernel, w, f);
	if (!rec)
		rec = &own;
	r = as_user_ask(&who, ask, w, rec, f);
	if (r == 0) {
		k = kernel_replay(rec);
		r = k ? ask_here(k, w, f) : fail_set(f, -ENOMEM, "out of memory");
		kernel_free(k);
	}
	recording_free(&own);
	return r;
}

static int answer(struct invocation *inv, struct work *w)
{
	const struct probe_opts *o = w->opts;
	int targets, code;

	if (o->macros)
		return probe_macros(inv, o->macros, &w->found);
	emit_replayed_text(inv->out, inv->kernel->replays);
	if (w->questions)
		return questions_emit(inv, w->questions, &w->found);
	if (o->diff)
		return probe_diff(inv, inv->args[0], inv->args[1], &w->found);
	emit_findings(inv->out, &w->found);
	targets = emit_targets(inv, &w->found.probe.access, &o->targets);
	code = access_exit(&w->found.probe.access);
	if (code != EXIT_OK)
		cmd_because(inv, "%s", w->found.probe.access.why);
	return code == EXIT_OK ? targets : code;
}

static int run(struct invocation *inv)
{
	const struct probe_opts *o = inv->opts;
	struct work w = { .opts = o };
	struct fail f;
	int r = check_options(inv, &f);

	if (r == 0 && o->list)
		return probe_list(inv);
	if (r == 0 && o->diff && !is_live(inv->args[0]) && !is_live(inv->args[1]))
		return probe_diff(inv, inv->args[0], inv->args[1], NULL);
	if (r == 0 && (o->require || o->applications))
		r = questions_parse(o, &w.questions, &f);
	if (r == 0)
		r = o->as_user || o->unprivileged ? ask_as(inv, &w, &f)
						  : ask_here(inv->kernel, &w, &f);
	r = r < 0 ? cmd_fail(inv, &f) : answer(inv, &w);
	findings_free(&w.found);
	questions_free(w.questions);
	return r;
}

static const char *kind(const void *opts)
{
	const struct probe_opts *o = opts;

	if (o->require || o->applications)
		return "requirements";
	if (o->list)
		return "catalogue";
	if (o->diff)
		return "comparison";
	return o->macros ? "macros" : "probe";
}

const struct command cmd_probe = {
	.name = "probe",
	.args = "[A B]",
	.max_args = 2,
	.summary = "what of io_uring works here: opcodes, flags, features, and why not",
	.examples = examples,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct probe_opts),
	.kind = kind,
	.replayable = true,
	.run = run,
};
