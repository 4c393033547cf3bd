#include "objstore/oid.h"

#include <string.h>

#include "tests/unit/support.h"

#define SAMPLE "0123456789abcdef0123456789abcdef01234567"

static void an_id_survives_text_and_back(void **state)
{
	struct gm_oid oid;
	char hex[GM_OID_HEX];

	(void)state;
	assert_true(gm_oid_parse(&oid, SAMPLE, 40));
	assert_int_equal(oid.bytes[0], 0x01);
	assert_int_equal(oid.bytes[19], 0x67);
	gm_oid_format(hex, &oid);
	assert_string_equal(hex, SAMPLE);
}

static void upper_case_digits_are_taken(void **state)
{
	struct gm_oid lower;
	struct gm_oid upper;

	(void)state;
	assert_true(gm_oid_parse(&lower, SAMPLE, 40));
	assert_true(gm_oid_parse(&upper, "0123456789ABCDEF0123456789ABCDEF01234567", 40));
	assert_true(gm_oid_equal(&lower, &upper));
}

static void anything_but_40_digits_is_no_id(void **state)
{
	struct gm_oid oid = gm_oid_zero;

	(void)state;
	assert_false(gm_oid_parse(&oid, SAMPLE, 39));
	assert_false(gm_oid_parse(&oid, SAMPLE "8", 41));
	assert_false(gm_oid_parse(&oid, "", 0));
	assert_false(gm_oid_parse(&oid, "g123456789abcdef0123456789abcdef01234567", 40));
	assert_false(gm_oid_parse(&oid, "0123456789abcdef0123456789abcdef0123456 ", 40));
	assert_true(gm_oid_is_zero(&oid));
}

static void ids_are_ordered_by_their_bytes(void **state)
{
	struct gm_oid a = gm_oid_zero;
	struct gm_oid b = gm_oid_zero;

	(void)state;
	assert_int_equal(gm_oid_compare(&a, &b), 0);
	b.bytes[19] = 1;
	assert_true(gm_oid_compare(&a, &b) < 0);
	a.bytes[0] = 0xff;
	assert_true(gm_oid_compare(&a, &b) > 0);
	assert_false(gm_oid_equal(&a, &b));
	assert_false(gm_oid_is_zero(&b));
}

static void the_empty_tree_has_the_name_git_gives_it(void **state)
{
	gm_autobuf said = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];

	(void)state;
	assert_int_equal(shell(&said, "/", "git hash-object -t tree /dev/null"), 0);
	gm_oid_format(hex, &gm_oid_empty_tree);
	assert_memory_equal(gm_buf_str(&said), hex, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_survives_text_and_back),
		cmocka_unit_test(upper_case_digits_are_taken),
		cmocka_unit_test(anything_but_40_digits_is_no_id),
		cmocka_unit_test(ids_are_ordered_by_their_bytes),
		cmocka_unit_test(the_empty_tree_has_the_name_git_gives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
