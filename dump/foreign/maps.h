/* SPDX-License-Identifier: MIT */
/* What /proc/PID/maps says, line by line; proc_pid_maps(5). Pure: takes any bytes. */
#ifndef DUMP_FOREIGN_MAPS_H
#define DUMP_FOREIGN_MAPS_H

#include "text.h"

struct maps_row {
	uint64_t start, end, offset, ino;
	struct text name; /* of the file, or what stands in its place; inside the text given */
};

/* Takes the next line that is a mapping, passing over what is not; false at the end. */
bool maps_next(struct text *t, struct maps_row *row);

#endif
