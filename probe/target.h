/* SPDX-License-Identifier: MIT */
/* What of io_uring works on one file or device, found by reading from it. */
#ifndef PROBE_TARGET_H
#define PROBE_TARGET_H

#include "device.h"
#include "fact.h"

struct polling {
	enum answer polls; /* completions are polled for, and do not come by interrupt */
	char why[160];
};

/*
 * Reads bytes (a multiple of the block size, at most 1 MiB) at offset 0 of fd, which was opened with
 * O_DIRECT, through an IOPOLL ring.
 *
 * The setup of such a ring always succeeds. A device without poll queues answers EOPNOTSUPP from
 * about 6.11 on, and before that the kernel silently uses interrupts. So the read is submitted and
 * left alone: when the disk still has it in flight, only polling can complete it. d may be NULL
 * where no disk is known, which leaves a success undecided.
 *
 * A negative errno when the trial itself could not be made.
 */
int target_polls(int fd, const struct device *d, unsigned bytes, struct polling *out);

#endif
