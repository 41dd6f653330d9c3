/* SPDX-License-Identifier: MIT */
#include "save.h"

#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "probe/lib/base.h"

/* Attempts if others save to the same path at the same time. */
#define REPLACE_TRIES 100

/* Attempts to open a pipe until it has a reader, 20 ms apart. */
#define READER_TRIES 50

/* Waits briefly for a reader of the pipe. */
static int open_in_place(const char *path)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int fd = -1;

	for (unsigned tries = 0; tries < READER_TRIES && fd < 0; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno != ENXIO)
			break;
	}
	return fd;
}

static int write_in_place(const char *path, const struct output *to, const struct str *text,
			  struct fail *f)
{
	_cleanup_close_ int fd = open_in_place(path);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL), r;
	sighandler_t old;
	struct stat now;

	if (fd < 0 && errno == ENXIO && S_ISFIFO(to->st.st_mode))
		return fail_set(f, -ENXIO, "%s: no process reads this pipe", path);
	if (fd < 0 || flags < 0 || fstat(fd, &now) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	/* The opened file must be the one that was checked. */
	if (now.st_dev != to->st.st_dev || now.st_ino != to->st.st_ino ||
	    now.st_rdev != to->st.st_rdev)
		return fail_as(f, FAIL_REFUSED, -EAGAIN, "%s was replaced while it was opened",
			       path);
	if (fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	old = signal(SIGPIPE, SIG_IGN);
	r = write_all(fd, text->s, text->len);
	signal(SIGPIPE, old);
	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}

/* Makes the rename durable. */
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

/* A file being written: unnamed if the file system supports it, so that it disappears however the program
 * ends; otherwise its name is in name. */
struct draft {
	int fd;
	char link[32]; /* to the unnamed file */
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

/* No system call replaces a file with an unnamed one. So the complete file gets a name between two calls.
 * The name is always the same: after a kill at that moment the next save removes it, and concurrent writers
 * find a complete file. */
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

static int draft_rename(const struct draft *d, const struct output *to)
{
	int r = -1;

	/* Not supported by every file system. */
	errno = EINVAL;
	if (to->way == OUTPUT_NEW)
		r = renameat2(AT_FDCWD, d->name.s, AT_FDCWD, to->path, RENAME_NOREPLACE);
	if (r < 0 && errno == EINVAL)
		r = rename(d->name.s, to->path);
	return r < 0 ? -errno : 0;
}

static int draft_place(const struct draft *d, const struct output *to)
{
	if (d->name.len)
		return draft_rename(d, to);
	if (to->way == OUTPUT_REPLACE)
		return replace(d, to->path);
	return linkat(AT_FDCWD, d->link, AT_FDCWD, to->path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static mode_t mode_of(const struct output *to)
{
	mode_t mask;

	if (to->way == OUTPUT_REPLACE)
		return to->st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int write_draft(struct draft *d, const struct output *to, const struct str *text)
{
	int r = draft_open(d, to->path);

	if (r == 0)
		r = write_all(d->fd, text->s, text->len);
	if (r == 0 && (fchmod(d->fd, mode_of(to)) < 0 || fsync(d->fd) < 0))
		r = -errno;
	return r;
}

static int save_as_file(const char *path, struct output *to, const struct str *text, struct fail *f)
{
	_cleanup_(draft_close) struct draft draft = { .fd = -1 };
	int r = write_draft(&draft, to, text);

	if (r == 0)
		r = draft_place(&draft, to);
	if (r < 0 && draft.name.len && draft.fd >= 0)
		unlink(draft.name.s);
	if (r == 0)
		r = sync_dir(to->path);
	return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
}

int save_file(const char *path, enum written what, const struct output_rules *rules,
	      const struct str *text, struct fail *f)
{
	int r = -EEXIST;

	/* A file that somebody else created meanwhile is checked like any other. */
	for (unsigned tries = 0; tries < REPLACE_TRIES && r == -EEXIST; tries++) {
		_cleanup_(output_free) struct output to = { .fd = -1 };

		r = output_find(path, what, rules, &to, f);
		if (r < 0)
			return r;
		if (to.way == OUTPUT_IN_PLACE)
			return write_in_place(path, &to, text, f);
		if (to.way == OUTPUT_STREAM) {
			r = write_all(to.fd, text->s, text->len);
			return r < 0 ? fail_set(f, r, "%s: %s", path, strerror(-r)) : 0;
		}
		r = save_as_file(path, &to, text, f);
	}
	return r;
}
