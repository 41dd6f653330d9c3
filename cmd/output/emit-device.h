/* SPDX-License-Identifier: MIT */
/* What is known of a block device, described the same way by every command that meets one. */
#ifndef CMD_OUTPUT_EMIT_DEVICE_H
#define CMD_OUTPUT_EMIT_DEVICE_H

#include "out.h"

struct device;

/* An object under key; null when d is NULL. label as for out_obj(): NULL keeps it out of the text. What
 * is not known is null, and not in the text. */
void emit_device(struct out *o, const char *key, const char *label, const struct device *d);

#endif
