/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <stdio.h>
#include <string.h>

#include "probe/lib/base.h"

#define SHIFT	       32
#define CALIBRATION_NS 20000000
#define MARKS	       16
#define STEPS	       1000
#define SUSPEND_NS     10000000

#if defined(__x86_64__)
static bool tsc_is_steady(void)
{
	char buf[8192];

	/* The flags line of the first CPU; the kernel removes constant_tsc if it detects drift. */
	if (file_read("/proc/cpuinfo", buf, sizeof(buf)) < 0)
		return false;
	if (!strstr(buf, " constant_tsc ") || !strstr(buf, " nonstop_tsc "))
		return false;
	return file_read("/sys/devices/system/clocksource/clocksource0/available_clocksource", buf,
			 sizeof(buf)) > 0 &&
	       strstr(buf, "tsc");
}
#endif

/* Of several readings, keeps the one whose two clock readings are closest together. */
void clock_mark(const struct clock *c, struct clock_mark *m)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < MARKS; i++) {
		uint64_t before = mono_ns(), ticks = clock_ticks(c), after = mono_ns();

		if (after - before >= best)
			continue;
		best = after - before;
		*m = (struct clock_mark){ ticks, before + best / 2 };
	}
}

double clock_drift(const struct clock *c, const struct clock_mark *from,
		   const struct clock_mark *to)
{
	double mono = (double)to->ns - from->ns;

	/* A clock that went backwards counts as the worst possible. */
	if (to->ticks < from->ticks)
		return -1;
	return mono > 0 ? clock_ns(c, to->ticks - from->ticks) / mono - 1 : 0;
}

uint64_t clock_suspended_ns(void)
{
	uint64_t best = UINT64_MAX, suspended = 0;

	for (unsigned i = 0; i < MARKS; i++) {
		struct timespec ts = { 0 };
		uint64_t before = mono_ns(), boot, after;

		clock_gettime(CLOCK_BOOTTIME, &ts);
		after = mono_ns();
		boot = ts.tv_sec * 1000000000ull + ts.tv_nsec;
		if (after - before >= best)
			continue;
		best = after - before;
		suspended = boot > before ? boot - before : 0;
	}
	return suspended;
}

uint64_t clock_suspended_since(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns + SUSPEND_NS ? to_ns - from_ns : 0;
}

static uint64_t smallest_step(const struct clock *c)
{
	uint64_t least = UINT64_MAX, before = clock_ticks(c);

	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t now = clock_ticks(c);

		if (now > before && now - before < least)
			least = now - before;
		before = now;
	}
	return least == UINT64_MAX ? 0 : clock_ns(c, least);
}

#if defined(__x86_64__)
static void calibrate(struct clock *c)
{
	const struct timespec pause = { .tv_nsec = CALIBRATION_NS };
	struct clock tsc = { .tsc = true, .mult = 1 };
	struct clock_mark from = { 0 }, to = { 0 };

	if (!tsc_is_steady())
		return;
	clock_mark(&tsc, &from);
	nanosleep(&pause, NULL);
	clock_mark(&tsc, &to);
	if (to.ticks <= from.ticks || to.ns <= from.ns)
		return;
	c->tsc = true;
	c->shift = SHIFT;
	c->mult = ((unsigned __int128)(to.ns - from.ns) << SHIFT) / (to.ticks - from.ticks);
	c->name = "tsc";
}
#endif

void clock_init(struct clock *c)
{
	*c = (struct clock){ .mult = 1, .name = "clock_gettime" };
#if defined(__x86_64__)
	calibrate(c);
#endif
	c->step_ns = smallest_step(c);
}
