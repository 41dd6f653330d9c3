/* SPDX-License-Identifier: MIT */
/* "Did you mean": which of several names a mistyped one is nearest to. */
#ifndef PROBE_LIB_SUGGEST_H
#define PROBE_LIB_SUGGEST_H

#define SUGGEST_MAX 63

/* Zero-initialised but for prefix. */
struct suggestion {
	const char *prefix;	       /* of the name in the text, as "--" of an option; or NULL */
	char nearest[SUGGEST_MAX + 1]; /* "": none is near */
	unsigned distance;	       /* of the nearest */
	char longer[SUGGEST_MAX + 1];  /* the last that begins with what was asked for */
	unsigned n_longer;
	char text[SUGGEST_MAX + 40];
};

/* Letters to add, drop, change or swap with the next to turn one into the other, whatever their case,
 * and with '-' for '_'. Names longer than SUGGEST_MAX are as far from everything as they are long. */
unsigned suggest_distance(const char *a, const char *b);

/* Offers a name for what was asked for, which is the same each time; a name that is the very same is no
 * help, and passed over. Near are a name a few such letters away; a name of three letters or more that
 * is the beginning of what was asked for; and, before both, the one name that begins with it, where no
 * other does. */
void suggest(struct suggestion *s, const char *asked, const char *name);

/* suggest() with each of n names; a NULL ends them before. */
void suggest_among(struct suggestion *s, const char *asked, const char *const *names, unsigned n);

/* "; did you mean 'NAME'?", the end of a message, which s holds; or otherwise, where no name is near. */
const char *suggest_text(struct suggestion *s, const char *otherwise);

#endif
