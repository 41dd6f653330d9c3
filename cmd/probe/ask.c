/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "emit-probe.h"
#include "probe.h"
#include "probe/lib/base.h"
#include "probe/require/profile.h"

/* A clause of a profile or of --require, with its judgements. */
struct asked_clause {
	const struct clause *clause;
	bool applies;
	enum met met;
	struct judgement *judgements; /* one per requirement */
};

struct asked_profile {
	struct profile profile;
	struct asked_clause *needs, *uses;
	enum met met;
	bool all_well; /* everything it can use is available too */
};

struct questions {
	struct clause required; /* of --require */
	struct asked_clause asked;
	struct asked_profile *profiles;
	unsigned n_profiles;
	enum met met;
};

static const enum out_tone met_tones[] = {
	[MET_NO] = TONE_BAD,
	[MET_YES] = TONE_GOOD,
	[MET_UNDECIDED] = TONE_WARN,
};

static unsigned count_words(const char *list)
{
	unsigned n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static int parse_required(struct questions *q, const char *list, struct fail *f)
{
	struct fail why;

	q->required.requirements = calloc(count_words(list), sizeof(*q->required.requirements));
	if (!q->required.requirements)
		return fail_set(f, -ENOMEM, "out of memory");
	for (;;) {
		size_t n = strcspn(list, ",");
		int r = require_parse(list, n, &q->required.requirements[q->required.n], &why);

		if (r < 0)
			return fail_as(f, why.kind, r, "--require: %s", why.msg);
		q->required.n++;
		if (!list[n])
			return 0;
		list += n + 1;
	}
}

static int prepare(struct asked_clause *asked, const struct clause *c)
{
	asked->clause = c;
	asked->judgements = calloc(c->n, sizeof(*asked->judgements));
	return asked->judgements ? 0 : -ENOMEM;
}

static int prepare_all(struct asked_clause **asked, const struct clause *clauses, unsigned n)
{
	int r = 0;

	*asked = calloc(n + 1, sizeof(**asked));
	if (!*asked)
		return -ENOMEM;
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = prepare(&(*asked)[i], &clauses[i]);
	return r;
}

static int parse_profiles(struct questions *q, const char *list, struct fail *f)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *name;
	struct fail why;
	int r;

	q->profiles = calloc(count_words(list), sizeof(*q->profiles));
	if (!copy || !q->profiles)
		return fail_set(f, -ENOMEM, "out of memory");
	while ((name = strsep(&rest, ","))) {
		struct asked_profile *p = &q->profiles[q->n_profiles];

		r = profile_load(name, &p->profile, &why);
		if (r < 0)
			return fail_as(f, why.kind, r, "--for: %s", why.msg);
		q->n_profiles++;
		r = prepare_all(&p->needs, p->profile.needs, p->profile.n_needs);
		if (r == 0)
			r = prepare_all(&p->uses, p->profile.uses, p->profile.n_uses);
		if (r < 0)
			return fail_set(f, r, "out of memory");
	}
	return 0;
}

int questions_parse(const struct probe_opts *opts, struct questions **out, struct fail *f)
{
	struct questions *q = calloc(1, sizeof(*q));
	int r = q ? 0 : fail_set(f, -ENOMEM, "out of memory");

	if (r == 0 && opts->require)
		r = parse_required(q, opts->require, f);
	if (r == 0 && opts->require && prepare(&q->asked, &q->required) < 0)
		r = fail_set(f, -ENOMEM, "out of memory");
	if (r == 0 && opts->applications)
		r = parse_profiles(q, opts->applications, f);
	if (r < 0)
		questions_free(q);
	else
		*out = q;
	return r;
}

static void free_asked(struct asked_clause *asked, unsigned n)
{
	for (unsigned i = 0; asked && i < n; i++)
		free(asked[i].judgements);
	free(asked);
}

void questions_free(struct questions *q)
{
	if (!q)
		return;
	for (unsigned i = 0; i < q->n_profiles; i++) {
		free_asked(q->profiles[i].needs, q->profiles[i].profile.n_needs);
		free_asked(q->profiles[i].uses, q->profiles[i].profile.n_uses);
		profile_free(&q->profiles[i].profile);
	}
	free(q->profiles);
	free(q->required.requirements);
	free(q->asked.judgements);
	free(q);
}

