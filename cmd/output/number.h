/* SPDX-License-Identifier: MIT */
/* Formats a number with its unit, for sentences and axes. */
#ifndef CMD_OUTPUT_NUMBER_H
#define CMD_OUTPUT_NUMBER_H

struct str;

/* Appends "412k IOPS", "1.23 ms", "12.5%"; unit as in a saved result, NULL or "" for none. */
void say_number(struct str *to, double value, const char *unit);

/* Appends the shortest text that reads back to the same number. */
void say_exact(struct str *to, double value);

#endif
