/* SPDX-License-Identifier: MIT */
#include "emit-dump.h"

#include <fcntl.h>
#include <string.h>

#include "probe/lib/base.h"

struct names {
	struct out *o;	  /* to add members to an array */
	struct str *text; /* or to join names with '|' */
};

static void add_name(void *arg, const char *name)
{
	struct names *n = arg;

	if (n->o)
		out_str(n->o, NULL, NULL, name);
	if (n->text)
		str_addf(n->text, "%s%s", n->text->len ? "|" : "", name);
}

static void emit_u32(struct out *o, const char *key, const char *label, bool known, uint32_t v)
{
	if (known)
		out_u64(o, key, label, v, OUT_PLAIN);
	else
		out_null(o, key, label);
}

/* Opens an object with a single source. title NULL keeps it out of the text. said: a reason that the text
 * has already given, or NULL. */
static void open_part(struct out *o, const char *key, const char *title, const struct seen *s,
		      const struct seen *said)
{
	bool news = !said || strcmp(s->why, said->why);
	_cleanup_str_ struct str label = { 0 };
	const char *source = dump_source_names[s->source];

	if (title)
		str_addf(&label, "%s, %s%s", title, source ? "from " : "not seen",
			 source ? source : "");
	out_obj(o, key, title ? str_text(&label) : NULL);
	out_str(o, "source", NULL, source);
	out_str(o, "why", *s->why && news ? "why" : NULL, *s->why ? s->why : NULL);
	out_str(o, "fix", *s->fix && news ? "fix" : NULL, *s->fix ? s->fix : NULL);
}

/* The source of values that only fdinfo has: fdinfo, or the reason why it has none. */
static struct seen info_seen(const struct dump_ring *r, bool has)
{
	struct seen s = { 0 };

	if (!r->info_err && has)
		s.source = SOURCE_FDINFO;
	else if (!r->info_err)
		snprintf(s.why, sizeof(s.why), "the fdinfo of this kernel does not tell");
	else if (r->info_err == -EAGAIN)
		snprintf(s.why, sizeof(s.why),
			 "the ring was locked each time, and fdinfo says nothing then");
	else if (r->info_err == -ENOENT)
		snprintf(s.why, sizeof(s.why), "the ring has no fd, and so no fdinfo");
	else
		snprintf(s.why, sizeof(s.why), "fdinfo cannot be read: %s",
			 errno_name(r->info_err));
	return s;
}

void dump_ring_name(const struct dump_ring *r, char *buf, size_t size)
{
	const struct dump_holder *h = r->holders;

	if (h->fd >= 0)
		snprintf(buf, size, "%d:%d", h->pid, h->fd);
	else
		snprintf(buf, size, "%d", h->pid);
}

static void emit_holders(struct out *o, const struct dump_ring *r, bool label)
{
	_cleanup_str_ struct str line = { 0 };

	out_arr(o, "holders", NULL);
	for (unsigned i = 0; i < r->n_holders; i++) {
		const struct dump_holder *h = &r->holders[i];

		out_obj(o, NULL, NULL);
		out_i64(o, "pid", NULL, h->pid);
		out_str(o, "comm", NULL, h->comm);
		if (h->fd >= 0)
			out_i64(o, "fd", NULL, h->fd);
		else
			out_null(o, "fd", NULL);
		out_bool(o, "mapped", NULL, h->rings.bytes);
		out_end(o);
		str_addf(&line, "%s%s (pid %d", i ? ", " : "", h->comm, h->pid);
		if (h->fd >= 0)
			str_addf(&line, ", fd %d)", h->fd);
		else
			str_add(&line, ", no fd)");
	}
	out_end(o);
	if (label)
		out_str(o, NULL, "held by", str_text(&line));
}

static void emit_flags(struct out *o, const char *key, const char *label, bool known, uint32_t v,
		       void (*decode)(uint32_t, flag_fn, void *))
{
	_cleanup_str_ struct str text = { 0 };
	struct names names = { o, &text };

	if (!known) {
		out_null(o, key, NULL);
		return;
	}
	out_arr(o, key, NULL);
	decode(v, add_name, &names);
	out_end(o);
	out_str(o, NULL, label, text.len ? str_text(&text) : "none");
}

