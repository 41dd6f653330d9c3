/* SPDX-License-Identifier: MIT */
/* CPUs and NUMA nodes for threads and memory. */
#ifndef BENCH_JOB_AFFINITY_H
#define BENCH_JOB_AFFINITY_H

#include <sched.h>

#include "probe/kernel/kernel.h"

struct fail;
struct job;

#define MAX_NODES CPU_SETSIZE

/* A set of nodes, stored like CPUs. */
typedef cpu_set_t node_set;

/* Parses a list such as "0-3,8" into cpus, at most max of them, in the order of the list. Returns their
 * number, or -EINVAL if the list is malformed. */
int cpu_list(const char *text, unsigned *cpus, unsigned max);

/* Formats a set as a list; cut with " ..." if out is too small. */
void cpu_set_text(const cpu_set_t *set, char *out, size_t size);

/* The CPUs of a node; none for a node with memory only. Returns -ENODEV if there is no such node. */
int node_cpus(struct kernel *k, unsigned node, cpu_set_t *cpus);

/* The nodes that are online; node 0 if the kernel has no NUMA support. */
void nodes_online(struct kernel *k, node_set *nodes);

/* Returns the node to bind the job to, -1 for none. If the job names no node, it is the device's, or the
 * only one. Returns errors with FAIL_USAGE or FAIL_UNAVAILABLE. */
int affinity_node(struct kernel *k, const struct job *job, int64_t device_node, struct fail *f);

/* The CPUs that the threads of the job may use: those that the job names, otherwise those of the node,
 * otherwise all that this process may use. */
void affinity_cpus(struct kernel *k, const struct job *job, int node, cpu_set_t *cpus);

/* Binds this thread, the index-th of the job, to its CPUs, and its future memory to the node. */
int affinity_thread(struct kernel *k, const struct job *job, unsigned index, int node,
		    struct fail *f);

/* Adds the nodes of this memory, found by sampling its pages. */
void nodes_of_memory(const char *memory, size_t bytes, node_set *nodes);

#endif
