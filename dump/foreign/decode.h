/* SPDX-License-Identifier: MIT */
/* Decodes SQEs and CQEs. Pure: accepts any bytes; values that are not in the tables remain numbers. */
#ifndef DUMP_FOREIGN_DECODE_H
#define DUMP_FOREIGN_DECODE_H

#include "fdinfo.h"
#include "probe/uapi/uapi.h"

#define OPCODE_UNKNOWN 0xffffu /* fdinfo has names of opcodes, but not all */

struct sqe_facts {
	uint32_t slot, index;
	bool valid_index; /* otherwise there is no SQE, and the rest is unset */
	bool whole;	  /* false: from fdinfo, which lacks the members marked * */
	bool big;	  /* 128 bytes */
	uint16_t opcode;
	uint8_t flags;
	uint16_t ioprio; /* * */
	int32_t fd;
	uint64_t off, addr;
	uint32_t len; /* * */
	uint32_t op_flags;
	uint64_t user_data;
	uint16_t buf_index, personality; /* personality: * */
	uint32_t file_index;		 /* * */
	int chain;			 /* number of its link chain; -1: none */
};

struct cqe_facts {
	uint32_t slot;
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
	bool big;
	uint64_t extra[2]; /* of a big one */
};

/* Decodes the 64 bytes at p; the caller sets where the entry is. */
void decode_sqe(const unsigned char *p, bool big_endian, struct sqe_facts *out);
/* Decodes 16 bytes, or 32 if it is big. */
void decode_cqe(const unsigned char *p, bool big, bool big_endian, struct cqe_facts *out);

/* Whether the result of a zero-copy notification is IORING_NOTIF_USAGE_ZC_COPIED, not an errno. */
bool decode_zc_copied(const struct cqe_facts *c);

void decode_info_sqe(const struct fdinfo_sqe *s, struct sqe_facts *out);
void decode_info_cqe(const struct fdinfo_cqe *c, struct cqe_facts *out);

/* Numbers the link chains of SQEs in submission order: one with IO_LINK or IO_HARDLINK is linked to the
 * next. */
void decode_chains(struct sqe_facts *sqes, unsigned n);

/* "READ", or NULL for an unknown opcode. */
const char *decode_op(uint16_t opcode);

enum op_fd { OP_FD_NONE, OP_FD_FILE, OP_FD_DIR };

/* Meaning of the fd for an opcode; an unknown opcode is assumed to have a file. */
enum op_fd decode_fd_kind(uint16_t opcode);

/* Name of the member at byte 28 for an opcode. */
const char *decode_op_flags_name(uint16_t opcode);

typedef void (*flag_fn)(void *arg, const char *name);

/* Calls fn with the name of each bit that is set; bits without a name come last, as "0x40". */
void decode_op_flags(uint16_t opcode, uint32_t value, flag_fn fn, void *arg);
/* The same for flags in another member, such as "ioprio"; NULL and nothing if the opcode has none. */
const char *decode_more_flags_name(uint16_t opcode);
void decode_more_flags(const struct sqe_facts *s, flag_fn fn, void *arg);
void decode_sqe_flags(uint8_t flags, flag_fn fn, void *arg);
/* Without the buffer ID in the upper half, which is valid if BUFFER is set. */
void decode_cqe_flags(uint32_t flags, flag_fn fn, void *arg);
void decode_sq_ring_flags(uint32_t flags, flag_fn fn, void *arg);
void decode_cq_ring_flags(uint32_t flags, flag_fn fn, void *arg);

#endif
