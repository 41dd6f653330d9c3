/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "probe/kernel/machine.h"
#include "probe/lib/base.h"

struct bit {
	uint32_t value;
	const char *name;
};

#define END             \
	{               \
		0, NULL \
	}

/* The flags of a member: rows of op_flags.def of an area whose names begin with one of the prefixes, without
 * the prefix; and bits not defined by io_uring. */
struct flag_set {
	const char *area;
	const char *prefixes[6];
	const struct bit *bits;
};

#define BITS(...)                    \
	.bits = (const struct bit[]) \
	{                            \
		__VA_ARGS__, END     \
	}

/* Numbers that a C library may lack: include/uapi/linux/{fs,fcntl,futex,wait}.h of 7.3. */
static const struct flag_set none_flags = { 0 };
static const struct flag_set nop_flags = { "NOP", { "IORING_NOP_" } };
static const struct flag_set rw_flags = { "READ/WRITE", { "RWF_" }, BITS({ 1, "HIPRI" }) };
static const struct flag_set fsync_flags = { "FSYNC", { "IORING_FSYNC_" } };
static const struct flag_set poll_flags = { BITS(
	{ POLLIN, "IN" }, { POLLPRI, "PRI" }, { POLLOUT, "OUT" }, { POLLERR, "ERR" },
	{ POLLHUP, "HUP" }, { POLLRDHUP, "RDHUP" }, { 1u << 28, "EXCLUSIVE" },
	{ 1u << 30, "ONESHOT" }, { 1u << 31, "ET" }) };
static const struct flag_set poll_cmd_flags = { "POLL", { "IORING_POLL_" } };
static const struct flag_set sync_range_flags = { BITS({ 1, "WAIT_BEFORE" }, { 2, "WRITE" },
						       { 4, "WAIT_AFTER" }) };
static const struct flag_set msg_flags = { BITS(
	{ MSG_OOB, "OOB" }, { MSG_PEEK, "PEEK" }, { MSG_DONTROUTE, "DONTROUTE" },
	{ MSG_TRUNC, "TRUNC" }, { MSG_DONTWAIT, "DONTWAIT" }, { MSG_EOR, "EOR" },
	{ MSG_WAITALL, "WAITALL" }, { MSG_NOSIGNAL, "NOSIGNAL" }, { MSG_MORE, "MORE" },
	{ MSG_ZEROCOPY, "ZEROCOPY" }, { MSG_CMSG_CLOEXEC, "CMSG_CLOEXEC" }) };
static const struct flag_set recvsend_flags = {
	"SEND/RECV", { "IORING_RECVSEND_", "IORING_RECV_", "IORING_SEND_ZC_", "IORING_SEND_" }
};
static const struct flag_set timeout_flags = { "TIMEOUT", { "IORING_TIMEOUT_", "IORING_" } };
static const struct flag_set accept_flags = { BITS({ SOCK_NONBLOCK, "NONBLOCK" },
						   { SOCK_CLOEXEC, "CLOEXEC" }) };
static const struct flag_set accept_prio_flags = { "ACCEPT", { "IORING_ACCEPT_" } };
static const struct flag_set cancel_flags = { "CANCEL", { "IORING_ASYNC_CANCEL_" } };
static const struct flag_set fallocate_flags = { BITS(
	{ 1, "KEEP_SIZE" }, { 2, "PUNCH_HOLE" }, { 8, "COLLAPSE_RANGE" }, { 16, "ZERO_RANGE" },
	{ 32, "INSERT_RANGE" }, { 64, "UNSHARE_RANGE" }, { 128, "WRITE_ZEROES" }) };
static const struct flag_set open_flags = { BITS(
	{ O_WRONLY, "WRONLY" }, { O_RDWR, "RDWR" }, { O_CREAT, "CREAT" }, { O_EXCL, "EXCL" },
	{ O_NOCTTY, "NOCTTY" }, { O_TRUNC, "TRUNC" }, { O_APPEND, "APPEND" },
	{ O_NONBLOCK, "NONBLOCK" }, { O_DSYNC, "DSYNC" }, { O_DIRECT, "DIRECT" },
	{ O_DIRECTORY, "DIRECTORY" }, { O_NOFOLLOW, "NOFOLLOW" }, { O_NOATIME, "NOATIME" },
	{ O_CLOEXEC, "CLOEXEC" }, { O_PATH, "PATH" }) };
