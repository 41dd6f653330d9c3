/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "probe/base.h"

struct bit {
	uint32_t value;
	const char *name;
};

#define END             \
	{               \
		0, NULL \
	}

/* Numbers where a C library may lack the name: include/uapi/linux/{fs,io_uring,fcntl}.h of 7.3. */
static const struct bit none_bits[] = { END };
static const struct bit nop_bits[] = { { 1, "INJECT_RESULT" },
				       { 2, "FILE" },
				       { 4, "FIXED_FILE" },
				       { 8, "FIXED_BUFFER" },
				       { 16, "TW" },
				       { 32, "CQE32" },
				       END };
static const struct bit rw_bits[] = { { 0x1, "HIPRI" },	     { 0x2, "DSYNC" },
				      { 0x4, "SYNC" },	     { 0x8, "NOWAIT" },
				      { 0x10, "APPEND" },    { 0x20, "NOAPPEND" },
				      { 0x40, "ATOMIC" },    { 0x80, "DONTCACHE" },
				      { 0x100, "NOSIGNAL" }, END };
static const struct bit fsync_bits[] = { { 1, "DATASYNC" }, END };
static const struct bit poll_bits[] = { { POLLIN, "IN" },	   { POLLPRI, "PRI" },
					{ POLLOUT, "OUT" },	   { POLLERR, "ERR" },
					{ POLLHUP, "HUP" },	   { POLLRDHUP, "RDHUP" },
					{ 1u << 28, "EXCLUSIVE" }, { 1u << 30, "ONESHOT" },
					{ 1u << 31, "ET" },	   END };
static const struct bit sync_range_bits[] = {
	{ 1, "WAIT_BEFORE" }, { 2, "WRITE" }, { 4, "WAIT_AFTER" }, END
};
static const struct bit msg_bits[] = { { MSG_OOB, "OOB" },
				       { MSG_PEEK, "PEEK" },
				       { MSG_DONTROUTE, "DONTROUTE" },
				       { MSG_TRUNC, "TRUNC" },
				       { MSG_DONTWAIT, "DONTWAIT" },
				       { MSG_EOR, "EOR" },
				       { MSG_WAITALL, "WAITALL" },
				       { MSG_NOSIGNAL, "NOSIGNAL" },
				       { MSG_MORE, "MORE" },
				       { MSG_ZEROCOPY, "ZEROCOPY" },
				       { MSG_CMSG_CLOEXEC, "CMSG_CLOEXEC" },
				       END };
static const struct bit timeout_bits[] = {
	{ 1, "ABS" },	     { 2, "UPDATE" },	       { 4, "BOOTTIME" },
	{ 8, "REALTIME" },   { 16, "LINK_UPDATE" },    { 32, "ETIME_SUCCESS" },
	{ 64, "MULTISHOT" }, { 128, "IMMEDIATE_ARG" }, END
};
static const struct bit accept_bits[] = { { SOCK_NONBLOCK, "NONBLOCK" },
					  { SOCK_CLOEXEC, "CLOEXEC" },
					  END };
static const struct bit cancel_bits[] = {
	{ 1, "ALL" },	    { 2, "FD" },  { 4, "ANY" }, { 8, "FD_FIXED" },
	{ 16, "USERDATA" }, { 32, "OP" }, END
};
static const struct bit open_bits[] = { { O_WRONLY, "WRONLY" },	      { O_RDWR, "RDWR" },
					{ O_CREAT, "CREAT" },	      { O_EXCL, "EXCL" },
					{ O_NOCTTY, "NOCTTY" },	      { O_TRUNC, "TRUNC" },
					{ O_APPEND, "APPEND" },	      { O_NONBLOCK, "NONBLOCK" },
					{ O_DSYNC, "DSYNC" },	      { O_DIRECT, "DIRECT" },
					{ O_DIRECTORY, "DIRECTORY" }, { O_NOFOLLOW, "NOFOLLOW" },
					{ O_NOATIME, "NOATIME" },     { O_CLOEXEC, "CLOEXEC" },
					{ O_PATH, "PATH" },	      END };
static const struct bit at_bits[] = { { AT_SYMLINK_NOFOLLOW, "SYMLINK_NOFOLLOW" },
				      { AT_REMOVEDIR, "REMOVEDIR" },
				      { AT_SYMLINK_FOLLOW, "SYMLINK_FOLLOW" },
				      { AT_NO_AUTOMOUNT, "NO_AUTOMOUNT" },
				      { AT_EMPTY_PATH, "EMPTY_PATH" },
				      { AT_STATX_FORCE_SYNC, "FORCE_SYNC" },
				      { AT_STATX_DONT_SYNC, "DONT_SYNC" },
				      END };
