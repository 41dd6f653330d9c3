/* SPDX-License-Identifier: MIT */
#include "made.h"

#include <stdlib.h>

int made_setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	if (!m)
		return -1;
	m->res.job = (struct job){ .rw = RW_RANDREAD, .bs = 4096, .random = "uniform" };
	for (unsigned i = 0; i < WORKERS; i++) {
		m->workers[i] = (struct worker){
			.tally = m->tally[i],
			.errors = &m->errors[i],
			.findings = &m->findings[i],
			.service = m->service[i],
			/* 3000 I/Os of 1000 ns in a second. */
			.in_flight = 0.003,
			.lat_area_ns = 3000 * 1000,
			.started_ns = 1000000000 + i * 500000000ull,
			.ended_ns = 2000000000 + i * 500000000ull,
			.wr = { .enter_flags = ENTER_REGISTERED_RING },
		};
		m->workers[i].wr.ring.p.flags = SETUP_CQSIZE | SETUP_NO_SQARRAY;
		hist_add(&m->tally[i][IO_READ].lat, 1000, 3000);
		m->tally[i][IO_READ].ios = 3000;
		m->tally[i][IO_READ].bytes = 3000 * 4096;
	}
	*state = m;
	return 0;
}

int made_teardown(void **state)
{
	free(*state);
	return 0;
}

void made_sum(struct made *m)
{
	result_sum(&m->res, m->workers, WORKERS, &(struct ending){ 0 });
}

void made_sum_anew(struct made *m)
{
	m->res = (struct result){
		.job = m->res.job,
		.target = m->res.target,
		.granted.clock = m->res.granted.clock,
		.monitor = m->res.monitor,
	};
	made_sum(m);
}
