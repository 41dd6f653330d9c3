/* SPDX-License-Identifier: MIT */
/* Uses of flags and forms of opcodes on sockets and rings, and of socket commands. */
#include <netinet/in.h>
#include <string.h>

#include "fixture.h"
#include "probe/lib/base.h"

static int accept_direct(struct fixture *s)
{
	int r = fixture_files(s), on = r < 0 ? r : fixture_listener(s);
	int fd = on < 0 ? on : fixture_connection(s);

	s->x.value = fd;
	if (fd >= 0)
		ask(s, MAIN, OP_ACCEPT, on, NULL, 0, 0)->file_index = TO_SLOT;
	return fd;
}

static bool slot_hears(struct fixture *s, const struct attempt *a)
{
	(void)a;
	if (write(s->x.value, TEXT, TEXT_LEN) != TEXT_LEN)
		return false;
	ask(s, SIDE, OP_RECV, SLOT, s->buf, TEXT_LEN, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) == TEXT_LEN && !memcmp(s->buf, TEXT, TEXT_LEN);
}

static int accept_with_flag(struct fixture *s)
{
	int on = fixture_listener(s), fd = on < 0 ? on : fixture_connection(s);
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	sqe = ask(s, MAIN, OP_ACCEPT, on, NULL, 0, 0);
	sqe->accept_flags = SOCK_CLOEXEC;
	sqe->ioprio = fixture_flag(s);
	return 0;
}

static int accept_nobody(struct fixture *s)
{
	int on = fixture_listener(s);

	if (on >= 0)
		ask(s, MAIN, OP_ACCEPT, on, NULL, 0, 0)->ioprio = fixture_flag(s);
	return on;
}

static int recv_poll_first(struct fixture *s)
{
	int r = fixture_pair_with_text(s);

	if (r >= 0)
		ask(s, MAIN, OP_RECV, s->x.fds[1], s->buf, BYTES, 0)->ioprio = fixture_flag(s);
	return r;
}

static int recv_into(struct fixture *s, int group, unsigned len)
{
	if (group < 0)
		return group;
	ask_recv_group(s, MAIN, group, len)->ioprio = fixture_flag(s);
	return 0;
}

static int recv_multishot(struct fixture *s)
{
	int r = fixture_pair_with_text(s);

	return r < 0 ? r : recv_into(s, fixture_provide(s), 0);
}

/* Receives five bytes in two buffers of four. */
static int recv_bundle(struct fixture *s)
{
	return recv_into(s, fixture_text_for_group(s, 4, 4, 0), 8);
}

static int send_zc_with(struct fixture *s, unsigned flags)
{
	int r = fixture_udp(s, s->x.fds);

	memcpy(s->buf, TEXT, TEXT_LEN);
	if (r >= 0)
		ask(s, MAIN, OP_SEND_ZC, s->x.fds[0], s->buf, TEXT_LEN, 0)->ioprio = flags;
	return r;
}

static int send_zc(struct fixture *s)
{
	return send_zc_with(s, fixture_flag(s));
}

static int send_zc_reporting(struct fixture *s)
{
	return send_zc_with(s, 8); /* IORING_SEND_ZC_REPORT_USAGE */
}

static bool copy_reported(struct fixture *s, const struct attempt *a)
{
	return (uint32_t)a->res2 == fixture_flag(s);
}

static int send_zc_fixed(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r : send_zc(s);
}

static int send_vectorized(struct fixture *s)
{
	int r = fixture_pair(s, s->x.fds);
	struct io_uring_sqe *sqe;

	s->x.iov = (struct iovec){ memcpy(s->buf, TEXT, TEXT_LEN), TEXT_LEN };
	if (r < 0)
		return r;
	sqe = ask(s, MAIN, OP_SEND, s->x.fds[0], &s->x.iov, 1, 0);
	sqe->ioprio = fixture_flag(s);
	sqe->msg_flags = MSG_NOSIGNAL;
	return 0;
}

static bool text_sent(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return has_text(s, s->x.fds[1]);
}

static int socket_alloc(struct fixture *s)
{
	int r = fixture_files(s);

	if (r >= 0)
		ask(s, MAIN, OP_SOCKET, AF_UNIX, NULL, 0, SOCK_STREAM)->file_index =
			fixture_flag(s);
	return r;
}

static bool slot_is_taken(struct fixture *s, const struct attempt *a)
{
	ask(s, SIDE, OP_READ, a->res, s->buf, 1, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) != -EBADF;
}

