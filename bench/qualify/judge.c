/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/saved/quantity.h"
#include "bench/stats/stats.h"
#include "probe/lib/base.h"
#include "qualify.h"

const char *const check_verdict_names[CHECK_VERDICTS] = {
	[CHECK_PASSES] = "pass",
	[CHECK_FAILS] = "fail",
	[CHECK_SKIPPED] = "skipped",
	[CHECK_INVALID] = "invalid",
};

const char *const check_kind_names[CHECK_KINDS] = {
	[CHECK_REQUIREMENT] = "requirement", [CHECK_APPLICATION] = "profile",
	[CHECK_DEVICE] = "device",	     [CHECK_BENCH] = "bench",
	[CHECK_SPREAD] = "spread",
};

/* Values of a limit's metric in the runs of a benchmark on one device. */
struct seen {
	double values[PLAN_MAX_REPEAT]; /* known values only */
	unsigned n, n_known, hits, misses, invalid, skipped;
	bool failed; /* an error that is not permitted, whatever the values */
	uint64_t duration_ns;
	char why[300]; /* of the first invalid one, otherwise the first skipped one */
};

static void because(char why[static 300], const struct run *run, const char *text)
{
	if (run->bench->repeat > 1)
		snprintf(why, 300, "run %u of %u: %.250s", run->repeat, run->bench->repeat, text);
	else
		snprintf(why, 300, "%.280s", text);
}

static void invalid(struct seen *s, const struct run *run, const char *text)
{
	if (!s->invalid++)
		because(s->why, run, text);
}

static void skipped(struct seen *s, const struct run *run, const char *text)
{
	if (!s->skipped++ && !s->invalid)
		because(s->why, run, text);
}

static bool counts_errors(const struct limit *l)
{
	return !strcmp(l->quantity->name, "errors") || !strcmp(l->quantity->name, "mismatches");
}

static void look_at_result(struct seen *s, const struct run *run, const struct limit *l)
{
	const struct result *res = run->result;
	struct value v = limit_of_result(l, res);

	if (v.known && s->n_known < PLAN_MAX_REPEAT)
		s->values[s->n_known++] = v.number;
	if (v.known && counts_errors(l) && !l->spread && !limit_holds(l, &v)) {
		s->failed = true;
		s->misses++;
	} else if (!res->valid) {
		invalid(s, run, res->n_reasons ? res->reasons[0] : "the result is not valid");
	} else if (!res->complete) {
		invalid(s, run, "it ended before its time");
	} else if (!v.known) {
		invalid(s, run, "there are too few I/Os to have this value");
	} else if (l->spread == SPREAD_NONE && limit_holds(l, &v)) {
		s->hits++;
	} else {
		s->misses++;
	}
}

static void look(struct seen *s, const struct run *run, const struct limit *l)
{
	s->n++;
	s->duration_ns += run->duration_ns;
	if (run->state == RUN_MADE)
		look_at_result(s, run, l);
	else if (run->fail.kind == FAIL_UNAVAILABLE || run->fail.kind == FAIL_REFUSED)
		skipped(s, run, run->fail.msg);
	else
		invalid(s, run, run->fail.msg);
}

/* Sorts values, as the median does. */
static double spread(double *values, unsigned n)
{
	const double mean = stats_mean(values, n);

	stats_sort_median(values, n);
	return mean ? (values[n - 1] - values[0]) / mean : 0;
}

static void explain(struct check *c)
{
	_cleanup_str_ struct str why = { 0 };

	limit_explain(c->bound, &c->value, &why);
	snprintf(c->why, sizeof(c->why), "%s", str_text(&why));
}

static void judge_value(struct check *c)
{
	c->verdict = limit_holds(c->bound, &c->value) ? CHECK_PASSES : CHECK_FAILS;
	if (c->verdict == CHECK_FAILS)
		explain(c);
}

