/* SPDX-License-Identifier: MIT */
/* What a subcommand is, its arguments, and its exit codes. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/output/out.h"
#include "overwrite.h"
#include "probe/kernel/kernel.h"
#include "probe/lib/base.h"
#include "probe/lib/option.h"

struct fail;

/* Exit codes of all commands; uringtool(1). */
enum exit_code {
	EXIT_OK = 0,		/* success, all met */
	EXIT_UNMET = 1,		/* a requirement or limit is not met */
	EXIT_USAGE = 2,		/* usage, or a bad input file */
	EXIT_UNDECIDED = 3,	/* undecided, or an invalid measurement */
	EXIT_RUNTIME = 4,	/* device, I/O, memory */
	EXIT_REFUSED = 5,	/* refused for safety */
	EXIT_UNAVAILABLE = 77,	/* not available here */
	EXIT_INTERRUPTED = 130, /* by SIGINT */
	EXIT_TERMINATED = 143,	/* by SIGTERM */
};

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Options that every subcommand has. */
struct common_opts {
	bool json;
	const char *output;
	uint64_t color; /* enum color_when */
	bool ascii;
	const char *record, *replay;
	bool replace_output;
};

extern const struct opt common_opt_rows[];
extern const unsigned n_common_opt_rows;

struct invocation {
	const struct command *cmd;
	struct common_opts common;
	void *opts;  /* the struct described by cmd->opt_rows, with defaults and options set */
	char **args; /* arguments that are not options */
	int n_args;
	struct kernel *kernel;	/* live, recording or replaying */
	struct out_style style; /* of stdout */
	struct out *out;
	/* Another form of the result. If it is not empty, it is printed and saved with -o instead of the
	 * text and the JSON. */
	struct str form;
	struct str output; /* the path for -o, if it names a folder */
	struct output_rules rules;
	const char **words; /* for rules */
	struct str why;	    /* cmd_because() */
};

struct command {
	const char *name;
	const char *args; /* of the synopsis, or NULL */
	int max_args;
	const char *summary;
	const char *const *examples; /* NULL-terminated pairs: command line, what it does */
	const struct opt *opt_rows;
	const unsigned *n_opt_rows;
	const struct opt *more_opt_rows; /* a second table of the same struct, or NULL */
	unsigned n_more_opt_rows;
	size_t opts_size;
	bool output_folder; /* -o may name a folder */
	bool reads_folders; /* of results */
	bool replayable;    /* queries only inv->kernel, so --record and --replay work */
	/* Returns the "kind" of the document, depending on opts; NULL: the command's name. */
	const char *(*kind)(const void *opts);
	/* Emits the result into inv->out and returns an exit code. Before returning a code other than
	 * EXIT_OK or a signal's, it calls cmd_error(), cmd_fail() or cmd_because(). Whatever was emitted is
	 * printed, whatever the code. */
	int (*run)(struct invocation *inv);
};

extern const struct command cmd_probe, cmd_layout, cmd_dump, cmd_bench, cmd_compare, cmd_qualify,
	cmd_report;
extern const struct command *const commands[];
extern const unsigned n_commands;

/* Prints one line "uringtool CMD: ..." on stderr. */
void cmd_error(const struct invocation *inv, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints f with cmd_error(); returns the exit code for its kind. */
int cmd_fail(const struct invocation *inv, const struct fail *f);

/* Sets the reason why the exit code is not EXIT_OK although there is a result. It is printed on stderr, as
 * one line after the result. Only the first call counts. */
void cmd_because(struct invocation *inv, const char *fmt, ...) _printf_(2, 3);

/* Checks all output files before anything runs. Sets the rules for cmd_save(), and creates the folder for -o
 * if the command supports it. Returns the errors of output_find(), and FAIL_USAGE if two outputs are the
 * same file, or the folder cannot be created or written to. */
int cmd_check_outputs(struct invocation *inv, struct fail *f);

/* Calls save_file(), and cmd_fail() if it fails. Returns an exit code. */
int cmd_save(struct invocation *inv, const char *path, enum written what, const struct str *text);

/* Checks whether io_uring is usable, before any ring is set up, because a seccomp filter may kill the
 * caller. Returns EXIT_OK. Otherwise prints the reason and the fix with cmd_error(), and returns
 * EXIT_UNAVAILABLE or EXIT_RUNTIME. */
int cmd_check_access(const struct invocation *inv);

#endif