static int peer_with_files(struct fixture *s)
{
	const int none[SLOTS] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	int r = fixture_files(s);

	if (r >= 0)
		r = fixture_peer(s);
	if (r < 0)
		return r;
	io_uring_unregister_files(&s->peer);
	r = io_uring_register_files(&s->peer, none, SLOTS);
	return r < 0 ? fixture_failed_with(s, r, "io_uring_register(FILES) of a second ring") : 0;
}

/* The registered memfd goes to SLOT of the peer. */
static int msg_send_fd(struct fixture *s, unsigned flags)
{
	int r = peer_with_files(s);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	/* IORING_MSG_SEND_FD is in addr, the slot to send in addr3. */
	sqe = ask(s, MAIN, OP_MSG_RING, s->peer.ring_fd, (void *)(uintptr_t)1, 0, 456);
	sqe->file_index = TO_SLOT;
	sqe->msg_ring_flags = flags;
	return 0;
}

static int msg_fd(struct fixture *s)
{
	return msg_send_fd(s, 0);
}

static int msg_fd_skip(struct fixture *s)
{
	return msg_send_fd(s, fixture_flag(s));
}

static bool peer_told(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe *cqe;

	(void)a;
	return io_uring_peek_cqe(&s->peer, &cqe) == 0 && cqe->user_data == 456;
}

static bool peer_not_told(struct fixture *s, const struct attempt *a)
{
	return !peer_told(s, a);
}

static int msg_flags_pass(struct fixture *s)
{
	int r = fixture_peer(s);
	struct io_uring_sqe *sqe;

	if (r < 0)
		return r;
	sqe = ask(s, MAIN, OP_MSG_RING, s->peer.ring_fd, NULL, 123, 456);
	sqe->msg_ring_flags = fixture_flag(s);
	/* The flags to pass. */
	sqe->file_index = 0x55;
	return 0;
}

static bool flags_passed(struct fixture *s, const struct attempt *a)
{
	struct io_uring_cqe *cqe;

	(void)a;
	return io_uring_peek_cqe(&s->peer, &cqe) == 0 && cqe->flags == 0x55;
}

/* A command for a UDP socket; other fields are for the caller to set. */
static struct io_uring_sqe *socket_command(struct fixture *s, unsigned which)
{
	if (fixture_udp(s, s->x.fds) < 0)
		return NULL;
	if (write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN) {
		fixture_failed(s, "sending over loopback");
		return NULL;
	}
	/* sqe->cmd_op is the lower half of off. */
	return ask(s, MAIN, OP_URING_CMD, s->x.fds[which], NULL, 0, fixture_flag(s));
}

static int siocinq(struct fixture *s)
{
	return socket_command(s, 1) ? 0 : s->err;
}

static int siocoutq(struct fixture *s)
{
	return socket_command(s, 0) ? 0 : s->err;
}

/* level and optname lie in addr, optlen in file_index, optval in addr3. */
static int sockopt(struct fixture *s)
{
	struct io_uring_sqe *sqe = socket_command(s, 0);
	const uint32_t at[2] = { SOL_SOCKET, SO_KEEPALIVE };

	if (!sqe)
		return s->err;
	memcpy(&sqe->addr, at, sizeof(at));
	sqe->file_index = sizeof(s->x.value);
	sqe->addr3 = (uintptr_t)&s->x.value;
	s->x.value = 1;
	return 0;
}

static int keepalive(int fd)
{
	int on = -1;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len) < 0 ? -1 : on;
}

static bool option_got(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->x.value == 0;
}

static bool option_set(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return keepalive(s->x.fds[0]) == 1;
}

static int tx_timestamp(struct fixture *s)
{
	return socket_command(s, 0) ? 0 : s->err;
}

static int getsockname_command(struct fixture *s)
{
	struct io_uring_sqe *sqe = socket_command(s, 1);

	if (!sqe)
		return s->err;
	memset(&s->x.addr, 0, sizeof(s->x.addr));
	s->x.addr_len = sizeof(s->x.addr);
	sqe->addr = (uintptr_t)&s->x.addr;
	/* The length's address. */
	sqe->addr3 = (uintptr_t)&s->x.addr_len;
	return 0;
}

static bool name_got(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->x.addr.ss_family == AF_INET && s->x.addr_len == sizeof(struct sockaddr_in);
}

#define OPERATION(op) .need = { UAPI_OP, op }
/* Before 6.6 sockets have no commands; before its own kernel a command is unknown. */
#define SOCKET_COMMAND .unknown_res = -EOPNOTSUPP, OPERATION(OP_URING_CMD)
#define ZC_AND_NOTIF(any)                                                                  \
	.res = TEXT_LEN, .flags = CQEF_MORE, .cqes = 2, .res2 = any, .flags2 = CQEF_NOTIF, \
	OPERATION(OP_SEND_ZC)

