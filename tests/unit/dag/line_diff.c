#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/line_diff.h"

#define SEED 20260102u

static struct gm_text text(const char *string)
{
	return (struct gm_text){string, strlen(string)};
}

static void diff(struct gm_hunks *out, struct gm_text old_text, struct gm_text new_text)
{
	gm_autolines old_lines = GM_LINES_INIT, new_lines = GM_LINES_INIT;

	must(gm_lines_split(&old_lines, old_text));
	must(gm_lines_split(&new_lines, new_text));
	must(gm_line_diff(out, &old_lines, &new_lines));
}

static void assert_hunk(const struct gm_hunk *hunk, size_t old_start, size_t old_n,
	size_t new_start, size_t new_n)
{
	assert_int_equal(hunk->old_start, old_start);
	assert_int_equal(hunk->old_n, old_n);
	assert_int_equal(hunk->new_start, new_start);
	assert_int_equal(hunk->new_n, new_n);
}

/* Some lines of a small alphabet, so that texts have much in common. */
static void random_text(struct gm_buf *out, unsigned *seed, int alphabet)
{
	int n = rand_r(seed) % 30;

	gm_buf_reset(out);
	for (int i = 0; i < n; i++)
		must(gm_buf_printf(out, "%c\n", 'a' + rand_r(seed) % alphabet));
	if (n && rand_r(seed) % 4 == 0)
		must(gm_buf_puts(out, "end"));
}

/* Build the new text from the old one and the hunks; also the shape of the list is checked. */
static void apply(struct gm_buf *out, const struct gm_hunks *hunks,
	const struct gm_lines *old_lines, const struct gm_lines *new_lines)
{
	size_t at = 0;

	for (size_t i = 0; i < hunks->n; i++) {
		const struct gm_hunk *hunk = &hunks->items[i];

		assert_true(hunk->old_n + hunk->new_n > 0);
		assert_true(i == 0 || hunk->old_start > at);
		for (; at < hunk->old_start; at++)
			must(gm_buf_put(out, old_lines->items[at].ptr,
				old_lines->items[at].size));
		for (size_t j = 0; j < hunk->new_n; j++) {
			struct gm_text line = new_lines->items[hunk->new_start + j];

			must(gm_buf_put(out, line.ptr, line.size));
		}
		at += hunk->old_n;
	}
	for (; at < old_lines->n; at++)
		must(gm_buf_put(
			out, old_lines->items[at].ptr, old_lines->items[at].size));
}

/* Length of the longest common subsequence, the slow way. */
static size_t common_lines(const struct gm_lines *a, const struct gm_lines *b)
{
	size_t table[40][40] = {{0}};

	for (size_t i = 1; i <= a->n; i++)
		for (size_t j = 1; j <= b->n; j++) {
			size_t left = table[i][j - 1], up = table[i - 1][j];

			table[i][j] = left > up ? left : up;
			if (gm_text_equal(a->items[i - 1], b->items[j - 1]))
				table[i][j] = table[i - 1][j - 1] + 1;
		}
	return table[a->n][b->n];
}

static size_t count_kept(const struct gm_hunks *hunks, const struct gm_lines *old_lines)
{
	size_t kept = old_lines->n;

	for (size_t i = 0; i < hunks->n; i++)
		kept -= hunks->items[i].old_n;
	return kept;
}

static void lines_keep_their_newlines_and_the_last_may_lack_one(void **state)
{
	gm_autolines lines = GM_LINES_INIT;

	(void)state;
	must(gm_lines_split(&lines, text("a\n\nb")));
	assert_int_equal(lines.n, 3);
	assert_true(gm_text_equal(lines.items[0], text("a\n")));
	assert_true(gm_text_equal(lines.items[1], text("\n")));
	assert_true(gm_text_equal(lines.items[2], text("b")));
	must(gm_lines_split(&lines, text("")));
	assert_int_equal(lines.n, 0);
}

static void equal_texts_have_no_hunks(void **state)
{
	gm_autohunks hunks = GM_HUNKS_INIT;

	(void)state;
	diff(&hunks, text("a\nb\n"), text("a\nb\n"));
	assert_int_equal(hunks.n, 0);
	diff(&hunks, text(""), text(""));
	assert_int_equal(hunks.n, 0);
}

static void a_changed_line_is_one_hunk(void **state)
{
	gm_autohunks hunks = GM_HUNKS_INIT;

	(void)state;
	diff(&hunks, text("a\nb\nc\n"), text("a\nX\nc\n"));
	assert_int_equal(hunks.n, 1);
	assert_hunk(&hunks.items[0], 1, 1, 1, 1);
}

static void a_missing_final_newline_is_a_change(void **state)
{
	gm_autohunks hunks = GM_HUNKS_INIT;

	(void)state;
	diff(&hunks, text("a\nb\n"), text("a\nb"));
	assert_int_equal(hunks.n, 1);
	assert_hunk(&hunks.items[0], 1, 1, 1, 1);
}

static void changes_lie_as_far_down_as_they_can(void **state)
{
	gm_autohunks hunks = GM_HUNKS_INIT;

	(void)state;
	diff(&hunks, text("a\n\nz\n"), text("X\na\n\nb\n\nz\n"));
	assert_int_equal(hunks.n, 2);
	assert_hunk(&hunks.items[0], 0, 0, 0, 1);
	assert_hunk(&hunks.items[1], 2, 0, 3, 2);
}

