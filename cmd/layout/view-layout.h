/* SPDX-License-Identifier: MIT */
/* What the drawings and the facts of a layout have in common. */
#ifndef CMD_LAYOUT_VIEW_LAYOUT_H
#define CMD_LAYOUT_VIEW_LAYOUT_H

#include "cmd/draw/box.h"
#include "dump/abi/layout.h"

/* How what somebody writes is coloured and marked. */
extern const enum draw_tone writer_tones[WRITERS];
extern const char *const writer_marks[WRITERS];

/* What is drawn beside the layout itself. */
struct layout_story {
	struct kver kernel;		      /* that made or would make the ring; 0.0 unknown */
	bool predicted;			      /* nothing was asked of a kernel */
	const struct layout_verdict *verdict; /* NULL: there is none, and note says why */
	const char *note;		      /* or NULL */
	uint32_t asked_flags;		      /* by the user; the ring may have company for them */
};

/* One word per bit of a table; a bit newer than the tables as its number; "none". */
void layout_flags_text(struct str *to, enum uapi_kind kind, uint32_t flags);
/* "or addr2, cmd_op (u32 at 8)": the names of a union beyond its first. */
void layout_alternatives(struct str *to, const struct layout_member *m);

#endif
