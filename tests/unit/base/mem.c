#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

/* Asked by AddressSanitizer: let huge allocations fail, as they do without it. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void nothing_can_be_allocated_and_freed(void **state)
{
	(void)state;
	gm_autofree void *a = gm_malloc(0);
	gm_autofree void *b = gm_calloc(0, 8);
	gm_autofree void *c = gm_realloc(NULL, 0);
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	gm_free(NULL);
}

static void more_than_there_is_is_out_of_memory(void **state)
{
	volatile size_t huge = SIZE_MAX / 2;

	(void)state;
	gm_error_clear();
	assert_null(gm_malloc(huge));
	assert_int_equal(gm_error_last()->code, GM_ENOMEM);
	gm_error_clear();
	assert_null(gm_calloc(huge, 16));
	assert_int_equal(gm_error_last()->code, GM_ENOMEM);
}

static void copies_end_in_a_nul(void **state)
{
	gm_autofree char *all = gm_strdup("text");
	gm_autofree char *some = gm_strndup("text", 2);

	(void)state;
	assert_string_equal(all, "text");
	assert_string_equal(some, "te");
}

static void growing_keeps_the_contents(void **state)
{
	gm_autofree int *numbers = NULL;
	size_t cap = 0;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		must(gm_grow(&numbers, &cap, n + 1, sizeof(*numbers)));
		assert_true(cap > n);
		numbers[n] = (int)n;
	}
	for (int n = 0; n < 1000; n++)
		assert_int_equal(numbers[n], n);
}

static void growing_past_all_memory_fails_and_changes_nothing(void **state)
{
	gm_autofree int *numbers = NULL;
	size_t cap = 0;

	(void)state;
	must(gm_grow(&numbers, &cap, 1, sizeof(*numbers)));
	int *before = numbers;
	size_t cap_before = cap;
	assert_int_equal(gm_grow(&numbers, &cap, SIZE_MAX, sizeof(*numbers)), GM_ENOMEM);
	assert_ptr_equal(numbers, before);
	assert_int_equal(cap, cap_before);
}

static void stealing_leaves_nothing_behind(void **state)
{
	gm_autofree char *from = gm_strdup("x");

	(void)state;
	gm_autofree char *to = gm_steal(&from);
	assert_null(from);
	assert_string_equal(to, "x");
}

static void hints_change_nothing(void **state)
{
	const size_t size = (size_t)5 << 20;
	gm_autofree unsigned char *block = gm_malloc(size);

	(void)state;
	assert_non_null(block);
	memset(block, 'x', size);
	gm_prefer_huge_pages(block + 3, size - 7);
	gm_populate(block + 3, size - 7);
	gm_prefer_huge_pages(block, 0);
	gm_populate(block + 1, 1);
	for (size_t i = 0; i < size; i++) {
		if (block[i] != 'x')
			fail_msg("byte %zu is another", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_can_be_allocated_and_freed),
		cmocka_unit_test(more_than_there_is_is_out_of_memory),
		cmocka_unit_test(copies_end_in_a_nul),
		cmocka_unit_test(growing_keeps_the_contents),
		cmocka_unit_test(growing_past_all_memory_fails_and_changes_nothing),
		cmocka_unit_test(stealing_leaves_nothing_behind),
		cmocka_unit_test(hints_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
