/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <fcntl.h>
#include <string.h>

static _printf_(4, 0) int fail_va(struct fail *f, enum fail_kind kind, int err, const char *fmt,
				  va_list ap)
{
	if (err > 0)
		err = -err;
	if (f) {
		f->err = err;
		f->kind = kind;
		vsnprintf(f->msg, sizeof(f->msg), fmt, ap);
	}
	return err;
}

int fail_set(struct fail *f, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err = fail_va(f, FAIL_RUNTIME, err, fmt, ap);
	va_end(ap);
	return err;
}

int fail_as(struct fail *f, enum fail_kind kind, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err = fail_va(f, kind, err, fmt, ap);
	va_end(ap);
	return err;
}

const char *errno_name(int err)
{
	static _Thread_local char unnamed[16];
	const char *name;

	if (err < 0)
		err = -err;
	if (!err)
		return "0";
	name = strerrorname_np(err);
	if (name)
		return name;
	snprintf(unnamed, sizeof(unnamed), "E%d", err);
	return unnamed;
}

void str_addn(struct str *b, const char *text, size_t n)
{
	if (b->err)
		return;
	if (b->len + n + 1 > b->cap) {
		size_t cap = (b->len + n + 1) * 2;
		char *s = realloc(b->s, cap);

		if (!s) {
			b->err = -ENOMEM;
			return;
		}
		b->s = s;
		b->cap = cap;
	}
	memcpy(b->s + b->len, text, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void str_add(struct str *b, const char *text)
{
	str_addn(b, text, strlen(text));
}

void str_vaddf(struct str *b, const char *fmt, va_list ap)
{
	_cleanup_free_ char *s = NULL;
	int n = vasprintf(&s, fmt, ap);

	if (n < 0) {
		s = NULL;
		b->err = -ENOMEM;
		return;
	}
	str_addn(b, s, n);
}

void str_addf(struct str *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(b, fmt, ap);
	va_end(ap);
}

void str_rep(struct str *b, const char *text, int n)
{
	while (n-- > 0 && !b->err)
		str_add(b, text);
}

const char str_lost[] = "(out of memory)";

const char *str_text(const struct str *b)
{
	if (b->err)
		return str_lost;
	return b->s ? b->s : "";
}

void str_free(struct str *b)
{
	free(b->s);
	*b = (struct str){ 0 };
}

unsigned utf8_length(const char *text)
{
	/* Range of the second byte of each form: anything else is overlong, a surrogate or above U+10FFFF. */
	static const struct {
		unsigned char lead_min, lead_max, second_min, second_max, length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *s = (const unsigned char *)text;

	if (s[0] < 0x80)
		return 1;
	for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
		unsigned n = forms[i].length, at = 2;

		if (s[0] < forms[i].lead_min || s[0] > forms[i].lead_max ||
		    s[1] < forms[i].second_min || s[1] > forms[i].second_max)
			continue;
		while (at < n && (s[at] & 0xc0) == 0x80)
			at++;
		return at == n ? n : 0;
	}
	return 0;
}

bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

ssize_t file_read(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		n = read(fd, buf + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += n;
	}
	buf[len] = '\0';
	return len;
}

int write_all(int fd, const void *data, size_t n)
{
	const char *at = data;

	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		n -= done;
	}
	return 0;
}
