/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <string.h>

#include "dump/abi/predict.h"
#include "probe/feature/access.h"
#include "probe/kernel/process.h"
#include "probe/kernel/ring.h"
#include "probe/lib/base.h"

#define TRIES	 4
#define MAX_COPY (16u << 20)

const char *const dump_source_names[DUMP_SOURCES] = {
	[SOURCE_MEMORY] = "memory",
	[SOURCE_PROCESS] = "process_vm_readv",
	[SOURCE_FDINFO] = "fdinfo",
};

static struct kver running_kernel(struct kernel *k)
{
	struct kver v = { 0 };
	char release[128];

	if (k->read_file(k, "/proc/sys/kernel/osrelease", release, sizeof(release)) > 0)
		kver_parse(release, &v);
	return v;
}

int attach_offsets(struct kernel *k, struct dump_offsets *o, struct fail *f)
{
	const struct ring_params asked = { 0 };
	struct dump_offsets got = { .kernel = running_kernel(k) };
	const struct layout_form *form;
	_cleanup_ring_ struct ring ring = { 0 };
	struct access access;
	struct fail why;

	/* A seccomp filter may kill a process that sets up a ring. */
	if (access_probe(k, &access) == 0 && access.verdict != ACCESS_USABLE) {
		snprintf(got.why, sizeof(got.why), "%.199s", access.why);
	} else if (ring_open(k, 1, &asked, &ring, &why) < 0) {
		snprintf(got.why, sizeof(got.why), "%.199s", why.msg);
	} else {
		got.p = ring.p;
		got.from_ring = true;
		form = layout_form_match(&ring.p);
		got.form = form ? form->name : NULL;
		if (!got.kernel.major)
			got.kernel = layout_newest;
		*o = got;
		return 0;
	}
	form = layout_form_of(got.kernel);
	if (!form)
		return fail_as(
			f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			"no ring can be made here (%s), and for this kernel's version none is "
			"known",
			got.why);
	got.p.sq_off = form->sq;
	got.p.cq_off = form->cq;
	got.p.features = form->single ? FEAT_SINGLE_MMAP : 0;
	got.form = form->name;
	*o = got;
	return 0;
}

/* A way to read a ring's memory. */
struct way {
	struct kernel *k;
	enum dump_source source;
	const struct dump_holder *holder;
};

static int yama_scope(struct kernel *k)
{
	char buf[16];
	struct text t = { buf, buf };
	uint32_t scope;
	ssize_t n = k->read_file(k, "/proc/sys/kernel/yama/ptrace_scope", buf, sizeof(buf));

	if (n > 0)
		t.end = buf + n;
	return text_u32(&t, 10, &scope) ? (int)scope : 0;
}

static void explain(struct seen *s, const char *why, const char *fix)
{
	snprintf(s->why, sizeof(s->why), "%s", why);
	snprintf(s->fix, sizeof(s->fix), "%s", fix);
}

static void explain_refusal(struct kernel *k, struct seen *s)
{
	switch (yama_scope(k)) {
	case 1:
		explain(s,
			"yama lets only its ancestors look into a process "
			"(kernel.yama.ptrace_scope is 1)",
			"run this as root, or sysctl kernel.yama.ptrace_scope=0");
		break;
	case 2:
		explain(s,
			"yama lets only root look into a process (kernel.yama.ptrace_scope is 2)",
			"run this as root");
		break;
	case 3:
		explain(s, "yama lets nobody look into a process (kernel.yama.ptrace_scope is 3)",
			"boot without it: the setting stays until then");
		break;
	default:
		explain(s,
			"the process may not be traced: it is another user's, has more rights, or "
			"a filter or a container forbids it",
			"run this as root, or with CAP_SYS_PTRACE");
	}
}

static void explain_errno(struct kernel *k, int e, struct seen *s)
{
	char why[120];

	switch (e) {
	case -EPERM:
	case -EACCES:
		explain_refusal(k, s);
		break;
	case -ENOMEM:
	case -EINVAL:
		explain(s,
			"the ring lies in memory that its owner gave (NO_MMAP) and cannot be "
			"mapped",
			"");
		break;
	case -ENOSYS:
		explain(s, "pidfd_getfd() is missing: it came with Linux 5.6, or a filter hides it",
			"");
		break;
	case -ESRCH:
	case -EBADF:
		explain(s, "its owner has just closed it, or ended", "");
		break;
	case -EFAULT:
	case -EIO:
		explain(s,
			"process_vm_readv() does not read the mapping of a ring on this kernel, "
			"and "
			"there is no fd",
			"");
		break;
	case -EPROTO:
		explain(s, "what lies in its memory is no header of a ring", "");
		break;
	default:
		snprintf(why, sizeof(why), "its memory cannot be read: %s", errno_name(e));
		explain(s, why, "");
	}
}

