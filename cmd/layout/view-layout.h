/* SPDX-License-Identifier: MIT */
/* Shared by the drawings and the JSON of a layout. */
#ifndef CMD_LAYOUT_VIEW_LAYOUT_H
#define CMD_LAYOUT_VIEW_LAYOUT_H

#include "cmd/draw/box.h"
#include "dump/abi/layout.h"

/* Colour and mark of each writer. */
extern const enum draw_tone writer_tones[WRITERS];
extern const char *const writer_marks[WRITERS];

/* Context of the layout. */
struct layout_story {
	struct kver kernel; /* that created or would create the ring; 0.0 unknown */
	bool predicted;	    /* no ring was set up */
	const struct layout_verdict *verdict; /* NULL: none, note has the reason */
	const char *note;		      /* or NULL */
	uint32_t asked_flags; /* by the user; the ring may have others that they need */
};

/* One word per bit; bits newer than the tables by number; "none". */
void layout_flags_text(struct str *to, enum uapi_kind kind, uint32_t flags);
/* "or addr2, cmd_op (u32 at 8)": the other names of a union. */
void layout_alternatives(struct str *to, const struct layout_member *m);

#endif
