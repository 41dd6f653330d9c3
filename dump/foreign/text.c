/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <string.h>

bool text_word(struct text *t, char separator, struct text *word)
{
	const char *stop;

	if (t->at == t->end)
		return false;
	stop = memchr(t->at, separator, text_left(t));
	*word = (struct text){ t->at, stop ? stop : t->end };
	t->at = stop ? stop + 1 : t->end;
	return true;
}

bool text_line(struct text *t, struct text *line)
{
	return text_word(t, '\n', line);
}

bool text_skip(struct text *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (text_left(t) < n || memcmp(t->at, prefix, n))
		return false;
	t->at += n;
	return true;
}

void text_blank(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 255;
}

bool text_u64(struct text *t, unsigned base, uint64_t *v)
{
	struct text rest = *t;
	const char *first;
	uint64_t sum = 0;

	if (base != 10 && text_skip(&rest, "0x"))
		base = 16;
	if (!base)
		base = 10;
	for (first = rest.at; rest.at < rest.end && digit(*rest.at) < base; rest.at++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit(*rest.at), &sum))
			return false;
	if (rest.at == first)
		return false;
	*v = sum;
	*t = rest;
	return true;
}

bool text_u32(struct text *t, unsigned base, uint32_t *v)
{
	struct text rest = *t;
	uint64_t wide;

	if (!text_u64(&rest, base, &wide) || wide > UINT32_MAX)
		return false;
	*v = wide;
	*t = rest;
	return true;
}

bool text_i32(struct text *t, int32_t *v)
{
	struct text rest = *t;
	bool negative = text_skip(&rest, "-");
	uint64_t wide;

	if (!text_u64(&rest, 10, &wide) || wide > (uint64_t)INT32_MAX + negative)
		return false;
	*v = negative ? -(int64_t)wide : (int64_t)wide;
	*t = rest;
	return true;
}

void text_copy(const struct text *t, char *to, size_t size)
{
	size_t n = text_left(t);

	if (n > size - 1)
		n = size - 1;
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)t->at[i] < ' ' || t->at[i] == 0x7f ? '?' : t->at[i];
	to[n] = '\0';
}
