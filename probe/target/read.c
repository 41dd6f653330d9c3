/* SPDX-License-Identifier: MIT */
/* Trials with reads. */
#include <string.h>

#include "probe/device/iopoll.h"
#include "probe/kernel/form.h"
#include "probe/lib/base.h"
#include "trial.h"

#define FILES (1u << TARGET_FILE | 1u << TARGET_BLOCK)

/* include/uapi/linux/fs.h; the header of the build may lack some. */
#define FLAG_HIPRI     0x1u
#define FLAG_NOWAIT    0x8u
#define FLAG_APPEND    0x10u
#define FLAG_NOAPPEND  0x20u
#define FLAG_ATOMIC    0x40u
#define FLAG_DONTCACHE 0x80u
#define FLAG_NOSIGNAL  0x100u

static bool can_direct(const struct open_target *s)
{
	return s->direct_err == 0;
}

static unsigned direct_bytes(const struct open_target *s)
{
	return s->t->align.offset > DIRECT_MAX ? s->t->align.offset : DIRECT_MAX;
}

/* The expected result of a read. */
static int64_t wanted(const struct open_target *s, const struct trial_request *t)
{
	uint64_t bytes = t->direct ? direct_bytes(s) : DIRECT_MAX;
	uint64_t left = s->t->bytes > s->data_at ? s->t->bytes - s->data_at : 0;

	return left < bytes ? left : bytes;
}

static int prep_read(struct trial_request *t, struct io_uring *ring, struct io_uring_sqe *sqe,
		     struct attempt *out)
{
	struct open_target *s = t->s;
	unsigned bytes = t->direct ? direct_bytes(s) : DIRECT_MAX;
	const struct iovec iov = { s->buf, bytes };
	int fd = t->direct ? s->direct : s->fd, r = 0;

	if (t->fixed_buf) {
		r = io_uring_register_buffers(ring, &iov, 1);
		if (r < 0)
			trial_note(out, r, "register buffers");
	} else if (t->fixed_file) {
		r = io_uring_register_files(ring, &fd, 1);
		if (r < 0)
			trial_note(out, r, "register files");
	}
	sqe->opcode = t->fixed_buf ? OP_READ_FIXED : OP_READ;
	sqe->flags = t->fixed_file ? SQEF_FIXED_FILE : 0;
	sqe->fd = t->fixed_file ? 0 : fd;
	sqe->addr = (uintptr_t)s->buf;
	sqe->len = bytes;
	sqe->off = s->data_at;
	sqe->rw_flags = t->rw_flags;
	return r;
}

static void try_read(struct open_target *s, const char *label, struct trial_request *t,
		     struct attempt *a)
{
	t->prep = prep_read;
	trial_attempt(s, label, t, a);
}

/* The common judgement of reads. Returns true if it is decided; otherwise a is a read that failed with an
 * errno, which the caller must explain. */
static bool judge_read(struct open_target *s, struct target_fact *f, const char *what,
		       const struct trial_request *t, const struct attempt *a)
{
	int64_t want = wanted(s, t);

	if (trial_refused(f, what, a))
		return true;
	fact_attempt(f, what, a);
	if (a->err) {
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "could not be tried: %s: %s", a->note, errno_name(a->err));
		return true;
	}
	if (a->res == want) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, want ? ANSWER_YES : ANSWER_UNDECIDED, "%s",
			    want ? "" : "there is nothing in it to read");
		return true;
	}
	if (a->res == -EOPNOTSUPP || a->res == -EINVAL)
		return false;
	if (a->res >= 0)
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_UNDECIDED,
			    "the read gave %d bytes and not %lld", a->res, (long long)want);
	else
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "the read failed with %s, which is not for this reason",
			    errno_name(a->res));
	return true;
}

static ssize_t look_direct(void *arg, void *out, size_t size)
{
	struct open_target *s = arg;
	struct direct_found d = { 0 };
	unsigned bytes;
	ssize_t n;

	(void)size;
	direct_alignment(s->direct >= 0 ? s->direct : s->fd, &d.align);
	if (s->direct >= 0 && !s->empty && d.align.source != ALIGN_STATX &&
	    d.align.offset < TRIAL_BYTES / 2)
		d.read = direct_try_alignment(s->direct, s->data_at, s->buf, &d.align);
	bytes = d.align.offset > DIRECT_MAX ? d.align.offset : DIRECT_MAX;
	if (s->direct >= 0 && !s->empty && d.read >= 0 && bytes <= TRIAL_BYTES) {
		n = pread(s->direct, s->buf, bytes, s->data_at);
		d.read = n < 0 ? -errno : n;
	}
	memcpy(out, &d, sizeof(d));
	return sizeof(d);
}