static ssize_t peek_at(const struct way *w, bool sqes, const uint32_t *first, unsigned n_first,
		       void *buf, size_t size)
{
	const struct dump_place *place = sqes ? &w->holder->sqes : &w->holder->rings;
	struct peek p = {
		.pid = w->holder->pid,
		.fd = w->source == SOURCE_MEMORY ? w->holder->fd : -1,
		.offset = sqes ? RING_OFF_SQES : RING_OFF_SQ_RING,
		.addr = place->addr,
		.first = first,
		.n_first = n_first,
		.size = size,
	};

	if (p.fd < 0 && place->bytes < size)
		p.size = place->bytes;
	return process_peek(w->k, &p, buf);
}

static int read_header(const struct way *w, const struct dump_offsets *o, struct ring_state *s)
{
	const uint32_t heads[] = { o->p.sq_off.head, o->p.cq_off.head };
	size_t size = snapshot_header_bytes(&o->p);
	unsigned char buf[1024];
	ssize_t n = 0;

	if (size > sizeof(buf))
		return -EPROTO;
	for (unsigned i = 0; i < TRIES; i++) {
		struct ring_state got;
		int e;

		n = peek_at(w, false, heads, ARRAY_SIZE(heads), buf, size);
		if (n < 0)
			return n;
		e = snapshot_header(&o->p, kernel_big_endian(w->k), buf, n, &got, NULL);
		if (e < 0)
			return e;
		*s = got;
		/* Otherwise entries were added and taken between reading head and tail. */
		if (got.sq_tail - got.sq_head <= got.sq_entries &&
		    got.cq_tail - got.cq_head <= got.cq_entries)
			break;
	}
	return 0;
}

/* Finds a way to read the header. The error is that of the best way that failed. */
static int find_way(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		    struct way *w, struct ring_state *s)
{
	static const enum dump_source sources[] = { SOURCE_MEMORY, SOURCE_PROCESS };
	int first = -ENOENT, e;

	for (unsigned j = 0; j < ARRAY_SIZE(sources); j++)
		for (unsigned i = 0; i < r->n_holders; i++) {
			const struct dump_holder *h = &r->holders[i];

			if (sources[j] == SOURCE_MEMORY ? h->fd < 0 : !h->rings.bytes)
				continue;
			*w = (struct way){ k, sources[j], h };
			e = read_header(w, o, s);
			if (e == 0)
				return 0;
			if (first == -ENOENT)
				first = e;
		}
	return first;
}

/* What fdinfo has of the header. */
static bool state_of_info(const struct dump_ring *r, struct ring_state *s)
{
	const struct fdinfo *i = &r->info;
	const struct ring_state got = {
		.sq_head = i->sq_head,
		.sq_tail = i->sq_tail,
		.sq_mask = i->sq_mask,
		.sq_entries = i->sq_mask + 1,
		.cq_head = i->cq_head,
		.cq_tail = i->cq_tail,
		.cq_mask = i->cq_mask,
		.cq_entries = i->cq_mask + 1,
	};

	if (!r->info_fresh || !i->has_ring || !got.sq_entries || !got.cq_entries)
		return false;
	*s = got;
	return true;
}

static void fall_back(struct kernel *k, const struct dump_ring *r, int e, struct ring_state *s,
		      struct seen *seen)
{
	*seen = (struct seen){ 0 };
	explain_errno(k, e, seen);
	if (state_of_info(r, s))
		seen->source = SOURCE_FDINFO;
	else if (!r->info_fresh && (!r->info_err || r->info_err == -EAGAIN))
		snprintf(seen->why + strlen(seen->why), sizeof(seen->why) - strlen(seen->why), "%s",
			 "; fdinfo says nothing while the ring is locked");
}

void attach_header(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct ring_state *s, struct seen *seen)
{
	struct way w;
	int e = find_way(k, o, r, &w, s);

	if (e < 0) {
		fall_back(k, r, e, s, seen);
		return;
	}
	*seen = (struct seen){ .source = w.source };
}

/* Copies a whole region, with the size of the largest format; if the kernel refuses to map more than exists,
 * with the next smaller one. */
