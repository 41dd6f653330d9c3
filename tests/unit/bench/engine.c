/* SPDX-License-Identifier: MIT */
/* The engine on a ring whose kernel, device and clock are simulated, so that it can be checked to the I/O. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <liburing.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "bench/engine/clock.h"
#include "bench/engine/engine.h"
#include "bench/engine/enter.h"
#include "probe/lib/base.h"

#define US	1000ull
#define MS	1000000ull
#define S	1000000000ull
#define NEVER	UINT64_MAX
#define DEPTHS	256 /* most I/Os in flight */
#define FILES	4096
#define BLOCK	4096
#define READ_NS 20 /* what a reading of the clock takes */

struct script {
	uint64_t lat_ns; /* of each I/O, or its service time if the device does one at a time */
	bool one_at_a_time;
	uint64_t step_ns; /* what a call of io_uring_enter() and a pause take */
	uint64_t wake_ns; /* lateness of a nap */
	/* The I/O that differs, counted from 0, and how. */
	unsigned odd, n_odd;
	uint64_t odd_ns;
	int odd_res;
};

struct pending {
	uint64_t at, user_data;
	int res;
};

static struct simulated {
	struct script script;
	struct job job;
	struct worker w;
	struct clock clock;
	struct tally tally[IO_KINDS];
	struct io_errors errors;
	struct verify_counts findings;
	struct hist service[IO_KINDS];
	int stop, halt;
	uint64_t now, server_free;
	unsigned taken, enters;
	struct pending pending[DEPTHS];
	unsigned n_pending;
	unsigned done[FILES]; /* how often each block was read to the end */
	uint64_t first_ns;    /* when the first I/O was issued */
	uint32_t fields[16];
	struct io_uring_cqe cqes[2 * DEPTHS];
	struct io_uring_sqe sqes[DEPTHS];
} * sim;

enum { SQ_HEAD, SQ_TAIL, SQ_FLAGS, CQ_HEAD, CQ_TAIL };

static uint32_t *field(unsigned i)
{
	return &sim->fields[i];
}

static void take(void)
{
	const struct script *s = &sim->script;

	while (*field(SQ_HEAD) != *field(SQ_TAIL)) {
		const struct io_uring_sqe *sqe =
			&sim->sqes[(*field(SQ_HEAD))++ % sim->w.wr.ring.p.sq_entries];
		const bool odd = sim->taken - s->odd < s->n_odd;
		const uint64_t ns = odd ? s->odd_ns : s->lat_ns;
		struct pending *p = &sim->pending[sim->n_pending++];

		assert_true(sim->n_pending <= sim->job.iodepth);
		if (!sim->taken++)
			sim->first_ns = sim->now;
		p->user_data = sqe->user_data;
		p->res = odd && s->odd_res ? s->odd_res : sqe->opcode == OP_NOP ? 0 : (int)sqe->len;
		p->at = ns == NEVER ? NEVER : sim->now + ns;
		if (s->one_at_a_time) {
			sim->server_free =
				ns + (sim->server_free > sim->now ? sim->server_free : sim->now);
			p->at = sim->server_free;
		}
		if (p->res > 0)
			sim->done[sqe->off / BLOCK % FILES] += (uint32_t)p->res == sqe->len;
	}
}

static struct pending *next_pending(void)
{
	struct pending *next = NULL;

	for (unsigned i = 0; i < sim->n_pending; i++)
		if (!next || sim->pending[i].at < next->at)
			next = &sim->pending[i];
	return next && next->at != NEVER ? next : NULL;
}

static void post(void)
{
	const uint32_t entries = sim->w.wr.ring.p.cq_entries;
	struct pending *p;

	*field(SQ_FLAGS) &= ~SQ_CQ_OVERFLOW;
	while ((p = next_pending()) && p->at <= sim->now) {
		if (*field(CQ_TAIL) - *field(CQ_HEAD) == entries) {
			*field(SQ_FLAGS) |= SQ_CQ_OVERFLOW;
			return;
		}
		sim->cqes[(*field(CQ_TAIL))++ % entries] =
			(struct io_uring_cqe){ .user_data = p->user_data, .res = p->res };
		*p = sim->pending[--sim->n_pending];
	}
}

