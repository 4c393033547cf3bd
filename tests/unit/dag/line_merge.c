#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/line_merge.h"

#define SEED 20260103u

static struct gm_text text(const char *string)
{
	return (struct gm_text){string, strlen(string)};
}

static struct gm_text bytes(const struct gm_buf *buf)
{
	return (struct gm_text){gm_buf_str(buf), buf->size};
}

static void assert_merges(
	const char *base, const char *ours, const char *theirs, const char *expected)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	bool conflict = false;

	must(gm_line_merge(&out, &conflict, text(base), text(ours), text(theirs)));
	assert_int_equal(conflict, expected == NULL);
	assert_string_equal(gm_buf_str(&out), expected ? expected : "");
}

/* Take, drop, change and add lines of `from`; a line that is made has `mark` in it. */
static void edit(
	struct gm_buf *out, const struct gm_lines *from, const char *mark, unsigned *seed)
{
	gm_buf_reset(out);
	for (size_t i = 0; i < from->n; i++) {
		int dice = rand_r(seed) % 24;

		if (dice == 0)
			must(gm_buf_printf(out, "%s %c\n", mark, 'a' + rand_r(seed) % 3));
		if (dice == 2)
			must(gm_buf_printf(out, "same\n"));
		if (dice > 1)
			must(gm_buf_put(out, from->items[i].ptr, from->items[i].size));
	}
}

static void random_case(struct gm_buf *base, struct gm_buf *ours, struct gm_buf *theirs,
	int i, unsigned *seed)
{
	gm_autolines lines = GM_LINES_INIT;
	int n = rand_r(seed) % 20;

	gm_buf_reset(base);
	for (int line = 0; line < n; line++)
		must(gm_buf_printf(base, "%d\n", i % 2 ? line : rand_r(seed) % 6));
	must(gm_lines_split(&lines, bytes(base)));
	edit(ours, &lines, "ours", seed);
	edit(theirs, &lines, i % 3 ? "theirs" : "ours", seed);
}

static void a_change_of_one_side_is_taken(void **state)
{
	(void)state;
	assert_merges("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n", "a\nB\nc\n");
	assert_merges("a\nb\nc\n", "a\nb\nc\n", "a\nc\n", "a\nc\n");
	assert_merges("a\n", "a", "a\n", "a");
	assert_merges("", "", "new\n", "new\n");
}

static void changes_of_different_places_are_both_taken(void **state)
{
	(void)state;
	assert_merges("1\n2\n3\n4\n5\n", "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\nsix\n",
		"one\n2\n3\n4\nfive\nsix\n");
}

static void equal_changes_are_taken_once(void **state)
{
	(void)state;
	assert_merges("a\nb\n", "a\nX\n", "a\nX\n", "a\nX\n");
	assert_merges("", "same\n", "same\n", "same\n");
}

static void different_changes_of_one_place_conflict(void **state)
{
	(void)state;
	assert_merges("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", NULL);
	assert_merges("a\n", "a\nX\n", "a\nY\n", NULL);
	assert_merges("", "X\n", "Y\n", NULL);
	assert_merges("a\nb\nc\n", "a\nc\n", "a\nY\nc\n", NULL);
}

static void changes_of_neighbouring_lines_conflict(void **state)
{
	(void)state;
	assert_merges("a\nb\n", "X\nb\n", "a\nY\n", NULL);
}

static void a_conflict_leaves_the_output_as_it_was(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	bool conflict = false;

	(void)state;
	must(gm_buf_puts(&out, "before"));
	must(gm_line_merge(&out, &conflict, text("1\n2\n3\n4\n"), text("one\n2\n3\nX\n"),
		text("1\n2\n3\nY\n")));
	assert_true(conflict);
	assert_string_equal(gm_buf_str(&out), "before");
}

static void swapping_the_sides_changes_nothing(void **state)
{
	unsigned seed = SEED;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT), ours = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);
	int clean = 0;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < 5000; i++) {
		gm_autobuf one = GM_BUF_INIT(GM_BUF_TEXT), two = GM_BUF_INIT(GM_BUF_TEXT);
		bool one_conflict, two_conflict;

		random_case(&base, &ours, &theirs, i, &seed);
		must(gm_line_merge(
			&one, &one_conflict, bytes(&base), bytes(&ours), bytes(&theirs)));
		must(gm_line_merge(
			&two, &two_conflict, bytes(&base), bytes(&theirs), bytes(&ours)));
		assert_int_equal(one_conflict, two_conflict);
		assert_string_equal(gm_buf_str(&one), gm_buf_str(&two));
		clean += !one_conflict;
	}
	assert_in_range(clean, 1000, 4500);
}

#define CASES 400

/* One run of the shell merges all cases; `N.ok` exists where git saw no conflict. */
static void let_git_merge(char *dir)
{
	assert_int_equal(
		shell(NULL, dir,
			"for b in *.base; do n=${b%.base};"
			" git merge-file -p $n.ours $b $n.theirs >$n.merged 2>/dev/null"
			" && : >$n.ok; done; ls *.ok >list"),
		0);
}

static void put_case(const char *dir, int i, const char *what, const struct gm_buf *data)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%03d.%s", i, what);
	scratch_write(dir, name, gm_buf_str(data), data->size);
}

static void compare_with_git(
	const char *dir, int i, bool git_is_clean, int *clean, int *same)
{
	gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT), ours = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT), git = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	bool conflict;
	char name[4][32];
	const char *const kinds[] = {"base", "ours", "theirs", "merged"};

	for (int kind = 0; kind < 4; kind++)
		(void)snprintf(name[kind], sizeof(name[kind]), "%03d.%s", i, kinds[kind]);
	scratch_read(&base, dir, name[0]);
	scratch_read(&ours, dir, name[1]);
	scratch_read(&theirs, dir, name[2]);
	scratch_read(&git, dir, name[3]);
	must(gm_line_merge(&out, &conflict, bytes(&base), bytes(&ours), bytes(&theirs)));
	*same += conflict == !git_is_clean;
	if (conflict || !git_is_clean)
		return;
	(*clean)++;
	assert_string_equal(gm_buf_str(&out), gm_buf_str(&git));
}

/*
 * Lines that repeat let two shortest scripts differ, and then the one program may see a
 * conflict where the other sees none. Where both see none they must agree.
 */
static void clean_merges_are_those_of_git(void **state)
{
	char *dir = scratch_new();
	unsigned seed = SEED;
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	int clean = 0, same = 0;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT),
			   ours = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);

		random_case(&base, &ours, &theirs, i, &seed);
		put_case(dir, i, "base", &base);
		put_case(dir, i, "ours", &ours);
		put_case(dir, i, "theirs", &theirs);
	}
	let_git_merge(dir);
	scratch_read(&list, dir, "list");
	for (int i = 0; i < CASES; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%03d.ok", i);
		compare_with_git(dir, i, strstr(list.ptr, name) != NULL, &clean, &same);
	}
	print_message("# %d of %d clean in both, %d judged alike\n", clean, CASES, same);
	assert_in_range(clean, 100, CASES);
	assert_in_range(same, CASES * 95 / 100, CASES);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_of_one_side_is_taken),
		cmocka_unit_test(changes_of_different_places_are_both_taken),
		cmocka_unit_test(equal_changes_are_taken_once),
		cmocka_unit_test(different_changes_of_one_place_conflict),
		cmocka_unit_test(changes_of_neighbouring_lines_conflict),
		cmocka_unit_test(a_conflict_leaves_the_output_as_it_was),
		cmocka_unit_test(swapping_the_sides_changes_nothing),
		cmocka_unit_test(clean_merges_are_those_of_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
