/* SPDX-License-Identifier: MIT */
/* "Did you mean": which of several names a mistyped one is nearest to. */
#ifndef PROBE_SUGGEST_H
#define PROBE_SUGGEST_H

struct suggestion {
	const char *name; /* the nearest so far, the giver's; NULL: none is near */
	unsigned distance;
};

/* Letters to add, drop, change or swap with the next to turn one into the other, whatever their case,
 * and with '-' for '_'. Names longer than 63 are as far from everything as they are long. */
unsigned suggest_distance(const char *a, const char *b);

/* Remembers name when it is near what was asked for, and nearer than the one before. */
void suggest(struct suggestion *s, const char *asked, const char *name);

#endif
