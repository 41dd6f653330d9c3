/* SPDX-License-Identifier: MIT */
#include "qualify.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "bench/engine/clock.h"
#include "bench/target/consent.h"
#include "probe/lib/array.h"
#include "probe/lib/base.h"

struct check *qualify_check(struct qualification *q, enum check_kind kind, const char *id,
			    const char *title)
{
	_cleanup_str_ struct str unique = { 0 };
	struct check *c;
	unsigned n = 1;

	c = array_room(q->checks, q->n_checks, sizeof(*c));
	if (!c)
		return NULL;
	q->checks = c;
	str_add(&unique, id);
	for (unsigned i = 0; i < q->n_checks; i++) {
		if (strcmp(q->checks[i].id, str_text(&unique)))
			continue;
		str_free(&unique);
		str_addf(&unique, "%s-%u", id, ++n);
		i = -1;
	}
	c = &q->checks[q->n_checks];
	*c = (struct check){ .kind = kind, .device = -1, .title = strdup(title), .id = unique.s };
	if (unique.err || !c->title) {
		free(c->title);
		return NULL;
	}
	unique = (struct str){ 0 };
	q->n_checks++;
	return c;
}

/* Appends text with only the characters that an id may have. */
static void add_slug(struct str *to, const char *text)
{
	for (; *text; text++) {
		char c = tolower((unsigned char)*text);

		str_addn(to, isalnum((unsigned char)c) || c == '_' || c == '.' ? &c : "-", 1);
	}
}

/* The last component of a path, unless another device has the same one. */
static char *slug_of(const struct qualification *q, const char *path)
{
	const char *last = strrchr(path, '/');
	struct str slug = { 0 };

	add_slug(&slug, !strcmp(path, ".") ? "here" : last && last[1] ? last + 1 : path);
	for (unsigned i = 0; i < q->n_devices; i++) {
		if (strcmp(q->devices[i].slug, str_text(&slug)))
			continue;
		str_free(&slug);
		add_slug(&slug, path + (*path == '/'));
		break;
	}
	return slug.s;
}

/* Finds the device of a path; for /dev/ngXnY its block device. */
static void find_device(struct kernel *k, struct qualify_device *d)
{
	char sibling[PATH_MAX];
	struct stat st;
	dev_t number;

	if (stat(d->path, &st) < 0)
		return;
	if (device_block_sibling(k, &st, sibling, &number))
		st = (struct stat){ .st_mode = S_IFBLK, .st_rdev = number };
	d->has_device = device_of(k, &st, &d->device) == 0;
	d->block = S_ISBLK(st.st_mode) ? st.st_rdev : 0;
}

static int add_devices(struct qualification *q, struct kernel *k, const struct opt_list *paths,
		       struct fail *f)
{
	static const struct opt_list here = { .item = { "." }, .n = 1 };
	bool needed = q->plan->n_device > 0;

	for (unsigned i = 0; i < q->plan->n_benches; i++)
		needed = needed || q->plan->benches[i].job.rw != RW_NOP;
	if (!paths->n && needed)
		paths = &here;
	q->devices = calloc(paths->n + 1, sizeof(*q->devices));
	if (!q->devices)
		return fail_set(f, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < paths->n; i++) {
		struct qualify_device *d = &q->devices[i];

		for (unsigned j = 0; j < i; j++)
			if (!strcmp(paths->item[j], paths->item[i]))
				return fail_as(f, FAIL_USAGE, -EINVAL, "device %s is given twice",
					       paths->item[i]);
		d->path = paths->item[i];
		find_device(k, d);
		d->slug = slug_of(q, d->path);
		if (!d->slug)
			return fail_set(f, -ENOMEM, "out of memory");
		q->n_devices++;
	}
	return 0;
}

static int add_runs(struct qualification *q, struct fail *f)
{
	const struct plan *p = q->plan;
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_benches; i++)
		n += p->benches[i].repeat * (q->n_devices + 1);
	q->runs = calloc(n + 1, sizeof(*q->runs));
	if (!q->runs)
		return fail_set(f, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < p->n_benches; i++) {
		const struct plan_bench *b = &p->benches[i];
		const bool nop = b->job.rw == RW_NOP;

		for (int d = nop ? -1 : 0; d < (nop ? 0 : (int)q->n_devices); d++)
			for (unsigned repeat = 1; repeat <= b->repeat; repeat++)
				q->runs[q->n_runs++] =
					(struct run){ .bench = b, .device = d, .repeat = repeat };
	}
	return 0;
}

