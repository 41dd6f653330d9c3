/* SPDX-License-Identifier: MIT */
/* Command line parsing. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "command.h"

/* Parses argv[1..] by common_opt_rows and the option rows of inv->cmd, into inv->common and inv->opts, which
 * are first set to their defaults, and sets inv->args. Options may come between arguments; "--" ends them.
 * Returns 0, 1 for --help, or -EINVAL with f filled. */
int opt_parse(struct invocation *inv, int argc, char **argv, struct fail *f);

#endif