static const struct flag_set at_flags = { BITS(
	{ AT_SYMLINK_NOFOLLOW, "SYMLINK_NOFOLLOW" }, { AT_REMOVEDIR, "REMOVEDIR" },
	{ AT_SYMLINK_FOLLOW, "SYMLINK_FOLLOW" }, { AT_NO_AUTOMOUNT, "NO_AUTOMOUNT" },
	{ AT_EMPTY_PATH, "EMPTY_PATH" }, { AT_STATX_FORCE_SYNC, "FORCE_SYNC" },
	{ AT_STATX_DONT_SYNC, "DONT_SYNC" }) };
static const struct flag_set rename_flags = { BITS({ 1, "NOREPLACE" }, { 2, "EXCHANGE" },
						   { 4, "WHITEOUT" }) };
static const struct flag_set xattr_flags = { BITS({ 1, "CREATE" }, { 2, "REPLACE" }) };
static const struct flag_set splice_flags = { "SPLICE/TEE",
					      { "SPLICE_F_" },
					      BITS({ 1, "MOVE" }, { 2, "NONBLOCK" }, { 4, "MORE" },
						   { 8, "GIFT" }) };
static const struct flag_set msg_ring_flags = { "MSG_RING", { "IORING_MSG_RING_" } };
static const struct flag_set cmd_flags = { "URING_CMD", { "IORING_URING_CMD_" } };
static const struct flag_set waitid_flags = { BITS({ 1, "NOHANG" }, { 2, "STOPPED" },
						   { 4, "EXITED" }, { 8, "CONTINUED" },
						   { 1u << 24, "NOWAIT" }, { 1u << 29, "NOTHREAD" },
						   { 1u << 30, "ALL" }, { 1u << 31, "CLONE" }) };
/* The lowest two bits are the size of the word. */
static const struct flag_set futex2_flags = { BITS({ 3, "SIZE_U64" }, { 2, "SIZE_U32" },
						   { 1, "SIZE_U16" }, { 4, "NUMA" }, { 8, "MPOL" },
						   { 128, "PRIVATE" }) };
static const struct flag_set fixed_fd_flags = { "FIXED_FD_INSTALL", { "IORING_FIXED_FD_" } };

static const struct bit sq_ring[] = { { SQ_NEED_WAKEUP, "NEED_WAKEUP" },
				      { SQ_CQ_OVERFLOW, "CQ_OVERFLOW" },
				      { SQ_TASKRUN, "TASKRUN" },
				      END };
static const struct bit cq_ring[] = { { CQ_EVENTFD_DISABLED, "EVENTFD_DISABLED" }, END };

enum place { PLACE_NONE, PLACE_IOPRIO, PLACE_LEN, PLACE_FD, PLACE_FILE_INDEX };

