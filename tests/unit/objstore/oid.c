#include "objstore/oid.h"

#include <stdlib.h>
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

static int compare_oids(const void *a, const void *b)
{
	return memcmp(a, b, GM_OID_SIZE);
}

/* Ids of one first byte: spread evenly, crowded together, or with many that are equal. */
static void fill(uint8_t *oids, uint32_t n, int kind, unsigned *seed)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *oid = oids + (size_t)i * GM_OID_SIZE;
		for (size_t k = 0; k < GM_OID_SIZE; k++)
			oid[k] = (uint8_t)rand_r(seed);
		oid[0] = 0x7f;
		if (kind == 1)
			memset(oid + 1, i % 2 ? 0xff : 0, 8);
		if (kind == 2)
			memset(oid + 1, rand_r(seed) % 3, GM_OID_SIZE - 1);
	}
	qsort(oids, n, GM_OID_SIZE, compare_oids);
}

static void lower_bound_finds_the_first_that_is_not_less(void **state)
{
	uint8_t oids[300 * GM_OID_SIZE];
	unsigned seed = 20261126;

	(void)state;
	for (int round = 0; round < 900; round++) {
		uint32_t n = (uint32_t)rand_r(&seed) % 300;
		uint32_t low = n ? (uint32_t)rand_r(&seed) % n : 0;
		struct gm_oid oid;
		uint32_t expected = low;
		fill(oids, n, round % 3, &seed);
		fill(oid.bytes, 1, round % 3, &seed);
		if (n && round % 2)
			memcpy(oid.bytes, oids + (size_t)rand_r(&seed) % n * GM_OID_SIZE,
				GM_OID_SIZE);
		while (expected < n &&
			memcmp(oids + (size_t)expected * GM_OID_SIZE, oid.bytes,
				GM_OID_SIZE) < 0)
			expected++;
		assert_int_equal(
			gm_oid_lower_bound(oids, GM_OID_SIZE, low, n, &oid), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_bound_finds_the_first_that_is_not_less),
		cmocka_unit_test(an_id_survives_text_and_back),
		cmocka_unit_test(upper_case_digits_are_taken),
		cmocka_unit_test(anything_but_40_digits_is_no_id),
		cmocka_unit_test(ids_are_ordered_by_their_bytes),
		cmocka_unit_test(the_empty_tree_has_the_name_git_gives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
