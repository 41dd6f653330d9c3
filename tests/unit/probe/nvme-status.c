/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "probe/device/nvme-status.h"

static void a_status_has_a_name_and_a_meaning(void **state)
{
	char text[80];

	(void)state;
	/* Without the Do Not Retry bit. */
	assert_string_equal(nvme_status_name(0x4281), "NVME_SC_READ_ERROR");
	assert_string_equal(nvme_status_meaning(0x281), "unrecovered read error");
	nvme_status_text(0x4080, text, sizeof(text));
	assert_string_equal(text, "NVMe status 0x80 (LBA out of range)");
}

static void one_that_is_not_known_is_its_number(void **state)
{
	char text[80];

	(void)state;
	assert_string_equal(nvme_status_name(0x47c5), "NVME_SC_0x7c5");
	assert_null(nvme_status_meaning(0x7c5));
	nvme_status_text(0x47c5, text, sizeof(text));
	assert_string_equal(text, "NVMe status 0x7c5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_has_a_name_and_a_meaning),
		cmocka_unit_test(one_that_is_not_known_is_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
