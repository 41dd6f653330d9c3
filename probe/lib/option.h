/* SPDX-License-Identifier: MIT */
/*
 * A knob: one row says how a member of a struct is named, bounded, explained and defaulted. From
 * the rows come options, range errors, --help, completions, the manuals' tables and the JSON echo.
 */
#ifndef PROBE_LIB_OPTION_H
#define PROBE_LIB_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fail;
struct str;

enum knob_type {
	KNOB_BOOL,     /* bool; the option takes no value */
	KNOB_UINT,     /* uint64_t */
	KNOB_SIZE,     /* uint64_t, bytes; 4k, 1m, 2g, 1t are 1024-based */
	KNOB_TIME,     /* uint64_t, ns; 10s, 500ms, 20us, 100ns, 2m, 1h; seconds without a unit */
	KNOB_WORD,     /* uint64_t, index into words */
	KNOB_STR,      /* const char *, which stays the giver's */
	KNOB_OPT_STR,  /* likewise, and "" when the option was given without a value */
	KNOB_OPT_UINT, /* int64_t: KNOB_OFF, KNOB_ON (no value given) or the value */
	KNOB_LIST, /* struct knob_list; each time it is given adds a text, which stays the giver's */
};

#define KNOB_LIST_MAX 64

struct knob_list {
	const char *item[KNOB_LIST_MAX];
	unsigned n;
};

#define KNOB_OFF (-2)
#define KNOB_ON	 (-1)

struct knob {
	const char *name; /* long option, and JSON key with '-' as '_' */
	char short_name;  /* 0: none */
	enum knob_type type;
	size_t offset;		  /* of the member */
	const char *def;	  /* as a user would write it; NULL: zero, no, not given */
	uint64_t min, max;	  /* numbers; both 0: unbounded */
	const char *const *words; /* KNOB_WORD: NULL-terminated */
	const char *arg;	  /* what --help calls the value */
	const char *neg;	  /* KNOB_BOOL: option that says no, or NULL */
	unsigned writes; /* KNOB_STR: what is written to the file of this name; 0: nothing */
	const char *help;
};

/* The option may stand without a value. */
static inline bool knob_value_optional(const struct knob *knob)
{
	return knob->type == KNOB_OPT_UINT || knob->type == KNOB_OPT_STR;
}

/* Sets the member to what text says; for KNOB_BOOL yes/no/on/off/1/0, and where the value is
 * optional NULL means given without one. -EINVAL with the reason, -ERANGE outside min..max,
 * -E2BIG when a list is full. */
int knob_set(const struct knob *knob, void *base, const char *text, struct fail *f);

/* Sets all members to their defaults. The defaults of the tables are checked by a test. */
void knob_defaults(const struct knob *knobs, unsigned n, void *base);

/* The row with this name, or NULL. */
const struct knob *knob_find(const struct knob *knobs, unsigned n, const char *name);

static inline bool knob_bool(const struct knob *knob, const void *base)
{
	return *(const bool *)((const char *)base + knob->offset);
}

static inline uint64_t knob_u64(const struct knob *knob, const void *base)
{
	return *(const uint64_t *)((const char *)base + knob->offset);
}

static inline int64_t knob_i64(const struct knob *knob, const void *base)
{
	return *(const int64_t *)((const char *)base + knob->offset);
}

static inline const char *knob_str(const struct knob *knob, const void *base)
{
	return *(const char *const *)((const char *)base + knob->offset);
}

/* The member has the same value in both structs; not of KNOB_LIST. */
bool knob_same(const struct knob *knob, const void *a, const void *b);

/* Appends the key that a result has for it: '_' for '-', and "_ns" after a time. */
void knob_key(struct str *out, const struct knob *knob);
/* The row whose key that is, with or without the "_ns" of a time (*in_ns, which may be NULL), or NULL. */
const struct knob *knob_by_key(const struct knob *knobs, unsigned n, const char *key, bool *in_ns);
/* KNOB_OPT_UINT: the key of the number beside that: "sqpoll_cpu". */
void knob_number_key(struct str *out, const struct knob *knob);

/* "4k" for 4096, "10s" for 10^10 ns: the shortest form that reads back to the same value. */
void size_text(struct str *out, uint64_t bytes);
void time_text(struct str *out, uint64_t ns);

#endif