static int copy_region(const struct way *w, const struct dump_offsets *o,
		       const struct ring_state *s, bool sqes, unsigned char **bytes, size_t *n)
{
	static const uint32_t large[] = { SETUP_CQE32 | SETUP_SQE128, 0, SETUP_NO_SQARRAY };
	ssize_t got = -EINVAL;

	for (unsigned i = 0; i < ARRAY_SIZE(large); i++) {
		struct ring_params p;
		struct ring_sizes sizes;
		unsigned char *buf;
		size_t size;

		if (large[i] & ~entry_format_flags(o->kernel))
			continue;
		entry_format_params(&o->p, s, large[i], &p);
		ring_sizes(&p, &sizes);
		size = sqes ? sizes.sqes : sizes.sq;
		size += -size % kernel_page_size(w->k);
		if (size > MAX_COPY)
			return -E2BIG;
		buf = calloc(1, size);
		if (!buf)
			return -ENOMEM;
		got = peek_at(w, sqes, NULL, 0, buf, size);
		if (got >= 0) {
			*bytes = buf;
			*n = got;
			return 0;
		}
		free(buf);
	}
	return got;
}

static int list_sqes(const struct snapshot *img, uint32_t from, uint32_t to, struct capture *c)
{
	uint32_t most = to - from;

	c->sqes = calloc(most + 1, sizeof(*c->sqes));
	if (!c->sqes)
		return -ENOMEM;
	for (uint32_t at = from; at - from < most;) {
		struct sqe_facts *s = &c->sqes[c->n_sqes++];
		struct snapshot_sqe e;

		snapshot_sqe(img, at, &e);
		if (e.bytes)
			decode_sqe(e.bytes, img->big_endian, s);
		s->valid_index = e.bytes;
		s->slot = e.slot;
		s->index = e.index;
		s->big = e.big;
		at += e.slots;
	}
	decode_chains(c->sqes, c->n_sqes);
	return 0;
}

static int list_cqes(const struct snapshot *img, uint32_t from, uint32_t to, struct capture *c)
{
	uint32_t most = to - from;

	c->cqes = calloc(most + 1, sizeof(*c->cqes));
	if (!c->cqes)
		return -ENOMEM;
	for (uint32_t at = from; at - from < most;) {
		struct snapshot_cqe e;

		snapshot_cqe(img, at, &e);
		if (e.bytes && !e.skip) {
			struct cqe_facts *f = &c->cqes[c->n_cqes++];

			decode_cqe(e.bytes, e.big, img->big_endian, f);
			f->slot = e.slot;
		}
		at += e.slots;
	}
	return 0;
}

/* SQEs that were taken stay in their slots until these are reused. */
static void latest_fds(const struct snapshot *img, const struct ring_state *s, struct capture *c)
{
	uint32_t room = s->sq_entries - ring_pending(s), in_flight;

	if (!ring_in_flight(s, 0, &in_flight))
		return;
	c->latest = in_flight < room ? in_flight : room;
	c->one_fd = c->latest;
	for (uint32_t i = 1; i <= c->latest && c->one_fd; i++) {
		struct snapshot_sqe e;
		struct sqe_facts f;
		bool fixed;

		snapshot_sqe(img, s->sq_head - i, &e);
		if (e.bytes)
			decode_sqe(e.bytes, img->big_endian, &f);
		if (!e.bytes || decode_fd_kind(f.opcode) != OP_FD_FILE) {
			c->one_fd = false;
			break;
		}
		fixed = f.flags & SQEF_FIXED_FILE;
		c->one_fd = i == 1 || (f.fd == c->fd && fixed == c->one_fd_fixed);
		c->fd = f.fd;
		c->one_fd_fixed = fixed;
	}
}

/* Returns how many of from..to were taken since, and advances from. */
static unsigned advance(uint32_t *from, uint32_t to, uint32_t head)
{
	uint32_t n = head - *from, left = to - *from;

	if (n > INT32_MAX)
		return 0;
	if (n > left)
		n = left;
	*from += n;
	return n;
}