static void emit_header(struct out *o, const struct look *last, const struct seen *seen)
{
	const struct ring_state *s = &last->state;
	bool has = last->has_state, flags = last->has_flags;

	open_part(o, "header", "header", seen, NULL);
	emit_u32(o, "sq_head", has ? "sq.head" : NULL, has, s->sq_head);
	emit_u32(o, "sq_tail", has ? "sq.tail" : NULL, has, s->sq_tail);
	emit_u32(o, "sq_entries", has ? "sq.ring_entries" : NULL, has, s->sq_entries);
	emit_u32(o, "sq_flags", NULL, flags, s->sq_flags);
	emit_flags(o, "sq_flag_names", "sq.flags", flags, s->sq_flags, decode_sq_ring_flags);
	emit_u32(o, "sq_dropped", flags ? "sq.dropped" : NULL, flags, s->sq_dropped);
	emit_u32(o, "cq_head", has ? "cq.head" : NULL, has, s->cq_head);
	emit_u32(o, "cq_tail", has ? "cq.tail" : NULL, has, s->cq_tail);
	emit_u32(o, "cq_entries", has ? "cq.ring_entries" : NULL, has, s->cq_entries);
	emit_u32(o, "cq_flags", NULL, flags, s->cq_flags);
	emit_flags(o, "cq_flag_names", "cq.flags", flags, s->cq_flags, decode_cq_ring_flags);
	emit_u32(o, "cq_overflow", flags ? "cq.overflow" : NULL, flags, s->cq_overflow);
	out_end(o);
}

static void emit_queue(struct out *o, const struct look *last, bool labels)
{
	uint32_t in_flight = 0;
	bool has = last->has_state,
	     known = has && ring_in_flight(&last->state, last->overflow, &in_flight);

	emit_u32(o, "pending", "pending", has, has ? ring_pending(&last->state) : 0);
	emit_u32(o, "unreaped", "unreaped", has, has ? ring_unreaped(&last->state) : 0);
	emit_u32(o, "in_flight", labels ? "in flight, about" : "in flight", known, in_flight);
}

static void emit_entry_format(struct out *o, const struct capture *c)
{
	_cleanup_str_ struct str line = { 0 };
	const struct entry_format *s;

	if (!c || c->seen.source == SOURCE_NONE) {
		out_null(o, "entries", NULL);
		return;
	}
	s = &c->format;
	out_obj(o, "entries", NULL);
	out_u64(o, "sqe_bytes", NULL, s->flags & SETUP_SQE128 ? 128 : 64, OUT_PLAIN);
	out_str(o, "sqe_certainty", NULL, certainty_names[s->sqe]);
	out_u64(o, "cqe_bytes", NULL, s->flags & SETUP_CQE32 ? 32 : 16, OUT_PLAIN);
	out_str(o, "cqe_certainty", NULL, certainty_names[s->cqe]);
	out_bool(o, "sq_array", NULL, !(s->flags & SETUP_NO_SQARRAY));
	out_str(o, "sq_array_certainty", NULL, certainty_names[s->array]);
	out_end(o);
	str_addf(&line, "SQEs of %u bytes (%s), CQEs of %u bytes (%s), %s (%s)",
		 s->flags & SETUP_SQE128 ? 128 : 64, certainty_names[s->sqe],
		 s->flags & SETUP_CQE32 ? 32 : 16, certainty_names[s->cqe],
		 s->flags & SETUP_NO_SQARRAY ? "no index array" : "an index array",
		 certainty_names[s->array]);
	out_str(o, NULL, "entries", str_text(&line));
}

static void emit_rates(struct out *o, const struct dump_view *v, struct rates *r)
{
	*r = (struct rates){ 0 };
	if (!diagnose_rates(v->looks, v->n_looks, r)) {
		out_null(o, "rates", NULL);
		return;
	}
	out_obj(o, "rates", NULL);
	out_f64(o, "submitted_per_s", NULL, r->submitted, 1, OUT_COUNT);
	out_f64(o, "completed_per_s", NULL, r->completed, 1, OUT_COUNT);
	out_f64(o, "reaped_per_s", NULL, r->reaped, 1, OUT_COUNT);
	out_end(o);
	out_f64(o, NULL, "completed/s", r->completed, 1, OUT_COUNT);
}

