/* SPDX-License-Identifier: MIT */
/* Uses of opcodes on sockets. */
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "fixture.h"
#include "probe/lib/base.h"

/* A pair of sockets, x.fds; the second one has data to receive if full. */
static int pair(struct fixture *s, bool full)
{
	int r = fixture_pair(s, s->x.fds);

	if (r >= 0 && full && write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a socket");
	return r;
}

static void message(struct fixture *s, void *bytes, size_t n)
{
	s->x.iov = (struct iovec){ bytes, n };
	s->x.msg = (struct msghdr){ .msg_iov = &s->x.iov, .msg_iovlen = 1 };
}

static int use_send(struct fixture *s)
{
	int r = pair(s, false);

	if (r >= 0)
		ask(s, MAIN, OP_SEND, s->x.fds[0], TEXT, TEXT_LEN, 0)->msg_flags = MSG_NOSIGNAL;
	return r;
}

static int use_sendmsg(struct fixture *s)
{
	int r = pair(s, false);

	message(s, memcpy(s->buf, TEXT, TEXT_LEN), TEXT_LEN);
	if (r >= 0)
		ask(s, MAIN, OP_SENDMSG, s->x.fds[0], &s->x.msg, 1, 0)->msg_flags = MSG_NOSIGNAL;
	return r;
}

static bool text_sent(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return has_text(s, s->x.fds[1]);
}

static int use_recv(struct fixture *s)
{
	int r = pair(s, true);

	if (r >= 0)
		ask(s, MAIN, OP_RECV, s->x.fds[1], s->buf, BYTES, 0);
	return r;
}

static int use_recvmsg(struct fixture *s)
{
	int r = pair(s, true);

	message(s, s->buf, BYTES);
	if (r >= 0)
		ask(s, MAIN, OP_RECVMSG, s->x.fds[1], &s->x.msg, 1, 0);
	return r;
}

static int use_send_zc(struct fixture *s)
{
	int r = fixture_udp(s, s->x.fds);

	memcpy(s->buf, TEXT, TEXT_LEN);
	if (r >= 0)
		ask(s, MAIN, OP_SEND_ZC, s->x.fds[0], s->buf, TEXT_LEN, 0);
	return r;
}

static int use_sendmsg_zc(struct fixture *s)
{
	int r = fixture_udp(s, s->x.fds);

	message(s, memcpy(s->buf, TEXT, TEXT_LEN), TEXT_LEN);
	if (r >= 0)
		ask(s, MAIN, OP_SENDMSG_ZC, s->x.fds[0], &s->x.msg, 1, 0);
	return r;
}

static int use_accept(struct fixture *s)
{
	int fd = fixture_listener(s), r = fd < 0 ? fd : fixture_connection(s);

	if (r >= 0)
		ask(s, MAIN, OP_ACCEPT, fd, NULL, 0, 0)->accept_flags = SOCK_CLOEXEC;
	return r;
}

static int use_connect(struct fixture *s)
{
	int on = fixture_listener(s), fd;

	if (on < 0)
		return on;
	fd = fixture_keep(s, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return fixture_failed(s, "socket");
	s->x.fds[0] = fd;
	ask(s, MAIN, OP_CONNECT, fd, &s->x.addr, 0, s->x.addr_len);
	return 0;
}

static bool is_connected(struct fixture *s, const struct attempt *a)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	(void)a;
	return getpeername(s->x.fds[0], (struct sockaddr *)&peer, &len) == 0;
}

static int use_shutdown(struct fixture *s)
{
	int r = pair(s, false);

	if (r >= 0)
		ask(s, MAIN, OP_SHUTDOWN, s->x.fds[0], NULL, SHUT_WR, 0);
	return r;
}

static bool at_end(struct fixture *s, const struct attempt *a)
{
	char c;

	(void)a;
	return recv(s->x.fds[1], &c, 1, MSG_DONTWAIT) == 0;
}

static int use_socket(struct fixture *s)
{
	/* The type is in off, the protocol in len. */
	ask(s, MAIN, OP_SOCKET, AF_UNIX, NULL, 0, SOCK_STREAM | SOCK_CLOEXEC);
	return 0;
}

static int unbound(struct fixture *s)
{
	int fd = fixture_keep(s, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	s->x.fds[0] = fd;
	return fd < 0 ? fixture_failed(s, "socket") : fd;
}

static int use_bind(struct fixture *s)
{
	int fd = unbound(s);

	/* With only the family, the kernel chooses an abstract name. */
	s->x.addr.ss_family = AF_UNIX;
	if (fd >= 0)
		ask(s, MAIN, OP_BIND, fd, &s->x.addr, 0, sizeof(s->x.addr.ss_family));
	return fd;
}

static bool has_name(struct fixture *s, const struct attempt *a)
{
	struct sockaddr_un addr;
	socklen_t len = sizeof(addr);

	(void)a;
	return getsockname(s->x.fds[0], (struct sockaddr *)&addr, &len) == 0 &&
	       len > sizeof(addr.sun_family);
}

static int use_listen(struct fixture *s)
{
	const struct sockaddr any = { .sa_family = AF_UNIX };
	int fd = unbound(s);

	if (fd >= 0 && bind(fd, &any, sizeof(any.sa_family)) < 0)
		return fixture_failed(s, "bind");
	if (fd >= 0)
		ask(s, MAIN, OP_LISTEN, fd, NULL, 4, 0);
	return fd;
}

static bool listens(struct fixture *s, const struct attempt *a)
{
	int on = 0;
	socklen_t len = sizeof(on);

	(void)a;
	return getsockopt(s->x.fds[0], SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

static const struct use rows[] = {
	{ OP_SEND, "5 bytes over a socketpair", use_send, .check = text_sent, .res = TEXT_LEN },
	{ OP_SENDMSG, "5 bytes over a socketpair", use_sendmsg, .check = text_sent,
	  .res = TEXT_LEN },
	{ OP_RECV, "5 bytes over a socketpair", use_recv, .check = got_text, .res = TEXT_LEN },
	{ OP_RECVMSG, "5 bytes over a socketpair", use_recvmsg, .check = got_text,
	  .res = TEXT_LEN },
	{ OP_SEND_ZC, "5 bytes by UDP over 127.0.0.1, and the notification", use_send_zc,
	  .check = text_sent, .res = TEXT_LEN, .flags = CQEF_MORE, .cqes = 2, .res2 = RES_ANY,
	  .flags2 = CQEF_NOTIF },
	{ OP_SENDMSG_ZC, "5 bytes by UDP over 127.0.0.1, and the notification", use_sendmsg_zc,
	  .check = text_sent, .res = TEXT_LEN, .flags = CQEF_MORE, .cqes = 2, .res2 = RES_ANY,
	  .flags2 = CQEF_NOTIF },
	{ OP_ACCEPT, "a waiting AF_UNIX connection", use_accept, .check = got_fd,
	  .at_least = true },
	{ OP_CONNECT, "to an AF_UNIX listener", use_connect, .check = is_connected },
	{ OP_SHUTDOWN, "one direction of a socketpair", use_shutdown, .check = at_end },
	{ OP_SOCKET, "AF_UNIX", use_socket, .check = got_fd, .at_least = true },
	{ OP_BIND, "an AF_UNIX socket", use_bind, .check = has_name },
	{ OP_LISTEN, "on an AF_UNIX socket", use_listen, .check = listens },
};

const struct use_table uses_net = { rows, ARRAY_SIZE(rows) };