static void judge_direct(struct open_target *s, struct target_fact *f, const struct direct_found *d)
{
	const struct alignment *a = &s->t->align;

	if (s->direct_err) {
		fact_evidence(&f->fact, "open", "O_RDONLY|O_DIRECT", "%s",
			      errno_name(s->direct_err));
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO, "the file system has none");
		return;
	}
	fact_evidence(&f->fact, align_source_names[a->source], "", "memory %u, offset %u", a->mem,
		      a->offset);
	if (a->source == ALIGN_STATX && !a->offset) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO, "the kernel has none for it");
		return;
	}
	/* The file system accepts the flag, but there is no device to use it. */
	if (s->t->has_mount &&
	    (!strcmp(s->t->mount.type, "tmpfs") || !strcmp(s->t->mount.type, "ramfs"))) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO,
			    "%s accepts the flag and reads from the page cache all the same",
			    s->t->mount.type);
		return;
	}
	if (s->empty) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_UNDECIDED,
			    "nothing was ever written to it, so that no read reaches a device");
		return;
	}
	if (d->read < 0)
		fact_evidence(&f->fact, "pread", "O_DIRECT", "%s", errno_name(d->read));
	else
		fact_evidence(&f->fact, "pread", "O_DIRECT", "%d bytes", d->read);
	if (d->read > 0)
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_YES,
			    "aligned to %u bytes in memory and %u in the %s (%s)", a->mem,
			    a->offset, s->t->type == TARGET_BLOCK ? "device" : "file",
			    align_source_names[a->source]);
	else
		fact_decide(f, ANSWER_YES, ANSWER_YES,
			    d->read == -EINVAL ? ANSWER_NO : ANSWER_UNDECIDED,
			    "the read failed with %s", errno_name(d->read));
}

static bool try_direct(struct open_target *s, struct target_fact *f)
{
	struct direct_found d = { 0 };
	int r = trial_inquire(s, "O_DIRECT", look_direct, s, &form_direct_io, &d);

	if (r < 0) {
		fact_evidence(&f->fact, "statx, pread", "", "%s", errno_name(r));
		return true;
	}
	if (d.align.source >= ALIGN_SOURCES || d.align.offset > TRIAL_BYTES / 2)
		d.align = (struct alignment){ 0 };
	s->t->align = d.align;
	judge_direct(s, f, &d);
	return true;
}

static ssize_t look_polls(void *arg, void *out, size_t size)
{
	struct open_target *s = arg;
	struct polling p;
	int r = target_polls(s->direct, s->t->has_device ? &s->t->device : NULL, s->data_at,
			     direct_bytes(s), &p);

	if (r < 0)
		return r;
	memcpy(out, &p, size);
	return size;
}

static bool try_iopoll(struct open_target *s, struct target_fact *f)
{
	const struct unpolled u = trial_unpolled(s->t);
	struct polling p = { 0 };
	char args[72];
	int r;

	if (!can_direct(s)) {
		fact_evidence(&f->fact, "open", "O_RDONLY|O_DIRECT", "%s",
			      errno_name(s->direct_err));
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO, "it polls for direct I/O alone");
		return true;
	}
	if (s->empty || s->t->bytes - s->data_at < direct_bytes(s)) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_UNDECIDED,
			    "it holds no block of written data, so that no read reaches a device");
		return true;
	}
	r = s->hung ? -ETIMEDOUT : trial_inquire(s, "IOPOLL", look_polls, s, &form_polling, &p);
	snprintf(args, sizeof(args), "IOPOLL, READ of %u bytes", direct_bytes(s));
	if (r < 0) {
		s->hung = r == -ETIMEDOUT;
		fact_evidence(&f->fact, "io_uring", args, "%s", errno_name(r));
		fact_decide(f, ANSWER_YES,
			    r == -EPERM || r == -EACCES ? ANSWER_NO : ANSWER_UNDECIDED,
			    ANSWER_UNDECIDED, "could not be tried: %s", errno_name(r));
		return true;
	}
	if (p.res < 0)
		fact_evidence(&f->fact, "cqe.res", args, "%s", errno_name(p.res));
	else
		fact_evidence(&f->fact, "cqe.res", args,
			      "%d; in flight before it was polled %d, after %d", p.res, p.before,
			      p.after);
	if (p.polls == ANSWER_NO)
		unpolled_explain(&u, &p, f->fix, sizeof(f->fix));
	fact_decide(f, ANSWER_YES, ANSWER_YES,
		    p.polls == ANSWER_YES || p.polls == ANSWER_NO ? p.polls : ANSWER_UNDECIDED,
		    "%s", p.why);
	return true;
}

