/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "emit-probe.h"
#include "probe.h"
#include "probe/feature/diff.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"

bool is_live(const char *path)
{
	return !strcmp(path, "live");
}

static int open_document(const struct invocation *inv, const char *path,
			 const struct findings *found, struct probe_document *d, struct fail *f)
{
	const struct recording *rec = inv->kernel->replays;
	struct machine here;
	int r;

	if (!is_live(path))
		return probe_document_load(path, d, f);
	machine_here(&here);
	r = probe_document_of(&found->probe, rec ? inv->common.replay : path,
			      found->identity.release, rec ? rec->machine.hostname : here.hostname,
			      d);
	if (r < 0)
		return fail_set(f, r, "out of memory");
	d->replayed = rec;
	return 0;
}

static void emit_side(struct out *o, const char *key, const char *label,
		      const struct probe_document *d)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "%s: %s on %s, io_uring %s%s", d->from, d->kernel, d->hostname, d->verdict,
		 d->replayed ? ", replayed" : "");
	out_obj(o, key, NULL);
	out_str(o, "from", NULL, d->from);
	out_str(o, "kernel", NULL, d->kernel);
	out_str(o, "hostname", NULL, d->hostname);
	out_bool(o, "replayed", NULL, d->replayed);
	out_str(o, "verdict", NULL, d->verdict);
	out_str(o, "cause", NULL, d->cause);
	out_end(o);
	out_str(o, NULL, label, str_text(&text));
}

/* "yes" if all three are; otherwise the answer that differs. */
static void told_text(const struct told *t, struct str *to)
{
	if (!t)
		str_add(to, "not told");
	else if (t->known != ANSWER_YES)
		str_addf(to, "%s", t->known == ANSWER_NO ? "no" : "undecided");
	else if (t->permitted == ANSWER_NO)
		str_add(to, "not permitted");
	else if (t->works == ANSWER_YES)
		str_add(to, "yes");
	else
		str_addf(to, "known, works: %s", answer_names[t->works]);
}

static void emit_told(struct out *o, const char *key, const char *label, const struct told *t)
{
	_cleanup_str_ struct str text = { 0 };

	told_text(t, &text);
	if (t) {
		out_obj(o, key, NULL);
		out_str(o, "known", NULL, answer_names[t->known]);
		out_str(o, "permitted", NULL, answer_names[t->permitted]);
		out_str(o, "works", NULL, answer_names[t->works]);
		out_end(o);
	} else {
		out_null(o, key, NULL);
	}
	out_str(o, NULL, label, str_text(&text));
	out_tone(o, told_has(t) ? TONE_GOOD : TONE_BAD);
}

static void emit_difference(struct out *o, const struct difference *d)
{
	const struct told *t = d->a && (*d->a->name || !d->b) ? d->a : d->b;
	bool a = told_has(d->a), b = told_has(d->b);

	out_row(o, NULL, "");
	out_str(o, "table", "table", t->table);
	out_u64(o, "number", "no", t->number, OUT_PLAIN);
	out_str(o, "name", NULL, *t->name ? t->name : NULL);
	out_str(o, NULL, "name", *t->name ? t->name : "(unnamed)");
	out_str(o, "since", "since", t->since);
	out_str(o, "has", NULL, a && b ? "both" : a ? "a" : b ? "b" : "none");
	emit_told(o, "a", "A", d->a);
	emit_told(o, "b", "B", d->b);
	out_end(o);
}

static unsigned count(const struct difference *list, int n, bool a, bool b)
{
	unsigned found = 0;

	for (int i = 0; i < n; i++)
		found += told_has(list[i].a) == a && told_has(list[i].b) == b;
	return found;
}

static int emit_comparison(struct invocation *inv, const struct probe_document *a,
			   const struct probe_document *b)
{
	_cleanup_free_ struct difference *list = NULL;
	struct out *o = inv->out;
	int n = probe_documents_diff(a, b, &list);
	bool same;

	if (n < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	same = n == 0 && !strcmp(a->verdict, b->verdict) && !strcmp(a->cause, b->cause);
	out_bool(o, "same", "the same", same);
	emit_side(o, "a", "A", a);
	emit_side(o, "b", "B", b);
	out_u64(o, "only_a", "only A has", count(list, n, true, false), OUT_PLAIN);
	out_u64(o, "only_b", "only B has", count(list, n, false, true), OUT_PLAIN);
	out_arr(o, "differences", n ? "Differences" : NULL);
	for (int i = 0; i < n; i++)
		emit_difference(o, &list[i]);
	out_end(o);
	if (n)
		cmd_because(inv, "%s and %s are not the same: %d difference%s", a->from, b->from, n,
			    n == 1 ? "" : "s");
	else if (!same)
		cmd_because(inv, "%s and %s are not the same: their access to io_uring differs",
			    a->from, b->from);
	return same ? EXIT_OK : EXIT_UNMET;
}

int probe_diff(struct invocation *inv, const char *path_a, const char *path_b,
	       const struct findings *found)
{
	_cleanup_(probe_document_free) struct probe_document a = { .n = 0 }, b = { .n = 0 };
	struct fail f;
	int r = open_document(inv, path_a, found, &a, &f);

	if (r == 0)
		r = open_document(inv, path_b, found, &b, &f);
	return r < 0 ? cmd_fail(inv, &f) : emit_comparison(inv, &a, &b);
}
