/* SPDX-License-Identifier: MIT */
#ifndef CMD_DUMP_WATCH_H
#define CMD_DUMP_WATCH_H

#include <stdint.h>

struct dump_offsets;
struct invocation;

/* Shows a live table of rings, updated each interval until *stop is set: redrawn in place on a terminal,
 * otherwise one below the other. Returns an exit code. */
int watch_rings(struct invocation *inv, const struct dump_offsets *o, int pid, int fd,
		uint64_t interval_ns, const volatile int *stop);

#endif
