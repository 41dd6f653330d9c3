/* SPDX-License-Identifier: MIT */
/* Where threads run and memory lies: CPUs and NUMA nodes. */
#ifndef BENCH_JOB_AFFINITY_H
#define BENCH_JOB_AFFINITY_H

#include <sched.h>

#include "probe/kernel/kernel.h"

struct fail;
struct job;

#define MAX_NODES CPU_SETSIZE

/* Nodes, as a cpu_set_t holds CPUs. */
typedef cpu_set_t node_set;

/* Reads a list such as "0-3,8" into cpus, at most max of them, in its order; returns how many, -EINVAL
 * when it is no list. */
int cpu_list(const char *text, unsigned *cpus, unsigned max);

/* The other way round; cut with " ..." where out is too small. */
void cpu_set_text(const cpu_set_t *set, char *out, size_t size);

/* The CPUs of a node, none for one with memory alone. -ENODEV when there is no such node. */
int node_cpus(struct kernel *k, unsigned node, cpu_set_t *cpus);

/* The nodes that are online; node 0 where the kernel knows of none. */
void nodes_online(struct kernel *k, node_set *nodes);

/* The node that the job is bound to, -1 for none. A job that names none of its own takes the device's,
 * or the only one. FAIL_USAGE, FAIL_UNAVAILABLE. */
int affinity_node(struct kernel *k, const struct job *job, int64_t device_node, struct fail *f);

/* The CPUs that the threads of the job may use: those it names, else those of its node, else all that
 * this process may use. */
void affinity_cpus(struct kernel *k, const struct job *job, int node, cpu_set_t *cpus);

/* Binds this thread, the index-th of the job, to its CPUs, and what memory it will get to the node. */
int affinity_thread(struct kernel *k, const struct job *job, unsigned index, int node,
		    struct fail *f);

/* Adds the nodes on which pages of this memory lie, by a sample of them. */
void nodes_of_memory(const char *memory, size_t bytes, node_set *nodes);

#endif
