/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include "bench/stats/stats.h"
#include "probe/lib/base.h"

#define SEED 1
/* Neighbouring spans are averaged into at most this many batches, because they are not independent. */
#define MAX_BATCHES 20
#define MIN_SPANS   10
/* The probability that a change as large as the resolution is detected. */
#define POWER 0.95

const char *const trend_names[TRENDS] = {
	[TREND_INCONCLUSIVE] = "inconclusive",
	[TREND_SAME] = "same",
	[TREND_BETTER] = "better",
	[TREND_WORSE] = "worse",
};

const char *const basis_names[BASES] = {
	[BASIS_NONE] = "none",	 [BASIS_RUNS] = "runs",	  [BASIS_PAIRS] = "pairs",
	[BASIS_SPANS] = "spans", [BASIS_NOISE] = "noise",
};

/* Collects the values of a metric. Returns how many runs have it; their values come first. */
static size_t collect(const struct saved_runs *o, unsigned part, enum metric m, double *to)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].value[part][m] > 0)
			to[n++] = o->list[i].value[part][m];
	return n;
}

static size_t batches(const double *spans, size_t n, double *to)
{
	size_t count = n < MAX_BATCHES ? n : MAX_BATCHES, size = n / count;

	for (size_t i = 0; i < count; i++)
		to[i] = stats_mean(spans + i * size, size);
	return count;
}

/* The quantile of the normal distribution with this probability beyond it. */
static double deviations(double tail)
{
	double low = 0, high = 40;

	for (unsigned i = 0; i < 100; i++) {
		double z = (low + high) / 2;

		if (erfc(z / M_SQRT2) / 2 > tail)
			low = z;
		else
			high = z;
	}
	return low;
}

static bool is_known(const struct interval *i)
{
	return i->low > 0 && isfinite(i->high);
}

/* For one run on each side. */
static bool spans_interval(const struct saved_run *base, const struct saved_run *new, enum metric m,
			   double level, struct comparison *c, struct interval *out)
{
	double a[MAX_BATCHES], b[MAX_BATCHES];
	size_t n_a, n_b;

	if (c->part != PART_TOTAL || !base->spans[m] || !new->spans[m] ||
	    base->n_spans < MIN_SPANS || new->n_spans < MIN_SPANS)
		return false;
	n_a = batches(base->spans[m], base->n_spans, a);
	n_b = batches(new->spans[m], new->n_spans, b);
	if (stats_ratio(b, n_b, a, n_a, level, SEED, out) < 0 || !is_known(out))
		return false;
	c->basis = BASIS_SPANS;
	c->n_base = base->n_spans;
	c->n_new = new->n_spans;
	/* Centre the interval on the estimate of the whole runs, which also covers partial spans. */
	out->low *= c->new / c->base / out->estimate;
	out->high *= c->new / c->base / out->estimate;
	return true;
}

/* Computes the interval of new/base and its basis. Returns false if there is none. */
static bool find_interval(const struct saved_runs *base, const struct saved_runs *new,
			  const double *a, const double *b, const struct comparison_opts *opts,
			  double level, struct comparison *c, struct interval *out)
{
	int r = -EINVAL;

	c->n_base = base->n;
	c->n_new = new->n;
	if (opts->paired) {
		r = stats_paired_ratio(b, a, base->n, level, SEED, out);
		c->basis = BASIS_PAIRS;
	} else if (base->n > 1 || new->n > 1) {
		r = stats_ratio(b, new->n, a, base->n, level, SEED, out);
		c->basis = BASIS_RUNS;
	}
	if (r == 0) {
		c->change = out->estimate - 1;
		if (is_known(out))
			return true;
	} else if (spans_interval(base->list, new->list, c->metric, level, c, out)) {
		return true;
	}
	c->basis = BASIS_NONE;
	if (isnan(opts->noise))
		return false;
	c->basis = BASIS_NOISE;
	out->low = out->high = 1 + c->change;
	return true;
}

/* Sets the verdict from the bounds of the change for the worse. */
static void judge(struct comparison *c)
{
	bool more = quantities[c->metric].more;
	double least = more ? -c->high : c->low, most = more ? -c->low : c->high;

	if (isnan(least) || isnan(most))
		return;
	c->kept = most <= c->limit ? KEPT_YES : least > c->limit ? KEPT_NO : KEPT_UNDECIDED;
	if (least > 0)
		c->verdict = TREND_WORSE;
	else if (most < 0)
		c->verdict = TREND_BETTER;
	else if (most <= c->limit && least >= -c->limit)
		c->verdict = TREND_SAME;
}

