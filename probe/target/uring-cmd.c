/* SPDX-License-Identifier: MIT */
/*
 * Trials of URING_CMD. All commands are queries, reads, or known to be refused: Identify Controller, a read
 * of one block, GET_FEATURES, a discard through a read-only fd, socket options of a connection created for
 * this.
 */
#include <linux/ioctl.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "probe/device/nvme-status.h"
#include "probe/lib/base.h"
#include "trial.h"

#define BIG	 (SETUP_SQE128 | SETUP_CQE32)
#define ON(type) (1u << TARGET_##type)

#define V(major, minor)      \
	{                    \
		major, minor \
	}

/* include/uapi/linux/blkdev.h, 6.12, 7.3 */
#define CMD_BLOCK_DISCARD	 _IO(0x12, 0)
#define CMD_BLOCK_ZONE_RESET_ALL _IO(0x12, 1)

/* include/uapi/linux/io_uring.h, enum io_uring_socket_op */
enum {
	CMD_SIOCINQ = 0,
	CMD_SIOCOUTQ = 1,
	CMD_GETSOCKOPT = 2,
	CMD_SETSOCKOPT = 3,
	CMD_GETSOCKNAME = 5
};

/* NVM Express Base Specification: opcodes, and CNS 1 of Identify */
#define NVME_READ      0x02
#define NVME_IDENTIFY  0x06
#define CNS_CONTROLLER 1

/* include/uapi/linux/ublk_cmd.h: struct ublksrv_ctrl_cmd; GET_FEATURES is of 6.5 */
struct ublk_command {
	uint32_t dev_id;
	uint16_t queue_id, len;
	uint64_t addr, data[2];
};

#define CMD_UBLK_GET_FEATURES _IOR('u', 0x13, struct ublk_command)

/* A command and its bytes. */
struct cmd {
	struct trial_request t;
	struct nvme_uring_cmd nvme;
	struct ublk_command ublk;
	size_t bytes; /* size of a block; 0: none */
	uint32_t level, optname, optlen;
	uint64_t addr, addr3;
};

static int prep_cmd(struct trial_request *t, struct io_uring *ring, struct io_uring_sqe *sqe,
		    struct attempt *out)
{
	const struct cmd *c = (const struct cmd *)t;
	char *body = (char *)sqe + 48;

	(void)ring;
	(void)out;
	sqe->opcode = OP_URING_CMD;
	sqe->fd = t->s->fd;
	sqe->off = t->cmd_op;
	sqe->addr = c->addr;
	/* struct { __u32 level, optname; } lies over addr, optlen over splice_fd_in. */
	if (c->level) {
		memcpy(&sqe->addr, &c->level, sizeof(c->level));
		memcpy((char *)&sqe->addr + sizeof(c->level), &c->optname, sizeof(c->optname));
	}
	sqe->splice_fd_in = c->optlen;
	memcpy(body, &c->addr3, sizeof(c->addr3));
	if (c->bytes)
		memcpy(body, c->bytes == sizeof(c->nvme) ? (const void *)&c->nvme : &c->ublk,
		       c->bytes);
	return 0;
}

static void send_cmd(struct open_target *s, const char *label, struct cmd *c, struct attempt *a)
{
	c->t.prep = prep_cmd;
	trial_attempt(s, label, &c->t, a);
}

/* The common judgement of commands; returns true if f is decided. */
static bool judge_common(struct target_fact *f, const char *what, const struct attempt *a)
{
	if (trial_refused(f, what, a))
		return true;
	fact_attempt(f, what, a);
	if (a->err == -EINVAL && !strcmp(a->note, "io_uring_setup")) {
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO,
			    "SQE128 and CQE32, which it needs, are unknown to this kernel");
		return true;
	}
	if (a->err) {
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "could not be tried: %s: %s", a->note, errno_name(a->err));
		return true;
	}
	return false;
}

/* For a command that must return res >= 0. */
static void judge_cmd(struct target_fact *f, const char *what, const struct attempt *a)
{
	if (judge_common(f, what, a))
		return;
	if (a->res >= 0)
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_YES, "%s", a->note);
	else if (a->res == -EOPNOTSUPP || a->res == -EINVAL || a->res == -ENOTTY)
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO, "unknown to this kernel");
	else
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_NO, "it failed with %s",
			    errno_name(a->res));
}

