/* SPDX-License-Identifier: MIT */
/* A kernel whose answers are bytes from the fuzzer. */
#ifndef FUZZ_FAKE_H
#define FUZZ_FAKE_H

#include "input.h"
#include "probe/kernel/kernel.h"

struct fake {
	struct kernel k;
	struct input *in;
	int next_fd;
};

/* The caller keeps ownership of in. */
void fake_init(struct fake *f, struct input *in);

#endif
