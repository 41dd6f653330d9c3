/* SPDX-License-Identifier: MIT */
/*
 * How answers of a kernel are written down. Each struct that comes through the seam (kernel.h) is described once, as a
 * table of its members; what writes a recording and what reads it both go by that table. So a recording holds names
 * and numbers, and neither padding nor byte order.
 */
#ifndef PROBE_KERNEL_FORM_H
#define PROBE_KERNEL_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct fail;
struct str;

enum form_kind {
	FORM_STRUCT, /* an object of members */
	FORM_TEXT,   /* bytes, as a text; see form_escape() */
	FORM_NAMES,  /* names that end with a newline each, as an array of texts */
	FORM_WORDS,  /* memory of 32-bit numbers, as an object "0x40": 8 of those that are not 0 */
	FORM_MEMORY, /* bytes, as an object "0x40": "0a00…" of lines that are not all 0 */
};

enum member_kind {
	AS_UINT,   /* unsigned, of 1, 2, 4 or 8 bytes; past 2^53 as a text, for JSON has doubles */
	AS_BOOL,   /* of 1 byte */
	AS_ERRNO,  /* int; a negative one is written as its name: numbers differ between machines */
	AS_SIGNAL, /* int; likewise, 0 is none */
	AS_WORD,   /* enum, written as one of words */
	AS_TEXT,   /* char[], ended by a NUL; a longer one is cut */
	AS_PART,   /* a struct, an object of its own */
};

struct form;

struct form_member {
	const char *name;
	enum member_kind kind;
	/* Is left out where it is 0, and read as 0 where it is missing; of an array the elements at its end. */
	bool or_zero;
	size_t offset, size;
	unsigned count, stride; /* of an array; count 0: it is none */
	const char *const *words;
	unsigned n_words;
	const struct form *part;
};

struct form {
	const char *name; /* its key in a recording */
	enum form_kind kind;
	size_t size; /* FORM_STRUCT: of the struct */
	const struct form_member *members;
	unsigned n;
};

/* The forms that an answer can have, one for each struct; each stands beside its struct. */
extern const struct form form_params;	     /* struct ring_params */
extern const struct form form_op_probe;	     /* struct op_probe, uapi.h */
extern const struct form form_query;	     /* struct query_io, uapi.h */
extern const struct form form_trial;	     /* struct trial, kernel.h */
extern const struct form form_attempt;	     /* struct attempt, kernel.h */
extern const struct form form_same_file;     /* char, 0 or 1 */
extern const struct form form_mount;	     /* struct mount, mount.h; a part of another */
extern const struct form form_stat;	     /* struct numbers, target-fixture.h */
extern const struct form form_device_number; /* struct device_number, target-fixture.h */
extern const struct form form_opened;	     /* struct opened, target-fixture.h */
extern const struct form form_direct_io;     /* struct direct_found, target-fixture.h */
extern const struct form form_atomic_write;  /* struct atomic_write, direct.h */
extern const struct form form_polling;	     /* struct polling, polling.h */
extern const struct form form_loop_backing;  /* struct loop_backing, overlap.h */
extern const struct form form_text, form_names, form_words, form_memory;

/* The largest number that every reader of JSON has exact. */
#define FORM_EXACT (1ull << 53)

/* Of memory that is recorded as words, from its beginning. */
#define FORM_WORDS_BYTES 512u

/* The form with this name, or NULL. */
const struct form *form_find(const char *name);

/* The value at a member's place; of AS_ERRNO and AS_SIGNAL an int. */
uint64_t form_value(const struct form_member *m, const void *at);

/* Copies the members of a struct, and nothing that lies between them or has no row. */
void form_copy(const struct form *form, const void *from, void *to);

/* Text of any bytes: what is no UTF-8, a NUL, and the backslash become \xNN. */
void form_escape(struct str *to, const char *bytes, size_t n);

/* Members that this program has no row for, as those of a newer one may be. */
struct form_unknown {
	unsigned n;
	char first[120];
};

/* Appends what a value of a recording says, in the form that the seam has it in. Unknown members are counted
 * in *unknown. -EINVAL, FAIL_USAGE, with the member named when one is missing, of another type or out of its
 * range; -E2BIG when it would be more than most bytes; -ENOMEM. */
int form_read(const struct form *form, const struct cJSON *value, size_t most, struct str *to,
	      struct form_unknown *unknown, struct fail *f);

/* A number from 0 up or the name of an errno, which makes it negative. -EINVAL, FAIL_USAGE. */
int form_read_errno(const struct cJSON *value, int *out, struct fail *f);

#endif
