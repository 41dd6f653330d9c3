/* SPDX-License-Identifier: MIT */
/* Whether IOPOLL on a file or device truly polls. */
#ifndef PROBE_DEVICE_IOPOLL_H
#define PROBE_DEVICE_IOPOLL_H

#include "device.h"
#include "probe/uapi/fact.h"

struct polling {
	enum answer polls; /* completions are polled for, and do not come by interrupt */
	char why[160];
	int res;	   /* of the read that told */
	int before, after; /* requests in flight, before it was polled for and after; -errno */
};

#define POLLING_ROUNDS 3

/* What else a polled read is judged by. Interrupts are those of the device; negative where they cannot be
 * told. */
struct polling_signs {
	bool counted;	   /* the kernel counts the requests that the disk has in flight */
	int64_t by_plain;  /* interrupts of POLLING_ROUNDS ordinary reads */
	int64_t at_rest;   /* and with nothing to do, for as long as a read is left alone */
	int64_t by_polled; /* and from the submission of the polled read to its completion */
};

/* Decides by one more read, whose res, before and after *p has, and returns true when that is the end: a
 * yes needs every round. *p is all zero before the first. */
bool polling_judge(const struct polling_signs *s, unsigned bytes, struct polling *p);

/*
 * Reads bytes (a multiple of the block size, at most 1 MiB) at an offset of fd, which was opened with
 * O_DIRECT, through an IOPOLL ring. What lies there must have been written once: for a hole no request
 * is made.
 *
 * The setup of such a ring always succeeds. A device without poll queues answers EOPNOTSUPP from
 * about 6.11 on, and before that the kernel silently uses interrupts. So the read is submitted and
 * left alone, for far longer than ordinary reads took just before: when the disk still has it in
 * flight, only polling can complete it. With queue/iostats at 0 the kernel does not count those in flight:
 * then it is polled if it raises no interrupt, where ordinary reads do. d may be NULL where no disk is
 * known, which leaves a success undecided.
 *
 * A negative errno when the trial itself could not be made; -ETIMEDOUT when the read did not complete
 * in a second.
 */
int target_polls(int fd, const struct device *d, uint64_t offset, unsigned bytes,
		 struct polling *out);

#endif
