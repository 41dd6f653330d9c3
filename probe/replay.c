/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <sys/mman.h>

#include "base.h"
#include "json.h"

/* Of a mapping the header is kept, which carries every static field. */
#define MAP_KEEP 512u
#define MAX_FDS	 1024

/* A recorder (inner set) or a replay (inner NULL). */
struct tape {
	struct kernel k;
	struct kernel *inner;
	struct recording *rec;
	char *fd_label[MAX_FDS]; /* how the ring behind the fd was set up; NULL: no ring of ours */
	int next_fd;
};

void recording_free(struct recording *rec)
{
	for (size_t i = 0; i < rec->n; i++) {
		free(rec->calls[i].question);
		free(rec->calls[i].data);
	}
	free(rec->calls);
	*rec = (struct recording){ 0 };
}

int recording_add(struct recording *rec, const char *question, int64_t ret, const void *data,
		  size_t size)
{
	struct recorded_call c = { .ret = ret, .size = size };

	if (rec->n == rec->cap) {
		size_t cap = rec->cap ? 2 * rec->cap : 64;
		struct recorded_call *calls = realloc(rec->calls, cap * sizeof(*calls));

		if (!calls)
			return -ENOMEM;
		rec->calls = calls;
		rec->cap = cap;
	}
	c.question = strdup(question);
	c.data = malloc(size ? size : 1);
	if (!c.question || !c.data) {
		free(c.question);
		free(c.data);
		return -ENOMEM;
	}
	if (size)
		memcpy(c.data, data, size);
	rec->calls[rec->n++] = c;
	return 0;
}

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

/* Recording: keeps the answer, unless memory ran out, which is then the answer. Replaying: returns
 * the recorded answer with at most size bytes of it in data. What was recorded may lie. */
static int64_t answer(struct tape *t, const struct str *question, int64_t ret, void *data,
		      size_t size)
{
	const struct recorded_call *c;
	int r;

	if (question->err)
		return question->err;
	if (t->inner) {
		r = recording_add(t->rec, str_text(question), ret, data, size);
		return r < 0 ? r : ret;
	}
	c = look_up(t, str_text(question));
	if (!c)
		return -ENODATA;
	if (c->size && size)
		memcpy(data, c->data, c->size < size ? c->size : size);
	return c->ret;
}

/* With NO_MMAP the header lies in memory of the caller, where no map call would show it. What an
 * older recording lacks stays as it is. */
static void tape_given_memory(struct tape *t, const struct str *label, struct ring_params *p,
			      const struct ring_params *asked)
{
	_cleanup_str_ struct str q = { 0 };

	p->cq_off.user_addr = asked->cq_off.user_addr;
	p->sq_off.user_addr = asked->sq_off.user_addr;
	str_addf(&q, "memory %s", str_text(label));
	answer(t, &q, 0, (void *)(uintptr_t)asked->cq_off.user_addr, MAP_KEEP);
}

static int tape_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 }, label = { 0 };
	const struct ring_params asked = *p;
	int fd = 0;

	str_addf(&label, "ring(entries=%u flags=0x%x cq_entries=%u)", entries, p->flags,
		 p->cq_entries);
	str_addf(&q, "setup %s", str_text(&label));
	if (t->inner)
		fd = t->inner->setup(t->inner, entries, p);
	fd = answer(t, &q, fd, p, sizeof(*p));
	if (fd >= 0 && !t->inner)
		fd = t->next_fd < MAX_FDS ? t->next_fd++ : -EMFILE;
	if (fd >= 0 && asked.flags & SETUP_NO_MMAP && asked.cq_off.user_addr)
		tape_given_memory(t, &label, p, &asked);
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
	int r = 0;

	str_addf(&q, "enter fd=%s to_submit=%u min_complete=%u flags=0x%x", fd_name(t, fd, buf),
		 to_submit, min_complete, flags);
	if (t->inner)
		r = t->inner->enter(t->inner, fd, to_submit, min_complete, flags);
	return answer(t, &q, r, NULL, 0);
}

