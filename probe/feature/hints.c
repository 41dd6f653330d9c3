/* SPDX-License-Identifier: MIT */
#include "hints.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/option.h"

struct hint_list {
	struct hint *list;
	unsigned n;
};

/* Programs with a ring per thread or worker easily need more rings than this. */
#define FEW_RINGS 64

static struct hint *add(struct hint_list *d, const char *what, const char *cause, const char *fix)
{
	struct hint *one = &d->list[d->n < MAX_HINTS ? d->n++ : MAX_HINTS - 1];

	*one = (struct hint){ .what = "" };
	snprintf(one->what, sizeof(one->what), "%s", what);
	snprintf(one->cause, sizeof(one->cause), "%s", cause);
	snprintf(one->fix, sizeof(one->fix), "%s", fix);
	return one;
}

static const struct fact *fact_of(const struct probe *p, enum uapi_kind kind, uint32_t number)
{
	for (unsigned i = 0; i < p->n_facts[kind]; i++)
		if (p->facts[kind][i].number == number)
			return &p->facts[kind][i];
	return NULL;
}

static const struct evidence *seen(const struct fact *f, const char *result)
{
	for (unsigned i = 0; f && i < f->n_evidence; i++)
		if (!strncmp(f->evidence[i].result, result, strlen(result)))
			return &f->evidence[i];
	return NULL;
}

static void tell_evidence(struct hint *one, const struct evidence *e)
{
	snprintf(one->evidence, sizeof(one->evidence), "%s (%s): %s", e->call, e->args, e->result);
}

static void hint_sqpoll(const struct probe *p, struct hint_list *d)
{
	const struct fact *f = fact_of(p, UAPI_SETUP, __builtin_ctz(SETUP_SQPOLL));
	const struct evidence *e;

	if (!f || f->works == ANSWER_YES)
		return;
	e = seen(f, "EACCES");
	if (e) {
		tell_evidence(add(d, "rings with SQPOLL fail with EACCES",
				  p->access.seen.selinux
					  ? "SELinux is enforcing and denies io_uring { sqpoll }"
					  : "a security module denies SQPOLL",
				  "ausearch -m avc shows the denial; allow it in the policy, or do "
				  "without SQPOLL (libuv: UV_USE_IO_URING=0)"),
			      e);
		return;
	}
	e = seen(f, "EPERM");
	if (e) {
		tell_evidence(
			add(d, "rings with SQPOLL fail with EPERM",
			    "before 5.11 SQPOLL needs CAP_SYS_ADMIN, before 5.13 CAP_SYS_NICE",
			    "give the program that capability, or boot a newer kernel"),
			e);
		return;
	}
	e = seen(f, "EAGAIN");
	if (e)
		tell_evidence(add(d, "rings with SQPOLL fail with EAGAIN",
				  "the kernel thread counts against RLIMIT_NPROC and the pids of "
				  "the cgroup, and there is no room",
				  "raise it: ulimit -u, LimitNPROC= and TasksMax= of systemd, "
				  "--pids-limit of Docker"),
			      e);
}

static void hint_uring_cmd(const struct probe *p, struct hint_list *d)
{
	const struct fact *f = fact_of(p, UAPI_OP, OP_URING_CMD);
	const struct evidence *e = seen(f, "EACCES");

	if (!f || f->works == ANSWER_YES || !e)
		return;
	tell_evidence(add(d, "URING_CMD, and so NVMe passthrough, fails with EACCES",
			  p->access.seen.selinux
				  ? "SELinux is enforcing and denies io_uring { cmd }"
				  : "a security module denies the command",
			  "ausearch -m avc shows the denial; allow it in the policy"),
		      e);
}

static void hint_memlock(const struct limits *l, struct hint_list *d)
{
	_cleanup_str_ struct str limit = { 0 }, each = { 0 }, used = { 0 };
	struct hint *one;

	if (l->cost.exempt || l->fit_memlock >= FEW_RINGS || !l->memlock.known)
		return;
	size_text(&limit, l->memlock.soft);
	size_text(&each, l->cost.charged_bytes);
	size_text(&used, l->cost.locked_bytes);
	one = add(d, "",
		  "this kernel charges rings to RLIMIT_MEMLOCK, together with all else that "
		  "the user has locked; closed rings stay charged for some 20 ms",
		  "raise the limit: ulimit -l, LimitMEMLOCK= of systemd, --ulimit memlock of "
		  "Docker; with rings made one after the other, retry after 50 ms");
	if (l->fit_memlock)
		snprintf(one->what, sizeof(one->what),
			 "no more than %llu ring%s of %u entries fit%s, the next fails with ENOMEM",
			 (unsigned long long)l->fit_memlock, l->fit_memlock > 1 ? "s" : "",
			 l->cost.entries, l->fit_memlock > 1 ? "" : "s");
	else
		snprintf(one->what, sizeof(one->what),
			 "no ring of %u entries fits, it fails with ENOMEM", l->cost.entries);
	if (l->cost.err)
		snprintf(one->evidence, sizeof(one->evidence), "limit %s", str_text(&limit));
	else if (l->cost.locked_untold)
		snprintf(one->evidence, sizeof(one->evidence),
			 "limit %s, %s charged for each or already locked", str_text(&limit),
			 str_text(&each));
	else
		snprintf(one->evidence, sizeof(one->evidence),
			 "limit %s, %s charged for each, %s already locked", str_text(&limit),
			 str_text(&each), str_text(&used));
}

static void hint_other_lockers(const struct limits *l, struct hint_list *d)
{
	_cleanup_str_ struct str used = { 0 }, limit = { 0 };

	if (l->cost.exempt || l->cost.err || !l->memlock.known || !l->cost.charged_bytes ||
	    l->memlock.soft == LIMIT_NONE || l->cost.locked_bytes < l->memlock.soft / 2)
		return;
	size_text(&used, l->cost.locked_bytes);
	size_text(&limit, l->memlock.soft);
	snprintf(
		add(d, "most of RLIMIT_MEMLOCK is gone before the first ring is made",
		    "other processes of the same user hold rings, registered buffers or buffers of "
		    "perf events (a profiler)",
		    "find them, or raise the limit: ulimit -l, LimitMEMLOCK= of systemd")
			->evidence,
		sizeof(d->list->evidence), "%s of %s held against this user", str_text(&used),
		str_text(&limit));
}

static void hint_probe(const struct probe *p, struct hint_list *d)
{
	const struct fact *f = fact_of(p, UAPI_REG, REGISTER_PROBE);

	if (!f || f->known != ANSWER_NO)
		return;
	snprintf(add(d, "io_uring_get_probe() returns NULL",
		     "REGISTER_PROBE is in 5.6 and later; that says nothing of the opcodes",
		     "tell the opcodes by the feature bits, or boot a newer kernel")
			 ->evidence,
		 sizeof(d->list->evidence), "io_uring_register (REGISTER_PROBE): EINVAL");
}

unsigned hints_find(const struct probe *p, const struct limits *l, struct hint *out)
{
	struct hint_list d = { .list = out };

	if (p->access.verdict != ACCESS_USABLE)
		return 0;
	hint_memlock(l, &d);
	hint_other_lockers(l, &d);
	hint_sqpoll(p, &d);
	hint_uring_cmd(p, &d);
	hint_probe(p, &d);
	return d.n;
}
