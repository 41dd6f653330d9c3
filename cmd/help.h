/* SPDX-License-Identifier: MIT */
/* Help, completions and manual sections, generated from the tables of commands and options. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

struct command;
struct str;

/* Append the help of the program, or of one command, for a terminal. */
void doc_usage(struct str *to);
void doc_help(struct str *to, const struct command *cmd);

/* Appends what is generated under this name: "bash", "zsh" or "fish" is a completion script; "scdoc:COMMAND" the
 * options of a command, "scdoc:" those of every command, "scdoc-commands" the commands, and "job-keys" the keys of
 * a job, as parts of manuals; "job-schema" the JSON Schema of a job. Returns -EINVAL for anything else. */
int doc_generate(struct str *to, const char *what);

#endif
