/* SPDX-License-Identifier: MIT */
/* Random numbers for the hot loop (splitmix64); reproducible for the same seed. */
#ifndef BENCH_STATS_RANDOM_H
#define BENCH_STATS_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Returns the initial state for one stream (thread) of a seed. */
static inline uint64_t random_seed(uint64_t seed, uint64_t stream)
{
	uint64_t state = seed ^ stream * 0xd1342543de82ef95;

	return random_next(&state);
}

/* Returns a number below n, approximately uniform. */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	return (unsigned __int128)random_next(state) * n >> 64;
}

/* n is a multiple of 8. */
static inline void random_fill(uint64_t *state, unsigned char *buf, size_t n)
{
	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t v = random_next(state);

		memcpy(buf + i, &v, 8);
	}
}

#endif
