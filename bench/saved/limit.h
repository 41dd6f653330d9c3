/* SPDX-License-Identifier: MIT */
/*
 * A limit in a plan, in the user's syntax: "iops >= 500k", "read.lat_p99_ns <= 200us", "iops_spread <= 10%",
 * "firmware matches GXA7*". Names are those in the JSON of a result or a device.
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
	UNIT_TEXT, /* not a number */
	UNITS,
};

extern const char *const unit_names[UNITS]; /* NULL for yes or no and for text */

enum limit_op { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT, OP_GT, OP_MATCHES, LIMIT_OPS };

extern const char *const limit_ops[LIMIT_OPS]; /* "==", .. "matches" (fnmatch(3)) */

/* What a limit is about. */
enum limit_of { OF_DEVICE, OF_BENCH };

/* Which I/Os: "read.iops". */
enum limit_part {
	LIMIT_TOTAL,
	LIMIT_READ,
	LIMIT_WRITE,
	LIMIT_TRIM,
	LIMIT_SYNC,
	LIMIT_SERVICE,
	LIMIT_PARTS
};

/* Difference between several values, (largest - smallest) / mean. */
enum limit_spread {
	SPREAD_NONE,
	SPREAD_DEVICES, /* "iops_spread": between devices, each with the median of its runs */
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

/* Parses a limit; the caller sets required. Returns -EINVAL, FAIL_USAGE, with what was expected and a
 * suggestion. */
int limit_parse(enum limit_of of, const char *text, struct limit *l, struct fail *f);

/* Checks whether this many runs of this job have the metric. Returns -EINVAL with the reason. */
int limit_suits(const struct limit *l, const struct job *job, unsigned repeat, struct fail *f);

/* Whether no value can meet both. */
bool limit_contradicts(const struct limit *a, const struct limit *b);

/* Returns the limited value of a result or a device. A percentile with too few I/Os beyond it, and what
 * sysfs does not report, is unknown. */
struct value limit_of_result(const struct limit *l, const struct result *res);
struct value limit_of_device(const struct limit *l, const struct device *d);

bool limit_holds(const struct limit *l, const struct value *v);

/* Appends "326k, below 500k". */
void limit_explain(const struct limit *l, const struct value *v, struct str *to);

/* Appends a number in the syntax of limit_parse(), with four digits: "513.8k", "49.3us". */
void limit_number(struct str *to, enum unit unit, double number);

#endif
