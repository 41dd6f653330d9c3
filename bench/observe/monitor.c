/* SPDX-License-Identifier: MIT */
#include "monitor.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "bench/engine/worker.h"
#include "bench/target/target.h"
#include "probe/lib/base.h"

#define LOOKS_AT_ONCE 32

/* Finds the block device of the target, or the one under the file. */
static void find_device(const struct target *t, struct around *a)
{
	struct stat st;
	dev_t dev;

	if (!t->has_device || fstat(t->claim >= 0 ? t->claim : t->fd, &st) < 0)
		return;
	dev = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	a->device = &t->device;
	a->major = major(dev);
	a->minor = minor(dev);
}

/* The interrupts of this run. If the block device is unknown, the file may be on any, or on none. */
static void find_interrupts(const struct target *t, struct irq_source *s)
{
	const bool in_memory = !strcmp(t->fs, "tmpfs") || !strcmp(t->fs, "ramfs");

	if (t->has_device)
		irq_source_of(kernel_live(), t->device.disk, s);
	else
		s->of = t->fd < 0 || in_memory ? IRQS_NONE : IRQS_CPUS;
}

void monitor_begin(const struct job *job, const struct target *t, int node, struct around *a,
		   struct monitor *w)
{
	*a = (struct around){ 0 };
	*w = (struct monitor){ .node = node };
	affinity_cpus(kernel_live(), job, node, &a->cpus);
	if (job->sqpoll >= 0)
		CPU_SET(job->sqpoll, &a->cpus);
	environment_read(kernel_live(), &a->cpus, &w->environment);
	find_device(t, a);
	find_interrupts(t, &a->irq_source);
	w->irqs_of = a->irq_source.of;
	w->has_health = a->device;
	if (a->device)
		health_read(kernel_live(), a->device, a->major, a->minor, &w->before);
}

int monitor_meet(const struct job *job, const struct worker *workers, unsigned n, struct around *a,
		 struct fail *f)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	a->sq.cpu = job->sqpoll;
	for (unsigned i = 0; i < n && i < SQ_MAX_THREADS; i++)
		a->sq.workers[a->sq.n_workers++] = workers[i].tid;
	if (!job_sqpoll(job))
		return 0;
	for (unsigned i = 0; i < n && i < (job->sqpoll_shared ? 1 : SQ_MAX_THREADS); i++)
		a->rings[a->n_rings++] = workers[i].wr.ring.fd;
	sq_find(a->n_rings, &a->sq);
	if (sq_refuse_one_cpu(kernel_live(), &a->sq, f) == 0)
		return 0;
	/* A new thread inherits the CPU affinity of its creator until it sets its own. */
	nanosleep(&pause, NULL);
	return sq_refuse_one_cpu(kernel_live(), &a->sq, f);
}

void monitor_read(const struct clock *clock, struct around *a)
{
	struct sq_looks unread = { 0 };

	sq_look(kernel_live(), &a->sq, &unread, &a->seen);
	clock_mark(clock, &a->mark);
	a->suspended_ns = clock_suspended_ns();
	throttle_read(kernel_live(), &a->cpus, &a->throttle);
	sq_read(kernel_live(), &a->sq, a->rings, a->n_rings, &a->times);
	cpu_ticks_read(kernel_live(), &a->ticks);
	irqs_read(kernel_live(), &a->irq_source, &a->irqs);
	/* Read closest to the run: the usage of the threads. */
	usage_read(&a->account);
}

void monitor_look(struct around *a)
{
	const unsigned threads = a->sq.n_workers + a->sq.n_threads;

	/* A sample takes about 10 us per thread, on a CPU that one of them may need. */
	if (a->turns++ % (1 + threads / LOOKS_AT_ONCE) == 0)
		sq_look(kernel_live(), &a->sq, &a->looks, &a->seen);
}

void monitor_end(const struct around *before, const struct around *after, const struct clock *clock,
		 const struct worker *workers, unsigned n, struct monitor *w)
{
	const uint64_t ns = after->mark.ns - before->mark.ns;
	uint64_t issued = 0;

	if (after->device)
		health_read(kernel_live(), after->device, after->major, after->minor, &w->after);
	w->throttle = throttle_since(&before->throttle, &after->throttle);
	w->suspended_ns = clock_suspended_since(before->suspended_ns, after->suspended_ns);
	w->clock_drift = clock->tsc ? clock_drift(clock, &before->mark, &after->mark) : 0;
	w->sq_seen = after->sq.n_threads;
	w->threads.looks = after->looks;
	cpus_seen(&after->seen, &w->cpus_seen);
	w->steal = steal_since(&before->ticks, &after->ticks, &after->seen);
	w->irqs = irqs_since(&after->irq_source, &before->irqs, &after->irqs, &w->cpus_seen);
	for (unsigned i = 0; i < n; i++) {
		const struct worker *worker = &workers[i];

		issued += worker->issued;
		for (unsigned j = 0; j < 2; j++)
			CPU_SET(worker->ran_on[j] % MAX_NODES, &w->ran_on);
		if (worker->wr.buffers)
			nodes_of_memory(worker->wr.buffers, worker->wr.buffer_bytes,
					&w->buffers_on);
	}
	sq_judge(&before->times, &after->times, &after->sq, ns, issued, &w->threads);
}

static int64_t sum_of(int64_t a, int64_t b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

/* The weighted mean of two shares, if both are known. */
static double share_of(double a, uint64_t a_ns, double b, uint64_t b_ns)
{
	return a < 0 || b < 0 || !(a_ns + b_ns) ? -1 : (a * a_ns + b * b_ns) / (a_ns + b_ns);
}

static void merge_seen(struct sq_seen *to, uint64_t to_ns, const struct sq_seen *from,
		       uint64_t from_ns)
{
	to->looks.all += from->looks.all;
	to->looks.shared += from->looks.shared;
	to->wait_share = share_of(to->wait_share, to_ns, from->wait_share, from_ns);
	to->worker_wait_share =
		share_of(to->worker_wait_share, to_ns, from->worker_wait_share, from_ns);
	to->work_share = share_of(to->work_share, to_ns, from->work_share, from_ns);
	if (!*to->work_why)
		snprintf(to->work_why, sizeof(to->work_why), "%s", from->work_why);
}

void monitor_merge(struct monitor *to, uint64_t to_ns, const struct monitor *from, uint64_t from_ns)
{
	to->has_health &= from->has_health;
	to->after = from->after;
	to->throttle.heat = sum_of(to->throttle.heat, from->throttle.heat);
	to->throttle.periods = sum_of(to->throttle.periods, from->throttle.periods);
	to->steal.share = share_of(to->steal.share, to_ns, from->steal.share, from_ns);
	to->steal.ticks += from->steal.ticks;
	to->irqs = sum_of(to->irqs, from->irqs);
	CPU_OR(&to->cpus_seen, &to->cpus_seen, &from->cpus_seen);
	merge_seen(&to->threads, to_ns, &from->threads, from_ns);
	to->sq_seen |= from->sq_seen;
	stops_merge(&to->stops, &from->stops);
	to->suspended_ns += from->suspended_ns;
	if (fabs(from->clock_drift) > fabs(to->clock_drift))
		to->clock_drift = from->clock_drift;
	CPU_OR(&to->ran_on, &to->ran_on, &from->ran_on);
	CPU_OR(&to->buffers_on, &to->buffers_on, &from->buffers_on);
}
