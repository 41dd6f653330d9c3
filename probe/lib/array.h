/* SPDX-License-Identifier: MIT */
/* Arrays that grow by one element. */
#ifndef PROBE_LIB_ARRAY_H
#define PROBE_LIB_ARRAY_H

#include <stdlib.h>

/* Returns the array of n elements with room for one more; NULL if memory runs out, and the array is as it was.
 * Only for arrays that began as NULL and grew by this function alone. */
static inline void *array_room(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);
}

#endif