struct job qualify_job(const struct qualification *q, const struct plan_bench *b, int device,
		       const struct qualify_opts *opts)
{
	const struct qualify_device *d = device < 0 ? NULL : &q->devices[device];
	const struct opt_list *consents = opts->consents;
	struct job job = b->job;

	if (!d || !plan_bench_writes(b))
		return job;
	job.overwrite = opts->overwrite;
	job.overwrite_signature = opts->overwrite_signature;
	for (unsigned i = 0; d->block && i < consents->n; i++) {
		struct job with = job;
		int r;

		with.destroy_data_on = consents->item[i];
		r = consent_check(kernel_live(), &with, d->path, d->block, NULL);
		if (r == 0)
			return with;
		/* The message already says what is wrong. */
		if (r == -ENOTUNIQ)
			job = with;
	}
	return job;
}

struct job qualify_opening(const struct plan_bench *b, const struct job *job)
{
	return precondition_asked(&b->prepare) ? precondition_opening(job) : *job;
}

/* Opens existing targets that would be written to, as far as this has no effect. */
static int check_consent(const struct qualification *q, const struct qualify_opts *opts,
			 struct fail *f)
{
	const int run_on = 0;

	for (unsigned i = 0; i < q->n_runs; i++) {
		const struct run *run = &q->runs[i];
		const char *path = run->device < 0 ? NULL : q->devices[run->device].path;
		struct target t;
		struct stat st;
		struct fail why;
		struct job job;

		if (!path || run->repeat > 1 || !run->bench->required ||
		    !plan_bench_writes(run->bench) || stat(path, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		job = qualify_job(q, run->bench, run->device, opts);
		job = qualify_opening(run->bench, &job);
		if (target_open(&job, path, &run_on, &t, &why) == 0)
			target_close(&t, true);
		else if (why.kind == FAIL_REFUSED)
			return fail_as(f, why.kind, why.err, "%s: %.300s", run->bench->name,
				       why.msg);
	}
	return 0;
}

static void met_verdict(struct check *c, enum met met, const char *why)
{
	static const enum check_verdict verdicts[] = {
		[MET_NO] = CHECK_FAILS,
		[MET_YES] = CHECK_PASSES,
		[MET_UNDECIDED] = CHECK_INVALID,
	};

	c->verdict = verdicts[met];
	if (met != MET_YES)
		snprintf(c->why, sizeof(c->why), "%s%.280s",
			 met == MET_UNDECIDED ? "undecided: " : "", why);
}

static int judge_requirements(struct qualification *q, const struct ground *g)
{
	for (unsigned i = 0; i < q->plan->n_requirements; i++) {
		const struct plan_requirement *p = &q->plan->requirements[i];
		_cleanup_str_ struct str id = { 0 };
		uint64_t before = mono_ns();
		struct judgement j;
		struct check *c;

		str_add(&id, "require/");
		add_slug(&id, p->ask.text);
		c = qualify_check(q, CHECK_REQUIREMENT, str_text(&id), p->ask.text);
		if (!c)
			return -ENOMEM;
		c->required = p->required;
		require_judge(&p->ask, g, &j);
		met_verdict(c, j.met, j.why);
		c->duration_ns = mono_ns() - before;
	}
	return 0;
}

/* Judges everything that an application needs, with the reason. */
static int judge_needs(const struct profile *p, const struct ground *g, enum met *met,
		       struct str *why)
{
	const enum access_verdict access = g->probe->access.verdict;

	*met = access == ACCESS_USABLE	    ? MET_YES
	       : access == ACCESS_UNDECIDED ? MET_UNDECIDED
					    : MET_NO;
	if (*met != MET_YES)
		str_addf(why, "io_uring is not usable here: it %s",
			 profile_refused(p, &g->probe->access).text);
	for (unsigned i = 0; i < p->n_needs && access == ACCESS_USABLE; i++) {
		const struct clause *c = &p->needs[i];
		_cleanup_free_ struct judgement *j = calloc(c->n, sizeof(*j));
		bool applies;
		enum met one;

		if (!j)
			return -ENOMEM;
		one = clause_judge(c, g, j, &applies);
		if (!applies || one == MET_YES)
			continue;
		*met = met_all(*met, one);
		for (unsigned n = 0; n < c->n && !why->len; n++)
			if (j[n].met != MET_YES)
				str_addf(why, "without %s it %s (%s)", c->requirements[n].text,
					 c->without.text, j[n].why);
	}
	return 0;
}

static int judge_applications(struct qualification *q, const struct ground *g)
{
	for (unsigned i = 0; i < q->plan->n_applications; i++) {
		const struct plan_application *a = &q->plan->applications[i];
		_cleanup_str_ struct str id = { 0 }, title = { 0 }, why = { 0 };
		uint64_t before = mono_ns();
		struct check *c;
		enum met met;

		str_add(&id, "profile/");
		add_slug(&id, a->profile.name);
		str_addf(&title, "what %s needs of io_uring", a->profile.application);
		c = qualify_check(q, CHECK_APPLICATION, str_text(&id), str_text(&title));
		if (!c || judge_needs(&a->profile, g, &met, &why) < 0)
			return -ENOMEM;
		c->required = a->required;
		met_verdict(c, met, str_text(&why));
		c->duration_ns = mono_ns() - before;
	}
	return 0;
}

static void judge_fact(struct check *c, const struct qualify_device *d)
{
	_cleanup_str_ struct str why = { 0 };

	c->verdict = CHECK_SKIPPED;
	if (!d->has_device) {
		str_addf(&why, "no block device is to be seen under %.200s", d->path);
	} else {
		c->value = limit_of_device(c->bound, &d->device);
		if (!c->value.known)
			str_add(&why, "sysfs does not tell");
		else if (limit_holds(c->bound, &c->value))
			c->verdict = CHECK_PASSES;
		else
			c->verdict = CHECK_FAILS;
	}
	if (c->verdict == CHECK_FAILS)
		limit_explain(c->bound, &c->value, &why);
	snprintf(c->why, sizeof(c->why), "%s", str_text(&why));
}

static int judge_facts(struct qualification *q)
{
	for (unsigned i = 0; i < q->n_devices; i++) {
		const struct qualify_device *d = &q->devices[i];

		for (unsigned j = 0; j < q->plan->n_device; j++) {
			const struct limit *l = &q->plan->device[j];
			_cleanup_str_ struct str id = { 0 }, title = { 0 };
			struct check *c;

			str_addf(&id, "device/%s/%s", d->slug, l->name);
			str_addf(&title, "%s of %s", l->text, d->path);
			c = qualify_check(q, CHECK_DEVICE, str_text(&id), str_text(&title));
			if (!c)
				return -ENOMEM;
			c->device = i;
			c->bound = l;
			c->required = l->required;
			judge_fact(c, d);
		}
	}
	return 0;
}

static int ask_kernel(struct qualification *q, struct kernel *k)
{
	struct identity identity = { 0 };
	struct limits limits;
	int r = probe_run(k, &q->probe);

	if (r == 0)
		r = identity_find(k, &q->probe, &identity);
	if (r == 0) {
		struct ground g = { k, &q->probe, &identity, &limits };

		limits_probe(k, LIMITS_ENTRIES, q->probe.access.verdict == ACCESS_USABLE, &limits);
		r = judge_requirements(q, &g);
		if (r == 0)
			r = judge_applications(q, &g);
	}
	identity_free(&identity);
	return r;
}

static void skip_all(struct qualification *q)
{
	const struct access *a = &q->probe.access;

	for (unsigned i = 0; i < q->n_runs; i++)
		fail_as(&q->runs[i].fail, FAIL_UNAVAILABLE, -ENOSYS,
			"io_uring is not usable here: %.300s", a->why);
}

int qualify_run(struct kernel *k, const struct plan *plan, const struct qualify_opts *opts,
		struct qualification *out, struct fail *f)
{
	struct qualification q = { .plan = plan };
	uint64_t before = mono_ns();
	int r = add_devices(&q, k, opts->devices, f);

	if (r == 0)
		r = add_runs(&q, f);
	if (r == 0) {
		r = ask_kernel(&q, k);
		if (r == 0)
			r = judge_facts(&q);
		if (r < 0)
			fail_set(f, r, "%s",
				 r == -EINTR ? "interrupted while the kernel was probed"
					     : strerror(-r));
	}
	/* A seccomp filter may kill a process that opens a target to be polled. */
	if (r == 0 && q.probe.access.verdict != ACCESS_USABLE) {
		skip_all(&q);
	} else if (r == 0) {
		r = check_consent(&q, opts, f);
		if (r == 0)
			r = qualify_measure(&q, opts, f);
	}
	if (r == 0 && qualify_judge_benches(&q) < 0)
		r = fail_set(f, -ENOMEM, "out of memory");
	if (r < 0) {
		qualify_free(&q);
		return r;
	}
	qualify_sum(&q);
	q.complete = !*opts->stop;
	q.duration_ns = mono_ns() - before;
	*out = q;
	return 0;
}

void qualify_free(struct qualification *q)
{
	for (unsigned i = 0; i < q->n_devices; i++)
		free(q->devices[i].slug);
	for (unsigned i = 0; i < q->n_runs; i++) {
		if (q->runs[i].state == RUN_MADE)
			result_free(q->runs[i].result);
		free(q->runs[i].result);
	}
	for (unsigned i = 0; i < q->n_checks; i++) {
		free(q->checks[i].id);
		free(q->checks[i].title);
	}
	free(q->devices);
	free(q->runs);
	free(q->checks);
	probe_free(&q->probe);
	*q = (struct qualification){ 0 };
}
