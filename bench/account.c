/* SPDX-License-Identifier: MIT */
#include "account.h"

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>

#include "probe/base.h"

static uint64_t timeval_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000ull + tv.tv_usec * 1000ull;
}

uint64_t account_schedstat_ns(const char *text)
{
	unsigned long long ns = 0;

	return sscanf(text, "%llu", &ns) == 1 ? ns : 0;
}

/* Time on CPU of one thread; proc(5), schedstat. */
static uint64_t thread_ns(const char *tid)
{
	char path[64], buf[128];

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/schedstat", tid);
	return file_read(path, buf, sizeof(buf)) < 0 ? 0 : account_schedstat_ns(buf);
}

static void read_threads(struct account *a)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		char path[64], comm[32];

		snprintf(path, sizeof(path), "/proc/self/task/%.16s/comm", e->d_name);
		if (e->d_name[0] == '.' || file_read(path, comm, sizeof(comm)) <= 0)
			continue;
		if (!strncmp(comm, "iou-sqp-", 8))
			a->sq_thread_ns += thread_ns(e->d_name);
		else if (!strncmp(comm, "iou-wrk-", 8))
			a->io_worker_ns += thread_ns(e->d_name);
	}
	closedir(dir);
}

/* The lines that begin with a number are devices'. */
uint64_t account_irqs(const char *line)
{
	const char *at = line + strspn(line, " ");
	uint64_t sum = 0;
	char *end;

	if (*at < '0' || *at > '9')
		return 0;
	at += strcspn(at, ":");
	for (at += *at == ':';; at = end) {
		unsigned long long n = strtoull(at, &end, 10);

		if (end == at)
			return sum;
		sum += n;
	}
}

static uint64_t device_irqs(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/interrupts", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	uint64_t sum = 0;

	while (f && getline(&line, &size, f) > 0)
		sum += account_irqs(line);
	return sum;
}

bool account_machine(const char *stat, struct account *a)
{
	unsigned long long v[8] = { 0 };

	if (sscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3],
		   &v[4], &v[5], &v[6], &v[7]) != 8)
		return false;
	a->total_ticks = 0;
	for (unsigned i = 0; i < 8; i++)
		a->total_ticks += v[i];
	a->steal_ticks = v[7];
	return true;
}

static void read_machine(struct account *a)
{
	char buf[512];

	if (file_read("/proc/stat", buf, sizeof(buf)) > 0)
		account_machine(buf, a);
}

void account_read(struct account *a)
{
	struct rusage all = { 0 }, mine = { 0 };

	*a = (struct account){ 0 };
	getrusage(RUSAGE_SELF, &all);
	getrusage(RUSAGE_THREAD, &mine);
	a->user_ns = timeval_ns(all.ru_utime);
	a->system_ns = timeval_ns(all.ru_stime);
	a->own_ns = timeval_ns(mine.ru_utime) + timeval_ns(mine.ru_stime);
	a->switches = all.ru_nvcsw + all.ru_nivcsw - mine.ru_nvcsw - mine.ru_nivcsw;
	a->minor_faults = all.ru_minflt - mine.ru_minflt;
	a->major_faults = all.ru_majflt - mine.ru_majflt;
	a->irqs = device_irqs();
	read_threads(a);
	read_machine(a);
}

static uint64_t grown(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

struct account account_since(const struct account *a, const struct account *b)
{
	uint64_t total = grown(a->total_ticks, b->total_ticks);
	uint64_t steal = grown(a->steal_ticks, b->steal_ticks);

	uint64_t user = grown(a->user_ns, b->user_ns), system = grown(a->system_ns, b->system_ns);
	double others = user + system ? 1 - (double)grown(a->own_ns, b->own_ns) / (user + system)
				      : 0;

	if (others < 0)
		others = 0;
	return (struct account){
		.user_ns = user * others,
		.system_ns = system * others,
		.sq_thread_ns = grown(a->sq_thread_ns, b->sq_thread_ns),
		.io_worker_ns = grown(a->io_worker_ns, b->io_worker_ns),
		.switches = grown(a->switches, b->switches),
		.minor_faults = grown(a->minor_faults, b->minor_faults),
		.major_faults = grown(a->major_faults, b->major_faults),
		.irqs = grown(a->irqs, b->irqs),
		.total_ticks = total,
		.steal_ticks = steal,
		.steal_share = total ? (double)steal / total : 0,
	};
}
