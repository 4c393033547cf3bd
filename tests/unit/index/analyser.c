#include "tests/unit/support.h"

#include <string.h>

#include "base/buf.h"
#include "index/analyser.h"

static int setup(void **state)
{
	struct gm_stemmer *stemmer;

	must(gm_stemmer_new(&stemmer));
	*state = stemmer;
	return 0;
}

static int teardown(void **state)
{
	gm_stemmer_free(*state);
	return 0;
}

static int put_term(const struct gm_term *term, void *payload)
{
	struct gm_buf *out = payload;

	if (out->size)
		must(gm_buf_putc(out, term->again ? '|' : ' '));
	must(gm_buf_put(out, term->text, term->size));
	return 0;
}

/* Compare the terms of a memory: "one two|alternative". */
static void check_terms(struct gm_stemmer *stemmer, enum gm_language language,
	const char *text, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_analyse(stemmer, language, text, strlen(text), put_term, &found));
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: '%s', not '%s'", line, gm_buf_str(&found), expect);
}

#define assert_terms(stemmer, language, text, expect) \
	check_terms(stemmer, GM_LANGUAGE_##language, text, expect, __LINE__)

static int put_query_word(const struct gm_query_word *word, void *payload)
{
	struct gm_buf *out = payload;

	if (out->size)
		must(gm_buf_putc(out, ' '));
	if (word->stop)
		must(gm_buf_putc(out, '-'));
	for (size_t i = 0; i < word->n; i++)
		must(gm_buf_printf(out, "%s%.*s", i ? "|" : "", (int)word->sizes[i],
			word->terms[i]));
	if (word->prefix)
		must(gm_buf_putc(out, '*'));
	return 0;
}

/* Compare the words of a query: "one two|alternative -stop begins*". */
static void check_query(struct gm_stemmer *stemmer, unsigned languages, const char *text,
	const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_analyse_query(
		stemmer, languages, text, strlen(text), put_query_word, &found));
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: '%s', not '%s'", line, gm_buf_str(&found), expect);
}

#define assert_query(stemmer, languages, text, expect) \
	check_query(stemmer, languages, text, expect, __LINE__)

static void a_memory_has_stems_and_what_was_written(void **state)
{
	assert_terms(*state, EN, "Running dogs ran", "run|running dog|dogs ran");
	assert_terms(*state, NONE, "Running", "run|running");
	assert_terms(*state, DE, "Häuser der Lehrerinnen",
		"haus|hauser der lehrerinn|lehrerinnen");
	assert_terms(*state, FR, "décisions", "decis|decisions");
	assert_terms(*state, ES, "contraseñas", "contrasen|contrasenas");
	assert_terms(*state, RU, "складских", "складск|складских");
}

static void words_are_stemmed_by_their_script(void **state)
{
	assert_terms(*state, RU, "деплоя servers", "депло|деплоя server|servers");
	assert_terms(*state, EN, "складских", "складск|складских");
	assert_terms(*state, JA, "tests", "test|tests");
}

static void german_without_umlauts_is_found(void **state)
{
	assert_terms(*state, DE, "Foerderband", "foerderband|forderband");
	assert_terms(*state, DE, "neue Quelle", "neu|neue quell|quelle");
	assert_query(*state, GM_LANGUAGE_BIT(GM_LANGUAGE_DE), "das Foerderband",
		"-das foerderband|forderband");
}

static void words_with_digits_have_no_stem(void **state)
{
	assert_terms(*state, EN, "w63s", "w63s|63");
	assert_terms(*state, EN, "v4.2.1", "v4|4.2.1 2 1");
}

static void an_identifier_is_a_word_beside_its_parts(void **state)
{
	assert_terms(*state, EN, "upload_retries",
		"upload|uploadretri|uploadretries retri|retries");
	assert_query(*state, 0, "uploadRetries", "upload uploadretri retri");
	assert_query(*state, 0, "self-entries", "self|selfentri entri");
}

static void an_abbreviated_object_name_is_another_form(void **state)
{
	assert_query(*state, 0, "9f3c2e1b04", "9f3c2e1b04|9f3c2e1");
}

static void what_was_written_is_asked_for_only_in_other_languages(void **state)
{
	unsigned both = GM_LANGUAGE_BIT(GM_LANGUAGE_EN) | GM_LANGUAGE_BIT(GM_LANGUAGE_DE);

	assert_query(*state, 0, "the running dogs", "-the run dog");
	assert_query(*state, both, "the running dogs", "-the run|running dog|dogs");
	assert_query(*state, both, "wann laufen die Hunde",
		"-wann lauf|laufen -die hund|hunde");
}

