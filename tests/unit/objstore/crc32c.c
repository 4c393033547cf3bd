#include "tests/unit/support.h"

#include "objstore/crc32c.h"

static void the_known_answers_come_out(void **state)
{
	uint8_t bytes[32] = {0};

	(void)state;
	assert_int_equal(gm_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(gm_crc32c(0, "", 0), 0);
	/* RFC 3720, B.4 */
	assert_int_equal(gm_crc32c(0, bytes, 32), 0x8a9136aa);
	for (size_t i = 0; i < 32; i++)
		bytes[i] = 0xff;
	assert_int_equal(gm_crc32c(0, bytes, 32), 0x62a8ab43);
	for (size_t i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(gm_crc32c(0, bytes, 32), 0x46dd794e);
}

static void table_and_instruction_agree_at_any_size_and_place(void **state)
{
	uint8_t bytes[300];
	unsigned x = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++, x = x * 1664525 + 1013904223)
		bytes[i] = (uint8_t)(x >> 24);
	for (size_t from = 0; from < 9; from++)
		for (size_t size = 0; size <= sizeof(bytes) - from; size++)
			assert_int_equal(gm_crc32c(x, bytes + from, size),
				gm_crc32c_by_table(x, bytes + from, size));
}

static void a_crc_can_be_taken_in_parts(void **state)
{
	static const char text[] = "the crc of a whole is that of its parts in turn";

	(void)state;
	for (size_t cut = 0; cut < sizeof(text); cut++)
		assert_int_equal(gm_crc32c(gm_crc32c(0, text, cut), text + cut,
					 sizeof(text) - cut),
			gm_crc32c(0, text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_answers_come_out),
		cmocka_unit_test(table_and_instruction_agree_at_any_size_and_place),
		cmocka_unit_test(a_crc_can_be_taken_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
