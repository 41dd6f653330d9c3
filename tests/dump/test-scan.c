/* SPDX-License-Identifier: MIT */
/* Finding and sampling rings on a simulated machine. */
#include "tests/unit/unit.h"

#include <string.h>

#include "dump/abi/predict.h"
#include "dump/foreign/sample.h"
#include "probe/kernel/recording.h"
#include "probe/kernel/ring.h"
#include "probe/lib/base.h"

#define RING "anon_inode:[io_uring]"

static const struct {
	const char *path, *text;
} files[] = {
	{ "/proc/sys/kernel/yama/ptrace_scope", "1\n" },
	{ "/proc/10/comm", "one\n" },
	{ "/proc/20/comm", "t\033wo\n" },
	{ "/proc/10/fdinfo/3", "ino:\t500\nSqThread:\t-1\nUserFiles:\t0\nUserBufs:\t2\n" },
	{ "/proc/10/fdinfo/4", "ino:\t501\n" },
	{ "/proc/20/fdinfo/7", "ino:\t500\nSqThread:\t-1\nUserFiles:\t0\nUserBufs:\t2\n" },
	{ "/proc/10/maps", "1000-2000 rw-s 00000000 00:10 500 " RING "\n" },
	{ "/proc/20/maps", "5000-6000 rw-s 10000000 00:10 502 " RING "\n"
			   "7000-8000 rw-s 00000000 00:10 502 " RING "\n"
			   "9000-a000 rw-s 00000000 00:10 503 /tmp/" RING "\n" },
	{ "/proc/77/schedstat", "123456789 5 6\n" },
};

static const struct {
	const char *path, *names;
} folders[] = {
	{ "/proc", "10\n20\n30\n40\nself\nsys\n" },
	{ "/proc/10/fd", "0\n3\n4\n" },
	{ "/proc/20/fd", "7\n" },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "/proc/10/fd/0", "/dev/null" },
	{ "/proc/10/fd/3", RING },
	{ "/proc/10/fd/4", RING },
	{ "/proc/20/fd/7", RING },
};

static ssize_t fake_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	for (unsigned i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(files[i].path, path))
			return snprintf(buf, size, "%s", files[i].text);
	return -ENOENT;
}

static ssize_t names_in(const char *path, char *out, size_t size)
{
	for (unsigned i = 0; i < ARRAY_SIZE(folders); i++)
		if (!strcmp(folders[i].path, path))
			return snprintf(out, size, "%s", folders[i].names);
	return strstr(path, "/30/") ? -EACCES : -ENOENT;
}

static ssize_t link_at(const char *path, char *out, size_t size)
{
	for (unsigned i = 0; i < ARRAY_SIZE(links); i++)
		if (!strcmp(links[i].path, path))
			return snprintf(out, size, "%s", links[i].target);
	return -ENOENT;
}

/* A compact header, 8 and 16 entries. */
static ssize_t header_at(void *out, size_t size)
{
	static const uint32_t header[] = { 3, 5, 9, 12, 7, 15, 8, 16, 0, 2, 1, 0 };

	memset(out, 0, size);
	memcpy(out, header, size < sizeof(header) ? size : sizeof(header));
	return size;
}

static ssize_t fake_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	(void)form;
	(void)k;
	(void)fn;
	(void)arg;
	if (!strncmp(label, "names in ", 9))
		return names_in(label + 9, out, size);
	if (!strncmp(label, "link ", 5))
		return link_at(label + 5, out, size);
	if (!strncmp(label, "same file ", 10)) {
		*(char *)out = !strcmp(label + 10, "10:3 20:7");
		return 1;
	}
	if (!strncmp(label, "ring 10:3 offset=0x0 ", 21) ||
	    !strncmp(label, "memory 20 addr=0x7000 ", 22))
		return header_at(out, size);
	return !strncmp(label, "ring ", 5) ? -EPERM : -EFAULT;
}

static struct kernel fake = { .read_file = fake_read_file, .inquire = fake_inquire };

static const struct kver v5_10 = { 5, 10 }, v6_12 = { 6, 12 };

static void check_old(struct kernel *k)
{
	struct dump_scan s;

	assert_int_equal(scan_rings(k, v5_10, -1, -1, &s, NULL), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.hidden, 1);
	assert_int_equal(s.rings[0].n_holders, 2);
	assert_int_equal(s.rings[0].holders[1].pid, 20);
	assert_int_equal(s.rings[0].ino, 0);
	assert_int_equal(s.rings[0].info.n_user_bufs, 2);
	assert_int_equal(s.rings[1].holders[0].fd, 4);
	scan_free(&s);
}