static void comparison(const struct saved_runs *base, const struct saved_runs *new, const double *a,
		       const double *b, const struct comparison_opts *opts, double level,
		       bool trusted, struct comparison *c)
{
	const double z = deviations((1 - level) / 2);
	struct interval ratio;
	double wide;

	c->change = c->new / c->base - 1;
	if (!find_interval(base, new, a, b, opts, level, c, &ratio))
		return;
	if (!isnan(opts->noise)) {
		ratio.low /= 1 + opts->noise;
		ratio.high *= 1 + opts->noise;
	}
	c->low = ratio.low - 1;
	c->high = ratio.high - 1;
	/* A single run does not show the variation between runs. */
	if ((c->basis == BASIS_SPANS && isnan(opts->noise)) || !trusted)
		return;
	wide = fmax(log1p(c->high) - log1p(c->change), log1p(c->change) - log1p(c->low));
	c->resolution = expm1(wide * (1 + deviations(1 - POWER) / z));
	judge(c);
}

static bool has_part(const struct saved_runs *o, unsigned part)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].value[part][METRIC_IOPS] > 0)
			return true;
	return false;
}

/* Lists the comparisons: each kind of I/O if there are several, and the total. */
static void list_parts(const struct saved_runs *base, const struct saved_runs *new,
		       const struct comparison_opts *opts, struct comparisons *out)
{
	unsigned kinds = 0;

	for (unsigned part = 0; part < IO_KINDS; part++)
		kinds += has_part(base, part) || has_part(new, part);
	for (unsigned part = 0; part < PARTS; part++) {
		if (part != PART_TOTAL && kinds < 2)
			continue;
		for (unsigned m = 0; m < METRICS; m++) {
			double a[SAVED_RUNS_MAX], b[SAVED_RUNS_MAX];
			size_t n_a = collect(base, part, m, a), n_b = collect(new, part, m, b);
			/* A metric of all kinds together is decided by each kind. */
			bool decides = opts->decides[m] &&
				       (part != PART_TOTAL || kinds < 2 || m == METRIC_CPU);

			if (!quantities[m].option || (!n_a && !n_b))
				continue;
			out->list[out->n++] = (struct comparison){
				.part = part,
				.metric = m,
				.decides = decides,
				.n_base = n_a,
				.n_new = n_b,
				.base = n_a ? stats_median(a, n_a) : NAN,
				.new = n_b ? stats_median(b, n_b) : NAN,
				.change = NAN,
				.low = NAN,
				.high = NAN,
				.resolution = NAN,
				.limit = opts->limit[m],
			};
		}
	}
}

/* Minimum number of runs on each side for an interval. */
static size_t least_runs(double level, bool paired)
{
	double ones[64];
	struct interval i;

	if (paired)
		return stats_least_rounds(level);
	for (size_t n = 1; n <= ARRAY_SIZE(ones); n++) {
		ones[n - 1] = 1;
		if (stats_ratio(ones, n, ones, n, level, SEED, &i) == 0 && is_known(&i))
			return n;
	}
	return ARRAY_SIZE(ones);
}

static bool all_trusted(const struct saved_runs *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->list[i].trusted)
			return false;
	return true;
}

static enum kept kept_by_all(const struct comparisons *all)
{
	unsigned deciding = 0, undecided = 0;

	for (unsigned i = 0; i < all->n; i++) {
		const struct comparison *c = &all->list[i];

		if (!c->decides)
			continue;
		if (c->kept == KEPT_NO)
			return KEPT_NO;
		deciding++;
		undecided += c->kept == KEPT_UNDECIDED;
	}
	return deciding && !undecided ? KEPT_YES : KEPT_UNDECIDED;
}

int comparisons_make(const struct saved_runs *base, const struct saved_runs *new,
		     const struct comparison_opts *opts, struct comparisons *out, struct fail *f)
{
	struct comparisons all = { .trusted = all_trusted(base) && all_trusted(new) };
	unsigned deciding = 0;

	if (opts->paired && base->n != new->n)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--paired: %zu results of base and %zu of new make no pairs",
			       base->n, new->n);
	list_parts(base, new, opts, &all);
	for (unsigned i = 0; i < all.n; i++)
		deciding += all.list[i].decides;
	all.level = 1 - (1 - opts->confidence) / (deciding ? deciding : 1);
	all.least = least_runs(all.level, opts->paired);
	for (unsigned i = 0; i < all.n; i++) {
		struct comparison *c = &all.list[i];
		double a[SAVED_RUNS_MAX], b[SAVED_RUNS_MAX];

		/* Runs without the metric must not be skipped: that would bias the selection. */
		if (collect(base, c->part, c->metric, a) == base->n &&
		    collect(new, c->part, c->metric, b) == new->n)
			comparison(base, new, a, b, opts, all.level, all.trusted, c);
	}
	all.kept = kept_by_all(&all);
	*out = all;
	return 0;
}
