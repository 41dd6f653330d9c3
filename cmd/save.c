/* SPDX-License-Identifier: MIT */
#include "save.h"

#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "probe/base.h"

static int write_all(int fd, const struct str *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->s + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

static int write_in_place(const char *path, const struct str *text, struct fail *f)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : write_all(fd, text);

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

int save_file(const char *path, const struct str *text, struct fail *f)
{
	_cleanup_str_ struct str beside = { 0 };
	_cleanup_free_ char *real = NULL;
	_cleanup_close_ int fd = -1;
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
	str_addf(&beside, "%s.XXXXXX", path);
	if (beside.err)
		return fail_set(f, beside.err, "out of memory");
	fd = mkostemp(beside.s, O_CLOEXEC);
	if (fd < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	r = write_all(fd, text);
	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(beside.s, path) < 0))
		r = -errno;
	if (r < 0) {
		unlink(beside.s);
		return fail_set(f, r, "%s: %s", path, strerror(-r));
	}
	r = sync_dir(path);
	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}
