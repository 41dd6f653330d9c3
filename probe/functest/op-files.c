/* SPDX-License-Identifier: MIT */
/* Uses of opcodes on files and paths. */
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "fixture.h"
#include "probe/lib/base.h"

#define XATTR "user.uringtool"

static int read_write(struct fixture *s, unsigned op, const void *addr, unsigned len)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, op, fd, addr, len, 0);
	return fd;
}

/* The written data is all zero. */
static bool bytes_went(struct fixture *s, const struct attempt *a)
{
	char got[BYTES], none[BYTES] = { 0 };

	return pread(s->file, got, BYTES, 0) == (ssize_t)BYTES && !memcmp(got, none, a->res);
}

static int use_read(struct fixture *s)
{
	return read_write(s, OP_READ, s->buf, BYTES);
}

static int use_write(struct fixture *s)
{
	return read_write(s, OP_WRITE, s->buf, BYTES);
}

static int vectored(struct fixture *s, unsigned op)
{
	s->x.iov = (struct iovec){ s->buf, BYTES };
	return read_write(s, op, &s->x.iov, 1);
}

static int use_readv(struct fixture *s)
{
	return vectored(s, OP_READV);
}

static int use_writev(struct fixture *s)
{
	return vectored(s, OP_WRITEV);
}

static int use_read_fixed(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r : read_write(s, OP_READ_FIXED, s->buf, BYTES);
}

static int use_write_fixed(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r : read_write(s, OP_WRITE_FIXED, s->buf, BYTES);
}

static int use_readv_fixed(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r : vectored(s, OP_READV_FIXED);
}

static int use_writev_fixed(struct fixture *s)
{
	int r = fixture_buffers(s);

	return r < 0 ? r : vectored(s, OP_WRITEV_FIXED);
}

static int use_fsync(struct fixture *s)
{
	return read_write(s, OP_FSYNC, NULL, 0);
}

static int use_sync_file_range(struct fixture *s)
{
	return read_write(s, OP_SYNC_FILE_RANGE, NULL, BYTES);
}

static int use_fallocate(struct fixture *s)
{
	int fd = fixture_file(s);

	/* The length is in addr, the mode in len. */
	if (fd >= 0)
		ask(s, MAIN, OP_FALLOCATE, fd, (void *)(uintptr_t)(2 * BYTES), 0, 0);
	return fd;
}

static int use_ftruncate(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, OP_FTRUNCATE, fd, NULL, 0, 2 * BYTES);
	return fd;
}

static bool file_grew(struct fixture *s, const struct attempt *a)
{
	struct stat st;

	(void)a;
	return fstat(s->file, &st) == 0 && st.st_size == 2 * BYTES;
}

static int use_fadvise(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, OP_FADVISE, fd, NULL, BYTES, 0)->fadvise_advice = POSIX_FADV_NORMAL;
	return fd;
}

static int use_statx(struct fixture *s)
{
	int fd = fixture_file(s);

	if (fd >= 0)
		ask(s, MAIN, OP_STATX, fd, "", STATX_SIZE, (uintptr_t)&s->x.stx)->statx_flags =
			AT_EMPTY_PATH;
	return fd;
}

static bool size_seen(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return s->x.stx.stx_size == BYTES;
}

static int use_openat(struct fixture *s)
{
	int dir = fixture_dir(s);

	if (dir >= 0)
		ask(s, MAIN, OP_OPENAT, dir, "a", 0600, 0)->open_flags = O_RDWR | O_CREAT | O_EXCL |
									 O_CLOEXEC;
	return dir;
}

static int use_openat2(struct fixture *s)
{
	int dir = fixture_dir(s);

	s->x.how =
		(struct open_how){ .flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, .mode = 0600 };
	if (dir >= 0)
		ask(s, MAIN, OP_OPENAT2, dir, "a", sizeof(s->x.how), (uintptr_t)&s->x.how);
	return dir;
}

