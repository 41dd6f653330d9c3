/* SPDX-License-Identifier: MIT */
/* The SHA-256 of a text, to tell whether two files are the same; FIPS 180-4. */
#ifndef PROBE_LIB_SHA256_H
#define PROBE_LIB_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65

void sha256_hex(const void *data, size_t n, char hex[static SHA256_HEX]);

#endif
