/* SPDX-License-Identifier: MIT */
/*
 * What every room stands on: cleanup attributes, errors as values, growing text.
 *
 * Functions return 0 or a positive result, or a negative errno. They touch their outputs only on
 * success. Where a person is to learn why, the last argument is a struct fail, filled together
 * with the negative return.
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

/* What a failure means to the one who asked. */
enum fail_kind {
	FAIL_RUNTIME,	  /* the device, the memory, the system */
	FAIL_USAGE,	  /* what was asked makes no sense */
	FAIL_REFUSED,	  /* for safety */
	FAIL_UNAVAILABLE, /* this kernel or device cannot */
};

/* Why something failed: a negative errno and one line for a person. */
struct fail {
	int err;
	enum fail_kind kind;
	char msg[400];
};

/* Fills *f (which may be NULL) and returns err, which is made negative if it is not. fail_set() says
 * FAIL_RUNTIME. */
int fail_set(struct fail *f, int err, const char *fmt, ...) _printf_(3, 4);
int fail_as(struct fail *f, enum fail_kind kind, int err, const char *fmt, ...) _printf_(4, 5);

/* "EINVAL" for 22 or -22, "0" for 0, "E<number>" for an errno the C library has no name for. The
 * returned text is constant or, for an unnamed errno, lives in a per-thread buffer until the next
 * call. */
const char *errno_name(int err);

/* Text that grows. Zero-initialised is empty; str_free() releases it. An allocation failure is
 * remembered in .err and later appends do nothing. */
struct str {
	char *s;
	size_t len, cap;
	int err;
};

void str_add(struct str *b, const char *text);
void str_addn(struct str *b, const char *text, size_t n);
void str_addf(struct str *b, const char *fmt, ...) _printf_(2, 3);
void str_vaddf(struct str *b, const char *fmt, va_list ap) _printf_(2, 0);
/* Appends n times the text; nothing when that is less than one, as what is left of a column may be. */
void str_rep(struct str *b, const char *text, int n);
/* The text, "" when nothing was added; owned by b. When memory ran out it is str_lost, which is known by its
 * address: half a text is no text. */
const char *str_text(const struct str *b);
extern const char str_lost[];
void str_free(struct str *b);

/* Bytes of the character that text begins with; 0: it is no UTF-8. */
unsigned utf8_length(const char *text);

/* Both are the same text, or both are NULL. */
bool same_text(const char *a, const char *b);

/* Reads a whole small file (/proc, /sys) of at most size - 1 bytes into buf and ends it with a NUL.
 * Returns the length, or a negative errno. A longer file is cut without notice. */
ssize_t file_read(const char *path, char *buf, size_t size);

/* Writes all n bytes, however many calls that takes. Any errno of write(2). */
int write_all(int fd, const void *data, size_t n);

/* How much a counter has grown: 0 where it says less than before. */
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
