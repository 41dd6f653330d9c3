/* SPDX-License-Identifier: MIT */
#include "sprandom.h"

#include <math.h>
#include <stdbool.h>

/* For the least over-provisioning each step takes 1 % off the error. */
#define STEPS 3000

double sprandom_least_valid(double op)
{
	double v = 0;

	/* Grows towards the smaller of the two solutions; the other one is 1. */
	for (unsigned i = 0; i < STEPS; i++)
		v = exp(-(1 + op) * (1 - v));
	return v;
}

void sprandom_init(struct sprandom *s, uint64_t blocks, double op)
{
	const double v = sprandom_least_valid(op);
	uint64_t written = 0;

	*s = (struct sprandom){
		.region = ceil(blocks * (1 + op) / SPRANDOM_REGIONS),
	};
	for (unsigned r = 0; r < SPRANDOM_REGIONS; r++) {
		const double valid = pow(v, 1 - (r + 0.5) / SPRANDOM_REGIONS);
		uint64_t fresh = s->region - s->again[r], again = (1 - valid) * s->region + 0.5;

		const bool last = r + 1 == SPRANDOM_REGIONS || fresh >= blocks - written;

		if (last)
			fresh = blocks - written;
		s->first[r] = written;
		s->fresh[r] = fresh;
		written += fresh;
		s->total += s->again[r] + fresh;
		/* What is written last stays. */
		s->n = r + 1;
		if (last)
			break;
		s->again[r + 1] = again;
	}
}

uint64_t sprandom_block(const struct sprandom *s, uint64_t i)
{
	unsigned r = i / s->region < s->n ? i / s->region : s->n - 1;
	uint64_t at = i - r * s->region;

	for (;;) {
		const uint64_t again = s->again[r], n = again + s->fresh[r];
		const uint64_t before = at * again / n;

		if ((at + 1) * again / n == before)
			return s->first[r] + at - before;
		/* A write of the region before once more; again of them are spread evenly over it. */
		r--;
		at = before * (s->again[r] + s->fresh[r]) / again;
	}
}
