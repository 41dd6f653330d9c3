/* SPDX-License-Identifier: MIT */
/* Finds out whether IOPOLL on a file or device really polls. */
#ifndef PROBE_DEVICE_IOPOLL_H
#define PROBE_DEVICE_IOPOLL_H

#include "device.h"
#include "probe/uapi/fact.h"

struct polling {
	enum answer polls; /* completions are polled, not signalled by interrupts */
	char why[160];
	int res;	   /* of the decisive read */
	int before, after; /* requests in flight before and after polling; -errno */
};

#define POLLING_ROUNDS 3

/* Observations to judge a polled read by. Interrupts are those of the device; negative if unknown. */
struct polling_signs {
	bool counted;	   /* the kernel counts the disk's requests in flight */
	int64_t by_plain;  /* interrupts of POLLING_ROUNDS ordinary reads */
	int64_t at_rest;   /* when idle, for as long as the read is not polled for */
	int64_t by_polled; /* from the submission of the polled read to its completion */
};

/* Judges one more read, given by res, before and after of *p. Returns true if the decision is final: a yes
 * needs all rounds. *p must be zero at first. */
bool polling_judge(const struct polling_signs *s, unsigned bytes, struct polling *p);

/*
 * Reads bytes (a multiple of the block size, at most 1 MiB) at an offset of fd, which must be opened with
 * O_DIRECT, through an IOPOLL ring. The data must have been written, because a hole causes no request.
 *
 * Setting up such a ring always succeeds. Without poll queues a read fails with EOPNOTSUPP from about 6.11
 * on; older kernels silently use interrupts. So the read is submitted and not polled for, for much longer
 * than ordinary reads took just before: if the disk still has it in flight, only polling completes it. If
 * queue/iostats is 0 the kernel does not count requests in flight; the read is then polled if it raises no
 * interrupt although ordinary reads do. d may be NULL if no disk is known; success is then undecided.
 *
 * Returns a negative errno if the trial could not be made, -ETIMEDOUT if the read did not complete within a
 * second.
 */
int target_polls(int fd, const struct device *d, uint64_t offset, unsigned bytes,
		 struct polling *out);

#endif
