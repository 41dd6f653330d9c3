/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <dirent.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "form.h"
#include "probe/lib/base.h"

#define NAMES_FIRST 16384u
#define NAMES_MOST  (64u << 20)

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static ssize_t read_names(void *arg, void *out, size_t size)
{
	_cleanup_(closedirp) DIR *d = opendir(arg);
	const struct dirent *e;
	size_t n = 0;

	if (!d)
		return -errno;
	while (errno = 0, (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (len + 1 > size - n)
			return -E2BIG;
		memcpy((char *)out + n, e->d_name, len);
		n += len;
		((char *)out)[n++] = '\n';
	}
	return errno ? -errno : (ssize_t)n;
}

int process_list_dir(struct kernel *k, const char *path, struct str *names)
{
	_cleanup_str_ struct str label = { 0 };
	ssize_t n = -E2BIG;

	str_addf(&label, "names in %s", path);
	for (size_t size = NAMES_FIRST; size <= NAMES_MOST && n == -E2BIG; size *= 4) {
		_cleanup_free_ char *buf = malloc(size);

		if (!buf || label.err)
			return -ENOMEM;
		n = k->inquire(k, str_text(&label), read_names, (void *)path, &form_names, buf,
			       size);
		if (n > 0)
			str_addn(names, buf, n);
	}
	return n < 0 ? n : names->err;
}

static ssize_t follow(void *arg, void *out, size_t size)
{
	ssize_t n = readlink(arg, out, size);

	return n < 0 ? -errno : n;
}

ssize_t process_read_link(struct kernel *k, const char *path, char *buf, size_t size)
{
	_cleanup_str_ struct str label = { 0 };
	ssize_t n;

	str_addf(&label, "link %s", path);
	if (label.err)
		return -ENOMEM;
	n = k->inquire(k, str_text(&label), follow, (void *)path, &form_text, buf, size);
	if (n >= (ssize_t)size)
		return -ENAMETOOLONG;
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

struct pair {
	int pid1, fd1, pid2, fd2;
};

static ssize_t compare(void *arg, void *out, size_t size)
{
	const struct pair *p = arg;
	int r = syscall(__NR_kcmp, p->pid1, p->pid2, KCMP_FILE, p->fd1, p->fd2);

	(void)size;
	if (r < 0)
		return -errno;
	*(char *)out = r == 0;
	return 1;
}

int process_same_file(struct kernel *k, int pid1, int fd1, int pid2, int fd2)
{
	struct pair p = { pid1, fd1, pid2, fd2 };
	char label[80], same = 0;
	ssize_t n;

	snprintf(label, sizeof(label), "same file %d:%d %d:%d", pid1, fd1, pid2, fd2);
	n = k->inquire(k, label, compare, &p, &form_same_file, &same, sizeof(same));
	return n < 0 ? n : same == 1;
}

/* Copies without faults: if our mapping ends early, so does the copy. */
static ssize_t copy_from(int pid, uint64_t addr, void *buf, size_t size)
{
	const struct iovec to = { buf, size };
	const struct iovec from = { (void *)(uintptr_t)addr, size };
	ssize_t n = process_vm_readv(pid, &to, 1, &from, 1, 0);

	return n < 0 ? -errno : n;
}

static ssize_t peek_process(const struct peek *p, void *buf, size_t size)
{
	uint32_t early[8];
	ssize_t n;

	if (p->n_first > ARRAY_SIZE(early))
		return -EINVAL;
	for (unsigned i = 0; i < p->n_first; i++) {
		n = copy_from(p->pid, p->addr + p->first[i], &early[i], sizeof(early[i]));
		if (n != sizeof(early[i]))
			return n < 0 ? n : -EFAULT;
	}
	n = copy_from(p->pid, p->addr, buf, size);
	for (unsigned i = 0; i < p->n_first; i++)
		if (n > 0 && p->first[i] + sizeof(early[i]) <= (size_t)n)
			memcpy((char *)buf + p->first[i], &early[i], sizeof(early[i]));
	return n;
}

/* The fd may have been closed and reused since it was seen to be a ring, and mapping an unknown file could
 * have effects. */
static bool is_ring(int fd)
{
	char path[32], name[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return false;
	name[n] = '\0';
	return !strcmp(name, "anon_inode:[io_uring]");
}

static int borrow(const struct peek *p)
{
	_cleanup_close_ int pidfd = syscall(__NR_pidfd_open, p->pid, 0);
	int fd;

	if (pidfd < 0)
		return -errno;
	fd = syscall(__NR_pidfd_getfd, pidfd, p->fd, 0);
	if (fd < 0)
		return -errno;
	if (is_ring(fd))
		return fd;
	close(fd);
	return -EBADF;
}

static uint32_t load(const char *map, size_t offset)
{
	return __atomic_load_n((const uint32_t *)(map + offset), __ATOMIC_ACQUIRE);
}

/* Copies the first page, which every mapping of a ring has, word by word in ascending order: tails before
 * the entries that they publish. */
static void copy_page(const char *map, const struct peek *p, char *to, size_t size)
{
	uint32_t word;

	for (unsigned i = 0; i < p->n_first; i++) {
		word = load(map, p->first[i]);
		memcpy(to + p->first[i], &word, sizeof(word));
	}
	for (size_t at = 0; at + sizeof(word) <= size; at += sizeof(word)) {
		bool early = false;

		for (unsigned i = 0; i < p->n_first; i++)
			early |= p->first[i] == at;
		if (early)
			continue;
		word = load(map, at);
		memcpy(to + at, &word, sizeof(word));
	}
}

static ssize_t peek_ring(const struct peek *p, char *buf, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE), head = size < page ? size : page;
	_cleanup_close_ int fd = borrow(p);
	ssize_t more = 0;
	char *map;

	if (fd < 0)
		return fd;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, p->offset);
	if (map == MAP_FAILED)
		return -errno;
	copy_page(map, p, buf, head);
	if (size > head)
		more = copy_from(getpid(), (uintptr_t)map + head, buf + head, size - head);
	munmap(map, size);
	if (more == -EFAULT)
		more = 0;
	return more < 0 ? more : (ssize_t)head + more;
}

static ssize_t look(void *arg, void *out, size_t size)
{
	const struct peek *p = arg;
	size_t page = sysconf(_SC_PAGESIZE);

	for (unsigned i = 0; i < p->n_first; i++)
		if (p->first[i] % sizeof(uint32_t) || p->first[i] >= page ||
		    p->first[i] + sizeof(uint32_t) > size)
			return -EINVAL;
	return p->fd >= 0 ? peek_ring(p, out, size) : peek_process(p, out, size);
}

ssize_t process_peek(struct kernel *k, const struct peek *p, void *buf)
{
	char label[120];

	if (p->fd >= 0)
		snprintf(label, sizeof(label), "ring %d:%d offset=0x%llx size=%zu", p->pid, p->fd,
			 (unsigned long long)p->offset, p->size);
	else
		snprintf(label, sizeof(label), "memory %d addr=0x%llx size=%zu", p->pid,
			 (unsigned long long)p->addr, p->size);
	return k->inquire(k, label, look, (void *)p, &form_memory, buf, p->size);
}
