/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <math.h>
#include <string.h>

#include "bench/engine/clock.h"
#include "bench/run/run.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"
#include "probe/uapi/fact.h"

#define MIN_SLICE_NS 100000000ull
#define MAX_SLICE_NS 1000000000ull
#define MAX_SLOW_NS  30000000000ull
/* Assumed overhead of a run before any was made: threads, rings, clock calibration. */
#define OVERHEAD_NS 40000000ull
/* Minimum for a 99th percentile that is not based on a few I/Os. */
#define ENOUGH_IOS 1000
#define RAMP_SHARE 10
/* Random stream for the order of the runs. */
#define ORDER_STREAM 0x0dde5

struct sweep_state {
	struct sweep *s;
	struct target *t;
	struct result *res;
	const volatile int *stop;
	const struct sweep_follower *who;
	uint64_t begin_ns, overhead_ns, rng;
	unsigned made;		 /* runs so far, including the warm-up's */
	double slowest, fastest; /* IOPS, in the warm-up */
	enum fail_kind kind;	 /* of the first cell that cannot be measured */
};

void sweep_order(uint64_t *rng, unsigned n, unsigned *order)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned at = random_below(rng, i + 1);

		order[i] = order[at];
		order[at] = i;
	}
}

uint64_t sweep_slice(uint64_t budget_ns, unsigned least_rounds, unsigned runs, uint64_t overhead_ns)
{
	uint64_t each = budget_ns / (2ull * least_rounds * runs), slice;

	each = each > overhead_ns ? each - overhead_ns : 0;
	slice = each * RAMP_SHARE / (RAMP_SHARE + 1);
	if (slice < MIN_SLICE_NS)
		return MIN_SLICE_NS;
	return slice > MAX_SLICE_NS ? MAX_SLICE_NS : slice;
}

static unsigned alive(const struct sweep *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->samples.n_cells; i++)
		n += !s->dead[i];
	return n;
}

static uint64_t elapsed(const struct sweep_state *st)
{
	return mono_ns() - st->begin_ns;
}

static unsigned least_rounds(const struct sweep *s)
{
	const struct sweep_plan *plan = s->plan;

	return stats_least_rounds(
		verdict_confidence(plan->grid, s->dead, plan->criteria.confidence));
}

static uint64_t ramp_of(const struct sweep_plan *plan, uint64_t slice_ns)
{
	return plan->job.ramp ? plan->job.ramp : slice_ns / RAMP_SHARE;
}

/* Time for runs of this length. */
static uint64_t time_of(const struct sweep_plan *plan, uint64_t runs, uint64_t slice_ns,
			uint64_t overhead_ns)
{
	return runs * (slice_ns + ramp_of(plan, slice_ns) + overhead_ns);
}

static void bury(struct sweep_state *st, unsigned cell, enum cell_state state, const struct fail *f)
{
	struct sweep_cell *c = &st->s->cells[cell];

	c->state = state;
	st->s->dead[cell] = true;
	snprintf(c->why, sizeof(c->why), "%.*s", (int)sizeof(c->why) - 1, f->msg);
}

/* Fills the cells; those whose options exclude each other are dead from the start. */
static int lay_out(struct sweep_state *st, struct fail *f)
{
	struct sweep *s = st->s;
	const struct grid *g = s->plan->grid;
	struct fail first = { 0 }, why;

	for (unsigned i = 0; i < g->n_cells; i++) {
		struct sweep_cell *c = &s->cells[i];

		c->job = s->plan->job;
		c->job.interval = 0;
		grid_apply(g, i, &c->job);
		if (job_validate(&c->job, &why) == 0)
			continue;
		bury(st, i, CELL_EXCLUDED, &why);
		if (!first.err)
			first = why;
	}
	if (!alive(s)) {
		*f = first;
		return f->err;
	}
	return 0;
}

static int check_budget(const struct sweep *s, struct fail *f)
{
	const struct sweep_plan *plan = s->plan;
	const uint64_t slice = plan->slice_ns ? plan->slice_ns : MIN_SLICE_NS, n = alive(s);
	const unsigned rounds = least_rounds(s);
	const uint64_t needed = time_of(plan, n + rounds * (n + 1), slice, OVERHEAD_NS);
	const uint64_t unit = needed < 60000000000 ? 1000000000 : 60000000000;
	_cleanup_str_ struct str text = { 0 };

	if (needed <= plan->budget_ns)
		return 0;
	time_text(&text, (needed / unit + 1) * unit);
	return fail_as(
		f, FAIL_USAGE, -EINVAL,
		"a verdict takes %u rounds of %llu runs, %s: raise --budget to that, or sweep "
		"over less",
		rounds, (unsigned long long)n + 1, str_text(&text));
}

