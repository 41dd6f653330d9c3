/* SPDX-License-Identifier: MIT */
/* Help, completions and manual sections, generated from the tables of commands and options. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

struct command;
struct str;

/* Append the help of the program, or of one command, for a terminal. */
void doc_usage(struct str *to);
void doc_help(struct str *to, const struct command *cmd);

/* Appends the completion script for "bash", "zsh" or "fish", or, as a section of a manual, the options of a
 * command for "scdoc:COMMAND" and those of every command for "scdoc:", or the schema of a job for
 * "job-schema", or the list of its keys in a manual for "job-keys". Returns -EINVAL for anything else. */
int doc_generate(struct str *to, const char *what);

#endif
