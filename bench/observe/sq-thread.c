/* SPDX-License-Identifier: MIT */
#include "sq-thread.h"

#include <dirent.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "bench/job/affinity.h"
#include "probe/lib/base.h"

#define TASK "/proc/self/task/"
/* Submitting takes more than this per I/O. */
#define LEAST_WORK_NS 50
/* The kernel samples these times with the tick, 1 to 10 ms. */
#define SAMPLE_NS      10000000ull
#define TIME_TOLERANCE 0.25
#define FDINFO_BYTES   (64u << 10)
#define FIND_TRIES     100
#define FDINFO_TRIES   20

/* A thread gets its name when it first runs. */
static void find_named(struct sq_crew *crew)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *e;

	crew->n_threads = 0;
	while (dir && (e = readdir(dir)) && crew->n_threads < SQ_MAX_THREADS) {
		char path[64], comm[32];

		snprintf(path, sizeof(path), TASK "%.16s/comm", e->d_name);
		if (e->d_name[0] != '.' && file_read(path, comm, sizeof(comm)) > 0 &&
		    !strncmp(comm, "iou-sqp-", 8))
			crew->threads[crew->n_threads++] = atoi(e->d_name);
	}
	if (dir)
		closedir(dir);
}

void sq_find(unsigned expected, struct sq_crew *crew)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	find_named(crew);
	for (unsigned i = 0; i < FIND_TRIES && crew->n_threads < expected; i++) {
		nanosleep(&pause, NULL);
		find_named(crew);
	}
}

