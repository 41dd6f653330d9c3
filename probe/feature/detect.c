/* SPDX-License-Identifier: MIT */
#include "detect.h"

#include <sys/mman.h>

#include "probe/kernel/form.h"
#include "probe/lib/base.h"

/* A number above the opcode limit returns EINVAL; below it the (bad) fd is checked: EBADF. With a
 * REGISTERED_RING flag the ring index must be within its 16 slots for the same result. */
#define BAD_RING_INDEX 15

#define OP_SUPPORTED 1u

/* Register operations are 32-bit numbers, of which no kernel uses this many; more is not a valid answer. */
#define MAX_REGISTER_OPS 1024

void detect_query(struct kernel *k, struct query *q)
{
	struct query_io io = { .hdr = { .size = sizeof(io.ops) } };
	struct reg_call c = {
		.fd = -1,
		.op = REGISTER_QUERY,
		.arg = &io,
		.out = &io,
		.form = &form_query,
	};

	io.hdr.query_data = (uintptr_t)&io.ops;
	q->err = k->reg(k, &c);
	if (q->err >= 0)
		q->err = io.hdr.result;
	if (q->err >= 0 && (io.ops.nr_request_opcodes > OP_PROBE_OPS ||
			    io.ops.nr_register_opcodes > MAX_REGISTER_OPS))
		q->err = -EPROTO;
	if (q->err < 0)
		return;
	*q = (struct query){
		.n_ops = io.ops.nr_request_opcodes,
		.n_register_ops = io.ops.nr_register_opcodes,
		.features = io.ops.feature_flags,
		.setup_flags = io.ops.ring_setup_flags,
		.enter_flags = io.ops.enter_flags,
		.sqe_flags = io.ops.sqe_flags,
	};
}

static int setup_patiently(struct kernel *k, unsigned entries, struct ring_params *p)
{
	struct ring_params asked = *p;
	unsigned tries = 0;
	int r;

	do {
		*p = asked;
		r = k->setup(k, entries, p);
	} while (memlock_patience(r, &tries));
	return r;
}

static void unknown(struct fact *f)
{
	f->known = ANSWER_NO;
	f->permitted = ANSWER_NA;
	f->works = ANSWER_NO;
}

void detect_ops(struct kernel *k, const struct query *q, struct fact *facts, unsigned n)
{
	struct op_probe *probe = calloc(1, sizeof(*probe));
	struct ring_params p = { 0 };
	int fd = setup_patiently(k, 2, &p), r = fd;

	if (!probe)
		r = -ENOMEM;
	if (r >= 0) {
		struct reg_call c = {
			.fd = fd,
			.op = REGISTER_PROBE,
			.arg = probe,
			.nr = OP_PROBE_OPS,
			.out = probe,
			.form = &form_op_probe,
		};

		r = k->reg(k, &c);
	}
	for (unsigned i = 0; i < n; i++) {
		struct fact *f = &facts[i];
		bool in_probe = r >= 0 && f->number < probe->ops_len &&
				probe->ops[f->number].flags & OP_SUPPORTED;
		bool in_query = !q->err && f->number < q->n_ops;

		if (r < 0 && q->err) {
			fact_evidence(f, "io_uring_register", "REGISTER_PROBE", "%s",
				      errno_name(r));
			continue;
		}
		f->known = in_probe || (r < 0 && in_query) ? ANSWER_YES : ANSWER_NO;
		if (f->known == ANSWER_NO)
			unknown(f);
		if (r < 0)
			fact_evidence(f, "io_uring_register", "REGISTER_QUERY", "%u opcodes",
				      q->n_ops);
		if (in_query && !in_probe && r >= 0)
			fact_evidence(f, "io_uring_register", "REGISTER_QUERY",
				      "%u opcodes: the number is known", q->n_ops);
		if (!in_probe && r >= 0)
			fact_evidence(f, "io_uring_register", "REGISTER_PROBE",
				      f->number < probe->ops_len ? "not supported" : "%u opcodes",
				      probe->ops_len);
	}
	if (fd >= 0)
		k->close(k, fd);
	free(probe);
}

/* EFAULT: the flag is known, and the call failed because of the missing memory. */
static int setup_without_memory(struct kernel *k, uint32_t flags)
{
	struct ring_params p = { .flags = flags | SETUP_NO_MMAP, .wq_fd = -1 };
	int r;

	if (flags & SETUP_CQSIZE)
		p.cq_entries = 8;
	r = k->setup(k, 4, &p);
	if (r >= 0)
		k->close(k, r);
	return r;
}

static void unregister_ring(struct kernel *k, int index)
{
	struct {
		uint32_t offset, resv;
		uint64_t data;
	} slot = { .offset = index };
	/* bit 31: the fd is itself a registered index; 6.3 */
	struct reg_call c = {
		.fd = index,
		.op = UNREGISTER_RING_FDS | 1u << 31,
		.arg = &slot,
		.nr = 1,
	};

	k->reg(k, &c);
}