static void judge_clause(struct asked_clause *asked, const struct ground *g)
{
	asked->met = clause_judge(asked->clause, g, asked->judgements, &asked->applies);
}

static bool is_well(const struct asked_clause *asked)
{
	return !asked->applies || asked->met == MET_YES;
}

void questions_judge(struct questions *q, struct kernel *k, const struct findings *found)
{
	const struct ground g = { k, &found->probe, &found->identity, &found->limits };

	q->met = MET_YES;
	if (q->asked.clause) {
		judge_clause(&q->asked, &g);
		q->met = q->asked.met;
	}
	for (unsigned i = 0; i < q->n_profiles; i++) {
		struct asked_profile *p = &q->profiles[i];

		p->met = found->probe.access.verdict == ACCESS_USABLE ? MET_YES : MET_NO;
		if (found->probe.access.verdict == ACCESS_UNDECIDED)
			p->met = MET_UNDECIDED;
		p->all_well = p->met == MET_YES;
		for (unsigned j = 0; j < p->profile.n_needs; j++) {
			judge_clause(&p->needs[j], &g);
			p->all_well = p->all_well && is_well(&p->needs[j]);
			if (p->needs[j].applies)
				p->met = met_all(p->met, p->needs[j].met);
		}
		for (unsigned j = 0; j < p->profile.n_uses; j++) {
			judge_clause(&p->uses[j], &g);
			p->all_well = p->all_well && is_well(&p->uses[j]);
		}
		q->met = met_all(q->met, p->met);
	}
}

static void emit_met(struct out *o, const char *key, const char *label, enum met met)
{
	out_str(o, key, label, met_names[met]);
	out_tone(o, met_tones[met]);
}

enum role { ROLE_NEED, ROLE_USE };

static const char *const role_names[] = { [ROLE_NEED] = "need", [ROLE_USE] = "use" };

/* Requirements that are met, or do not apply here, have no line in the text. */
static void emit_row(struct out *o, const struct asked_clause *asked, unsigned i, enum role role,
		     unsigned clause, bool always)
{
	const struct requirement *r = &asked->clause->requirements[i];
	const struct judgement *j = &asked->judgements[i];
	bool shown = asked->applies && asked->met != MET_YES && j->met != MET_YES;

	out_row(o, NULL, shown || always ? "" : NULL);
	out_str(o, "requirement", "requirement", r->text);
	out_str(o, "role", always ? NULL : "wanted", role_names[role]);
	out_u64(o, "clause", NULL, clause, OUT_PLAIN);
	out_str(o, "when", NULL, asked->clause->has_when ? asked->clause->when.text : NULL);
	out_bool(o, "applies", NULL, asked->applies);
	out_bool(o, "one_is_enough", NULL, asked->clause->any);
	emit_met(o, "met", "met", j->met);
	if (j->has_since)
		emit_kver(o, "since", "since", j->since);
	else
		out_null(o, "since", "since");
	out_str(o, "why", "why", j->why);
	out_end(o);
}

static void emit_rows(struct out *o, const struct asked_clause *asked, unsigned n, enum role role,
		      unsigned first, bool always)
{
	for (unsigned c = 0; c < n; c++)
		for (unsigned i = 0; i < asked[c].clause->n; i++)
			emit_row(o, &asked[c], i, role, first + c, always);
}

static void emit_consequence(struct out *o, const struct consequence *what, enum met met)
{
	static const enum out_tone tones[] = {
		[FATE_FAILS] = TONE_BAD,
		[FATE_CRASHES] = TONE_BAD,
		[FATE_FALLS_BACK] = TONE_WARN,
		[FATE_SLOWER] = TONE_WARN,
	};

	out_row(o, NULL, "");
	out_str(o, "effect", "effect", fate_names[what->fate]);
	out_tone(o, tones[what->fate]);
	out_bool(o, "certain", "certain", met == MET_NO);
	out_str(o, "text", "what it does", what->text);
	out_end(o);
}