static bool is_there(struct fixture *s, const char *name)
{
	return faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool made_and_open(struct fixture *s, const struct attempt *a)
{
	return is_fd(fixture_keep(s, a->res)) && is_there(s, "a");
}

static int use_close(struct fixture *s)
{
	int r = fixture_pipe(s, s->x.fds, false);

	if (r >= 0)
		ask(s, MAIN, OP_CLOSE, s->x.fds[1], NULL, 0, 0);
	return r;
}

static bool is_closed(struct fixture *s, const struct attempt *a)
{
	(void)a;
	fixture_forget(s, s->x.fds[1]);
	return !is_fd(s->x.fds[1]);
}

/* From file "a" to the name "b". */
static int a_to_b(struct fixture *s, unsigned op)
{
	int r = fixture_made(s, "a");

	if (r >= 0)
		ask(s, MAIN, op, s->dir, "a", s->dir, (uintptr_t) "b");
	return r;
}

static int use_renameat(struct fixture *s)
{
	return a_to_b(s, OP_RENAMEAT);
}

static bool only_b(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return !is_there(s, "a") && is_there(s, "b");
}

static int use_linkat(struct fixture *s)
{
	return a_to_b(s, OP_LINKAT);
}

static int plain_linkat(struct fixture *s)
{
	return linkat(s->dir, "a", s->dir, "b", 0) < 0 ? -errno : 0;
}

static bool a_and_b(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return is_there(s, "a") && is_there(s, "b");
}

static int use_unlinkat(struct fixture *s)
{
	int r = fixture_made(s, "a");

	if (r >= 0)
		ask(s, MAIN, OP_UNLINKAT, s->dir, "a", 0, 0);
	return r;
}

static bool no_a(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return !is_there(s, "a");
}

static int use_mkdirat(struct fixture *s)
{
	int dir = fixture_dir(s);

	if (dir >= 0)
		ask(s, MAIN, OP_MKDIRAT, dir, "sub", 0700, 0);
	return dir;
}

static bool sub_is_dir(struct fixture *s, const struct attempt *a)
{
	struct stat st;

	(void)a;
	return fstatat(s->dir, "sub", &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int use_symlinkat(struct fixture *s)
{
	int dir = fixture_dir(s);

	if (dir >= 0)
		ask(s, MAIN, OP_SYMLINKAT, dir, "a", 0, (uintptr_t) "link");
	return dir;
}

static int plain_symlinkat(struct fixture *s)
{
	return symlinkat("a", s->dir, "link") < 0 ? -errno : 0;
}

static bool link_to_a(struct fixture *s, const struct attempt *a)
{
	char to[2];

	(void)a;
	return readlinkat(s->dir, "link", to, sizeof(to)) == 1 && *to == 'a';
}

/* On file "a", which is x.fds[0], with its path in buf. */
static int xattr(struct fixture *s, unsigned op, bool set, bool by_path)
{
	int fd = fixture_made(s, "a");
	struct io_uring_sqe *sqe;

	if (fd < 0)
		return fd;
	s->x.fds[0] = fd;
	if (!set)
		fsetxattr(fd, XATTR, TEXT, TEXT_LEN, 0);
	snprintf(s->buf, BYTES, "%s/a", s->dir_path);
	sqe = ask(s, MAIN, op, by_path ? 0 : fd, XATTR, TEXT_LEN,
		  set ? (uintptr_t)TEXT : (uintptr_t)s->page);
	if (by_path)
		sqe->addr3 = (uintptr_t)s->buf;
	return 0;
}

static int use_fsetxattr(struct fixture *s)
{
	return xattr(s, OP_FSETXATTR, true, false);
}

static int use_setxattr(struct fixture *s)
{
	return xattr(s, OP_SETXATTR, true, true);
}

static int use_fgetxattr(struct fixture *s)
{
	return xattr(s, OP_FGETXATTR, false, false);
}

static int use_getxattr(struct fixture *s)
{
	return xattr(s, OP_GETXATTR, false, true);
}

static int plain_xattr(struct fixture *s)
{
	return fsetxattr(s->x.fds[0], XATTR, TEXT, TEXT_LEN, 0) < 0 ? -errno : 0;
}

static bool xattr_set(struct fixture *s, const struct attempt *a)
{
	char got[TEXT_LEN];

	(void)a;
	return fgetxattr(s->x.fds[0], XATTR, got, TEXT_LEN) == TEXT_LEN &&
	       !memcmp(got, TEXT, TEXT_LEN);
}

static bool xattr_got(struct fixture *s, const struct attempt *a)
{
	(void)a;
	return !memcmp(s->page, TEXT, TEXT_LEN);
}

static int use_files_update(struct fixture *s)
{
	int r = fixture_files(s);

	s->x.value = s->file;
	if (r >= 0)
		ask(s, MAIN, OP_FILES_UPDATE, -1, &s->x.value, 1, 1);
	return r;
}

static bool slot_reads(struct fixture *s, const struct attempt *a)
{
	(void)a;
	ask(s, SIDE, OP_READ, 1, s->buf, BYTES, 0)->flags = SQEF_FIXED_FILE;
	return fixture_do(s) == (int)BYTES && buf_is_file(s->buf, BYTES, 0);
}

static int use_fixed_fd_install(struct fixture *s)
{
	int r = fixture_files(s);

	if (r >= 0)
		ask(s, MAIN, OP_FIXED_FD_INSTALL, 0, NULL, 0, 0)->flags = SQEF_FIXED_FILE;
	return r;
}

static bool fd_is_file(struct fixture *s, const struct attempt *a)
{
	struct stat one, other;

	return fstat(fixture_keep(s, a->res), &one) == 0 && fstat(s->file, &other) == 0 &&
	       one.st_ino == other.st_ino && fcntl(a->res, F_GETFD) & FD_CLOEXEC;
}

static const struct use rows[] = {
	{ OP_READ, "4096 bytes of a memfd", use_read, .check = got_file, .res = BYTES },
	{ OP_WRITE, "4096 bytes into a memfd", use_write, .check = bytes_went, .res = BYTES },
	{ OP_READV, "4096 bytes of a memfd", use_readv, .check = got_file, .res = BYTES },
	{ OP_WRITEV, "4096 bytes into a memfd", use_writev, .check = bytes_went, .res = BYTES },
	{ OP_READ_FIXED, "memfd into a registered buffer", use_read_fixed, .check = got_file,
	  .res = BYTES },
	{ OP_WRITE_FIXED, "registered buffer into a memfd", use_write_fixed, .check = bytes_went,
	  .res = BYTES },
	{ OP_READV_FIXED, "memfd into a registered buffer", use_readv_fixed, .check = got_file,
	  .res = BYTES },
	{ OP_WRITEV_FIXED, "registered buffer into a memfd", use_writev_fixed, .check = bytes_went,
	  .res = BYTES },
	{ OP_FSYNC, "a memfd", use_fsync },
	{ OP_SYNC_FILE_RANGE, "a memfd", use_sync_file_range },
	{ OP_FALLOCATE, "a memfd to 8192 bytes", use_fallocate, .check = file_grew },
	{ OP_FTRUNCATE, "a memfd to 8192 bytes", use_ftruncate, .check = file_grew },
	{ OP_FADVISE, "POSIX_FADV_NORMAL on a memfd", use_fadvise },
	{ OP_STATX, "the size of a memfd", use_statx, .check = size_seen },
	{ OP_OPENAT, "a new file in a directory of its own", use_openat, .check = made_and_open,
	  .at_least = true },
	{ OP_OPENAT2, "a new file in a directory of its own", use_openat2, .check = made_and_open,
	  .at_least = true },
	{ OP_CLOSE, "the end of a pipe", use_close, .check = is_closed },
	{ OP_RENAMEAT, "a file in a directory of its own", use_renameat, .check = only_b },
	{ OP_UNLINKAT, "a file in a directory of its own", use_unlinkat, .check = no_a },
	{ OP_MKDIRAT, "in a directory of its own", use_mkdirat, .check = sub_is_dir },
	{ OP_SYMLINKAT, "in a directory of its own", use_symlinkat, .check = link_to_a,
	  .plain = plain_symlinkat },
	{ OP_LINKAT, "a file in a directory of its own", use_linkat, .check = a_and_b,
	  .plain = plain_linkat },
	{ OP_FSETXATTR, XATTR " on a file of its own", use_fsetxattr, .check = xattr_set,
	  .plain = plain_xattr },
	{ OP_SETXATTR, XATTR " on a file of its own", use_setxattr, .check = xattr_set,
	  .plain = plain_xattr },
	{ OP_FGETXATTR, XATTR " of a file of its own", use_fgetxattr, .check = xattr_got,
	  .plain = plain_xattr, .res = TEXT_LEN },
	{ OP_GETXATTR, XATTR " of a file of its own", use_getxattr, .check = xattr_got,
	  .plain = plain_xattr, .res = TEXT_LEN },
	{ OP_FILES_UPDATE, "a memfd into slot 1, and a read of it", use_files_update,
	  .check = slot_reads, .res = 1 },
	{ OP_FIXED_FD_INSTALL, "a registered memfd", use_fixed_fd_install, .check = fd_is_file,
	  .at_least = true },
};

const struct use_table uses_files = { rows, ARRAY_SIZE(rows) };
