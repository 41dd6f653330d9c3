/* SPDX-License-Identifier: MIT */
/* Why IOPOLL on a file or device does not poll, and how to fix it. */
#ifndef PROBE_DEVICE_UNPOLLED_H
#define PROBE_DEVICE_UNPOLLED_H

#include <stddef.h>

struct device;
struct polling;
struct stack;

struct unpolled {
	const struct device *device; /* the device, or the one of the file; NULL: unknown */
	const struct stack *stack;   /* of the device */
	const char *fs;		     /* file system of a file; "" for a device */
};

/* How to give the device poll queues, or which device to use instead; "" if unknown. */
void unpolled_fix(const struct unpolled *u, char *fix, size_t size);

/* For a trial that found no polling: sets p->why to the cause if it is more precise than the read's error,
 * and fix to what can be done. */
void unpolled_explain(const struct unpolled *u, struct polling *p, char *fix, size_t size);

#endif