static void check_new(struct kernel *k)
{
	struct dump_scan s;

	assert_int_equal(scan_rings(k, v6_12, -1, -1, &s, NULL), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rings[0].n_holders, 2);
	assert_int_equal(s.rings[0].holders[0].rings.addr, 0x1000);
	assert_string_equal(s.rings[0].holders[1].comm, "t?wo");
	assert_int_equal(s.rings[1].info_err, -EAGAIN);
	assert_int_equal(s.rings[2].ino, 502);
	assert_int_equal(s.rings[2].holders[0].fd, -1);
	assert_int_equal(s.rings[2].holders[0].rings.addr, 0x7000);
	assert_int_equal(s.rings[2].holders[0].sqes.bytes, 0x1000);
	assert_int_equal(s.rings[2].info_err, -ENOENT);
	scan_free(&s);
}

static void shared_before_inodes(void **state)
{
	(void)state;
	check_old(&fake);
}

static void shared_and_without_fd(void **state)
{
	(void)state;
	check_new(&fake);
}

static void only_what_is_asked_for(void **state)
{
	struct dump_scan s;
	struct fail f;

	(void)state;
	assert_int_equal(scan_rings(&fake, v6_12, 20, -1, &s, &f), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.rings[0].holders[0].pid, 20);
	assert_int_equal(s.rings[0].n_holders, 2);
	scan_free(&s);
	assert_int_equal(scan_rings(&fake, v6_12, 10, 4, &s, &f), 0);
	assert_int_equal(s.n, 1);
	scan_free(&s);
	assert_int_equal(scan_rings(&fake, v6_12, 10, 0, &s, &f), -EBADF);
	assert_int_equal(scan_rings(&fake, v6_12, 30, -1, &s, &f), -EACCES);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	assert_int_equal(scan_rings(&fake, v6_12, 99, -1, &s, &f), -ESRCH);
}

static struct dump_offsets predicted(void)
{
	const struct ring_params asked = { 0 };
	struct dump_offsets o = { .kernel = v6_12 };

	assert_int_equal(layout_predict(v6_12, 1, &asked, &o.p, NULL), 0);
	return o;
}

static void look_from(struct kernel *k)
{
	const struct dump_offsets o = predicted();
	struct ring_state st = { .sq_head = 42 };
	struct dump_scan s;
	struct seen seen;

	assert_int_equal(scan_rings(k, v6_12, -1, -1, &s, NULL), 0);
	attach_header(k, &o, &s.rings[0], &st, &seen);
	assert_int_equal(seen.source, SOURCE_MEMORY);
	assert_true(st.sq_head == 3 && st.sq_tail == 5 && st.cq_head == 9 && st.cq_tail == 12);
	assert_true(st.sq_entries == 8 && st.cq_entries == 16 && st.sq_dropped == 0);
	assert_int_equal(st.sq_flags, 2);
	assert_string_equal(seen.why, "");
	/* Neither this fd nor fdinfo has the header: the reason and the fix are reported. */
	st.sq_head = 42;
	attach_header(k, &o, &s.rings[1], &st, &seen);
	assert_int_equal(seen.source, SOURCE_NONE);
	assert_int_equal(st.sq_head, 42);
	assert_non_null(strstr(seen.why, "ptrace_scope is 1"));
	assert_non_null(strstr(seen.fix, "root"));
	attach_header(k, &o, &s.rings[2], &st, &seen);
	assert_int_equal(seen.source, SOURCE_PROCESS);
	scan_free(&s);
}

static void looks(void **state)
{
	uint64_t ns;

	(void)state;
	look_from(&fake);
	assert_int_equal(scan_thread_ns(&fake, 77, &ns), 0);
	assert_int_equal(ns, 123456789);
	assert_int_equal(scan_thread_ns(&fake, 78, &ns), -ENOENT);
}

/* The whole scan from a recording, which may be truncated at any call. */
static void recorded(void **state)
{
	const struct dump_offsets o = predicted();
	struct recording rec = { 0 };
	struct kernel *k = kernel_recorder(&fake, &rec), *again = kernel_replay(&rec);
	size_t n;

	(void)state;
	assert_non_null(k);
	assert_non_null(again);
	check_old(k);
	check_new(k);
	look_from(k);
	for (size_t i = 0; i < rec.n; i++)
		rec.calls[i].used = false;
	check_old(again);
	check_new(again);
	look_from(again);
	for (n = rec.n; rec.n;) {
		struct dump_scan s;

		rec.n--;
		if (scan_rings(again, v6_12, -1, -1, &s, NULL) < 0)
			continue;
		for (unsigned i = 0; i < s.n; i++) {
			struct ring_state st;
			struct seen seen;

			attach_header(again, &o, &s.rings[i], &st, &seen);
		}
		scan_free(&s);
	}
	rec.n = n;
	kernel_free(k);
	kernel_free(again);
	recording_free(&rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_before_inodes),
		cmocka_unit_test(shared_and_without_fd),
		cmocka_unit_test(only_what_is_asked_for),
		cmocka_unit_test(looks),
		cmocka_unit_test(recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
