/* SPDX-License-Identifier: MIT */
/* What a run cost: CPU time of this process, the kernel's own threads in it included, and more. */
#ifndef BENCH_ACCOUNT_H
#define BENCH_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account {
	uint64_t user_ns, system_ns; /* of all threads, iou-sqp and iou-wrk among them */
	uint64_t own_ns;	     /* of the thread that asks; left out of a difference */
	uint64_t sq_thread_ns;	     /* of the iou-sqp threads alone; part of system_ns */
	uint64_t io_worker_ns;	     /* of the iou-wrk threads that live; part of system_ns */
	uint64_t switches;	     /* context switches */
	uint64_t minor_faults, major_faults;
	uint64_t irqs;			   /* interrupts of the machine's devices */
	uint64_t total_ticks, steal_ticks; /* of all CPUs of the machine; proc(5), stat */
	double steal_share;		   /* of that time, taken by the hypervisor */
	bool no_threads, no_irqs,
		no_ticks; /* could not be read: sq_thread_ns and io_worker_ns, irqs, ticks
					      and steal mean nothing */
};

/* What the kernel's texts say; any bytes have a meaning. Interrupts in a line of /proc/interrupts that is a
 * device's, else 0; ns on CPU by a schedstat file; false when the first line of /proc/stat is none. */
uint64_t account_irqs(const char *line);
uint64_t account_schedstat_ns(const char *text);
bool account_machine(const char *stat, struct account *a);

/* What was used so far. */
void account_read(struct account *a);

/* b - a, without the thread that asked, which only watched. The kernel knows the sum of user and system
 * time exactly and shares it out by samples. */
struct account account_since(const struct account *a, const struct account *b);

#endif
