/* SPDX-License-Identifier: MIT */
/*
 * Serialises answers of a kernel. Each struct that passes through struct kernel is described by a table of
 * its members, which is used to write and to read recordings. So a recording contains names and numbers,
 * independent of padding and byte order.
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
	FORM_TEXT,   /* bytes, as a string; see form_escape() */
	FORM_NAMES,  /* names, each ending with a newline, as an array of strings */
	FORM_WORDS,  /* 32-bit words in memory, as an object "0x40": 8 without zeros */
	FORM_MEMORY, /* bytes, as an object "0x40": "0a00..." without lines that are all 0 */
};

enum member_kind {
	AS_UINT, /* unsigned, of 1, 2, 4 or 8 bytes; above 2^53 a string, because JSON numbers are doubles */
	AS_BOOL, /* of 1 byte */
	AS_ERRNO, /* int; negative ones are written by name, because numbers differ between architectures */
	AS_SIGNAL, /* int; likewise, 0 is none */
	AS_WORD,   /* enum, written as one of words */
	AS_TEXT,   /* char[], ended by a NUL; longer strings are cut */
	AS_PART,   /* a struct, as an object */
};

struct form;

struct form_member {
	const char *name;
	enum member_kind kind;
	/* Left out if 0, and 0 if missing; in an array, elements at its end. */
	bool or_zero;
	size_t offset, size;
	unsigned count, stride; /* of an array; count 0: not an array */
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

/* One form for each struct, declared next to it. */
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

/* Largest number that all JSON readers represent exactly. */
#define FORM_EXACT (1ull << 53)

/* Size of memory recorded as words, from its start. */
#define FORM_WORDS_BYTES 512u

/* The form with this name, or NULL. */
const struct form *form_find(const char *name);

/* Value of a member; for AS_ERRNO and AS_SIGNAL an int. */
uint64_t form_value(const struct form_member *m, const void *at);

/* Copies the members of a struct, but no padding and no member without a row. */
void form_copy(const struct form *form, const void *from, void *to);

/* Escapes arbitrary bytes as text: invalid UTF-8, NUL, and the backslash become \xNN. */
void form_escape(struct str *to, const char *bytes, size_t n);

/* Unknown members, as in a file of a newer program. */
struct form_unknown {
	unsigned n;
	char first[120];
};

/* Appends a value of a recording in its binary form. Counts unknown members in *unknown. Returns -EINVAL,
 * FAIL_USAGE with the member if it is missing, has another type or is out of range; -E2BIG if there are more
 * than most bytes; -ENOMEM. */
int form_read(const struct form *form, const struct cJSON *value, size_t most, struct str *to,
	      struct form_unknown *unknown, struct fail *f);

/* Reads a number >= 0, or the name of an errno as a negative number. Returns -EINVAL, FAIL_USAGE. */
int form_read_errno(const struct cJSON *value, int *out, struct fail *f);

#endif
