/* SPDX-License-Identifier: MIT */
#include "view-curve.h"

#include <math.h>

#include "bench/method/curve.h"
#include "cmd/draw/axis.h"
#include "cmd/output/out.h"
#include "probe/lib/base.h"

const char *const curve_series_names[CURVE_SERIES] = {
	[SERIES_P50] = "p50",
	[SERIES_P99] = "p99",
	[SERIES_P999] = "p99.9",
};

long long curve_series_ns(const struct curve_lat *lat, enum curve_series s)
{
	return s == SERIES_P50 ? lat->p50_ns : s == SERIES_P99 ? lat->p99_ns : lat->p999_ns;
}

void curve_axes(const struct curve *c, unsigned x_ticks, unsigned y_ticks, struct axis *x,
		struct axis *y)
{
	double low = INFINITY, high = 1;

	for (unsigned i = 0; i < c->n; i++) {
		for (unsigned s = 0; s < CURVE_SERIES; s++) {
			double ns = curve_series_ns(&c->points[i].lat, s);

			if (ns <= 0)
				continue;
			low = fmin(low, ns);
			high = fmax(high, ns);
		}
	}
	*x = axis_linear(c->points[c->n - 1].asked, x_ticks);
	*y = axis_log(fmin(low, high), high, y_ticks);
}

const struct curve_point *curve_knee(const struct curve *c)
{
	for (unsigned i = 0; c->found && i < c->n; i++)
		if (c->points[i].asked == c->knee)
			return &c->points[i];
	return NULL;
}

void curve_tell_interval(const struct curve *c, struct str *to)
{
	if (c->knee_low > 0) {
		str_add(to, "up to ");
		out_number(to, c->knee_low, OUT_COUNT);
		str_add(to, " always carried");
	}
	if (c->knee_high > 0) {
		str_add(to, to->len ? ", from " : "from ");
		out_number(to, c->knee_high, OUT_COUNT);
		str_add(to, " never");
	}
	if (!to->len)
		str_add(to, "no load had the same verdict each time");
}

void curve_tell_beyond(const struct curve *c, struct str *to)
{
	const struct curve_point *p = NULL;

	for (unsigned i = 0; i < c->n; i++)
		if (c->points[i].asked == c->beyond)
			p = &c->points[i];
	if (!p)
		return;
	str_add(to, "at ");
	out_number(to, p->asked, OUT_COUNT);
	if (p->verdict == CURVE_BEHIND) {
		str_add(to, " it falls behind");
		return;
	}
	str_add(to, " p99 is ");
	out_number(to, p->lat.p99_ns, OUT_NS);
	str_addf(to, ", more than %.0f times that of the idle target", c->ask.factor);
}
