/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <string.h>

#include "cmd/command.h"
#include "emit-dump.h"
#include "probe/lib/base.h"
#include "probe/lib/mono.h"

#define HISTORY 32

/* A ring followed from one interval to the next. */
struct track {
	uint64_t ino;
	int pid, fd;
	struct look looks[2]; /* previous, current */
	unsigned n_looks;
	uint32_t backlog[HISTORY]; /* newest last */
	unsigned n_backlog;
};

struct watch {
	struct kernel *k;
	const struct dump_offsets *offsets;
	struct track *tracks;
	unsigned n;
};

static bool is_same(const struct track *t, const struct dump_ring *r)
{
	return r->ino ? t->ino == r->ino : t->pid == r->holders->pid && t->fd == r->holders->fd;
}

/* Matches the tracks to the rings that exist now, in their order. */
static int follow(struct watch *w, const struct dump_scan *scan)
{
	struct track *tracks = calloc(scan->n + 1, sizeof(*tracks));

	if (!tracks)
		return -ENOMEM;
	for (unsigned i = 0; i < scan->n; i++) {
		const struct dump_ring *r = &scan->rings[i];

		for (unsigned j = 0; j < w->n; j++)
			if (is_same(&w->tracks[j], r))
				tracks[i] = w->tracks[j];
		tracks[i].ino = r->ino;
		tracks[i].pid = r->holders->pid;
		tracks[i].fd = r->holders->fd;
	}
	free(w->tracks);
	w->tracks = tracks;
	w->n = scan->n;
	return 0;
}

static void look_again(struct watch *w, struct track *t, struct dump_ring *r)
{
	uint64_t now = mono_ns(), info_ns = now;
	struct seen seen;
	struct look got;

	sample_ring(w->k, w->offsets, r, now, &info_ns, &got, &seen);
	if (t->n_looks == 2)
		t->looks[0] = t->looks[1];
	t->looks[t->n_looks ? 1 : 0] = got;
	t->n_looks += t->n_looks < 2;
	if (t->n_backlog == HISTORY)
		memmove(t->backlog, t->backlog + 1, (HISTORY - 1) * sizeof(*t->backlog));
	t->n_backlog += t->n_backlog < HISTORY;
	t->backlog[t->n_backlog - 1] =
		got.has_state ? ring_pending(&got.state) + ring_unreaped(&got.state) : 0;
}

/* The number of entries pending in the ring, relative to its size. */
static void sparkline(const struct track *t, bool ascii, struct str *to)
{
	static const char *const utf8[] = { " ",      "\u2581", "\u2582", "\u2583", "\u2584",
					    "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const plain[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	const struct ring_state *s = &t->looks[t->n_looks - 1].state;
	uint64_t room = (uint64_t)s->sq_entries + s->cq_entries;

	for (unsigned i = 0; i < t->n_backlog && room; i++) {
		uint64_t level = (8ull * t->backlog[i] + room - 1) / room;

		if (level > 8)
			level = 8;
		str_add(to, ascii ? plain[level] : utf8[level]);
	}
}

static void maybe_u32(struct out *o, const char *label, bool known, uint32_t v)
{
	if (known)
		out_u64(o, NULL, label, v, OUT_PLAIN);
	else
		out_null(o, NULL, label);
}

static void maybe_rate(struct out *o, const char *label, bool known, double v)
{
	if (known)
		out_f64(o, NULL, label, v, 1, OUT_COUNT);
	else
		out_null(o, NULL, label);
}

static void emit_track(struct out *o, const struct track *t, const struct dump_ring *r, bool ascii)
{
	const struct look *l = &t->looks[t->n_looks - 1];
	bool rated, has = l->has_state;
	_cleanup_str_ struct str line = { 0 };
	uint32_t in_flight = 0;
	struct rates rates = { 0 };
	char name[32];

	rated = diagnose_rates(t->looks, t->n_looks, &rates);
	dump_ring_name(r, name, sizeof(name));
	sparkline(t, ascii, &line);
	out_row(o, NULL, "");
	out_str(o, NULL, "ring", name);
	out_str(o, NULL, "comm", r->holders->comm);
	maybe_u32(o, "SQ", has, l->state.sq_entries);
	maybe_u32(o, "pending", has, has ? ring_pending(&l->state) : 0);
	maybe_u32(o, "unreaped", has, has ? ring_unreaped(&l->state) : 0);
	maybe_u32(o, "in flight", has && ring_in_flight(&l->state, l->overflow, &in_flight),
		  in_flight);
	maybe_rate(o, "submitted/s", rated, rates.submitted);
	maybe_rate(o, "completed/s", rated, rates.completed);
	if (rates.has_thread)
		out_f64(o, NULL, "SQ thread %", 100 * rates.thread_share, 0, OUT_PLAIN);
	else
		out_null(o, NULL, "SQ thread %");
	out_str(o, NULL, "backlog", str_text(&line));
	out_end(o);
}

static void emit_problems(struct out *o, const struct track *t, const struct dump_ring *r)
{
	const struct dump_view v = { .ring = r, .looks = t->looks, .n_looks = t->n_looks };
	struct problem found[PROBLEMS];
	unsigned n = dump_problems(&v, found);
	char name[32];

	dump_ring_name(r, name, sizeof(name));
	for (unsigned i = 0; i < n; i++) {
		out_str(o, NULL, name, found[i].what);
		out_tone(o, TONE_BAD);
	}
}

static int print_table(const struct invocation *inv, const struct watch *w,
		       const struct dump_scan *scan)
{
	_cleanup_str_ struct str text = { 0 };
	struct out *o = out_new();
	int r;

	if (!o)
		return -ENOMEM;
	out_arr(o, NULL, scan->n ? "" : "rings");
	for (unsigned i = 0; i < scan->n; i++)
		emit_track(o, &w->tracks[i], &scan->rings[i], inv->style.ascii);
	out_end(o);
	for (unsigned i = 0; i < scan->n; i++)
		emit_problems(o, &w->tracks[i], &scan->rings[i]);
	/* Moves to the top and clears what is below: this flickers less than clearing first. */
	if (isatty(STDOUT_FILENO))
		str_add(&text, "\033[H\033[J");
	r = out_text(o, &inv->style, &text);
	out_free(o);
	if (r == 0 && (fwrite(str_text(&text), 1, text.len, stdout) != text.len || fflush(stdout)))
		r = errno ? -errno : -EIO;
	return r;
}

int watch_rings(struct invocation *inv, const struct dump_offsets *o, int pid, int fd,
		uint64_t interval_ns, const volatile int *stop)
{
	struct watch w = { .k = inv->kernel, .offsets = o };
	uint64_t next = mono_ns();
	int code = EXIT_OK, r = 0;

	while (!*stop && r == 0) {
		struct dump_scan scan = { 0 };
		struct fail f;

		if (scan_rings(w.k, o->kernel, pid, fd, &scan, &f) < 0) {
			code = cmd_fail(inv, &f);
			break;
		}
		r = follow(&w, &scan);
		for (unsigned i = 0; r == 0 && i < scan.n; i++)
			look_again(&w, &w.tracks[i], &scan.rings[i]);
		if (r == 0)
			r = print_table(inv, &w, &scan);
		scan_free(&scan);
		next += interval_ns;
		if (r == 0)
			sample_wait(next, stop);
	}
	free(w.tracks);
	if (r < 0) {
		cmd_error(inv, "%s", strerror(-r));
		return EXIT_RUNTIME;
	}
	return *stop ? 128 + *stop : code;
}
