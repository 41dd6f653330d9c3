/* SPDX-License-Identifier: MIT */
/* A probe made up for a test: everything up to some kernel is known and works. */
#ifndef TESTS_KNOWN_H
#define TESTS_KNOWN_H

#include "probe/feature/probe.h"

/* Usable, with a fact for every row of every table. Freed with probe_free(). */
void known_until(struct probe *p, unsigned major, unsigned minor);

/* The fact of this row, by the name that the header has for it. */
struct fact *known_fact(struct probe *p, const char *name);

/* That the kernel has it and it works, or lacks it. */
void known_set(struct probe *p, const char *name, bool has);

#endif
