/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "bench/engine/engine.h"
#include "probe/lib/base.h"
#include "verified.h"

#define REPORT_NS   500000000
#define TICK_NS	    50000000
#define LAG_LOOKS   40 /* in the runtime of a rate, at least; this far apart, at least */
#define LAG_TICK_NS 5000000

/* Synchronises the threads with the thread that waits for them. */
struct crew {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned opened, ended; /* number of threads */
	bool go, abandon, dismissed;
	int first_ring;	  /* fd of the first worker's ring, -1 before it is open */
	struct fail fail; /* of the first thread that failed to open */
	int err;
};

struct job_thread {
	struct crew *crew;
	struct worker *worker;
	pthread_t thread;
	int node; /* to bind to, or -1 */
};

/* Waits for the first worker's ring, whose SQPOLL thread this worker shares; returns -1 if there is none. */
static int wait_for_first(struct job_thread *s)
{
	struct crew *c = s->crew;
	int fd;

	if (!s->worker->job->sqpoll_shared || s->worker->index == 0)
		return -1;
	pthread_mutex_lock(&c->lock);
	while (c->first_ring < 0 && !c->err && !c->abandon)
		pthread_cond_wait(&c->changed, &c->lock);
	fd = c->first_ring;
	pthread_mutex_unlock(&c->lock);
	return fd;
}

static bool wait_for_go(struct job_thread *s, int r, const struct fail *f)
{
	struct crew *c = s->crew;
	bool go;

	pthread_mutex_lock(&c->lock);
	if (r < 0 && !c->err) {
		c->err = r;
		c->fail = *f;
	}
	if (r == 0 && s->worker->index == 0)
		c->first_ring = s->worker->wr.ring.fd;
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
	struct job_thread *s = arg;
	struct fail f;
	int r;

	s->worker->tid = gettid();
	r = affinity_thread(kernel_live(), s->worker->job, s->worker->index, s->node, &f);
	if (r == 0)
		r = worker_open(s->worker, wait_for_first(s), &f);
	if (wait_for_go(s, r, &f)) {
		getcpu(NULL, &s->worker->ran_on[0]);
		worker_run(s->worker);
		getcpu(NULL, &s->worker->ran_on[1]);
	}
	pthread_mutex_lock(&s->crew->lock);
	s->crew->ended++;
	pthread_cond_broadcast(&s->crew->changed);
	/* The kernel threads of this worker end with it, and their usage must be read before. */
	while (!s->crew->dismissed)
		pthread_cond_wait(&s->crew->changed, &s->crew->lock);
	pthread_mutex_unlock(&s->crew->lock);
	return NULL;
}

/* The watching thread: reports progress, records the series, and ends the run if nothing completes. */
struct watch {
	const struct job *job;
	const struct worker *workers;
	unsigned n;
	uint64_t pass_bytes; /* bytes of a pass, which has no runtime; otherwise 0 */
	int *halt;
	progress_fn progress;
	void *arg;
	struct recorder recorder;
	const struct clock *clock;
	struct around *around;	/* read again when the ramp is over */
	struct watch_mark mark; /* when this thread last woke */
	struct stops stops;
	struct hist *lat;
	struct growth lag; /* with an open rate */
	bool open_rate;
	uint64_t begin, reported, moved; /* times */
	struct flows done;
	uint64_t ios_reported;
	uint64_t completed; /* by all workers, also before and after the measured time */
	bool ramped;
	uint64_t hung_ns;
};

static void report(struct watch *w, uint64_t now)
{
	const struct job *j = w->job;
	double moved = j->io_limit ? (double)w->done.all.bytes / j->io_limit / j->numjobs : 0;
	double gone = (double)(now - w->begin) / j->runtime;
	struct progress p = {
		.share = gone > moved ? gone : moved,
		.iops = (w->done.all.ios - w->ios_reported) * 1e9 / (now - w->reported),
		.p99_ns = hist_percentile(w->lat, 0.99),
	};

	if (w->pass_bytes)
		p.share = (double)w->done.all.bytes / w->pass_bytes;
	if (p.share > 1)
		p.share = 1;
	w->progress(w->arg, &p);
	w->reported = now;
	w->ios_reported = w->done.all.ios;
}

