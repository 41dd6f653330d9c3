/* SPDX-License-Identifier: MIT */
/* Detection on a machine with 64 KiB pages. */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/feature/detect.h"
#include "probe/lib/base.h"

#define BIG_PAGE 65536

static unsigned given;

/* Replaces sysconf(), by the linker's --wrap. */
long __wrap_sysconf(int name);
long __wrap_sysconf(int name)
{
	assert_int_equal(name, _SC_PAGESIZE);
	return BIG_PAGE;
}

/* Supports only NO_MMAP, and writes to all the memory that it is given. */
static int setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	char *rings = (char *)(uintptr_t)p->cq_off.user_addr;
	char *sqes = (char *)(uintptr_t)p->sq_off.user_addr;

	(void)k;
	(void)entries;
	if (p->flags & ~SETUP_NO_MMAP)
		return -EINVAL;
	p->features = FEAT_SINGLE_MMAP;
	if (!p->flags)
		return 9;
	if (!rings || !sqes)
		return -EFAULT;
	assert_int_equal((sqes - rings) % BIG_PAGE, 0);
	memset(rings, 1, BIG_PAGE);
	memset(sqes, 1, BIG_PAGE);
	given++;
	return 9;
}

static void close_ring(struct kernel *k, int fd)
{
	(void)k;
	assert_int_equal(fd, 9);
}

static void memory_is_given_in_pages(void **state)
{
	struct kernel k = { .setup = setup, .close = close_ring };
	struct fact f = { .number = __builtin_ctz(SETUP_NO_MMAP) };
	uint32_t features;

	(void)state;
	detect_setup_flags(&k, &f, 1, &features);
	assert_int_equal(given, 1);
	assert_int_equal(f.known, ANSWER_YES);
	assert_int_equal(features, FEAT_SINGLE_MMAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_given_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
