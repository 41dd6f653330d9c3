/* SPDX-License-Identifier: MIT */
/*
 * What an application needs of io_uring, and what it does without: a JSON file, shipped (probe/profiles) or
 * the user's own. cmd/schema/profile.schema.json describes it.
 */
#ifndef PROBE_REQUIRE_PROFILE_H
#define PROBE_REQUIRE_PROFILE_H

#include "require.h"

struct cJSON;
struct fail;

/* What happens to an application. */
enum fate {
	FATE_FAILS,	 /* does not start, or its function returns an error */
	FATE_CRASHES,	 /* aborts */
	FATE_FALLS_BACK, /* to an equivalent */
	FATE_SLOWER,	 /* continues without an optimisation */
	FATES,
};

extern const char *const fate_names[FATES]; /* "fails", "crashes", "falls-back", "slower" */

struct consequence {
	enum fate fate;
	const char *text; /* one sentence */
};

/* Requirements that are judged together. */
struct clause {
	bool any;			  /* one is enough */
	struct requirement *requirements; /* at least one */
	unsigned n;
	bool has_when; /* applies only if this is met */
	struct requirement when;
	struct consequence without;
};

/* What happens if io_uring itself is refused. */
struct refusal {
	int errnos[8]; /* of io_uring_setup(); none: any */
	unsigned n_errnos;
	struct consequence outcome;
};

struct profile {
	const char *name, *application, *about;
	const char *sources[8];
	unsigned n_sources;
	struct clause *needs, *uses; /* uses: good to have */
	unsigned n_needs, n_uses;
	struct refusal refusals[8]; /* the first match counts */
	unsigned n_refusals;
	struct cJSON *tree; /* owns all strings */
};

/* The shipped profiles, by name. */
struct profile_source {
	const char *name, *text;
};

extern const struct profile_source profile_sources[];
extern const unsigned n_profile_sources;

/* Loads a shipped profile by name, or a file: a name with '/' in it or ending with ".json". Returns -EINVAL,
 * FAIL_USAGE with file and key. Free *p with profile_free(). */
int profile_load(const char *name, struct profile *p, struct fail *f);

/* Parses a profile; where is used in messages. */
int profile_parse(const char *where, const char *text, size_t n, struct profile *p, struct fail *f);

void profile_free(struct profile *p);

/* Judges the requirements of a clause: all of them, or any. judgements must have space for each requirement.
 * *applies is false if the clause does not apply here. */
enum met clause_judge(const struct clause *c, const struct ground *g, struct judgement *judgements,
		      bool *applies);

/* Returns what the application does if io_uring is refused in this way. */
struct consequence profile_refused(const struct profile *p, const struct access *a);

#endif