static const struct use rows[] = {
	{ OPF_ACCEPT_DIRECT, "into slot 1, and bytes through it", accept_direct,
	  .check = slot_hears, OPERATION(OP_ACCEPT) },
	{ OPF_ACCEPT_MULTISHOT, "a waiting AF_UNIX connection", accept_with_flag, .check = got_fd,
	  .at_least = true, .flags = CQEF_MORE, OPERATION(OP_ACCEPT) },
	{ OPF_ACCEPT_DONTWAIT, "nobody waits", accept_nobody, .res = -EAGAIN,
	  OPERATION(OP_ACCEPT) },
	{ OPF_ACCEPT_POLL_FIRST, "a waiting AF_UNIX connection", accept_with_flag, .check = got_fd,
	  .at_least = true, OPERATION(OP_ACCEPT) },
	{ OPF_RECVSEND_POLL_FIRST, "RECV over a socketpair", recv_poll_first, .check = got_text,
	  .res = TEXT_LEN, OPERATION(OP_RECV) },
	{ OPF_RECV_MULTISHOT, "5 bytes over a socketpair", recv_multishot,
	  .check = got_text_in_group, .res = TEXT_LEN, .flags = CQEF_BUFFER | CQEF_MORE,
	  OPERATION(OP_RECV) },
	{ OPF_RECVSEND_FIXED_BUF, "SEND_ZC by UDP over 127.0.0.1", send_zc_fixed,
	  .check = text_sent, ZC_AND_NOTIF(RES_ANY) },
	{ OPF_SEND_ZC_REPORT_USAGE, "SEND_ZC by UDP over 127.0.0.1", send_zc, .check = text_sent,
	  ZC_AND_NOTIF(RES_ANY) },
	{ OPF_NOTIF_ZC_COPIED, "REPORT_USAGE over 127.0.0.1, where data is always copied",
	  send_zc_reporting, .check = copy_reported,
	  .need = { UAPI_OPFLAG, OPF_SEND_ZC_REPORT_USAGE }, .res = TEXT_LEN, .flags = CQEF_MORE,
	  .cqes = 2, .res2 = RES_ANY, .flags2 = CQEF_NOTIF },
	{ OPF_RECVSEND_BUNDLE, "5 bytes in two buffers of four", recv_bundle, .check = got_text,
	  .res = TEXT_LEN, .flags = CQEF_BUFFER, .need = { UAPI_REG, REGISTER_PBUF_RING } },
	{ OPF_SEND_VECTORIZED, "SEND over a socketpair", send_vectorized, .check = text_sent,
	  .res = TEXT_LEN, OPERATION(OP_SEND) },
	{ OPF_MSG_SEND_FD, "a memfd to a second ring", msg_fd, .check = peer_told,
	  OPERATION(OP_MSG_RING) },
	{ OPF_MSG_RING_CQE_SKIP, "a memfd to a second ring", msg_fd_skip, .check = peer_not_told,
	  .need = { UAPI_OPFLAG, OPF_MSG_SEND_FD } },
	{ OPF_MSG_RING_FLAGS_PASS, "0x55 to a second ring", msg_flags_pass, .check = flags_passed,
	  OPERATION(OP_MSG_RING) },
	{ OPF_FILE_INDEX_ALLOC, "AF_UNIX", socket_alloc, .check = slot_is_taken, .at_least = true,
	  OPERATION(OP_SOCKET) },
	{ OPF_SOCK_SIOCINQ, "a UDP socket with 5 bytes", siocinq, .res = TEXT_LEN, SOCKET_COMMAND },
	{ OPF_SOCK_SIOCOUTQ, "a UDP socket", siocoutq, .at_least = true, SOCKET_COMMAND },
	{ OPF_SOCK_GETSOCKOPT, "SO_KEEPALIVE of a UDP socket", sockopt, .check = option_got,
	  .res = sizeof(int), SOCKET_COMMAND },
	{ OPF_SOCK_SETSOCKOPT, "SO_KEEPALIVE of a UDP socket", sockopt, .check = option_set,
	  SOCKET_COMMAND },
	{ OPF_SOCK_TX_TIMESTAMP, "a UDP socket, without the large CQE that it needs", tx_timestamp,
	  .known_res = -EINVAL, SOCKET_COMMAND },
	{ OPF_SOCK_GETSOCKNAME, "a UDP socket", getsockname_command, .check = name_got,
	  SOCKET_COMMAND },
};

const struct use_table uses_net_flags = { rows, ARRAY_SIZE(rows) };
