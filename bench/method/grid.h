/* SPDX-License-Identifier: MIT */
/* The configurations of a sweep: all combinations of the levels of each option. */
#ifndef BENCH_METHOD_GRID_H
#define BENCH_METHOD_GRID_H

#include "bench/job/job.h"

struct fail;
struct str;

#define GRID_MAX_FACTORS 6
#define GRID_MAX_LEVELS	 24
#define GRID_MAX_CELLS	 256

/* An option and its values; the others are compared with the first. */
struct factor {
	const struct opt *opt;
	unsigned n;
	char level[GRID_MAX_LEVELS]
		  [48]; /* as opt_set() takes them; "": the text option is not given */
};

/* The cross product of the factors. A cell is a configuration: the level of the last factor changes fastest. */
struct grid {
	unsigned n;
	struct factor factor[GRID_MAX_FACTORS];
	unsigned n_cells;
};

/*
 * Adds the argument of one --sweep: OPTION or OPTION=LEVEL[,LEVEL...]. A level is a value or a range
 * FIRST..LAST, which doubles from the first and ends with the last. Levels that contain commas are separated
 * by semicolons. Boolean options need no levels.
 *
 * Returns -EINVAL with FAIL_USAGE if the option does not exist, cannot be swept or is named twice, a value
 * is not valid, or there are more than GRID_MAX_CELLS configurations. The grid is unchanged then.
 */
int grid_add(struct grid *g, const char *text, struct fail *f);

/* Returns the level of a factor in a cell. */
unsigned grid_level(const struct grid *g, unsigned cell, unsigned factor);

/* Returns the cell that differs from this one only in the level of that factor. */
unsigned grid_with(const struct grid *g, unsigned cell, unsigned factor, unsigned level);

/* Sets the options of *job to those of the cell. *g must stay valid while the job is used, which refers to
 * its strings. */
void grid_apply(const struct grid *g, unsigned cell, struct job *job);

/* Whether the factors contain that option. */
bool grid_has(const struct grid *g, const char *name);

/* Append "sqpoll=on", or all settings of a cell separated by spaces, except one factor (-1: none). */
void grid_setting_text(const struct grid *g, unsigned factor, unsigned level, struct str *to);
void grid_cell_text(const struct grid *g, unsigned cell, int without, struct str *to);

#endif
