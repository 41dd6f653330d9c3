/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include <string.h>
#include <time.h>

#include "probe/kernel/form-rows.h"
#include "probe/lib/base.h"

/* A sleeping drive takes seconds to spin up. */
#define PATIENCE_TRIES 3000
#define PAUSE_NS       5000000

static const struct form_member stat_rows[] = {
	ALWAYS(numbers, mode, UINT),
	PAIR(numbers, dev),
	PAIR(numbers, rdev),
};
const struct form form_stat = STRUCT("stat", numbers, stat_rows);

static const struct form_member device_number_rows[] = { PAIR(device_number, rdev) };
const struct form form_device_number = STRUCT("device_number", device_number, device_number_rows);

static const struct form_member opened_rows[] = {
	ALWAYS(opened, bytes, UINT),	   ALWAYS(opened, data_at, UINT),
	ALWAYS(opened, direct_err, ERRNO), ALWAYS(opened, empty, BOOL),
	ALWAYS(opened, has_mount, BOOL),   OR_ZERO(opened, mount, PART, .part = &form_mount),
};
const struct form form_opened = STRUCT("opened", opened, opened_rows);

static const struct form_member direct_rows[] = {
	ROW(direct_found, align.source, "source", WORD, WORDS(align_source_names)),
	ROW(direct_found, align.mem, "mem", UINT),
	ROW(direct_found, align.offset, "offset", UINT),
	ALWAYS(direct_found, read, ERRNO),
};
const struct form form_direct_io = STRUCT("direct_io", direct_found, direct_rows);

void trial_note(struct attempt *out, int err, const char *step)
{
	out->err = err;
	snprintf(out->note, sizeof(out->note), "%s", step);
}

static int open_ring(struct io_uring *ring, unsigned setup)
{
	unsigned tries = 0;
	int r;

	do {
		r = io_uring_queue_init_params(4, ring,
					       &(struct io_uring_params){ .flags = setup });
	} while (memlock_patience(r, &tries));
	return r;
}

/* Without a minimum to wait for, IOPOLL polls once; waiting could spin forever. */
static int reap(struct io_uring *ring, struct attempt *out)
{
	struct io_uring_cqe *cqe = NULL;

	for (unsigned tries = 0; io_uring_peek_cqe(ring, &cqe) != 0; tries++) {
		if (tries == PATIENCE_TRIES)
			return -ETIMEDOUT;
		if (tries > 10)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		sys_enter(ring->ring_fd, 0, 0, ENTER_GETEVENTS, NULL, 0);
	}
	out->res = cqe->res;
	out->flags = cqe->flags;
	io_uring_cqe_seen(ring, cqe);
	return 0;
}

static void run_try(void *arg, struct attempt *out)
{
	struct trial_request *t = arg;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int r = open_ring(&ring, t->setup);

	if (r < 0) {
		trial_note(out, r, "io_uring_setup");
		return;
	}
	sqe = io_uring_get_sqe(&ring);
	memset(sqe, 0, t->setup & SETUP_SQE128 ? 128 : 64);
	memset(t->s->buf, 0, TRIAL_BYTES);
	if (t->prep(t, &ring, sqe, out) == 0) {
		r = io_uring_submit(&ring);
		if (r == 1)
			r = reap(&ring, out);
		if (r < 0)
			trial_note(out, r, r == -ETIMEDOUT ? "completion" : "io_uring_enter");
		if (r >= 0 && t->look)
			t->look(t, out);
	}
	/* The kernel tears down a ring some time after it is closed, but the target must be released at
	 * once. */
	if (t->fixed_file)
		io_uring_unregister_files(&ring);
	io_uring_queue_exit(&ring);
}

void trial_attempt(struct open_target *s, const char *label, struct trial_request *t,
		   struct attempt *out)
{
	_cleanup_str_ struct str full = { 0 };
	struct attempt a = { 0 };
	int r;

	t->s = s;
	str_addf(&full, "target %s: %s", s->t->path, label);
	if (s->hung) {
		trial_note(out, -ETIMEDOUT, "an earlier request did not come back");
		return;
	}
	r = s->k->attempt(s->k, str_text(&full), run_try, t, &a);
	if (r < 0)
		trial_note(&a, r, "attempt");
	s->hung = a.err == -ETIMEDOUT;
	*out = a;
}

int trial_inquire(struct open_target *s, const char *label, inquire_fn fn, void *arg,
		  const struct form *form, void *out)
{
	_cleanup_str_ struct str full = { 0 };
	ssize_t n;

	str_addf(&full, "target %s: %s", s->t->path, label);
	n = s->k->inquire(s->k, str_text(&full), fn, arg, form, out, form->size);
	return n < 0 ? n : 0;
}

void fact_decide(struct target_fact *f, enum answer known, enum answer permitted, enum answer works,
		 const char *why, ...)
{
	va_list ap;

	f->fact.known = known;
	f->fact.permitted = permitted;
	f->fact.works = works;
	va_start(ap, why);
	vsnprintf(f->why, sizeof(f->why), why, ap);
	va_end(ap);
}

void fact_attempt(struct target_fact *f, const char *what, const struct attempt *a)
{
	if (a->err)
		fact_evidence(&f->fact, a->note, what, "%s", errno_name(a->err));
	else if (a->res < 0)
		fact_evidence(&f->fact, "cqe.res", what, "%s", errno_name(a->res));
	else
		fact_evidence(&f->fact, "cqe.res", what, "%d%s%s", a->res, *a->note ? ", " : "",
			      a->note);
}

bool trial_refused(struct target_fact *f, const char *what, const struct attempt *a)
{
	int err = a->err ? a->err : a->res;

	if (err != -EPERM && err != -EACCES)
		return false;
	fact_attempt(f, what, a);
	fact_decide(f, f->fact.known, ANSWER_NO, ANSWER_NO, "%s: refused to this process",
		    errno_name(err));
	return true;
}

struct unpolled trial_unpolled(const struct target_report *t)
{
	return (struct unpolled){
		.device = t->has_device ? &t->device : NULL,
		.stack = &t->stack,
		.fs = t->has_mount ? t->mount.type : "",
	};
}
