/* SPDX-License-Identifier: MIT */
/* A run that was made, to be summed up. */
#ifndef TESTS_MADE_H
#define TESTS_MADE_H

#include "bench/run/result.h"

#define WORKERS 2

struct made {
	struct worker workers[WORKERS];
	struct tally tally[WORKERS][IO_KINDS];
	struct io_errors errors[WORKERS];
	struct verify_counts findings[WORKERS];
	struct hist service;
	struct result res;
};

/* Two workers that ran one second, half a second apart, and read 3000 blocks each in 1000 ns. */
int made_setup(void **state);
int made_teardown(void **state);

void made_sum(struct made *m);
/* From what is the caller's to set. */
void made_sum_anew(struct made *m);

#endif
