#include "objstore/delta.h"

#include <string.h>

#include "tests/unit/support.h"

#define BASE "The quick brown fox"
#define BASE_SIZE 19

#define apply(out, delta) gm_delta_apply(out, BASE, BASE_SIZE, delta, sizeof(delta) - 1)

static void copies_and_inserts_make_the_result(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	/* 4 from 0; "slow" inserted; 10 from 9 */
	must(apply(&out, "\x13\x12\x90\x04\x04slow\x91\x09\x0a"));
	assert_string_equal(gm_buf_str(&out), "The slow brown fox");
	assert_int_equal(out.size, 18);
}

static void an_empty_result_is_fine(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	must(apply(&out, "\x13\0"));
	assert_int_equal(out.size, 0);
}

static void a_copy_without_a_size_means_64_kilobytes(void **state)
{
	gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (int i = 0; i < 0x10001; i++)
		must(gm_buf_putc(&base, (char)i));
	must(gm_delta_apply(
		&out, base.ptr, base.size, "\x81\x80\x04\x80\x80\x04\x81\x01", 8));
	assert_int_equal(out.size, 0x10000);
	assert_memory_equal(out.ptr, base.ptr + 1, 0x10000);
}

static void sizes_are_read_without_the_rest(void **state)
{
	size_t base;
	size_t result;

	(void)state;
	must(gm_delta_sizes(&base, &result, "\x81\x80\x04\x13zzz", 7));
	assert_int_equal(base, 0x10001);
	assert_int_equal(result, 19);
	assert_int_equal(gm_delta_sizes(&base, &result, "\x81\x80", 2), GM_EMISMATCH);
	assert_int_equal(gm_delta_sizes(&base, &result, "", 0), GM_EMISMATCH);
	assert_int_equal(
		gm_delta_sizes(&base, &result,
			"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 13),
		GM_EMISMATCH);
}

static void a_delta_for_another_base_is_refused(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	assert_int_equal(apply(&out, "\x12\x04\x90\x04"), GM_EMISMATCH);
}

static void a_copy_beyond_the_base_is_refused(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	assert_int_equal(apply(&out, "\x13\x04\x91\x10\x04"), GM_EMISMATCH);
	assert_int_equal(apply(&out, "\x13\x01\x9f\xff\xff\xff\xff\x01"), GM_EMISMATCH);
	assert_int_equal(apply(&out, "\x13\x01\x91\x14\x01"), GM_EMISMATCH);
}

static void a_truncated_instruction_is_refused(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	assert_int_equal(apply(&out, "\x13\x04\x91\x10"), GM_EMISMATCH);
	assert_int_equal(apply(&out,
				 "\x13\x04\x04"
				 "abc"),
		GM_EMISMATCH);
	assert_int_equal(apply(&out, "\x13"), GM_EMISMATCH);
}

static void the_reserved_instruction_is_refused(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	assert_int_equal(apply(&out,
				 "\x13\x01\x00\x01"
				 "a"),
		GM_EMISMATCH);
}

static void a_result_of_another_size_is_refused(void **state)
{
	gm_autobuf out = GM_BUF_INIT(100);

	(void)state;
	assert_int_equal(apply(&out, "\x13\x05\x90\x04"), GM_EMISMATCH);
	assert_int_equal(apply(&out, "\x13\x03\x90\x04"), GM_EMISMATCH);
}

static void a_result_over_the_ceiling_is_too_big(void **state)
{
	gm_autobuf out = GM_BUF_INIT(3);

	(void)state;
	assert_int_equal(apply(&out, "\x13\x04\x90\x04"), GM_ETOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_and_inserts_make_the_result),
		cmocka_unit_test(an_empty_result_is_fine),
		cmocka_unit_test(a_copy_without_a_size_means_64_kilobytes),
		cmocka_unit_test(sizes_are_read_without_the_rest),
		cmocka_unit_test(a_delta_for_another_base_is_refused),
		cmocka_unit_test(a_copy_beyond_the_base_is_refused),
		cmocka_unit_test(a_truncated_instruction_is_refused),
		cmocka_unit_test(the_reserved_instruction_is_refused),
		cmocka_unit_test(a_result_of_another_size_is_refused),
		cmocka_unit_test(a_result_over_the_ceiling_is_too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
