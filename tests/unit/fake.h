/* SPDX-License-Identifier: MIT */
/* A kernel with some files, links ("real path of ..."), folders ("names in ...") and other answers by label. */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "probe/kernel/kernel.h"

struct entry {
	const char *question, *answer;
	size_t bytes; /* of an answer that is not text */
};

struct fake {
	struct kernel k;
	const struct entry *entries;
	unsigned n;
};

struct fake fake_of(const struct entry *entries, unsigned n);

#endif
