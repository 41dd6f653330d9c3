/* SPDX-License-Identifier: MIT */
#include "io-errors.h"

#include <stddef.h>

#include "probe/device/nvme-status.h"
#include "probe/lib/base.h"

/* Returns the entry with the same errno and status, adding it if there is space; otherwise NULL. */
static struct fault *fault_like(struct io_errors *t, const struct fault *f)
{
	for (unsigned i = 0; i < t->n_seen; i++)
		if (t->seen[i].res == f->res && t->seen[i].status == f->status)
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

static void note(struct io_errors *t, const struct fault *one)
{
	struct fault *f = one->res < 0 ? fault_like(t, one) : &t->cut;

	t->by_kind[one->kind]++;
	t->short_by_kind[one->kind] += one->res >= 0;
	t->failed += one->res < 0;
	t->empty += !one->res;
	if (f)
		add(f, one);
	else
		t->unnamed++;
}

void io_errors_note(struct io_errors *t, int res, const struct io *io)
{
	note(t, &(struct fault){ 1, io->offset, io->bytes, res, 0, io->kind });
}

void io_errors_note_status(struct io_errors *t, unsigned status, const struct io *io)
{
	note(t,
	     &(struct fault){ 1, io->offset, io->bytes, -EIO, nvme_status_code(status), io->kind });
}

void fault_text(const struct fault *f, char *out, size_t size)
{
	if (f->status)
		nvme_status_text(f->status, out, size);
	else
		snprintf(out, size, "%s", errno_name(f->res));
}

void io_errors_merge(struct io_errors *to, const struct io_errors *from)
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
		struct fault *f = fault_like(to, &from->seen[i]);

		if (f)
			add(f, &from->seen[i]);
		else
			to->unnamed += from->seen[i].n;
	}
}
