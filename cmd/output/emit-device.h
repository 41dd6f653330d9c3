/* SPDX-License-Identifier: MIT */
/* Emits what is known about a block device. */
#ifndef CMD_OUTPUT_EMIT_DEVICE_H
#define CMD_OUTPUT_EMIT_DEVICE_H

#include "out.h"

struct device;

/* Emits an object under key, or null if d is NULL. label as for out_obj(): NULL keeps it out of the text.
 * Unknown values are null, and not in the text. */
void emit_device(struct out *o, const char *key, const char *label, const struct device *d);

#endif
