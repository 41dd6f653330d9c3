/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/option.h"
#include "require.h"

static void because(struct judgement *j, enum met met, const char *fmt, ...) _printf_(3, 4);

static void because(struct judgement *j, enum met met, const char *fmt, ...)
{
	va_list ap;

	j->met = met;
	va_start(ap, fmt);
	vsnprintf(j->why, sizeof(j->why), fmt, ap);
	va_end(ap);
}

static const struct fact *find_fact(const struct probe *p, enum uapi_kind kind,
				    const struct uapi_row *row)
{
	for (unsigned i = 0; i < p->n_facts[kind]; i++)
		if (p->facts[kind][i].row == row)
			return &p->facts[kind][i];
	return NULL;
}

/* "io_uring_setup (SQPOLL): EACCES; ..", or otherwise. */
static void evidence_text(const struct fact *f, const char *otherwise, struct str *to)
{
	for (unsigned i = 0; i < f->n_evidence; i++) {
		const struct evidence *e = &f->evidence[i];

		str_addf(to, "%s%s%s%s%s: %s", i ? "; " : "", e->call, *e->args ? " (" : "",
			 e->args, *e->args ? ")" : "", e->result);
	}
	if (!to->len)
		str_add(to, otherwise);
}

static void judge_fact(const struct fact *f, struct judgement *j)
{
	_cleanup_str_ struct str seen = { 0 };

	if (!f) {
		because(j, MET_UNDECIDED, "nothing was seen that would tell");
		return;
	}
	if (f->known == ANSWER_NO) {
		evidence_text(f, "not known", &seen);
		because(j, MET_NO, "this kernel does not know it: %s", str_text(&seen));
	} else if (f->permitted == ANSWER_NO) {
		evidence_text(f, "refused", &seen);
		because(j, MET_NO, "not permitted: %s", str_text(&seen));
	} else if (f->works == ANSWER_NO) {
		evidence_text(f, "tried in vain", &seen);
		because(j, MET_NO, "known, and does not work: %s", str_text(&seen));
	} else if (f->works == ANSWER_YES) {
		because(j, MET_YES, "it was used, and works");
	} else if (f->known == ANSWER_YES && f->works == ANSWER_NA) {
		because(j, MET_YES, "known");
	} else {
		evidence_text(f, "nothing was seen that would tell", &seen);
		because(j, MET_UNDECIDED, "%s%s",
			f->known == ANSWER_YES ? "known, whether it works was not seen: " : "",
			str_text(&seen));
	}
}

/* Checks flags that are invalid on any kernel; io_uring_setup() would only return EINVAL. */
static bool is_illegal(uint32_t flags, struct judgement *j)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = uapi_find(UAPI_SETUP, bit);
		_cleanup_str_ struct str others = { 0 };

		if (!(flags & 1u << bit) || !row)
			continue;
		if (row->needs && !(flags & row->needs)) {
			uapi_flags_text(&others, UAPI_SETUP, row->needs, "|");
			because(j, MET_NO, "%s needs %s beside it: EINVAL on every kernel",
				uapi_short(UAPI_SETUP, row), str_text(&others));
			return true;
		}
		if (flags & row->conflicts) {
			uapi_flags_text(&others, UAPI_SETUP, flags & row->conflicts, "|");
			because(j, MET_NO, "%s refuses %s: EINVAL on every kernel",
				uapi_short(UAPI_SETUP, row), str_text(&others));
			return true;
		}
	}
	return false;
}

static void since_of_flags(uint32_t flags, struct judgement *j)
{
	j->has_since = true;
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = flags & 1u << bit ? uapi_find(UAPI_SETUP, bit) : NULL;

		if (row &&
		    (row->since.major > j->since.major ||
		     (row->since.major == j->since.major && row->since.minor > j->since.minor)))
			j->since = row->since;
	}
}

/* Finds the first flag that is unmet or undecided by itself. */
static bool part_fails(uint32_t flags, const struct ground *g, struct judgement *j)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = flags & 1u << bit ? uapi_find(UAPI_SETUP, bit) : NULL;
		struct judgement part = *j;

		if (!row)
			continue;
		judge_fact(find_fact(g->probe, UAPI_SETUP, row), &part);
		if (part.met == MET_YES)
			continue;
		because(j, part.met, "%s: %.150s", uapi_short(UAPI_SETUP, row), part.why);
		return true;
	}
	return false;
}

static void judge_ring(uint32_t flags, const struct ground *g, struct judgement *j)
{
	struct ring_params p = { .flags = flags };
	_cleanup_str_ struct str names = { 0 };
	bool whole = !(flags & (SETUP_ATTACH_WQ | SETUP_NO_MMAP | SETUP_REGISTERED_FD_ONLY));
	int fd;

	since_of_flags(flags, j);
	if (is_illegal(flags, j) || part_fails(flags, g, j))
		return;
	if (flags & SETUP_CQSIZE)
		p.cq_entries = 8;
	fd = whole ? g->k->setup(g->k, 4, &p) : -ENODATA;
	if (fd >= 0)
		g->k->close(g->k, fd);
	uapi_flags_text(&names, UAPI_SETUP, flags, "|");
	if (fd >= 0)
		because(j, MET_YES, "a ring with %s was made", str_text(&names));
	else if (fd == -ENODATA)
		because(j, MET_YES, "each works, and they are legal together");
	else if (fd == -EINVAL || fd == -EPERM || fd == -EACCES)
		because(j, MET_NO, "io_uring_setup (%s): %s", str_text(&names), errno_name(fd));
	else
		because(j, MET_UNDECIDED, "io_uring_setup (%s): %s", str_text(&names),
			errno_name(fd));
}

