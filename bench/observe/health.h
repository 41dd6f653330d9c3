/* SPDX-License-Identifier: MIT */
/*
 * State of a device before and after a run: the kernel's counters, its temperature, and the SMART log of an
 * NVMe drive. Nothing is written to the device.
 */
#ifndef BENCH_OBSERVE_HEALTH_H
#define BENCH_OBSERVE_HEALTH_H

#include "probe/device/device.h"

/* /sys/block/DISK/stat, or a partition's; Documentation/block/stat.rst. Counts I/Os of the block layer;
 * merged I/Os are not included in the number of I/Os. */
struct health_io {
	uint64_t reads, reads_merged, read_bytes;
	uint64_t writes, writes_merged, write_bytes;
	uint64_t discards, discards_merged, discard_bytes;
	uint64_t flushes;
	/* Time from the start to the end of every request, added up; time with a request in flight, which is
	 * sampled at the timer's ticks; and the time in flight of all of them. */
	uint64_t read_ms, write_ms, discard_ms, flush_ms;
	uint64_t busy_ms, queue_ms;
};

#define SMART_UNIT_BYTES 512000u
#define SMART_WARNS_HEAT 2u /* bit of critical_warning: temperature above or below its threshold */

/* SMART / Health Information, log page 02h of the NVMe base specification. */
struct health_smart {
	uint64_t critical_warning; /* bits */
	uint64_t temperature_k;
	uint64_t spare_percent, used_percent;
	uint64_t data_units_read, data_units_written; /* of SMART_UNIT_BYTES */
	uint64_t host_reads, host_writes;	      /* commands */
	uint64_t busy_minutes, power_cycles, power_on_hours, unsafe_shutdowns;
	uint64_t media_errors, error_log_entries;
	uint64_t warning_minutes, critical_minutes; /* above those temperatures */
	uint64_t throttle1_count,
		throttle2_count; /* transitions to light and heavy thermal throttling */
	uint64_t throttle1_s, throttle2_s;
};

struct health {
	bool has_io, has_smart, has_temperature;
	struct health_io io;
	struct health_smart smart;
	double temperature_c; /* from hwmon, otherwise from SMART */
	uint64_t read_at_ns;  /* io; CLOCK_MONOTONIC */
	char smart_why[96];   /* why there is no SMART log, or "" */
};

/* Describes a number of health_io or health_smart, for code that shows or subtracts them. */
struct health_row {
	const char *key, *label; /* label NULL: JSON only */
	size_t offset;		 /* in struct health_io or health_smart */
	bool counter;		 /* it only increases */
};

extern const struct health_row health_io_rows[], health_smart_rows[];
extern const unsigned n_health_io_rows, n_health_smart_rows;

/* Reads the state of a device; major:minor is the device or partition of the run, d describes it. */
void health_read(struct kernel *k, const struct device *d, unsigned major, unsigned minor,
		 struct health *h);

/* Returns the number of a row in its struct, base. */
uint64_t health_value(const struct health_row *row, const void *base);

/* Parses the log page; a counter that does not fit is saturated. */
#define SMART_LOG_BYTES 512
void health_smart_parse(const unsigned char page[static SMART_LOG_BYTES], struct health_smart *s);

#endif