/* Whether a worker still measures, and does not merely wait for what is in flight. */
static bool measures(const struct watch *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!worker_has_measured(&w->workers[i]))
			return true;
	return false;
}

/* How late the worker is that is most behind its schedule. */
static void note_lag(struct watch *w, uint64_t now)
{
	uint64_t ticks = clock_ticks(w->clock), most = 0;

	for (unsigned i = 0; i < w->n; i++) {
		uint64_t lag = worker_has_measured(&w->workers[i])
				       ? 0
				       : worker_lag_ns(&w->workers[i], ticks);

		most = lag > most ? lag : most;
	}
	growth_add(&w->lag, (now - w->begin) / 1e9, most / 1e9);
}

/* Gives up if nothing completes for too long, although something is in flight. */
static void guard(struct watch *w, uint64_t now)
{
	uint64_t issued = 0, completed = 0;

	for (unsigned i = 0; i < w->n; i++) {
		issued += __atomic_load_n(&w->workers[i].issued, __ATOMIC_RELAXED);
		completed += __atomic_load_n(&w->workers[i].completed, __ATOMIC_RELAXED);
	}
	if (completed != w->completed || completed == issued) {
		w->completed = completed;
		w->moved = now;
	} else if (now - w->moved > w->job->watchdog) {
		w->hung_ns = now - w->moved;
		__atomic_store_n(w->halt, HALT_NOW, __ATOMIC_RELAXED);
	}
}

static void look(struct watch *w, uint64_t now)
{
	bool span_over, asked;

	guard(w, now);
	if (!w->ramped && now - w->begin < w->job->ramp)
		return;
	if (!w->ramped) {
		w->ramped = true;
		if (w->job->ramp)
			monitor_read(w->clock, w->around);
		w->begin += w->job->ramp;
		w->reported = w->begin;
		recorder_begin(&w->recorder, w->begin, w->begin + w->job->runtime);
	}
	monitor_look(w->around);
	if (w->open_rate && measures(w))
		note_lag(w, now);
	span_over = recorder_is_due(&w->recorder, now) && measures(w);
	asked = w->progress && now - w->reported >= REPORT_NS;
	if (span_over || asked)
		lat_now(w->workers, w->n, w->lat);
	if (span_over)
		recorder_add(&w->recorder, now, &w->done, w->lat);
	if (asked)
		report(w, now);
}

/* Time of the next wakeup: the usage of a short run must be counted from the end of its ramp, and a span ends
 * on time. */
static uint64_t next_look(const struct watch *w, uint64_t now)
{
	uint64_t at = w->ramped ? w->recorder.due : w->begin + w->job->ramp, tick = TICK_NS;

	/* The growth of a backlog takes some looks. */
	if (w->open_rate && w->job->runtime / LAG_LOOKS < tick)
		tick = w->job->runtime / LAG_LOOKS > LAG_TICK_NS ? w->job->runtime / LAG_LOOKS
								 : LAG_TICK_NS;
	return at > now && at < now + tick ? at : now + tick;
}

/* Notes that this thread woke, and had meant to do so meant_ns after the last time. */
static void note_round(struct watch *w, uint64_t meant_ns)
{
	const struct job *job = w->job;
	const uint64_t begin = w->begin + (w->ramped ? 0 : job->ramp), end = begin + job->runtime;
	struct watch_mark now;
	uint64_t from, to;

	w->done = flows_now(w->workers, w->n);
	watch_mark(kernel_live(), w->done.all.ios, &now);
	from = w->mark.last_ns > begin ? w->mark.last_ns : begin;
	to = now.first_ns < end ? now.first_ns : end;
	if (to > from)
		stops_note(&w->stops, &w->mark, &now, meant_ns, to - from,
			   (uint64_t)w->n * job->iodepth);
	/* The watchdog does not count time in which this thread did not run. */
	if (now.first_ns > w->mark.last_ns + meant_ns)
		w->moved += now.first_ns - w->mark.last_ns - meant_ns;
	w->mark = now;
}

