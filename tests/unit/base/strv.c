#include "base/strv.h"

#include <string.h>

#include "tests/unit/support.h"

static void fill(struct gm_strv *list, const char *letters)
{
	for (; *letters; letters++) {
		const char text[] = {*letters, '\0'};
		must(gm_strv_add(list, text));
	}
}

static void check(const struct gm_strv *list, const char *letters)
{
	assert_int_equal(list->n, strlen(letters));
	for (size_t i = 0; i < list->n; i++) {
		const char text[] = {letters[i], '\0'};
		assert_string_equal(list->items[i], text);
	}
}

static void strings_keep_their_order(void **state)
{
	gm_autostrv list = GM_STRV_INIT;

	(void)state;
	fill(&list, "cabcdefghijkl");
	check(&list, "cabcdefghijkl");
	assert_true(gm_strv_contains(&list, "b"));
	assert_false(gm_strv_contains(&list, "z"));
}

static void the_first_equal_string_is_removed(void **state)
{
	gm_autostrv list = GM_STRV_INIT;

	(void)state;
	fill(&list, "abcb");
	assert_true(gm_strv_remove(&list, "b"));
	check(&list, "acb");
	assert_false(gm_strv_remove(&list, "z"));
	assert_true(gm_strv_remove(&list, "b"));
	check(&list, "ac");
}

static void a_set_is_sorted_and_has_each_string_once(void **state)
{
	gm_autostrv list = GM_STRV_INIT;
	gm_autostrv empty = GM_STRV_INIT;

	(void)state;
	fill(&list, "cabacbAz");
	gm_strv_make_set(&list);
	check(&list, "Aabcz");
	gm_strv_make_set(&empty);
	check(&empty, "");
}

static void lists_are_equal_item_by_item(void **state)
{
	gm_autostrv a = GM_STRV_INIT;
	gm_autostrv b = GM_STRV_INIT;

	(void)state;
	assert_true(gm_strv_equal(&a, &b));
	fill(&a, "ab");
	fill(&b, "ba");
	assert_false(gm_strv_equal(&a, &b));
	assert_true(gm_strv_remove(&a, "a"));
	assert_false(gm_strv_equal(&a, &b));
	assert_true(gm_strv_remove(&b, "a"));
	assert_true(gm_strv_equal(&a, &b));
}

static void a_copy_replaces_and_stands_alone(void **state)
{
	gm_autostrv from = GM_STRV_INIT;
	gm_autostrv out = GM_STRV_INIT;

	(void)state;
	fill(&from, "ab");
	fill(&out, "xyz");
	must(gm_strv_copy(&out, &from));
	gm_strv_dispose(&from);
	check(&from, "");
	check(&out, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_keep_their_order),
		cmocka_unit_test(the_first_equal_string_is_removed),
		cmocka_unit_test(a_set_is_sorted_and_has_each_string_once),
		cmocka_unit_test(lists_are_equal_item_by_item),
		cmocka_unit_test(a_copy_replaces_and_stands_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