static void emit_thread(struct out *o, const struct dump_ring *r, const struct rates *rates)
{
	const struct fdinfo *i = &r->info;
	_cleanup_str_ struct str line = { 0 };

	if (r->info_err || !i->has_thread || i->sq_thread <= 0) {
		out_null(o, "sq_thread", NULL);
		return;
	}
	out_obj(o, "sq_thread", NULL);
	out_i64(o, "pid", NULL, i->sq_thread);
	out_i64(o, "cpu", NULL, i->sq_cpu);
	str_addf(&line, "%d", i->sq_thread);
	if (rates->has_thread) {
		out_f64(o, "cpu_share", NULL, rates->thread_share, 3, OUT_PLAIN);
		str_addf(&line, ", %.0f %% of a CPU", 100 * rates->thread_share);
	} else {
		out_null(o, "cpu_share", NULL);
	}
	if (i->has_times && i->total_us) {
		out_u64(o, "total_ns", NULL, i->total_us * 1000, OUT_NS);
		out_u64(o, "work_ns", NULL, i->work_us * 1000, OUT_NS);
		out_f64(o, "work_share", NULL, (double)i->work_us / i->total_us, 3, OUT_PLAIN);
		str_addf(&line, ", %.0f %% of it work", 100.0 * i->work_us / i->total_us);
	} else {
		out_null(o, "total_ns", NULL);
		out_null(o, "work_ns", NULL);
		out_null(o, "work_share", NULL);
	}
	out_end(o);
	out_str(o, NULL, "SQ thread", str_text(&line));
}

static void emit_registered(struct out *o, const struct dump_view *v)
{
	const struct fdinfo *i = &v->ring->info;
	const struct seen seen = info_seen(v->ring, i->has[INFO_FILES]);
	bool has = seen.source != SOURCE_NONE, listed = has && v->capture;

	open_part(o, "registered", v->capture ? "registered" : NULL, &seen, NULL);
	emit_u32(o, "files", has ? "files" : NULL, has, i->n_user_files);
	emit_u32(o, "buffers", has ? "buffers" : NULL, has, i->n_user_bufs);
	emit_u32(o, "personalities", NULL, has, i->n_personalities);
	out_arr(o, "file_list", i->n[INFO_FILES] ? "" : NULL);
	for (uint32_t n = 0; listed && n < i->n[INFO_FILES]; n++) {
		out_row(o, NULL, "");
		out_u64(o, "index", "file", i->files[n].index, OUT_PLAIN);
		out_str(o, "name", "name", i->files[n].name);
		out_end(o);
	}
	out_end(o);
	out_arr(o, "buffer_list", i->n[INFO_BUFS] ? "" : NULL);
	for (uint32_t n = 0; listed && n < i->n[INFO_BUFS]; n++) {
		out_row(o, NULL, "");
		out_u64(o, "index", "buffer", i->bufs[n].index, OUT_PLAIN);
		out_u64(o, "addr", "address", i->bufs[n].addr, OUT_HEX);
		out_u64(o, "bytes", "size", i->bufs[n].len, OUT_BYTES);
		out_end(o);
	}
	out_end(o);
	out_end(o);
	if (!v->capture) {
		emit_u32(o, NULL, "files", has, i->n_user_files);
		emit_u32(o, NULL, "bufs", has, i->n_user_bufs);
	}
}

static void emit_napi(struct out *o, const struct dump_ring *r)
{
	const struct fdinfo *i = &r->info;

	if (r->info_err || !i->has_napi) {
		out_null(o, "napi", NULL);
		return;
	}
	out_obj(o, "napi", i->napi ? "NAPI" : NULL);
	out_bool(o, "enabled", "enabled", i->napi);
	out_str(o, "tracking", "tracking", *i->napi_tracking ? i->napi_tracking : NULL);
	out_u64(o, "busy_poll_us", "busy poll, us", i->napi_us, OUT_PLAIN);
	out_bool(o, "prefer_busy_poll", "prefer busy poll", i->napi_prefer);
	out_end(o);
}

static const char *file_name(const struct dump_view *v, int fd, bool fixed, char *buf, size_t size)
{
	const struct fdinfo *i = &v->ring->info;

	if (!fixed)
		return scan_path(v->k, v->ring->holders, fd, buf, size) == 0 ? buf : NULL;
	for (uint32_t n = 0; !v->ring->info_err && n < i->n[INFO_FILES]; n++)
		if (i->files[n].index == (uint32_t)fd)
			return i->files[n].name;
	return NULL;
}

