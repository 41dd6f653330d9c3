/* SPDX-License-Identifier: MIT */
/* Interrupts of a device; where the kernel does not say which those are, of all devices on some CPUs. */
#ifndef PROBE_DEVICE_INTERRUPTS_H
#define PROBE_DEVICE_INTERRUPTS_H

#include <sched.h>

#include "blkstack.h"

#define IRQ_MAX	      4096
#define IRQ_MAX_NAMES STACK_MAX

/* IRQS_NONE: nothing there interrupts, as memory, a loop device, NOPs. */
enum irqs_of { IRQS_NONE, IRQS_DEVICE, IRQS_CPUS };
extern const char *const irqs_of_words[];

/* Which are counted. */
struct irq_source {
	enum irqs_of of;
	unsigned irqs[IRQ_MAX], n; /* their numbers, ascending */
	char names[IRQ_MAX_NAMES]
		  [SYSFS_NAME]; /* of devices: those named "virtio1" and "virtio1-…" */
	unsigned n_names;
};

/* Of a block device, with all that it is stacked on; disk as in /sys/class/block. */
void irq_source_of(struct kernel *k, const char *disk, struct irq_source *out);

/* So far. */
struct irqs {
	bool known;
	uint64_t device;
	uint64_t cpu[CPU_SETSIZE]; /* of all devices */
};

/* text is that of /proc/interrupts; any bytes have a meaning. */
void irqs_parse(const char *text, const struct irq_source *s, struct irqs *out);
void irqs_read(struct kernel *k, const struct irq_source *s, struct irqs *out);

/* How many there were between two times, of the device or on those CPUs; -1 when that is not known, or there
 * are none to be counted. */
int64_t irqs_since(const struct irq_source *s, const struct irqs *from, const struct irqs *to,
		   const cpu_set_t *cpus);

#endif
