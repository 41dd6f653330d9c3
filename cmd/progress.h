/* SPDX-License-Identifier: MIT */
/* While something runs: signals that end it, and a line that says how far it is. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "bench/run/follow.h"

/* Set by the first SIGINT or SIGTERM: which one. The second ends the program at once. */
extern volatile int live_stop;

/* From the start on the two end the program at once, with 130 and 143; what it ignores stays ignored. */
void live_init(void);

/* Catches the two from now on. */
void live_begin(void);

/* What shows the progress of a run on stderr, or NULL when that is no terminal. Its argument is a text,
 * shown before the figures. */
progress_fn live_progress(void);

#define LIVE_PREFIX 80

/* The same for a measurement of several runs, each with its name before the figures. prefix stays the
 * caller's, and must outlive it. */
struct follower live_follower(char prefix[static LIVE_PREFIX]);

/* Removes the line. */
void live_clear(void);

#endif