static bool has_sq_thread(void)
{
	return sim->w.wr.ring.p.flags & SETUP_SQPOLL;
}

static void pass_time(uint64_t ns)
{
	sim->now += ns;
	if (has_sq_thread()) {
		take();
		post();
	}
}

static uint64_t sim_ticks(void)
{
	pass_time(READ_NS);
	return sim->now;
}

static void sim_relax(void)
{
	pass_time(sim->script.step_ns);
}

static int sim_sleep(const struct timespec *ts)
{
	pass_time(ts->tv_sec * S + ts->tv_nsec + sim->script.wake_ns);
	return 0;
}

/* As the kernel does: a ring that polls ignores the timeout, and polls once if it is not to wait. */
static long sim_enter(int fd, unsigned to_submit, unsigned wait, unsigned flags, const void *arg,
		      size_t arg_size)
{
	const struct io_uring_getevents_arg *events = arg_size ? arg : NULL;
	const bool polls = sim->w.wr.ring.p.flags & SETUP_IOPOLL && !has_sq_thread();
	uint64_t until = NEVER;

	(void)fd;
	sim->enters++;
	if (events && !polls) {
		const struct __kernel_timespec *ts = (const void *)(uintptr_t)events->ts;

		until = sim->now + ts->tv_sec * S + ts->tv_nsec;
	}
	sim->now += sim->script.step_ns;
	take();
	post();
	while (flags & ENTER_GETEVENTS && *field(CQ_TAIL) - *field(CQ_HEAD) < wait) {
		const struct pending *next = next_pending();

		if (!next && until == NEVER) {
			/* Only the watchdog ends this wait. */
			sim->now += 30 * S;
			sim->halt = HALT_NOW;
			return -EINTR;
		}
		if (!next || next->at > until) {
			sim->now = until > sim->now ? until : sim->now;
			return -ETIME;
		}
		sim->now = next->at > sim->now ? next->at : sim->now;
		post();
	}
	return to_submit;
}

#define clock_ticks(c)	   ((void)(c), sim_ticks())
#define mono_ns()	   (sim->now)
#define raw_enter	   sim_enter
#define cpu_relax	   sim_relax
#define nanosleep(ts, rem) sim_sleep(ts)

#include "bench/engine/engine.c"