/* Returns the only CPU that a thread may run on; -1 if there are several or it is unknown. */
static int only_cpu(struct kernel *k, pid_t tid)
{
	static const char key[] = "Cpus_allowed_list:";
	char path[64], text[4096];
	unsigned cpus[2];
	const char *at;

	snprintf(path, sizeof(path), TASK "%d/status", tid);
	if (k->read_file(k, path, text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, key);
	if (!at)
		return -1;
	at += strlen(key);
	at += strspn(at, " \t");
	text[at - text + strcspn(at, "\n")] = '\0';
	return cpu_list(at, cpus, 2) == 1 ? (int)cpus[0] : -1;
}

int sq_refuse_one_cpu(struct kernel *k, const struct sq_crew *crew, struct fail *f)
{
	const bool bound = crew->cpu >= 0;

	for (unsigned i = 0; i < (bound ? 1 : crew->n_threads); i++) {
		int cpu = bound ? crew->cpu : only_cpu(k, crew->threads[i]);

		for (unsigned j = 0; cpu >= 0 && j < crew->n_workers; j++)
			if (only_cpu(k, crew->workers[j]) == cpu)
				return fail_as(f, FAIL_USAGE, -EINVAL,
					       "--sqpoll: the submission thread and a job may run "
					       "on CPU %d alone, and would wait for each other's "
					       "time slice; give one of them another CPU "
					       "(taskset, --cpus, --sqpoll=CPU)",
					       cpu);
	}
	return 0;
}

void sq_look(struct kernel *k, const struct sq_crew *crew, struct sq_looks *looks,
	     struct cpu_looks *seen)
{
	cpu_set_t busy;
	bool shared = false;

	CPU_ZERO(&busy);
	for (unsigned i = 0; i < crew->n_workers; i++) {
		int cpu = cpu_look(k, crew->workers[i], seen);

		if (cpu >= 0)
			CPU_SET(cpu, &busy);
	}
	for (unsigned i = 0; i < crew->n_threads; i++) {
		int cpu = cpu_look(k, crew->threads[i], seen);

		shared |= cpu >= 0 && CPU_ISSET(cpu, &busy);
	}
	looks->all += crew->n_threads > 0;
	looks->shared += shared;
}

static bool number_after(const char *text, const char *key, uint64_t *out)
{
	const char *at = strstr(text, key);
	unsigned long long v;

	if (!at || sscanf(at + strlen(key), " %llu", &v) != 1)
		return false;
	*out = v;
	return true;
}

bool sq_fdinfo(const char *text, uint64_t *total_us, uint64_t *work_us)
{
	return number_after(text, "SqTotalTime:", total_us) &&
	       number_after(text, "SqWorkTime:", work_us);
}

/* While the ring is locked for a submission, the kernel omits the times or reports 0. */
static bool read_fdinfo(struct kernel *k, int ring, uint64_t *total_us, uint64_t *work_us)
{
	_cleanup_free_ char *text = malloc(FDINFO_BYTES);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", ring);
	for (unsigned i = 0; text && i < FDINFO_TRIES; i++) {
		if (k->read_file(k, path, text, FDINFO_BYTES) < 0)
			return false;
		if (sq_fdinfo(text, total_us, work_us) && *total_us)
			return true;
		if (!strstr(text, "SqTotalTime:") && strstr(text, "SqThread:"))
			return false;
		sched_yield();
	}
	return text && sq_fdinfo(text, total_us, work_us);
}

/* schedstat of proc(5): on a CPU, waiting for one. */
static bool read_waiting(struct kernel *k, pid_t tid, uint64_t *ran, uint64_t *waited)
{
	unsigned long long v[2];
	char path[64], text[128];

	snprintf(path, sizeof(path), TASK "%d/schedstat", tid);
	if (k->read_file(k, path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%llu %llu", &v[0], &v[1]) != 2)
		return false;
	*ran += v[0];
	*waited += v[1];
	return true;
}

void sq_read(struct kernel *k, const struct sq_crew *crew, const int *rings, unsigned n_rings,
	     struct sq_times *t)
{
	uint64_t ran = 0;

	*t = (struct sq_times){ 0 };
	for (unsigned i = 0; i < crew->n_threads; i++)
		t->with_waiting += read_waiting(k, crew->threads[i], &t->ran_ns, &t->waited_ns);
	for (unsigned i = 0; i < crew->n_workers; i++)
		read_waiting(k, crew->workers[i], &ran, &t->worker_waited_ns);
	for (unsigned i = 0; i < n_rings; i++) {
		uint64_t total, work;

		if (!read_fdinfo(k, rings[i], &total, &work))
			continue;
		t->with_total++;
		t->total_us += total;
		t->work_us += work;
	}
}

static double share(uint64_t part, uint64_t ns, unsigned threads)
{
	return ns && threads ? (double)part / ns / threads : -1;
}

static void unknown(struct sq_seen *seen, const char *fmt, ...) _printf_(2, 3);

static void unknown(struct sq_seen *seen, const char *fmt, ...)
{
	va_list ap;

	seen->work_share = -1;
	va_start(ap, fmt);
	vsnprintf(seen->work_why, sizeof(seen->work_why), fmt, ap);
	va_end(ap);
}

static void judge_work(const struct sq_times *before, const struct sq_times *after, uint64_t ios,
		       struct sq_seen *seen)
{
	uint64_t ran = growth(before->ran_ns, after->ran_ns);
	uint64_t total = 1000 * growth(before->total_us, after->total_us);
	uint64_t work = 1000 * growth(before->work_us, after->work_us);
	uint64_t off = growth(ran, total) + growth(total, ran);

	if (!after->with_total || before->with_total != after->with_total)
		unknown(seen, "the kernel does not say it (SqWorkTime came with 6.9)");
	else if (!after->with_waiting)
		unknown(seen,
			"the threads are not seen, so that nothing checks the kernel's numbers");
	else if (off > SAMPLE_NS && off > TIME_TOLERANCE * ran)
		unknown(seen,
			"the kernel's SqTotalTime grew by %.0f ms while the thread ran for %.0f ms",
			total / 1e6, ran / 1e6);
	else if (work > total + SAMPLE_NS)
		unknown(seen, "the kernel's SqWorkTime grew by more than its SqTotalTime");
	else if (!total)
		unknown(seen, "the thread did not run");
	else if (!work && ios * LEAST_WORK_NS > SAMPLE_NS)
		unknown(seen,
			"the kernel's SqWorkTime did not grow, although %llu I/Os were submitted",
			(unsigned long long)ios);
	else
		seen->work_share = work < total ? (double)work / total : 1;
}

void sq_judge(const struct sq_times *before, const struct sq_times *after,
	      const struct sq_crew *crew, uint64_t ns, uint64_t ios, struct sq_seen *seen)
{
	*seen = (struct sq_seen){ .looks = seen->looks };
	seen->wait_share =
		share(growth(before->waited_ns, after->waited_ns), ns, after->with_waiting);
	seen->worker_wait_share = share(growth(before->worker_waited_ns, after->worker_waited_ns),
					ns, crew->n_workers);
	judge_work(before, after, ios, seen);
}
