/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd.h"
#include "emit-target.h"
#include "probe/base.h"
#include "probe/probe.h"

struct probe_opts {
	struct knob_list targets;
};

static const struct knob knobs[] = {
	{ "target", 0, KNOB_LIST, offsetof(struct probe_opts, targets), .arg = "FILE",
	  .help = "also what works on this file or device, which is only read from; repeatable, "
		  "and "
		  "'socket' for a TCP connection" },
};
static const unsigned n_knobs = ARRAY_SIZE(knobs);

static const char *const examples[] = {
	"uringtool probe",
	"what of io_uring works here, for this process",
	"uringtool probe --json | jq -r '.ops[] | select(.works == \"no\") | .name'",
	"the opcodes that do not work",
	"uringtool probe --target /dev/nvme0n1 --target /dev/ng0n1",
	"whether IOPOLL truly polls on this drive, and passthrough works",
	NULL,
};

static const enum out_tone answer_tones[ANSWERS] = {
	[ANSWER_UNDECIDED] = TONE_WARN,
	[ANSWER_NO] = TONE_BAD,
	[ANSWER_YES] = TONE_GOOD,
	[ANSWER_NA] = TONE_DIM,
};

static const enum out_tone access_tones[] = {
	[ACCESS_USABLE] = TONE_GOOD,
	[ACCESS_REFUSED] = TONE_BAD,
	[ACCESS_ABSENT] = TONE_BAD,
	[ACCESS_UNDECIDED] = TONE_WARN,
};

static void emit_trial(struct out *o, const char *key, const struct trial *t)
{
	_cleanup_str_ struct str result = { 0 };

	if (t->sig)
		str_addf(&result, "killed by signal %d", t->sig);
	else
		str_add(&result, errno_name(t->ret));
	out_str(o, key, NULL, str_text(&result));
}

static void emit_known(struct out *o, const char *key, const char *label, int value)
{
	if (value < 0)
		out_null(o, key, label);
	else
		out_i64(o, key, label, value);
}

static void emit_access(struct out *o, const struct access *a)
{
	out_obj(o, "access", "io_uring for this process");
	out_str(o, "verdict", "verdict", access_verdict_names[a->verdict]);
	out_tone(o, access_tones[a->verdict]);
	out_str(o, "cause", a->cause == CAUSE_NONE ? NULL : "cause", access_cause_names[a->cause]);
	out_str(o, "why", "why", a->why);
	out_str(o, "fix", *a->fix ? "fix" : NULL, a->fix);
	emit_known(o, "uid", "uid", a->seen.uid);
	emit_known(o, "seccomp", "seccomp mode", a->seen.seccomp);
	emit_known(o, "io_uring_disabled", "kernel.io_uring_disabled", a->seen.sysctl);
	out_obj(o, "calls", NULL);
	emit_trial(o, "io_uring_setup", &a->seen.setup);
	emit_trial(o, "io_uring_enter", &a->seen.enter);
	emit_trial(o, "io_uring_register", &a->seen.reg);
	out_end(o);
	out_end(o);
}

static void emit_answer(struct out *o, const char *key, enum answer a)
{
	out_str(o, key, key, answer_names[a]);
	out_tone(o, answer_tones[a]);
}

/* In the text, what a row is for gives way to why it is not plainly usable. */
static void emit_evidence(struct out *o, const struct fact *f)
{
	bool plain = f->known == ANSWER_YES && f->permitted == ANSWER_YES && f->works == ANSWER_YES;
	_cleanup_str_ struct str line = { 0 };

	out_arr(o, "evidence", NULL);
	for (unsigned i = 0; i < f->n_evidence; i++) {
		const struct evidence *e = &f->evidence[i];

		out_obj(o, NULL, NULL);
		out_str(o, "call", NULL, e->call);
		out_str(o, "args", NULL, e->args);
		out_str(o, "result", NULL, e->result);
		out_end(o);
		if (plain)
			continue;
		str_addf(&line, "%s%s", line.len ? "; " : "", e->call);
		if (*e->args)
			str_addf(&line, " (%s)", e->args);
		str_addf(&line, ": %s", e->result);
	}
	out_end(o);
	if (!line.len)
		str_add(&line, f->row ? f->row->doc : "newer than the tables of this program");
	out_str(o, NULL, "about", str_text(&line));
}

