/* SPDX-License-Identifier: MIT */
/*
 * Basics for all code: cleanup attributes, errors as values, strings.
 *
 * Functions return 0 or a positive result, or a negative errno. They change their outputs only on success.
 * If the user is to be told the reason, the last argument is a struct fail, which is filled when an error is
 * returned.
 */
#ifndef PROBE_LIB_BASE_H
#define PROBE_LIB_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define FLEX_ARRAY_MAX 65536u

/* What a failure means to the user. */
enum fail_kind {
	FAIL_RUNTIME,	  /* the device, the memory, the system */
	FAIL_USAGE,	  /* invalid request */
	FAIL_REFUSED,	  /* for safety */
	FAIL_UNAVAILABLE, /* not supported by this kernel or device */
};

/* Reason of a failure: a negative errno and a one-line message. */
struct fail {
	int err;
	enum fail_kind kind;
	char msg[400];
};

/* Fills *f (which may be NULL) and returns err as a negative number. fail_set() sets the kind FAIL_RUNTIME. */
int fail_set(struct fail *f, int err, const char *fmt, ...) _printf_(3, 4);
int fail_as(struct fail *f, enum fail_kind kind, int err, const char *fmt, ...) _printf_(4, 5);

/* Returns "EINVAL" for 22 or -22, "0" for 0, "E<number>" for an unknown errno. The string is constant or,
 * for an unknown errno, in a per-thread buffer that is valid until the next call. */
const char *errno_name(int err);

/* A growing string. Zero-initialised is empty; free it with str_free(). An allocation failure is remembered
 * in .err, and later appends do nothing. */
struct str {
	char *s;
	size_t len, cap;
	int err;
};

void str_add(struct str *b, const char *text);
void str_addn(struct str *b, const char *text, size_t n);
void str_addf(struct str *b, const char *fmt, ...) _printf_(2, 3);
void str_vaddf(struct str *b, const char *fmt, va_list ap) _printf_(2, 0);
/* Appends text n times; nothing if n is less than 1. */
void str_rep(struct str *b, const char *text, int n);
/* Returns the text, "" if empty; it is owned by b. After an allocation failure it is str_lost, to be
 * recognised by its address, because a partial text must not be used. */
const char *str_text(const struct str *b);
extern const char str_lost[];
void str_free(struct str *b);

/* Number of bytes of the first character; 0 if it is not valid UTF-8. */
unsigned utf8_length(const char *text);

/* Whether both are equal, or both NULL. */
bool same_text(const char *a, const char *b);

/* Reads a small file (/proc, /sys) of at most size - 1 bytes into buf and adds a NUL. Returns the length, or
 * a negative errno. Longer files are silently truncated. */
ssize_t file_read(const char *path, char *buf, size_t size);

/* Writes all n bytes, with several calls if necessary. Returns any errno of write(2). */
int write_all(int fd, const void *data, size_t n);

/* Increase of a counter; 0 if it decreased. */
static inline uint64_t growth(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_close_	 _cleanup_(closep)
#define _cleanup_free_	 _cleanup_(freep)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define _cleanup_str_	 _cleanup_(str_free)

#endif