static bool try_discard(struct open_target *s, struct target_fact *f)
{
	struct cmd none = { 0 }, discard = { .t = { .cmd_op = CMD_BLOCK_DISCARD } };
	struct attempt a = { 0 }, b = { 0 };

	send_cmd(s, "URING_CMD 0", &none, &a);
	send_cmd(s, "URING_CMD discard, read-only fd", &discard, &b);
	fact_attempt(f, "command 0", &a);
	if (judge_common(f, "discard of nothing, read-only fd", &b))
		return true;
	if (b.res == -EBADF)
		fact_decide(f, ANSWER_YES, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "the device discards; never tried, it destroys data");
	else if (b.res == -EOPNOTSUPP && a.res == -EINVAL)
		fact_decide(f, ANSWER_YES, ANSWER_UNDECIDED, ANSWER_NO,
			    "the device has no discard");
	else if (b.res == -EOPNOTSUPP || (b.res == -EINVAL && a.res == -EINVAL))
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO,
			    "this kernel takes no commands to block devices");
	else
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "answered with %s", errno_name(b.res));
	return true;
}

/* The kernel first checks whether the fd is writable. */
static bool try_zone_reset(struct open_target *s, struct target_fact *f)
{
	struct cmd reset = { .t = { .cmd_op = CMD_BLOCK_ZONE_RESET_ALL } };
	struct attempt a = { 0 };

	send_cmd(s, "URING_CMD zone reset, read-only fd", &reset, &a);
	if (judge_common(f, "reset of all zones, read-only fd", &a))
		return true;
	if (a.res == -EBADF)
		fact_decide(f, ANSWER_YES, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "never tried, it destroys data");
	else if (a.res == -EOPNOTSUPP || a.res == -EINVAL)
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO, "unknown to this kernel");
	else
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "answered with %s", errno_name(a.res));
	return true;
}

/* A drive that transfers metadata too would write beyond a buffer for the block alone. */
static bool fill_nvme_read(struct open_target *s, struct target_fact *f, struct cmd *c)
{
	const struct device *d = &s->t->device;
	char format[32];
	int64_t nsid;

	if (!s->t->has_device) {
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "the block device of this namespace is not there, so its block size is "
			    "not known");
		return false;
	}
	nsid = sysfs_number(s->k, 0, "/sys/block/%s/nsid", d->disk);
	sysfs_text(s->k, format, sizeof(format), "/sys/block/%s/integrity/format", d->disk);
	if (sysfs_number(s->k, 0, "/sys/block/%s/metadata_bytes", d->disk) ||
	    (*format && strcmp(format, "none"))) {
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "not tried: its blocks carry metadata");
		return false;
	}
	if (nsid <= 0 || !d->bytes || d->logical_block <= 0 || d->logical_block > TRIAL_BYTES / 2) {
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "not tried: sysfs does not tell its block size");
		return false;
	}
	*c = (struct cmd){
		.t = { .setup = BIG, .cmd_op = NVME_URING_CMD_IO },
		.nvme = {
			.opcode = NVME_READ,
			.nsid = nsid,
			.addr = (uintptr_t)s->buf,
			.data_len = d->logical_block,
		},
		.bytes = sizeof(c->nvme),
	};
	return true;
}

static void say_status(struct target_fact *f, const struct attempt *a)
{
	char status[100];

	if (a->err || a->res <= 0)
		return;
	nvme_status_text(a->res, status, sizeof(status));
	fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_UNDECIDED, "the drive refused it: %s",
		    status);
}

static bool try_nvme_io(struct open_target *s, struct target_fact *f)
{
	static const char *const what = "read of a block, SQE128 and CQE32";
	struct attempt a = { 0 };
	struct cmd c;

	if (s->t->type == TARGET_BLOCK) {
		if (strncmp(s->t->device.driver, "nvme", 4))
			return false;
		fact_evidence(&f->fact, "none", "", "passthrough is for character devices");
		fact_decide(f, ANSWER_NA, ANSWER_NA, ANSWER_NA, "%s%s",
			    *s->t->sibling ? "the same namespace takes it on "
					   : "this kernel has no /dev/ng device for the namespace",
			    s->t->sibling);
		return true;
	}
	if (!fill_nvme_read(s, f, &c))
		return true;
	send_cmd(s, "NVME_URING_CMD_IO", &c, &a);
	judge_cmd(f, what, &a);
	say_status(f, &a);
	return true;
}

