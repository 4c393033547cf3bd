#include "base/hole.h"

#include <string.h>

#include "tests/unit/support.h"

#define SIZE (4 * GM_HOLE_BLOCK + 100)

static void a_block_of_zeros_is_a_hole(void **state)
{
	char data[SIZE];

	(void)state;
	memset(data, 'x', sizeof(data));
	assert_false(gm_has_hole(data, 0, SIZE, SIZE));
	memset(data + 2 * GM_HOLE_BLOCK, 0, GM_HOLE_BLOCK);
	assert_true(gm_has_hole(data, 0, SIZE, SIZE));
	assert_true(gm_has_hole(data, 700, SIZE, SIZE));
	assert_false(gm_has_hole(data, 3 * GM_HOLE_BLOCK, SIZE, SIZE));
	assert_false(gm_has_hole(data, 0, 2 * GM_HOLE_BLOCK, SIZE));
}

static void zeros_that_are_no_block_are_none(void **state)
{
	char data[SIZE];

	(void)state;
	memset(data, 'x', sizeof(data));
	memset(data + 100, 0, GM_HOLE_BLOCK);
	assert_false(gm_has_hole(data, 0, SIZE, SIZE));
	memset(data + 600, 0, 2 * GM_HOLE_BLOCK - 601);
	assert_false(gm_has_hole(data, 0, SIZE, SIZE));
}

static void the_ends_are_parts_of_blocks(void **state)
{
	char data[SIZE];

	(void)state;
	memset(data, 'x', sizeof(data));
	memset(data + 500, 0, 12);
	assert_true(gm_has_hole(data, 500, 600, SIZE));
	assert_false(gm_has_hole(data, 499, 600, SIZE));
	memset(data + 4 * GM_HOLE_BLOCK, 0, 100);
	assert_true(gm_has_hole(data, 600, SIZE, SIZE));
	assert_false(gm_has_hole(data, 600, SIZE - 100, SIZE));
	assert_false(gm_has_hole(data, SIZE, SIZE, SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_of_zeros_is_a_hole),
		cmocka_unit_test(zeros_that_are_no_block_are_none),
		cmocka_unit_test(the_ends_are_parts_of_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
