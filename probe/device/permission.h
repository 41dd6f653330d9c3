/* SPDX-License-Identifier: MIT */
/* Explains why a file or device cannot be opened: its owner, and whom its mode permits. */
#ifndef PROBE_DEVICE_PERMISSION_H
#define PROBE_DEVICE_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define PERMISSION_TEXT 200

/* "it belongs to root:disk with mode 0660: open to the group disk, or with CAP_DAC_OVERRIDE" */
void permission_text(const struct stat *st, bool writes, char out[static PERMISSION_TEXT]);

/* The same for a path, after EACCES. If the mode permits access, names other possible causes. "" if stat(2)
 * fails. */
void permission_explain(const char *path, bool writes, char out[static PERMISSION_TEXT]);

#endif
