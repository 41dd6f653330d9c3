/* SPDX-License-Identifier: MIT */
#include "overwrite.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "probe/device/overlap.h"
#include "probe/lib/base.h"

/* The kernel's limit for symbolic links in a path. */
#define MAX_LINKS 40

/* Documentation/admin-guide/devices.txt. sysfs lists all terminals except pseudo-terminals. */
#define MAJOR_MEM      1
#define MINOR_NULL     3
#define MINOR_FULL     7
#define MAJOR_PTS      136
#define MAJOR_PTS_LAST 143

/* Kernel file systems: writing to their files has effects; linux/magic.h. */
static const struct {
	unsigned long magic;
	const char *name;
} kernel_file_systems[] = {
	{ 0x9fa0, "procfs" },	       { 0x62656572, "sysfs" },	     { 0x27e0eb, "cgroup" },
	{ 0x63677270, "cgroup2" },     { 0x64626720, "debugfs" },    { 0x74726163, "tracefs" },
	{ 0x62656570, "configfs" },    { 0x73636673, "securityfs" }, { 0xf97cff8c, "selinuxfs" },
	{ 0x43415d53, "smackfs" },     { 0x5a3c69f0, "apparmorfs" }, { 0xcafe4a11, "bpf" },
	{ 0xde5e81e4, "efivarfs" },    { 0x6165676c, "pstore" },     { 0x65735543, "fusectl" },
	{ 0x42494e4d, "binfmt_misc" }, { 0x7655821, "resctrl" },     { 0x1cd1, "devpts" },
	{ 0x6c6f6f70, "binderfs" },    { 0xabba1974, "xenfs" },	     { 0x19800202, "mqueue" },
	{ 0x6e736673, "nsfs" },	       { 0x67596969, "rpc_pipefs" }, { 0x9fa1, "openprom" },
	{ 0x9fa2, "usbdevfs" },
};

static int refuse(struct fail *f, const char *path, const char *why)
{
	return fail_as(f, FAIL_REFUSED, -EPERM, "%s %s: not written to", path, why);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_terminal(dev_t dev)
{
	char name[64], subsystem[256];
	ssize_t n;

	if (major(dev) >= MAJOR_PTS && major(dev) <= MAJOR_PTS_LAST)
		return true;
	snprintf(name, sizeof(name), "/sys/dev/char/%u:%u/subsystem", major(dev), minor(dev));
	n = readlink(name, subsystem, sizeof(subsystem) - 1);
	if (n < 0)
		return false;
	subsystem[n] = '\0';
	return n > 4 && !strcmp(subsystem + n - 4, "/tty");
}

static bool is_harmless(dev_t dev)
{
	return is_terminal(dev) ||
	       (major(dev) == MAJOR_MEM && (minor(dev) == MINOR_NULL || minor(dev) == MINOR_FULL));
}

/* Refuses files on kernel file systems and new files under /dev. */
static int judge_place(const char *path, const char *real, const struct stat *st, struct fail *f)
{
	_cleanup_str_ struct str why = { 0 };
	struct stat dev, root;
	struct statfs s;

	if (statfs(real, &s) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	for (unsigned i = 0; i < ARRAY_SIZE(kernel_file_systems); i++) {
		if (kernel_file_systems[i].magic != (unsigned long)s.f_type)
			continue;
		str_addf(&why, "is of the kernel (%s)", kernel_file_systems[i].name);
		return refuse(f, path, str_text(&why));
	}
	if (!strcmp(real, "/dev/shm") || !strncmp(real, "/dev/shm/", 9))
		return 0;
	/* The path can be different, in a container for instance; the file system is the same. */
	if (!strcmp(real, "/dev") || !strncmp(real, "/dev/", 5) ||
	    (stat("/dev", &dev) == 0 && stat("/", &root) == 0 && dev.st_dev != root.st_dev &&
	     st->st_dev == dev.st_dev))
		return fail_as(f, FAIL_REFUSED, -EPERM, "%s: no file is created under /dev", path);
	return 0;
}

/* Whether word names the file st or, with base, the file base in the folder st. */
static bool word_names(const char *word, const struct stat *st, const char *base)
{
	const char *slash = strrchr(word, '/');
	char folder[PATH_MAX] = ".";
	struct stat its;

	if (!base)
		return stat(word, &its) == 0 && same_file(&its, st);
	if (strcmp(slash ? slash + 1 : word, base) != 0)
		return false;
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", slash == word ? 1 : (int)(slash - word),
			 word);
	return stat(folder, &its) == 0 && same_file(&its, st);
}

/* A word may be a comma-separated list. */
static int judge_words(const char *path, const struct output_rules *rules, const struct stat *st,
		       const char *base, struct fail *f)
{
	struct stat input;

	if (!base && fstat(STDIN_FILENO, &input) == 0 && same_file(&input, st))
		return refuse(f, path, "is standard input");
	for (size_t i = 0; i < rules->n_words; i++) {
		_cleanup_free_ char *pieces = strdup(rules->words[i]);
		char *rest = pieces, *piece;

		if (!pieces)
			return fail_set(f, -ENOMEM, "out of memory");
		while ((piece = strsep(&rest, ",")))
			if (word_names(piece, st, base))
				break;
		if (piece || word_names(rules->words[i], st, base))
			return refuse(f, path, "is named on the command line for something else");
	}
	return 0;
}

/* Whether the file is a result in a folder that is read. */
static bool is_read(const char *real, const struct output_rules *rules)
{
	char folder[PATH_MAX], *slash;
	struct stat st, its;

	snprintf(folder, sizeof(folder), "%s", real);
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		for (size_t i = 0; i < rules->n_words; i++)
			if (stat(rules->words[i], &its) == 0 && stat(folder, &st) == 0 &&
			    same_file(&its, &st))
				return true;
	}
	return false;
}

