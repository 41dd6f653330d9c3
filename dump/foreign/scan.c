/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <string.h>

#include "dump/abi/predict.h"
#include "maps.h"
#include "probe/kernel/process.h"
#include "probe/lib/base.h"

#define RING_NAME	"anon_inode:[io_uring]"
#define FILE_READ_FIRST 65536u
#define FILE_READ_MOST	(64u << 20)
#define INFO_TRIES	5

struct scanner {
	struct kernel *k;
	bool has_inodes; /* each ring its own */
	struct dump_scan *out;
};

/* Reads a file of unknown length; read_file() truncates silently. */
static int read_all(struct kernel *k, const char *path, char **text, size_t *n)
{
	for (size_t size = FILE_READ_FIRST; size <= FILE_READ_MOST; size *= 4) {
		char *buf = malloc(size);
		ssize_t got;

		if (!buf)
			return -ENOMEM;
		got = k->read_file(k, path, buf, size);
		if (got >= 0 && ((size_t)got < size - 1 || size * 4 > FILE_READ_MOST)) {
			*text = buf;
			*n = got;
			return 0;
		}
		free(buf);
		if (got < 0)
			return got;
	}
	return -EFBIG;
}

static int parse_pid(const struct text *word)
{
	struct text t = *word;
	int32_t v;

	return text_i32(&t, &v) && !text_left(&t) && v >= 0 ? v : -1;
}

static void comm_of(struct kernel *k, int pid, char *comm, size_t size)
{
	char path[64], buf[64];
	struct text t = { buf, buf }, line;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	n = k->read_file(k, path, buf, sizeof(buf));
	if (n > 0)
		t.end = buf + n;
	if (!text_line(&t, &line))
		line = t;
	text_copy(&line, comm, size);
}

static int read_info(struct kernel *k, int pid, int fd, struct fdinfo *info)
{
	_cleanup_free_ char *text = NULL;
	char path[64];
	size_t n = 0;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	r = read_all(k, path, &text, &n);
	return r < 0 ? r : fdinfo_parse(text, n, info);
}

static struct dump_ring *new_ring(struct dump_scan *s)
{
	struct dump_ring *rings = reallocarray(s->rings, s->n + 1, sizeof(*rings));

	if (!rings)
		return NULL;
	s->rings = rings;
	rings[s->n] = (struct dump_ring){ .info_err = -ENOENT };
	return &rings[s->n++];
}

static struct dump_holder *new_holder(struct dump_ring *r)
{
	struct dump_holder *h = reallocarray(r->holders, r->n_holders + 1, sizeof(*h));

	if (!h)
		return NULL;
	r->holders = h;
	h[r->n_holders] = (struct dump_holder){ .fd = -1 };
	return &h[r->n_holders++];
}

static struct dump_ring *ring_of_inode(struct scanner *s, uint64_t ino)
{
	for (unsigned i = 0; s->has_inodes && ino && i < s->out->n; i++)
		if (s->out->rings[i].ino == ino)
			return &s->out->rings[i];
	return NULL;
}

static struct dump_ring *ring_of_file(struct scanner *s, int pid, int fd)
{
	for (unsigned i = 0; !s->has_inodes && i < s->out->n; i++) {
		const struct dump_holder *h = s->out->rings[i].holders;

		if (process_same_file(s->k, h->pid, h->fd, pid, fd) == 1)
			return &s->out->rings[i];
	}
	return NULL;
}

static int add_fd(struct scanner *s, int pid, int fd)
{
	struct fdinfo info = { 0 };
	struct dump_holder *h;
	struct dump_ring *r;
	int e = read_info(s->k, pid, fd, &info);
	uint64_t ino = s->has_inodes ? info.ino : 0;

	if (e == -ENOMEM)
		return e;
	r = ring_of_inode(s, ino);
	if (!r)
		r = ring_of_file(s, pid, fd);
	if (r) {
		fdinfo_free(&info);
	} else {
		r = new_ring(s->out);
		if (!r) {
			fdinfo_free(&info);
			return -ENOMEM;
		}
		r->ino = ino;
		r->info = info;
		r->info_err = e < 0 || info.has[INFO_FILES] ? e : -EAGAIN;
		r->info_fresh = !r->info_err;
	}
	h = new_holder(r);
	if (!h)
		return -ENOMEM;
	h->pid = pid;
	h->fd = fd;
	comm_of(s->k, pid, h->comm, sizeof(h->comm));
	return 0;
}