static int tape_reg(struct kernel *k, const struct reg_call *c)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	char buf[16];
	int r = 0;

	str_addf(&q, "register fd=%s op=%u nr=%u", fd_name(t, c->fd, buf), c->op, c->nr);
	if (t->inner)
		r = t->inner->reg(t->inner, c);
	return answer(t, &q, r, c->out, c->out_size);
}

static int tape_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	void *p = NULL;
	char buf[16];
	int r = 0;

	str_addf(&q, "map fd=%s offset=0x%llx length=%zu", fd_name(t, fd, buf),
		 (unsigned long long)offset, length);
	if (t->inner) {
		r = t->inner->map(t->inner, fd, offset, length, &p);
	} else {
		p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return -errno;
	}
	if (r < 0)
		return answer(t, &q, r, NULL, 0);
	r = answer(t, &q, r, p, length < MAP_KEEP ? length : MAP_KEEP);
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
	int r = 0;

	str_addf(&q, "trial %s", names[call]);
	if (t->inner)
		r = t->inner->trial(t->inner, call, &got);
	r = answer(t, &q, r, &got, sizeof(got));
	if (r >= 0)
		*out = got;
	return r;
}

static ssize_t tape_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	ssize_t n = 0;

	str_addf(&q, "read %s", path);
	if (t->inner) {
		n = t->inner->read_file(t->inner, path, buf, size);
		return answer(t, &q, n, buf, n > 0 ? n : 0);
	}
	memset(buf, 0, size);
	n = answer(t, &q, 0, buf, size - 1);
	if (n >= (ssize_t)size)
		n = size - 1;
	return n;
}

static int tape_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	struct attempt got = { 0 };
	int r = 0;

	str_addf(&q, "attempt %s", label);
	if (t->inner)
		r = t->inner->attempt(t->inner, label, fn, arg, &got);
	r = answer(t, &q, r, &got, sizeof(got));
	got.note[sizeof(got.note) - 1] = '\0';
	if (r >= 0)
		*out = got;
	return r;
}

static ssize_t tape_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    void *out, size_t size)
{
	struct tape *t = (struct tape *)k;
	_cleanup_str_ struct str q = { 0 };
	ssize_t n = 0;

	str_addf(&q, "inquire %s", label);
	if (t->inner) {
		n = t->inner->inquire(t->inner, label, fn, arg, out, size);
		return answer(t, &q, n, out, n > 0 ? n : 0);
	}
	memset(out, 0, size);
	n = answer(t, &q, 0, out, size);
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

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int load_call(const cJSON *item, struct recording *rec, struct fail *f)
{
	const char *question, *hex;
	_cleanup_free_ unsigned char *data = NULL;
	int64_t ret;
	size_t n;

	if (json_get_str(item, "question", &question, f) < 0 ||
	    json_get_int(item, "ret", INT32_MIN, INT32_MAX, &ret, f) < 0 ||
	    json_get_str(item, "data", &hex, f) < 0)
		return -EINVAL;
	n = strlen(hex) / 2;
	data = malloc(n + 1);
	if (!data)
		return fail_set(f, -ENOMEM, "out of memory");
	if (strlen(hex) % 2)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "key 'data': pairs of hexadecimal digits expected");
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "key 'data': pairs of hexadecimal digits expected");
		data[i] = hi << 4 | lo;
	}
	return recording_add(rec, question, ret, data, n);
}

int recording_load(const char *path, struct recording *rec, struct fail *f)
{
	struct recording got = { 0 };
	cJSON *tree = NULL;
	const cJSON *calls, *item;
	struct fail why;
	unsigned i = 0;
	int r;

	r = json_load(path, &tree, f);
	if (r < 0)
		return r;
	r = json_get_arr(tree, "calls", &calls, &why);
	if (r < 0)
		fail_as(f, why.kind, r, "%s: %s", path, why.msg);
	if (r >= 0) {
		cJSON_ArrayForEach(item, calls)
		{
			r = load_call(item, &got, &why);
			if (r < 0) {
				fail_as(f, why.kind, r, "%s: calls[%u]: %s", path, i, why.msg);
				break;
			}
			i++;
		}
	}
	cJSON_Delete(tree);
	if (r < 0)
		recording_free(&got);
	else
		*rec = got;
	return r;
}
