#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/word_diff.h"

#define SEED 20261126u
#define FILES 600

static struct gm_text text(const char *string)
{
	return (struct gm_text){string, strlen(string)};
}

/* What git's --word-diff=plain makes of a stretch: marks on each line, none on empty ones. */
static int put_plain(enum gm_word_kind kind, struct gm_text part, void *payload)
{
	static const char *const marks[][2] = {
		{"", ""}, {"", ""}, {"[-", "-]"}, {"{+", "+}"}};
	struct gm_buf *out = payload;

	while (part.size) {
		const char *newline = memchr(part.ptr, '\n', part.size);
		size_t size = newline ? (size_t)(newline - part.ptr) : part.size;
		if (size)
			must(gm_buf_printf(out, "%s%.*s%s", marks[kind][0], (int)size,
				part.ptr, marks[kind][1]));
		if (newline)
			must(gm_buf_putc(out, '\n'));
		size += newline != NULL;
		part.ptr += size;
		part.size -= size;
	}
	return 0;
}

static void assert_words(const char *old_text, const char *new_text, const char *wanted)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_word_diff(text(old_text), text(new_text), put_plain, &out));
	assert_string_equal(gm_buf_str(&out), wanted);
}

static void words_end_at_white_space(void **state)
{
	gm_autolines words = GM_LINES_INIT;

	(void)state;
	must(gm_words_split(&words, text(" one, two\t\r\nthree\n\n")));
	assert_int_equal(words.n, 3);
	assert_true(gm_text_equal(words.items[0], text("one,")));
	assert_true(gm_text_equal(words.items[1], text("two")));
	assert_true(gm_text_equal(words.items[2], text("three")));
	must(gm_words_split(&words, text(" \n")));
	assert_int_equal(words.n, 0);
}

static void a_changed_word_is_told_in_its_line(void **state)
{
	(void)state;
	assert_words("a b c\n", "a x c\n", "@@ -1 +1 @@\na [-b-]{+x+} c\n");
	assert_words("a b\n", "a b c\n", "@@ -1 +1 @@\na b {+c+}\n");
	assert_words("a b c\n", "b c\n", "@@ -1 +1 @@\n[-a-]b c\n");
	assert_words("same\n", "same\n", "");
	assert_words("", "new\n", "@@ -0,0 +1 @@\n{+new+}\n");
	assert_words("old\nlines\n", "", "@@ -1,2 +0,0 @@\n[-old-]\n[-lines-]\n");
}

static void a_change_of_white_space_alone_is_told_by_lines(void **state)
{
	(void)state;
	assert_words("a  b\nc\n", "a b\nc\n", "@@ -1,2 +1,2 @@\n[-a  b-]\n{+a b+}\nc\n");
	assert_words("a\n", "a\n\n", "@@ -1 +1,2 @@\na\n\n");
}

static void far_changes_are_told_apart_with_context(void **state)
{
	(void)state;
	assert_words("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n",
		"@@ -1,4 +1,4 @@\n[-1-]{+one+}\n2\n3\n4\n"
		"@@ -6,4 +6,4 @@\n6\n7\n8\n[-9-]{+nine+}\n");
}

static int stop(enum gm_word_kind kind, struct gm_text part, void *payload)
{
	int *calls = payload;

	(void)kind;
	(void)part;
	return ++*calls == 2 ? 7 : 0;
}

static void the_teller_may_stop(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(gm_word_diff(text("a b\n"), text("a c\n"), stop, &calls), 7);
	assert_int_equal(calls, 2);
}

/* Lines of few words; now and then an empty one. */
static void random_text(struct gm_buf *out, unsigned *seed, int max_lines, int alphabet)
{
	int n_lines = 1 + rand_r(seed) % max_lines;

	gm_buf_reset(out);
	for (int i = 0; i < n_lines; i++) {
		int n_words = rand_r(seed) % 6;
		for (int j = 0; j < n_words; j++)
			must(gm_buf_printf(out, "%s%c%c", j ? " " : "",
				'a' + rand_r(seed) % alphabet, 'a' + rand_r(seed) % 2));
		must(gm_buf_putc(out, '\n'));
	}
}

/* Some words of a text are replaced, dropped or doubled, as an edit does. */
static void edit_text(struct gm_buf *out, const struct gm_buf *from, unsigned *seed)
{
	gm_buf_reset(out);
	for (size_t i = 0; i < from->size; i++) {
		char c = from->ptr[i];
		if (c != ' ' && c != '\n' && rand_r(seed) % 12 == 0)
			c = (char)('a' + rand_r(seed) % 26);
		must(gm_buf_putc(out, c));
		if (c == '\n' && rand_r(seed) % 6 == 0)
			must(gm_buf_puts(out, "an added line\n"));
	}
}

static void write_file(
	const char *dir, const char *side, int i, const struct gm_buf *contents)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s/%04d", side, i);
	scratch_write(dir, name, gm_buf_str(contents), contents->size);
}

/* Our answer with the lines git puts before each file: "diff --git" to "+++". */
static void put_ours(struct gm_buf *out, int i, const struct gm_buf *old_text,
	const struct gm_buf *new_text)
{
	gm_autobuf words = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_word_diff((struct gm_text){gm_buf_str(old_text), old_text->size},
		(struct gm_text){gm_buf_str(new_text), new_text->size}, put_plain,
		&words));
	if (words.size)
		must(gm_buf_printf(out, "diff %04d\n%s", i, gm_buf_str(&words)));
}

