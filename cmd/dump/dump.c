/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/output/emit-host.h"
#include "cmd/progress.h"
#include "emit-dump.h"
#include "probe/feature/as-user.h"
#include "probe/lib/base.h"
#include "probe/lib/mono.h"
#include "watch.h"

struct dump_opts {
	uint64_t samples, interval_ns, watch_ns;
};

static const struct opt opt_rows[] = {
	{ "samples", 'n', OPT_UINT, offsetof(struct dump_opts, samples), .def = "2", .min = 1,
	  .max = 1000000,
	  .help = "number of samples; problems are found by what does not change between them" },
	{ "interval", 'i', OPT_TIME, offsetof(struct dump_opts, interval_ns), .def = "100ms",
	  .min = 1000000, .max = 3600000000000, .help = "time between samples" },
	{ "watch", 'w', OPT_TIME, offsetof(struct dump_opts, watch_ns), .min = 10000000,
	  .max = 3600000000000, .arg = "INTERVAL",
	  .help = "show a live table, updated at this interval, until Ctrl-C" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);

static const char *const examples[] = {
	"uringtool dump",
	"every ring on this machine, its owner, and what is pending in it",
	"uringtool dump 4711",
	"the rings of a process: header, pending SQEs, unreaped CQEs, and what is wrong there",
	"uringtool dump 4711:5 --samples=500 --interval=10ms --json",
	"five seconds of samples of one ring, as JSON",
	"uringtool dump --watch=1s",
	"all rings, live, with rates",
	NULL,
};

/* "4711" or "4711:5" */
static int parse_target(const char *text, int *pid, int *fd)
{
	struct text t = { text, text + strlen(text) };
	int32_t got_pid, got_fd = -1;

	if (!text_i32(&t, &got_pid) || got_pid <= 0 ||
	    (text_skip(&t, ":") && (!text_i32(&t, &got_fd) || got_fd < 0)) || text_left(&t))
		return -EINVAL;
	*pid = got_pid;
	*fd = got_fd;
	return 0;
}

/* State of one ring. */
struct record {
	struct look *looks;
	struct seen seen;
	uint64_t info_ns;
	struct capture capture;
	bool captured;
};

struct session {
	struct kernel *k;
	struct dump_offsets offsets;
	struct dump_scan scan;
	struct record *records;
	unsigned n_looks;
};

static void session_free(struct session *s)
{
	for (unsigned i = 0; s->records && i < s->scan.n; i++) {
		free(s->records[i].looks);
		capture_free(&s->records[i].capture);
	}
	free(s->records);
	scan_free(&s->scan);
}

static int collect(struct session *s, const struct dump_opts *opts, bool detail)
{
	uint64_t start = mono_ns();

	s->records = calloc(s->scan.n + 1, sizeof(*s->records));
	for (unsigned i = 0; s->records && i < s->scan.n; i++) {
		s->records[i].info_ns = start;
		s->records[i].looks = calloc(opts->samples, sizeof(*s->records[i].looks));
		if (!s->records[i].looks)
			return -ENOMEM;
	}
	if (!s->records)
		return -ENOMEM;
	while (s->n_looks < opts->samples && !(live_stop && s->n_looks)) {
		for (unsigned i = 0; i < s->scan.n; i++) {
			struct record *r = &s->records[i];

			sample_ring(s->k, &s->offsets, &s->scan.rings[i], mono_ns(), &r->info_ns,
				    &r->looks[s->n_looks], &r->seen);
		}
		s->n_looks++;
		if (s->n_looks < opts->samples && s->scan.n)
			sample_wait(start + s->n_looks * opts->interval_ns, &live_stop);
	}
	for (unsigned i = 0; detail && i < s->scan.n; i++) {
		struct record *r = &s->records[i];
		struct look *last = &r->looks[s->n_looks - 1];
		int e;

		scan_info(s->k, &s->scan.rings[i]);
		e = attach_capture(s->k, &s->offsets, &s->scan.rings[i], &r->capture);
		if (e < 0)
			return e;
		r->captured = true;
		r->seen = r->capture.seen;
		if (r->seen.source == SOURCE_NONE)
			continue;
		/* The last sample is the one that the lists belong to. */
		last->t_ns = mono_ns();
		last->has_state = true;
		last->has_flags = r->capture.has_flags;
		last->state = r->capture.state;
		last->overflow = s->scan.rings[i].info_err ? 0
							   : s->scan.rings[i].info.n[INFO_OVERFLOW];
	}
	return 0;
}

static void emit_offsets(struct out *o, const struct dump_offsets *off, bool label)
{
	_cleanup_str_ struct str line = { 0 };

	out_obj(o, "offsets", NULL);
	out_str(o, "source", NULL, off->from_ring ? "reference ring" : "predicted");
	out_str(o, "form", NULL, off->form);
	out_str(o, "why", NULL, *off->why ? off->why : NULL);
	out_end(o);
	if (!label)
		return;
	if (off->from_ring)
		str_add(&line, "of a ring made here for comparison");
	else
		str_addf(&line, "predicted for Linux %u.%u, as no ring can be made here (%s)",
			 off->kernel.major, off->kernel.minor, off->why);
	out_str(o, NULL, "offsets", str_text(&line));
}

static void emit_hidden(struct out *o, unsigned hidden, bool more_if_privileged)
{
	_cleanup_str_ struct str line = { 0 };

	out_u64(o, "hidden_processes", NULL, hidden, OUT_PLAIN);
	if (!hidden)
		return;
	str_addf(&line, "%u process%s that may not be looked into%s", hidden,
		 hidden > 1 ? "es" : "",
		 more_if_privileged ? "; run this as root, or with CAP_SYS_PTRACE" : "");
	out_str(o, NULL, "not seen", str_text(&line));
}

static void emit_session(struct out *o, const struct session *s, bool complete)
{
	struct dump_view view = { .k = s->k, .n_looks = s->n_looks };
	bool detail = s->scan.n && s->records[0].captured;

	emit_offsets(o, &s->offsets, detail);
	out_arr(o, "rings", s->scan.n ? "" : "rings");
	for (unsigned i = 0; i < s->scan.n; i++) {
		const struct record *r = &s->records[i];

		view.ring = &s->scan.rings[i];
		view.looks = r->looks;
		view.seen = &r->seen;
		view.capture = r->captured ? &r->capture : NULL;
		emit_ring(o, &view);
	}
	out_end(o);
	for (unsigned i = 0; !detail && i < s->scan.n; i++) {
		struct problem found[PROBLEMS];
		char name[32];
		unsigned n;

		view.ring = &s->scan.rings[i];
		view.looks = s->records[i].looks;
		n = dump_problems(&view, found);
		dump_ring_name(view.ring, name, sizeof(name));
		for (unsigned j = 0; j < n; j++) {
			out_str(o, NULL, name, found[j].what);
			out_tone(o, TONE_BAD);
		}
	}
	emit_hidden(o, s->scan.hidden, !s->k->replays && !as_user_has(CAP_SYS_PTRACE));
	out_bool(o, "complete", complete ? NULL : "complete", complete);
}

static int one_dump(struct invocation *inv, struct session *s, int pid, int fd)
{
	const struct dump_opts *opts = inv->opts;
	struct fail f;
	int r = scan_rings(s->k, s->offsets.kernel, pid, fd, &s->scan, &f);

	if (r < 0)
		return cmd_fail(inv, &f);
	r = collect(s, opts, pid >= 0);
	if (r < 0) {
		cmd_error(inv, "%s", strerror(-r));
		return EXIT_RUNTIME;
	}
	emit_replayed_text(inv->out, s->k->replays);
	emit_session(inv->out, s, !live_stop);
	return live_stop ? 128 + live_stop : EXIT_OK;
}

static int run(struct invocation *inv)
{
	const struct dump_opts *opts = inv->opts;
	_cleanup_(session_free) struct session s = { .k = inv->kernel };
	int pid = -1, fd = -1;
	struct fail f;

	if (inv->n_args && parse_target(inv->args[0], &pid, &fd) < 0) {
		cmd_error(inv, "'%s' is neither PID nor PID:FD", inv->args[0]);
		return EXIT_USAGE;
	}
	if (opts->watch_ns && (inv->common.json || inv->common.output)) {
		cmd_error(inv,
			  "--watch is for a terminal; for JSON use --samples=N --interval=TIME");
		return EXIT_USAGE;
	}
	if (opts->watch_ns && s.k->replays) {
		cmd_error(inv, "--watch cannot be used with --replay: a recording does not change");
		return EXIT_USAGE;
	}
	if (attach_offsets(s.k, &s.offsets, &f) < 0)
		return cmd_fail(inv, &f);
	live_begin();
	if (opts->watch_ns)
		return watch_rings(inv, &s.offsets, pid, fd, opts->watch_ns, &live_stop);
	return one_dump(inv, &s, pid, fd);
}

const struct command cmd_dump = {
	.name = "dump",
	.args = "[PID[:FD]]",
	.max_args = 1,
	.summary = "what the rings of running processes hold now, and what is wrong there",
	.examples = examples,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct dump_opts),
	.replayable = true,
	.run = run,
};
