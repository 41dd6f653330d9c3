/* SPDX-License-Identifier: MIT */
#include "steady.h"

#include <math.h>
#include <string.h>

#include "bench/run/merge.h"
#include "probe/lib/base.h"

const char *const steady_metric_names[] = {
	[STEADY_IOPS] = "iops",
	[STEADY_LATENCY] = "lat_mean_ns",
};

bool steady_judge(const double *values, unsigned n, struct steady_window *w)
{
	struct steady_window win = { .n = n < STEADY_WINDOW ? n : STEADY_WINDOW };
	const double *y = values + n - win.n;
	const double middle = (win.n - 1) / 2.;
	double sum = 0, xy = 0, xx = 0;
	bool numbers = n > 0;

	win.first = n - win.n;
	for (unsigned i = 0; i < win.n; i++) {
		numbers &= isfinite(y[i]);
		sum += y[i];
		xy += (i - middle) * y[i];
		xx += (i - middle) * (i - middle);
		win.min = i && win.min < y[i] ? win.min : y[i];
		win.max = i && win.max > y[i] ? win.max : y[i];
	}
	if (win.n)
		win.mean = sum / win.n;
	if (win.n > 1)
		win.slope = xy / xx;
	numbers &= win.mean > 0;
	if (numbers) {
		win.range = (win.max - win.min) / win.mean;
		win.line = fabs(win.slope) * (win.n - 1) / win.mean;
	}
	win.range_met = numbers && win.n == STEADY_WINDOW && win.range <= STEADY_RANGE;
	win.line_met = numbers && win.n == STEADY_WINDOW && win.line <= STEADY_LINE;
	*w = win;
	return win.range_met && win.line_met;
}

/* The results of the last rounds, oldest first. */
struct recent {
	struct result *of[STEADY_WINDOW];
	unsigned n;
};

static void drop(struct result *res)
{
	if (res)
		result_free(res);
	free(res);
}

static void free_recent(struct recent *r)
{
	for (unsigned i = 0; i < r->n; i++)
		drop(r->of[i]);
	r->n = 0;
}

/* Returns space for another result, replacing the oldest if there are enough. NULL on allocation failure. */
static struct result *another(struct recent *r)
{
	struct result *res = calloc(1, sizeof(*res));

	if (!res)
		return NULL;
	if (r->n == STEADY_WINDOW) {
		drop(r->of[0]);
		memmove(&r->of[0], &r->of[1], (STEADY_WINDOW - 1) * sizeof(r->of[0]));
		r->n--;
	}
	r->of[r->n++] = res;
	return res;
}

/* Merges all results; the series is taken from the first. */
static void merge_recent(struct recent *r, const struct job *job, struct result *res)
{
	*res = *r->of[0];
	r->of[0]->series = (struct series){ 0 };
	for (unsigned i = 1; i < r->n; i++)
		result_merge(res, r->of[i]);
	res->job = *job;
}

static struct steady_round round_of(const struct result *res, enum steady_metric metric)
{
	const struct hist *lat = &res->total.lat;
	struct steady_round round = {
		.iops = res->total.iops,
		.bw = res->total.bw,
		.lat_mean_ns = hist_mean(lat),
		.p50_ns = hist_percentile_or_none(lat, 0.5),
		.p99_ns = hist_percentile_or_none(lat, 0.99),
		.ios = res->total.ios,
		.elapsed_ns = res->elapsed_ns,
		.valid = res->valid,
	};

	round.value = metric == STEADY_IOPS ? round.iops : round.lat_mean_ns;
	return round;
}

/* Returns whether another round is needed. */
static bool add_round(struct steady *s, const struct result *res)
{
	double values[STEADY_MAX_ROUNDS];

	if (!res->complete)
		return false;
	s->rounds[s->n++] = round_of(res, s->metric);
	for (unsigned i = 0; i < s->n; i++)
		values[i] = s->rounds[i].value;
	s->reached = steady_judge(values, s->n, &s->window);
	return !s->reached && s->n < STEADY_MAX_ROUNDS;
}

static void doubt(const struct steady *s, struct result *res)
{
	const struct steady_window *w = &s->window;

	if (s->reached)
		return;
	if (s->n < STEADY_WINDOW)
		result_doubt(res, "no steady state: only %u of at least %u rounds were made", s->n,
			     STEADY_WINDOW);
	else
		result_doubt(res,
			     "no steady state in %u rounds: the last %u differ by %.1f %% (at most "
			     "%.0f %%), and the line through them by %.1f %% (at most %.0f %%)",
			     s->n, STEADY_WINDOW, 100 * w->range, 100 * STEADY_RANGE, 100 * w->line,
			     100 * STEADY_LINE);
}

int steady_run(const struct job *job, struct target *t, uint64_t round_ns, const volatile int *stop,
	       const struct follower *who, struct steady *out, struct result *res, struct fail *f)
{
	_cleanup_(free_recent) struct recent recent = { 0 };
	struct steady s = { .round_ns = round_ns };
	struct job round = *job;
	struct result *now;
	struct io_rate rate;
	bool more;
	int r = io_rate_parse(job, &rate, f);

	if (r < 0)
		return r;
	if (rate.per_s)
		s.metric = STEADY_LATENCY;
	round.runtime = round_ns;
	t->passed = 0;
	do {
		char what[64];

		snprintf(what, sizeof(what), "round %u of at most %u", s.n + 1, STEADY_MAX_ROUNDS);
		follow_step(who, what);
		now = another(&recent);
		if (!now)
			return fail_set(f, -ENOMEM, "out of memory");
		r = bench_on(&round, t, stop, who->progress, who->arg, now, f);
		if (s.n && *stop) {
			/* An interrupted round says less than the complete ones before it. */
			if (r == 0)
				result_free(now);
			free(now);
			recent.n--;
			recent.of[recent.n - 1]->complete = false;
			break;
		}
		if (r < 0)
			return r;
		more = add_round(&s, now);
		t->passed += now->total.bytes / job->numjobs;
		round.ramp = 0;
		round.seed++;
	} while (more);
	t->passed = 0;
	round.ramp = job->ramp;
	round.seed = job->seed;
	merge_recent(&recent, &round, res);
	doubt(&s, res);
	*out = s;
	return 0;
}
