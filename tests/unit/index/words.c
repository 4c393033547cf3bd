#include "tests/unit/support.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "index/words.h"

/* How each kind is marked in what the tests expect. */
static const char marks[] = {
	[GM_WORD_PLAIN] = ' ',
	[GM_WORD_WHOLE] = '=',
	[GM_WORD_JOINED] = '-',
	[GM_WORD_PART] = '+',
	[GM_WORD_PREFIX] = '^',
	[GM_WORD_PAIR] = ' ',
	[GM_WORD_LAST] = '.',
	[GM_WORD_ALONE] = '!',
};

static int put_word(const struct gm_word *word, void *payload)
{
	struct gm_buf *out = payload;
	char folded[GM_WORD_MAX];
	size_t size = gm_word_fold(folded, word);

	must(gm_buf_putc(out, marks[word->kind]));
	must(gm_buf_put(out, folded, size));
	return 0;
}

/* Compare the words of a text, folded, with what is expected. */
static void check_words(const char *text, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_words_each(text, strlen(text), put_word, &found));
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: '%s', not '%s'", line, gm_buf_str(&found), expect);
}

#define assert_words(text, expect) check_words(text, expect, __LINE__)

static void letters_and_digits_make_words(void **state)
{
	(void)state;
	assert_words("", "");
	assert_words(" ?! --- _ '", "");
	assert_words("The cat, 3 DOGS; (and) more...", " the cat 3 dogs and more");
	assert_words("don't l'entrepôt", " don t l entrepot");
}

static void case_and_diacritics_are_folded(void **state)
{
	(void)state;
	assert_words("Café CAFÉ cafe\xcc\x81", " cafe cafe cafe");
	assert_words("Straße GROẞ", " strasse gross");
	assert_words("smørrebrød Łódź œuvre", " smorrebrod lodz oeuvre");
	assert_words("Ёлка ёжик Чай", " елка ежик чай");
	assert_words("Ελλάδα", " ελλαδα");
	assert_words("ﬁle ＡＢＣ１", " file abc1");
	assert_words("\xef\xb7\xba", " صلىاللهعليهوسلم");
	assert_words("För\xc2\xad"
		     "derband",
		" forderband");
}

static void identifiers_have_parts_and_a_whole(void **state)
{
	(void)state;
	assert_words("upload_with_retry()", " upload=uploadwithretry with retry");
	assert_words("uploadWithRetry", " upload=uploadwithretry with retry");
	assert_words("HTTPServer", " http=httpserver server");
	assert_words("__init__ a__b", " init a=ab b");
	assert_words("TIDEMARK_DB", " tidemark=tidemarkdb db");
	assert_words("pnpm i18n:extract", " pnpm i18n+18 extract");
}

static void names_that_only_look_like_identifiers_are_whole(void **state)
{
	(void)state;
	assert_words("iPhone URLs IDs GiB mRNA eBay", " iphone urls ids gib mrna ebay");
}

static void hyphens_join_natural_words(void **state)
{
	(void)state;
	assert_words("re-entry", " re-reentry entry");
	assert_words("well - known -x-", " well known x");
	assert_words("UTF-8", " utf=utf8 8");
}

static void paths_have_their_parts(void **state)
{
	(void)state;
	assert_words("internal/httpx/client.go", " internal httpx client=clientgo go");
	assert_words("https://green.example/a", " https green=greenexample example a");
}

static void numbers_versions_and_dates_have_a_whole(void **state)
{
	(void)state;
	assert_words("v4.2.1 4.2.1", " v4=4.2.1 2 1 4=4.2.1 2 1");
	assert_words("2026-06-18", " 2026=2026.06.18 06 18");
	assert_words("2026/06/18", " 2026=2026.06.18 06 18");
	assert_words(
		"2026-06-18T08:15:00Z", " 2026=2026.06.18 06 18 08=08.15.00z 15 00z+00");
	assert_words("15:58", " 15=15.58 58");
	assert_words("5,000 rows", " 5=5000 000 rows");
	assert_words("1, 2", " 1 2");
}

static void letters_and_digits_of_one_word_are_parts(void **state)
{
	(void)state;
	assert_words("TC22 utf8 3000ms k8s", " tc22+tc+22 utf8+utf 3000ms+3000+ms k8s");
}

static void object_names_have_their_abbreviation(void **state)
{
	(void)state;
	assert_words("9f3c2e1b04", " 9f3c2e1b04^9f3c2e1");
	assert_words("9F3C2E1", " 9f3c2e1");
	assert_words("deadbeef", " deadbeef");
}

