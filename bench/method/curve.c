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
#define MIN_IOS	    1200 /* so that the p99 has CURVE_BEYOND I/Os beyond it, with some to spare */
/* Valid measurements of the idle target and of loads near the knee, and of the two loads next to it. */
#define NEAR_TRIES 3
#define EDGE_TRIES 5
/* Further measurements of a load if some are not valid. */
#define SPARE_TRIES 2
#define MOST_TRIES  (EDGE_TRIES + SPARE_TRIES)

const char *const curve_verdict_names[] = {
	[CURVE_CARRIED] = "carried",
	[CURVE_LATE] = "late",
	[CURVE_BEHIND] = "behind",
};

/* All measurements of one load. */
struct load {
	double rate;
	unsigned n;
	struct curve_point tries[MOST_TRIES];
};

struct search {
	struct curve *c;
	const volatile int *stop;
	curve_point_fn measure;
	void *arg;
	uint64_t begin_ns;
	struct load loads[CURVE_MAX_POINTS]; /* ascending */
	unsigned n;
	bool climbs; /* the idle target was measured, and the other loads are compared with it */
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

/* Orders measurements from better to worse, so that the middle one has the verdict of the majority. */
static int by_latency(const void *a, const void *b)
{
	const struct curve_point *x = a, *y = b;

	if (x->valid != y->valid)
		return y->valid - x->valid;
	if (x->sustained != y->sustained)
		return y->sustained - x->sustained;
	return (x->lat.p99_ns > y->lat.p99_ns) - (x->lat.p99_ns < y->lat.p99_ns);
}

static unsigned n_valid(const struct load *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->tries[i].valid;
	return n;
}

/* The median of the valid measurements of a load or, if none is valid, of all. Of two, the better one: other
 * activity on the machine can only slow a target down. */
static struct curve_point median_of(const struct curve *c, const struct load *l)
{
	struct curve_point sorted[MOST_TRIES], p;
	unsigned valid = n_valid(l), n = valid ? valid : l->n;

	memcpy(sorted, l->tries, l->n * sizeof(*sorted));
	qsort(sorted, l->n, sizeof(*sorted), by_latency);
	p = sorted[(n - 1) / 2];
	p.asked = l->rate;
	p.tries = n;
	p.carried = 0;
	for (unsigned i = 0; i < n; i++)
		p.carried += judge(c, &sorted[i]) == CURVE_CARRIED;
	p.verdict = judge(c, &p);
	return p;
}

static bool all_carried(const struct curve_point *p)
{
	return p->carried == p->tries;
}

/* Takes the points, and the loads next to the knee, from the measurements. */
static void refresh(struct search *s)
{
	struct curve *c = s->c;

	if (s->climbs) {
		int64_t idle_ns = median_of(c, &s->loads[0]).lat.p99_ns;

		c->limit_ns = idle_ns < 0 ? -1 : c->ask.factor * idle_ns;
	}
	c->knee = c->beyond = 0;
	c->n = s->n;
	for (unsigned i = 0; i < s->n; i++) {
		struct curve_point *p = &c->points[i];

		*p = median_of(c, &s->loads[i]);
		if (c->beyond > 0)
			continue;
		if (p->verdict == CURVE_CARRIED) {
			c->knee = p->asked;
		} else {
			c->beyond = p->asked;
			c->beyond_cause = p->verdict;
		}
	}
}

/* Measures a load once more. Returns 1, 0 if the search is over, or negative on failure. */
static int measure_again(struct search *s, struct load *l, struct fail *f)
{
	struct curve *c = s->c;
	uint64_t ns = time_for(c, l->rate);
	struct curve_point p = { 0 };
	int r;

	if (*s->stop) {
		c->complete = false;
		return 0;
	}
	if (c->ask.budget_ns && mono_ns() - s->begin_ns + ns > c->ask.budget_ns) {
		note(c, "the time that --budget allows was used up");
		return 0;
	}
	r = s->measure(s->arg, l->rate, ns, &p, f);
	if (r < 0)
		return r;
	if (!p.complete) {
		c->complete = false;
		if (!*s->stop)
			note(c, "%s", p.reason);
		return 0;
	}
	if (p.valid && l->rate > 0 && p.sustained && p.lat.p99_ns < 0) {
		p.valid = false;
		snprintf(p.reason, sizeof(p.reason),
			 "only %llu I/Os: too few for a 99th percentile",
			 (unsigned long long)p.ios);
	}
	l->tries[l->n++] = p;
	return 1;
}

static bool lacks(const struct load *l, unsigned tries)
{
	return n_valid(l) < tries && l->n < tries + SPARE_TRIES;
}

/* Returns the measurements of a load, or a place for them in order. NULL if there is no space. */
static struct load *load_of(struct search *s, double rate)
{
	unsigned at = s->n;

