/* SPDX-License-Identifier: MIT */
#include "affinity.h"

#include <string.h>
#include <sys/syscall.h>

#include "job.h"
#include "probe/kernel/sysfs.h"
#include "probe/lib/base.h"

#define NODE "/sys/devices/system/node/"
/* set_mempolicy(2) */
#define MEMORY_BIND   2
#define MEMORY_SAMPLE 64u

int cpu_list(const char *text, unsigned *cpus, unsigned max)
{
	const char *at = text;
	unsigned n = 0;

	while (at && *at) {
		unsigned long first, last;
		char *end;

		first = last = strtoul(at, &end, 10);
		if (end == at || *at == '-')
			return -EINVAL;
		if (*end == '-') {
			at = end + 1;
			last = strtoul(at, &end, 10);
			if (end == at || *at == '-')
				return -EINVAL;
		}
		if (last < first || last >= CPU_SETSIZE || (*end && *end != ','))
			return -EINVAL;
		for (; first <= last && n < max; first++)
			cpus[n++] = first;
		at = *end ? end + 1 : end;
	}
	return n;
}

void cpu_set_text(const cpu_set_t *set, char *out, size_t size)
{
	_cleanup_str_ struct str text = { 0 };

	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		unsigned last = cpu;

		if (!CPU_ISSET(cpu, set))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		str_addf(&text, "%s%u", text.len ? "," : "", cpu);
		if (last > cpu)
			str_addf(&text, "-%u", last);
		cpu = last;
	}
	snprintf(out, size, "%s", str_text(&text));
	if (text.len >= size)
		snprintf(out + size - 5, 5, " ...");
}

/* Reads a file that contains a list. */
static int set_in_file(struct kernel *k, const char *path, cpu_set_t *set)
{
	char text[1024];
	unsigned members[CPU_SETSIZE];
	int n = k->read_file(k, path, text, sizeof(text));

	if (n < 0)
		return n;
	text[strcspn(text, "\n")] = '\0';
	n = cpu_list(text, members, ARRAY_SIZE(members));
	if (n < 0)
		return n;
	CPU_ZERO(set);
	for (int i = 0; i < n; i++)
		CPU_SET(members[i], set);
	return 0;
}

int node_cpus(struct kernel *k, unsigned node, cpu_set_t *cpus)
{
	char path[80];

	snprintf(path, sizeof(path), NODE "node%u/cpulist", node);
	return set_in_file(k, path, cpus) < 0 ? -ENODEV : 0;
}

void nodes_online(struct kernel *k, node_set *nodes)
{
	if (set_in_file(k, NODE "online", nodes) == 0 && CPU_COUNT(nodes))
		return;
	CPU_ZERO(nodes);
	CPU_SET(0, nodes);
}

int affinity_node(struct kernel *k, const struct job *job, int64_t device_node, struct fail *f)
{
	int64_t node = job->numa;
	node_set online;
	cpu_set_t cpus;
	char have[64];

	if (node == OPT_OFF)
		return -1;
	nodes_online(k, &online);
	cpu_set_text(&online, have, sizeof(have));
	if (node == OPT_ON)
		node = device_node >= 0 || CPU_COUNT(&online) > 1 ? device_node : 0;
	if (node < 0)
		return fail_as(f, FAIL_UNAVAILABLE, -ENODEV,
			       "--numa: the node of the device is not known; name one of %s with "
			       "--numa=NODE",
			       have);
	if (node >= MAX_NODES || !CPU_ISSET(node, &online))
		return fail_as(f, FAIL_USAGE, -EINVAL, "--numa=%lld: the NUMA nodes here are %s",
			       (long long)node, have);
	if (!job->cpus && node_cpus(k, node, &cpus) == 0 && !CPU_COUNT(&cpus))
		return fail_as(
			f, FAIL_USAGE, -EINVAL,
			"--numa=%lld: this node has memory and no CPU; name some with --cpus",
			(long long)node);
	return node;
}

void affinity_cpus(struct kernel *k, const struct job *job, int node, cpu_set_t *out)
{
	unsigned list[CPU_SETSIZE];
	int n = cpu_list(job->cpus, list, ARRAY_SIZE(list));
	cpu_set_t cpus, own;

	CPU_ZERO(&cpus);
	if (n > 0) {
		for (int i = 0; i < n && (unsigned)i < job->numjobs; i++)
			CPU_SET(list[i], &cpus);
		*out = cpus;
		return;
	}
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		CPU_SET(0, &cpus);
	if (node >= 0 && node_cpus(k, node, &own) == 0)
		CPU_AND(&cpus, &cpus, &own);
	*out = cpus;
}

static int bind_cpus(struct kernel *k, const struct job *job, unsigned index, int node,
		     struct fail *f)
{
	unsigned list[CPU_SETSIZE];
	int n = cpu_list(job->cpus, list, ARRAY_SIZE(list));
	cpu_set_t set;
	char text[64];

	if (n <= 0 && node < 0)
		return 0;
	affinity_cpus(k, job, node, &set);
	if (n > 0) {
		CPU_ZERO(&set);
		CPU_SET(list[index % n], &set);
	}
	cpu_set_text(&set, text, sizeof(text));
	if (!CPU_COUNT(&set))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--numa: this process may use no CPU of node %d (taskset, cpuset)",
			       node);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return fail_as(f, errno == EINVAL ? FAIL_USAGE : FAIL_RUNTIME, -errno,
			       "binding a job to CPU %s: %s%s", text, strerror(errno),
			       errno == EINVAL ? " (offline, or outside the cpuset)" : "");
	return 0;
}

static int bind_memory(int node, struct fail *f)
{
	node_set nodes;

	CPU_ZERO(&nodes);
	CPU_SET(node, &nodes);
	if (syscall(__NR_set_mempolicy, MEMORY_BIND, &nodes, (unsigned long)MAX_NODES + 1) == 0)
		return 0;
	/* A kernel without NUMA has only node 0. */
	if (errno == ENOSYS && node == 0)
		return 0;
	return fail_as(f, FAIL_UNAVAILABLE, -errno, "--numa: binding memory to node %d: %s%s", node,
		       strerror(errno),
		       errno == EPERM ? " (a container's seccomp profile refuses set_mempolicy)"
				      : "");
}

int affinity_thread(struct kernel *k, const struct job *job, unsigned index, int node,
		    struct fail *f)
{
	int r = bind_cpus(k, job, index, node, f);

	return r < 0 || node < 0 ? r : bind_memory(node, f);
}

void nodes_of_memory(const char *memory, size_t bytes, node_set *nodes)
{
	const size_t page = sysconf(_SC_PAGESIZE), pages = bytes / page;
	const unsigned n = pages < MEMORY_SAMPLE ? pages : MEMORY_SAMPLE;
	void *at[MEMORY_SAMPLE];
	int node[MEMORY_SAMPLE];

	for (unsigned i = 0; i < n; i++)
		at[i] = (void *)(memory + pages * i / n * page);
	/* With nodes NULL this moves nothing and returns the node of each page. */
	if (!n || syscall(__NR_move_pages, 0, (unsigned long)n, at, NULL, node, 0) < 0)
		return;
	for (unsigned i = 0; i < n; i++)
		if (node[i] >= 0 && node[i] < MAX_NODES)
			CPU_SET(node[i], nodes);
}