static int setup(void **state)
{
	sim = calloc(1, sizeof(*sim));
	*state = sim;
	if (!sim)
		return -1;
	sim->now = S;
	sim->clock = (struct clock){ .mult = 1, .name = "simulated" };
	opt_defaults(job_opt_rows, n_job_opt_rows, &sim->job);
	sim->job.rw = RW_RANDREAD;
	sim->job.engine = ENGINE_RW;
	sim->job.iodepth = 4;
	sim->job.batch_submit = 1;
	sim->job.runtime = 10 * MS;
	sim->script.lat_ns = 100 * US;
	sim->script.step_ns = 200;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Runs the job on a ring with these flags. */
static void run_with(uint32_t flags)
{
	struct ring *ring = &sim->w.wr.ring;

	sim->w = (struct worker){
		.job = &sim->job,
		.clock = &sim->clock,
		.index = sim->w.index,
		.fd = 3,
		.size = FILES * BLOCK,
		.stop = &sim->stop,
		.halt = &sim->halt,
		.tally = sim->tally,
		.errors = &sim->errors,
		.findings = &sim->findings,
		.service = sim->service,
	};
	ring->sqe_bytes = sizeof(sim->sqes[0]);
	ring->cqe_bytes = sizeof(sim->cqes[0]);
	ring->sq.addr = sim->fields;
	ring->sqes.addr = sim->sqes;
	ring->p = (struct ring_params){
		.sq_entries = DEPTHS,
		.cq_entries = sim->job.cq_entries ? sim->job.cq_entries : DEPTHS,
		.flags = flags | SETUP_NO_SQARRAY,
		.features = FEAT_EXT_ARG,
		.sq_off = { .head = 4 * SQ_HEAD, .tail = 4 * SQ_TAIL, .flags = 4 * SQ_FLAGS },
		.cq_off = { .head = 4 * CQ_HEAD,
			    .tail = 4 * CQ_TAIL,
			    .cqes = (char *)sim->cqes - (char *)sim->fields },
	};
	worker_run(&sim->w);
	assert_int_equal(sim->w.err, 0);
}

/* Another run, from nothing. */
static void again(void)
{
	const struct script script = sim->script;
	const struct job job = sim->job;

	memset(sim, 0, sizeof(*sim));
	sim->script = script;
	sim->job = job;
	sim->now = S;
	sim->clock = (struct clock){ .mult = 1, .name = "simulated" };
}

static const struct tally *reads(void)
{
	return &sim->tally[IO_READ];
}

static const struct hist *lat(void)
{
	return &reads()->lat;
}

/* Every I/O is in exactly one count. */
static void check_counts(void)
{
	assert_int_equal(sim->w.issued, sim->w.completed + sim->w.left);
	assert_int_equal(sim->w.completed,
			 reads()->ios + sim->w.uncounted + io_errors_total(&sim->errors));
	assert_int_equal(sim->taken, sim->w.issued + sim->w.retries);
}

/* Latency by the clock of the loop: what a call and a reading take comes with it. */
static void assert_about(uint64_t ns, uint64_t want)
{
	assert_in_range(ns, want, want + want / 20 + 10 * US);
}

static void every_io_is_counted(void **state)
{
	(void)state;
	sim->job.ramp = 1 * MS;
	run_with(0);
	check_counts();
	/* Four at a time, of 100 us each, for 10 ms. */
	assert_in_range(reads()->ios, 380, 400);
	assert_int_equal(reads()->bytes, reads()->ios * BLOCK);
	assert_about(lat()->min, 100 * US);
	assert_about(lat()->max, 100 * US);
	assert_in_range(sim->w.in_flight * 1000, 3900, 4000);
	assert_in_range(sim->w.lat_area_ns * 1000 / (sim->w.ended_ns - sim->w.started_ns), 3900,
			4000);
	/* Four were in flight at each end of the measured time: issued in it, or completed in it. */
	assert_int_equal(lat()->count, reads()->ios);
	assert_int_equal(sim->w.censored.n, 0);
}

static void the_slowest_io_is_in_the_latencies(void **state)
{
	(void)state;
	sim->script.odd = 30;
	sim->script.n_odd = 1;
	sim->script.odd_ns = 30 * S;
	run_with(0);
	check_counts();
	assert_about(sim->w.ended_ns - sim->w.started_ns, 10 * MS);
	assert_about(lat()->max, 30 * S);
	assert_in_range(sim->w.uncounted, 1, 4);
	assert_int_equal(lat()->count, reads()->ios + sim->w.uncounted);
	assert_int_equal(sim->w.censored.n, 0);
	/* It was in flight all the time, and that is in what Little's law is checked with. */
	assert_in_range(sim->w.lat_area_ns * 1000 / (sim->w.ended_ns - sim->w.started_ns), 3900,
			4000);
}

static void what_was_issued_in_the_ramp_has_no_latency(void **state)
{
	(void)state;
	sim->job.ramp = 1 * MS;
	sim->script.n_odd = 1;
	sim->script.odd_ns = 5 * MS;
	run_with(0);
	check_counts();
	assert_about(lat()->max, 100 * US);
	assert_in_range(sim->w.lat_area_ns * 1000 / (sim->w.ended_ns - sim->w.started_ns), 3900,
			4000);
}

static void what_is_given_up_counts_with_its_age(void **state)
{
	(void)state;
	sim->script.odd = 30;
	sim->script.n_odd = 1;
	sim->script.odd_ns = NEVER;
	run_with(0);
	check_counts();
	assert_int_equal(sim->w.left, 1);
	assert_int_equal(sim->w.censored.n, 1);
	assert_true(sim->w.censored.from > 30 * S);
	assert_int_equal(lat()->max, sim->w.censored.from);
}

static void eagain_is_issued_again(void **state)
{
	(void)state;
	sim->job.iodepth = 1;
	sim->script.odd = 30;
	sim->script.n_odd = 8;
	sim->script.odd_res = -EAGAIN;
	sim->script.odd_ns = 50 * US;
	run_with(0);
	check_counts();
	assert_int_equal(sim->w.retries, 8);
	assert_int_equal(io_errors_total(&sim->errors), 0);
	assert_about(lat()->max, 8 * 50 * US + 100 * US);
}

static void eagain_at_the_end_is_issued_again(void **state)
{
	(void)state;
	sim->job.rw = RW_READ;
	sim->job.verify_only = true;
	sim->job.runtime = JOB_FOREVER;
	sim->script.odd = FILES - 3;
	sim->script.n_odd = 7;
	sim->script.odd_res = -EAGAIN;
	run_with(0);
	check_counts();
	assert_int_equal(sim->w.retries, 7);
	for (unsigned i = 0; i < FILES; i++)
		assert_int_equal(sim->done[i], 1);
}

static void failed_and_short_ios_do_not_count(void **state)
{
	(void)state;
	sim->job.max_errors = 100;
	sim->script.odd = 30;
	sim->script.n_odd = 3;
	sim->script.odd_ns = 1 * US;
	sim->script.odd_res = -EIO;
	run_with(0);
	check_counts();
	assert_int_equal(sim->errors.failed, 3);
	assert_about(lat()->min, 100 * US);
	sim->script.odd_res = 512;
	sim->job.max_errors = 0;
	again();
	run_with(0);
	check_counts();
	assert_in_range(sim->errors.cut.n, 1, 3);
	assert_true(sim->w.ended_ns - sim->w.started_ns < 10 * MS);
	assert_int_equal(sim->halt, HALT_DRAIN);
}

static void overtaken_ios_keep_their_own_latency(void **state)
{
	(void)state;
	sim->script.odd = 30;
	sim->script.n_odd = 2;
	sim->script.odd_ns = 730 * US;
	run_with(0);
	check_counts();
	assert_about(lat()->max, 730 * US);
	assert_about(hist_percentile(lat(), 0.99), 100 * US);
}

static void an_overflow_is_noticed(void **state)
{
	(void)state;
	sim->job.cq_entries = 2;
	sim->job.batch_submit = 4;
	run_with(0);
	check_counts();
	assert_true(sim->w.overflows > 0);
}

static void sqpoll_counts_the_same(void **state)
{
	(void)state;
	run_with(SETUP_SQPOLL);
	check_counts();
	assert_in_range(reads()->ios, 380, 400);
	assert_about(lat()->max, 100 * US);
}

static const char *const mode_names[] = { "plain", "SQPOLL", "IOPOLL", "SQPOLL+IOPOLL" };
static const uint32_t modes[] = { 0, SETUP_SQPOLL, SETUP_IOPOLL, SETUP_SQPOLL | SETUP_IOPOLL };

/* I/Os are due while others are in flight: each takes 4 ms, whatever the ring does. */
static void an_open_rate_issues_when_due(void **state)
{
	(void)state;
	sim->job.iodepth = 64;
	sim->job.runtime = 1 * S;
	sim->job.rate = "2000,poisson";
	sim->script.lat_ns = 4 * MS;
	sim->script.wake_ns = 30 * US;
	sim->script.step_ns = 4 * US;
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		again();
		run_with(modes[i]);
		check_counts();
		assert_in_range(reads()->ios, 1850, 2150);
		assert_about(hist_percentile(lat(), 0.99), 4 * MS);
		assert_about(lat()->max, 4 * MS);
	}
}

