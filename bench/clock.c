/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <stdio.h>
#include <string.h>

#include "probe/base.h"

#define SHIFT	       32
#define CALIBRATION_NS 20000000

#if defined(__x86_64__)
static bool tsc_is_steady(void)
{
	char buf[8192];

	/* The flags line of the first CPU; the kernel drops a TSC that is found to drift. */
	if (file_read("/proc/cpuinfo", buf, sizeof(buf)) < 0)
		return false;
	if (!strstr(buf, " constant_tsc ") || !strstr(buf, " nonstop_tsc "))
		return false;
	return file_read("/sys/devices/system/clocksource/clocksource0/available_clocksource", buf,
			 sizeof(buf)) > 0 &&
	       strstr(buf, "tsc");
}

/* The pair whose two clock readings lie closest together is the least disturbed one. */
static void stamp(uint64_t *tsc, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 16; i++) {
		uint64_t before = mono_ns(), t = __builtin_ia32_rdtsc(), after = mono_ns();

		if (after - before >= best)
			continue;
		best = after - before;
		*tsc = t;
		*ns = before + best / 2;
	}
}
#endif

void clock_init(struct clock *c)
{
	*c = (struct clock){ .mult = 1, .name = "clock_gettime" };
#if defined(__x86_64__)
	uint64_t tsc0 = 0, ns0 = 0, tsc1 = 0, ns1 = 0;
	const struct timespec pause = { .tv_nsec = CALIBRATION_NS };

	if (!tsc_is_steady())
		return;
	stamp(&tsc0, &ns0);
	nanosleep(&pause, NULL);
	stamp(&tsc1, &ns1);
	if (tsc1 <= tsc0 || ns1 <= ns0)
		return;
	c->tsc = true;
	c->shift = SHIFT;
	c->mult = ((unsigned __int128)(ns1 - ns0) << SHIFT) / (tsc1 - tsc0);
	c->name = "tsc";
#endif
}