static void judge_seen(struct check *c, struct seen *s)
{
	const struct limit *l = c->bound;

	c->duration_ns = s->duration_ns;
	if (s->n_known) {
		c->value.known = true;
		c->value.number = l->spread ? spread(s->values, s->n_known)
					    : stats_sort_median(s->values, s->n_known);
	}
	if (s->failed) {
		/* Uses the largest value: a single run with errors must fail, even if the median has none. */
		c->value.number = s->values[s->n_known - 1];
		c->verdict = CHECK_FAILS;
		explain(c);
	} else if (s->invalid || s->skipped) {
		c->verdict = s->invalid ? CHECK_INVALID : CHECK_SKIPPED;
		snprintf(c->why, sizeof(c->why), "%s", s->why);
	} else if (l->spread || s->hits == s->n || s->misses == s->n) {
		judge_value(c);
	} else {
		c->verdict = CHECK_INVALID;
		snprintf(c->why, sizeof(c->why), "unstable: %u of %u runs %s it", s->misses, s->n,
			 s->misses == 1 ? "misses" : "miss");
	}
}

static struct seen look_at(const struct qualification *q, const struct plan_bench *b, int device,
			   const struct limit *l)
{
	struct seen s = { 0 };

	for (unsigned i = 0; i < q->n_runs; i++)
		if (q->runs[i].bench == b && q->runs[i].device == device)
			look(&s, &q->runs[i], l);
	return s;
}

static int judge_on(struct qualification *q, const struct plan_bench *b, int device,
		    const struct limit *l)
{
	_cleanup_str_ struct str id = { 0 }, title = { 0 };
	struct seen s = look_at(q, b, device, l);
	struct check *c;

	str_addf(&id, "%s/", b->name);
	str_addf(&title, "%s: %s", b->name, l->text);
	if (device >= 0) {
		str_addf(&id, "%s/", q->devices[device].slug);
		str_addf(&title, " on %s", q->devices[device].path);
	}
	str_add(&id, l->name);
	c = qualify_check(q, CHECK_BENCH, str_text(&id), str_text(&title));
	if (!c)
		return -ENOMEM;
	c->device = device;
	c->bench = b;
	c->bound = l;
	c->required = b->required && l->required;
	judge_seen(c, &s);
	return 0;
}

static void name_ends(const struct qualification *q, struct check *c, const double *of_device)
{
	const struct limit *l = c->bound;
	_cleanup_str_ struct str text = { 0 };
	unsigned least = 0, most = 0;

	for (unsigned i = 1; i < q->n_devices; i++) {
		least = of_device[i] < of_device[least] ? i : least;
		most = of_device[i] > of_device[most] ? i : most;
	}
	str_addf(&text, "%.60s: from ", c->why);
	limit_number(&text, l->quantity->unit, of_device[least]);
	str_addf(&text, " on %.80s to ", q->devices[least].path);
	limit_number(&text, l->quantity->unit, of_device[most]);
	str_addf(&text, " on %.80s", q->devices[most].path);
	snprintf(c->why, sizeof(c->why), "%s", str_text(&text));
}

static void judge_devices(struct qualification *q, const struct plan_bench *b, struct check *c)
{
	double of_device[OPT_LIST_MAX], sorted[OPT_LIST_MAX];

	if (q->n_devices < 2) {
		c->verdict = CHECK_SKIPPED;
		c->required = false;
		snprintf(c->why, sizeof(c->why), "one device: there is nothing to compare it with");
		return;
	}
	for (unsigned i = 0; i < q->n_devices; i++) {
		struct seen s = look_at(q, b, i, c->bound);

		c->duration_ns += s.duration_ns;
		if (s.invalid || s.skipped || s.failed || !s.n_known) {
			c->verdict = s.skipped && !s.invalid ? CHECK_SKIPPED : CHECK_INVALID;
			snprintf(c->why, sizeof(c->why), "%.80s: %.200s", q->devices[i].path,
				 *s.why ? s.why : "there is no value");
			return;
		}
		of_device[i] = sorted[i] = stats_sort_median(s.values, s.n_known);
	}
	c->value = (struct value){ .known = true, .number = spread(sorted, q->n_devices) };
	judge_value(c);
	if (c->verdict == CHECK_FAILS)
		name_ends(q, c, of_device);
}

