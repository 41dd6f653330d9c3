/* SPDX-License-Identifier: MIT */
/*
 * Uses of zero-copy receive. Without a dedicated network card (ZCRX_REG_NODEV, 7.1) the kernel copies into
 * the area, so everything except the card can be tested over loopback.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/lib/base.h"
#include "raw-ring.h"

#define RING_FLAGS     (SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN | SETUP_CQE32)
#define RQ_ENTRIES     16u
#define AREA_PAGES     4u
#define OFFSET_BITS    48 /* of a CQE; above it is the area */
#define RECV_MULTISHOT 2u /* IORING_RECV_MULTISHOT */
#define EVENT_DATA     77u

/* include/uapi/linux/io_uring/zcrx.h: enum zcrx_reg_flags, zcrx_ctrl_op, zcrx_event_type */
enum { REG_IMPORT = 1, REG_NODEV = 2 };
enum { CTRL_FLUSH_RQ, CTRL_EXPORT, CTRL_ARM_EVENT, CTRL_ADD_AREA };
enum { EVENT_COPY = 1 };

/* struct io_uring_zcrx_area_reg (6.15), zcrx_event_desc (7.2), io_uring_zcrx_ifq_reg (6.15),
 * zcrx_ctrl (6.19) */
struct area_reg {
	uint64_t addr, len, token;
	uint32_t flags, dmabuf_fd;
	uint64_t resv[2];
};

struct event_desc {
	uint64_t user_data;
	uint32_t type_mask, flags;
	uint64_t stats_offset, resv[9];
};

struct ifq_reg {
	uint32_t if_idx, if_rxq, rq_entries, flags;
	uint64_t area_ptr, region_ptr;
	struct {
		uint32_t head, tail, rqes, resv2;
		uint64_t resv[2];
	} offsets;
	uint32_t id, rx_buf_len;
	uint64_t event_desc, resv[2];
};

struct ctrl {
	uint32_t id, op;
	uint64_t resv[2];
	union {
		uint32_t exported_fd, event_type;
		uint64_t area_ptr, body[6];
	};
};

/* A ring with a receive queue. */
struct zcrx {
	struct ring r;
	char *mem; /* the refill ring, then the area */
	size_t bytes;
	char *area;
	uint32_t id;
};

static void zcrx_close(struct zcrx *z)
{
	raw_close(&z->r);
	if (z->mem)
		munmap(z->mem, z->bytes);
}

#define _cleanup_zcrx_ _cleanup_(zcrx_close)

static int zcrx_ring(struct fixture *s, struct zcrx *z)
{
	return raw_open(s, &z->r, 8, (struct ring_params){ .flags = RING_FLAGS });
}

static int zcrx_register(struct zcrx *z, struct ifq_reg *arg)
{
	int r = raw_register(z->r.fd, REGISTER_ZCRX_IFQ, arg, 1);

	z->id = arg->id;
	return r;
}

/* Registers a queue without a card on a separate ring. */
static int zcrx_open(struct fixture *s, struct zcrx *z, bool events)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct event_desc event = { .user_data = EVENT_DATA, .type_mask = 1u << EVENT_COPY };
	struct area_reg area = { .len = AREA_PAGES * page };
	struct region region = { .size = 2 * page, .flags = REGION_USER };
	struct ifq_reg arg = { .rq_entries = RQ_ENTRIES,
			       .flags = REG_NODEV,
			       .area_ptr = (uintptr_t)&area,
			       .region_ptr = (uintptr_t)&region,
			       .event_desc = events ? (uintptr_t)&event : 0 };
	int r = zcrx_ring(s, z);

	if (r < 0)
		return r;
	z->bytes = (2 + AREA_PAGES) * page;
	z->mem = mmap(NULL, z->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (z->mem == MAP_FAILED) {
		z->mem = NULL;
		return fixture_failed(s, "mmap");
	}
	z->area = z->mem + 2 * page;
	region.user_addr = (uintptr_t)z->mem;
	area.addr = (uintptr_t)z->area;
	return zcrx_register(z, &arg);
}

/* The same as a precondition of another use. */
static int zcrx_ground(struct fixture *s, struct zcrx *z, bool events)
{
	int r = zcrx_open(s, z, events);

	return r < 0 ? fixture_failed_with(s, r, "io_uring_register(ZCRX_IFQ), NODEV") : 0;
}

