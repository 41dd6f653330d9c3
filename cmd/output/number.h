/* SPDX-License-Identifier: MIT */
/* Formats a number with its unit, for sentences and axes. */
#ifndef CMD_OUTPUT_NUMBER_H
#define CMD_OUTPUT_NUMBER_H

#include "bench/saved/limit.h"
#include "out.h"

struct str;

/* Appends "412k IOPS", "1.23 ms", "12.5%"; unit as in a saved result, NULL or "" for none. */
void say_number(struct str *to, double value, const char *unit);

/* How the text shows a quantity of this unit. */
enum out_unit out_unit_of(enum unit unit);

/* Appends the shortest text that reads back to the same number. */
void say_exact(struct str *to, double value);

#endif