static const char *path_of(const struct dump_view *v, const struct sqe_facts *s, char *buf,
			   size_t size)
{
	enum op_fd kind = decode_fd_kind(s->opcode);

	if (kind == OP_FD_NONE)
		return NULL;
	if (s->fd == AT_FDCWD && kind == OP_FD_DIR)
		return "AT_FDCWD";
	return file_name(v, s->fd, s->flags & SQEF_FIXED_FILE, buf, size);
}

static void emit_sqe(struct out *o, const struct dump_view *v, const struct sqe_facts *s)
{
	_cleanup_str_ struct str flags = { 0 }, op_flags = { 0 }, op = { 0 };
	struct names flag_names = { o, &flags }, op_flag_names = { o, &op_flags };
	const char *known = decode_op(s->opcode), *more = decode_more_flags_name(s->opcode);
	bool no_fd = decode_fd_kind(s->opcode) == OP_FD_NONE;
	char path[512];

	out_row(o, NULL, "");
	out_u64(o, "slot", "slot", s->slot, OUT_PLAIN);
	out_u64(o, "index", "SQE", s->index, OUT_PLAIN);
	out_bool(o, "valid_index", NULL, s->valid_index);
	if (!s->valid_index) {
		out_str(o, NULL, "op", "(there is no such SQE)");
		out_end(o);
		return;
	}
	out_str(o, "op", NULL, known);
	emit_u32(o, "opcode", NULL, s->opcode != OPCODE_UNKNOWN, s->opcode);
	if (known)
		str_add(&op, known);
	else if (s->opcode == OPCODE_UNKNOWN)
		str_add(&op, "unknown");
	else
		str_addf(&op, "opcode %u", s->opcode);
	out_str(o, NULL, "op", str_text(&op));
	out_u64(o, "bytes", NULL, s->big ? 128 : 64, OUT_PLAIN);
	out_i64(o, "fd", no_fd ? NULL : "fd", s->fd);
	out_str(o, "path", no_fd ? NULL : "file", path_of(v, s, path, sizeof(path)));
	out_u64(o, "off", "off", s->off, OUT_PLAIN);
	emit_u32(o, "len", "len", s->whole, s->len);
	out_u64(o, "addr", "addr", s->addr, OUT_HEX);
	out_u64(o, "flags", NULL, s->flags, OUT_HEX);
	out_arr(o, "flag_names", NULL);
	decode_sqe_flags(s->flags, add_name, &flag_names);
	out_end(o);
	out_str(o, NULL, "flags", str_text(&flags));
	out_u64(o, "op_flags", NULL, s->op_flags, OUT_HEX);
	out_str(o, "op_flags_member", NULL, decode_op_flags_name(s->opcode));
	out_arr(o, "op_flag_names", NULL);
	decode_op_flags(s->opcode, s->op_flags, add_name, &op_flag_names);
	out_end(o);
	out_str(o, "more_flags_member", NULL, more);
	if (s->whole) {
		out_arr(o, "more_flag_names", NULL);
		decode_more_flags(s, add_name, &op_flag_names);
		out_end(o);
	} else {
		out_null(o, "more_flag_names", NULL);
	}
	out_str(o, NULL, "of the op", str_text(&op_flags));
	emit_u32(o, "ioprio", NULL, s->whole, s->ioprio);
	out_u64(o, "buf_index", NULL, s->buf_index, OUT_PLAIN);
	emit_u32(o, "personality", NULL, s->whole, s->personality);
	emit_u32(o, "file_index", NULL, s->whole, s->file_index);
	if (s->chain >= 0)
		out_i64(o, "chain", "chain", s->chain);
	else
		out_null(o, "chain", NULL);
	out_u64(o, "user_data", "user_data", s->user_data, OUT_HEX);
	out_end(o);
}