static int zcrx_ctrl(const struct zcrx *z, struct ctrl *c)
{
	c->id = z->id;
	return raw_register(z->r.fd, REGISTER_ZCRX_CTRL, c, 0);
}

/* Data in the area of the last completion. */
static const char *data_of_last(struct zcrx *z)
{
	uint32_t at = (*ring_cq_field(&z->r, z->r.p.cq_off.head) - 1) & (z->r.p.cq_entries - 1);
	uint64_t off;

	memcpy(&off,
	       ring_cq_base(&z->r) + z->r.p.cq_off.cqes + (size_t)at * z->r.cqe_bytes +
		       sizeof(struct io_uring_cqe),
	       sizeof(off));
	off &= (1ull << OFFSET_BITS) - 1;
	return z->area + off < z->mem + z->bytes - TEXT_LEN ? z->area + off : NULL;
}

/* Bytes received over loopback, and whether an event was posted before or after them. */
static int receive(struct fixture *s, struct zcrx *z, bool *told)
{
	int r = fixture_tcp(s, s->x.fds), got = 0;
	struct io_uring_cqe cqe;

	if (r < 0)
		return r;
	if (write(s->x.fds[0], TEXT, TEXT_LEN) != TEXT_LEN)
		return fixture_failed(s, "write to a socket");
	raw_push(&z->r, (struct io_uring_sqe){ .opcode = OP_RECV_ZC,
					       .fd = s->x.fds[1],
					       .ioprio = RECV_MULTISHOT,
					       .file_index = z->id,
					       .user_data = 1 });
	r = raw_enter(&z->r, 1, 0, 0);
	if (r < 0)
		return r;
	while (!got || (told && !*told)) {
		const char *data;

		if (!raw_next(s, &z->r, &cqe))
			return s->err;
		if (told && cqe.user_data == EVENT_DATA) {
			*told = true;
			continue;
		}
		if (cqe.res <= 0)
			return cqe.res;
		data = data_of_last(z);
		if (cqe.res != TEXT_LEN || !data || memcmp(data, TEXT, TEXT_LEN))
			return -EBADMSG;
		got = cqe.res;
	}
	return got;
}

static int use_ifq(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };

	return zcrx_open(s, &z, false);
}

static int use_recv_zc(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	int r = zcrx_ground(s, &z, false);

	return r < 0 ? r : receive(s, &z, NULL);
}

static int use_flush_rq(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	struct ctrl c = { .op = CTRL_FLUSH_RQ };
	int r = zcrx_ground(s, &z, false);

	return r < 0 ? r : zcrx_ctrl(&z, &c);
}

/* An fd that refers to the queue. */
static int export_of(struct fixture *s, const struct zcrx *z)
{
	struct ctrl c = { .op = CTRL_EXPORT };
	int r = zcrx_ctrl(z, &c);

	return r < 0 ? r : fixture_keep(s, c.exported_fd);
}

static int use_export(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	int r = zcrx_ground(s, &z, false);

	return r < 0 ? r : export_of(s, &z);
}

static int use_import(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx from = { 0 }, to = { 0 };
	struct ifq_reg arg = { .flags = REG_IMPORT };
	int r = zcrx_ground(s, &from, false), fd;

	if (r >= 0)
		r = zcrx_ring(s, &to);
	if (r < 0)
		return r;
	fd = export_of(s, &from);
	if (fd < 0)
		return fixture_failed_with(s, fd, "ZCRX_CTRL_EXPORT");
	arg.if_idx = fd;
	return zcrx_register(&to, &arg);
}

static int use_event(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	bool told = false;
	int r = zcrx_open(s, &z, true);

	return r < 0 ? r : receive(s, &z, &told);
}

static int use_arm_event(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	struct ctrl c = { .op = CTRL_ARM_EVENT, .event_type = EVENT_COPY };
	bool told = false;
	int r = zcrx_ground(s, &z, true);

	if (r >= 0)
		r = receive(s, &z, &told);
	if (r < 0)
		return fixture_failed_with(s, r, "RECV_ZC with an event");
	return zcrx_ctrl(&z, &c);
}

