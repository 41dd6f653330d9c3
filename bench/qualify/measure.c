/* SPDX-License-Identifier: MIT */
/*
 * Runs the benchmarks of a plan in child processes. Resource usage is counted per process, so measurements
 * at the same time need separate processes; and a crash does not affect the others. A child writes its
 * result into a pipe as it is in memory. It was forked, so pointers to strings are valid in the parent.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bench/engine/clock.h"
#include "probe/lib/base.h"
#include "qualify.h"

#define TICK_MS 100

/* Precedes each result; the spans of its series follow. */
struct message {
	unsigned run; /* index */
	bool made;
	struct fail fail;
	struct precondition precondition;
	struct steady steady;
	uint64_t duration_ns;
	size_t n_spans;
};

/* A device, or none, and the process that measures on it. */
struct lane {
	int device;
	pid_t pid; /* 0: none */
	int fd;
	struct str said; /* received so far */
};

/* Parameters of a child. */
struct work {
	struct qualification *q;
	const struct qualify_opts *opts;
	const volatile int *stop; /* shared with the parent */
	int device, fd;
};

static int tell(const struct work *w, unsigned index, const struct run *run)
{
	const struct message m = {
		.run = index,
		.made = run->state == RUN_MADE,
		.fail = run->fail,
		.precondition = run->precondition,
		.steady = run->steady,
		.duration_ns = run->duration_ns,
		.n_spans = run->state == RUN_MADE ? run->result->series.n : 0,
	};
	int r = write_all(w->fd, &m, sizeof(m));

	if (r == 0 && m.made)
		r = write_all(w->fd, run->result, sizeof(*run->result));
	if (r == 0 && m.n_spans)
		r = write_all(w->fd, run->result->series.spans,
			      m.n_spans * sizeof(*run->result->series.spans));
	return r;
}

/* Argument of the progress function: a text, as the first member. */
struct title {
	char text[400];
	char run[300];
};

static void name_step(void *arg, const char *what)
{
	struct title *t = arg;

	snprintf(t->text, sizeof(t->text), "%s%s%.80s: ", t->run, *what ? ", " : "", what);
}

static void name_run(const struct work *w, const struct run *run, struct title *t)
{
	_cleanup_str_ struct str s = { 0 };

	str_add(&s, run->bench->name);
	if (run->device >= 0)
		str_addf(&s, " on %s", w->q->devices[run->device].path);
	if (run->bench->repeat > 1)
		str_addf(&s, ", %u of %u", run->repeat, run->bench->repeat);
	snprintf(t->run, sizeof(t->run), "%s", str_text(&s));
	name_step(t, "");
}

static int measure(const struct work *w, struct run *run, const struct job *job, struct fail *f)
{
	const struct plan_bench *b = run->bench;
	const char *path = run->device < 0 ? NULL : w->q->devices[run->device].path;
	struct job opening = qualify_opening(b, job);
	struct title title;
	const struct follower who = { name_step, w->opts->progress, &title };
	struct target t;
	int r = job_validate(job, f);

	name_run(w, run, &title);
	if (r == 0)
		r = target_open(&opening, path, w->stop, &t, f);
	if (r < 0)
		return r;
	if (precondition_asked(&b->prepare))
		r = precondition_run(job, &t, &b->prepare, w->stop, &who, &run->precondition, f);
	follow_step(&who, "");
	if (r == 0 && b->steady)
		r = steady_run(job, &t, b->round_ns, w->stop, &who, &run->steady, run->result, f);
	else if (r == 0)
		r = bench_on(job, &t, w->stop, who.progress, who.arg, run->result, f);
	target_close(&t, false);
	return r;
}

static void make(const struct work *w, struct run *run)
{
	const struct job job = qualify_job(w->q, run->bench, run->device, w->opts);
	uint64_t before = mono_ns();
	int r;

	run->result = calloc(1, sizeof(*run->result));
	r = run->result ? measure(w, run, &job, &run->fail)
			: fail_set(&run->fail, -ENOMEM, "out of memory");
	run->state = r < 0 ? RUN_FAILED : RUN_MADE;
	run->duration_ns = mono_ns() - before;
}

/* A benchmark that failed once is not run again. */
static bool failed_before(const struct work *w, unsigned i, struct run *run)
{
	const struct run *last = i ? &w->q->runs[i - 1] : NULL;

	if (!last || last->bench != run->bench || last->device != run->device ||
	    last->state != RUN_FAILED)
		return false;
	run->state = RUN_FAILED;
	run->fail = last->fail;
	return true;
}

static int work(const struct work *w)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < w->q->n_runs; i++) {
		struct run *run = &w->q->runs[i];

		if (run->device != w->device)
			continue;
		if (*w->stop)
			break;
		if (!failed_before(w, i, run))
			make(w, run);
		/* A run that was stopped before it measured has no result. */
		if (run->state == RUN_MADE || !*w->stop)
			r = tell(w, i, run);
		if (run->state == RUN_MADE)
			result_free(run->result);
		free(run->result);
		run->result = NULL;
	}
	return r;
}

