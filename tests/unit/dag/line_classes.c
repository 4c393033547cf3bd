#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "dag/line_classes.h"

#define SEED 20261126u

static bool is_in(const struct gm_line_list *list, struct gm_text line)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_text_equal(list->lines[i], line))
			return true;
	return false;
}

static void assert_pairs(const struct gm_line_list *a, const struct gm_line_list *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (a->classes[i] && b->classes[k])
				assert_int_equal(a->classes[i] == b->classes[k],
					gm_text_equal(a->lines[i], b->lines[k]));
}

/* What the header says, looked at pair by pair. */
static void assert_classes(struct gm_line_list *old_list, struct gm_line_list *new_list)
{
	must(gm_line_classes(old_list, new_list));
	for (size_t i = 0; i < old_list->n; i++)
		assert_int_equal(
			old_list->classes[i] != 0, is_in(new_list, old_list->lines[i]));
	for (size_t i = 0; i < new_list->n; i++)
		assert_int_equal(
			new_list->classes[i] != 0, is_in(old_list, new_list->lines[i]));
	assert_pairs(old_list, old_list);
	assert_pairs(old_list, new_list);
	assert_pairs(new_list, new_list);
}

static void classify(const struct gm_text *old_lines, size_t n_old,
	const struct gm_text *new_lines, size_t n_new)
{
	gm_autofree uint32_t *classes = gm_malloc((n_old + n_new) * sizeof(*classes));
	struct gm_line_list old_list = {old_lines, classes, n_old};
	struct gm_line_list new_list = {new_lines, classes + n_old, n_new};

	assert_classes(&old_list, &new_list);
}

static void equal_lines_share_a_number(void **state)
{
	static const char *const words[] = {"", "a", "b", "ab", "a longer line\n",
		"longer", "a longer line", "12345678", "123456789", "1234567"};
	unsigned seed = SEED;
	struct gm_text lines[60];

	(void)state;
	print_message("# seed %u\n", seed);
	for (int round = 0; round < 2000; round++) {
		size_t n_old = (size_t)rand_r(&seed) % 30,
		       n_new = (size_t)rand_r(&seed) % 30;
		for (size_t i = 0; i < n_old + n_new; i++) {
			const char *word = words[rand_r(&seed) % 10];
			lines[i] = (struct gm_text){word, strlen(word)};
		}
		classify(lines, n_old, lines + n_old, n_new);
	}
}

/*
 * Lines of sixteen bytes of which all have one hash: the second half makes up for the first, by
 * the way lines are hashed.
 */
static void text_that_was_made_to_collide_is_told_apart(void **state)
{
	enum { N = 1200 };
	static uint64_t bytes[N][2];
	static struct gm_text lines[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		/* Some stand twice in a text, some in both. */
		uint64_t hash = (16 ^ (uint64_t)(i % 900)) * UINT64_C(0x9e3779b97f4a7c15);
		bytes[i][0] = i % 900;
		bytes[i][1] = hash ^ hash >> 32 ^ 12345;
		lines[i] = (struct gm_text){(const char *)bytes[i], 16};
	}
	classify(lines, N / 2, lines + N / 2, N / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_lines_share_a_number),
		cmocka_unit_test(text_that_was_made_to_collide_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
