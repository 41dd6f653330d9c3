/* SPDX-License-Identifier: MIT */
/* Detection by real use: what is known to the kernel is used, and what came of it is looked at. */
#ifndef PROBE_FUNCTEST_FUNCTEST_H
#define PROBE_FUNCTEST_FUNCTEST_H

#include "probe/kernel/kernel.h"
#include "probe/uapi/fact.h"

/* The facts of all tables, each in the order of its table. */
struct facts {
	struct fact *const *of;
	const unsigned *n;
};

/* Sets works, and permitted, of facts whose known is yes; and known too where only use can tell
 * (UAPI_SQE, UAPI_CQE, UAPI_OPFLAG). Every attempt is bounded in time. Uses memory files, pipes,
 * loopback sockets, a directory in $TMPDIR or /tmp, children and rings; nothing stays behind. SIGHUP,
 * SIGINT and SIGTERM end it after the attempt that is being made: they take effect when all is cleared
 * away, and -EINTR is returned if the process lives on. */
int functest(struct kernel *k, const struct facts *facts);

#endif