static int judge_loops(const char *path, const struct stat *st, struct fail *f)
{
	struct overlaps all;
	int r = overlaps_of(kernel_live(), st, &all);
	/* The list contains the file itself. */
	const bool backs = r == 0 && all.n > 1;

	overlaps_free(&all);
	if (r == -ENOMEM)
		return fail_set(f, r, "out of memory");
	return backs ? refuse(f, path, "backs a loop device") : 0;
}

static int judge_content(const char *path, const char *real, enum written what,
			 const struct output_rules *rules, const struct stat *st, struct fail *f)
{
	_cleanup_close_ int fd = open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *head = malloc(WRITTEN_HEAD + 1);
	char kind[WRITTEN_KIND] = "";
	enum written found;
	struct stat now;
	ssize_t n;

	if (!head)
		return fail_set(f, -ENOMEM, "out of memory");
	n = fd < 0 || fstat(fd, &now) < 0 ? -1 : read(fd, head, WRITTEN_HEAD);
	if (n < 0)
		return fail_as(f, errno == EACCES ? FAIL_REFUSED : FAIL_RUNTIME, -errno,
			       "%s: what it holds cannot be read (%s): not replaced; "
			       "--replace-output replaces it",
			       path, strerror(errno));
	if (!same_file(&now, st))
		return refuse(f, path, "was replaced meanwhile");
	if (n == 0)
		return 0;
	head[n] = '\0';
	found = written_of(head, kind);
	if (found == what && rules->kind && *kind && strcmp(kind, rules->kind) != 0 &&
	    is_read(real, rules))
		return refuse(f, path, "is one of the results to be read");
	if (found == what)
		return 0;
	return fail_as(f, FAIL_REFUSED, -EPERM,
		       "%s holds no %s of uringtool: not replaced; --replace-output replaces it",
		       path,
		       what == WRITTEN_PICTURE	   ? "picture"
		       : what == WRITTEN_RECORDING ? "recording"
						   : "document");
}

static int find_file(const char *path, enum written what, const struct output_rules *rules,
		     struct output *o, struct fail *f)
{
	int r;

