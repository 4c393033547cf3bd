#include "tests/unit/support.h"

#include "index/bitmap.h"

static void set_rows_are_found_and_others_are_not(void **state)
{
	gm_autobitmap map = GM_BITMAP_INIT;

	(void)state;
	must(gm_bitmap_set(&map, 0));
	must(gm_bitmap_set(&map, 9));
	must(gm_bitmap_set(&map, 70));
	assert_true(gm_bitmap_test(&map, 9));
	assert_false(gm_bitmap_test(&map, 8));
	assert_false(gm_bitmap_test(&map, -1));
	assert_false(gm_bitmap_test(&map, INT64_MAX));
	assert_int_equal(gm_bitmap_count(&map), 3);
	gm_bitmap_clear(&map, 9);
	gm_bitmap_clear(&map, 1000000);
	assert_int_equal(gm_bitmap_count(&map), 2);
}

static void rows_are_stepped_through_in_order(void **state)
{
	gm_autobitmap map = GM_BITMAP_INIT;

	(void)state;
	assert_int_equal(gm_bitmap_next(&map, 0), -1);
	must(gm_bitmap_set(&map, 3));
	must(gm_bitmap_set(&map, 4));
	must(gm_bitmap_set(&map, 64));
	assert_int_equal(gm_bitmap_next(&map, 0), 3);
	assert_int_equal(gm_bitmap_next(&map, 4), 4);
	assert_int_equal(gm_bitmap_next(&map, 5), 64);
	assert_int_equal(gm_bitmap_next(&map, 65), -1);
}

static void sets_of_different_length_combine(void **state)
{
	gm_autobitmap a = GM_BITMAP_INIT;
	gm_autobitmap b = GM_BITMAP_INIT;

	(void)state;
	must(gm_bitmap_set(&a, 1));
	must(gm_bitmap_set(&a, 2));
	must(gm_bitmap_set(&b, 2));
	must(gm_bitmap_set(&b, 100));
	must(gm_bitmap_or(&a, &b));
	assert_int_equal(gm_bitmap_count(&a), 3);
	gm_bitmap_and_not(&a, &b);
	assert_int_equal(gm_bitmap_count(&a), 1);
	assert_true(gm_bitmap_test(&a, 1));
	must(gm_bitmap_or(&a, &b));
	gm_bitmap_and(&b, &a);
	assert_int_equal(gm_bitmap_count(&b), 2);
}

static void a_row_out_of_range_is_refused(void **state)
{
	gm_autobitmap map = GM_BITMAP_INIT;

	(void)state;
	assert_int_equal(gm_bitmap_set(&map, -1), GM_ETOOBIG);
	assert_int_equal(gm_bitmap_set(&map, GM_BITMAP_MAX_ROW + 1), GM_ETOOBIG);
	assert_int_equal(gm_bitmap_set(&map, INT64_MAX), GM_ETOOBIG);
	assert_int_equal(map.size, 0);
}

static void a_loaded_set_forgets_what_it_had(void **state)
{
	gm_autobitmap map = GM_BITMAP_INIT;

	(void)state;
	must(gm_bitmap_set(&map, 100));
	must(gm_bitmap_load(&map, "\x05", 1));
	assert_int_equal(gm_bitmap_count(&map), 2);
	must(gm_bitmap_set(&map, 100));
	assert_int_equal(gm_bitmap_count(&map), 3);
	must(gm_bitmap_load(&map, NULL, 0));
	assert_int_equal(gm_bitmap_count(&map), 0);
}

static void words_of_rows_begin_anywhere(void **state)
{
	gm_autobitmap map = GM_BITMAP_INIT;

	(void)state;
	for (int64_t row = 0; row < 203; row += 1 + row % 5)
		must(gm_bitmap_set(&map, row));
	for (int64_t from = 0; from < 300; from++) {
		uint64_t expected = 0;
		for (int64_t i = 0; i < 64; i++)
			expected |= (uint64_t)gm_bitmap_test(&map, from + i) << i;
		assert_true(gm_bitmap_word(&map, from) == expected);
	}
	assert_true(gm_bitmap_word(&map, INT64_MAX) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_rows_are_found_and_others_are_not),
		cmocka_unit_test(rows_are_stepped_through_in_order),
		cmocka_unit_test(sets_of_different_length_combine),
		cmocka_unit_test(a_row_out_of_range_is_refused),
		cmocka_unit_test(a_loaded_set_forgets_what_it_had),
		cmocka_unit_test(words_of_rows_begin_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
