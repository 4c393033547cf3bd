#include "tests/unit/support.h"

#include <stdbool.h>
#include <string.h>

#include "index/cues.h"

static struct gm_document cues(const char *text)
{
	struct gm_document document;

	memset(&document, 0, sizeof(document));
	document.flags = GM_DOCUMENT_PRIVATE;
	document.length = 7;
	gm_cues_of_text(&document, text, strlen(text), GM_LANGUAGE_EN);
	assert_int_equal(document.length, 7);
	assert_true(document.flags & GM_DOCUMENT_PRIVATE);
	return document;
}

static bool has(const char *text, unsigned flag)
{
	return cues(text).flags & flag;
}

static unsigned distance(const char *a, const char *b)
{
	return (unsigned)__builtin_popcountll(cues(a).simhash ^ cues(b).simhash);
}

static void a_question_is_what_its_last_sentence_asks(void **state)
{
	(void)state;
	assert_true(has("It is done. Which port does it use?", GM_DOCUMENT_QUESTION));
	assert_true(has("Which port does it use? \n", GM_DOCUMENT_QUESTION));
	assert_true(has("Is it \"blue-green\"?)", GM_DOCUMENT_QUESTION));
	assert_true(has("Look at this?! [shared image: a dog]", GM_DOCUMENT_QUESTION));
	assert_true(has("And you? \xf0\x9f\x98\x80", GM_DOCUMENT_QUESTION));
	assert_true(has("ポートは何番ですか？", GM_DOCUMENT_QUESTION));
	assert_false(has("Which port? It uses 8080.", GM_DOCUMENT_QUESTION));
	assert_false(has("GET /search?q=1", GM_DOCUMENT_QUESTION));
	assert_false(has("", GM_DOCUMENT_QUESTION));
	assert_false(has("?", GM_DOCUMENT_QUESTION));
}

static void a_text_only_asks_when_no_sentence_tells(void **state)
{
	(void)state;
	assert_true(has("Wow, great! What did you paint?", GM_DOCUMENT_ONLY_ASKS));
	assert_true(has("Thanks a lot!", GM_DOCUMENT_ONLY_ASKS));
	assert_false(has("I painted a lake last year. And you?", GM_DOCUMENT_ONLY_ASKS));
	assert_false(has("And you? [shared image: a painting]", GM_DOCUMENT_ONLY_ASKS));
}

static void words_of_time_are_days_months_and_years(void **state)
{
	struct gm_document document;
	static const char german[] = "am Sonntag, dem 3. August";

	(void)state;
	assert_true(has("We met Yesterday.", GM_DOCUMENT_TIME));
	assert_true(has("since 2019", GM_DOCUMENT_TIME));
	assert_true(has("here [photo taken in May]", GM_DOCUMENT_TIME));
	assert_false(has("port 8080, build 12019", GM_DOCUMENT_TIME));
	assert_false(has("yesterdays", GM_DOCUMENT_TIME));
	memset(&document, 0, sizeof(document));
	gm_cues_of_text(&document, german, strlen(german), GM_LANGUAGE_DE);
	assert_int_equal(document.flags & GM_DOCUMENT_TIME, 0);
}

static void capitals_inside_of_sentences_are_counted_up_to_three(void **state)
{
	(void)state;
	assert_int_equal(cues("We went to Paris with Anna.").capitals, 2);
	assert_int_equal(cues("Paris. Then I saw SQL").capitals, 0);
	assert_int_equal(cues("to Ann, Bob, Cid, Dan, Eve").capitals, GM_CUES_CAPITALS);
}

static void nearly_the_same_words_give_nearly_the_same_simhash(void **state)
{
	static const char text[] =
		"The nightly job copies the customer table to the warehouse, checks the "
		"number of lines against the source and writes a report for the data "
		"team.";
	static const char same[] =
		"the nightly job copies the customer table to the warehouse; checks the "
		"number of lines against the source, and writes a report for the data "
		"team";
	static const char other[] =
		"Prefer tabs over spaces in Makefiles, and run the formatter before each "
		"push: reviewers should not have to talk about white space at all.";

	(void)state;
	assert_int_equal(distance(text, same), 0);
	assert_true(distance(text, other) > 16);
	assert_true(
		distance("staging runs on 10.0.4.17", "staging runs on 10.0.4.18") > 3);
}

static void any_bytes_are_a_text(void **state)
{
	char text[64];
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct gm_document document = {.capitals = 99};

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (char)(seed >> 24);
		}
		gm_cues_of_text(&document, text, seed % sizeof(text), GM_LANGUAGE_NONE);
		assert_true(document.capitals <= GM_CUES_CAPITALS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_what_its_last_sentence_asks),
		cmocka_unit_test(a_text_only_asks_when_no_sentence_tells),
		cmocka_unit_test(words_of_time_are_days_months_and_years),
		cmocka_unit_test(capitals_inside_of_sentences_are_counted_up_to_three),
		cmocka_unit_test(nearly_the_same_words_give_nearly_the_same_simhash),
		cmocka_unit_test(any_bytes_are_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
