/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <ctype.h>
#include <string.h>

#include "base.h"

#define MAX_NAME 63

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
	unsigned rows[3][MAX_NAME + 1], *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t n = strlen(a), m = strlen(b);

	if (n > MAX_NAME || m > MAX_NAME)
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

void suggest(struct suggestion *s, const char *asked, const char *name)
{
	unsigned distance = suggest_distance(asked, name);
	size_t n = strlen(asked);

	/* A third of it wrong is still a likely slip; more is another word. */
	if (distance > (n < 6 ? 2 : n / 3) || distance >= n || (s->name && distance >= s->distance))
		return;
	s->name = name;
	s->distance = distance;
}
