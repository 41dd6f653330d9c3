/* SPDX-License-Identifier: MIT */
/* Uses of flags of URING_CMD, and of commands of its own. */
#include <fcntl.h>

#include "fixture.h"
#include "probe/lib/base.h"

#define A_TARGET "a matter of the device: see --target"

static int cmd_fixed(struct fixture *s)
{
	int r = fixture_buffers(s), fd;

	if (r < 0)
		return r;
	fd = fixture_keep(s, open("/dev/null", O_RDWR | O_CLOEXEC));
	if (fd < 0)
		return fixture_failed(s, "open /dev/null");
	ask(s, MAIN, OP_URING_CMD, fd, NULL, 0, 0)->rw_flags = fixture_flag(s);
	return 0;
}

static int cmd_select(struct fixture *s, unsigned flags)
{
	int fd = fixture_file(s);
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	sqe = ask(s, SIDE, OP_URING_CMD, fd, NULL, 0, 0);
	sqe->rw_flags = flags;
	sqe->flags = SQEF_BUFFER_SELECT;
	return fixture_do(s);
}

/* The flag requires IOSQE_BUFFER_SELECT, which without it returns EINVAL if the flag is known and EOPNOTSUPP
 * if not. Uses a file without commands, because /dev/null would keep the request forever. */
static int cmd_multishot(struct fixture *s)
{
	return cmd_select(s, 0) == -EINVAL ? cmd_select(s, fixture_flag(s)) : -EINVAL;
}

static const struct use rows[] = {
	{ OPF_BLOCK_DISCARD, .why_not = A_TARGET },
	{ OPF_BLOCK_ZONE_RESET_ALL, .why_not = A_TARGET },
	{ OPF_CMD_FIXED, "/dev/null with a registered buffer", cmd_fixed,
	  .need = { UAPI_OP, OP_URING_CMD } },
	{ OPF_CMD_MULTISHOT, "a memfd, which has no commands", .call = cmd_multishot,
	  .known_res = -EOPNOTSUPP, .need = { UAPI_OP, OP_URING_CMD } },
};

const struct use_table uses_cmd_flags = { rows, ARRAY_SIZE(rows) };