/* Without memory for the area. */
static int use_add_area(struct fixture *s)
{
	_cleanup_zcrx_ struct zcrx z = { 0 };
	struct ctrl c = { .op = CTRL_ADD_AREA };
	int r = zcrx_ground(s, &z, false);

	return r < 0 ? r : zcrx_ctrl(&z, &c);
}

/* struct io_uring_query_zcrx; 6.19 */
struct ability {
	uint64_t register_flags, area_flags;
	uint32_t n_ctrl, features, rq_hdr_size, rq_hdr_alignment;
	uint64_t resv;
};

static int ask_zcrx(struct fixture *s, struct ability *a)
{
	int r = raw_query(1, a, sizeof(*a)); /* IO_URING_QUERY_ZCRX */

	return r < 0 ? fixture_failed_with(s, r, "QUERY_ZCRX") : 0;
}

/* Whether the kernel reports support; testing it would need a card. */
static int use_dmabuf(struct fixture *s)
{
	struct ability a = { 0 };
	int r = ask_zcrx(s, &a);

	return r < 0 ? r : a.area_flags & fixture_flag(s) ? 1 : -EINVAL;
}

static int use_rx_page_size(struct fixture *s)
{
	struct ability a = { 0 };
	int r = ask_zcrx(s, &a);

	return r < 0 ? r : a.features & fixture_flag(s) ? 1 : -EINVAL;
}

#define NODEV	 "a queue without a network card"
#define NO_NODEV "ZCRX_REG_NODEV is not known, and a network card with header split not at hand"
#define ON_NODEV .need = { UAPI_OPFLAG, OPF_ZCRX_REG_NODEV }
#define ON_CTRL	 .unknown_res = -EOPNOTSUPP, .need = { UAPI_REG, REGISTER_ZCRX_CTRL }

static const struct use op_rows[] = {
	{ OP_RECV_ZC, "5 bytes over 127.0.0.1 into " NODEV, .call = use_recv_zc, .res = TEXT_LEN },
};
const struct use_table uses_zcrx_ops = { op_rows, ARRAY_SIZE(op_rows) };

static const struct use register_rows[] = {
	{ REGISTER_ZCRX_IFQ, NODEV, .call = use_ifq, .excuse = -EINVAL, .excuse_why = NO_NODEV },
	{ REGISTER_ZCRX_CTRL, "FLUSH_RQ of " NODEV, .call = use_flush_rq },
};
const struct use_table uses_zcrx_register = { register_rows, ARRAY_SIZE(register_rows) };

static const struct use flag_rows[] = {
	{ OPF_ZCRX_AREA_DMABUF, "QUERY_ZCRX, as no card is at hand", .call = use_dmabuf,
	  .known_res = 1, .need = { UAPI_REG, REGISTER_ZCRX_IFQ } },
	{ OPF_ZCRX_REG_NODEV, "on loopback", .call = use_ifq,
	  .need = { UAPI_REG, REGISTER_QUERY } },
	{ OPF_ZCRX_REG_IMPORT, NODEV ", of another ring", .call = use_import,
	  .need = { UAPI_REG, REGISTER_ZCRX_CTRL } },
	{ OPF_ZCRX_RX_PAGE_SIZE, "QUERY_ZCRX, as no card is at hand", .call = use_rx_page_size,
	  .known_res = 1, .need = { UAPI_OPFLAG, OPF_QUERY_ZCRX } },
	{ OPF_ZCRX_EVENT, "data that is copied, and a CQE that tells it", .call = use_event,
	  .res = TEXT_LEN, ON_NODEV },
	{ OPF_ZCRX_FLUSH_RQ, NODEV, .call = use_flush_rq, ON_CTRL },
	{ OPF_ZCRX_EXPORT, NODEV, .call = use_export, .check = got_fd, .at_least = true, ON_CTRL },
	{ OPF_ZCRX_ARM_EVENT, "after one came", .call = use_arm_event,
	  .need = { UAPI_OPFLAG, OPF_ZCRX_EVENT } },
	{ OPF_ZCRX_ADD_AREA, "of no memory", .call = use_add_area, .known_res = -EFAULT, ON_CTRL },
};
const struct use_table uses_zcrx_flags = { flag_rows, ARRAY_SIZE(flag_rows) };
