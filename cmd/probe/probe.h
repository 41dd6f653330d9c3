/* SPDX-License-Identifier: MIT */
/* Shared by the modes of uringtool probe. */
#ifndef CMD_PROBE_PROBE_H
#define CMD_PROBE_PROBE_H

#include "cmd/command.h"
#include "findings.h"

struct probe_opts {
	const char *require, *applications;
	bool list, diff;
	const char *macros; /* prefix, "" for the default, NULL for none */
	const char *as_user;
	bool unprivileged;
	struct opt_list targets;
	uint64_t entries;
};

/* Exit code for whether io_uring is usable. */
int access_exit(const struct access *a);

/* The questions of --require and --for, parsed before the kernel is probed. */
struct questions;

/* Returns -EINVAL with f filled if a requirement or profile is malformed. Free *q with questions_free(). */
int questions_parse(const struct probe_opts *opts, struct questions **q, struct fail *f);
void questions_free(struct questions *q);
/* Judges all questions; may query the kernel again. */
void questions_judge(struct questions *q, struct kernel *k, const struct findings *found);
/* Emits the answers; returns the exit code. */
int questions_emit(struct invocation *inv, const struct questions *q, const struct findings *found);

/* --list; does not query the kernel. Returns an exit code. */
int probe_list(struct invocation *inv);

/* --macros. Returns an exit code: EXIT_USAGE, after cmd_error(), if prefix is not the beginning of a C name. */
int probe_macros(struct invocation *inv, const char *prefix, const struct findings *found);

/* --diff of two documents; found is for "live", and may be NULL if neither is. Returns an exit code. */
int probe_diff(struct invocation *inv, const char *a, const char *b, const struct findings *found);

/* Whether a document is "live": to be made on this machine. */
bool is_live(const char *path);

#endif
