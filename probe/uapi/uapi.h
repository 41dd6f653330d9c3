/* SPDX-License-Identifier: MIT */
/*
 * The numbers of the io_uring ABI. They are defined here so that an old header does not hide features of a
 * new kernel. One row per constant in uapi/NAME.def; the test uapi-header compares them with liburing's
 * header.
 */
#ifndef PROBE_UAPI_UAPI_H
#define PROBE_UAPI_UAPI_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

enum {
#define OP(nr, name, since, config, doc) OP_##name = nr,
#include "opcodes.def"
#undef OP
};

enum {
#define SETUP(bit, name, since, needs, conflicts, doc) SETUP_##name = 1u << bit,
#include "setup_flags.def"
#undef SETUP
};

enum {
#define FEAT(bit, name, since, doc) FEAT_##name = 1u << bit,
#include "features.def"
#undef FEAT
};

enum {
#define REG(nr, name, since, config, doc) name = nr,
#include "register_ops.def"
#undef REG
};

enum {
#define ENTER(bit, name, since, doc) ENTER_##name = 1u << bit,
#include "enter_flags.def"
#undef ENTER
};

enum {
#define SQE(bit, name, since, doc) SQEF_##name = 1u << bit,
#include "sqe_flags.def"
#undef SQE
};

enum {
#define CQE(bit, name, since, doc) CQEF_##name = 1u << bit,
#include "cqe_flags.def"
#undef CQE
};

/* Index in the table, not value. */
enum {
#define OPF(id, area, name, value, since, doc) OPF_##id,
#include "op_flags.def"
#undef OPF
};

/* sq_flags, written by the kernel; io_uring.h, 5.1, 5.8, 5.19 */
enum {
	SQ_NEED_WAKEUP = 1u << 0,
	SQ_CQ_OVERFLOW = 1u << 1,
	SQ_TASKRUN = 1u << 2,
};

/* cq_flags, written by the application; io_uring.h, 5.8 */
enum { CQ_EVENTFD_DISABLED = 1u << 0 };

/* mmap offsets of a ring fd; io_uring_setup(2) */
#define RING_OFF_SQ_RING 0ull
#define RING_OFF_CQ_RING 0x8000000ull
#define RING_OFF_SQES	 0x10000000ull

/* struct io_sqring_offsets, io_cqring_offsets and io_uring_params of io_uring_setup(2). Defined here because
 * liburing 2.3 lacks user_addr. */
struct ring_sq_offsets {
	__u32 head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
	__u64 user_addr;
};

struct ring_cq_offsets {
	__u32 head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
	__u64 user_addr;
};

struct ring_params {
	__u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd,
		resv[3];
	struct ring_sq_offsets sq_off;
	struct ring_cq_offsets cq_off;
};

/* struct io_uring_probe of io_uring_register(2), with space for every opcode. */
#define OP_PROBE_OPS 256
struct op_probe {
	__u8 last_op, ops_len;
	__u16 resv;
	__u32 resv2[3];
	struct {
		__u8 op, resv;
		__u16 flags;
		__u32 resv2;
	} ops[OP_PROBE_OPS];
};

/* Argument of REGISTER_QUERY for IO_URING_QUERY_OPCODES; include/uapi/linux/io_uring/query.h, 6.18 */
struct query_io {
	struct {
		__u64 next_entry, query_data;
		__u32 query_op, size;
		__s32 result;
		__u32 resv[3];
	} hdr;
	struct {
		__u32 nr_request_opcodes, nr_register_opcodes;
		__u64 feature_flags, ring_setup_flags, enter_flags, sqe_flags;
		__u32 nr_query_opcodes, pad;
	} ops;
};

struct kver {
	unsigned short major, minor;
};

enum uapi_kind {
	UAPI_OP,
	UAPI_SETUP,
	UAPI_FEAT,
	UAPI_REG,
	UAPI_ENTER,
	UAPI_SQE,
	UAPI_CQE,
	UAPI_OPFLAG,
	UAPI_KINDS,
};

/* One constant of the ABI. */
struct uapi_row {
	const char *name;	   /* as in the header */
	uint32_t number;	   /* opcode, bit index of a flag, or value (UAPI_OPFLAG) */
	struct kver since;	   /* first kernel that has it */
	const char *config;	   /* kernel option it needs beyond CONFIG_IO_URING, or NULL */
	uint32_t needs, conflicts; /* setup flags: needs one of these, refuses these */
	const char *doc;
	const char *area; /* UAPI_OPFLAG: the opcodes it belongs to */
};

struct uapi_table {
	const char *key; /* JSON key */
	const char *title;
	const char *prefix;	     /* common prefix of the names */
	bool is_mask;		     /* numbers are bit indexes */
	const struct uapi_row *rows; /* ascending by number; UAPI_OPFLAG: by area */
	unsigned n;
};

extern const struct uapi_table uapi_tables[UAPI_KINDS];

/* Returns the row with this number, or NULL if it is newer than the tables. Not for UAPI_OPFLAG, whose
 * numbers are not unique. */
const struct uapi_row *uapi_find(enum uapi_kind kind, uint32_t number);

/* Appends the short names of the flags in a mask, separated by sep. A flag that is newer than the tables is
 * "bit-N". */
void uapi_flags_text(struct str *to, enum uapi_kind kind, uint32_t mask, const char *sep);

/* Returns the name without the common prefix of its table: READV for IORING_OP_READV. */
const char *uapi_short(enum uapi_kind kind, const struct uapi_row *row);

/* Adds the setup flags that the given ones need. The caller must set ATTACH_WQ's ring fd and CQSIZE's
 * cq_entries. */
uint32_t uapi_setup_company(uint32_t flags);

#endif
