/* SPDX-License-Identifier: MIT */
/*
 * A bound, as a person writes the limits of a plan: "iops >= 500k", "read.lat_p99_ns <= 200us",
 * "iops_spread <= 10%", "firmware matches GXA7*". What can have a limit is named as in the JSON of a
 * result or a device.
 */
#ifndef BENCH_SAVED_LIMIT_H
#define BENCH_SAVED_LIMIT_H

#include "bench/run/result.h"
#include "probe/device/device.h"

struct fail;
struct str;

enum unit {
	UNIT_COUNT,
	UNIT_IOPS,
	UNIT_NS,
	UNIT_BYTES,
	UNIT_BYTES_PER_S,
	UNIT_SHARE, /* 0.1 is 10 % */
	UNIT_MT_PER_S,
	UNIT_YES,  /* yes or no: 1 or 0 */
	UNIT_TEXT, /* no number */
	UNITS,
};

extern const char *const unit_names[UNITS]; /* NULL for yes or no and for text */

enum limit_op { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT, OP_GT, OP_MATCHES, LIMIT_OPS };

extern const char *const limit_ops[LIMIT_OPS]; /* "==", .. "matches" (fnmatch(3)) */

/* What a limit is about. */
enum limit_of { OF_DEVICE, OF_BENCH };

/* Of which I/Os: "read.iops". */
enum limit_part {
	LIMIT_TOTAL,
	LIMIT_READ,
	LIMIT_WRITE,
	LIMIT_TRIM,
	LIMIT_SYNC,
	LIMIT_SERVICE,
	LIMIT_PARTS
};

/* How far the values of several lie apart, (largest - smallest) / mean. */
enum limit_spread {
	SPREAD_NONE,
	SPREAD_DEVICES, /* "iops_spread": between devices, each the median of its runs */
	SPREAD_REPEATS, /* "iops_repeat_spread": between the runs on one device */
};

struct quantity;

struct limit {
	char name[64];	/* "read.lat_p99_ns" */
	char text[128]; /* as written, with single spaces */
	const struct quantity *quantity;
	enum limit_part part;
	enum limit_spread spread;
	enum unit unit; /* of the value: SHARE for a spread */
	enum limit_op op;
	double number;	/* unless the unit is TEXT */
	char word[128]; /* if it is */
	bool required;
};

struct value {
	bool known;
	double number;
	char word[DEVICE_TEXT];
};

/* Reads a limit; required is left to the caller. -EINVAL, FAIL_USAGE, with what was expected and what
 * was perhaps meant. */
int limit_parse(enum limit_of of, const char *text, struct limit *l, struct fail *f);

/* Whether a run of this job, so many times, gives what is limited. -EINVAL with the reason. */
int limit_suits(const struct limit *l, const struct job *job, unsigned repeat, struct fail *f);

/* Whether no value can satisfy both. */
bool limit_contradicts(const struct limit *a, const struct limit *b);

/* What is limited, as a result or a device has it. A percentile that too few I/Os lie beyond, and what
 * sysfs does not tell, is not known. */
struct value limit_of_result(const struct limit *l, const struct result *res);
struct value limit_of_device(const struct limit *l, const struct device *d);

bool limit_holds(const struct limit *l, const struct value *v);

/* Appends "326k, below 500k". */
void limit_explain(const struct limit *l, const struct value *v, struct str *to);

/* Appends a number so that limit_parse() reads it again, to four digits: "513.8k", "49.3us". */
void limit_number(struct str *to, enum unit unit, double number);

#endif