	o->way = OUTPUT_REPLACE;
	o->path = realpath(path, NULL);
	if (!o->path)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	r = judge_place(path, o->path, &o->st, f);
	if (r == 0)
		r = judge_words(path, rules, &o->st, NULL, f);
	if (r == 0)
		r = judge_loops(path, &o->st, f);
	if (r == 0 && !rules->replace)
		r = judge_content(path, o->path, what, rules, &o->st, f);
	return r;
}

/* Returns the name at the end of dangling symbolic links, or path itself. */
static char *end_of_links(const char *path)
{
	char *at = strdup(path);

	for (unsigned i = 0; at && i < MAX_LINKS; i++) {
		char to[PATH_MAX];
		ssize_t n = readlink(at, to, sizeof(to) - 1);
		const char *slash = strrchr(at, '/');
		_cleanup_str_ struct str next = { 0 };

		if (n < 0)
			return at;
		to[n] = '\0';
		str_addf(&next, "%.*s%s", *to == '/' || !slash ? 0 : (int)(slash + 1 - at), at, to);
		free(at);
		at = next.err ? NULL : strdup(str_text(&next));
	}
	return at;
}

static int find_new(const char *path, const struct output_rules *rules, struct output *o,
		    struct fail *f)
{
	_cleanup_free_ char *end = end_of_links(path), *folder = NULL, *real = NULL;
	_cleanup_str_ struct str place = { 0 };
	const char *slash = end ? strrchr(end, '/') : NULL, *base = slash ? slash + 1 : end;
	int r;

	folder = !end ? NULL : slash ? strndup(end, slash == end ? 1 : slash - end) : strdup(".");
	if (!folder)
		return fail_set(f, -ENOMEM, "out of memory");
	real = realpath(folder, NULL);
	if (!real || stat(real, &o->st) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if (!*base)
		return fail_set(f, -EISDIR, "%s: %s", path, strerror(EISDIR));
	r = judge_place(path, real, &o->st, f);
	if (r == 0)
		r = judge_words(path, rules, &o->st, base, f);
	if (r < 0)
		return r;
	if (access(real, W_OK | X_OK) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	str_addf(&place, "%s/%s", strcmp(real, "/") ? real : "", base);
	o->way = OUTPUT_NEW;
	o->path = place.err ? NULL : strdup(str_text(&place));
	return o->path ? 0 : fail_set(f, -ENOMEM, "out of memory");
}

/* Returns the standard stream that st belongs to, or -1. */
static int stream_of(const struct stat *st)
{
	struct stat its;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &its) == 0 && same_file(&its, st))
			return fd;
	return -1;
}

static int find(const char *path, enum written what, const struct output_rules *rules,
		struct output *o, struct fail *f)
{
	if (stat(path, &o->st) < 0)
		return errno == ENOENT && *path
			       ? find_new(path, rules, o, f)
			       : fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if (S_ISBLK(o->st.st_mode))
		return refuse(f, path, "is a block device");
	if (S_ISDIR(o->st.st_mode))
		return fail_set(f, -EISDIR, "%s: %s", path, strerror(EISDIR));
	o->way = OUTPUT_STREAM;
	o->fd = stream_of(&o->st);
	if (o->fd >= 0)
		return 0;
	if (S_ISREG(o->st.st_mode))
		return find_file(path, what, rules, o, f);
	o->way = OUTPUT_IN_PLACE;
	if (S_ISCHR(o->st.st_mode) && !is_harmless(o->st.st_rdev))
		return refuse(f, path, "is a character device other than a terminal");
	return 0;
}

int output_find(const char *path, enum written what, const struct output_rules *rules,
		struct output *out, struct fail *f)
{
	struct output o = { .fd = -1 };
	int r = find(path, what, rules, &o, f);

	if (r < 0)
		output_free(&o);
	else
		*out = o;
	return r;
}

void output_free(struct output *out)
{
	free(out->path);
	out->path = NULL;
}

bool output_same(const struct output *a, const struct output *b)
{
	return a->path && b->path && !strcmp(a->path, b->path);
}
