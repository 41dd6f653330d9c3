/* SPDX-License-Identifier: MIT */
/*
 * What an application asks of io_uring, and what it does where that is missing: a JSON file, shipped
 * (probe/profiles) or the user's own. cmd/schema/profile.schema.json describes it.
 */
#ifndef PROBE_REQUIRE_PROFILE_H
#define PROBE_REQUIRE_PROFILE_H

#include "require.h"

struct cJSON;
struct fail;

/* What becomes of an application. */
enum fate {
	FATE_FAILS,	 /* does not start, or its function returns an error */
	FATE_CRASHES,	 /* aborts */
	FATE_FALLS_BACK, /* to something that does the same */
	FATE_SLOWER,	 /* goes on without an optimisation */
	FATES,
};

extern const char *const fate_names[FATES]; /* "fails", "crashes", "falls-back", "slower" */

struct consequence {
	enum fate fate;
	const char *text; /* one sentence */
};

/* Several requirements that stand and fall together. */
struct clause {
	bool any;			  /* one is enough */
	struct requirement *requirements; /* at least one */
	unsigned n;
	bool has_when; /* asked only where this is met */
	struct requirement when;
	struct consequence without;
};

/* What happens where io_uring itself is refused. */
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
	struct refusal refusals[8]; /* the first that fits */
	unsigned n_refusals;
	struct cJSON *tree; /* to which all text belongs */
};

/* The shipped ones, by name. */
struct profile_source {
	const char *name, *text;
};

extern const struct profile_source profile_sources[];
extern const unsigned n_profile_sources;

/* Loads a shipped profile by its name, or a file: a name with '/' in it or ".json" at its end. -EINVAL,
 * FAIL_USAGE with file and key. Freed with profile_free(). */
int profile_load(const char *name, struct profile *p, struct fail *f);

/* Parses the text of a profile; where is what messages call it. */
int profile_parse(const char *where, const char *text, size_t n, struct profile *p, struct fail *f);

void profile_free(struct profile *p);

/* Whether what a clause asks for is there: all of it, or any. judgements has room for one of each of its
 * requirements. *applies is false where the clause is not asked here. */
enum met clause_judge(const struct clause *c, const struct ground *g, struct judgement *judgements,
		      bool *applies);

/* What the application does where io_uring is refused so. */
struct consequence profile_refused(const struct profile *p, const struct access *a);

#endif
