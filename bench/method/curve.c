/* SPDX-License-Identifier: MIT */
#include "curve.h"

#include <math.h>
#include <string.h>

#include "probe/lib/base.h"

/* Limits for the load of the idle target, as shares of the maximum; within them it is as low as the time of
 * a point permits. */
#define IDLE_LEAST 0.02
#define IDLE_MOST  0.05
#define STEP_SHARE 0.1
/* Loads above the closed loop's rate increase by this factor, a limited number of times. */
#define STEP_BEYOND 1.1
#define MOST_BEYOND 4.0
#define MIN_IOS	    120 /* so that p99 has an I/O beyond it */
#define TRIES	    2

const char *const curve_verdict_names[] = {
	[CURVE_CARRIED] = "carried",
	[CURVE_LATE] = "late",
	[CURVE_BEHIND] = "behind",
};

struct search {
	struct curve *c;
	const volatile int *stop;
	curve_point_fn measure;
	void *arg;
	uint64_t begin_ns;
};

static void note(struct curve *c, const char *fmt, ...) _printf_(2, 3);

/* Only the first reason is kept. */
static void note(struct curve *c, const char *fmt, ...)
{
	va_list ap;

	c->valid = false;
	if (*c->reason)
		return;
	va_start(ap, fmt);
	vsnprintf(c->reason, sizeof(c->reason), fmt, ap);
	va_end(ap);
}

/* Three digits are more precise than a load is known, and readable. */
static double rounded(double rate)
{
	double unit = pow(10, floor(log10(rate)) - 2);

	rate = round(rate / unit) * unit;
	return rate < 1 ? 1 : rate;
}

static double idle_rate(const struct curve *c)
{
	const double full = c->full.iops, least = IDLE_LEAST * full;
	double rate = MIN_IOS * 1e9 / c->ask.point_ns;

	rate = rate < least ? least : rate;
	return rounded(rate < IDLE_MOST * full ? rate : IDLE_MOST * full);
}

static uint64_t time_for(const struct curve *c, double rate)
{
	uint64_t ns = rate > 0 ? MIN_IOS / rate * 1e9 : 0;

	return ns > c->ask.point_ns ? ns : c->ask.point_ns;
}

static enum curve_verdict judge(const struct curve *c, const struct curve_point *p)
{
	if (!p->sustained)
		return CURVE_BEHIND;
	return c->limit_ns >= 0 && p->lat.p99_ns > c->limit_ns ? CURVE_LATE : CURVE_CARRIED;
}

static bool better(const struct curve_point *a, const struct curve_point *b)
{
	if (a->valid != b->valid)
		return a->valid;
	if (a->sustained != b->sustained)
		return a->sustained;
	return a->lat.p99_ns < b->lat.p99_ns;
}

static void insert(struct curve *c, const struct curve_point *p)
{
	unsigned at = c->n;

	while (at && c->points[at - 1].asked > p->asked)
		at--;
	memmove(&c->points[at + 1], &c->points[at], (c->n - at) * sizeof(*p));
	c->points[at] = *p;
	c->n++;
}

/* Returns 1 if measured, 0 if the search is over, negative on failure. */
static int try_load(struct search *s, double rate, struct curve_point *out, struct fail *f)
{
	struct curve *c = s->c;
	struct curve_point best = { 0 };
	uint64_t ns = time_for(c, rate);
	int r;

	for (unsigned i = 1; i <= TRIES; i++) {
		struct curve_point p = { 0 };

		if (*s->stop) {
			c->complete = false;
			break;
		}
		if (c->ask.budget_ns && mono_ns() - s->begin_ns + ns > c->ask.budget_ns) {
			note(c, "the time that --budget allows was used up");
			break;
		}
		r = s->measure(s->arg, rate, ns, &p, f);
		if (r < 0)
			return r;
		p.asked = rate;
		if (!p.complete) {
			c->complete = false;
			if (!*s->stop)
				note(c, "%s", p.reason);
			break;
		}
		p.verdict = rate > 0 ? judge(c, &p) : CURVE_CARRIED;
		if (i == 1 || better(&p, &best))
			best = p;
		best.tries = i;
		/* Every load is compared with the idle target. */
		if (rate > 0 && c->limit_ns < 0)
			continue;
		if (p.valid && p.verdict == CURVE_CARRIED)
			break;
	}
	if (!best.tries)
		return 0;
	*out = best;
	return 1;
}

/* The same, but keeps the point. */
static int add_load(struct search *s, double rate, enum curve_verdict *verdict, struct fail *f)
{
	struct curve *c = s->c;
	struct curve_point p;
	int r;

	if (c->n == CURVE_MAX_POINTS)
		return 0;
	r = try_load(s, rate, &p, f);
	if (r <= 0)
		return r;
	insert(c, &p);
	*verdict = p.verdict;
	if (p.verdict == CURVE_CARRIED) {
		c->knee = rate;
	} else {
		c->beyond = rate;
		c->beyond_cause = p.verdict;
	}
	return 1;
}

/* Increases the load from idle until it is not carried. */
static int climb(struct search *s, struct fail *f)
{
	const double full = s->c->full.iops;
	enum curve_verdict verdict;
	double rate = idle_rate(s->c), last = 0;
	int r = add_load(s, rate, &verdict, f);

	if (r <= 0)
		return r;
	if (verdict != CURVE_CARRIED)
		return 0;
	if (s->c->points[0].lat.p99_ns >= 0)
		s->c->limit_ns = s->c->ask.factor * s->c->points[0].lat.p99_ns;
	for (unsigned step = 1; verdict == CURVE_CARRIED; step++) {
		last = rate;
		rate = rounded(step * STEP_SHARE <= 1 ? step * STEP_SHARE * full
						      : rate * STEP_BEYOND);
		if (rate > MOST_BEYOND * full)
			return 0;
		if (rate <= last)
			continue;
		r = add_load(s, rate, &verdict, f);
		if (r <= 0)
			return r;
	}
	return 1;
}