/* There is no count of passthrough commands in flight to tell whether one was polled. */
static bool try_nvme_polled(struct open_target *s, struct target_fact *f)
{
	const struct unpolled u = trial_unpolled(s->t);
	const struct device *d = &s->t->device;
	struct attempt a = { 0 };
	struct cmd c;

	if (!fill_nvme_read(s, f, &c))
		return true;
	c.t.setup |= SETUP_IOPOLL;
	send_cmd(s, "NVME_URING_CMD_IO, IOPOLL", &c, &a);
	judge_cmd(f, "the same on an IOPOLL ring", &a);
	say_status(f, &a);
	if (f->fact.works != ANSWER_YES)
		return true;
	if (d->poll_queues > 0)
		fact_evidence(&f->fact, "sysfs", d->disk, "%lld poll queues",
			      (long long)d->poll_queues);
	if (d->poll_queues == 0 || (d->poll_queues < 0 && d->poll_queues_asked == 0)) {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_NO,
			    "the command completed, but by interrupt: no poll queues");
		unpolled_fix(&u, f->fix, sizeof(f->fix));
	} else {
		fact_decide(f, ANSWER_YES, ANSWER_YES, ANSWER_UNDECIDED,
			    "the command completed; whether it was polled for shows on %s alone",
			    s->t->sibling);
	}
	return true;
}

/* Bytes 24 to 63 of Identify Controller are the model number. */
static void look_identify(struct trial_request *t, struct attempt *out)
{
	int len = 40;

	if (out->res)
		return;
	while (len && (t->s->buf[23 + len] == ' ' || !t->s->buf[23 + len]))
		len--;
	snprintf(out->note, sizeof(out->note), "Identify: %.*s", len, t->s->buf + 24);
}

static bool try_nvme_admin(struct open_target *s, struct target_fact *f)
{
	struct attempt a = { 0 };
	struct cmd c = {
		.t = { .setup = BIG, .cmd_op = NVME_URING_CMD_ADMIN, .look = look_identify },
		.nvme = {
			.opcode = NVME_IDENTIFY,
			.addr = (uintptr_t)s->buf,
			.data_len = 4096,
			.cdw10 = CNS_CONTROLLER,
		},
		.bytes = sizeof(c.nvme),
	};

	send_cmd(s, "NVME_URING_CMD_ADMIN", &c, &a);
	judge_cmd(f, "Identify Controller, SQE128 and CQE32", &a);
	say_status(f, &a);
	return true;
}

#define FEATURES "features 0x"

/* Parses the note of look_features(). */
static bool text_features(const char *note, uint64_t *features)
{
	const size_t len = strlen(FEATURES);
	char *end;

	if (strncmp(note, FEATURES, len))
		return false;
	*features = strtoull(note + len, &end, 16);
	return end != note + len && !*end;
}

static void look_features(struct trial_request *t, struct attempt *out)
{
	uint64_t features;

	memcpy(&features, t->s->buf, sizeof(features));
	if (out->res == 0)
		snprintf(out->note, sizeof(out->note), FEATURES "%llx",
			 (unsigned long long)features);
}

static bool try_ublk(struct open_target *s, struct target_fact *f)
{
	struct attempt a = { 0 };
	struct cmd c = {
		.t = { .setup = SETUP_SQE128,
		       .cmd_op = CMD_UBLK_GET_FEATURES,
		       .look = look_features },
		.ublk = {
			.dev_id = UINT32_MAX,
			.queue_id = UINT16_MAX,
			.len = sizeof(uint64_t),
			.addr = (uintptr_t)s->buf,
		},
		.bytes = sizeof(c.ublk),
	};

	send_cmd(s, "UBLK_U_CMD_GET_FEATURES", &c, &a);
	judge_cmd(f, "GET_FEATURES, SQE128", &a);
	s->has_features = text_features(a.note, &s->ublk_features);
	return true;
}

static bool try_ublk_feature(struct open_target *s, struct target_fact *f)
{
	static const char *const call = "UBLK_U_CMD_GET_FEATURES";

	f->fact.number = f->fact.row->number;
	if (!s->has_features) {
		fact_evidence(&f->fact, call, "", "no answer");
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "the driver did not tell its features");
		return true;
	}
	fact_evidence(&f->fact, call, "", "features 0x%llx", (unsigned long long)s->ublk_features);
	if (s->ublk_features >> f->fact.number & 1)
		fact_decide(f, ANSWER_YES, ANSWER_UNDECIDED, ANSWER_UNDECIDED,
			    "the driver offers it; no device was made to try it");
	else
		fact_decide(f, ANSWER_NO, ANSWER_NA, ANSWER_NO, "the driver does not offer it");
	return true;
}

static bool try_any(struct open_target *s, struct target_fact *f)
{
	struct attempt a = { 0 };
	struct cmd c = { 0 };

	send_cmd(s, "URING_CMD 0", &c, &a);
	judge_cmd(f, "command 0", &a);
	if (!a.err && a.res == -EOPNOTSUPP)
		fact_decide(f, ANSWER_UNDECIDED, ANSWER_UNDECIDED, ANSWER_NO,
			    "this device takes no commands");
	return true;
}

static bool socket_cmd(struct open_target *s, struct target_fact *f, const char *label,
		       struct cmd *c)
{
	struct attempt a = { 0 };