static void wait_for_end(struct crew *c, struct job_thread *threads, struct watch *w)
{
	pthread_mutex_lock(&c->lock);
	while (c->ended < w->n) {
		uint64_t now = mono_ns(), at = next_look(w, now);
		struct timespec until = { at / 1000000000, at % 1000000000 };
		bool over;

		pthread_cond_clockwait(&c->changed, &c->lock, CLOCK_MONOTONIC, &until);
		over = c->ended == w->n;
		pthread_mutex_unlock(&c->lock);
		note_round(w, at - now);
		if (!over)
			look(w, mono_ns());
		/* Interrupts workers that wait forever. */
		for (unsigned i = 0; w->hung_ns && i < w->n; i++)
			pthread_kill(threads[i].thread, SIGURG);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

/* Starts the threads, waits until each has set up its ring, and starts the run, or ends the threads if one
 * failed. Returns the number of threads. *around is read before the run starts. */
static unsigned assemble(struct crew *c, struct job_thread *threads, unsigned n,
			 const struct clock *clock, struct around *around)
{
	unsigned started = 0;
	int r = 0;

	for (; started < n; started++) {
		r = -pthread_create(&threads[started].thread, NULL, work, &threads[started]);
		if (r < 0)
			break;
	}
	pthread_mutex_lock(&c->lock);
	if (r < 0 && !c->err)
		c->err = fail_set(&c->fail, r, "starting thread %u: %s", started, strerror(-r));
	pthread_cond_broadcast(&c->changed);
	while (c->opened < started)
		pthread_cond_wait(&c->changed, &c->lock);
	if (!c->err)
		c->err = monitor_meet(threads->worker->job, threads->worker, n, around, &c->fail);
	monitor_read(clock, around);
	c->go = !c->err;
	c->abandon = !c->go;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return started;
}

static void finish_series(struct watch *w, struct series *to)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned i = 0; i < w->n; i++) {
		first = w->workers[i].started_ns < first ? w->workers[i].started_ns : first;
		last = w->workers[i].ended_ns > last ? w->workers[i].ended_ns : last;
	}
	w->done = flows_now(w->workers, w->n);
	lat_now(w->workers, w->n, w->lat);
	recorder_end(&w->recorder, first, last, &w->done, w->lat, to);
}

