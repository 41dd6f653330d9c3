/* SPDX-License-Identifier: MIT */
/*
 * What a device says of itself around a run: what the kernel counted, its temperature, and what an NVMe
 * drive keeps in its SMART log. Nothing is written to it.
 */
#ifndef BENCH_OBSERVE_HEALTH_H
#define BENCH_OBSERVE_HEALTH_H

#include "probe/device/device.h"

/* /sys/block/DISK/stat, or a partition's; Documentation/block/stat.rst. I/Os of the block layer, where
 * merged ones come on top of those that were made of them. */
struct health_io {
	uint64_t reads, reads_merged, read_bytes;
	uint64_t writes, writes_merged, write_bytes;
	uint64_t discards, discards_merged, discard_bytes;
	uint64_t flushes;
};

#define SMART_UNIT_BYTES 512000u
#define SMART_WARNS_HEAT 2u /* bit of critical_warning: too hot, or too cold */

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
	uint64_t throttle1_count, throttle2_count;  /* into thermal management, light and heavy */
	uint64_t throttle1_s, throttle2_s;
};

struct health {
	bool has_io, has_smart, has_temperature;
	struct health_io io;
	struct health_smart smart;
	double temperature_c; /* of hwmon, else of SMART */
	char smart_why[96];   /* why there is no SMART log, or "" */
};

/* One number of a struct health, for all who show or subtract them. */
struct health_row {
	const char *key, *label; /* label NULL: JSON alone */
	size_t offset;		 /* in struct health_io or health_smart */
	bool counter;		 /* it only grows */
};

extern const struct health_row health_io_rows[], health_smart_rows[];
extern const unsigned n_health_io_rows, n_health_smart_rows;

/* major:minor is the device or partition that the run is on, d its facts. */
void health_read(struct kernel *k, const struct device *d, unsigned major, unsigned minor,
		 struct health *h);

/* The number of a row in the struct that it belongs to. */
uint64_t health_value(const struct health_row *row, const void *base);

/* What the log page says; a counter that does not fit is the largest number. */
#define SMART_LOG_BYTES 512
void health_smart_parse(const unsigned char page[static SMART_LOG_BYTES], struct health_smart *s);

#endif