static bool same_but_for_white_space(const struct gm_buf *a, const struct gm_buf *b)
{
	gm_autolines a_words = GM_LINES_INIT, b_words = GM_LINES_INIT;
	bool same;

	must(gm_words_split(&a_words, (struct gm_text){gm_buf_str(a), a->size}));
	must(gm_words_split(&b_words, (struct gm_text){gm_buf_str(b), b->size}));
	same = a_words.n == b_words.n;
	for (size_t i = 0; same && i < a_words.n; i++)
		same = gm_text_equal(a_words.items[i], b_words.items[i]);
	return same;
}

/* The part of an answer that is about one file. */
static struct gm_text take_file(const char **at)
{
	struct gm_text part = {*at, strlen(*at)};
	const char *next = strstr(*at, "\ndiff ");

	if (next)
		part.size = (size_t)(next + 1 - *at);
	*at += part.size;
	return part;
}

/* Of several scripts of one length, git may tell another than we do. */
static void assert_most_are_equal(const struct gm_buf *ours, const struct gm_buf *theirs)
{
	const char *our = gm_buf_str(ours), *their = gm_buf_str(theirs);
	int n = 0, n_other = 0;

	for (; *our && *their; n++) {
		struct gm_text a = take_file(&our), b = take_file(&their);
		if (!gm_text_equal(a, b))
			n_other++;
		assert_memory_equal(a.ptr, b.ptr, 9);
	}
	assert_int_equal(*our, *their);
	assert_true(n > FILES / 2);
	if (n_other * 100 > n)
		fail_msg("%d of %d differ", n_other, n);
}

/* One call of git for all files. Its own extra, that hunks slide by indentation, is off. */
static void edits_are_told_as_git_tells_them(void **state)
{
	char *dir = scratch_new();
	unsigned seed = SEED;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT), theirs = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	print_message("# seed %u\n", seed);
	assert_int_equal(shell(NULL, dir, "mkdir old new"), 0);
	for (int i = 0; i < FILES; i++) {
		gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf new_text = GM_BUF_INIT(GM_BUF_TEXT);
		random_text(&old_text, &seed, 14, 8 + i % 18);
		edit_text(&new_text, &old_text, &seed);
		if (same_but_for_white_space(&old_text, &new_text))
			continue;
		write_file(dir, "old", i, &old_text);
		write_file(dir, "new", i, &new_text);
		put_ours(&ours, i, &old_text, &new_text);
	}
	assert_int_equal(
		shell(&theirs, dir,
			"git -c diff.indentHeuristic=false diff --no-index "
			"--no-color --word-diff=plain old new | sed -e "
			"'s|^diff --git a/old/\\(....\\) .*|diff \\1|' -e '/^index /d' "
			"-e '/^--- /d' -e '/^+++ /d' -e 's/^\\(@@ .* @@\\).*/\\1/'"),
		0);
	assert_most_are_equal(&ours, &theirs);
	scratch_remove(dir);
}

/* The two texts that a word diff stands for. */
struct sides {
	struct gm_buf old_text, new_text;
};

static int put_sides(enum gm_word_kind kind, struct gm_text part, void *payload)
{
	struct sides *sides = payload;

	if (kind == GM_WORDS_OLD || kind == GM_WORDS_SAME)
		must(gm_buf_put(&sides->old_text, part.ptr, part.size));
	if (kind == GM_WORDS_NEW || kind == GM_WORDS_SAME)
		must(gm_buf_put(&sides->new_text, part.ptr, part.size));
	/* White space between removed words is not always told. */
	return gm_buf_putc(&sides->old_text, ' ');
}

/* Texts so short that all of them is told. */
static void any_texts_can_be_read_back(void **state)
{
	unsigned seed = SEED;
	int differing = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf new_text = GM_BUF_INIT(GM_BUF_TEXT);
		struct sides sides = {GM_BUF_INIT(GM_BUF_TEXT), GM_BUF_INIT(GM_BUF_TEXT)};
		random_text(&old_text, &seed, 3, 1 + i % 5);
		random_text(&new_text, &seed, 3, 1 + i % 5);
		must(gm_word_diff((struct gm_text){old_text.ptr, old_text.size},
			(struct gm_text){new_text.ptr, new_text.size}, put_sides,
			&sides));
		if (sides.new_text.size) {
			differing++;
			assert_string_equal(
				gm_buf_str(&sides.new_text), gm_buf_str(&new_text));
			assert_true(same_but_for_white_space(&sides.old_text, &old_text));
		}
		gm_buf_dispose(&sides.old_text);
		gm_buf_dispose(&sides.new_text);
	}
	assert_true(differing > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_end_at_white_space),
		cmocka_unit_test(a_changed_word_is_told_in_its_line),
		cmocka_unit_test(a_change_of_white_space_alone_is_told_by_lines),
		cmocka_unit_test(far_changes_are_told_apart_with_context),
		cmocka_unit_test(the_teller_may_stop),
		cmocka_unit_test(any_texts_can_be_read_back),
		cmocka_unit_test(edits_are_told_as_git_tells_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
