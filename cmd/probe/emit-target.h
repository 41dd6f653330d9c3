/* SPDX-License-Identifier: MIT */
/* What was found out about the targets of uringtool probe. */
#ifndef CMD_PROBE_EMIT_TARGET_H
#define CMD_PROBE_EMIT_TARGET_H

#include "cmd/command.h"

struct access;
struct opt_list;

/* Probes each target and describes it under the key "targets". One that fails is described as such,
 * and cmd_error() says why. Returns the exit code of the first failure, or EXIT_OK. */
int emit_targets(struct invocation *inv, const struct access *a, const struct opt_list *paths);

#endif