/* P(wait <= t) in an M/D/1 queue of load r, in units of the service time (Crommelin, 1932). */
static double waits_at_most(double r, double t)
{
	double sum = 0;

	for (unsigned k = 0; k <= t; k++)
		sum += pow(r * (k - t), k) / tgamma(k + 1) * exp(-r * (k - t));
	return (1 - r) * sum;
}

static double wait_p99(double r)
{
	double low = 0, high = 20;

	while (high - low > 1e-6) {
		const double t = (low + high) / 2;

		if (waits_at_most(r, t) < 0.99)
			low = t;
		else
			high = t;
	}
	return low;
}

static void assert_near(double got, double want)
{
	if (fabs(got / want - 1) > 0.1)
		fail_msg("%.3f, not about %.3f", got, want);
}

/* Random arrivals at a device that does one I/O at a time, for 4 ms: a queue whose answer is known. */
static void a_queue_is_as_theory_says(void **state)
{
	static const double loads[] = { 0.3, 0.6, 0.8 };
	const double service = 4 * MS;
	char rate[32];

	(void)state;
	sim->job.iodepth = 64;
	sim->job.rate = rate;
	sim->script.lat_ns = service;
	sim->script.one_at_a_time = true;
	sim->script.wake_ns = 30 * US;
	sim->script.step_ns = 50 * US;
	print_message("ring           load   mean         theory       p99          theory\n");
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		for (unsigned j = 0; j < ARRAY_SIZE(loads); j++) {
			double r = loads[j];

			snprintf(rate, sizeof(rate), "%.2f,poisson", r * 250);
			sim->job.runtime = 50000 / (r * 250) * S;
			again();
			run_with(modes[i]);
			check_counts();
			/* Arrivals are random, and so is the load that they come to. */
			r = reads()->ios * service / (sim->w.ended_ns - sim->w.started_ns);
			print_message("%-13s  %.3f  %8.3f ms  %8.3f ms  %8.3f ms  %8.3f ms\n",
				      mode_names[i], r, hist_mean(lat()) / MS,
				      service * (1 + r / 2 / (1 - r)) / MS,
				      (double)hist_percentile(lat(), 0.99) / MS,
				      service * (1 + wait_p99(r)) / MS);
			assert_near(hist_mean(lat()) / service, 1 + r / 2 / (1 - r));
			assert_near(hist_percentile(lat(), 0.99) / service, 1 + wait_p99(r));
		}
	}
}

