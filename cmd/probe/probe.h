/* SPDX-License-Identifier: MIT */
/* What the forms of uringtool probe have in common. */
#ifndef CMD_PROBE_PROBE_H
#define CMD_PROBE_PROBE_H

#include "cmd/command.h"
#include "probe/feature/hints.h"
#include "probe/feature/identity.h"
#include "probe/feature/limits.h"
#include "probe/feature/probe.h"

struct probe_opts {
	const char *require, *applications;
	bool list, diff;
	const char *macros; /* prefix, "" the usual one, NULL none */
	const char *as_user;
	bool unprivileged;
	struct opt_list targets;
	uint64_t entries;
};

/* All that is found out before anything is asked of it. */
struct findings {
	struct probe probe;
	struct identity identity;
	struct limits limits;
	struct diagnosis diagnoses[MAX_DIAGNOSES];
	unsigned n_diagnoses;
};

/* Fills *found, freed with findings_free(). -errno of probe_run(), -ENOMEM. */
int findings_make(struct kernel *k, unsigned entries, struct findings *found);
void findings_free(struct findings *found);

/* The exit code that says whether io_uring is usable. */
int access_exit(const struct access *a);

/* --require and --for: what is asked, parsed before the kernel is. */
struct questions;

/* -EINVAL with f filled when a requirement or profile is not understood. Freed with
 * questions_free(). */
int questions_parse(const struct probe_opts *opts, struct questions **q, struct fail *f);
void questions_free(struct questions *q);
/* Judges all; may ask the kernel for more. */
void questions_judge(struct questions *q, struct kernel *k, const struct findings *found);
/* Describes the answers; returns the exit code. */
int questions_emit(struct invocation *inv, const struct questions *q, const struct findings *found);

/* --list, which asks no kernel. Exit code. */
int probe_list(struct invocation *inv);

/* --macros. Exit code, EXIT_USAGE after cmd_error() for a prefix that begins no C name. */
int probe_macros(struct invocation *inv, const char *prefix, const struct findings *found);

/* --diff of two documents; found is for "live" and may be NULL if neither is. Exit code. */
int probe_diff(struct invocation *inv, const char *a, const char *b, const struct findings *found);

/* Whether a document is to come from this machine. */
bool is_live(const char *path);

#endif