static void emit_cqe(struct out *o, const struct cqe_facts *c, bool has_slot)
{
	_cleanup_str_ struct str flags = { 0 }, res = { 0 };
	struct names names = { o, &flags };
	bool failed = c->res < 0 && !decode_zc_copied(c);

	out_row(o, NULL, "");
	if (has_slot)
		out_u64(o, "slot", "slot", c->slot, OUT_PLAIN);
	out_u64(o, "user_data", "user_data", c->user_data, OUT_HEX);
	out_i64(o, "res", NULL, c->res);
	out_str(o, "error", NULL, failed ? errno_name(c->res) : NULL);
	if (failed)
		str_addf(&res, "-%s", errno_name(c->res));
	else if (c->res < 0)
		str_add(&res, "ZC_COPIED");
	else
		str_addf(&res, "%d", c->res);
	out_str(o, NULL, "res", str_text(&res));
	if (failed)
		out_tone(o, TONE_BAD);
	out_u64(o, "flags", NULL, c->flags, OUT_HEX);
	out_arr(o, "flag_names", NULL);
	decode_cqe_flags(c->flags, add_name, &names);
	out_end(o);
	out_str(o, NULL, "flags", str_text(&flags));
	emit_u32(o, "buffer_id", c->flags & CQEF_BUFFER ? "buffer" : NULL, c->flags & CQEF_BUFFER,
		 c->flags >> 16);
	if (c->big) {
		out_arr(o, "extra", NULL);
		out_u64(o, NULL, NULL, c->extra[0], OUT_HEX);
		out_u64(o, NULL, NULL, c->extra[1], OUT_HEX);
		out_end(o);
		out_u64(o, NULL, "extra 1", c->extra[0], OUT_HEX);
		out_u64(o, NULL, "extra 2", c->extra[1], OUT_HEX);
	} else {
		out_null(o, "extra", NULL);
	}
	out_end(o);
}

static void emit_entries(struct out *o, const struct dump_view *v)
{
	const struct capture *c = v->capture;

	if (!c) {
		out_null(o, "sqes", NULL);
		out_null(o, "cqes", NULL);
		out_null(o, "gone", NULL);
		return;
	}
	open_part(o, "sqes", "pending SQEs", &c->sqes_seen, &c->seen);
	out_arr(o, "list", c->sqes_seen.source ? "" : NULL);
	for (unsigned i = 0; i < c->n_sqes; i++)
		emit_sqe(o, v, &c->sqes[i]);
	out_end(o);
	out_end(o);
	open_part(o, "cqes", "unreaped CQEs", &c->cqes_seen, &c->seen);
	out_arr(o, "list", c->cqes_seen.source ? "" : NULL);
	for (unsigned i = 0; i < c->n_cqes; i++)
		emit_cqe(o, &c->cqes[i], true);
	out_end(o);
	out_end(o);
	out_u64(o, "gone", c->gone ? "taken while they were read" : NULL, c->gone, OUT_PLAIN);
}