static void emit_consequences(struct out *o, const struct asked_clause *asked, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		bool same = false;

		if (is_well(&asked[i]))
			continue;
		for (unsigned j = 0; j < i; j++)
			same = same || (asked[j].applies && asked[j].met == asked[i].met &&
					!strcmp(asked[j].clause->without.text,
						asked[i].clause->without.text));
		if (!same)
			emit_consequence(o, &asked[i].clause->without, asked[i].met);
	}
}

static void emit_profile(struct out *o, const struct asked_profile *asked,
			 const struct findings *found)
{
	const struct profile *p = &asked->profile;
	const struct access *a = &found->probe.access;
	struct consequence refused = profile_refused(p, a);

	out_obj(o, NULL, p->name);
	out_str(o, "name", NULL, p->name);
	emit_met(o, "met", "needs", asked->met);
	out_str(o, "application", "application", p->application);
	out_str(o, "about", "about", p->about);
	out_arr(o, "sources", NULL);
	for (unsigned i = 0; i < p->n_sources; i++)
		out_str(o, NULL, NULL, p->sources[i]);
	out_end(o);
	out_arr(o, "outcomes", asked->all_well ? NULL : "");
	if (a->verdict != ACCESS_USABLE) {
		emit_consequence(o, &refused, asked->met);
	} else {
		emit_consequences(o, asked->needs, p->n_needs);
		emit_consequences(o, asked->uses, p->n_uses);
	}
	out_end(o);
	out_arr(o, "requirements", a->verdict == ACCESS_USABLE && !asked->all_well ? "" : NULL);
	emit_rows(o, asked->needs, p->n_needs, ROLE_NEED, 0, false);
	emit_rows(o, asked->uses, p->n_uses, ROLE_USE, p->n_needs, false);
	out_end(o);
	out_end(o);
}

/* The first requirement with the worst result. */
static const struct judgement *worst_in(const struct asked_clause *asked, unsigned n, enum met met,
					const char **text)
{
	for (unsigned c = 0; c < n; c++)
		for (unsigned i = 0;
		     asked[c].applies && asked[c].met == met && i < asked[c].clause->n; i++)
			if (asked[c].judgements[i].met == met) {
				*text = asked[c].clause->requirements[i].text;
				return &asked[c].judgements[i];
			}
	return NULL;
}

static void tell_why(struct invocation *inv, const struct questions *q, const struct access *a)
{
	const char *text = NULL;
	const struct judgement *j = q->asked.clause ? worst_in(&q->asked, 1, q->met, &text) : NULL;

	if (a->verdict != ACCESS_USABLE) {
		cmd_because(inv, "io_uring is not usable here: %s", a->why);
		return;
	}
	for (unsigned i = 0; !j && i < q->n_profiles; i++)
		j = worst_in(q->profiles[i].needs, q->profiles[i].profile.n_needs, q->met, &text);
	if (j)
		cmd_because(inv, "%s is %s: %s", text, met_names[j->met], j->why);
}

int questions_emit(struct invocation *inv, const struct questions *q, const struct findings *found)
{
	static const int codes[] = {
		[MET_NO] = EXIT_UNMET,
		[MET_YES] = EXIT_OK,
		[MET_UNDECIDED] = EXIT_UNDECIDED,
	};
	const struct access *a = &found->probe.access;
	struct out *o = inv->out;

	if (q->met != MET_YES)
		tell_why(inv, q, a);
	emit_met(o, "met", "all", q->met);
	if (a->verdict != ACCESS_USABLE)
		emit_access(o, a);
	emit_identity(o, &found->identity);
	out_arr(o, "required", q->asked.clause ? "Required" : NULL);
	if (q->asked.clause)
		emit_rows(o, &q->asked, 1, ROLE_NEED, 0, true);
	out_end(o);
	out_arr(o, "applications", q->n_profiles ? "" : NULL);
	for (unsigned i = 0; i < q->n_profiles; i++)
		emit_profile(o, &q->profiles[i], found);
	out_end(o);
	if (a->verdict == ACCESS_REFUSED || a->verdict == ACCESS_ABSENT)
		return EXIT_UNAVAILABLE;
	return codes[q->met];
}
