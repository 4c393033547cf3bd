/* The table is searched by halves and by folded words, so its own order and form are tested. */
#include "index/stop_words.c"

#include "tests/unit/support.h"

#include "base/unicode.h"
#include "index/characters.h"

#define N_STOP_WORDS (sizeof(stop_words) / sizeof(*stop_words))

static void the_table_is_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_STOP_WORDS; i++)
		if (strcmp(stop_words[i - 1].word, stop_words[i].word) >= 0)
			fail_msg("'%s' stands before '%s'", stop_words[i - 1].word,
				stop_words[i].word);
}

static void every_word_is_found_as_it_will_be_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_STOP_WORDS; i++) {
		const char *word = stop_words[i].word;
		enum gm_script script = gm_char_at(word, strlen(word)).script;
		char folded[64];
		char bare[64];
		size_t size = gm_unicode_fold_case(folded, 64, word, strlen(word));

		size = gm_fold_marks(bare, 64, folded, size, script);
		if (gm_stop_word_languages(bare, size) != stop_words[i].languages)
			fail_msg("'%s' is not found", word);
		assert_true(stop_words[i].languages != 0);
	}
}

static void other_words_are_not_found(void **state)
{
	static const char *const words[] = {"", "th", "thee", "zzzz", "averyverylongword",
		"editor", "складских", "!"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_int_equal(gm_stop_word_languages(words[i], strlen(words[i])), 0);
}

static void grammar_in_pairs_is_known(void **state)
{
	(void)state;
	assert_true(gm_is_stop_pair("です", 6));
	assert_true(gm_is_stop_pair("什么", 6));
	assert_true(gm_is_stop_pair("画の", 6));
	assert_false(gm_is_stop_pair("画像", 6));
	assert_false(gm_is_stop_pair("カタ", 6));
	assert_false(gm_is_stop_pair("画", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted),
		cmocka_unit_test(every_word_is_found_as_it_will_be_asked_for),
		cmocka_unit_test(other_words_are_not_found),
		cmocka_unit_test(grammar_in_pairs_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
