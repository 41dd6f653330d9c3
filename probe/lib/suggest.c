/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <ctype.h>
#include <string.h>

#include "base.h"

static char plain(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned suggest_distance(const char *a, const char *b)
{
	unsigned rows[3][SUGGEST_MAX + 1], *before = rows[0], *last = rows[1], *now = rows[2],
					   *spare;
	size_t n = strlen(a), m = strlen(b);

	if (n > SUGGEST_MAX || m > SUGGEST_MAX)
		return n > m ? n : m;
	for (size_t j = 0; j <= m; j++)
		last[j] = j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			bool same = plain(a[i - 1]) == plain(b[j - 1]);

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
			    plain(a[i - 2]) == plain(b[j - 1]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[m];
}

static bool begins(const char *name, const char *with)
{
	while (*with && plain(*name) == plain(*with)) {
		name++;
		with++;
	}
	return !*with;
}

void suggest(struct suggestion *s, const char *asked, const char *name)
{
	unsigned distance = suggest_distance(asked, name);
	size_t n = strlen(asked), m = strlen(name);

	if (!n || m > SUGGEST_MAX || !strcmp(asked, name))
		return;
	if (m > n && begins(name, asked) && strcmp(name, s->longer)) {
		snprintf(s->longer, sizeof(s->longer), "%s", name);
		s->n_longer++;
	}
	/* Up to a third of the letters wrong is a likely typo; more is another word. */
	if (distance > (n < 6 ? 2 : n / 3) || distance >= n) {
		if (m < 3 || !begins(asked, name))
			return;
		distance += SUGGEST_MAX;
	}
	if (*s->nearest && distance >= s->distance)
		return;
	snprintf(s->nearest, sizeof(s->nearest), "%s", name);
	s->distance = distance;
}

void suggest_among(struct suggestion *s, const char *asked, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n && names[i]; i++)
		suggest(s, asked, names[i]);
}

const char *suggest_text(struct suggestion *s, const char *otherwise)
{
	const bool same = *s->nearest && !s->distance;
	const char *name = s->n_longer == 1 && !same ? s->longer : s->nearest;

	if (!*name)
		return otherwise;
	snprintf(s->text, sizeof(s->text), "; did you mean '%s%s'?", s->prefix ? s->prefix : "",
		 name);
	return s->text;
}