static int narrow(struct search *s, struct fail *f)
{
	struct curve *c = s->c;
	enum curve_verdict verdict;
	int r = 1;

	while (r > 0 && c->beyond - c->knee > CURVE_PRECISION * c->beyond) {
		double rate = rounded((c->knee + c->beyond) / 2);

		if (rate <= c->knee || rate >= c->beyond)
			break;
		r = add_load(s, rate, &verdict, f);
	}
	return r;
}

static void conclude(struct curve *c, bool over)
{
	unsigned bad = 0, first = 0;

	c->found = over && c->complete && c->knee > 0 && c->beyond > 0;
	for (unsigned i = c->n; i-- > 0;) {
		if (c->points[i].valid)
			continue;
		bad++;
		first = i;
	}
	if (bad)
		note(c, "%u of %u points cannot be trusted; the first, at %.0f I/Os per second: %s",
		     bad, c->n, c->points[first].asked, c->points[first].reason);
	if (c->full.tries && !c->full.valid)
		note(c, "the closed loop: %s", c->full.reason);
	if (c->complete && !c->found) {
		if (!c->knee)
			note(c, "no knee: the lowest load was not carried");
		else if (!c->beyond)
			note(c, "no knee: every load was carried");
		else
			note(c,
			     "the knee is not known well: it lies between %.0f and %.0f I/Os "
			     "per second",
			     c->knee, c->beyond);
	}
	if (!c->found)
		note(c, "it ended before the knee was found");
}

int curve_find(const struct curve_ask *ask, const volatile int *stop, curve_point_fn measure,
	       void *arg, struct curve *out, struct fail *f)
{
	_cleanup_free_ struct curve *c = calloc(1, sizeof(*c));
	struct search s = {
		.c = c,
		.stop = stop,
		.measure = measure,
		.arg = arg,
		.begin_ns = mono_ns(),
	};
	int r;

	if (!c)
		return fail_set(f, -ENOMEM, "out of memory");
	c->ask = *ask;
	c->limit_ns = -1;
	c->complete = c->valid = true;
	r = try_load(&s, 0, &c->full, f);
	if (r < 0)
		return r;
	if (r > 0 && c->full.iops > 0) {
		r = climb(&s, f);
		if (r > 0)
			r = narrow(&s, f);
	} else {
		r = 0;
	}
	if (r < 0 && !*stop)
		return r;
	if (r < 0)
		c->complete = false;
	conclude(c, r > 0);
	*out = *c;
	return 0;
}

struct live {
	struct job job;
	struct target *target;
	const struct curve_ask *ask;
	const volatile int *stop;
	const struct follower *who;
	struct result *res;
	struct granted granted;
};

static struct curve_lat lat_of(const struct hist *h)
{
	return (struct curve_lat){
		.mean_ns = hist_mean(h),
		.p50_ns = hist_percentile_or_none(h, 0.5),
		.p90_ns = hist_percentile_or_none(h, 0.9),
		.p99_ns = hist_percentile_or_none(h, 0.99),
		.p999_ns = hist_percentile_or_none(h, 0.999),
		.max_ns = h->count ? (int64_t)h->max : -1,
	};
}

static void point_of(const struct result *res, struct curve_point *p)
{
	const uint64_t cpu_ns = res->cpu.user_ns + res->cpu.system_ns;

	*p = (struct curve_point){
		.iops = res->total.iops,
		.bw = res->total.bw,
		.ios = res->total.ios,
		.elapsed_ns = res->elapsed_ns,
		.backlog = res->backlog,
		.lat = lat_of(&res->total.lat),
		.service = lat_of(res->rate.per_s ? &res->service : &res->total.lat),
		.cpu_ns_per_io = res->total.ios ? (double)cpu_ns / res->total.ios : 0,
		.sustained = !res->rate.per_s || res->sustained,
		.complete = res->complete,
		.valid = res->valid,
	};
	if (res->n_reasons)
		snprintf(p->reason, sizeof(p->reason), "%s", res->reasons[0]);
}

static int measure_live(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	struct live *l = arg;
	struct job job = l->job;
	char text[48], what[64];
	int r;

	snprintf(text, sizeof(text), "%.2f%s", rate, l->ask->poisson ? ",poisson" : "");
	snprintf(what, sizeof(what), rate > 0 ? "%.0f I/Os per second" : "closed loop", rate);
	follow_step(l->who, what);
	job.rate = rate > 0 ? text : NULL;
	job.runtime = ns;
	if (!job.ramp)
		job.ramp = ns / 10;
	r = bench_on(&job, l->target, l->stop, l->who->progress, l->who->arg, l->res, f);
	if (r < 0)
		return r;
	point_of(l->res, p);
	l->granted = l->res->granted;
	result_free(l->res);
	return 0;
}

int curve_run(const struct job *job, struct target *t, const struct curve_ask *ask,
	      const volatile int *stop, const struct follower *who, struct curve *out,
	      struct fail *f)
{
	_cleanup_free_ struct result *res = calloc(1, sizeof(*res));
	struct live live = {
		.job = *job,
		.target = t,
		.ask = ask,
		.stop = stop,
		.who = who,
		.res = res,
	};
	int r;

	if (!res)
		return fail_set(f, -ENOMEM, "out of memory");
	live.job.interval = 0;
	r = curve_find(ask, stop, measure_live, &live, out, f);
	if (r == 0)
		out->granted = live.granted;
	return r;
}
