/* SPDX-License-Identifier: MIT */
/* A simulated run to be summarised. */
#ifndef TESTS_MADE_H
#define TESTS_MADE_H

#include "bench/run/result.h"

#define WORKERS 2

struct made {
	struct worker workers[WORKERS];
	struct tally tally[WORKERS][IO_KINDS];
	struct io_errors errors[WORKERS];
	struct verify_counts findings[WORKERS];
	struct hist service[WORKERS][IO_KINDS];
	struct result res;
};

/* Two workers that ran for one second, half a second apart; each read 3000 blocks in 1000 ns each. */
int made_setup(void **state);
int made_teardown(void **state);

void made_sum(struct made *m);
/* Summarises again after the caller has changed the run. */
void made_sum_anew(struct made *m);

#endif