static const struct {
	enum op_fd fd;
	const char *flags_name;
	const struct flag_set *flags;
	enum place place;
	const struct flag_set *more;
} sqe_members[] = {
#define SQE_MEMBERS(name, fd, flags_name, flags, place, more) \
	[OP_##name] = { fd, flags_name, &flags##_flags, PLACE_##place, &more##_flags },
#include "dump/abi/op.def"
#undef SQE_MEMBERS
};

enum {
#define SQE_MEMBERS(...) +1
	N_SQE_MEMBERS = 0
#include "dump/abi/op.def"
#undef SQE_MEMBERS
	,
#define OP(...) +1
	N_OPS = 0
#include "probe/uapi/opcodes.def"
#undef OP
};
static_assert((int)N_SQE_MEMBERS == (int)N_OPS, "a row for each opcode");

static bool is_known(uint16_t opcode)
{
	return opcode < ARRAY_SIZE(sqe_members) && sqe_members[opcode].flags;
}

/* Where the members lie: struct io_uring_sqe, the same from 5.1 to 7.3. */
void decode_sqe(const unsigned char *p, bool big_endian, struct sqe_facts *out)
{
	struct sqe_facts got = { .valid_index = true, .whole = true, .chain = -1 };

	got.opcode = p[0];
	got.flags = p[1];
	got.ioprio = load_u16(p + 2, big_endian);
	got.fd = load_u32(p + 4, big_endian);
	got.off = load_u64(p + 8, big_endian);
	got.addr = load_u64(p + 16, big_endian);
	got.len = load_u32(p + 24, big_endian);
	got.op_flags = load_u32(p + 28, big_endian);
	got.user_data = load_u64(p + 32, big_endian);
	got.buf_index = load_u16(p + 40, big_endian);
	got.personality = load_u16(p + 42, big_endian);
	got.file_index = load_u32(p + 44, big_endian);
	/* The halves of poll32_events are in little-endian order. */
	if (big_endian && (got.opcode == OP_POLL_ADD || got.opcode == OP_POLL_REMOVE))
		got.op_flags = got.op_flags << 16 | got.op_flags >> 16;
	*out = got;
}

void decode_cqe(const unsigned char *p, bool big, bool big_endian, struct cqe_facts *out)
{
	struct cqe_facts got = { .big = big };

	got.user_data = load_u64(p, big_endian);
	got.res = load_u32(p + 8, big_endian);
	got.flags = load_u32(p + 12, big_endian);
	for (unsigned i = 0; big && i < ARRAY_SIZE(got.extra); i++)
		got.extra[i] = load_u64(p + 16 + 8 * i, big_endian);
	*out = got;
}

bool decode_zc_copied(const struct cqe_facts *c)
{
	return c->flags & CQEF_NOTIF &&
	       (uint32_t)c->res == uapi_tables[UAPI_OPFLAG].rows[OPF_NOTIF_ZC_COPIED].number;
}

static uint16_t opcode_of(const char *name)
{
	const struct uapi_table *t = &uapi_tables[UAPI_OP];

	for (unsigned i = 0; i < t->n; i++)
		if (!strcmp(uapi_short(UAPI_OP, &t->rows[i]), name))
			return t->rows[i].number;
	return OPCODE_UNKNOWN;
}

void decode_info_sqe(const struct fdinfo_sqe *s, struct sqe_facts *out)
{
	*out = (struct sqe_facts){
		.index = s->index,
		.valid_index = true,
		.big = s->has_extra,
		.opcode = opcode_of(s->op),
		.flags = s->flags,
		.fd = s->fd,
		.off = s->off,
		.addr = s->addr,
		.op_flags = s->rw_flags,
		.user_data = s->user_data,
		.buf_index = s->buf_index,
		.chain = -1,
	};
}

void decode_info_cqe(const struct fdinfo_cqe *c, struct cqe_facts *out)
{
	*out = (struct cqe_facts){
		.slot = c->slot,
		.user_data = c->user_data,
		.res = c->res,
		.flags = c->flags,
		.big = c->has_extra,
		.extra = { c->extra[0], c->extra[1] },
	};
}

void decode_chains(struct sqe_facts *sqes, unsigned n)
{
	bool linked = false;
	int chain = -1;

	for (unsigned i = 0; i < n; i++) {
		bool links = sqes[i].valid_index &&
			     sqes[i].flags & (SQEF_IO_LINK | SQEF_IO_HARDLINK);

		if (links && !linked)
			chain++;
		sqes[i].chain = links || linked ? chain : -1;
		linked = links;
	}
}

const char *decode_op(uint16_t opcode)
{
	const struct uapi_row *row = uapi_find(UAPI_OP, opcode);

	return row ? uapi_short(UAPI_OP, row) : NULL;
}

enum op_fd decode_fd_kind(uint16_t opcode)
{
	return is_known(opcode) ? sqe_members[opcode].fd : OP_FD_FILE;
}

const char *decode_op_flags_name(uint16_t opcode)
{
	return is_known(opcode) ? sqe_members[opcode].flags_name : "rw_flags";
}

static uint32_t name_bits(const struct bit *bits, uint32_t value, flag_fn fn, void *arg)
{
	for (; bits->name; bits++)
		if ((value & bits->value) == bits->value) {
			fn(arg, bits->name);
			value &= ~bits->value;
		}
	return value;
}

static void name_rest(uint32_t value, flag_fn fn, void *arg)
{
	char rest[16];

	if (!value)
		return;
	snprintf(rest, sizeof(rest), "0x%x", value);
	fn(arg, rest);
}

/* The name of a row without the prefix; NULL if it has none of the prefixes. */
static const char *name_in(const struct flag_set *set, const struct uapi_row *row)
{
	for (unsigned i = 0; i < ARRAY_SIZE(set->prefixes) && set->prefixes[i]; i++) {
		size_t len = strlen(set->prefixes[i]);

		if (!strncmp(row->name, set->prefixes[i], len))
			return row->name + len;
	}
	return NULL;
}

static void name_flags(const struct flag_set *set, uint32_t value, flag_fn fn, void *arg)
{
	const struct uapi_table *t = &uapi_tables[UAPI_OPFLAG];

	for (unsigned i = 0; set->area && i < t->n; i++) {
		const struct uapi_row *row = &t->rows[i];
		const char *name;

		if (strcmp(row->area, set->area) || !(value & row->number))
			continue;
		name = name_in(set, row);
		if (!name)
			continue;
		fn(arg, name);
		value &= ~row->number;
	}
	if (set->bits)
		value = name_bits(set->bits, value, fn, arg);
	name_rest(value, fn, arg);
}

void decode_op_flags(uint16_t opcode, uint32_t value, flag_fn fn, void *arg)
{
	name_flags(is_known(opcode) ? sqe_members[opcode].flags : &none_flags, value, fn, arg);
}

const char *decode_more_flags_name(uint16_t opcode)
{
	static const char *const names[] = {
		[PLACE_IOPRIO] = "ioprio",
		[PLACE_LEN] = "len",
		[PLACE_FD] = "fd",
		[PLACE_FILE_INDEX] = "file_index",
	};

	return is_known(opcode) ? names[sqe_members[opcode].place] : NULL;
}

void decode_more_flags(const struct sqe_facts *s, flag_fn fn, void *arg)
{
	enum place place = is_known(s->opcode) ? sqe_members[s->opcode].place : PLACE_NONE;
	const uint32_t values[] = {
		[PLACE_IOPRIO] = s->ioprio,
		[PLACE_LEN] = s->len,
		[PLACE_FD] = s->fd,
		[PLACE_FILE_INDEX] = s->file_index,
	};

	if (place != PLACE_NONE)
		name_flags(sqe_members[s->opcode].more, values[place], fn, arg);
}

static void name_rows(enum uapi_kind kind, uint32_t value, flag_fn fn, void *arg)
{
	const struct uapi_table *t = &uapi_tables[kind];

	for (unsigned i = 0; i < t->n; i++)
		if (value & 1u << t->rows[i].number) {
			fn(arg, uapi_short(kind, &t->rows[i]));
			value &= ~(1u << t->rows[i].number);
		}
	name_rest(value, fn, arg);
}

void decode_sqe_flags(uint8_t flags, flag_fn fn, void *arg)
{
	name_rows(UAPI_SQE, flags, fn, arg);
}

void decode_cqe_flags(uint32_t flags, flag_fn fn, void *arg)
{
	name_rows(UAPI_CQE, flags & CQEF_BUFFER ? flags & UINT16_MAX : flags, fn, arg);
}

void decode_sq_ring_flags(uint32_t flags, flag_fn fn, void *arg)
{
	name_rest(name_bits(sq_ring, flags, fn, arg), fn, arg);
}

void decode_cq_ring_flags(uint32_t flags, flag_fn fn, void *arg)
{
	name_rest(name_bits(cq_ring, flags, fn, arg), fn, arg);
}
