/* SPDX-License-Identifier: MIT */
/* Which opcode an I/O has, and the fields of its SQE. */
#ifndef BENCH_ENGINE_FILL_H
#define BENCH_ENGINE_FILL_H

#include <liburing.h>
#include <linux/falloc.h>

#include "discard.h"
#include "loop.h"
#include "nvme.h"

static inline void choose_ops(struct loop *l)
{
	const struct job *j = l->w->job;
	const bool fixed = l->w->wr.fixed_bufs, vectored = j->engine == ENGINE_VECTORED;

	l->op[IO_READ] = vectored ? fixed ? OP_READV_FIXED : OP_READV
			 : fixed  ? OP_READ_FIXED
				  : OP_READ;
	l->op[IO_WRITE] = vectored ? fixed ? OP_WRITEV_FIXED : OP_WRITEV
			  : fixed  ? OP_WRITE_FIXED
				   : OP_WRITE;
	l->op[IO_TRIM] = OP_FALLOCATE;
	l->op[IO_SYNC] = OP_FSYNC;
	l->op_flags[IO_WRITE] = j->dsync ? RWF_DSYNC : 0;
	l->op_flags[IO_SYNC] = j->fdatasync ? IORING_FSYNC_DATASYNC : 0;
	if (l->nop)
		l->op[IO_READ] = OP_NOP;
	if (j->engine == ENGINE_NVME)
		l->op[IO_READ] = l->op[IO_WRITE] = OP_URING_CMD;
}

static inline void fill(struct loop *l, struct io_uring_sqe *sqe, uint32_t at)
{
	struct worker *w = l->w;
	struct slot *slot = &l->slots[at];
	const struct io *io = &slot->io;
	char *buf;

	sqe->user_data = at;
	if (l->nop)
		return;
	buf = w->wr.buffers ? buffer_of(l, at) : NULL;
	/* The kernel refuses a buffer index for a sync. */
	sqe->buf_index = w->wr.fixed_bufs && io->kind <= IO_WRITE ? buffer_index(l, at) : 0;
	if (w->job->engine == ENGINE_NVME) {
		if (io->kind == IO_TRIM)
			nvme_fill_trim(sqe, &w->nvme, io->offset, (void *)buf, io->bytes);
		else
			nvme_fill(sqe, &w->nvme, io->kind == IO_WRITE, io->offset, buf, io->bytes);
		return;
	}
	if (w->trim == TRIM_DISCARD) {
		discard_fill(sqe, io->offset, io->bytes);
		return;
	}
	sqe->opcode = l->op[io->kind];
	sqe->rw_flags = l->op_flags[io->kind];
	sqe->off = io->offset;
	if (io->kind == IO_TRIM) {
		sqe->addr = io->bytes;
		sqe->len = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	} else if (io->kind == IO_SYNC) {
		sqe->addr = 0;
		sqe->len = 0;
	} else if (w->job->engine == ENGINE_VECTORED) {
		slot->iov = (struct iovec){ buf, io->bytes };
		sqe->addr = (uintptr_t)&slot->iov;
		sqe->len = 1;
	} else {
		sqe->addr = (uintptr_t)buf;
		sqe->len = io->bytes;
	}
}

#endif
