/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <string.h>

#include "probe/lib/base.h"

void say_exact(struct str *to, double value)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	str_add(to, text);
}

void say_number(struct str *to, double value, const char *unit)
{
	static const struct {
		const char *unit;
		enum out_unit as;
		const char *then;
	} units[] = {
		{ "IOPS", OUT_COUNT, " IOPS" },
		{ "ns", OUT_NS, "" },
		{ "bytes", OUT_BYTES, "" },
		{ "bytes_per_s", OUT_BYTES_PER_S, "" },
	};

	for (unsigned i = 0; unit && i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].unit))
			continue;
		out_number(to, value, units[i].as);
		str_add(to, units[i].then);
		return;
	}
	if (unit && !strcmp(unit, "share")) {
		str_addf(to, "%.3g%%", value * 100);
		return;
	}
	say_exact(to, value);
	if (unit && *unit && strcmp(unit, "count"))
		str_addf(to, " %s", unit);
}

enum out_unit out_unit_of(enum unit unit)
{
	static const enum out_unit as[UNITS] = {
		[UNIT_IOPS] = OUT_COUNT,
		[UNIT_NS] = OUT_NS,
		[UNIT_BYTES_PER_S] = OUT_BYTES_PER_S,
	};

	return as[unit];
}