static void emit_fact(struct out *o, enum uapi_kind kind, const struct fact *f)
{
	const struct uapi_table *t = &uapi_tables[kind];
	char since[16] = "?";

	if (f->row)
		snprintf(since, sizeof(since), "%u.%u", f->row->since.major, f->row->since.minor);
	out_row(o, NULL, "");
	if (kind == UAPI_OPFLAG) {
		out_str(o, "area", "area", f->row->area);
		out_u64(o, "value", NULL, f->number, OUT_PLAIN);
	} else {
		out_u64(o, "number", t->is_mask ? "bit" : "no", f->number, OUT_PLAIN);
	}
	if (t->is_mask)
		out_u64(o, "value", NULL, 1ull << f->number, OUT_PLAIN);
	out_str(o, "name", NULL, f->row ? f->row->name : NULL);
	out_str(o, NULL, "name", f->row ? uapi_short(kind, f->row) : "(unnamed)");
	out_str(o, "since", "since", since);
	emit_answer(o, "known", f->known);
	emit_answer(o, "permitted", f->permitted);
	emit_answer(o, "works", f->works);
	emit_evidence(o, f);
	out_end(o);
}

static void emit_table(struct out *o, const struct probe *p, enum uapi_kind kind)
{
	const struct uapi_table *t = &uapi_tables[kind];
	_cleanup_str_ struct str title = { 0 };

	str_addf(&title, "%s%s%s%s: %u known of %u", t->title, *t->prefix ? " " : "", t->prefix,
		 *t->prefix ? "*" : "", probe_count(p, kind, ANSWER_YES), p->n_facts[kind]);
	out_arr(o, t->key, str_text(&title));
	for (unsigned i = 0; i < p->n_facts[kind]; i++)
		emit_fact(o, kind, &p->facts[kind][i]);
	out_end(o);
}

static void emit_contradictions(struct out *o, const struct probe *p)
{
	out_arr(o, "contradictions", p->n_contradictions ? "Contradictions" : NULL);
	for (unsigned i = 0; i < p->n_contradictions; i++) {
		const struct contradiction *c = &p->contradictions[i];

		out_row(o, NULL, "");
		out_str(o, "table", "table", uapi_tables[c->kind].key);
		out_u64(o, "number", "no", c->fact->number, OUT_PLAIN);
		out_str(o, "name", "name", c->fact->row ? c->fact->row->name : NULL);
		out_str(o, "text", "what", c->text);
		out_end(o);
	}
	out_end(o);
}

static int run(struct invocation *inv)
{
	const struct probe_opts *opts = inv->opts;
	_cleanup_(probe_free) struct probe p = { 0 };
	int r = probe_run(inv->kernel, &p), targets;

	if (r < 0) {
		cmd_error(inv, "%s", strerror(-r));
		return EXIT_RUNTIME;
	}
	emit_access(inv->out, &p.access);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		if (p.n_facts[kind])
			emit_table(inv->out, &p, kind);
	emit_contradictions(inv->out, &p);
	targets = emit_targets(inv, &p.access, &opts->targets);
	switch (p.access.verdict) {
	case ACCESS_USABLE:
		return targets;
	case ACCESS_UNDECIDED:
		return EXIT_UNDECIDED;
	default:
		return EXIT_UNAVAILABLE;
	}
}

const struct command cmd_probe = {
	.name = "probe",
	.summary = "what of io_uring works here: opcodes, flags, features, and why not",
	.examples = examples,
	.knobs = knobs,
	.n_knobs = &n_knobs,
	.opts_size = sizeof(struct probe_opts),
	.run = run,
};
