/* SPDX-License-Identifier: MIT */
/*
 * NVMe commands through io_uring: URING_CMD on /dev/ngXnY, on a ring with SQE128 and CQE32. struct
 * nvme_uring_cmd of linux/nvme_ioctl.h (5.19) is at byte 48 of the SQE.
 */
#ifndef BENCH_ENGINE_NVME_H
#define BENCH_ENGINE_NVME_H

#include <endian.h>
#include <liburing.h>
#include <linux/nvme_ioctl.h>
#include <string.h>

#include "worker.h"

/* URING_CMD with a registered buffer; 6.1. */
#define URING_CMD_FIXED (1u << 0)

enum { NVME_WRITE = 1, NVME_READ = 2, NVME_DATASET_MANAGEMENT = 9 };

#define NVME_DEALLOCATE (1u << 2) /* of Dataset Management, in cdw11 */

/* A range of Dataset Management, as the drive reads it from memory: little endian. */
struct nvme_range {
	uint32_t attributes, blocks;
	uint64_t lba;
};

static inline struct nvme_uring_cmd *nvme_command(struct io_uring_sqe *sqe)
{
	return (struct nvme_uring_cmd *)((char *)sqe + 48);
}

/* Fills the fields that are the same in every command. */
static inline void nvme_prepare(struct io_uring_sqe *sqe, const struct nvme_space *space,
				bool fixed)
{
	sqe->off = NVME_URING_CMD_IO;		     /* cmd_op */
	sqe->rw_flags = fixed ? URING_CMD_FIXED : 0; /* uring_cmd_flags */
	nvme_command(sqe)->nsid = space->nsid;
}

static inline void nvme_fill(struct io_uring_sqe *sqe, const struct nvme_space *space, bool write,
			     uint64_t offset, void *buf, uint32_t bytes)
{
	struct nvme_uring_cmd *c = nvme_command(sqe);
	uint64_t lba = offset >> space->lba_shift;

	c->opcode = write ? NVME_WRITE : NVME_READ;
	c->addr = (uintptr_t)buf;
	c->data_len = bytes;
	c->cdw10 = lba;
	c->cdw11 = lba >> 32;
	c->cdw12 = (bytes >> space->lba_shift) - 1;
}

/* Deallocates one range; the drive reads it when it executes the command. */
static inline void nvme_fill_trim(struct io_uring_sqe *sqe, const struct nvme_space *space,
				  uint64_t offset, struct nvme_range *range, uint32_t bytes)
{
	struct nvme_uring_cmd *c = nvme_command(sqe);

	*range = (struct nvme_range){
		.blocks = htole32(bytes >> space->lba_shift),
		.lba = htole64(offset >> space->lba_shift),
	};
	c->opcode = NVME_DATASET_MANAGEMENT;
	c->addr = (uintptr_t)range;
	c->data_len = sizeof(*range);
	c->cdw10 = 0; /* number of ranges minus one */
	c->cdw11 = NVME_DEALLOCATE;
}

#endif
