/* SPDX-License-Identifier: MIT */
/* Which configurations a sweep compares: every level of each option with every level of the others. */
#ifndef BENCH_METHOD_GRID_H
#define BENCH_METHOD_GRID_H

#include "bench/job/job.h"

struct fail;
struct str;

#define GRID_MAX_FACTORS 6
#define GRID_MAX_LEVELS	 24
#define GRID_MAX_CELLS	 256

/* An option and the values that it is given in turn; the first is what the others are compared with. */
struct factor {
	const struct opt *opt;
	unsigned n;
	char level[GRID_MAX_LEVELS]
		  [48]; /* as opt_set() takes them; "": a text option is not given */
};

/* The factors' cross product. A cell is a configuration: the level of the last factor changes fastest. */
struct grid {
	unsigned n;
	struct factor factor[GRID_MAX_FACTORS];
	unsigned n_cells;
};

/*
 * Adds what one --sweep says, OPTION or OPTION=LEVEL[,LEVEL...]. A level is a value or a range FIRST..LAST,
 * which doubles from the first and ends with the last. Levels with commas in them are parted by
 * semicolons. An option that is on or off needs no levels.
 *
 * -EINVAL with FAIL_USAGE: no such option, none to sweep over, named twice, a value that it does not take,
 * more than GRID_MAX_CELLS configurations. The grid is unchanged then.
 */
int grid_add(struct grid *g, const char *text, struct fail *f);

/* The level that a factor has in a cell. */
unsigned grid_level(const struct grid *g, unsigned cell, unsigned factor);

/* The cell that differs from this one in that factor's level alone. */
unsigned grid_with(const struct grid *g, unsigned cell, unsigned factor, unsigned level);

/* *job, changed to what the cell says. Its texts are the grid's. */
void grid_apply(const struct grid *g, unsigned cell, struct job *job);

/* Whether the factors contain that option. */
bool grid_has(const struct grid *g, const char *name);

/* Appends "sqpoll=on"; and all of a cell's, with spaces between, but for one factor (-1: none). */
void grid_setting_text(const struct grid *g, unsigned factor, unsigned level, struct str *to);
void grid_cell_text(const struct grid *g, unsigned cell, int without, struct str *to);

#endif
