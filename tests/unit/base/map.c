#include "base/map.h"

#include <string.h>

#include "tests/unit/support.h"

static void make_key(uint8_t out[20], uint64_t i)
{
	memset(out, 0x5a, 20);
	memcpy(out + 3, &i, sizeof(i));
}

static void what_was_put_is_found(void **state)
{
	gm_automap map = GM_MAP_INIT(20);
	uint8_t key[20];
	uint64_t value;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		make_key(key, i);
		must(gm_map_put(&map, key, i * 3));
	}
	assert_int_equal(map.n, 10000);
	for (uint64_t i = 0; i < 20000; i++) {
		make_key(key, i);
		assert_int_equal(gm_map_get(&value, &map, key), i < 10000);
		if (i < 10000)
			assert_int_equal(value, i * 3);
	}
}

static void an_empty_map_finds_nothing(void **state)
{
	gm_automap map = GM_MAP_INIT(20);
	uint8_t key[20] = {0};

	(void)state;
	assert_false(gm_map_get(NULL, &map, key));
}

static void putting_again_replaces(void **state)
{
	gm_automap map = GM_MAP_INIT(20);
	uint8_t key[20] = {0};
	uint64_t value = 0;

	(void)state;
	must(gm_map_put(&map, key, 1));
	must(gm_map_put(&map, key, UINT64_MAX));
	assert_true(gm_map_get(&value, &map, key));
	assert_true(value == UINT64_MAX);
	assert_int_equal(map.n, 1);
	assert_true(gm_map_get(NULL, &map, key));
}

static void keys_of_all_sizes_work(void **state)
{
	(void)state;
	for (size_t size = 1; size <= 64; size++) {
		gm_automap map = GM_MAP_INIT(size);
		uint8_t key[64] = {0};
		uint64_t value = 0;
		for (unsigned i = 0; i < 200; i++) {
			key[size - 1] = (uint8_t)i;
			must(gm_map_put(&map, key, i));
		}
		key[size - 1] = 77;
		assert_true(gm_map_get(&value, &map, key));
		assert_int_equal(value, 77);
		assert_int_equal(map.n, 200);
	}
}

/*
 * Differences in the high bits of one word, undone in the next, would meet in a hash that
 * only multiplies by a known number.
 */
static void chosen_keys_do_not_meet(void **state)
{
	gm_automap map = GM_MAP_INIT(16);

	(void)state;
	for (uint64_t a = 0; a < 256; a++)
		for (uint64_t b = 0; b < 256; b++) {
			uint64_t key[2] = {a << 56, b << 56 | b << 24};
			must(gm_map_put(&map, key, a << 8 | b));
		}
	assert_int_equal(map.n, 65536);
	size_t longest = 0;
	size_t run = 0;
	for (size_t i = 0; i < map.cap; i++) {
		run = map.slots[i * (1 + sizeof(uint64_t) + 16)] ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	assert_true(longest < 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found),
		cmocka_unit_test(an_empty_map_finds_nothing),
		cmocka_unit_test(putting_again_replaces),
		cmocka_unit_test(keys_of_all_sizes_work),
		cmocka_unit_test(chosen_keys_do_not_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
