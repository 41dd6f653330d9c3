/* SPDX-License-Identifier: MIT */
/* The environment of a measurement that its numbers depend on. */
#ifndef BENCH_OBSERVE_ENVIRONMENT_H
#define BENCH_OBSERVE_ENVIRONMENT_H

#include <sched.h>

#include "probe/kernel/sysfs.h"

#define ENV_TEXT 128

/* A vulnerability of the CPU, as named by the kernel. */
struct mitigation {
	char name[SYSFS_NAME];
	bool vulnerable; /* otherwise mitigated; vulnerabilities that do not affect this CPU are left out */
};

/* Strings are "" and numbers -1 if unknown. */
struct environment {
	char cpu[ENV_TEXT];	  /* model */
	char cpus_used[ENV_TEXT]; /* as "0-3,8" */
	char governor[32];	  /* of the CPUs used; "mixed" */
	char cpufreq_driver[32];  /* likewise */
	int turbo, smt;		  /* 1: on */
	char clocksource[32];	  /* of the kernel */
	struct mitigation mitigations[SYSFS_MAX_NAMES];
	unsigned n_mitigations;
	bool mitigations_off; /* the kernel was started with mitigations=off */
	int virtualised;
	char hypervisor[ENV_TEXT]; /* its vendor, or the model of the emulated machine */
	int64_t numa_nodes;
	char thp[32];		/* transparent huge pages: always, madvise, never */
	uint64_t memlock_bytes; /* soft limit; UINT64_MAX: none */
	int memlock_exempt;	/* CAP_IPC_LOCK */
	double load;		/* one-minute load average before the run */
};

/* Fills *e; used are the CPUs that the threads may run on. */
void environment_read(struct kernel *k, const cpu_set_t *used, struct environment *e);

#endif
