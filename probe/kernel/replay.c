/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <string.h>
#include <sys/mman.h>

#include "probe/lib/base.h"
#include "recording.h"

#define MAX_FDS 1024

/* A recorder (inner set) or a replay (inner NULL). */
struct tape {
	struct kernel k;
	struct kernel *inner;
	struct recording *rec;
	char *fd_label[MAX_FDS]; /* how the ring of the fd was set up; NULL: not our ring */
	int next_fd;
};

static const char *fd_name(struct tape *t, int fd, char buf[static 16])
{
	if (fd >= 0 && fd < MAX_FDS && t->fd_label[fd])
		return t->fd_label[fd];
	if (fd == BAD_FD)
		return "bad";
	snprintf(buf, 16, "%d", fd);
	return buf;
}

static const struct recorded_call *look_up(struct tape *t, const char *question)
{
	struct recorded_call *last = NULL;

	for (size_t i = 0; i < t->rec->n; i++) {
		struct recorded_call *c = &t->rec->calls[i];

		if (strcmp(c->question, question))
			continue;
		last = c;
		if (c->used)
			continue;
		c->used = true;
		break;
	}
	return last;
}

/* Records the kernel's answer and returns it, or -ENOMEM. A failed call has no data. */
static int64_t keep(struct tape *t, const struct str *question, int64_t ret,
		    const struct form *form, const void *data, size_t size)
{
	int r;

	if (question->err)
		return question->err;
	if (ret < 0)
		form = NULL;
	r = recording_add(t->rec, str_text(question), ret, form, data, form ? size : 0);
	return r < 0 ? r : ret;
}

/* Returns the recorded answer, with its bytes or struct in data, which has size bytes. The recording is not
 * trusted. */
static int64_t give(struct tape *t, const struct str *question, const struct form *form, void *data,
		    size_t size, size_t *given)
{
	const struct recorded_call *c;

	if (question->err)
		return question->err;
	c = look_up(t, str_text(question));
	if (!c || (c->ret >= 0 && form && !c->form))
		return -ENODATA;
	if (c->ret < 0 || !form)
		return c->ret;
	if (c->form != form || (form->kind == FORM_STRUCT && c->size < form->size))
		return -EPROTO;
	*given = c->size < size ? c->size : size;
	if (form->kind == FORM_STRUCT)
		form_copy(form, c->data, data);
	else if (*given)
		memcpy(data, c->data, *given);
	return c->ret;
}

/* Structs have the size of the caller's memory. */
static int64_t give_struct(struct tape *t, const struct str *question, const struct form *form,
			   void *data)
{
	size_t given;

	return give(t, question, form, data, form ? form->size : 0, &given);
}

static void tape_given_memory(struct tape *t, const struct str *label, const struct ring_params *p)
{
	void *memory = (void *)(uintptr_t)p->cq_off.user_addr;
	_cleanup_str_ struct str q = { 0 };
	size_t given;

	str_addf(&q, "memory %s", str_text(label));
	if (t->inner)
		keep(t, &q, 0, &form_words, memory, FORM_WORDS_BYTES);
	else
		give(t, &q, &form_words, memory, FORM_WORDS_BYTES, &given);
}

static int tape_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 }, label = { 0 };
	const struct ring_params asked = *p;
	int fd;

	str_addf(&label, "ring(entries=%u flags=0x%x cq_entries=%u)", entries, p->flags,
		 p->cq_entries);
	str_addf(&q, "setup %s", str_text(&label));
	if (t->inner) {
		fd = t->inner->setup(t->inner, entries, p);
		fd = keep(t, &q, fd, &form_params, p, sizeof(*p));
	} else {
		fd = give_struct(t, &q, &form_params, p);
		if (fd >= 0)
			fd = t->next_fd < MAX_FDS ? t->next_fd++ : -EMFILE;
	}
	/* With NO_MMAP the header is in the caller's memory, and there is no map call to record it. */
	if (fd >= 0 && asked.flags & SETUP_NO_MMAP && asked.cq_off.user_addr)
		tape_given_memory(t, &label, &asked);
	if (fd >= 0 && fd < MAX_FDS) {
		free(t->fd_label[fd]);
		t->fd_label[fd] = strdup(str_text(&label));
	}
	return fd;
}

static int tape_enter(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		      unsigned flags)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	char buf[16];
	int r;

	str_addf(&q, "enter fd=%s to_submit=%u min_complete=%u flags=0x%x", fd_name(t, fd, buf),
		 to_submit, min_complete, flags);
	if (!t->inner)
		return give_struct(t, &q, NULL, NULL);
	r = t->inner->enter(t->inner, fd, to_submit, min_complete, flags);
	return keep(t, &q, r, NULL, NULL, 0);
}

static int tape_reg(struct kernel *k, const struct reg_call *c)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	char buf[16];
	int r;

	str_addf(&q, "register fd=%s op=%u nr=%u", fd_name(t, c->fd, buf), c->op, c->nr);
	if (!t->inner)
		return give_struct(t, &q, c->form, c->out);
	r = t->inner->reg(t->inner, c);
	return keep(t, &q, r, c->form, c->out, c->form ? c->form->size : 0);
}