static void scripts_without_blanks_give_pairs(void **state)
{
	(void)state;
	assert_words("供应商", " 供应 应商.商");
	assert_words("茶", "!茶");
	assert_words("日本の", " 日本 本の.の");
	assert_words("ｶﾀｶﾅ", " カタ タカ カナ.ナ");
	assert_words("ガス", " ガス.ス");
	assert_words("부산항", " 부산 산항.항");
	assert_words("Git中文x", " git 中文.文 x");
}

static int count_pair(const struct gm_word *word, void *payload)
{
	size_t *n = payload;

	n[word->kind == GM_WORD_PAIR ? 0 : 1]++;
	assert_true(word->size == (word->kind == GM_WORD_PAIR ? 6 : 3));
	return 0;
}

static void a_long_run_without_blanks_loses_no_pair(void **state)
{
	(void)state;
	for (size_t n = 60; n < 200; n++) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		size_t counts[2] = {0, 0};

		for (size_t i = 0; i < n; i++)
			must(gm_buf_puts(&text, "中"));
		must(gm_words_each(text.ptr, text.size, count_pair, counts));
		assert_int_equal(counts[0], n - 1);
		assert_int_equal(counts[1], 1);
	}
}

static int check_place(const struct gm_word *word, void *payload)
{
	const char *text = payload;

	assert_memory_equal(text + word->start, word->text, word->size);
	assert_int_equal(word->end - word->start, word->size);
	return 0;
}

static void words_know_where_they_stand(void **state)
{
	char text[] = "alpha beta 供应商 gamma";

	(void)state;
	assert_int_equal(gm_words_each(text, strlen(text), check_place, text), 0);
}

static int stop_at_second(const struct gm_word *word, void *payload)
{
	(void)word;
	return ++*(int *)payload == 2 ? 7 : 0;
}

static void the_callback_stops_it(void **state)
{
	int n = 0;

	(void)state;
	assert_int_equal(gm_words_each("a_b c d", 7, stop_at_second, &n), 7);
	assert_int_equal(n, 2);
}

static int check_sane(const struct gm_word *word, void *payload)
{
	char folded[GM_WORD_MAX];
	size_t *total = payload;

	assert_true(word->size > 0 && word->size <= GM_WORD_MAX);
	assert_true(word->start < word->end);
	assert_true(gm_utf8_valid(word->text, word->size));
	size_t size = gm_word_fold(folded, word);
	assert_true(size <= GM_WORD_MAX && gm_utf8_valid(folded, size));
	for (size_t i = 0; i < size; i++)
		assert_true(folded[i] != '"' && (unsigned char)folded[i] > ' ');
	*total += word->size;
	return 0;
}

static void bytes_that_are_no_utf_8_separate_words(void **state)
{
	(void)state;
	assert_words("one\xfftwo\xc3 three\xed\xa0\x80"
		     "four\xf8\x88",
		" one two three four");
	assert_words("\xcc\x81\xcc\x81 a\xcc\x81", " a");
}

static void a_megabyte_of_garbage_makes_bounded_words(void **state)
{
	static const char alphabet[] =
		"aB3_-.:/'\xc3\xa9\xe4\xb8\xad\xcc\x81\xff \xf0\x9f";
	size_t size = (size_t)1 << 20;
	char *text = gm_malloc(size);
	uint32_t random = 1;

	(void)state;
	assert_non_null(text);
	for (unsigned round = 0; round < 4; round++) {
		size_t total = 0;
		for (size_t i = 0; i < size; i++) {
			random = random * 1664525 + 1013904223;
			text[i] = round == 0 ? (char)(random >> 24)
				: round == 1
				? alphabet[(random >> 16) % (sizeof(alphabet) - 1)]
				: round == 2 ? 'a'
					     : "\xcc\x81"[i % 2];
		}
		must(gm_words_each(text, size, check_sane, &total));
		assert_true(total < 8 * size);
	}
	gm_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_digits_make_words),
		cmocka_unit_test(case_and_diacritics_are_folded),
		cmocka_unit_test(identifiers_have_parts_and_a_whole),
		cmocka_unit_test(names_that_only_look_like_identifiers_are_whole),
		cmocka_unit_test(hyphens_join_natural_words),
		cmocka_unit_test(paths_have_their_parts),
		cmocka_unit_test(numbers_versions_and_dates_have_a_whole),
		cmocka_unit_test(letters_and_digits_of_one_word_are_parts),
		cmocka_unit_test(object_names_have_their_abbreviation),
		cmocka_unit_test(scripts_without_blanks_give_pairs),
		cmocka_unit_test(a_long_run_without_blanks_loses_no_pair),
		cmocka_unit_test(words_know_where_they_stand),
		cmocka_unit_test(the_callback_stops_it),
		cmocka_unit_test(bytes_that_are_no_utf_8_separate_words),
		cmocka_unit_test(a_megabyte_of_garbage_makes_bounded_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