static void random_scripts_are_right_and_shortest(void **state)
{
	unsigned seed = SEED;
	gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT),
		   new_text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf made = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autolines old_lines = GM_LINES_INIT, new_lines = GM_LINES_INIT;
	gm_autohunks hunks = GM_HUNKS_INIT;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < 5000; i++) {
		random_text(&old_text, &seed, 2 + i % 12);
		random_text(&new_text, &seed, 2 + i % 12);
		must(gm_lines_split(
			&old_lines, (struct gm_text){old_text.ptr, old_text.size}));
		must(gm_lines_split(
			&new_lines, (struct gm_text){new_text.ptr, new_text.size}));
		must(gm_line_diff(&hunks, &old_lines, &new_lines));
		gm_buf_reset(&made);
		apply(&made, &hunks, &old_lines, &new_lines);
		assert_string_equal(gm_buf_str(&made), gm_buf_str(&new_text));
		assert_int_equal(count_kept(&hunks, &old_lines),
			common_lines(&old_lines, &new_lines));
	}
}

/* Pairs of one line each that share nothing, the same lines in another order, and all equal. */
static void hostile_text(struct gm_buf *out, int kind, bool is_new)
{
	unsigned seed = SEED;

	for (int i = 0; i < 100000; i++) {
		if (kind == 0)
			must(gm_buf_printf(out, "%c%d\n", is_new ? 'n' : 'o', i));
		else if (kind == 1)
			must(gm_buf_printf(out, "%d\n", is_new ? 99999 - i : i));
		else if (kind == 2)
			must(gm_buf_puts(
				out, rand_r(&seed) % 50 == is_new ? "x\n" : "\n"));
		else
			must(gm_buf_printf(
				out, "%d\n", (is_new ? i * 7 : i * 11) % 1009));
	}
}

static void hostile_texts_end_in_bounded_time(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT),
			   new_text = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf made = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autolines old_lines = GM_LINES_INIT, new_lines = GM_LINES_INIT;
		gm_autohunks hunks = GM_HUNKS_INIT;

		hostile_text(&old_text, kind, false);
		hostile_text(&new_text, kind, true);
		must(gm_lines_split(
			&old_lines, (struct gm_text){old_text.ptr, old_text.size}));
		must(gm_lines_split(
			&new_lines, (struct gm_text){new_text.ptr, new_text.size}));
		must(gm_line_diff(&hunks, &old_lines, &new_lines));
		apply(&made, &hunks, &old_lines, &new_lines);
		assert_int_equal(made.size, new_text.size);
		assert_memory_equal(made.ptr, new_text.ptr, made.size);
	}
}

static void a_unified_diff_reads_as_people_know_it(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_line_diff_unified(&out, text("1\n2\n3\n4\n5\n6\n7\n8\n9"),
		text("1\n2\n3\n4\nfive\n6\n7\n8\n9\n")));
	assert_string_equal(gm_buf_str(&out),
		"@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
		"-9\n\\ No newline at end of file\n+9\n");
	gm_buf_reset(&out);
	must(gm_line_diff_unified(&out, text("a\n"), text("a\n")));
	assert_int_equal(out.size, 0);
	must(gm_line_diff_unified(&out, text(""), text("a\n")));
	assert_string_equal(gm_buf_str(&out), "@@ -0,0 +1 @@\n+a\n");
}

/* One patch over many files, so that git starts once. */
static void git_applies_random_unified_diffs(void **state)
{
	enum { FILES = 400 };
	char *dir = scratch_new();
	unsigned seed = SEED;
	gm_autobuf patch = GM_BUF_INIT(GM_BUF_TEXT), diff_text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_buf new_text[FILES];

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < FILES; i++) {
		gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT);
		char name[16];

		new_text[i] = (struct gm_buf)GM_BUF_INIT(GM_BUF_TEXT);
		random_text(&old_text, &seed, 2 + i % 12);
		random_text(&new_text[i], &seed, 2 + i % 12);
		(void)snprintf(name, sizeof(name), "f%d", i);
		scratch_write(dir, name, gm_buf_str(&old_text), old_text.size);
		gm_buf_reset(&diff_text);
		must(gm_line_diff_unified(&diff_text,
			(struct gm_text){old_text.ptr, old_text.size},
			(struct gm_text){new_text[i].ptr, new_text[i].size}));
		if (diff_text.size)
			must(gm_buf_printf(&patch,
				"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n%s", name,
				name, name, name, gm_buf_str(&diff_text)));
	}
	scratch_write(dir, "patch", patch.ptr, patch.size);
	assert_int_equal(shell(NULL, dir, "git apply --whitespace=nowarn patch"), 0);
	for (int i = 0; i < FILES; i++) {
		gm_autobuf now = GM_BUF_INIT(GM_BUF_TEXT);
		char name[16];

		(void)snprintf(name, sizeof(name), "f%d", i);
		scratch_read(&now, dir, name);
		assert_string_equal(gm_buf_str(&now), gm_buf_str(&new_text[i]));
		gm_buf_dispose(&new_text[i]);
	}
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_keep_their_newlines_and_the_last_may_lack_one),
		cmocka_unit_test(equal_texts_have_no_hunks),
		cmocka_unit_test(a_changed_line_is_one_hunk),
		cmocka_unit_test(a_missing_final_newline_is_a_change),
		cmocka_unit_test(changes_lie_as_far_down_as_they_can),
		cmocka_unit_test(random_scripts_are_right_and_shortest),
		cmocka_unit_test(hostile_texts_end_in_bounded_time),
		cmocka_unit_test(a_unified_diff_reads_as_people_know_it),
		cmocka_unit_test(git_applies_random_unified_diffs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