static int judge_between(struct qualification *q, const struct plan_bench *b, const struct limit *l)
{
	_cleanup_str_ struct str id = { 0 }, title = { 0 };
	struct check *c;

	str_addf(&id, "%s/spread/%s", b->name, l->name);
	str_addf(&title, "%s: %s between devices", b->name, l->text);
	c = qualify_check(q, CHECK_SPREAD, str_text(&id), str_text(&title));
	if (!c)
		return -ENOMEM;
	c->bench = b;
	c->bound = l;
	c->required = b->required && l->required;
	judge_devices(q, b, c);
	return 0;
}

static int judge_limit(struct qualification *q, const struct plan_bench *b, const struct limit *l)
{
	int r = 0;

	if (l->spread == SPREAD_DEVICES)
		return judge_between(q, b, l);
	if (b->job.rw == RW_NOP)
		return judge_on(q, b, -1, l);
	for (unsigned i = 0; r == 0 && i < q->n_devices; i++)
		r = judge_on(q, b, i, l);
	return r;
}

int qualify_judge_benches(struct qualification *q)
{
	int r = 0;

	for (unsigned i = 0; i < q->plan->n_benches; i++) {
		const struct plan_bench *b = &q->plan->benches[i];

		for (unsigned j = 0; r == 0 && j < b->n_limits; j++)
			r = judge_limit(q, b, &b->limits[j]);
	}
	return r;
}

/* The worst of the required: a failure is certain, invalid or skipped is not. */
static enum check_verdict worst(enum check_verdict a, enum check_verdict b)
{
	static const unsigned rank[CHECK_VERDICTS] = {
		[CHECK_PASSES] = 0,
		[CHECK_SKIPPED] = 1,
		[CHECK_INVALID] = 2,
		[CHECK_FAILS] = 3,
	};

	return rank[b] > rank[a] ? b : a;
}

static void sum_devices(struct qualification *q)
{
	for (unsigned i = 0; i < q->n_devices; i++) {
		struct qualify_device *d = &q->devices[i];

		d->verdict = CHECK_PASSES;
		for (unsigned j = 0; j < q->n_checks; j++)
			if (q->checks[j].device == (int)i && q->checks[j].required)
				d->verdict = worst(d->verdict, q->checks[j].verdict);
	}
}

void qualify_sum(struct qualification *q)
{
	static const char *const say[CHECK_VERDICTS][2] = {
		[CHECK_FAILS] = { "required check fails", "required checks fail" },
		[CHECK_SKIPPED] = { "required check was skipped", "required checks were skipped" },
		[CHECK_INVALID] = { "required check has no valid answer",
				    "required checks have no valid answer" },
	};
	unsigned required[CHECK_VERDICTS] = { 0 };

	q->verdict = CHECK_PASSES;
	memset(q->counts, 0, sizeof(q->counts));
	for (unsigned i = 0; i < q->n_checks; i++) {
		const struct check *c = &q->checks[i];

		q->counts[c->verdict]++;
		if (!c->required)
			continue;
		required[c->verdict]++;
		q->verdict = worst(q->verdict, c->verdict);
	}
	*q->why = '\0';
	if (q->verdict != CHECK_PASSES)
		snprintf(q->why, sizeof(q->why), "%u %s", required[q->verdict],
			 say[q->verdict][required[q->verdict] > 1]);
	for (unsigned i = 0; i < q->n_runs; i++) {
		const struct run *run = &q->runs[i];

		if (run->state == RUN_MADE || !run->bench->required)
			continue;
		q->broken = q->broken || run->fail.kind == FAIL_RUNTIME;
		q->refused = q->refused || run->fail.kind == FAIL_REFUSED;
	}
	sum_devices(q);
}