static void a_query_of_no_language_is_looked_for_in_all(void **state)
{
	unsigned both = GM_LANGUAGE_BIT(GM_LANGUAGE_EN) | GM_LANGUAGE_BIT(GM_LANGUAGE_DE);

	assert_query(*state, both, "Rechnungen", "rechnungen|rechnung");
	assert_query(*state, both, "running", "run|running");
}

static void a_language_that_is_not_there_changes_nothing(void **state)
{
	assert_query(*state, 0, "x y z running", "x y z run");
}

static void characters_of_scripts_without_blanks_are_pairs(void **state)
{
	assert_query(*state, 0, "供应商的文件", "供应 应商 -商的 -的文 文件");
	assert_query(*state, 0, "茶", "茶*");
}

static void terms_are_the_same_again_and_again(void **state)
{
	static const char text[] =
		"Running through Zürich, складских 供应商 v4.2.1 re-entry";
	gm_autobuf first = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_analyse(*state, GM_LANGUAGE_DE, text, strlen(text), put_term, &first));
	/* More often than it takes until stems are kept. */
	for (unsigned i = 0; i < 1000; i++)
		check_terms(*state, GM_LANGUAGE_DE, text, first.ptr, __LINE__);
}

static void kept_stems_are_of_their_language(void **state)
{
	for (unsigned i = 0; i < 3000; i++) {
		assert_terms(*state, EN, "decisions", "decis|decisions");
		assert_terms(*state, DE, "decisions", "decision|decisions");
	}
}

static int stop_at_once(const struct gm_term *term, void *payload)
{
	(void)term;
	(void)payload;
	return 5;
}

static void the_callback_stops_an_analysis(void **state)
{
	assert_int_equal(
		gm_analyse(*state, GM_LANGUAGE_EN, "one two", 7, stop_at_once, NULL), 5);
}

/*
 * When this fails although no stemmer has changed, the analyser has: raise GM_ANALYSER_VERSION,
 * or people keep indexes that do not find what they should.
 */
static void the_version_stands_for_what_it_makes(void **state)
{
	static const char text[] =
		"Running uploadWithRetry re-entry v4.2.1 2026-06-18T08:15 9f3c2e1b04 "
		"tc22 "
		"Foerderband Straße 供应商 カタカナ складских ёлка Łódź";
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_analyse(*state, GM_LANGUAGE_DE, text, strlen(text), put_term, &found));
	assert_int_equal(GM_ANALYSER_VERSION, 1);
	assert_string_equal(found.ptr,
		"running upload|uploadwithretry with retry re|reentry entry v4|4.2.1 2 1 "
		"2026|2026.06.18 06 18 08|08.15 15 9f3c2e1b04|9f3c2e1 tc22|tc|22 "
		"foerderband|forderband strass|strasse 供应 应商 商 カタ タカ カナ ナ "
		"складск|складских елк|елка lodz");
}

static void each_language_has_a_fingerprint_of_its_own(void **state)
{
	uint32_t seen[GM_LANGUAGES] = {0};
	uint32_t again;

	for (unsigned i = GM_LANGUAGE_EN; i <= GM_LANGUAGE_AR; i++) {
		must(gm_analyser_fingerprint(&seen[i], *state, (enum gm_language)i));
		must(gm_analyser_fingerprint(&again, *state, (enum gm_language)i));
		assert_int_equal(seen[i], again);
		for (unsigned j = GM_LANGUAGE_EN; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_has_stems_and_what_was_written),
		cmocka_unit_test(words_are_stemmed_by_their_script),
		cmocka_unit_test(german_without_umlauts_is_found),
		cmocka_unit_test(words_with_digits_have_no_stem),
		cmocka_unit_test(an_identifier_is_a_word_beside_its_parts),
		cmocka_unit_test(an_abbreviated_object_name_is_another_form),
		cmocka_unit_test(what_was_written_is_asked_for_only_in_other_languages),
		cmocka_unit_test(a_query_of_no_language_is_looked_for_in_all),
		cmocka_unit_test(a_language_that_is_not_there_changes_nothing),
		cmocka_unit_test(characters_of_scripts_without_blanks_are_pairs),
		cmocka_unit_test(terms_are_the_same_again_and_again),
		cmocka_unit_test(kept_stems_are_of_their_language),
		cmocka_unit_test(the_callback_stops_an_analysis),
		cmocka_unit_test(the_version_stands_for_what_it_makes),
		cmocka_unit_test(each_language_has_a_fingerprint_of_its_own),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