static void judge_command(const struct command_family *c, const struct ground *g,
			  struct judgement *j)
{
	struct judgement ring = { 0 };

	judge_fact(find_fact(g->probe, UAPI_OP, uapi_find(UAPI_OP, OP_URING_CMD)), j);
	j->has_since = true;
	j->since = c->since;
	if (j->met == MET_NO)
		return;
	if (c->setup_flags) {
		judge_ring(c->setup_flags, g, &ring);
		if (ring.met == MET_NO) {
			because(j, MET_NO, "%s", ring.why);
			return;
		}
	}
	because(j, MET_UNDECIDED,
		"the kernel has what it takes; only the device itself shows whether it answers");
}

static void judge_kernel(const struct requirement *r, const struct ground *g, struct judgement *j)
{
	const struct kver3 *says = &g->identity->says;

	j->has_since = true;
	j->since = (struct kver){ r->version.major, r->version.minor };
	if (!g->identity->has_says)
		because(j, MET_UNDECIDED, "the kernel's version is not known");
	else
		because(j, kver3_compare(says, &r->version) >= 0 ? MET_YES : MET_NO,
			"the kernel says %u.%u.%u (%s)", says->major, says->minor, says->patch,
			g->identity->release);
}

static void amount_text(enum limit_name name, uint64_t amount, struct str *to)
{
	if (amount == LIMIT_NONE)
		str_add(to, "unlimited");
	else if (name == LIMIT_MEMLOCK)
		size_text(to, amount);
	else
		str_addf(to, "%llu", (unsigned long long)amount);
}

static void judge_limit(const struct requirement *r, const struct ground *g, struct judgement *j)
{
	const struct resource_limit *const limits[LIMIT_NAMES] = {
		[LIMIT_MEMLOCK] = &g->limits->memlock,
		[LIMIT_NOFILE] = &g->limits->nofile,
		[LIMIT_NPROC] = &g->limits->nproc,
	};
	const struct resource_limit *l = limits[r->limit];
	_cleanup_str_ struct str soft = { 0 };

	if (!l->known) {
		because(j, MET_UNDECIDED, "the limit is not known");
		return;
	}
	amount_text(r->limit, l->soft, &soft);
	because(j, l->soft >= r->amount ? MET_YES : MET_NO, "the soft limit is %s",
		str_text(&soft));
}

static void judge_rings(const struct requirement *r, const struct ground *g, struct judgement *j)
{
	_cleanup_str_ struct str needed = { 0 }, allowed = { 0 };
	struct ring_cost cost;
	uint64_t fit;

	limits_ring_cost(g->k, r->entries, &cost);
	fit = limits_fit_memlock(&g->limits->memlock, &cost);
	amount_text(LIMIT_MEMLOCK, g->limits->memlock.soft, &allowed);
	amount_text(LIMIT_MEMLOCK, r->rings * cost.charged_bytes, &needed);
	if (g->limits->fit_nofile < r->rings)
		because(j, MET_NO,
			"RLIMIT_NOFILE is %llu (EMFILE): raise it, LimitNOFILE= of systemd",
			(unsigned long long)g->limits->fit_nofile);
	else if (cost.err && cost.err != -ENOMEM)
		because(j, MET_UNDECIDED, "what a ring of %u entries is charged: %s", r->entries,
			errno_name(cost.err));
	else if (cost.exempt)
		because(j, MET_YES, "this process is not charged; as another user it were %s of %s",
			str_text(&needed), str_text(&allowed));
	else if (fit >= r->rings)
		because(j, MET_YES, "they are charged %s of %s", str_text(&needed),
			str_text(&allowed));
	else if (cost.err)
		because(j, MET_NO,
			"not one ring of %u entries fits under RLIMIT_MEMLOCK (ENOMEM): raise it, "
			"LimitMEMLOCK= of systemd, ulimit -l",
			r->entries);
	else
		because(j, MET_NO,
			"they are charged %s and RLIMIT_MEMLOCK is %s, so %llu fit (ENOMEM): raise "
			"it, LimitMEMLOCK= of systemd, ulimit -l",
			str_text(&needed), str_text(&allowed), (unsigned long long)fit);
}

/* Without io_uring nothing is available, whatever the kernel knows. */
static bool is_refused(const struct requirement *r, const struct access *a, struct judgement *j)
{
	if (a->verdict == ACCESS_USABLE || r->kind == REQUIRE_KERNEL || r->kind == REQUIRE_LIMIT)
		return false;
	because(j, a->verdict == ACCESS_UNDECIDED ? MET_UNDECIDED : MET_NO,
		"io_uring is not usable here: %.160s", a->why);
	return true;
}

void require_judge(const struct requirement *r, const struct ground *g, struct judgement *out)
{
	struct judgement j = { 0 };

	if (r->row) {
		j.has_since = true;
		j.since = r->row->since;
	}
	if (r->kind == REQUIRE_RING)
		since_of_flags(r->flags, &j);
	if (is_refused(r, &g->probe->access, &j)) {
		*out = j;
		return;
	}
	switch (r->kind) {
	case REQUIRE_CONSTANT:
		judge_fact(find_fact(g->probe, r->table, r->row), &j);
		break;
	case REQUIRE_RING:
		judge_ring(r->flags, g, &j);
		break;
	case REQUIRE_COMMAND:
		judge_command(r->command, g, &j);
		break;
	case REQUIRE_KERNEL:
		judge_kernel(r, g, &j);
		break;
	case REQUIRE_LIMIT:
		judge_limit(r, g, &j);
		break;
	case REQUIRE_RINGS:
		judge_rings(r, g, &j);
		break;
	}
	*out = j;
}
