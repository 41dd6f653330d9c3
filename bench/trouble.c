/* SPDX-License-Identifier: MIT */
#include "trouble.h"

#include <stddef.h>

/* What is counted with the same errno, with room made for it if there is some; else NULL. */
static struct fault *fault_with(struct trouble *t, int res)
{
	for (unsigned i = 0; i < t->n_seen; i++)
		if (t->seen[i].res == res)
			return &t->seen[i];
	if (t->n_seen == MAX_FAULTS)
		return NULL;
	return &t->seen[t->n_seen++];
}

static void add(struct fault *to, const struct fault *from)
{
	uint64_t n = to->n + from->n;

	if (!to->n)
		*to = *from;
	to->n = n;
}

void trouble_note(struct trouble *t, int res, const struct io *io)
{
	const struct fault one = { 1, io->offset, io->bytes, res, io->kind };
	struct fault *f = res < 0 ? fault_with(t, res) : &t->cut;

	t->by_kind[io->kind]++;
	t->short_by_kind[io->kind] += res >= 0;
	t->failed += res < 0;
	t->empty += !res;
	if (f)
		add(f, &one);
	else
		t->unnamed++;
}

void trouble_merge(struct trouble *to, const struct trouble *from)
{
	to->failed += from->failed;
	to->unnamed += from->unnamed;
	to->empty += from->empty;
	for (unsigned i = 0; i < IO_KINDS; i++) {
		to->by_kind[i] += from->by_kind[i];
		to->short_by_kind[i] += from->short_by_kind[i];
	}
	add(&to->cut, &from->cut);
	for (unsigned i = 0; i < from->n_seen; i++) {
		struct fault *f = fault_with(to, from->seen[i].res);

		if (f)
			add(f, &from->seen[i]);
		else
			to->unnamed += from->seen[i].n;
	}
}