/* The job to open the target with: everything that the cells do, except polling, which each cell tries by
 * itself. */
static struct job opener(const struct sweep *s)
{
	unsigned first = 0;
	struct job job;

	while (s->dead[first])
		first++;
	job = s->cells[first].job;
	for (unsigned i = first; i < s->samples.n_cells; i++) {
		const struct job *j = &s->cells[i].job;

		if (s->dead[i])
			continue;
		if (job_writes(j) && !job_writes(&job))
			job.rw = j->rw;
		job.direct &= j->direct;
		job.size = j->size > job.size ? j->size : job.size;
	}
	job.iopoll = job.hybrid = false;
	return job;
}

static void tell(const struct sweep_state *st, unsigned round, unsigned run, unsigned n_runs)
{
	const struct sweep *s = st->s;
	const uint64_t gone = elapsed(st), budget = s->plan->budget_ns;
	const double times = s->verdicts.precision / s->plan->precision;
	struct sweep_progress p = {
		.round = round,
		.run = run,
		.n_runs = n_runs,
		.precision = s->verdicts.precision,
		.left_ns = budget > gone ? budget - gone : 0,
	};

	if (!st->who->progress)
		return;
	/* The width of an interval shrinks with the square root of the rounds. */
	if (isfinite(times)) {
		double more = s->samples.n_rounds * (times * times - 1) * n_runs;
		double ns = time_of(s->plan, 1, s->slice_ns, st->overhead_ns) * fmax(more, 0);

		p.left_ns = ns < p.left_ns ? ns : p.left_ns;
	}
	st->who->progress(st->who->arg, &p);
}

/* Runs a cell. Returns 1 with the result in st->res, 0 if it failed with the reason in *f, or -EINTR. */
static int run_cell(struct sweep_state *st, unsigned cell, uint64_t slice_ns, struct fail *f)
{
	struct job job = st->s->cells[cell].job;
	int r;

	job.runtime = slice_ns;
	job.ramp = ramp_of(st->s->plan, slice_ns);
	/* The same offsets in every run would be cached after the first. */
	if (!grid_has(st->s->plan->grid, "seed"))
		job.seed = random_seed(st->s->plan->job.seed, st->made);
	st->made++;
	r = bench_on(&job, st->t, st->stop, NULL, NULL, st->res, f);
	if (*st->stop) {
		if (r == 0)
			result_free(st->res);
		return fail_set(f, -EINTR, "stopped");
	}
	return r == 0;
}

static const char *reason_of(const struct result *res)
{
	return res->n_reasons ? res->reasons[0] : "it was cut short";
}

/* An invalid run may be the machine's fault, so only what the configuration cannot do is reported. */
static void judge_warm_up(struct sweep_state *st, unsigned cell)
{
	const struct result *res = st->res;
	struct sweep_cell *c = &st->s->cells[cell];
	struct fail f;

	c->granted = res->granted;
	if (c->job.iopoll && res->target.poll != ANSWER_YES) {
		fail_set(&f, -EOPNOTSUPP, "whether it polls cannot be told: %s",
			 res->target.poll_why);
		bury(st, cell, CELL_UNAVAILABLE, &f);
	} else if (io_errors_total(&res->errors) || !res->complete) {
		fail_set(&f, -EIO, "%s", reason_of(res));
		bury(st, cell, CELL_FAILED, &f);
	} else {
		st->slowest = fmin(st->slowest, res->total.iops);
		st->fastest = fmax(st->fastest, res->total.iops);
	}
}

static int warm_up(struct sweep_state *st, uint64_t slice_ns, struct fail *f)
{
	struct sweep *s = st->s;
	unsigned order[GRID_MAX_CELLS], n = s->samples.n_cells, at = 0, runs = alive(s);
	struct fail why;

	st->slowest = INFINITY;
	sweep_order(&st->rng, n, order);
	for (unsigned i = 0; i < n; i++) {
		unsigned cell = order[i];
		int r;

		if (s->dead[cell])
			continue;
		tell(st, 0, ++at, runs);
		r = run_cell(st, cell, slice_ns, &why);
		if (r < 0) {
			*f = why;
			return r;
		}
		if (r) {
			judge_warm_up(st, cell);
			result_free(st->res);
			continue;
		}
		bury(st, cell,
		     why.kind == FAIL_UNAVAILABLE ? CELL_UNAVAILABLE
		     : why.kind == FAIL_USAGE	  ? CELL_EXCLUDED
						  : CELL_FAILED,
		     &why);
		st->kind = why.kind;
	}
	if (!alive(s)) {
		for (n = 0; s->cells[n].state == CELL_EXCLUDED && n + 1 < s->samples.n_cells;)
			n++;
		return fail_as(f, st->kind, -EIO, "no configuration can be measured here: %s",
			       s->cells[n].why);
	}
	while (s->dead[s->samples.base])
		s->samples.base++;
	at = elapsed(st) / 1000 / runs;
	slice_ns += ramp_of(s->plan, slice_ns);
	st->overhead_ns = at * 1000ull > slice_ns ? at * 1000ull - slice_ns : 0;
	return 0;
}

