/* SPDX-License-Identifier: MIT */
/* A recording in a file, of a machine unlike this one, written in the way the program does. */
#ifndef TESTS_ELSEWHERE_H
#define TESTS_ELSEWHERE_H

#include "probe/kernel/recording.h"

extern const struct machine elsewhere;

/* Returns the name of the file, like file_with(). */
const char *written(void **state, const struct recording *rec);

#endif
