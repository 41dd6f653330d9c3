/* SPDX-License-Identifier: MIT */
/* The machine of a kernel: this one, or the recorded one. */
#ifndef PROBE_KERNEL_MACHINE_H
#define PROBE_KERNEL_MACHINE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HERE_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

struct machine {
	char hostname[65], kernel[65], arch[65]; /* as uname(2) says */
	unsigned cpus;				 /* online */
	unsigned page_size;
	bool big_endian;
};

void machine_here(struct machine *m);

/* Loads a number from memory of a machine with that byte order. */
static inline uint16_t load_u16(const void *at, bool big_endian)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be16toh(v) : le16toh(v);
}

static inline uint32_t load_u32(const void *at, bool big_endian)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be32toh(v) : le32toh(v);
}

static inline uint64_t load_u64(const void *at, bool big_endian)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be64toh(v) : le64toh(v);
}

#endif
