/* SPDX-License-Identifier: MIT */
/* Functional tests: uses everything that the kernel knows, and checks the results. */
#ifndef PROBE_FUNCTEST_FUNCTEST_H
#define PROBE_FUNCTEST_FUNCTEST_H

#include "probe/kernel/kernel.h"
#include "probe/uapi/fact.h"

/* The facts of all tables, each in table order. */
struct facts {
	struct fact *const *of;
	const unsigned *n;
};

/* Sets works and permitted of facts whose known is yes, and also known if only use can tell (UAPI_SQE,
 * UAPI_CQE, UAPI_OPFLAG). Every attempt has a timeout. Uses memory files, pipes, loopback sockets, a
 * directory in $TMPDIR or /tmp, children and rings; leaves nothing behind. SIGHUP, SIGINT and SIGTERM take
 * effect after the current attempt, when everything has been removed; -EINTR is returned if the process
 * survives. */
int functest(struct kernel *k, const struct facts *facts);

#endif