	while (at && s->loads[at - 1].rate > rate)
		at--;
	if (at && s->loads[at - 1].rate == rate)
		return &s->loads[at - 1];
	if (s->n == CURVE_MAX_POINTS)
		return NULL;
	memmove(&s->loads[at + 1], &s->loads[at], (s->n - at) * sizeof(s->loads[0]));
	s->loads[at] = (struct load){ .rate = rate };
	s->n++;
	return &s->loads[at];
}

/* Measures a load until it has this many valid measurements. Returns 1, 0 if the search is over, or negative
 * on failure. */
static int measure_load(struct search *s, double rate, unsigned tries, struct fail *f)
{
	struct load *l = load_of(s, rate);
	int r = l ? 1 : 0;

	while (r > 0 && lacks(l, tries))
		r = measure_again(s, l, f);
	if (l && !l->n) {
		memmove(l, l + 1, (&s->loads[s->n] - (l + 1)) * sizeof(*l));
		s->n--;
	}
	refresh(s);
	return r;
}

/* The loads around the knee at which measurements differ: up to low all were carried, and from high on none. */
static void find_interval(struct curve *c, unsigned *below, unsigned *above)
{
	unsigned i = 0;

	while (i + 1 < c->n && c->points[i].asked < c->knee)
		i++;
	*below = i;
	while (*below && !all_carried(&c->points[*below]))
		(*below)--;
	*above = i + 1;
	while (*above < c->n && c->points[*above].carried)
		(*above)++;
	c->knee_low = all_carried(&c->points[*below]) ? c->points[*below].asked : 0;
	c->knee_high = *above < c->n ? c->points[*above].asked : 0;
}

/* The load after the last in the climb from idle, or 0. */
static double further(const struct curve *c)
{
	const double last = c->points[c->n - 1].asked, full = c->full.iops;
	double rate = 0;

	for (unsigned step = 1; rate <= last && step * STEP_SHARE <= 1; step++)
		rate = rounded(step * STEP_SHARE * full);
	if (rate <= last)
		rate = rounded(last * STEP_BEYOND);
	return rate > MOST_BEYOND * full ? 0 : rate;
}

/* Returns the load to measure next, and how often it must be measured; 0 if there is none. */
static double next_load(struct search *s, unsigned *tries)
{
	struct curve *c = s->c;
	const double middle = rounded((c->knee + c->beyond) / 2);
	unsigned below, above;

	*tries = 1;
	if (!c->beyond)
		return further(c);
	if (!c->knee)
		return 0;
	find_interval(c, &below, &above);
	*tries = NEAR_TRIES;
	for (unsigned i = 0; i < s->n; i++)
		if (c->points[i].asked == c->beyond && lacks(&s->loads[i], NEAR_TRIES))
			return c->beyond;
	if (c->beyond - c->knee > CURVE_PRECISION * c->beyond && middle > c->knee &&
	    middle < c->beyond)
		return middle;
	*tries = EDGE_TRIES;
	for (unsigned i = 0; i < s->n; i++)
		if ((c->points[i].asked == c->knee || c->points[i].asked == c->beyond) &&
		    lacks(&s->loads[i], EDGE_TRIES))
			return c->points[i].asked;
	*tries = NEAR_TRIES;
	if (lacks(&s->loads[below], NEAR_TRIES))
		return c->points[below].asked;
	if (above == s->n)
		return further(c);
	return lacks(&s->loads[above], NEAR_TRIES) ? c->points[above].asked : 0;
}

/* Measures the idle target, higher loads until one is not carried, and the loads around the knee. Returns 1 if
 * nothing is left to measure. */
static int find_knee(struct search *s, struct fail *f)
{
	unsigned tries = NEAR_TRIES;
	double rate = idle_rate(s->c);
	int r = 1;

	while (r > 0 && rate > 0) {
		r = measure_load(s, rate, tries, f);
		if (r <= 0)
			break;
		if (!s->climbs) {
			s->climbs = true;
			refresh(s);
		}
		rate = next_load(s, &tries);
	}
	return r;
}

static int measure_closed_loop(struct search *s, struct fail *f)
{
	struct load l = { .rate = 0 };
	int r = measure_again(s, &l, f);

	if (r > 0 && !l.tries[0].valid)
		r = measure_again(s, &l, f);
	if (l.n)
		s->c->full = median_of(s->c, &l);
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
	_cleanup_free_ struct search *s = calloc(1, sizeof(*s));
	int r;

	if (!c || !s)
		return fail_set(f, -ENOMEM, "out of memory");
	s->c = c;
	s->stop = stop;
	s->measure = measure;
	s->arg = arg;
	s->begin_ns = mono_ns();
	c->ask = *ask;
	c->limit_ns = -1;
	c->complete = c->valid = true;
	r = measure_closed_loop(s, f);
	if (r < 0)
		return r;
	if (r > 0 && c->full.iops > 0) {
		r = find_knee(s, f);
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
		.p50_ns = hist_percentile_with(h, 0.5, CURVE_BEYOND),
		.p90_ns = hist_percentile_with(h, 0.9, CURVE_BEYOND),
		.p99_ns = hist_percentile_with(h, 0.99, CURVE_BEYOND),
		.p999_ns = hist_percentile_with(h, 0.999, CURVE_BEYOND),
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