/* Chooses the slice once the working configurations and the slowest one are known. */
static uint64_t choose_slice(const struct sweep_state *st)
{
	const struct sweep *s = st->s;
	const uint64_t gone = elapsed(st), budget = s->plan->budget_ns;
	const uint64_t left = budget > gone ? budget - gone : 0;
	const unsigned runs = alive(s) + 1, rounds = least_rounds(s);
	uint64_t slice = sweep_slice(left, rounds, runs, st->overhead_ns), most;
	double slow = ENOUGH_IOS * 1e9 / st->slowest;

	if (s->plan->slice_ns)
		return s->plan->slice_ns;
	most = left / ((uint64_t)rounds * runs);
	most = most > st->overhead_ns ? (most - st->overhead_ns) * RAMP_SHARE / (RAMP_SHARE + 1)
				      : 0;
	if (most > MAX_SLOW_NS)
		most = MAX_SLOW_NS;
	if (slow > most)
		slow = most;
	return slow > slice ? (uint64_t)slow : slice;
}

/* Refuses runs that would all be invalid. A single slow run in the warm-up is not enough to decide this. */
static int check_slice(const struct sweep_state *st, struct fail *f)
{
	const struct sweep *s = st->s;
	const double ios = st->fastest * s->slice_ns / 1e9;
	_cleanup_str_ struct str slice = { 0 }, needed = { 0 };

	if (ios >= RESULT_MIN_IOS)
		return 0;
	time_text(&slice, (s->slice_ns + 500000) / 1000000 * 1000000);
	time_text(&needed, (uint64_t)(ENOUGH_IOS / fmax(st->slowest, 1) + 1) * 1000000000);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "the fastest configuration has %.0f I/Os in %s, too few to judge by: say "
		       "--slice=%s%s, or sweep over less",
		       ios, str_text(&slice), str_text(&needed),
		       s->plan->slice_ns ? "" : " and raise --budget");
}

static struct sample sample_of(const struct result *res)
{
	int64_t p99 = hist_percentile_or_none(&res->total.lat, 0.99);
	uint64_t cpu = res->cpu.user_ns + res->cpu.system_ns;

	return (struct sample){
		.value = {
			[ASPECT_IOPS] = res->total.iops,
			[ASPECT_P99] = p99 > 0 ? p99 : NAN,
			[ASPECT_CPU] = cpu && res->total.ios ? (double)cpu / res->total.ios : NAN,
		},
		.valid = res->valid && res->complete,
	};
}

static bool budget_left(const struct sweep_state *st)
{
	const struct sweep *s = st->s;

	return elapsed(st) + time_of(s->plan, 1, s->slice_ns, st->overhead_ns) <=
	       s->plan->budget_ns;
}

/* Returns 1 if complete, 0 if the budget is spent, or -EINTR. Runs of an incomplete round are dropped. */
static int make_round(struct sweep_state *st, struct fail *f)
{
	struct sweep *s = st->s;
	unsigned order[GRID_MAX_CELLS + 1], n = s->samples.n_cells + 1, runs = alive(s) + 1, at = 0;
	struct fail why;

	sweep_order(&st->rng, n, order);
	for (unsigned i = 0; i < n; i++) {
		const unsigned entry = order[i];
		const unsigned cell = entry == s->samples.n_cells ? s->samples.base : entry;
		struct sample *sample = sample_at(&s->samples, s->samples.n_rounds, entry);
		struct sweep_cell *c = &s->cells[cell];
		int r;

		*sample = (struct sample){ { NAN, NAN, NAN }, false };
		if (s->dead[cell])
			continue;
		if (!budget_left(st))
			return 0;
		tell(st, s->samples.n_rounds + 1, ++at, runs);
		r = run_cell(st, cell, s->slice_ns, &why);
		if (r < 0) {
			*f = why;
			return r;
		}
		if (r)
			*sample = sample_of(st->res);
		s->runs++;
		c->runs++;
		if (!sample->valid) {
			s->invalid++;
			c->invalid++;
			snprintf(c->why, sizeof(c->why), "%.*s", (int)sizeof(c->why) - 1,
				 r ? reason_of(st->res) : why.msg);
		}
		if (r)
			result_free(st->res);
	}
	s->samples.n_rounds++;
	return 1;
}

