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

/* Time on CPU of one thread in ns; proc(5), schedstat. */
static uint64_t thread_ns(const char *tid)
{
	unsigned long long ns = 0;
	char path[64], buf[128];

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/schedstat", tid);
	if (file_read(path, buf, sizeof(buf)) < 0 || sscanf(buf, "%llu", &ns) != 1)
		return 0;
	return ns;
}

static uint64_t sq_threads_ns(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *e;
	uint64_t sum = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir))) {
		char path[64], comm[32];

		snprintf(path, sizeof(path), "/proc/self/task/%.16s/comm", e->d_name);
		if (e->d_name[0] != '.' && file_read(path, comm, sizeof(comm)) > 0 &&
		    !strncmp(comm, "iou-sqp-", 8))
			sum += thread_ns(e->d_name);
	}
	closedir(dir);
	return sum;
}

void account_read(struct account *a)
{
	struct rusage all = { 0 }, mine = { 0 };

	getrusage(RUSAGE_SELF, &all);
	getrusage(RUSAGE_THREAD, &mine);
	a->user_ns = timeval_ns(all.ru_utime) - timeval_ns(mine.ru_utime);
	a->system_ns = timeval_ns(all.ru_stime) - timeval_ns(mine.ru_stime);
	a->sq_thread_ns = sq_threads_ns();
}

static uint64_t grown(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

struct account account_since(const struct account *a, const struct account *b)
{
	return (struct account){
		.user_ns = grown(a->user_ns, b->user_ns),
		.system_ns = grown(a->system_ns, b->system_ns),
		.sq_thread_ns = grown(a->sq_thread_ns, b->sq_thread_ns),
	};
}