static void dismiss(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->dismissed = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static int worst_of(const struct worker *workers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (workers[i].err)
			return workers[i].err;
	return 0;
}

static void ignore(int sig)
{
	(void)sig;
}

int run_crew(const struct job *job, const struct target *t, struct verifier *verifier,
	     const volatile int *stop, progress_fn progress, void *arg, struct result *res,
	     struct fail *f)
{
	const struct sigaction wake = { .sa_handler = ignore };
	struct crew crew = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.first_ring = -1,
	};
	_cleanup_free_ struct worker *workers = calloc(job->numjobs, sizeof(*workers));
	_cleanup_free_ struct job_thread *threads = calloc(job->numjobs, sizeof(*threads));
	_cleanup_free_ struct hist *hists = calloc(3, sizeof(*hists));
	unsigned n = job->numjobs, started;
	_cleanup_free_ struct around *around = calloc(2, sizeof(*around));
	struct around *before = &around[0], *after = &around[1];
	_cleanup_free_ struct monitor *monitor = calloc(1, sizeof(*monitor));
	struct io_rate rate = { 0 };
	struct clock clock;
	int halt = HALT_NOT, node;

	if (!workers || !threads || !hists || !around || !monitor)
		return fail_set(f, -ENOMEM, "out of memory");
	node = affinity_node(kernel_live(), job, t->has_device ? t->device.numa_node : -1, f);
	if (node < 0 && job->numa != OPT_OFF)
		return node;
	clock_init(&clock);
	monitor_begin(job, t, node, before, monitor);
	sigaction(SIGURG, &wake, NULL);
	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){
			.job = job,
			.clock = &clock,
			.index = i,
			.fd = t->fd,
			.nvme = t->nvme,
			.trim = job_trims(job) ? t->trim : TRIM_NONE,
			.base = t->base,
			.size = t->size,
			.verifier = verifier,
			.passed = t->passed,
			.stop = stop,
			.halt = &halt,
		};
		threads[i] =
			(struct job_thread){ .crew = &crew, .worker = &workers[i], .node = node };
	}
	started = assemble(&crew, threads, n, &clock, before);
	struct watch watch = {
		.job = job,
		.workers = workers,
		.n = n,
		.pass_bytes = job->verify_only ? t->size : 0,
		.halt = &halt,
		.progress = progress,
		.arg = arg,
		.recorder = { .interval = job->interval,
			      .lat = &hists[1],
			      .lat_before = &hists[2] },
		.clock = &clock,
		.around = before,
		.lat = &hists[0],
		.begin = mono_ns(),
	};
	io_rate_parse(job, &rate, NULL);
	watch.open_rate = rate.per_s > 0 && !rate.closed;
	watch.moved = watch.begin;
	watch_mark(kernel_live(), 0, &watch.mark);
	if (crew.go)
		wait_for_end(&crew, threads, &watch);
	*after = *before;
	monitor_read(&clock, after);
	dismiss(&crew);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i].thread, NULL);
	if (crew.go) {
		struct ending ending = {
			.interrupted = *stop,
			.hung_ns = watch.hung_ns,
			.gone = target_is_gone(t),
			.err = worst_of(workers, n),
		};

		*res = (struct result){
			.job = *job,
			.target = *t,
			.granted.clock = clock.name,
			.cpu = usage_since(&before->account, &after->account),
		};
		finish_series(&watch, &res->series);
		monitor->stops = watch.stops;
		res->lag_growth = growth_fit(&watch.lag);
		monitor_end(before, after, &clock, workers, n, monitor);
		res->monitor = *monitor;
		res->rate = rate;
		result_sum(res, workers, n, &ending);
	} else {
		*f = crew.fail;
	}
	for (unsigned i = 0; i < started; i++)
		worker_close(&workers[i]);
	return crew.err;
}

/* Runs the job on a target that suits it. */
static int run_on(const struct job *asked, const struct target *t, const volatile int *stop,
		  progress_fn progress, void *arg, struct result *res, struct fail *f)
{
	struct job job;
	int r = job_choose_engine(asked, t->nvme.nsid > 0, &job, f);

	if (r == 0 && job_verifies(&job))
		r = run_verified(&job, t, stop, progress, arg, res, f);
	else if (r == 0)
		r = run_crew(&job, t, NULL, stop, progress, arg, res, f);
	if (r < 0)
		return r;
	res->job = *asked;
	res->granted.engine = job.engine;
	res->granted.trim = job_trims(&job) ? t->trim : TRIM_NONE;
	res->granted.batch_submit = job_batch(&job);
	return 0;
}

int bench_on(const struct job *job, struct target *t, const volatile int *stop,
	     progress_fn progress, void *arg, struct result *res, struct fail *f)
{
	int r = job_validate(job, f);

	if (r == 0)
		r = target_suit(job, t, f);
	return r < 0 ? r : run_on(job, t, stop, progress, arg, res, f);
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
	r = run_on(job, &t, stop, progress, arg, res, f);
	target_close(&t, job->keep);
	return r;
}