static int start(struct lane *lane, const struct work *w, struct fail *f)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_set(f, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		r = fail_set(f, -errno, "fork: %s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (pid == 0) {
		struct work mine = *w;

		/* The parent handles signals and passes them on; if it is killed, the children are killed
		 * too. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigaction(SIGINT, &ignore, NULL);
		sigaction(SIGTERM, &ignore, NULL);
		mine.fd = ends[1];
		_exit(work(&mine) < 0);
	}
	close(ends[1]);
	lane->pid = pid;
	lane->fd = ends[0];
	return 0;
}

/* Removes one message from the front; returns false if none is complete. */
static bool take(struct qualification *q, const char **at, const char *end)
{
	struct message m;
	struct run *run;
	size_t spans, whole;

	if (end - *at < (ptrdiff_t)sizeof(m))
		return false;
	memcpy(&m, *at, sizeof(m));
	spans = m.n_spans * sizeof(struct span);
	whole = sizeof(m) + (m.made ? sizeof(struct result) : 0) + spans;
	if ((size_t)(end - *at) < whole || m.run >= q->n_runs)
		return false;
	run = &q->runs[m.run];
	run->fail = m.fail;
	run->precondition = m.precondition;
	run->steady = m.steady;
	run->duration_ns = m.duration_ns;
	run->state = RUN_FAILED;
	if (m.made) {
		run->result = malloc(sizeof(*run->result));
		if (!run->result)
			return false;
		memcpy(run->result, *at + sizeof(m), sizeof(*run->result));
		run->result->series = (struct series){ 0 };
		run->state = RUN_MADE;
	}
	if (spans) {
		struct series *s = &run->result->series;

		s->spans = malloc(spans);
		if (s->spans) {
			memcpy(s->spans, *at + whole - spans, spans);
			s->n = s->cap = m.n_spans;
		}
	}
	*at += whole;
	return true;
}

static void say_missing(struct qualification *q, int device, bool stopped, int status)
{
	for (unsigned i = 0; i < q->n_runs; i++) {
		struct run *run = &q->runs[i];

		if (run->device != device || run->state != RUN_MISSING)
			continue;
		if (stopped)
			fail_as(&run->fail, FAIL_UNAVAILABLE, -EINTR, "interrupted before it ran");
		else if (WIFSIGNALED(status))
			fail_set(&run->fail, -EIO,
				 "the process that measured was killed by signal %d",
				 WTERMSIG(status));
		else
			fail_set(&run->fail, -EIO,
				 "the process that measured ended before its time");
	}
}

static void finish(struct qualification *q, struct lane *lane, bool stopped)
{
	const char *at = str_text(&lane->said), *end = at + lane->said.len;
	int status = 0;

	close(lane->fd);
	while (waitpid(lane->pid, &status, 0) < 0 && errno == EINTR)
		;
	while (take(q, &at, end))
		;
	say_missing(q, lane->device, stopped, status);
	str_free(&lane->said);
	lane->pid = 0;
}

/* Reads messages from all lanes until all have ended. */
static void listen_to(struct qualification *q, struct lane *lanes, unsigned n,
		      const volatile int *stop, volatile int *shared)
{
	char buf[65536];

	for (unsigned i = 0; i < n;) {
		struct pollfd p = { .events = POLLIN };
		ssize_t got;

		if (!lanes[i].pid) {
			i++;
			continue;
		}
		*shared = *stop;
		/* Reading them in turn could block a child on a full pipe. */
		for (unsigned j = i; j < n; j++) {
			p.fd = lanes[j].fd;
			if (!lanes[j].pid || poll(&p, 1, j == i ? TICK_MS : 0) <= 0)
				continue;
			got = read(p.fd, buf, sizeof(buf));
			if (got > 0)
				str_addn(&lanes[j].said, buf, got);
			else if (got == 0 || errno != EINTR)
				finish(q, &lanes[j], *stop);
		}
	}
}

static bool has_runs(const struct qualification *q, int device)
{
	for (unsigned i = 0; i < q->n_runs; i++)
		if (q->runs[i].device == device)
			return true;
	return false;
}

int qualify_measure(struct qualification *q, const struct qualify_opts *opts, struct fail *f)
{
	/* A benchmark without a device measures the machine, and must run alone. */
	_cleanup_free_ struct lane *lanes = calloc(q->n_devices + 1, sizeof(*lanes));
	volatile int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work w = { .q = q, .opts = opts, .stop = shared };
	unsigned n = 0;
	int r = 0;

	if (!lanes || shared == MAP_FAILED) {
		if (shared != MAP_FAILED)
			munmap((void *)shared, sizeof(*shared));
		return fail_set(f, -ENOMEM, "out of memory");
	}
	for (int device = -1; r == 0 && device < (int)q->n_devices; device++) {
		if (!has_runs(q, device))
			continue;
		lanes[n].device = w.device = device;
		r = start(&lanes[n], &w, f);
		n += r == 0;
		if (r == 0 && (!opts->parallel || device < 0))
			listen_to(q, lanes, n, opts->stop, shared);
	}
	if (r < 0)
		*shared = SIGTERM;
	listen_to(q, lanes, n, r < 0 ? shared : opts->stop, shared);
	munmap((void *)shared, sizeof(*shared));
	return r;
}
