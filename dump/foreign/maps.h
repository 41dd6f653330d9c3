/* SPDX-License-Identifier: MIT */
/* Parses /proc/PID/maps line by line; proc_pid_maps(5). Pure: accepts any bytes. */
#ifndef DUMP_FOREIGN_MAPS_H
#define DUMP_FOREIGN_MAPS_H

#include "text.h"

struct maps_row {
	uint64_t start, end, offset, ino;
	struct text name; /* of the file, or what replaces it; points into the given text */
};

/* Parses the next line that is a mapping, skipping others; false at the end. */
bool maps_next(struct text *t, struct maps_row *row);

#endif
