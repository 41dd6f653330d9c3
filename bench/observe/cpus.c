/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <stdio.h>
#include <string.h>

#include "probe/lib/base.h"

/* The lines of the CPUs are at the top; each has ten numbers. */
#define STAT_BYTES	   (CPU_SETSIZE * 256u)
#define FIELD_STATE_TO_CPU 36 /* proc(5), stat of a thread: fields 3 and 39 */

int cpu_of_thread(struct kernel *k, pid_t tid)
{
	char path[64], text[1024], *at;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (k->read_file(k, path, text, sizeof(text)) < 0)
		return -1;
	/* The name may contain anything, but ends with the last parenthesis. */
	at = strrchr(text, ')');
	for (unsigned i = 0; at && i <= FIELD_STATE_TO_CPU; i++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

int cpu_look(struct kernel *k, pid_t tid, struct cpu_looks *looks)
{
	int cpu = cpu_of_thread(k, tid);

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return -1;
	looks->n[cpu]++;
	return cpu;
}

void cpus_seen(const struct cpu_looks *looks, cpu_set_t *cpus)
{
	CPU_ZERO(cpus);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (looks->n[cpu])
			CPU_SET(cpu, cpus);
}

/* "cpu3 36840 8092 36376 165137 480 0 345 0 0 0": user, nice, system, idle, iowait, irq, softirq, steal,
 * guest and guest_nice, which the first two include. */
static void parse_line(const char *line, struct cpu_ticks *t)
{
	unsigned long long v[8];
	unsigned cpu;

	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &v[0], &v[1], &v[2],
		   &v[3], &v[4], &v[5], &v[6], &v[7]) != 9 ||
	    cpu >= CPU_SETSIZE)
		return;
	t->known = true;
	t->total[cpu] = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(v); i++)
		t->total[cpu] += v[i];
	t->steal[cpu] = v[7];
}

void cpu_ticks_parse(const char *text, struct cpu_ticks *t)
{
	*t = (struct cpu_ticks){ 0 };
	while (!strncmp(text, "cpu", 3)) {
		const char *end = strchr(text, '\n');

		/* A truncated line could end in a smaller number. */
		if (!end)
			return;
		/* "cpu  " is the sum of all. */
		if (text[3] != ' ')
			parse_line(text, t);
		text = end + 1;
	}
}

void cpu_ticks_read(struct kernel *k, struct cpu_ticks *t)
{
	_cleanup_free_ char *text = malloc(STAT_BYTES);

	*t = (struct cpu_ticks){ 0 };
	if (text && k->read_file(k, "/proc/stat", text, STAT_BYTES) > 0)
		cpu_ticks_parse(text, t);
}

struct steal steal_since(const struct cpu_ticks *from, const struct cpu_ticks *to,
			 const struct cpu_looks *looks)
{
	struct steal steal = { .share = -1 };
	double shares = 0;
	uint64_t all = 0;

	for (unsigned cpu = 0; from->known && to->known && cpu < CPU_SETSIZE; cpu++) {
		uint64_t total = growth(from->total[cpu], to->total[cpu]);
		uint64_t stolen = growth(from->steal[cpu], to->steal[cpu]);

		if (!looks->n[cpu] || !total)
			continue;
		shares += (double)stolen / total * looks->n[cpu];
		all += looks->n[cpu];
		steal.ticks += stolen;
	}
	if (all)
		steal.share = shares / all;
	return steal;
}
