/* SPDX-License-Identifier: MIT */
#include "pts.h"

#include <string.h>

#include "bench/job/contents.h"
#include "probe/lib/base.h"

#define K 1024ull

const char *const pts_words[] = {
	[PTS_OFF] = "off",
	[PTS_IOPS] = "iops",
	[PTS_THROUGHPUT] = "throughput",
	[PTS_LATENCY] = "latency",
	NULL,
};

const char *const pts_metric_names[] = {
	[PTS_BY_IOPS] = "iops",
	[PTS_BY_BANDWIDTH] = "bw_bytes_per_s",
	[PTS_BY_LATENCY] = "lat_mean_ns",
};

const struct pts_test pts_tests[] = {
	[PTS_IOPS] = {
		.name = "iops",
		.metric = PTS_BY_IOPS,
		.random = true,
		.n_mixes = 7,
		.mixes = { 100, 95, 65, 50, 35, 5, 0 },
		.n_sizes = 8,
		.sizes = { 1024 * K, 128 * K, 64 * K, 32 * K, 16 * K, 8 * K, 4 * K, 512 },
		.n_tracked = 3,
		.tracked = { { 0, 4 * K }, { 65, 64 * K }, { 100, 1024 * K } },
	},
	[PTS_THROUGHPUT] = {
		.name = "throughput",
		.metric = PTS_BY_BANDWIDTH,
		.n_mixes = 2,
		.mixes = { 100, 0 },
		.n_sizes = 1,
		.sizes = { 1024 * K },
		.n_tracked = 2,
		.tracked = { { 0, 1024 * K }, { 100, 1024 * K } },
	},
	[PTS_LATENCY] = {
		.name = "latency",
		.metric = PTS_BY_LATENCY,
		.random = true,
		.one_at_once = true,
		.n_mixes = 3,
		.mixes = { 100, 65, 0 },
		.n_sizes = 3,
		.sizes = { 8 * K, 4 * K, 512 },
		.n_tracked = 1,
		.tracked = { { 0, 4 * K } },
	},
};

void pts_cell_text(const struct pts_cell *cell, struct str *to)
{
	size_text(to, cell->bytes);
	str_addf(to, " %u/%u", cell->read_percent, 100 - cell->read_percent);
}

double pts_value(const struct pts_test *test, const struct pts_point *p)
{
	return test->metric == PTS_BY_IOPS	  ? p->iops
	       : test->metric == PTS_BY_BANDWIDTH ? p->bw
						  : p->lat_mean_ns;
}

static int mix_of(const struct pts_ask *ask, unsigned read_percent)
{
	for (unsigned i = 0; i < ask->n_mixes; i++)
		if (ask->mixes[i] == read_percent)
			return i;
	return -1;
}

static int size_of(const struct pts_ask *ask, uint64_t bytes)
{
	for (unsigned i = 0; i < ask->n_sizes; i++)
		if (ask->sizes[i] == bytes)
			return i;
	return -1;
}

static bool has_cell(const struct pts_ask *ask, const struct pts_cell *cell)
{
	return mix_of(ask, cell->read_percent) >= 0 && size_of(ask, cell->bytes) >= 0;
}

