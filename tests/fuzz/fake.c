/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "dump/abi/predict.h"
#include "probe/kernel/form.h"
#include "probe/lib/base.h"

/* Larger mappings are refused to limit the use of memory. */
#define MAX_MAP (4u << 20)

static const int errnos[] = { EPERM,	  EINTR,     EIO,	   EBADF,  EAGAIN, ENOMEM, EACCES,
			      EFAULT,	  EBUSY,     EEXIST,	   ENODEV, EINVAL, EMFILE, ENOSPC,
			      EOPNOTSUPP, ENOSYS,    ENXIO,	   E2BIG,  ENOENT, ESRCH,  EPROTO,
			      ERANGE,	  EOVERFLOW, ENAMETOOLONG, ENODATA };

/* 0 if the byte selects success. */
static int refusal(struct fake *f)
{
	uint8_t b = input_u8(f->in);

	return b < 0x80 ? 0 : -errnos[b % ARRAY_SIZE(errnos)];
}

static int fake_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	struct fake *f = (struct fake *)k;
	int r = refusal(f);
	uint8_t how;

	if (r < 0)
		return r;
	how = input_u8(f->in);
	r = layout_predict(how & 1 ? layout_newest : (struct kver){ 5, how & 15 }, entries, p, p,
			   NULL);
	if (how & 2)
		input_bytes(f->in, (char *)p + input_u8(f->in) % sizeof(*p) / 4 * 4, 4);
	if (how & 4)
		input_bytes(f->in, p, sizeof(*p));
	return r < 0 && !(how & 6) ? r : f->next_fd++;
}

static int fake_enter(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		      unsigned flags)
{
	struct fake *f = (struct fake *)k;
	int r = refusal(f);

	(void)fd;
	(void)min_complete;
	(void)flags;
	return r < 0 ? r : (int)to_submit;
}

static int fake_reg(struct kernel *k, const struct reg_call *c)
{
	struct fake *f = (struct fake *)k;
	int r = refusal(f);

	if (r == 0 && c->out)
		input_bytes(f->in, c->out, c->form->size);
	return r < 0 ? r : input_u8(f->in);
}

static int fake_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	struct fake *f = (struct fake *)k;
	int r = refusal(f);
	void *p;

	(void)fd;
	(void)offset;
	if (r < 0)
		return r;
	if (length > MAX_MAP)
		return -ENOMEM;
	p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	input_bytes(f->in, p, length < 512 ? length : 512);
	*addr = p;
	return 0;
}

static void fake_unmap(struct kernel *k, void *addr, size_t length)
{
	(void)k;
	munmap(addr, length);
}

static void fake_close(struct kernel *k, int fd)
{
	(void)k;
	(void)fd;
}

/* Zero selects the answer of a kernel with io_uring. */
static int fake_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	struct fake *f = (struct fake *)k;
	uint8_t b = input_u8(f->in);

	*t = (struct trial){ .ret = call == TRIAL_SETUP ? -EFAULT : -EBADF };
	if (b >= 0xf0)
		return -EAGAIN;
	if (b >= 0xe0)
		t->sig = b & 31;
	else if (b >= 0x80)
		t->ret = -errnos[b % ARRAY_SIZE(errnos)];
	return 0;
}

/* The length is taken from the first one or two bytes. */
static size_t some(struct fake *f, void *to, size_t size)
{
	size_t n = input_u8(f->in);

	if (n >= 0xf0)
		n = input_u16(f->in);
	n = n < size ? n : size;
	return input_bytes(f->in, to, n);
}

static ssize_t fake_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	struct fake *f = (struct fake *)k;
	int r = refusal(f);
	size_t n;

	(void)path;
	if (r < 0)
		return r;
	n = some(f, buf, size - 1);
	buf[n] = '\0';
	return n;
}

static int fake_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	struct fake *f = (struct fake *)k;
	uint8_t b = input_u8(f->in);

	(void)label;
	(void)fn;
	(void)arg;
	*out = (struct attempt){ 0 };
	if (b >= 0xf0)
		return -errnos[b % ARRAY_SIZE(errnos)];
	if (b >= 0x80)
		out->err = -errnos[b % ARRAY_SIZE(errnos)];
	else if (b & 1)
		input_bytes(f->in, out, sizeof(*out));
	out->note[sizeof(out->note) - 1] = '\0';
	return 0;
}

/* Names and links that decide the next question are selected by a byte. */
static ssize_t fake_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	static const char *const names[] = { "1\n", "1\n2\n", "3\n4\n5\n", "7\nself\n" };
	static const char ring[] = "anon_inode:[io_uring]";
	struct fake *f = (struct fake *)k;
	const char *known = NULL;
	int r = refusal(f);
	uint8_t b;

	(void)fn;
	(void)arg;
	if (r < 0)
		return r;
	b = input_u8(f->in);
	if (!strncmp(label, "names in /proc", 14))
		known = names[b % ARRAY_SIZE(names)];
	else if (!strncmp(label, "link ", 5) && b < 0xc0)
		known = ring;
	if (known && strlen(known) <= size && b) {
		memcpy(out, known, strlen(known));
		return strlen(known);
	}
	if (form->kind == FORM_STRUCT) {
		input_bytes(f->in, out, form->size);
		return form->size;
	}
	if (b & 1)
		return input_bytes(f->in, out, size);
	return some(f, out, size);
}

void fake_init(struct fake *f, struct input *in)
{
	*f = (struct fake){
		.k = {
			.setup = fake_setup,
			.enter = fake_enter,
			.reg = fake_reg,
			.map = fake_map,
			.unmap = fake_unmap,
			.close = fake_close,
			.trial = fake_trial,
			.read_file = fake_read_file,
			.attempt = fake_attempt,
			.inquire = fake_inquire,
		},
		.in = in,
		.next_fd = 100,
	};
}
