/* SPDX-License-Identifier: MIT */
#ifndef CMD_DUMP_WATCH_H
#define CMD_DUMP_WATCH_H

#include <stdint.h>

struct dump_offsets;
struct invocation;

/* A live table of rings, each interval anew until *stop is set: drawn over the last one on a
 * terminal, else one below the other. Returns an exit code. */
int watch_rings(struct invocation *inv, const struct dump_offsets *o, int pid, int fd,
		uint64_t interval_ns, const volatile int *stop);

#endif
