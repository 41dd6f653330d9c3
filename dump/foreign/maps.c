/* SPDX-License-Identifier: MIT */
#include "maps.h"

static bool parse_row(struct text line, struct maps_row *row)
{
	struct text perms, device;

	if (!text_u64(&line, 16, &row->start) || !text_skip(&line, "-") ||
	    !text_u64(&line, 16, &row->end) || row->end <= row->start || !text_skip(&line, " ") ||
	    !text_word(&line, ' ', &perms) || text_left(&perms) != 4 ||
	    !text_u64(&line, 16, &row->offset) || !text_skip(&line, " ") ||
	    !text_word(&line, ' ', &device) || !text_u64(&line, 10, &row->ino))
		return false;
	text_blank(&line);
	row->name = line;
	return true;
}

bool maps_next(struct text *t, struct maps_row *row)
{
	struct text line;
	struct maps_row got;

	while (text_line(t, &line)) {
		if (!parse_row(line, &got))
			continue;
		*row = got;
		return true;
	}
	return false;
}