static int room_for_round(struct sweep *s)
{
	const unsigned n = s->samples.n_rounds;
	struct sample *run;

	if (n & (n - 1))
		return 0;
	run = realloc(s->samples.run, (n ? 2ull * n : 1) * (s->samples.n_cells + 1) * sizeof(*run));
	if (!run)
		return -ENOMEM;
	s->samples.run = run;
	return 0;
}

/* 0, or -EINTR when stopped. */
static int make_rounds(struct sweep_state *st, struct fail *f)
{
	struct sweep *s = st->s;
	const struct sweep_plan *plan = s->plan;
	const unsigned least = least_rounds(s);
	unsigned next = least;

	while (s->samples.n_rounds < STATS_MAX_SAMPLES) {
		int r = room_for_round(s);

		if (r < 0)
			return fail_set(f, r, "out of memory");
		r = make_round(st, f);
		if (r <= 0)
			return r;
		if (s->samples.n_rounds < next)
			continue;
		r = verdicts_of(plan->grid, &s->samples, &plan->criteria, &s->verdicts);
		if (r < 0)
			return fail_set(f, r, "out of memory");
		s->precise = s->verdicts.precision <= plan->precision;
		if (s->precise)
			return 0;
		/* Judging takes longer the more rounds there are. */
		next += 1 + next / 16;
	}
	return 0;
}

static void judge_sweep(struct sweep *s)
{
	const struct verdicts *v = &s->verdicts;
	const unsigned rounds = s->samples.n_rounds;

	s->valid = false;
	if (rounds < v->least_rounds)
		snprintf(s->why, sizeof(s->why), "%u rounds: a verdict takes %u", rounds,
			 v->least_rounds);
	else if (s->invalid * 4 > s->runs)
		snprintf(s->why, sizeof(s->why), "%u of %u runs were not valid", s->invalid,
			 s->runs);
	else
		s->valid = true;
}

static int sweep_on(struct sweep_state *st, struct fail *f)
{
	struct sweep *s = st->s;
	const struct sweep_plan *plan = s->plan;
	const uint64_t warm = plan->slice_ns ? plan->slice_ns : MIN_SLICE_NS;
	int r;

	st->begin_ns = mono_ns();
	st->overhead_ns = OVERHEAD_NS;
	s->slice_ns = warm;
	s->verdicts.precision = INFINITY;
	r = warm_up(st, warm, f);
	if (r < 0)
		return r;
	s->slice_ns = choose_slice(st);
	r = check_slice(st, f);
	if (r < 0)
		return r;
	s->ramp_ns = ramp_of(plan, s->slice_ns);
	r = make_rounds(st, f);
	if (r < 0 && (r != -EINTR || !s->samples.n_rounds))
		return r;
	s->complete = r == 0;
	s->elapsed_ns = elapsed(st);
	r = verdicts_of(plan->grid, &s->samples, &plan->criteria, &s->verdicts);
	if (r < 0)
		return fail_set(f, r, "out of memory");
	s->precise = s->verdicts.precision <= plan->precision;
	judge_sweep(s);
	return 0;
}

int sweep_run(const struct sweep_plan *plan, const char *path, const volatile int *stop,
	      const struct sweep_follower *who, struct sweep *out, struct fail *f)
{
	const unsigned n = plan->grid->n_cells;
	_cleanup_(sweep_free) struct sweep s = {
		.plan = plan,
		.cells = calloc(n, sizeof(*s.cells)),
		.dead = calloc(n, sizeof(*s.dead)),
		.samples = { .n_cells = n },
	};
	_cleanup_free_ struct result *res = calloc(1, sizeof(*res));
	struct target t;
	struct sweep_state st = {
		.s = &s,
		.t = &t,
		.res = res,
		.stop = stop,
		.who = who,
		.rng = random_seed(plan->job.seed, ORDER_STREAM),
	};
	struct job job;
	int r;

	if (!s.cells || !s.dead || !res)
		return fail_set(f, -ENOMEM, "out of memory");
	s.samples.dead = s.dead;
	r = lay_out(&st, f);
	if (r == 0)
		r = check_budget(&s, f);
	if (r < 0)
		return r;
	job = opener(&s);
	r = precondition_open(&job, path, &plan->prepare, stop, &who->precondition, &t,
			      &s.precondition, f);
	if (r < 0)
		return r;
	s.target = t;
	r = sweep_on(&st, f);
	target_close(&t, plan->job.keep);
	if (r < 0)
		return r;
	*out = s;
	s = (struct sweep){ 0 };
	return 0;
}

void sweep_free(struct sweep *s)
{
	free(s->cells);
	free(s->dead);
	free(s->samples.run);
	*s = (struct sweep){ 0 };
}
