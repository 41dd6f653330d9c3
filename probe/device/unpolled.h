/* SPDX-License-Identifier: MIT */
/* Why IOPOLL on a file or device does not poll, and what mends it. */
#ifndef PROBE_DEVICE_UNPOLLED_H
#define PROBE_DEVICE_UNPOLLED_H

#include <stddef.h>

struct device;
struct polling;
struct stack;

struct unpolled {
	const struct device
		*device;	   /* that is asked, or that a file lies on; NULL: none is known */
	const struct stack *stack; /* of the device */
	const char *fs;		   /* file system of a file; "" for a device */
};

/* What gives the device poll queues, or which device to use in its place; "" where nothing is known. */
void unpolled_fix(const struct unpolled *u, char *fix, size_t size);

/* Of a trial that found no polling: puts the true reason into p->why, where it is not as the read alone
 * tells, and what mends it into fix. */
void unpolled_explain(const struct unpolled *u, struct polling *p, char *fix, size_t size);

#endif
