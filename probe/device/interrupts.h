/* SPDX-License-Identifier: MIT */
/* Counts the interrupts of a device or, if the kernel does not tell which they are, of all devices on some
 * CPUs. */
#ifndef PROBE_DEVICE_INTERRUPTS_H
#define PROBE_DEVICE_INTERRUPTS_H

#include <sched.h>

#include "blkstack.h"

#define IRQ_MAX	      4096
#define IRQ_MAX_NAMES STACK_MAX

/* IRQS_NONE: there are no interrupts, as for memory, loop devices and NOPs. */
enum irqs_of { IRQS_NONE, IRQS_DEVICE, IRQS_CPUS };
extern const char *const irqs_of_words[];

/* Which interrupts are counted. */
struct irq_source {
	enum irqs_of of;
	unsigned irqs[IRQ_MAX], n; /* their numbers, ascending */
	char names[IRQ_MAX_NAMES]
		  [SYSFS_NAME]; /* of devices: those named "virtio1" or "virtio1-..." */
	unsigned n_names;
};

/* The interrupts of a block device and the devices below it; disk is from /sys/class/block. */
void irq_source_of(struct kernel *k, const char *disk, struct irq_source *out);

/* Counts so far. */
struct irqs {
	bool known;
	uint64_t device;
	uint64_t cpu[CPU_SETSIZE]; /* of all devices */
};

/* Parses /proc/interrupts; tolerates any text. */
void irqs_parse(const char *text, const struct irq_source *s, struct irqs *out);
void irqs_read(struct kernel *k, const struct irq_source *s, struct irqs *out);

/* Number of interrupts between two readings, of the device or on those CPUs; -1 if unknown, or if there are
 * none to count. */
int64_t irqs_since(const struct irq_source *s, const struct irqs *from, const struct irqs *to,
		   const cpu_set_t *cpus);

#endif
