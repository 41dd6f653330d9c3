/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/engine/crc32c.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

/* RFC 3720, B.4, and the check value of the CRC catalogues. */
static void known_vectors(const struct crc32c *c)
{
	unsigned char buf[32];

	assert_int_equal(crc32c(c, 0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(c, 0, "", 0), 0);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(crc32c(c, 0, buf, sizeof(buf)), 0x8a9136aa);
	memset(buf, 0xff, sizeof(buf));
	assert_int_equal(crc32c(c, 0, buf, sizeof(buf)), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		buf[i] = i;
	assert_int_equal(crc32c(c, 0, buf, sizeof(buf)), 0x46dd794e);
	for (unsigned i = 0; i < 32; i++)
		buf[i] = 31 - i;
	assert_int_equal(crc32c(c, 0, buf, sizeof(buf)), 0x113fdb5c);
}

static void the_table_knows_the_vectors(void **state)
{
	struct crc32c c;

	(void)state;
	crc32c_init_table(&c);
	assert_string_equal(c.name, "table");
	known_vectors(&c);
}

static void the_fastest_way_knows_the_vectors(void **state)
{
	struct crc32c c;

	(void)state;
	crc32c_init(&c);
#if defined(__x86_64__)
	assert_string_equal(c.name, __builtin_cpu_supports("sse4.2") ? "sse4.2" : "table");
#endif
	known_vectors(&c);
}

static void both_agree_on_any_length_place_and_split(void **state)
{
	unsigned char buf[600];
	struct crc32c fast, table;
	uint64_t rng = 7;

	(void)state;
	crc32c_init(&fast);
	crc32c_init_table(&table);
	random_fill(&rng, buf, sizeof(buf));
	for (unsigned i = 0; i < 2000; i++) {
		unsigned at = random_below(&rng, 40), n = random_below(&rng, 500);
		unsigned split = random_below(&rng, n + 1);
		uint32_t whole = crc32c(&table, 0, buf + at, n);
		uint32_t part = crc32c(&fast, 0, buf + at, split);

		assert_int_equal(crc32c(&fast, 0, buf + at, n), whole);
		assert_int_equal(crc32c(&fast, part, buf + at + split, n - split), whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_knows_the_vectors),
		cmocka_unit_test(the_fastest_way_knows_the_vectors),
		cmocka_unit_test(both_agree_on_any_length_place_and_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
