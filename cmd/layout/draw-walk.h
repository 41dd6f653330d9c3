/* SPDX-License-Identifier: MIT */
/* Draws a walk as text: for each step what was done, both queues, and the bytes that changed. */
#ifndef CMD_LAYOUT_DRAW_WALK_H
#define CMD_LAYOUT_DRAW_WALK_H

#include "cmd/draw/box.h"
#include "dump/walk/walk.h"

void draw_walk(struct draw *d, const struct walk *w);

#endif