static int capture_memory(const struct way *w, const struct dump_offsets *o,
			  const struct dump_ring *r, struct capture *c)
{
	_cleanup_free_ unsigned char *rings = NULL, *sqes = NULL;
	struct ring_state *s = &c->state, after = *s;
	struct snapshot img = {
		.page_size = kernel_page_size(w->k),
		.big_endian = kernel_big_endian(w->k),
	};
	uint32_t sq_from = s->sq_head, cq_from = s->cq_head;
	uint32_t sq_to = sq_from + ring_pending(s), cq_to = cq_from + ring_unreaped(s);
	int r_rings = copy_region(w, o, s, false, &rings, &img.n_rings);
	int r_sqes = copy_region(w, o, s, true, &sqes, &img.n_sqes);
	int e = 0;

	if (r_rings == -ENOMEM || r_sqes == -ENOMEM)
		return -ENOMEM;
	img.rings = rings;
	img.sqes = sqes;
	entry_format_find(&o->p, o->kernel, s, &img, r->info_err ? NULL : &r->info, &c->format);
	entry_format_params(&o->p, s, c->format.flags, &img.p);
	/* Entries taken meanwhile may have been overwritten. */
	if (read_header(w, o, &after) == 0) {
		c->gone = advance(&sq_from, sq_to, after.sq_head);
		c->gone += advance(&cq_from, cq_to, after.cq_head);
	}
	if (r_sqes == 0 && (r_rings == 0 || c->format.flags & SETUP_NO_SQARRAY)) {
		e = list_sqes(&img, sq_from, sq_to, c);
		c->sqes_seen.source = w->source;
		latest_fds(&img, s, c);
	} else {
		explain_errno(w->k, r_sqes < 0 ? r_sqes : r_rings, &c->sqes_seen);
	}
	if (e == 0 && r_rings == 0) {
		e = list_cqes(&img, cq_from, cq_to, c);
		c->cqes_seen.source = w->source;
	} else if (r_rings < 0) {
		explain_errno(w->k, r_rings, &c->cqes_seen);
	}
	return e;
}

static int info_sqes(const struct fdinfo *i, struct capture *c)
{
	for (uint32_t n = 0; n + 1 < i->n[INFO_SQES]; n++)
		if (!strcmp(i->sqes[n].op, "NOP128") || !strcmp(i->sqes[n].op, "URING_CMD128")) {
			explain(&c->sqes_seen,
				"fdinfo lists the wrong SQEs after one of 128 bytes, and the "
				"memory "
				"cannot be read",
				c->seen.fix);
			return 0;
		}
	c->sqes = calloc(i->n[INFO_SQES] + 1, sizeof(*c->sqes));
	if (!c->sqes)
		return -ENOMEM;
	for (uint32_t n = 0; n < i->n[INFO_SQES]; n++) {
		decode_info_sqe(&i->sqes[n], &c->sqes[n]);
		c->sqes[n].slot = (c->state.sq_head + n) & c->state.sq_mask;
	}
	c->n_sqes = i->n[INFO_SQES];
	decode_chains(c->sqes, c->n_sqes);
	c->sqes_seen = c->seen;
	return 0;
}

static int info_cqes(const struct fdinfo *i, struct capture *c)
{
	if (c->format.flags & SETUP_CQE32) {
		explain(&c->cqes_seen,
			"newer kernels list the wrong CQEs of a CQE32 ring in fdinfo, and the "
			"memory "
			"cannot be read",
			c->seen.fix);
		return 0;
	}
	c->cqes = calloc(i->n[INFO_CQES] + 1, sizeof(*c->cqes));
	if (!c->cqes)
		return -ENOMEM;
	for (uint32_t n = 0; n < i->n[INFO_CQES]; n++)
		decode_info_cqe(&i->cqes[n], &c->cqes[n]);
	c->n_cqes = i->n[INFO_CQES];
	c->cqes_seen = c->seen;
	return 0;
}

int attach_capture(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct capture *out)
{
	struct capture got = { 0 };
	struct way w;
	int e = find_way(k, o, r, &w, &got.state);

	if (e == 0) {
		got.seen.source = w.source;
		got.has_flags = true;
		e = capture_memory(&w, o, r, &got);
	} else {
		const struct snapshot nothing = { 0 };

		fall_back(k, r, e, &got.state, &got.seen);
		e = 0;
		got.sqes_seen = got.cqes_seen = got.seen;
		if (got.seen.source == SOURCE_FDINFO) {
			entry_format_find(&o->p, o->kernel, &got.state, &nothing, &r->info,
					  &got.format);
			e = info_sqes(&r->info, &got);
			if (e == 0)
				e = info_cqes(&r->info, &got);
		}
	}
	if (e < 0)
		capture_free(&got);
	else
		*out = got;
	return e;
}

void capture_free(struct capture *c)
{
	free(c->sqes);
	free(c->cqes);
	*c = (struct capture){ 0 };
}
