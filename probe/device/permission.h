/* SPDX-License-Identifier: MIT */
/* Why a file or device may not be opened: whose it is, and whom its mode lets in. */
#ifndef PROBE_DEVICE_PERMISSION_H
#define PROBE_DEVICE_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define PERMISSION_TEXT 200

/* "it belongs to root:disk with mode 0660: open to the group disk, or with CAP_DAC_OVERRIDE" */
void permission_text(const struct stat *st, bool writes, char out[static PERMISSION_TEXT]);

/* The same of a path, after EACCES; where the mode does let this process in, what else may be in the way. ""
 * when the path cannot be looked at. */
void permission_explain(const char *path, bool writes, char out[static PERMISSION_TEXT]);

#endif