/* Sets up a real ring of one entry with these flags and closes it. base_fd is for ATTACH_WQ. */
static int setup_for_real(struct kernel *k, uint32_t flags, int base_fd, uint32_t *features)
{
	struct ring_params p = { .flags = flags, .wq_fd = base_fd };
	size_t page = sysconf(_SC_PAGESIZE);
	void *mem = MAP_FAILED;
	int r;

	if (flags & SETUP_CQSIZE)
		p.cq_entries = 2;
	if (flags & SETUP_NO_MMAP) {
		mem = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (mem == MAP_FAILED)
			return -errno;
		p.cq_off.user_addr = (uintptr_t)mem;
		p.sq_off.user_addr = (uintptr_t)mem + page;
	}
	r = setup_patiently(k, 1, &p);
	if (r >= 0 && features)
		*features = p.features;
	if (r >= 0 && flags & SETUP_REGISTERED_FD_ONLY)
		unregister_ring(k, r);
	else if (r >= 0)
		k->close(k, r);
	if (mem != MAP_FAILED)
		munmap(mem, 2 * page);
	return r < 0 ? r : 0;
}

static void judge_setup_flag(struct fact *f, uint32_t flags, int ringless, bool ringless_tells,
			     int real)
{
	_cleanup_str_ struct str text = { 0 };

	uapi_flags_text(&text, UAPI_SETUP, flags, "|");
	if (ringless_tells && ringless == -EINVAL) {
		unknown(f);
		fact_evidence(f, "io_uring_setup", "NO_MMAP and no memory", "EINVAL");
		return;
	}
	if (real == 0) {
		f->known = f->permitted = ANSWER_YES;
		return;
	}
	fact_evidence(f, "io_uring_setup", str_text(&text), "%s", errno_name(real));
	if (ringless_tells && ringless == -EFAULT)
		f->known = ANSWER_YES;
	if (real == -EINVAL && f->known != ANSWER_YES) {
		unknown(f);
	} else if (real == -EPERM || real == -EACCES) {
		f->permitted = ANSWER_NO;
		f->works = ANSWER_NO;
	}
}

void detect_setup_flags(struct kernel *k, struct fact *facts, unsigned n, uint32_t *features)
{
	struct ring_params p = { 0 };
	int base = setup_patiently(k, 1, &p);
	/* Without NO_MMAP every flag returns EINVAL together with it, which decides nothing. */
	bool tells = setup_without_memory(k, 0) == -EFAULT;
	uint32_t got = base >= 0 ? p.features : 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t flags = uapi_setup_company(fact_flag(&facts[i], UAPI_SETUP));
		int ringless, real;

		if (!flags)
			continue;
		ringless = tells ? setup_without_memory(k, flags) : 0;
		real = tells && ringless == -EINVAL ? -EINVAL
						    : setup_for_real(k, flags, base, NULL);
		judge_setup_flag(&facts[i], flags, ringless, tells, real);
	}
	if (base >= 0)
		k->close(k, base);
	*features = got;
}

void detect_features(uint32_t features, struct fact *facts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct fact *f = &facts[i];
		uint32_t flag = fact_flag(f, UAPI_FEAT);

		if (!flag)
			continue;
		if (!features) {
			fact_evidence(f, "io_uring_setup", "", "no ring, so no features seen");
			continue;
		}
		if (features & flag) {
			f->known = f->permitted = ANSWER_YES;
			continue;
		}
		unknown(f);
		fact_evidence(f, "io_uring_setup", "", "features 0x%x", features);
	}
}

static void judge_by_bad_fd(struct fact *f, int r, const char *call, const char *args)
{
	if (r == -EBADF)
		f->known = ANSWER_YES;
	else if (r == -EINVAL)
		unknown(f);
	fact_evidence(f, call, args, "%s", errno_name(r));
}

void detect_register_ops(struct kernel *k, struct fact *facts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct reg_call c = { .fd = BAD_FD, .op = facts[i].number };

		judge_by_bad_fd(&facts[i], k->reg(k, &c), "io_uring_register", "bad fd, NULL, 0");
	}
}

void detect_enter_flags(struct kernel *k, bool had_ring, struct fact *facts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t flag = fact_flag(&facts[i], UAPI_ENTER);
		bool indexed = flag == ENTER_REGISTERED_RING;
		int r;

		if (!flag)
			continue;
		r = k->enter(k, indexed ? BAD_RING_INDEX : BAD_FD, 0, 0, flag);
		/* A task that never had a ring has no table for the index. */
		if (indexed && r == -EINVAL && !had_ring)
			fact_evidence(&facts[i], "io_uring_enter", "registered index, no ring yet",
				      "EINVAL");
		else
			judge_by_bad_fd(&facts[i], r, "io_uring_enter", "bad fd, 0, 0");
	}
}