static const struct bit splice_bits[] = { { 1, "MOVE" }, { 2, "NONBLOCK" },	      { 4, "MORE" },
					  { 8, "GIFT" }, { 1u << 31, "FD_IN_FIXED" }, END };
static const struct bit msg_ring_bits[] = { { 1, "CQE_SKIP" }, { 2, "FLAGS_PASS" }, END };
static const struct bit cmd_bits[] = { { 1, "FIXED" }, { 2, "MULTISHOT" }, END };

static const struct bit sq_ring[] = { { SQ_NEED_WAKEUP, "NEED_WAKEUP" },
				      { SQ_CQ_OVERFLOW, "CQ_OVERFLOW" },
				      { SQ_TASKRUN, "TASKRUN" },
				      END };
static const struct bit cq_ring[] = { { CQ_EVENTFD_DISABLED, "EVENTFD_DISABLED" }, END };

static const struct {
	enum op_fd fd;
	const char *flags_name;
	const struct bit *bits;
} shapes[] = {
#define SHAPE(name, fd, flags_name, bits) [OP_##name] = { fd, flags_name, bits##_bits },
#include "op.def"
#undef SHAPE
};

enum {
#define SHAPE(...) +1
	N_SHAPES = 0
#include "op.def"
#undef SHAPE
	,
#define OP(...) +1
	N_OPS = 0
#include "probe/uapi/opcodes.def"
#undef OP
};
static_assert((int)N_SHAPES == (int)N_OPS, "a row for each opcode");

static bool is_known(uint16_t opcode)
{
	return opcode < ARRAY_SIZE(shapes) && shapes[opcode].bits;
}

/* Where the members lie: struct io_uring_sqe, the same from 5.1 to 7.3. */
void decode_sqe(const unsigned char *p, struct sqe_facts *out)
{
	struct sqe_facts got = { .valid_index = true, .whole = true, .chain = -1 };

	got.opcode = p[0];
	got.flags = p[1];
	memcpy(&got.ioprio, p + 2, sizeof(got.ioprio));
	memcpy(&got.fd, p + 4, sizeof(got.fd));
	memcpy(&got.off, p + 8, sizeof(got.off));
	memcpy(&got.addr, p + 16, sizeof(got.addr));
	memcpy(&got.len, p + 24, sizeof(got.len));
	memcpy(&got.op_flags, p + 28, sizeof(got.op_flags));
	memcpy(&got.user_data, p + 32, sizeof(got.user_data));
	memcpy(&got.buf_index, p + 40, sizeof(got.buf_index));
	memcpy(&got.personality, p + 42, sizeof(got.personality));
	*out = got;
}

void decode_cqe(const unsigned char *p, bool big, struct cqe_facts *out)
{
	struct cqe_facts got = { .big = big };

	memcpy(&got.user_data, p, sizeof(got.user_data));
	memcpy(&got.res, p + 8, sizeof(got.res));
	memcpy(&got.flags, p + 12, sizeof(got.flags));
	if (big)
		memcpy(got.extra, p + 16, sizeof(got.extra));
	*out = got;
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
	return is_known(opcode) ? shapes[opcode].fd : OP_FD_FILE;
}

const char *decode_op_flags_name(uint16_t opcode)
{
	return is_known(opcode) ? shapes[opcode].flags_name : "rw_flags";
}

static void name_bits(const struct bit *bits, uint32_t value, flag_fn fn, void *arg)
{
	char rest[16];

	for (; bits->name; bits++)
		if ((value & bits->value) == bits->value) {
			fn(arg, bits->name);
			value &= ~bits->value;
		}
	if (!value)
		return;
	snprintf(rest, sizeof(rest), "0x%x", value);
	fn(arg, rest);
}

void decode_op_flags(uint16_t opcode, uint32_t value, flag_fn fn, void *arg)
{
	name_bits(is_known(opcode) ? shapes[opcode].bits : none_bits, value, fn, arg);
}

static void name_rows(enum uapi_kind kind, uint32_t value, flag_fn fn, void *arg)
{
	const struct uapi_table *t = &uapi_tables[kind];

	for (unsigned i = 0; i < t->n; i++)
		if (value & 1u << t->rows[i].number) {
			fn(arg, uapi_short(kind, &t->rows[i]));
			value &= ~(1u << t->rows[i].number);
		}
	name_bits(none_bits, value, fn, arg);
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
	name_bits(sq_ring, flags, fn, arg);
}

void decode_cq_ring_flags(uint32_t flags, flag_fn fn, void *arg)
{
	name_bits(cq_ring, flags, fn, arg);
}
