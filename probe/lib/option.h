/* SPDX-License-Identifier: MIT */
/*
 * An option: one row has the name, limits, help and default of a member of a struct. Options, range errors,
 * --help, completions, the manuals' tables and the JSON echo are generated from the rows.
 */
#ifndef PROBE_LIB_OPTION_H
#define PROBE_LIB_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fail;
struct str;

enum opt_type {
	OPT_BOOL, /* bool; the option takes no value */
	OPT_UINT, /* uint64_t */
	OPT_SIZE, /* uint64_t, bytes; 4k, 1m, 2g, 1t are 1024-based */
	OPT_TIME, /* uint64_t, ns; 10s, 500ms, 20us, 100ns, 2m, 1h; seconds without a unit */
	OPT_WORD, /* uint64_t, index into words */
	OPT_STR,  /* const char *, owned by the caller */
	OPT_STR_OPTIONAL,  /* likewise, "" if the option was given without a value */
	OPT_UINT_OPTIONAL, /* int64_t: OPT_OFF, OPT_ON (no value given) or the value */
	OPT_LIST,	   /* struct opt_list; each use adds a string, owned by the caller */
};

#define OPT_LIST_MAX 64

struct opt_list {
	const char *item[OPT_LIST_MAX];
	unsigned n;
};

#define OPT_OFF (-2)
#define OPT_ON	(-1)

struct opt {
	const char *name; /* long option, and JSON key with '-' as '_' */
	char short_name;  /* 0: none */
	enum opt_type type;
	size_t offset;		  /* of the member */
	const char *def;	  /* in the user's syntax; NULL: zero, no, not given */
	uint64_t min, max;	  /* numbers; both 0: no limits */
	const char *const *words; /* OPT_WORD: NULL-terminated */
	const char *arg;	  /* name of the value in --help */
	const char *neg;	  /* OPT_BOOL: the negated option, or NULL */
	unsigned not_for;	  /* bits defined by the table: where the option is not used */
	unsigned writes;	  /* OPT_STR: what is written to this file; 0: nothing */
	const char *help;
};

/* Whether the value may be left out. */
static inline bool opt_value_optional(const struct opt *opt)
{
	return opt->type == OPT_UINT_OPTIONAL || opt->type == OPT_STR_OPTIONAL;
}

/* Sets the member from text. OPT_BOOL takes yes/no/on/off/1/0; NULL means without a value, if that is
 * optional. Returns -EINVAL with the reason, -ERANGE outside min..max, -E2BIG if a list is full. */
int opt_set(const struct opt *opt, void *base, const char *text, struct fail *f);

/* Sets all members to their defaults. The defaults of the tables are checked by a test. */
void opt_defaults(const struct opt *opt_rows, unsigned n, void *base);

/* Returns the row with this name, or NULL. */
const struct opt *opt_find(const struct opt *opt_rows, unsigned n, const char *name);

static inline bool opt_bool(const struct opt *opt, const void *base)
{
	return *(const bool *)((const char *)base + opt->offset);
}

static inline uint64_t opt_u64(const struct opt *opt, const void *base)
{
	return *(const uint64_t *)((const char *)base + opt->offset);
}

static inline int64_t opt_i64(const struct opt *opt, const void *base)
{
	return *(const int64_t *)((const char *)base + opt->offset);
}

static inline const char *opt_str(const struct opt *opt, const void *base)
{
	return *(const char *const *)((const char *)base + opt->offset);
}

/* Whether the member has the same value in both structs; not for OPT_LIST. */
bool opt_same(const struct opt *opt, const void *a, const void *b);

/* Appends the name with '_' for '-'. */
void opt_plain_key(struct str *out, const struct opt *opt);
/* Appends the key used in a result: '_' for '-', and "_ns" after a time. */
void opt_key(struct str *out, const struct opt *opt);
/* Returns the row with that key, with or without the "_ns" of a time (*in_ns, which may be NULL), or NULL. */
const struct opt *opt_by_key(const struct opt *opt_rows, unsigned n, const char *key, bool *in_ns);
/* OPT_UINT_OPTIONAL: appends the key of the number: "sqpoll_cpu". */
void opt_number_key(struct str *out, const struct opt *opt);

/* Appends "4k" for 4096, "10s" for 10^10 ns: the shortest text that parses to the same value. */
void size_text(struct str *out, uint64_t bytes);
void time_text(struct str *out, uint64_t ns);

#endif