	send_cmd(s, label, c, &a);
	judge_cmd(f, label, &a);
	return true;
}

static bool try_siocinq(struct open_target *s, struct target_fact *f)
{
	struct cmd c = { .t = { .cmd_op = CMD_SIOCINQ } };

	return socket_cmd(s, f, "SIOCINQ", &c);
}

static bool try_siocoutq(struct open_target *s, struct target_fact *f)
{
	struct cmd c = { .t = { .cmd_op = CMD_SIOCOUTQ } };

	return socket_cmd(s, f, "SIOCOUTQ", &c);
}

static struct cmd keepalive(struct open_target *s, unsigned op)
{
	return (struct cmd){
		.t = { .cmd_op = op },
		.level = SOL_SOCKET,
		.optname = SO_KEEPALIVE,
		.optlen = sizeof(int),
		.addr3 = (uintptr_t)s->buf,
	};
}

static bool try_getsockopt(struct open_target *s, struct target_fact *f)
{
	struct cmd c = keepalive(s, CMD_GETSOCKOPT);

	return socket_cmd(s, f, "GETSOCKOPT SO_KEEPALIVE", &c);
}

static bool try_setsockopt(struct open_target *s, struct target_fact *f)
{
	struct cmd c = keepalive(s, CMD_SETSOCKOPT);

	return socket_cmd(s, f, "SETSOCKOPT SO_KEEPALIVE", &c);
}

static bool try_getsockname(struct open_target *s, struct target_fact *f)
{
	struct cmd c = {
		.t = { .cmd_op = CMD_GETSOCKNAME },
		.addr = (uintptr_t)s->buf,
		.addr3 = (uintptr_t)s->buf + 1024,
	};

	return socket_cmd(s, f, "GETSOCKNAME", &c);
}

const struct target_row target_cmd_rows[] = {
	{ { .name = "BLOCK_URING_CMD_DISCARD", .since = { 6, 12 }, .doc = "discards blocks" },
	  ON(BLOCK),
	  false,
	  try_discard },
	{ { .name = "BLOCK_URING_CMD_ZONE_RESET_ALL",
	    .since = { 7, 3 },
	    .doc = "resets all zones" },
	  ON(BLOCK),
	  false,
	  try_zone_reset },
	{ { .name = "NVME_URING_CMD_IO", .since = { 5, 19 }, .doc = "NVMe passthrough" },
	  ON(BLOCK) | ON(NVME_NS),
	  false,
	  try_nvme_io },
	{ { .name = "NVME_URING_CMD_IO_IOPOLL", .since = { 6, 1 }, .doc = "polled passthrough" },
	  ON(NVME_NS),
	  false,
	  try_nvme_polled },
	{ { .name = "NVME_URING_CMD_ADMIN", .since = { 5, 19 }, .doc = "NVMe admin commands" },
	  ON(NVME),
	  false,
	  try_nvme_admin },
	{ { .name = "UBLK_U_CMD_GET_FEATURES", .since = { 6, 5 }, .doc = "ublk control commands" },
	  ON(UBLK_CONTROL),
	  false,
	  try_ublk },
#define UBLK(bit, feature, first, what)                                               \
	{ { .name = "UBLK_F_" #feature, .number = bit, .since = first, .doc = what }, \
	  ON(UBLK_CONTROL),                                                           \
	  false,                                                                      \
	  try_ublk_feature },
#include "probe/uapi/ublk_features.def"
#undef UBLK
	{ { .name = "URING_CMD", .since = { 5, 19 }, .doc = "commands to the device" },
	  ON(MEM),
	  false,
	  try_any },
	{ { .name = "SOCKET_URING_OP_SIOCINQ", .since = { 6, 6 }, .doc = "bytes to receive" },
	  ON(SOCKET),
	  false,
	  try_siocinq },
	{ { .name = "SOCKET_URING_OP_SIOCOUTQ", .since = { 6, 6 }, .doc = "bytes not yet sent" },
	  ON(SOCKET),
	  false,
	  try_siocoutq },
	{ { .name = "SOCKET_URING_OP_GETSOCKOPT", .since = { 6, 7 }, .doc = "getsockopt()" },
	  ON(SOCKET),
	  false,
	  try_getsockopt },
	{ { .name = "SOCKET_URING_OP_SETSOCKOPT", .since = { 6, 7 }, .doc = "setsockopt()" },
	  ON(SOCKET),
	  false,
	  try_setsockopt },
	{ { .name = "SOCKET_URING_OP_GETSOCKNAME", .since = { 6, 19 }, .doc = "getsockname()" },
	  ON(SOCKET),
	  false,
	  try_getsockname },
};
const unsigned n_target_cmd_rows = ARRAY_SIZE(target_cmd_rows);