static int add_fds(struct scanner *s, int pid)
{
	_cleanup_str_ struct str names = { 0 };
	char path[64], target[64];
	struct text all, word;
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	r = process_list_dir(s->k, path, &names);
	if (r < 0)
		return r;
	all = (struct text){ str_text(&names), str_text(&names) + names.len };
	while (text_line(&all, &word)) {
		fd = parse_pid(&word);
		if (fd < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		if (process_read_link(s->k, path, target, sizeof(target)) < 0 ||
		    strcmp(target, RING_NAME))
			continue;
		r = add_fd(s, pid, fd);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_map(struct scanner *s, int pid, const struct maps_row *row)
{
	struct dump_place place = { row->start, row->end - row->start };
	struct dump_ring *r = ring_of_inode(s, row->ino);
	struct dump_holder *h = NULL;

	if (!r) {
		r = new_ring(s->out);
		if (!r)
			return -ENOMEM;
		r->ino = row->ino;
	}
	for (unsigned i = 0; i < r->n_holders; i++)
		if (r->holders[i].pid == pid)
			h = &r->holders[i];
	if (!h) {
		h = new_holder(r);
		if (!h)
			return -ENOMEM;
		h->pid = pid;
		comm_of(s->k, pid, h->comm, sizeof(h->comm));
	}
	if (row->offset == RING_OFF_SQ_RING && !h->rings.bytes)
		h->rings = place;
	if (row->offset == RING_OFF_SQES && !h->sqes.bytes)
		h->sqes = place;
	return 0;
}

static int add_maps(struct scanner *s, int pid)
{
	_cleanup_free_ char *text = NULL;
	struct maps_row row;
	char path[64];
	struct text all;
	size_t n = 0;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	r = read_all(s->k, path, &text, &n);
	if (r < 0)
		return r;
	all = (struct text){ text, text + n };
	while (maps_next(&all, &row)) {
		struct text name = row.name;

		if (!text_skip(&name, RING_NAME) || text_left(&name))
			continue;
		r = add_map(s, pid, &row);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_refusal(int e)
{
	return e == -EACCES || e == -EPERM;
}

static int add_process(struct scanner *s, int pid)
{
	int r = add_fds(s, pid);

	/* Without inodes a mapping does not identify its ring. */
	if (r == 0 && s->has_inodes)
		r = add_maps(s, pid);
	if (r == -ENOMEM)
		return r;
	if (is_refusal(r))
		s->out->hidden++;
	return 0;
}

static bool holds(const struct dump_ring *r, int pid, int fd)
{
	for (unsigned i = 0; i < r->n_holders; i++)
		if (r->holders[i].pid == pid && (fd < 0 || r->holders[i].fd == fd)) {
			struct dump_holder h = r->holders[i];

			r->holders[i] = r->holders[0];
			r->holders[0] = h;
			return true;
		}
	return false;
}

static void free_ring(struct dump_ring *r)
{
	free(r->holders);
	fdinfo_free(&r->info);
}

/* Keeps only the rings of pid. */
static void narrow(struct dump_scan *s, int pid, int fd)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (holds(&s->rings[i], pid, fd))
			s->rings[n++] = s->rings[i];
		else
			free_ring(&s->rings[i]);
	s->n = n;
}

/* Checks whether the process exists and may be inspected. */
static int check_process(struct kernel *k, int pid, struct fail *f)
{
	_cleanup_str_ struct str names = { 0 };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	r = process_list_dir(k, path, &names);
	if (r == -ENOENT || r == -ESRCH)
		return fail_set(f, -ESRCH, "there is no process %d", pid);
	if (is_refusal(r))
		return fail_as(
			f, FAIL_UNAVAILABLE, -EACCES,
			"process %d belongs to another user, or may not be traced: nothing of "
			"it can be seen; run this as root",
			pid);
	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}

int scan_rings(struct kernel *k, struct kver kernel, int pid, int fd, struct dump_scan *out,
	       struct fail *f)
{
	struct dump_scan got = { 0 };
	struct scanner s = { k, !kver_before(kernel, (struct kver){ 5, 16 }), &got };
	_cleanup_str_ struct str names = { 0 };
	struct text all, word;
	int r = pid >= 0 ? check_process(k, pid, f) : 0;

	if (r < 0)
		return r;
	r = process_list_dir(k, "/proc", &names);
	if (r < 0)
		return fail_set(f, r, "/proc: %s", strerror(-r));
	all = (struct text){ str_text(&names), str_text(&names) + names.len };
	while (r == 0 && text_line(&all, &word)) {
		int one = parse_pid(&word);

		if (one > 0)
			r = add_process(&s, one);
	}
	if (r < 0) {
		scan_free(&got);
		return fail_set(f, r, "out of memory");
	}
	if (pid >= 0)
		narrow(&got, pid, fd);
	if (fd >= 0 && !got.n) {
		scan_free(&got);
		return fail_set(f, -EBADF, "fd %d of process %d is not a ring", fd, pid);
	}
	*out = got;
	return 0;
}

void scan_free(struct dump_scan *s)
{
	for (unsigned i = 0; i < s->n; i++)
		free_ring(&s->rings[i]);
	free(s->rings);
	*s = (struct dump_scan){ 0 };
}

int scan_info(struct kernel *k, struct dump_ring *r)
{
	struct fdinfo info;
	int e = -ENOENT;

	for (unsigned i = 0; i < r->n_holders; i++) {
		if (r->holders[i].fd < 0)
			continue;
		for (unsigned tries = 0; tries < INFO_TRIES; tries++) {
			e = read_info(k, r->holders[i].pid, r->holders[i].fd, &info);
			if (e < 0)
				break;
			if (info.has[INFO_FILES]) {
				fdinfo_free(&r->info);
				r->info = info;
				r->info_err = 0;
				r->info_fresh = true;
				return 0;
			}
			fdinfo_free(&info);
			e = -EAGAIN;
		}
	}
	if (r->info_err)
		r->info_err = e;
	r->info_fresh = false;
	return e;
}

int scan_thread_ns(struct kernel *k, int tid, uint64_t *ns)
{
	char path[64], buf[128];
	struct text t;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
	n = k->read_file(k, path, buf, sizeof(buf));
	if (n < 0)
		return n;
	t = (struct text){ buf, buf + n };
	return text_u64(&t, 10, ns) ? 0 : -EPROTO;
}

int scan_path(struct kernel *k, const struct dump_holder *h, int fd, char *path, size_t size)
{
	char link[64], target[512];
	struct text t;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", h->pid, fd);
	n = process_read_link(k, link, target, sizeof(target));
	if (n < 0)
		return n;
	t = (struct text){ target, target + n };
	text_copy(&t, path, size);
	return 0;
}
