/* SPDX-License-Identifier: MIT */
/* "Did you mean": finds the name nearest to a mistyped one. */
#ifndef PROBE_LIB_SUGGEST_H
#define PROBE_LIB_SUGGEST_H

#define SUGGEST_MAX 63

/* Zero-initialised except prefix. */
struct suggestion {
	const char *prefix;	       /* printed before the name, as "--" for an option; or NULL */
	char nearest[SUGGEST_MAX + 1]; /* "": none is near */
	unsigned distance;	       /* of the nearest */
	char longer[SUGGEST_MAX + 1];  /* the last name that begins with what was asked for */
	unsigned n_longer;
	char text[SUGGEST_MAX + 40];
};

/* Number of letters to add, remove, change or swap to turn one name into the other, ignoring case, and with
 * '-' equal to '_'. Names longer than SUGGEST_MAX have their length as distance. */
unsigned suggest_distance(const char *a, const char *b);

/* Offers a candidate for asked, which must be the same in all calls; a candidate equal to it is ignored.
 * Near candidates differ by a few letters, or are a prefix of asked of three letters or more. A unique
 * candidate that begins with asked comes before both. */
void suggest(struct suggestion *s, const char *asked, const char *name);

/* Calls suggest() for up to n names; a NULL ends them earlier. */
void suggest_among(struct suggestion *s, const char *asked, const char *const *names, unsigned n);

/* Returns "; did you mean 'NAME'?" to end a message, stored in s, or otherwise if no name is near. */
const char *suggest_text(struct suggestion *s, const char *otherwise);

#endif
