/* SPDX-License-Identifier: MIT */
/* A simulated probe: all constants up to a kernel version are known and work. */
#ifndef TESTS_KNOWN_H
#define TESTS_KNOWN_H

#include "probe/feature/probe.h"

/* Usable, with a fact for every row of every table. The caller frees it with probe_free(). */
void known_until(struct probe *p, unsigned major, unsigned minor);

/* The fact of a row, by its name in the header. */
struct fact *known_fact(struct probe *p, const char *name);

/* Sets whether the kernel has it and it works, or does not have it. */
void known_set(struct probe *p, const char *name, bool has);

#endif
