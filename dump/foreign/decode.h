/* SPDX-License-Identifier: MIT */
/* What an SQE and a CQE say. Pure: any bytes have a meaning, and what no table knows stays a number. */
#ifndef DUMP_FOREIGN_DECODE_H
#define DUMP_FOREIGN_DECODE_H

#include "fdinfo.h"
#include "probe/uapi/uapi.h"

#define OPCODE_UNKNOWN 0xffffu /* fdinfo names opcodes, and not all */

struct sqe_facts {
	uint32_t slot, index;
	bool valid_index; /* else there is no SQE, and nothing below */
	bool whole;	  /* false: from fdinfo, which tells nothing of what has a * */
	bool big;	  /* 128 bytes */
	uint16_t opcode;
	uint8_t flags;
	uint16_t ioprio; /* * */
	int32_t fd;
	uint64_t off, addr;
	uint32_t len; /* * */
	uint32_t op_flags;
	uint64_t user_data;
	uint16_t buf_index, personality; /* the latter * */
	uint32_t file_index;		 /* * */
	int chain;			 /* its number among the link chains; -1: in none */
};

struct cqe_facts {
	uint32_t slot;
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
	bool big;
	uint64_t extra[2]; /* of a big one */
};

/* From the 64 bytes at p; where the entry lies is the caller's to fill in. */
void decode_sqe(const unsigned char *p, bool big_endian, struct sqe_facts *out);
/* From 16 bytes, or 32 when it is big. */
void decode_cqe(const unsigned char *p, bool big, bool big_endian, struct cqe_facts *out);

/* Whether the result of a zero-copy send's notification is IORING_NOTIF_USAGE_ZC_COPIED and no errno. */
bool decode_zc_copied(const struct cqe_facts *c);

void decode_info_sqe(const struct fdinfo_sqe *s, struct sqe_facts *out);
void decode_info_cqe(const struct fdinfo_cqe *c, struct cqe_facts *out);

/* Numbers the chains of SQEs in the order of submission: one with IO_LINK or IO_HARDLINK belongs
 * together with the next. */
void decode_chains(struct sqe_facts *sqes, unsigned n);

/* "READ", or NULL for an opcode that is not in the tables. */
const char *decode_op(uint16_t opcode);

enum op_fd { OP_FD_NONE, OP_FD_FILE, OP_FD_DIR };

/* What fd is to an opcode; an unknown one is taken to have a file. */
enum op_fd decode_fd_kind(uint16_t opcode);

/* What the member at byte 28 is called for an opcode. */
const char *decode_op_flags_name(uint16_t opcode);

typedef void (*flag_fn)(void *arg, const char *name);

/* Calls fn with the name of each bit that is set; what has no name comes last, as "0x40". */
void decode_op_flags(uint16_t opcode, uint32_t value, flag_fn fn, void *arg);
/* Likewise of what the opcode has in another member, "ioprio" say; NULL and nothing where it has none. */
const char *decode_more_flags_name(uint16_t opcode);
void decode_more_flags(const struct sqe_facts *s, flag_fn fn, void *arg);
void decode_sqe_flags(uint8_t flags, flag_fn fn, void *arg);
/* Without the buffer id in the upper half, which is there when BUFFER is set. */
void decode_cqe_flags(uint32_t flags, flag_fn fn, void *arg);
void decode_sq_ring_flags(uint32_t flags, flag_fn fn, void *arg);
void decode_cq_ring_flags(uint32_t flags, flag_fn fn, void *arg);

#endif