/* The result of the IOPOLL row; undecided if it was not tried. */
static enum answer iopoll_works(const struct open_target *s)
{
	for (unsigned i = 0; i < s->t->n_facts; i++)
		if (!strcmp(s->t->facts[i].fact.row->name, "IOPOLL"))
			return s->t->facts[i].fact.works;
	return ANSWER_UNDECIDED;
}

/* A polled read works as far as IOPOLL does. */
static bool polled_read(struct open_target *s, struct target_fact *f, const char *label,
			struct trial_request *t)
{
	enum answer polls = iopoll_works(s);
	struct attempt a = { 0 };

	t->direct = can_direct(s);
	try_read(s, label, t, &a);
	if (a.err == -EINVAL && !strcmp(a.note, "io_uring_setup")) {
		fact_attempt(f, label, &a);
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO, "unknown to this kernel");
		return true;
	}
	f->fact.known = ANSWER_YES;
	if (!judge_read(s, f, label, t, &a)) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO, "%s: see IOPOLL",
			    errno_name(a.res));
	} else if (f->fact.works == ANSWER_YES && polls != ANSWER_YES) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, polls, "the read completed%s; see IOPOLL",
			    polls == ANSWER_NO ? ", but by interrupt" : "");
	}
	return true;
}

static bool try_hybrid(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .setup = SETUP_IOPOLL | SETUP_HYBRID_IOPOLL };

	return polled_read(s, f, "HYBRID_IOPOLL", &t);
}

static bool try_hipri(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .setup = SETUP_IOPOLL, .rw_flags = FLAG_HIPRI };

	return polled_read(s, f, "IOPOLL, RWF_HIPRI", &t);
}

static bool plain_read(struct open_target *s, struct target_fact *f, const char *label,
		       struct trial_request *t)
{
	struct attempt a = { 0 };

	f->fact.known = ANSWER_YES;
	t->direct = can_direct(s);
	try_read(s, label, t, &a);
	if (!judge_read(s, f, label, t, &a))
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO, "%s", errno_name(a.res));
	if (a.err == -ENOMEM)
		snprintf(f->fix, sizeof(f->fix), "raise RLIMIT_MEMLOCK (ulimit -l)");
	return true;
}

static bool try_fixed_buf(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .fixed_buf = true };

	return plain_read(s, f, "READ_FIXED", &t);
}

static bool try_fixed_file(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .fixed_file = true };

	return plain_read(s, f, "READ, IOSQE_FIXED_FILE", &t);
}

static bool try_nowait(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .direct = can_direct(s), .rw_flags = FLAG_NOWAIT };
	struct attempt a = { 0 };

	f->fact.known = ANSWER_YES;
	try_read(s, "RWF_NOWAIT", &t, &a);
	if (!a.err && a.res == -EAGAIN) {
		fact_attempt(f, "RWF_NOWAIT", &a);
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_YES, "the read would have blocked");
	} else if (!judge_read(s, f, "RWF_NOWAIT", &t, &a)) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO,
			    "the file system or driver cannot promise not to block");
	}
	return true;
}

/*
 * The same error is returned for an unknown flag and for one that the file does not support. But APPEND with
 * NOAPPEND (6.9) returns another errno, after the check for unknown flags and before the file is checked:
 * kiocb_set_rw_flags(), include/linux/fs.h.
 */
static enum answer flag_known(struct open_target *s, struct target_fact *f, unsigned flag)
{
	struct trial_request t = { .rw_flags = FLAG_APPEND | FLAG_NOAPPEND | flag };
	struct trial_request control = { .rw_flags = FLAG_APPEND | FLAG_NOAPPEND };
	struct attempt a = { 0 };
	char label[40];

	snprintf(label, sizeof(label), "rw_flags 0x%x", t.rw_flags);
	try_read(s, label, &t, &a);
	fact_attempt(f, label, &a);
	if (!a.err && a.res == -EINVAL)
		return ANSWER_YES;
	if (a.err || a.res != -EOPNOTSUPP)
		return ANSWER_UNDECIDED;
	snprintf(label, sizeof(label), "rw_flags 0x%x", control.rw_flags);
	try_read(s, label, &control, &a);
	fact_attempt(f, label, &a);
	return !a.err && a.res == -EINVAL ? ANSWER_NO : ANSWER_UNDECIDED;
}

static bool flagged_read(struct open_target *s, struct target_fact *f, const char *label,
			 struct trial_request *t)
{
	struct attempt a = { 0 };
	enum answer known;

	try_read(s, label, t, &a);
	if (judge_read(s, f, label, t, &a))
		return true;
	known = flag_known(s, f, t->rw_flags);
	fact_decide(f, known, known == ANSWER_NO ? ANSWER_NA : ANSWER_UNDECIDED, ANSWER_NO, "%s",
		    known == ANSWER_YES	 ? "the kernel knows it, but not for this target"
		    : known == ANSWER_NO ? "unknown to this kernel"
					 : "unknown to this kernel, or not for this target");
	return true;
}