static void emit_polls(struct out *o, const struct dump_view *v)
{
	const struct fdinfo *i = &v->ring->info;
	const struct seen seen = info_seen(v->ring, i->has[INFO_POLLS]);
	const struct seen registered = info_seen(v->ring, i->has[INFO_FILES]);

	open_part(o, "polls",
		  v->capture ? "requests that can be cancelled, polls among them" : NULL, &seen,
		  &registered);
	out_arr(o, "list", seen.source ? "" : NULL);
	for (uint32_t n = 0; seen.source && n < i->n[INFO_POLLS]; n++) {
		out_row(o, NULL, "");
		out_str(o, "op", "op", decode_op(i->polls[n].opcode));
		out_u64(o, "opcode", "opcode", i->polls[n].opcode, OUT_PLAIN);
		out_bool(o, "task_work", "task work", i->polls[n].task_works);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

static void emit_overflow(struct out *o, const struct dump_view *v)
{
	const struct fdinfo *i = &v->ring->info;
	const struct seen seen = info_seen(v->ring, i->has[INFO_OVERFLOW]);
	const struct seen registered = info_seen(v->ring, i->has[INFO_FILES]);

	open_part(o, "overflow", v->capture ? "completions that did not fit into the CQ" : NULL,
		  &seen, &registered);
	emit_u32(o, "count", NULL, seen.source, i->n[INFO_OVERFLOW]);
	out_arr(o, "list", seen.source ? "" : NULL);
	for (uint32_t n = 0; v->capture && seen.source && n < i->n[INFO_OVERFLOW]; n++) {
		struct cqe_facts c;

		decode_info_cqe(&i->overflow[n], &c);
		emit_cqe(o, &c, false);
	}
	out_end(o);
	out_end(o);
	if (!v->capture)
		emit_u32(o, NULL, "overflow", seen.source, i->n[INFO_OVERFLOW]);
}

unsigned dump_problems(const struct dump_view *v, struct problem out[static PROBLEMS])
{
	const struct capture *c = v->capture;
	const struct fdinfo *i = &v->ring->info;
	char path[512], file[600] = "";
	struct evidence e = {
		.looks = v->looks,
		.n = v->n_looks,
		.sqpoll = !v->ring->info_err && i->has_thread && i->sq_thread > 0,
		.one_fd = c && c->one_fd,
		.file = file,
	};

	if (e.one_fd) {
		const char *name = file_name(v, c->fd, c->one_fd_fixed, path, sizeof(path));

		snprintf(file, sizeof(file), "%s %d%s%s%s",
			 c->one_fd_fixed ? "registered file" : "fd", c->fd, name ? " (" : "",
			 name ? name : "", name ? ")" : "");
	}
	return diagnose_ring(&e, out);
}

static void emit_findings(struct out *o, const struct dump_view *v)
{
	struct problem found[PROBLEMS];
	unsigned n = dump_problems(v, found);

	out_arr(o, "findings", n ? "what is wrong here" : NULL);
	for (unsigned i = 0; i < n; i++) {
		out_obj(o, NULL, "");
		out_str(o, "id", NULL, finding_names[found[i].id]);
		out_str(o, "what", "", found[i].what);
		out_tone(o, TONE_BAD);
		out_str(o, "fix", "->", found[i].fix);
		out_end(o);
	}
	out_end(o);
}

/* The text shows a series only if it was requested. */
static void emit_samples(struct out *o, const struct dump_view *v)
{
	bool shown = v->capture && v->n_looks > 2;

	out_arr(o, "samples", shown ? "samples" : NULL);
	for (unsigned i = 0; i < v->n_looks; i++) {
		const struct look *l = &v->looks[i];
		const struct ring_state *s = &l->state;
		bool has = l->has_state;

		out_row(o, NULL, "");
		out_u64(o, "t_ns", NULL, l->t_ns - v->looks[0].t_ns, OUT_NS);
		out_f64(o, NULL, "ms", (l->t_ns - v->looks[0].t_ns) / 1e6, 1, OUT_PLAIN);
		emit_u32(o, "sq_head", has ? "sq.head" : NULL, has, s->sq_head);
		emit_u32(o, "sq_tail", has ? "sq.tail" : NULL, has, s->sq_tail);
		emit_u32(o, "cq_head", has ? "cq.head" : NULL, has, s->cq_head);
		emit_u32(o, "cq_tail", has ? "cq.tail" : NULL, has, s->cq_tail);
		emit_u32(o, "sq_flags", NULL, l->has_flags, s->sq_flags);
		emit_u32(o, "pending", "pending", has, has ? ring_pending(s) : 0);
		emit_u32(o, "unreaped", "unreaped", has, has ? ring_unreaped(s) : 0);
		if (l->has_thread)
			out_u64(o, "sq_thread_ns", NULL, l->thread_ns, OUT_NS);
		else
			out_null(o, "sq_thread_ns", NULL);
		out_end(o);
	}
	out_end(o);
}

void emit_ring(struct out *o, const struct dump_view *v)
{
	const struct dump_ring *r = v->ring;
	const struct look *last = &v->looks[v->n_looks - 1];
	bool detail = v->capture;
	struct rates rates;
	char name[32];

	dump_ring_name(r, name, sizeof(name));
	if (detail) {
		char title[64];

		snprintf(title, sizeof(title), "ring %s", name);
		out_obj(o, NULL, title);
	} else {
		out_row(o, NULL, "");
		out_i64(o, NULL, "pid", r->holders->pid);
		out_str(o, NULL, "comm", r->holders->comm);
		if (r->holders->fd >= 0)
			out_i64(o, NULL, "fd", r->holders->fd);
		else
			out_null(o, NULL, "fd");
		out_u64(o, NULL, "holders", r->n_holders, OUT_PLAIN);
		emit_u32(o, NULL, "SQ", last->has_state, last->state.sq_entries);
		emit_u32(o, NULL, "CQ", last->has_state, last->state.cq_entries);
	}
	emit_holders(o, r, detail);
	if (r->ino)
		out_u64(o, "ino", NULL, r->ino, OUT_PLAIN);
	else
		out_null(o, "ino", NULL);
	emit_entry_format(o, v->capture);
	emit_queue(o, last, detail);
	emit_rates(o, v, &rates);
	emit_thread(o, r, &rates);
	emit_header(o, last, v->seen);
	emit_registered(o, v);
	emit_napi(o, r);
	emit_entries(o, v);
	emit_polls(o, v);
	emit_overflow(o, v);
	emit_findings(o, v);
	emit_samples(o, v);
	out_end(o);
}
