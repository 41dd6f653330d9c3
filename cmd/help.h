/* SPDX-License-Identifier: MIT */
/* Everything that is written from the tables of commands and options. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

struct command;
struct str;

/* Help of the program, or of one command, for a terminal. */
void doc_usage(struct str *to);
void doc_help(struct str *to, const struct command *cmd);

/* Completion script for "bash", "zsh" or "fish", or for "scdoc:COMMAND" the options of a command, for
 * "scdoc:" those of every command, as a section of a manual. -EINVAL for anything else. */
int doc_generate(struct str *to, const char *what);

#endif
