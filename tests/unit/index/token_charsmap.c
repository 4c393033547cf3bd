#include "index/token_charsmap.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

/*
 * A trie of two keys, "A" and "\xc3\xa9", built by hand: units lie at the exclusive or of their
 * parent's offset and their byte. Replacements: "a" at 0, "" at 2.
 */
#define UNITS 1024

struct map {
	uint32_t size;
	uint32_t units[UNITS];
	char texts[4];
};

static void set_unit(struct map *map, size_t at, uint32_t label, size_t offset, bool leaf)
{
	map->units[at] = (uint32_t)offset << 10 | (leaf ? 1U << 8 : 0) | label;
}

static void build(struct map *map)
{
	memset(map, 0, sizeof(*map));
	map->size = sizeof(map->units);
	memcpy(map->texts, "a\0\0", 3);
	/* Offsets are relative to where the unit lies. */
	set_unit(map, 0, 0, 256, false);
	size_t a = 256 ^ 'A';
	set_unit(map, a, 'A', a ^ 512, true);
	map->units[512] = 0x80000000U | 0;
	size_t c3 = 256 ^ 0xc3;
	set_unit(map, c3, 0xc3, c3 ^ 768, false);
	size_t a9 = 768 ^ 0xa9;
	set_unit(map, a9, 0xa9, a9 ^ 600, true);
	map->units[600] = 0x80000000U | 2;
}

static void put_base64(struct gm_buf *out, const void *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t bits = 0;
		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < n ? bytes[i + j] : 0U);
		for (size_t j = 0; j < 4; j++)
			must(gm_buf_putc(
				out, j > n ? '=' : digits[bits >> (18 - 6 * j) & 63]));
	}
}

static void apply(
	struct gm_buf *out, const struct map *map, size_t size, const char *text)
{
	gm_cleanup(gm_charsmap_free_p) struct gm_charsmap *charsmap = NULL;
	gm_autobuf base64 = GM_BUF_INIT(GM_BUF_TEXT);

	put_base64(&base64, map, size);
	must(gm_charsmap_new(&charsmap, base64.ptr, base64.size));
	must(gm_charsmap_apply(out, charsmap, text, strlen(text)));
}

static void characters_are_replaced_or_left(void **state)
{
	struct map map;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	build(&map);
	apply(&out, &map, sizeof(map), "BABA \xc3\xa9x\xc3\xa8");
	assert_string_equal(gm_buf_str(&out), "BaBa x\xc3\xa8");
}

static void what_a_reader_sees_as_one_is_replaced_as_one(void **state)
{
	struct map map;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	build(&map);
	/* With one mark it is shorter than six bytes and goes as a whole; with three not. */
	apply(&out, &map, sizeof(map), "A\xcc\x81|A\xcc\x81\xcc\x81\xcc\x81");
	assert_string_equal(gm_buf_str(&out), "a|a\xcc\x81\xcc\x81\xcc\x81");
}

static void units_that_point_outside_find_nothing(void **state)
{
	struct map map;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	build(&map);
	for (size_t i = 0; i < UNITS; i++)
		map.units[i] |= 0xfffffc00U;
	apply(&out, &map, sizeof(map), "AA\xc3\xa9");
	assert_string_equal(gm_buf_str(&out), "AA\xc3\xa9");
}

static void a_place_behind_the_texts_is_no_replacement(void **state)
{
	struct map map;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	build(&map);
	map.units[512] = 0x80000000U | 4;
	apply(&out, &map, sizeof(map), "A");
	assert_string_equal(gm_buf_str(&out), "A");
}

static void a_map_that_is_cut_off_is_refused(void **state)
{
	struct map map;
	struct gm_charsmap *charsmap = NULL;

	(void)state;
	build(&map);
	for (size_t size = 0; size < sizeof(map) - sizeof(map.texts); size += 401) {
		gm_autobuf base64 = GM_BUF_INIT(GM_BUF_TEXT);
		put_base64(&base64, &map, size);
		int rc = gm_charsmap_new(&charsmap, gm_buf_str(&base64), base64.size);
		assert_int_equal(rc, GM_EINVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_replaced_or_left),
		cmocka_unit_test(what_a_reader_sees_as_one_is_replaced_as_one),
		cmocka_unit_test(units_that_point_outside_find_nothing),
		cmocka_unit_test(a_place_behind_the_texts_is_no_replacement),
		cmocka_unit_test(a_map_that_is_cut_off_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
