/* SPDX-License-Identifier: MIT */
/* A discard of a block device through io_uring: BLOCK_URING_CMD_DISCARD of linux/blkdev.h, 6.12. */
#ifndef BENCH_ENGINE_DISCARD_H
#define BENCH_ENGINE_DISCARD_H

#include <liburing.h>
#include <linux/ioctl.h>

#include "probe/uapi/uapi.h"

#define BLOCK_DISCARD _IO(0x12, 0)

/* Fills what differs from an SQE of zeros with a file. Completes with 0. */
static inline void discard_fill(struct io_uring_sqe *sqe, uint64_t offset, uint64_t bytes)
{
	sqe->opcode = OP_URING_CMD;
	sqe->off = BLOCK_DISCARD; /* cmd_op */
	sqe->addr = offset;
	sqe->addr3 = bytes;
}

#endif
