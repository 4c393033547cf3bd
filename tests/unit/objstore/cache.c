#include "objstore/cache.h"

#include <string.h>

#include "tests/unit/support.h"

static void put_bytes(struct gm_cache *cache, uint32_t key, char fill, size_t size)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_buf_reserve(&data, size));
	memset(data.ptr, fill, size);
	data.size = size;
	gm_cache_put(cache, &key, sizeof(key), GM_OBJECT_BLOB, &data);
	assert_null(data.ptr);
	assert_int_equal(data.size, 0);
}

static const struct gm_cache_slot *get(const struct gm_cache *cache, uint32_t key)
{
	return gm_cache_get(cache, &key, sizeof(key));
}

static void what_was_put_in_is_found_under_its_key(void **state)
{
	struct gm_cache cache = {.max = 1000};

	(void)state;
	assert_null(get(&cache, 0));
	put_bytes(&cache, 1, 'a', 10);
	put_bytes(&cache, 0, 'n', 0);
	assert_null(get(&cache, 2));
	assert_int_equal(get(&cache, 1)->size, 10);
	assert_int_equal(get(&cache, 1)->type, GM_OBJECT_BLOB);
	assert_memory_equal(get(&cache, 1)->data, "aaaaaaaaaa", 10);
	assert_int_equal(get(&cache, 0)->size, 0);
	put_bytes(&cache, 1, 'b', 3);
	assert_int_equal(get(&cache, 1)->size, 3);
	assert_memory_equal(get(&cache, 1)->data, "bbb", 3);
	assert_int_equal(cache.bytes, 3);
	gm_cache_dispose(&cache);
	assert_null(get(&cache, 1));
	assert_int_equal(cache.bytes, 0);
}

static void keys_of_several_sizes_do_not_meet(void **state)
{
	struct gm_cache cache = {.max = 1000};
	const uint8_t key[GM_CACHE_KEY_SIZE] = {1, 2, 3, [GM_CACHE_KEY_SIZE - 1] = 9};
	gm_autobuf data = GM_BUF_INIT(10);

	(void)state;
	must(gm_buf_puts(&data, "whole"));
	gm_cache_put(&cache, key, sizeof(key), GM_OBJECT_TREE, &data);
	assert_null(gm_cache_get(&cache, key, 3));
	assert_int_equal(gm_cache_get(&cache, key, sizeof(key))->type, GM_OBJECT_TREE);
	gm_cache_dispose(&cache);
}

static void it_never_holds_more_than_it_may(void **state)
{
	struct gm_cache cache = {.max = 1000};

	(void)state;
	put_bytes(&cache, 7, 'x', 251);
	assert_null(get(&cache, 7));
	for (uint32_t i = 0; i < 2000; i++) {
		size_t held = 0;
		put_bytes(&cache, i, (char)i, i % 251);
		assert_int_equal(get(&cache, i)->size, i % 251);
		for (size_t k = 0; k < GM_CACHE_SLOTS; k++)
			held += cache.slots[k].data ? cache.slots[k].size : 0;
		assert_int_equal(held, cache.bytes);
		assert_true(held <= 1000);
	}
	gm_cache_dispose(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_in_is_found_under_its_key),
		cmocka_unit_test(keys_of_several_sizes_do_not_meet),
		cmocka_unit_test(it_never_holds_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
