/* SPDX-License-Identifier: MIT */
/*
 * A requirement and whether it is met: "op:SEND_ZC", "setup:SINGLE_ISSUER+DEFER_TASKRUN",
 * "kernel:>=5.10.186", "limit:nofile>=1142", "rings:142x64", "cmd:nvme".
 */
#ifndef PROBE_REQUIRE_REQUIRE_H
#define PROBE_REQUIRE_REQUIRE_H

#include "probe/feature/identity.h"
#include "probe/feature/limits.h"

struct fail;

enum met { MET_NO, MET_YES, MET_UNDECIDED };

extern const char *const met_names[]; /* "unmet", "met", "undecided" */

enum require_kind {
	REQUIRE_CONSTANT, /* one row of a table */
	REQUIRE_RING,	  /* setup flags together, exactly these */
	REQUIRE_COMMAND,  /* a family of URING_CMD */
	REQUIRE_KERNEL,	  /* the reported version, compared as programs do */
	REQUIRE_LIMIT,	  /* a soft limit */
	REQUIRE_RINGS,	  /* this many rings of this many entries at once */
};

/* A family of URING_CMD commands defined by some file type. */
struct command_family {
	const char *name;
	struct kver since;
	uint32_t setup_flags; /* that the ring must have */
	const char *doc;
};

extern const struct command_family command_families[];
extern const unsigned n_command_families;

enum limit_name { LIMIT_MEMLOCK, LIMIT_NOFILE, LIMIT_NPROC, LIMIT_NAMES };

extern const char *const limit_names[LIMIT_NAMES];

struct requirement {
	char text[128]; /* as given */
	enum require_kind kind;
	enum uapi_kind table;
	const struct uapi_row *row;
	uint32_t flags;
	const struct command_family *command;
	struct kver3 version;
	enum limit_name limit;
	uint64_t amount;
	unsigned rings, entries;
};

/* What judgements are based on. k is used for what only rings can show. */
struct ground {
	struct kernel *k;
	const struct probe *probe;
	const struct identity *identity;
	const struct limits *limits;
};

struct judgement {
	enum met met;
	bool has_since;
	struct kver since; /* first kernel release that has it */
	char why[200];	   /* the evidence */
};

/* The word before the colon for a table: "op", "setup", ... */
const char *require_word(enum uapi_kind kind);

/* Parses n bytes of text. Returns -EINVAL, FAIL_USAGE with what is wrong and a suggestion. */
int require_parse(const char *text, size_t n, struct requirement *r, struct fail *f);

void require_judge(const struct requirement *r, const struct ground *g, struct judgement *j);

/* Combines results: all must be met, or any. */
enum met met_all(enum met a, enum met b);
enum met met_any(enum met a, enum met b);

#endif
