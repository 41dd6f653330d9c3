/* SPDX-License-Identifier: MIT */
/* Whether IOPOLL on a file or device truly polls. */
#ifndef PROBE_POLLING_H
#define PROBE_POLLING_H

#include "device.h"
#include "fact.h"

struct polling {
	enum answer polls; /* completions are polled for, and do not come by interrupt */
	char why[160];
	int res;	   /* of the read that told */
	int before, after; /* requests in flight, before it was polled for and after; -errno */
};

/*
 * Reads bytes (a multiple of the block size, at most 1 MiB) at an offset of fd, which was opened with
 * O_DIRECT, through an IOPOLL ring. What lies there must have been written once: for a hole no request
 * is made.
 *
 * The setup of such a ring always succeeds. A device without poll queues answers EOPNOTSUPP from
 * about 6.11 on, and before that the kernel silently uses interrupts. So the read is submitted and
 * left alone, for far longer than ordinary reads took just before: when the disk still has it in
 * flight, only polling can complete it. d may be NULL where no disk is known, which leaves a success
 * undecided.
 *
 * A negative errno when the trial itself could not be made; -ETIMEDOUT when the read did not complete
 * in a second.
 */
int target_polls(int fd, const struct device *d, uint64_t offset, unsigned bytes,
		 struct polling *out);

#endif
