#include "tests/unit/support.h"

#include <string.h>

#include "index/language.h"
#include "index/stop_words.h"

static void check_guess(const char *text, const char *expect, int line)
{
	const char *code = gm_language_code(gm_language_guess(text, strlen(text)));

	if (!code)
		code = "none";
	if (strcmp(code, expect) != 0)
		fail_msg("line %d: '%s', not '%s'", line, code, expect);
}

#define assert_guess(text, expect) check_guess(text, expect, __LINE__)

static void sentences_tell_their_language(void **state)
{
	(void)state;
	assert_guess("The staging host is stage.example.com", "en");
	assert_guess("Rechnungen gehen seit Mai als PDF hinaus.", "de");
	assert_guess("L'entrepôt de Lyon reçoit les camions de 6 h à 11 h.", "fr");
	assert_guess("El almacén de Sevilla abrirá en la primavera.", "es");
	assert_guess("O fornecedor do Porto só aceita encomendas por caixa.", "pt");
	assert_guess("Il fornitore di Torino consegna soltanto il martedì.", "it");
	assert_guess("De leverancier komt alleen op dinsdag naar het magazijn.", "nl");
	assert_guess("Leverantören kommer bara på tisdagar och inte annars.", "sv");
	assert_guess(
		"Leverandøren kommer kun om tirsdagen, og af og til om fredagen.", "da");
	assert_guess("Toimittaja tulee vain tiistaisin, mutta ei kesällä.", "fi");
	assert_guess("Дмитрий просит писать ему по-русски.", "ru");
	assert_guess("Ο προμηθευτής έρχεται την Τρίτη", "el");
	assert_guess("المورد يصل يوم الثلاثاء", "ar");
	assert_guess("苏州供应商每周三晚上发送库存文件", "zh");
	assert_guess("日本語の商品名は改行位置が崩れやすい", "ja");
	assert_guess("부산 공급업체는 최소 주문 금액이 오백만 원", "ko");
}

static void what_tells_nothing_is_of_no_language(void **state)
{
	(void)state;
	assert_guess("", "none");
	assert_guess("2026-06-18 10:40", "none");
	assert_guess("vim", "none");
	assert_guess("upload_retry max_conns", "none");
	assert_guess("\xff\xfe", "none");
}

static void one_foreign_word_tells_nothing(void **state)
{
	(void)state;
	assert_guess("The café in Zürich is where we met for the résumé", "en");
	assert_guess("Ask Müller about the GmbH and die Rechnung that was lost", "en");
}

static void codes_go_there_and_back(void **state)
{
	(void)state;
	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES; i++) {
		const char *code = gm_language_code((enum gm_language)i);
		assert_int_equal(strlen(code), 2);
		assert_int_equal(gm_language_from_code(code), i);
	}
	assert_null(gm_language_code(GM_LANGUAGE_NONE));
	assert_int_equal(gm_language_from_code(NULL), GM_LANGUAGE_NONE);
	assert_int_equal(gm_language_from_code("xx"), GM_LANGUAGE_NONE);
	assert_int_equal(gm_language_from_code(""), GM_LANGUAGE_NONE);
}

static void candidates_are_of_the_set_that_is_asked_for(void **state)
{
	const char text[] = "¿Cuándo abre el almacén de la ciudad?";
	unsigned spanish = GM_LANGUAGE_BIT(GM_LANGUAGE_ES);
	unsigned german = GM_LANGUAGE_BIT(GM_LANGUAGE_DE);

	(void)state;
	assert_int_equal(
		gm_language_candidates(spanish | german, text, strlen(text)), spanish);
	assert_int_equal(gm_language_candidates(german, text, strlen(text)), 0);
	assert_int_equal(gm_language_candidates(~0U, "vim", 3), 0);
}

static unsigned languages_of(const char *word)
{
	return gm_stop_word_languages(word, strlen(word));
}

static void stop_words_are_known(void **state)
{
	(void)state;
	assert_int_equal(languages_of("the"), GM_LANGUAGE_BIT(GM_LANGUAGE_EN));
	assert_true(languages_of("die") & GM_LANGUAGE_BIT(GM_LANGUAGE_DE));
	assert_true(languages_of("fur") & GM_LANGUAGE_BIT(GM_LANGUAGE_DE));
	assert_int_equal(languages_of("чтобы"), GM_LANGUAGE_BIT(GM_LANGUAGE_RU));
	assert_true(languages_of("zwischen") & GM_LANGUAGE_BIT(GM_LANGUAGE_DE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_tell_their_language),
		cmocka_unit_test(what_tells_nothing_is_of_no_language),
		cmocka_unit_test(one_foreign_word_tells_nothing),
		cmocka_unit_test(codes_go_there_and_back),
		cmocka_unit_test(candidates_are_of_the_set_that_is_asked_for),
		cmocka_unit_test(stop_words_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
