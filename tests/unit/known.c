/* SPDX-License-Identifier: MIT */
#include "known.h"

#include <string.h>

#include "probe/lib/base.h"
#include "unit.h"

static void answer(struct fact *f, bool has)
{
	f->known = f->works = has ? ANSWER_YES : ANSWER_NO;
	f->permitted = has ? ANSWER_YES : ANSWER_NA;
}

void known_until(struct probe *p, unsigned major, unsigned minor)
{
	*p = (struct probe){ .access = { .verdict = ACCESS_USABLE } };
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		const struct uapi_table *t = &uapi_tables[kind];

		p->facts[kind] = calloc(t->n, sizeof(struct fact));
		assert_non_null(p->facts[kind]);
		p->n_facts[kind] = t->n;
		for (unsigned i = 0; i < t->n; i++) {
			struct fact *f = &p->facts[kind][i];
			struct kver since = t->rows[i].since;

			f->row = &t->rows[i];
			f->number = f->row->number;
			answer(f, since.major < major ||
					  (since.major == major && since.minor <= minor));
		}
	}
}

struct fact *known_fact(struct probe *p, const char *name)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		for (unsigned i = 0; i < p->n_facts[kind]; i++)
			if (!strcmp(p->facts[kind][i].row->name, name))
				return &p->facts[kind][i];
	fail_msg("no constant %s", name);
	return NULL;
}

void known_set(struct probe *p, const char *name, bool has)
{
	answer(known_fact(p, name), has);
}