static bool try_dontcache(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .rw_flags = FLAG_DONTCACHE };

	return flagged_read(s, f, "RWF_DONTCACHE", &t);
}

static bool try_nosignal(struct open_target *s, struct target_fact *f)
{
	struct trial_request t = { .rw_flags = FLAG_NOSIGNAL };

	return flagged_read(s, f, "RWF_NOSIGNAL", &t);
}

static ssize_t look_atomic(void *arg, void *out, size_t size)
{
	struct open_target *s = arg;
	struct atomic_write a = { 0 };
	int r = atomic_write_of(s->fd, &a);

	if (r < 0)
		return r;
	memcpy(out, &a, size);
	return size;
}

static bool try_atomic(struct open_target *s, struct target_fact *f)
{
	struct target_report *t = s->t;
	int64_t unit_max = -1;
	int r = trial_inquire(s, "STATX_WRITE_ATOMIC", look_atomic, s, &form_atomic_write,
			      &t->atomic);

	if (t->has_device && *t->device.disk)
		unit_max = sysfs_number(s->k, -1, "/sys/block/%s/queue/atomic_write_unit_max_bytes",
					t->device.disk);
	if (r == 0)
		fact_evidence(&f->fact, "statx", "STATX_WRITE_ATOMIC",
			      "unit %u to %u bytes, %u segments", t->atomic.unit_min,
			      t->atomic.unit_max, t->atomic.segments_max);
	else
		fact_evidence(&f->fact, "statx", "STATX_WRITE_ATOMIC", "not answered");
	if (unit_max >= 0)
		fact_evidence(&f->fact, "sysfs", "queue/atomic_write_unit_max_bytes", "%lld",
			      (long long)unit_max);
	if (s->access->verdict == ACCESS_USABLE)
		f->fact.known = flag_known(s, f, FLAG_ATOMIC);
	else if (r == 0 || unit_max >= 0)
		f->fact.known = ANSWER_YES;
	if (r == 0 && t->atomic.unit_max)
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_YES,
			    "%u to %u bytes, says statx; not tried, it would write",
			    t->atomic.unit_min, t->atomic.unit_max);
	else if (f->fact.known == ANSWER_NO)
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO, "unknown to this kernel");
	else if (unit_max > 0 && t->type == TARGET_FILE)
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_NO,
			    "the disk could, up to %lld bytes; the file system cannot",
			    (long long)unit_max);
	else if (!t->has_device && f->fact.known == ANSWER_YES)
		fact_decide(f, ANSWER_YES, ANSWER_UNDECIDED, ANSWER_NO, "the file system cannot");
	else if (r == 0 || f->fact.known == ANSWER_YES || unit_max == 0)
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_NO, "the device cannot");
	else
		fact_decide(f, f->fact.known, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "neither statx nor sysfs says, as before 6.11");
	return true;
}

const struct target_row target_read_rows[] = {
	{ { .name = "O_DIRECT", .since = { 5, 1 }, .doc = "past the page cache" },
	  FILES,
	  true,
	  try_direct },
	{ { .name = "IOPOLL", .since = { 5, 1 }, .doc = "completions are polled for" },
	  FILES,
	  false,
	  try_iopoll },
	{ { .name = "HYBRID_IOPOLL", .since = { 6, 13 }, .doc = "sleeps before it polls" },
	  FILES,
	  false,
	  try_hybrid },
	{ { .name = "READ_FIXED", .since = { 5, 1 }, .doc = "into a registered buffer" },
	  FILES,
	  false,
	  try_fixed_buf },
	{ { .name = "FIXED_FILE", .since = { 5, 1 }, .doc = "as a registered file" },
	  FILES,
	  false,
	  try_fixed_file },
	{ { .name = "RWF_HIPRI", .since = { 5, 1 }, .doc = "the flag, on an IOPOLL ring" },
	  FILES,
	  false,
	  try_hipri },
	{ { .name = "RWF_NOWAIT", .since = { 5, 1 }, .doc = "EAGAIN where it would block" },
	  FILES,
	  false,
	  try_nowait },
	{ { .name = "RWF_ATOMIC", .since = { 6, 11 }, .doc = "a write is whole or not made" },
	  FILES,
	  true,
	  try_atomic },
	{ { .name = "RWF_DONTCACHE",
	    .since = { 6, 14 },
	    .doc = "leaves nothing in the page cache" },
	  FILES,
	  false,
	  try_dontcache },
	{ { .name = "RWF_NOSIGNAL", .since = { 6, 18 }, .doc = "no SIGPIPE" },
	  FILES,
	  false,
	  try_nosignal },
};
const unsigned n_target_read_rows = ARRAY_SIZE(target_read_rows);
