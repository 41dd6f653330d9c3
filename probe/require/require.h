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
	REQUIRE_KERNEL,	  /* the version that the kernel says, as programs compare it */
	REQUIRE_LIMIT,	  /* a soft limit */
	REQUIRE_RINGS,	  /* so many rings of so many entries at once */
};

/* A family of commands that some file defines for URING_CMD. */
struct command_family {
	const char *name;
	struct kver since;
	uint32_t setup_flags; /* that its ring must have */
	const char *doc;
};

extern const struct command_family command_families[];
extern const unsigned n_command_families;

enum limit_name { LIMIT_MEMLOCK, LIMIT_NOFILE, LIMIT_NPROC, LIMIT_NAMES };

extern const char *const limit_names[LIMIT_NAMES];

struct requirement {
	char text[128]; /* as asked */
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

/* What a judgement rests on. k is asked for what only rings can show. */
struct ground {
	struct kernel *k;
	const struct probe *probe;
	const struct identity *identity;
	const struct limits *limits;
};

struct judgement {
	enum met met;
	bool has_since;
	struct kver since; /* first kernel that was released with it */
	char why[200];	   /* what the answer rests on */
};

/* The word that stands before the colon for a table: "op", "setup", .. */
const char *require_word(enum uapi_kind kind);

/* Parses n bytes of text. -EINVAL, FAIL_USAGE with what was not understood and what was perhaps
 * meant. */
int require_parse(const char *text, size_t n, struct requirement *r, struct fail *f);

void require_judge(const struct requirement *r, const struct ground *g, struct judgement *j);

/* Of several that must all hold, or any: met as a whole. */
enum met met_all(enum met a, enum met b);
enum met met_any(enum met a, enum met b);

#endif
