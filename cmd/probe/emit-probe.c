/* SPDX-License-Identifier: MIT */
#include "emit-probe.h"

#include "probe/lib/base.h"

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

void emit_access(struct out *o, const struct access *a)
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
	out_bool(o, "selinux_enforcing", a->seen.selinux ? "SELinux enforcing" : NULL,
		 a->seen.selinux);
	out_obj(o, "calls", NULL);
	emit_trial(o, "io_uring_setup", &a->seen.setup);
	emit_trial(o, "io_uring_enter", &a->seen.enter);
	emit_trial(o, "io_uring_register", &a->seen.reg);
	out_end(o);
	out_str(o, "ring", NULL,
		a->cause == CAUSE_LIMITS || a->verdict == ACCESS_USABLE ? errno_name(a->seen.ring)
									: NULL);
	out_end(o);
}

static void emit_answer(struct out *o, const char *key, enum answer a)
{
	out_str(o, key, key, answer_names[a]);
	out_tone(o, answer_tones[a]);
}

/* In the text, the evidence replaces the purpose of a row that is not simply usable. */
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

void emit_kver(struct out *o, const char *key, const char *label, struct kver v)
{
	char text[16] = "?";

	if (v.major)
		snprintf(text, sizeof(text), "%u.%u", v.major, v.minor);
	out_str(o, key, label, text);
}

static void emit_names(struct out *o, const char *key, const char *label,
		       const struct fact *const *facts, unsigned n)
{
	out_arr(o, key, n ? label : NULL);
	for (unsigned i = 0; i < n; i++)
		out_str(o, NULL, NULL, facts[i]->row->name);
	out_end(o);
}

/* Shows the versions only if they differ. */
static void identity_text(const struct identity *id, struct str *to)
{
	const struct kver says = { id->says.major, id->says.minor };

	if (!id->looks_like.major || !id->has_says)
		return;
	if (id->n_backports)
		str_addf(to, "says %u.%u, has the features of %u.%u", says.major, says.minor,
			 id->looks_like.major, id->looks_like.minor);
	else if (id->n_gaps)
		str_addf(to, "says %u.%u, and lacks some of it", says.major, says.minor);
	if (to->len &&
	    (id->newest.major != id->looks_like.major || id->newest.minor != id->looks_like.minor))
		str_addf(to, "%s %u.%u", id->n_backports ? " and some of" : "; has some of",
			 id->newest.major, id->newest.minor);
}

void emit_identity(struct out *o, const struct identity *id)
{
	_cleanup_str_ struct str text = { 0 };
	char says[32];

	snprintf(says, sizeof(says), "%u.%u.%u", id->says.major, id->says.minor, id->says.patch);
	identity_text(id, &text);
	out_obj(o, "kernel", "Kernel");
	out_str(o, "release", "release", id->release);
	out_str(o, "version", id->has_says ? "version" : NULL, id->has_says ? says : NULL);
	emit_kver(o, "looks_like", id->looks_like.major ? "io_uring looks like" : NULL,
		  id->looks_like);
	emit_kver(o, "newest_constant", NULL, id->newest);
	out_str(o, NULL, text.len ? "which" : NULL, str_text(&text));
	emit_names(o, "backports", "newer than it says", id->backports, id->n_backports);
	emit_names(o, "gaps", "lacks", id->gaps, id->n_gaps);
	out_u64(o, "unnamed", id->n_unnamed ? "newer than this program" : NULL, id->n_unnamed,
		OUT_PLAIN);
	out_end(o);
}

/* Unknown values have no key; null means no limit. */
static void emit_amount(struct out *o, const char *key, const char *label, uint64_t value,
			enum out_unit unit)
{
	if (value != LIMIT_NONE) {
		out_u64(o, key, label, value, unit);
		return;
	}
	out_null(o, key, NULL);
	out_str(o, NULL, label, "unlimited");
}

static void emit_limit(struct out *o, const char *name, const char *title,
		       const struct resource_limit *l, enum out_unit unit)
{
	static const char *const ends[] = { "soft", "hard" };

	for (unsigned i = 0; l->known && i < ARRAY_SIZE(ends); i++) {
		_cleanup_str_ struct str key = { 0 }, label = { 0 };

		str_addf(&key, "%s_%s%s", name, ends[i], unit == OUT_BYTES ? "_bytes" : "");
		str_addf(&label, "%s%s", title, i ? ", hard limit" : "");
		emit_amount(o, str_text(&key), i && l->hard == l->soft ? NULL : str_text(&label),
			    i ? l->hard : l->soft, unit);
	}
}

static void emit_cost(struct out *o, const struct limits *l)
{
	const struct ring_cost *c = &l->cost;
	_cleanup_str_ struct str charged = { 0 };

	str_addf(&charged, "charged for %u entries", c->entries);
	out_u64(o, "ring_entries", NULL, c->entries, OUT_PLAIN);
	if (c->err) {
		out_str(o, "ring_charge_error", str_text(&charged), errno_name(c->err));
	} else {
		out_u64(o, "ring_charged_bytes", str_text(&charged), c->charged_bytes, OUT_BYTES);
		out_u64(o, "measured_as_uid", NULL, c->uid, OUT_PLAIN);
	}
	if (!c->err && !c->exempt && !c->locked_untold)
		out_u64(o, "user_locked_bytes", "charged already", c->locked_bytes, OUT_BYTES);
	out_bool(o, "exempt_from_memlock", c->exempt ? "exempt (CAP_IPC_LOCK)" : NULL, c->exempt);
	if (!c->err || c->err == -ENOMEM)
		emit_amount(o, "rings_by_memlock",
			    c->exempt ? "rings another user can make" : "rings by locked memory",
			    l->fit_memlock, OUT_PLAIN);
}

static void emit_limits(struct out *o, const struct limits *l)
{
	out_obj(o, "limits", "Limits");
	emit_limit(o, "memlock", "locked memory", &l->memlock, OUT_BYTES);
	emit_limit(o, "nofile", "open files", &l->nofile, OUT_PLAIN);
	emit_limit(o, "nproc", "processes", &l->nproc, OUT_PLAIN);
	if (l->cost.err != -ENODATA)
		emit_cost(o, l);
	if (l->nofile.known)
		emit_amount(o, "rings_by_nofile", "rings by open files", l->fit_nofile, OUT_PLAIN);
	if (l->max_entries)
		out_u64(o, "max_entries", "entries of a ring", l->max_entries, OUT_PLAIN);
	if (l->has_group)
		out_i64(o, "io_uring_group", l->io_uring_disabled == 1 ? "io_uring_group" : NULL,
			l->io_uring_group);
	out_end(o);
}

static void emit_hints(struct out *o, const struct findings *found)
{
	out_arr(o, "diagnoses", found->n_hints ? "Mind" : NULL);
	for (unsigned i = 0; i < found->n_hints; i++) {
		const struct hint *d = &found->hints[i];

		out_obj(o, NULL, d->what);
		out_str(o, "what", NULL, d->what);
		out_str(o, "cause", "cause", d->cause);
		out_str(o, "evidence", "evidence", d->evidence);
		out_str(o, "fix", "fix", d->fix);
		out_end(o);
	}
	out_end(o);
}

void emit_findings(struct out *o, const struct findings *found)
{
	const struct probe *p = &found->probe;

	emit_access(o, &p->access);
	emit_identity(o, &found->identity);
	emit_limits(o, &found->limits);
	emit_hints(o, found);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		if (p->n_facts[kind])
			emit_table(o, p, kind);
	emit_contradictions(o, p);
}
