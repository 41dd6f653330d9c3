/* SPDX-License-Identifier: MIT */
/* Signals during a run, and its progress line. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "bench/run/follow.h"

/* The first SIGINT or SIGTERM received, or 0. The second one ends the program at once. */
extern volatile int live_stop;

/* Lets both signals end the program at once, with 130 and 143. Ignored signals stay ignored. */
void live_init(void);

/* Catches both signals from now on. */
void live_begin(void);

/* Returns the function that shows the progress of a run on stderr, or NULL if stderr is not a terminal. Its
 * argument is a text shown before the numbers. */
progress_fn live_progress(void);

#define LIVE_PREFIX 80

/* The same for a measurement of several runs, with the name of each before the numbers. prefix must stay
 * valid while the follower is used. */
struct follower live_follower(char prefix[static LIVE_PREFIX]);

/* Removes the progress line. */
void live_clear(void);

#endif
