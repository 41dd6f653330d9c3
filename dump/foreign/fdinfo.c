/* SPDX-License-Identifier: MIT */
#include "fdinfo.h"

#include <string.h>

#include "probe/lib/base.h"

struct parser {
	struct fdinfo *out;
	int list;      /* of the entries that may follow; -1: none */
	unsigned seen; /* of the ring's fields */
	bool personalities;
	uint32_t cap[INFO_LISTS];
	int err;
};

/* Adds a zeroed entry to a list; returns NULL and sets p->err on failure. */
static void *grow(struct parser *p, enum fdinfo_list list, void *array, size_t entry)
{
	uint32_t n = p->out->n[list];
	char *a;

	memcpy(&a, array, sizeof(a));
	if (n == p->cap[list]) {
		uint32_t cap = n ? 2 * n : 8;

		a = reallocarray(a, cap, entry);
		if (!a) {
			p->err = -ENOMEM;
			return NULL;
		}
		memcpy(array, &a, sizeof(a));
		p->cap[list] = cap;
	}
	p->out->n[list] = n + 1;
	return memset(a + n * entry, 0, entry);
}

static bool file_entry(struct parser *p, struct text line)
{
	struct fdinfo_file got = { 0 }, *to;

	text_blank(&line);
	if (!text_u32(&line, 10, &got.index) || !text_skip(&line, ": "))
		return false;
	text_copy(&line, got.name, sizeof(got.name));
	if (!strcmp(got.name, "<none>"))
		return true;
	to = grow(p, INFO_FILES, &p->out->files, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

static bool buf_entry(struct parser *p, struct text line)
{
	struct fdinfo_buf got = { 0 }, *to;

	text_blank(&line);
	if (!text_u32(&line, 10, &got.index) || !text_skip(&line, ": "))
		return false;
	if (text_skip(&line, "<none>"))
		return true;
	if (!text_u64(&line, 16, &got.addr) || !text_skip(&line, "/") ||
	    !text_u64(&line, 10, &got.len))
		return false;
	to = grow(p, INFO_BUFS, &p->out->bufs, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

static bool poll_entry(struct parser *p, struct text line)
{
	struct fdinfo_poll got = { 0 }, *to;

	text_blank(&line);
	if (!text_skip(&line, "op=") || !text_u32(&line, 10, &got.opcode) ||
	    !text_skip(&line, ", task_works=") || !text_u32(&line, 10, &got.task_works))
		return false;
	to = grow(p, INFO_POLLS, &p->out->polls, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

static bool overflow_entry(struct parser *p, struct text line)
{
	struct fdinfo_cqe got = { 0 }, *to;

	text_blank(&line);
	if (!text_skip(&line, "user_data=") || !text_u64(&line, 10, &got.user_data) ||
	    !text_skip(&line, ", res=") || !text_i32(&line, &got.res) ||
	    !text_skip(&line, ", flags=") || !text_u32(&line, 16, &got.flags))
		return false;
	to = grow(p, INFO_OVERFLOW, &p->out->overflow, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

static bool cqe_entry(struct parser *p, struct text line)
{
	struct fdinfo_cqe got = { 0 }, *to;

	text_blank(&line);
	if (!text_left(&line))
		return true;
	if (!text_u32(&line, 10, &got.slot) || !text_skip(&line, ": user_data:") ||
	    !text_u64(&line, 10, &got.user_data) || !text_skip(&line, ", res:") ||
	    !text_i32(&line, &got.res) ||
	    (!text_skip(&line, ", flags:") && !text_skip(&line, ", flag:")) ||
	    !text_u32(&line, 16, &got.flags))
		return false;
	got.has_extra = text_skip(&line, ", extra1:");
	if (got.has_extra &&
	    (!text_u64(&line, 10, &got.extra[0]) || !text_skip(&line, ", extra2:") ||
	     !text_u64(&line, 10, &got.extra[1])))
		return false;
	to = grow(p, INFO_CQES, &p->out->cqes, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

static bool sqe_entry(struct parser *p, struct text line)
{
	struct fdinfo_sqe got = { 0 }, *to;
	struct text op;

	text_blank(&line);
	if (!text_u32(&line, 10, &got.index) || !text_skip(&line, ": opcode:") ||
	    !text_word(&line, ',', &op) || !text_skip(&line, " fd:") || !text_i32(&line, &got.fd) ||
	    !text_skip(&line, ", flags:") || !text_u32(&line, 16, &got.flags) ||
	    !text_skip(&line, ", off:") || !text_u64(&line, 10, &got.off) ||
	    !text_skip(&line, ", addr:") || !text_u64(&line, 16, &got.addr) ||
	    !text_skip(&line, ", rw_flags:") || !text_u32(&line, 16, &got.rw_flags) ||
	    !text_skip(&line, ", buf_index:") || !text_u32(&line, 10, &got.buf_index) ||
	    !text_skip(&line, " user_data:") || !text_u64(&line, 10, &got.user_data))
		return false;
	text_copy(&op, got.op, sizeof(got.op));
	got.has_extra = text_skip(&line, ", e0:");
	to = grow(p, INFO_SQES, &p->out->sqes, sizeof(*to));
	if (to)
		*to = got;
	return true;
}

typedef bool (*entry_fn)(struct parser *p, struct text line);

static const struct {
	const char *heading;
	size_t count; /* member for the number after the heading, or 0 */
	entry_fn entry;
} lists[INFO_LISTS] = {
	[INFO_FILES] = { "UserFiles:", offsetof(struct fdinfo, n_user_files), file_entry },
	[INFO_BUFS] = { "UserBufs:", offsetof(struct fdinfo, n_user_bufs), buf_entry },
	[INFO_POLLS] = { "PollList:", 0, poll_entry },
	[INFO_OVERFLOW] = { "CqOverflowList:", 0, overflow_entry },
	[INFO_SQES] = { "SQEs:", 0, sqe_entry },
	[INFO_CQES] = { "CQEs:", 0, cqe_entry },
};

static const struct {
	const char *name;
	size_t member;
} ring_fields[] = {
	{ "SqMask:", offsetof(struct fdinfo, sq_mask) },
	{ "SqHead:", offsetof(struct fdinfo, sq_head) },
	{ "SqTail:", offsetof(struct fdinfo, sq_tail) },
	{ "CachedSqHead:", offsetof(struct fdinfo, cached_sq_head) },
	{ "CqMask:", offsetof(struct fdinfo, cq_mask) },
	{ "CqHead:", offsetof(struct fdinfo, cq_head) },
	{ "CqTail:", offsetof(struct fdinfo, cq_tail) },
	{ "CachedCqTail:", offsetof(struct fdinfo, cached_cq_tail) },
};

static bool heading(struct parser *p, struct text line)
{
	for (unsigned i = 0; i < INFO_LISTS; i++) {
		uint32_t count;

		if (!text_skip(&line, lists[i].heading))
			continue;
		text_blank(&line);
		if (lists[i].count && text_u32(&line, 10, &count))
			*(uint32_t *)((char *)p->out + lists[i].count) = count;
		p->out->has[i] = true;
		p->list = i;
		return true;
	}
	return false;
}

static bool ring_field(struct parser *p, struct text line)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ring_fields); i++) {
		uint32_t v;

		if (!text_skip(&line, ring_fields[i].name))
			continue;
		text_blank(&line);
		if (text_u32(&line, 0, &v)) {
			*(uint32_t *)((char *)p->out + ring_fields[i].member) = v;
			p->seen |= 1u << i;
		}
		return true;
	}
	return false;
}

static bool thread_field(struct fdinfo *i, struct text line)
{
	if (text_skip(&line, "SqThread:")) {
		text_blank(&line);
		i->has_thread = text_i32(&line, &i->sq_thread);
	} else if (text_skip(&line, "SqThreadCpu:")) {
		text_blank(&line);
		text_i32(&line, &i->sq_cpu);
	} else if (text_skip(&line, "SqTotalTime:")) {
		text_blank(&line);
		i->has_times = text_u64(&line, 10, &i->total_us);
	} else if (text_skip(&line, "SqWorkTime:")) {
		text_blank(&line);
		if (!text_u64(&line, 10, &i->work_us))
			i->has_times = false;
	} else {
		return false;
	}
	return true;
}

static bool other_field(struct fdinfo *i, struct text line)
{
	if (text_skip(&line, "ino:")) {
		text_blank(&line);
		text_u64(&line, 10, &i->ino);
	} else if (text_skip(&line, "NAPI:")) {
		text_blank(&line);
		i->has_napi = true;
		i->napi = text_skip(&line, "enabled");
	} else if (text_skip(&line, "napi tracking:") || text_skip(&line, "napi_tracking:")) {
		text_blank(&line);
		text_copy(&line, i->napi_tracking, sizeof(i->napi_tracking));
	} else if (text_skip(&line, "napi_busy_poll_dt:") ||
		   text_skip(&line, "napi_busy_poll_to:")) {
		text_blank(&line);
		text_u64(&line, 10, &i->napi_us);
	} else if (text_skip(&line, "napi_prefer_busy_poll:")) {
		text_blank(&line);
		i->napi_prefer = text_skip(&line, "true");
	} else {
		return false;
	}
	return true;
}

static void take(struct parser *p, struct text line)
{
	uint32_t id;

	if (text_skip(&line, "Personalities:")) {
		p->list = -1;
		p->personalities = true;
	} else if (heading(p, line)) {
		p->personalities = false;
	} else if (ring_field(p, line) || thread_field(p->out, line) || other_field(p->out, line)) {
		p->list = -1;
	} else if (p->personalities) {
		text_blank(&line);
		if (text_u32(&line, 10, &id) && !text_left(&line))
			p->out->n_personalities++;
	} else if (p->list >= 0 && !lists[p->list].entry(p, line)) {
		p->list = -1;
	}
}

int fdinfo_parse(const char *text, size_t n, struct fdinfo *out)
{
	struct fdinfo got = { .sq_thread = -1, .sq_cpu = -1 };
	struct parser p = { .out = &got, .list = -1 };
	struct text all = { text, text + n }, line;

	while (!p.err && text_line(&all, &line))
		take(&p, line);
	if (p.err) {
		fdinfo_free(&got);
		return p.err;
	}
	got.has_ring = p.seen == (1u << ARRAY_SIZE(ring_fields)) - 1;
	*out = got;
	return 0;
}

void fdinfo_free(struct fdinfo *i)
{
	free(i->files);
	free(i->bufs);
	free(i->polls);
	free(i->overflow);
	free(i->sqes);
	free(i->cqes);
	*i = (struct fdinfo){ 0 };
}
