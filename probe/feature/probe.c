/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "probe/functest/functest.h"
#include "probe/lib/base.h"

/* One fact per row of the table, and one per number beyond it that a query reports as known. */
static int prepare(struct probe *p, enum uapi_kind kind, unsigned at_least)
{
	const struct uapi_table *t = &uapi_tables[kind];
	unsigned n = t->n > at_least ? t->n : at_least;

	p->facts[kind] = calloc(n, sizeof(struct fact));
	if (!p->facts[kind])
		return -ENOMEM;
	p->n_facts[kind] = n;
	for (unsigned i = 0; i < n; i++) {
		p->facts[kind][i].row = i < t->n ? &t->rows[i] : NULL;
		p->facts[kind][i].number = i < t->n ? t->rows[i].number : i;
	}
	return 0;
}

static unsigned bits_used(uint64_t mask)
{
	return mask ? 64 - __builtin_clzll(mask) : 0;
}

static int prepare_all(struct probe *p)
{
	const struct query *q = &p->query;
	const unsigned asked[UAPI_KINDS] = {
		[UAPI_OP] = q->n_ops,
		[UAPI_SETUP] = bits_used(q->setup_flags),
		[UAPI_FEAT] = bits_used(q->features),
		[UAPI_REG] = q->n_register_ops,
		[UAPI_ENTER] = bits_used(q->enter_flags),
		[UAPI_SQE] = bits_used(q->sqe_flags),
	};
	int r = 0;

	for (unsigned kind = 0; r == 0 && kind < UAPI_KINDS; kind++)
		r = prepare(p, kind, asked[kind]);
	return r;
}

/* If io_uring as a whole is refused, no part is permitted, and nothing else is known. */
static void refuse_all(struct probe *p)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		for (unsigned i = 0; i < p->n_facts[kind]; i++) {
			struct fact *f = &p->facts[kind][i];

			if (f->known == ANSWER_NO)
				continue;
			if (p->access.verdict == ACCESS_REFUSED)
				f->permitted = ANSWER_NO;
			else if (p->access.verdict == ACCESS_ABSENT)
				f->known = ANSWER_NO, f->permitted = ANSWER_NA;
			if (p->access.verdict != ACCESS_UNDECIDED)
				f->works = ANSWER_NO;
			fact_evidence(f, "io_uring_setup", "0, NULL", "%s",
				      p->access.seen.setup.sig
					      ? "killed"
					      : errno_name(p->access.seen.setup.ret));
		}
	}
}

/* System calls that a filter punishes by killing must not be made. */
static bool may_ask(const struct access *a)
{
	return a->cause != CAUSE_SECCOMP_KILL;
}

static int use_and_compare(struct kernel *k, struct probe *p)
{
	const struct facts facts = { p->facts, p->n_facts };
	int n = functest(k, &facts);

	if (n < 0)
		return n;
	n = cross_check(&p->query, &facts, &p->contradictions);
	if (n < 0)
		return n;
	p->n_contradictions = n;
	return 0;
}

int probe_run(struct kernel *k, struct probe *out)
{
	struct probe p = { .query = { .err = -ENODATA } };
	int r = access_probe(k, &p.access);

	if (r < 0)
		return r;
	if (p.access.verdict == ACCESS_USABLE)
		detect_query(k, &p.query);
	r = prepare_all(&p);
	if (r < 0) {
		probe_free(&p);
		return r;
	}
	if (may_ask(&p.access) && p.access.seen.reg.ret == -EBADF)
		detect_register_ops(k, p.facts[UAPI_REG], p.n_facts[UAPI_REG]);
	if (p.access.verdict == ACCESS_USABLE) {
		detect_ops(k, &p.query, p.facts[UAPI_OP], p.n_facts[UAPI_OP]);
		detect_setup_flags(k, p.facts[UAPI_SETUP], p.n_facts[UAPI_SETUP], &p.features);
		detect_features(p.features, p.facts[UAPI_FEAT], p.n_facts[UAPI_FEAT]);
	}
	if (may_ask(&p.access) && p.access.seen.enter.ret == -EBADF)
		detect_enter_flags(k, p.features != 0, p.facts[UAPI_ENTER], p.n_facts[UAPI_ENTER]);
	if (p.access.verdict == ACCESS_USABLE)
		r = use_and_compare(k, &p);
	else
		refuse_all(&p);
	if (r < 0) {
		probe_free(&p);
		return r;
	}
	*out = p;
	return 0;
}

void probe_free(struct probe *p)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		free(p->facts[kind]);
	free(p->contradictions);
	*p = (struct probe){ 0 };
}

unsigned probe_count(const struct probe *p, enum uapi_kind kind, enum answer known)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_facts[kind]; i++)
		n += p->facts[kind][i].known == known;
	return n;
}