/* Records the header of a mapping, which has every static field. */
static int tape_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	const size_t head = length < FORM_WORDS_BYTES ? length : FORM_WORDS_BYTES;
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	void *p = NULL;
	size_t given;
	char buf[16];
	int r;

	str_addf(&q, "map fd=%s offset=0x%llx length=%zu", fd_name(t, fd, buf),
		 (unsigned long long)offset, length);
	if (t->inner) {
		r = t->inner->map(t->inner, fd, offset, length, &p);
		if (r < 0)
			return keep(t, &q, r, NULL, NULL, 0);
		r = keep(t, &q, r, &form_words, p, head);
	} else {
		p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return -errno;
		r = give(t, &q, &form_words, p, head, &given);
	}
	if (r < 0)
		munmap(p, length);
	else
		*addr = p;
	return r;
}

static void tape_unmap(struct kernel *k, void *addr, size_t length)
{
	(void)k;
	munmap(addr, length);
}

static void tape_close(struct kernel *k, int fd)
{
	struct tape *t = (struct tape *)k;

	if (fd >= 0 && fd < MAX_FDS) {
		free(t->fd_label[fd]);
		t->fd_label[fd] = NULL;
	}
	if (t->inner)
		t->inner->close(t->inner, fd);
}

static int tape_trial(struct kernel *k, enum trial_call call, struct trial *out)
{
	static const char *const names[TRIAL_CALLS] = { "setup", "enter", "register" };
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	struct trial got = { 0 };
	int r;

	str_addf(&q, "trial %s", names[call]);
	if (t->inner) {
		r = t->inner->trial(t->inner, call, &got);
		r = keep(t, &q, r, &form_trial, &got, sizeof(got));
	} else {
		r = give_struct(t, &q, &form_trial, &got);
	}
	if (r >= 0)
		*out = got;
	return r;
}

static ssize_t tape_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	size_t given = 0;
	ssize_t n;

	str_addf(&q, "read %s", path);
	if (t->inner) {
		n = t->inner->read_file(t->inner, path, buf, size);
		return keep(t, &q, n, &form_text, buf, n);
	}
	n = give(t, &q, &form_text, buf, size - 1, &given);
	buf[given] = '\0';
	return n < 0 ? n : (ssize_t)given;
}

static int tape_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	struct attempt got = { 0 };
	int r;

	str_addf(&q, "attempt %s", label);
	if (t->inner) {
		r = t->inner->attempt(t->inner, label, fn, arg, &got);
		r = keep(t, &q, r, &form_attempt, &got, sizeof(got));
	} else {
		r = give_struct(t, &q, &form_attempt, &got);
	}
	got.note[sizeof(got.note) - 1] = '\0';
	if (r >= 0)
		*out = got;
	return r;
}

/* The size of a struct differs between architectures. */
static ssize_t kept_struct(struct tape *t, const struct str *q, ssize_t n, const struct form *form,
			   const void *data)
{
	int64_t r = keep(t, q, n < 0 ? n : 0, form, data, form->size);

	return r < 0 ? r : n;
}

static ssize_t tape_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	size_t given = 0;
	ssize_t n;

	str_addf(&q, "inquire %s", label);
	if (form->kind == FORM_STRUCT && size < form->size)
		return -EINVAL;
	if (t->inner) {
		n = t->inner->inquire(t->inner, label, fn, arg, form, out, size);
		return form->kind == FORM_STRUCT ? kept_struct(t, &q, n, form, out)
						 : keep(t, &q, n, form, out, n);
	}
	memset(out, 0, size);
	n = give(t, &q, form, out, size, &given);
	if (n < 0 || form->kind == FORM_STRUCT)
		return n < 0 ? n : (ssize_t)form->size;
	if (form->kind != FORM_MEMORY)
		return given;
	return n > (ssize_t)size ? -ENODATA : n;
}

static struct kernel *tape_new(struct kernel *inner, struct recording *rec)
{
	struct tape *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->k = (struct kernel){
		.setup = tape_setup,
		.enter = tape_enter,
		.reg = tape_reg,
		.map = tape_map,
		.unmap = tape_unmap,
		.close = tape_close,
		.trial = tape_trial,
		.read_file = tape_read_file,
		.attempt = tape_attempt,
		.inquire = tape_inquire,
	};
	t->inner = inner;
	t->rec = rec;
	t->next_fd = 100;
	if (!inner && rec->machine.page_size)
		t->k.replays = rec;
	return &t->k;
}

struct kernel *kernel_recorder(struct kernel *inner, struct recording *rec)
{
	return tape_new(inner, rec);
}

struct kernel *kernel_replay(struct recording *rec)
{
	return tape_new(NULL, rec);
}

struct recording *kernel_recording(struct kernel *k)
{
	struct tape *t = (struct tape *)k;

	return k == kernel_live() || !t->inner ? NULL : t->rec;
}

void kernel_free(struct kernel *k)
{
	struct tape *t = (struct tape *)k;

	if (!k || k == kernel_live())
		return;
	for (unsigned i = 0; i < MAX_FDS; i++)
		free(t->fd_label[i]);
	free(t);
}
