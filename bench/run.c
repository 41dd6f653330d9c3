/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <pthread.h>
#include <string.h>

#include "probe/base.h"

#define REPORT_NS 500000000

/* Where the threads and the one that waits for them meet. */
struct crew {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned opened, ended; /* threads that have come so far */
	bool go, abandon;
	struct fail fail; /* of the first that could not open */
	int err;
};

struct seat {
	struct crew *crew;
	struct worker *worker;
	pthread_t thread;
};

static bool wait_for_go(struct seat *s, int r, const struct fail *f)
{
	struct crew *c = s->crew;
	bool go;

	pthread_mutex_lock(&c->lock);
	if (r < 0 && !c->err) {
		c->err = r;
		c->fail = *f;
	}
	c->opened++;
	pthread_cond_broadcast(&c->changed);
	while (!c->go && !c->abandon)
		pthread_cond_wait(&c->changed, &c->lock);
	go = c->go;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *work(void *arg)
{
	struct seat *s = arg;
	struct fail f;
	int r = worker_open(s->worker, &f);

	if (wait_for_go(s, r, &f))
		worker_run(s->worker);
	pthread_mutex_lock(&s->crew->lock);
	s->crew->ended++;
	pthread_cond_broadcast(&s->crew->changed);
	pthread_mutex_unlock(&s->crew->lock);
	return NULL;
}

static struct timespec after(uint64_t ns)
{
	ns += mono_ns();
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static uint64_t sum_now(const struct worker *workers, unsigned n, struct hist *lat)
{
	memset(lat, 0, sizeof(*lat));
	for (unsigned i = 0; i < n; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			hist_merge(lat, &workers[i].tally[dir].lat);
	return lat->count;
}

static void wait_and_report(struct crew *c, const struct worker *workers, unsigned n,
			    progress_fn progress, void *arg)
{
	_cleanup_free_ struct hist *lat = progress ? malloc(sizeof(*lat)) : NULL;
	uint64_t begin = mono_ns(), last = begin, seen = 0;

	pthread_mutex_lock(&c->lock);
	while (c->ended < n) {
		struct timespec until = after(REPORT_NS);
		int r = pthread_cond_clockwait(&c->changed, &c->lock, CLOCK_MONOTONIC, &until);
		uint64_t now = mono_ns(), count;
		struct progress p;

		if (r != ETIMEDOUT || !lat)
			continue;
		count = sum_now(workers, n, lat);
		p.share = (double)(now - begin) / workers[0].job->runtime;
		p.share = p.share > 1 ? 1 : p.share;
		p.iops = (count - seen) * 1e9 / (now - last);
		p.p99_ns = hist_percentile(lat, 0.99);
		seen = count;
		last = now;
		pthread_mutex_unlock(&c->lock);
		progress(arg, &p);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

/* Starts the threads, waits until each has its ring, and lets them go, or, when one could not, home.
 * Returns how many there are. *before is read between the two. */
static unsigned assemble(struct crew *c, struct seat *seats, unsigned n, struct account *before)
{
	unsigned started = 0;
	int r = 0;

	for (; started < n; started++) {
		r = -pthread_create(&seats[started].thread, NULL, work, &seats[started]);
		if (r < 0)
			break;
	}
	pthread_mutex_lock(&c->lock);
	while (c->opened < started)
		pthread_cond_wait(&c->changed, &c->lock);
	if (r < 0 && !c->err)
		c->err = fail_set(&c->fail, r, "starting thread %u: %s", started, strerror(-r));
	account_read(before);
	c->go = !c->err;
	c->abandon = !c->go;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return started;
}

static int worst_of(const struct worker *workers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (workers[i].err)
			return workers[i].err;
	return 0;
}

static int run_crew(const struct job *job, const struct target *t, const volatile int *stop,
		    progress_fn progress, void *arg, struct result *res, struct fail *f)
{
	struct crew crew = { .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	_cleanup_free_ struct worker *workers = calloc(job->numjobs, sizeof(*workers));
	_cleanup_free_ struct seat *seats = calloc(job->numjobs, sizeof(*seats));
	unsigned n = job->numjobs, started;
	struct account before, now;
	struct clock clock;
	int halt = 0;

	if (!workers || !seats)
		return fail_set(f, -ENOMEM, "out of memory");
	clock_init(&clock);
	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){
			.job = job,
			.clock = &clock,
			.index = i,
			.fd = t->fd,
			.size = t->size,
			.stop = stop,
			.halt = &halt,
		};
		seats[i] = (struct seat){ .crew = &crew, .worker = &workers[i] };
	}
	started = assemble(&crew, seats, n, &before);
	if (crew.go)
		wait_and_report(&crew, workers, n, progress, arg);
	account_read(&now);
	for (unsigned i = 0; i < started; i++)
		pthread_join(seats[i].thread, NULL);
	if (crew.go) {
		*res = (struct result){
			.job = *job,
			.target = *t,
			.clock = clock.name,
			.cpu = account_since(&before, &now),
		};
		result_sum(res, workers, n, *stop, worst_of(workers, n));
	} else {
		*f = crew.fail;
	}
	for (unsigned i = 0; i < started; i++)
		worker_close(&workers[i]);
	return crew.err;
}

int bench_run(const struct job *job, const char *path, const volatile int *stop,
	      progress_fn progress, void *arg, struct result *res, struct fail *f)
{
	struct target t;
	int r = job_validate(job, f);

	if (r == 0)
		r = target_open(job, path, stop, &t, f);
	if (r < 0)
		return r;
	r = run_crew(job, &t, stop, progress, arg, res, f);
	target_close(&t, job->keep);
	return r;
}
