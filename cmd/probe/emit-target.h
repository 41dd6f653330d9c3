/* SPDX-License-Identifier: MIT */
/* Emits the targets of uringtool probe. */
#ifndef CMD_PROBE_EMIT_TARGET_H
#define CMD_PROBE_EMIT_TARGET_H

#include "cmd/command.h"

struct access;
struct opt_list;

/* Probes each target and emits it under the key "targets". If one fails, it is emitted as failed, and
 * cmd_error() prints the reason. Returns the exit code of the first failure, or EXIT_OK. */
int emit_targets(struct invocation *inv, const struct access *a, const struct opt_list *paths);

#endif