/* A list of numbers, each of which must be one of these; marks them. */
static int read_list(const char *name, const char *text, enum opt_type type, const uint64_t *known,
		     unsigned n, bool *named, struct fail *f)
{
	uint64_t value;
	const struct opt one = { .name = name, .type = type, .max = UINT64_MAX };

	for (;;) {
		const size_t len = strcspn(text, ",");
		_cleanup_free_ char *item = strndup(text, len);
		unsigned i = 0;
		struct fail why;

		if (!item)
			return fail_set(f, -ENOMEM, "out of memory");
		if (opt_set(&one, &value, item, &why) < 0)
			return fail_as(f, FAIL_USAGE, -EINVAL, "%s", why.msg);
		while (i < n && known[i] != value)
			i++;
		if (i == n)
			return fail_as(f, FAIL_USAGE, -EINVAL, "--%s: the test has no %s", name,
				       item);
		named[i] = true;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

int pts_choose(struct pts_ask *ask, const char *mixes, const char *sizes, struct fail *f)
{
	const struct pts_test *test = ask->test;
	uint64_t percents[PTS_MAX_MIXES];
	bool mix[PTS_MAX_MIXES] = { 0 }, size[PTS_MAX_SIZES] = { 0 };
	_cleanup_str_ struct str cell = { 0 };
	int r = 0;

	for (unsigned i = 0; i < test->n_mixes; i++)
		percents[i] = test->mixes[i];
	if (mixes)
		r = read_list("pts-mixes", mixes, OPT_UINT, percents, test->n_mixes, mix, f);
	if (r == 0 && sizes)
		r = read_list("pts-sizes", sizes, OPT_SIZE, test->sizes, test->n_sizes, size, f);
	if (r < 0)
		return r;
	ask->n_mixes = ask->n_sizes = 0;
	for (unsigned i = 0; i < test->n_mixes; i++)
		if (mix[i] || !mixes)
			ask->mixes[ask->n_mixes++] = test->mixes[i];
	for (unsigned i = 0; i < test->n_sizes; i++)
		if (size[i] || !sizes)
			ask->sizes[ask->n_sizes++] = test->sizes[i];
	if (has_cell(ask, &test->tracked[0]))
		return 0;
	pts_cell_text(&test->tracked[0], &cell);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "the rounds are steady by %s: it cannot be left out of the matrix",
		       str_text(&cell));
}

static void add(char list[][PTS_TEXT], unsigned *n, unsigned most, const char *fmt, va_list ap)
	_printf_(4, 0);

static void add(char list[][PTS_TEXT], unsigned *n, unsigned most, const char *fmt, va_list ap)
{
	if (*n < most)
		vsnprintf(list[(*n)++], PTS_TEXT, fmt, ap);
}

static void doubt(struct pts *p, const char *fmt, ...) _printf_(2, 3);

static void doubt(struct pts *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(p->reasons, &p->n_reasons, PTS_MAX_REASONS, fmt, ap);
	va_end(ap);
	p->valid = false;
}

static void deviation(struct pts *p, const char *fmt, ...) _printf_(2, 3);

static void deviation(struct pts *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(p->deviations, &p->n_deviations, PTS_MAX_DEVIATIONS, fmt, ap);
	va_end(ap);
}

double pts_tracked_value(const struct pts *p, const struct pts_tracked *t, unsigned round)
{
	const int mix = mix_of(&p->ask, t->cell.read_percent);

	return pts_value(p->ask.test, &p->points[round][mix][size_of(&p->ask, t->cell.bytes)]);
}

static void track(struct pts *p)
{
	double values[STEADY_MAX_ROUNDS];

	for (unsigned i = 0; i < p->n_tracked; i++) {
		struct pts_tracked *t = &p->tracked[i];

		for (unsigned round = 0; round < p->n; round++)
			values[round] = pts_tracked_value(p, t, round);
		t->steady = steady_judge(values, p->n, &t->window);
	}
	p->window = p->tracked[0].window;
	p->reached = p->tracked[0].steady;
}

struct pts_point pts_average(const struct pts *p, unsigned mix, unsigned size)
{
	struct pts_point a = { .lat_max_ns = -1, .complete = true, .valid = true };
	const unsigned n = p->window.n;

	for (unsigned i = 0; i < n; i++) {
		const struct pts_point *one = &p->points[p->window.first + i][mix][size];

		a.iops += one->iops / n;
		a.bw += one->bw / n;
		a.lat_mean_ns += one->lat_mean_ns / n;
		a.ios += one->ios;
		if (one->lat_max_ns > a.lat_max_ns)
			a.lat_max_ns = one->lat_max_ns;
		if (!one->valid && a.valid)
			memcpy(a.reason, one->reason, sizeof(a.reason));
		a.valid = a.valid && one->valid;
	}
	return a;
}

static void judge(struct pts *p)
{
	const struct steady_window *w = &p->window;
	_cleanup_str_ struct str cell = { 0 }, bad = { 0 };
	unsigned n_bad = 0;
	const char *why = "";

	pts_cell_text(&p->ask.test->tracked[0], &cell);
	if (p->n < STEADY_WINDOW)
		doubt(p, "no steady state: only %u of at least %u rounds were made", p->n,
		      STEADY_WINDOW);
	else if (!p->reached)
		doubt(p,
		      "no steady state in %u rounds: %s differs by %.1f %% in the last %u (at most "
		      "%.0f %%), and its line by %.1f %% (at most %.0f %%)",
		      p->n, str_text(&cell), 100 * w->range, STEADY_WINDOW, 100 * STEADY_RANGE,
		      100 * w->line, 100 * STEADY_LINE);
	for (unsigned round = w->first; round < w->first + w->n; round++)
		for (unsigned m = 0; m < p->ask.n_mixes; m++)
			for (unsigned s = 0; s < p->ask.n_sizes; s++) {
				const struct pts_cell at = { p->ask.mixes[m], p->ask.sizes[s] };

				if (p->points[round][m][s].valid || n_bad++)
					continue;
				pts_cell_text(&at, &bad);
				str_addf(&bad, " in round %u", round + 1);
				why = p->points[round][m][s].reason;
			}
	if (n_bad)
		doubt(p,
		      "%u of the %u measurements in the window cannot be trusted; the first, %s: "
		      "%.100s",
		      n_bad, w->n * p->ask.n_mixes * p->ask.n_sizes, str_text(&bad), why);
}

/* Returns 1 if the round is complete. */
static int make_round(struct pts *p, const volatile int *stop, pts_cell_fn measure, void *arg,
		      struct fail *f)
{
	for (unsigned m = 0; m < p->ask.n_mixes; m++)
		for (unsigned s = 0; s < p->ask.n_sizes; s++) {
			const struct pts_cell cell = { p->ask.mixes[m], p->ask.sizes[s] };
			struct pts_point *point = &p->points[p->n][m][s];
			int r = *stop ? 0 : measure(arg, &cell, p->ask.cell_ns, point, f);

			if (*stop)
				return 0;
			if (r < 0)
				return r;
			if (point->complete)
				continue;
			doubt(p, "round %u ended early: %.150s", p->n + 1, point->reason);
			return 0;
		}
	return 1;
}

int pts_find(const struct pts_ask *ask, const volatile int *stop, pts_cell_fn measure, void *arg,
	     struct pts *out, struct fail *f)
{
	_cleanup_free_ struct pts *p = calloc(1, sizeof(*p));
	int r = 1;

	if (!p)
		return fail_set(f, -ENOMEM, "out of memory");
	p->ask = *ask;
	p->valid = true;
	for (unsigned i = 0; i < ask->test->n_tracked; i++)
		if (has_cell(ask, &ask->test->tracked[i]))
			p->tracked[p->n_tracked++] = (struct pts_tracked){
				.cell = ask->test->tracked[i],
				.decides = i == 0,
			};
	while (r > 0 && !p->reached && p->n < ask->max_rounds) {
		r = make_round(p, stop, measure, arg, f);
		if (r <= 0)
			break;
		p->n++;
		track(p);
	}
	if (r < 0)
		return r;
	p->complete = r > 0;
	judge(p);
	*out = *p;
	return 0;
}

struct job pts_job(const struct pts_ask *ask, const struct job *job)
{
	struct job j = *job;

	j.rw = ask->test->random ? RW_RANDRW : RW_RW;
	j.bs = ask->test->tracked[0].bytes;
	j.runtime = ask->cell_ns;
	j.ramp = j.interval = 0;
	if (ask->test->one_at_once)
		j.iodepth = j.numjobs = 1;
	return j;
}

static struct job cell_job(const struct pts_ask *ask, const struct job *job,
			   const struct pts_cell *cell)
{
	const bool random = ask->test->random;
	struct job j = pts_job(ask, job);

	if (cell->read_percent == 100)
		j.rw = random ? RW_RANDREAD : RW_READ;
	else if (cell->read_percent == 0)
		j.rw = random ? RW_RANDWRITE : RW_WRITE;
	j.rwmixread = cell->read_percent;
	j.bs = cell->bytes;
	return j;
}

static void deviate_matrix(struct pts *p)
{
	const struct pts_test *test = p->ask.test;
	_cleanup_str_ struct str sizes = { 0 }, mixes = { 0 };

	for (unsigned i = 0; i < test->n_sizes; i++)
		if (size_of(&p->ask, test->sizes[i]) < 0) {
			str_add(&sizes, sizes.len ? ", " : "");
			size_text(&sizes, test->sizes[i]);
		}
	for (unsigned i = 0; i < test->n_mixes; i++)
		if (mix_of(&p->ask, test->mixes[i]) < 0)
			str_addf(&mixes, "%s%u/%u", mixes.len ? ", " : "", test->mixes[i],
				 100 - test->mixes[i]);
	if (sizes.len)
		deviation(p, "block sizes left out: %s", str_text(&sizes));
	if (mixes.len)
		deviation(p, "read and write shares left out: %s", str_text(&mixes));
}

void pts_deviate(struct pts *p, const struct job *job, const struct target *t,
		 const struct precondition *pre)
{
	_cleanup_str_ struct str cell = { 0 };
	enum io_order order = ORDER_UNIFORM;
	unsigned percent = 100;

	if (!pre->purge.how)
		deviation(p, "the device was not purged");
	if (pre->sprandom)
		deviation(
			p,
			"it was written once in the manner of sprandom instead of %ux in sequence",
			PRECONDITION_TIMES);
	else if (pre->times < PRECONDITION_TIMES)
		deviation(p, "it was written %gx in sequence instead of %ux", pre->times,
			  PRECONDITION_TIMES);
	if (!t->block)
		deviation(p, "a file was measured, not a device");
	else if (t->device.partition)
		deviation(p, "a partition was measured, not the whole device");
	if (job->offset || job->size)
		deviation(p, "a part of the target was used, not the whole of it");
	if (p->ask.cell_ns != PTS_CELL_NS) {
		time_text(&cell, p->ask.cell_ns);
		deviation(p, "each cell was measured for %s instead of one minute",
			  str_text(&cell));
	}
	if (p->ask.max_rounds != STEADY_MAX_ROUNDS)
		deviation(p, "at most %u rounds instead of %u", p->ask.max_rounds,
			  STEADY_MAX_ROUNDS);
	deviate_matrix(p);
	if (!job->direct)
		deviation(p, "I/O went through the page cache");
	if (contents_parse(job, &percent, NULL) == 0 && percent != 100)
		deviation(p, "what was written was not random: --contents=%s", job->contents);
	io_parse(job, NULL, &order, NULL, NULL);
	if (p->ask.test->random && order != ORDER_UNIFORM)
		deviation(p, "offsets were not uniform: --random=%s", job->random);
	if (job->fsync || job->fdatasync || job->dsync)
		deviation(p, "writes were flushed as the options ask for");
}

struct live {
	const struct job *job;
	struct target *target;
	const struct pts_ask *ask;
	const volatile int *stop;
	const struct follower *who;
	struct result *res;
	struct granted granted;
	unsigned cells;
};

static int measure_live(void *arg, const struct pts_cell *cell, uint64_t ns, struct pts_point *p,
			struct fail *f)
{
	struct live *l = arg;
	_cleanup_str_ struct str what = { 0 };
	struct job job = cell_job(l->ask, l->job, cell);
	int r;

	str_addf(&what, "round %u of at most %u, ",
		 l->cells / (l->ask->n_mixes * l->ask->n_sizes) + 1, l->ask->max_rounds);
	pts_cell_text(cell, &what);
	follow_step(l->who, str_text(&what));
	job.runtime = ns;
	job.seed += l->cells++;
	r = bench_on(&job, l->target, l->stop, l->who->progress, l->who->arg, l->res, f);
	if (r < 0)
		return r;
	*p = (struct pts_point){
		.iops = l->res->total.iops,
		.bw = l->res->total.bw,
		.lat_mean_ns = hist_mean(&l->res->total.lat),
		.lat_max_ns = l->res->total.lat.count ? (int64_t)l->res->total.lat.max : -1,
		.ios = l->res->total.ios,
		.complete = l->res->complete,
		.valid = l->res->valid,
	};
	if (l->res->n_reasons)
		snprintf(p->reason, sizeof(p->reason), "%s", l->res->reasons[0]);
	l->granted = l->res->granted;
	/* A sequential workload goes on where the last one ended. */
	l->target->passed += l->res->total.bytes / job.numjobs;
	result_free(l->res);
	return 0;
}

/* Leaves out the block sizes that the target does not take. */
static int fit_sizes(struct pts_ask *ask, const struct job *job, struct target *t, struct str *left,
		     struct fail *f)
{
	const struct pts_cell *decides = &ask->test->tracked[0];
	unsigned n = 0;

	for (unsigned i = 0; i < ask->n_sizes; i++) {
		const struct pts_cell cell = { decides->read_percent, ask->sizes[i] };
		const struct job j = cell_job(ask, job, &cell);
		struct fail why;
		int r = target_suit(&j, t, &why);

		if (r < 0 && (why.kind != FAIL_USAGE || cell.bytes == decides->bytes)) {
			*f = why;
			return r;
		}
		if (r == 0) {
			ask->sizes[n++] = ask->sizes[i];
			continue;
		}
		str_add(left, left->len ? "; " : "");
		size_text(left, cell.bytes);
		str_addf(left, ": %.100s", why.msg);
	}
	ask->n_sizes = n;
	return 0;
}

int pts_run(const struct job *job, struct target *t, const struct pts_ask *asked,
	    const struct precondition *pre, const volatile int *stop, const struct follower *who,
	    struct pts *out, struct fail *f)
{
	_cleanup_free_ struct result *res = calloc(1, sizeof(*res));
	_cleanup_str_ struct str left = { 0 };
	struct pts_ask ask = *asked;
	struct live live = {
		.job = job,
		.target = t,
		.ask = &ask,
		.stop = stop,
		.who = who,
		.res = res,
	};
	int r;

	if (!res)
		return fail_set(f, -ENOMEM, "out of memory");
	r = fit_sizes(&ask, job, t, &left, f);
	if (r < 0)
		return r;
	t->passed = 0;
	r = pts_find(&ask, stop, measure_live, &live, out, f);
	t->passed = 0;
	if (r < 0)
		return r;
	out->granted = live.granted;
	pts_deviate(out, job, t, pre);
	if (left.len)
		deviation(out, "not possible on this target: %s", str_text(&left));
	return 0;
}
