/* SPDX-License-Identifier: MIT */
/* A recording as a file, written as the program does, of a machine that is not like this one. */
#ifndef TESTS_ELSEWHERE_H
#define TESTS_ELSEWHERE_H

#include "probe/kernel/recording.h"

extern const struct machine elsewhere;

/* The name of the file; as file_with(). */
const char *written(void **state, const struct recording *rec);

#endif
