/* SPDX-License-Identifier: MIT */
/* argv over options. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "command.h"

/* Parses argv[1..] by common_opt_rows and inv->cmd->options into inv->common and inv->opts, which are
 * given their defaults first, and sets inv->args. Options may stand between arguments; "--" ends
 * them. Returns 0, 1 when --help was asked for, or -EINVAL with f filled. */
int opt_parse(struct invocation *inv, int argc, char **argv, struct fail *f);

#endif