/* Half of the I/Os that are due cannot be issued. Without them the latency would be that of the device. */
static void a_backlog_counts_with_its_age(void **state)
{
	(void)state;
	sim->job.rw = RW_RANDRW;
	sim->job.rwmixread = 30;
	sim->job.iodepth = 1;
	sim->job.runtime = 1 * S;
	sim->job.rate = "2000";
	sim->script.lat_ns = 1 * MS;
	run_with(0);
	assert_in_range(sim->w.backlog, 990, 1010);
	assert_int_equal(sim->w.censored.n, sim->w.backlog);
	assert_in_range(sim->w.censored.from, 500 * US, 1 * MS);
	assert_in_range(lat()->count + sim->tally[IO_WRITE].lat.count, 1990, 2010);
	assert_in_range(lat()->count, 540, 660);
	assert_in_range(lat()->max, 490 * MS, 510 * MS);
	assert_about(sim->service[IO_READ].max, 1 * MS);
	assert_about(sim->service[IO_WRITE].max, 1 * MS);
	assert_in_range(sim->service[IO_WRITE].count, 600, 800);
}

static void jobs_of_a_rate_take_turns(void **state)
{
	uint64_t begin;

	(void)state;
	sim->job.numjobs = 4;
	sim->job.rate = "4000";
	for (unsigned i = 0; i < 4; i++) {
		again();
		sim->w.index = i;
		begin = sim->now;
		run_with(0);
		assert_in_range(sim->first_ns - begin, i * 250 * US, i * 250 * US + 10 * US);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_io_is_counted),
		TEST(the_slowest_io_is_in_the_latencies),
		TEST(what_was_issued_in_the_ramp_has_no_latency),
		TEST(what_is_given_up_counts_with_its_age),
		TEST(eagain_is_issued_again),
		TEST(eagain_at_the_end_is_issued_again),
		TEST(failed_and_short_ios_do_not_count),
		TEST(overtaken_ios_keep_their_own_latency),
		TEST(an_overflow_is_noticed),
		TEST(sqpoll_counts_the_same),
		TEST(an_open_rate_issues_when_due),
		TEST(a_queue_is_as_theory_says),
		TEST(a_backlog_counts_with_its_age),
		TEST(jobs_of_a_rate_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
