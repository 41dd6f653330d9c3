/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>

#include "probe/lib/base.h"

static uint64_t timeval_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000ull + tv.tv_usec * 1000ull;
}

uint64_t usage_schedstat_ns(const char *text)
{
	unsigned long long ns = 0;

	return sscanf(text, "%llu", &ns) == 1 ? ns : 0;
}

/* Reads a file of one thread; proc(5). It does not exist if the thread has just ended. */
static bool read_of_thread(struct usage *a, const char *tid, const char *name, char *buf,
			   size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/%s", tid, name);
	n = file_read(path, buf, size);
	a->no_threads |= n < 0 && n != -ENOENT && n != -ESRCH;
	return n > 0;
}

static void read_threads(struct usage *a)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *e;

	a->no_threads = !dir;
	while (dir && (errno = 0, e = readdir(dir))) {
		char comm[32], times[128];
		uint64_t *to = NULL;

		if (e->d_name[0] == '.' ||
		    !read_of_thread(a, e->d_name, "comm", comm, sizeof(comm)))
			continue;
		if (!strncmp(comm, "iou-sqp-", 8))
			to = &a->sq_thread_ns;
		else if (!strncmp(comm, "iou-wrk-", 8))
			to = &a->io_worker_ns;
		if (to && read_of_thread(a, e->d_name, "schedstat", times, sizeof(times)))
			*to += usage_schedstat_ns(times);
	}
	a->no_threads |= errno != 0;
	if (dir)
		closedir(dir);
}

void usage_read(struct usage *a)
{
	struct rusage all = { 0 }, mine = { 0 };

	*a = (struct usage){ 0 };
	getrusage(RUSAGE_SELF, &all);
	getrusage(RUSAGE_THREAD, &mine);
	a->user_ns = timeval_ns(all.ru_utime);
	a->system_ns = timeval_ns(all.ru_stime);
	a->own_ns = timeval_ns(mine.ru_utime) + timeval_ns(mine.ru_stime);
	a->switches = all.ru_nvcsw + all.ru_nivcsw - mine.ru_nvcsw - mine.ru_nivcsw;
	a->minor_faults = all.ru_minflt - mine.ru_minflt;
	a->major_faults = all.ru_majflt - mine.ru_majflt;
	read_threads(a);
}

struct usage usage_since(const struct usage *a, const struct usage *b)
{
	uint64_t user = growth(a->user_ns, b->user_ns), system = growth(a->system_ns, b->system_ns);
	double others = user + system ? 1 - (double)growth(a->own_ns, b->own_ns) / (user + system)
				      : 0;

	if (others < 0)
		others = 0;
	return (struct usage){
		.user_ns = user * others,
		.system_ns = system * others,
		.sq_thread_ns = growth(a->sq_thread_ns, b->sq_thread_ns),
		.io_worker_ns = growth(a->io_worker_ns, b->io_worker_ns),
		.switches = growth(a->switches, b->switches),
		.minor_faults = growth(a->minor_faults, b->minor_faults),
		.major_faults = growth(a->major_faults, b->major_faults),
		.no_threads = a->no_threads || b->no_threads,
	};
}
