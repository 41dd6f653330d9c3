/* SPDX-License-Identifier: MIT */
#include "save.h"

#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "probe/base.h"

/* So often somebody else may save to the same place meanwhile. */
#define REPLACE_TRIES 100

static int write_in_place(const char *path, const struct str *text, struct fail *f)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : write_all(fd, text->s, text->len);

	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}

/* Makes the rename itself durable. */
static int sync_dir(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

/* A file on its way to its place: without a name where the file system can, so that nothing is left of it
 * whatever ends the program; else fd's name is in name. */
struct draft {
	int fd;
	char link[32]; /* to the file without a name */
	struct str name;
};

static void draft_close(struct draft *d)
{
	closep(&d->fd);
	str_free(&d->name);
}

static int draft_open(struct draft *d, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	d->fd = open(dirname(copy), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	snprintf(d->link, sizeof(d->link), "/proc/self/fd/%d", d->fd);
	if (d->fd >= 0 && access(d->link, F_OK) == 0)
		return 0;
	closep(&d->fd);
	d->fd = -1;
	str_addf(&d->name, "%s.XXXXXX", path);
	if (d->name.err)
		return d->name.err;
	d->fd = mkostemp(d->name.s, O_CLOEXEC);
	return d->fd < 0 ? -errno : 0;
}

/* No system call gives a file without a name that of another. So it has one of its own between two calls, when it is
 * whole already. It is always the same one: what a kill at that moment leaves there is gone with the next save, and
 * who saves to the same place at the same time finds a whole text there and not half of one. */
static int replace(const struct draft *d, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	_cleanup_str_ struct str beside = { 0 };
	int r = -EEXIST;

	str_addf(&beside, "%.*s.%s.uringtool", (int)(base - path), path, base);
	if (beside.err)
		return beside.err;
	for (unsigned tries = 0; tries < REPLACE_TRIES && (r == -EEXIST || r == -ENOENT); tries++) {
		if (linkat(AT_FDCWD, d->link, AT_FDCWD, beside.s, AT_SYMLINK_FOLLOW) < 0)
			r = -errno;
		else if (rename(beside.s, path) < 0)
			r = -errno;
		else
			return 0;
		if (r != -ENOENT)
			unlink(beside.s);
	}
	return r;
}

static int draft_place(const struct draft *d, const char *path)
{
	if (d->name.len)
		return rename(d->name.s, path) < 0 ? -errno : 0;
	if (linkat(AT_FDCWD, d->link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return errno == EEXIST ? replace(d, path) : -errno;
}

int save_file(const char *path, const struct str *text, struct fail *f)
{
	_cleanup_(draft_close) struct draft draft = { .fd = -1 };
	_cleanup_free_ char *real = NULL;
	struct stat st;
	mode_t mode;
	int r;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return write_in_place(path, text, f);
		/* A symlink stays one: what it points to is replaced. */
		real = realpath(path, NULL);
		if (!real)
			return fail_set(f, -errno, "%s: %s", path, strerror(errno));
		path = real;
		mode = st.st_mode & 07777;
	} else {
		mode = umask(0);
		umask(mode);
		mode = 0666 & ~mode;
	}
	r = draft_open(&draft, path);
	if (r == 0)
		r = write_all(draft.fd, text->s, text->len);
	if (r == 0 && (fchmod(draft.fd, mode) < 0 || fsync(draft.fd) < 0))
		r = -errno;
	if (r == 0)
		r = draft_place(&draft, path);
	if (r < 0 && draft.name.len && draft.fd >= 0)
		unlink(draft.name.s);
	if (r == 0)
		r = sync_dir(path);
	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}
