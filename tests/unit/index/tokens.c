#include "index/tokens.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

#define BERT                                                               \
	"\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":true}," \
	"\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"

#define WORD_PIECE                                                                      \
	"\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","                    \
	"\"max_input_chars_per_word\":8,\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,"            \
	"\"un\":2,\"##aff\":3,\"##able\":4,\"aff\":5,\"cafe\":6,\"!\":7,\"\\u4e2d\":8," \
	"\"able\":9,\"##a\":10}}"

#define METASPACE "\"pre_tokenizer\":{\"type\":\"Metaspace\"},"

/* "▁ab" as a whole costs more than "▁a" and "b". */
#define UNIGRAM                                                                       \
	"\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0],"      \
	"[\"\\u2581\",-4],[\"a\",-3.5],[\"b\",-1],[\"ab\",-0.5],[\"\\u2581a\",-1.5]," \
	"[\"\\u2581ab\",-9],[\"\\u2581ba\",-2]]}"

static void encode(struct gm_buf *out, const char *json, const char *text)
{
	gm_cleanup(gm_tokens_free_p) struct gm_tokens *tokens = NULL;
	gm_autotokenids ids = GM_TOKEN_IDS_INIT;

	must(gm_tokens_new(&tokens, json, strlen(json)));
	must(gm_tokens_encode(&ids, tokens, text, strlen(text)));
	for (size_t i = 0; i < ids.n; i++) {
		assert_true(ids.ids[i] < gm_tokens_count(tokens));
		must(gm_buf_printf(out, "%s%u", i ? " " : "", (unsigned)ids.ids[i]));
	}
}

static void check(const char *json, const char *text, const char *expect, int line)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	encode(&out, json, text);
	if (strcmp(gm_buf_str(&out), expect) != 0)
		fail_msg("line %d: '%s', not '%s'", line, gm_buf_str(&out), expect);
}

#define assert_ids(json, text, expect) check(json, text, expect, __LINE__)

static void word_pieces_are_the_longest_that_fit(void **state)
{
	static const char json[] = "{" BERT WORD_PIECE "}";

	(void)state;
	assert_ids(json, "unaffable", "");
	assert_ids(json, "unable", "2 4");
	assert_ids(json, "unaff affable", "2 3 5 4");
	assert_ids(json, "able! unable", "9 7 2 4");
	assert_ids(json, "", "");
}

static void a_word_that_does_not_come_out_has_no_pieces(void **state)
{
	static const char json[] = "{" BERT WORD_PIECE "}";

	(void)state;
	assert_ids(json, "unx able", "9");
	assert_ids(json, "[UNK] [PAD]", "");
}

static void bert_folds_case_and_accents_and_parts_ideographs(void **state)
{
	static const char json[] = "{" BERT WORD_PIECE "}";
	static const char cased[] =
		"{\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":false},"
		"\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}," WORD_PIECE "}";

	(void)state;
	assert_ids(json, "CAF\xc3\x89 Caf\x65\xcc\x81", "6 6");
	assert_ids(json,
		"able\xe4\xb8\xad"
		"able",
		"9 8 9");
	assert_ids(json,
		"ab\x01le\tun\xc2\xa0"
		"aff",
		"9 2 5");
	assert_ids(cased, "Cafe cafe caf\xc3\xa9", "6");
}

static void unigram_takes_the_best_way_through(void **state)
{
	static const char json[] = "{" METASPACE UNIGRAM "}";

	(void)state;
	assert_ids(json, "ab", "5 3");
	assert_ids(json, "ab ba", "5 3 7");
	assert_ids(json, "a", "5");
}

static void unigram_steps_over_what_it_does_not_know(void **state)
{
	static const char json[] = "{" METASPACE UNIGRAM "}";

	(void)state;
	assert_ids(json,
		"a\xe4\xb8\xad\xe4\xb8\xad"
		"ab",
		"5 4");
	assert_ids(json, "xyz", "1");
	assert_ids(json, "<unk>", "1");
}

static void a_metaspace_may_be_left_out(void **state)
{
	static const char never[] = "{\"pre_tokenizer\":{\"type\":\"Metaspace\","
				    "\"prepend_scheme\":\"never\"}," UNIGRAM "}";

	(void)state;
	assert_ids(never, "ab", "4");
	assert_ids(never, "ab a", "4 5");
}

static void steps_follow_one_another(void **state)
{
	static const char json[] =
		"{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
		"{\"type\":\"NFKC\"},{\"type\":\"Lowercase\"},"
		"{\"type\":\"Replace\",\"pattern\":{\"String\":\"-\"},\"content\":\" - "
		"\"},"
		"{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" "
		"\"},"
		"{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}]}"
		"," METASPACE UNIGRAM "}";

	(void)state;
	assert_ids(json, " \t\xef\xbc\xa1\xef\xbc\xa2-B A \n", "5 3 1 1 3 5");
}

static void words_without_pieces_are_looked_up_whole(void **state)
{
	static const char json[] =
		"{\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":{\"type\":"
		"\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"ab\":1,\"!!\":2}}"
		"}";

	(void)state;
	assert_ids(json, "ab!! abc ?", "1 2");
}

static void check_refused(const char *json, const char *why, int line)
{
	struct gm_tokens *tokens = NULL;
	int rc = gm_tokens_new(&tokens, json, strlen(json));

	if (rc != GM_EINVALID || !strstr(gm_error_last()->message, why))
		fail_msg("line %d: %d '%s'", line, rc, gm_error_last()->message);
}

#define assert_refused(json, why) check_refused(json, why, __LINE__)

static void what_is_not_supported_is_named(void **state)
{
	(void)state;
	assert_refused("{", "invalid JSON");
	assert_refused("[]", "vocabulary");
	assert_refused("{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", "'BPE'");
	assert_refused("{\"normalizer\":{\"type\":\"Nmt\"}," UNIGRAM "}", "'Nmt'");
	assert_refused("{\"normalizer\":{}," UNIGRAM "}", "of no type");
	assert_refused("{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":"
		       "\"(a|b)*\"},\"content\":\"\"}," UNIGRAM "}",
		"'(a|b)*'");
	assert_refused("{\"pre_tokenizer\":{\"type\":\"Split\"}," UNIGRAM "}", "'Split'");
	assert_refused("{\"pre_tokenizer\":{\"type\":\"ByteLevel\"}," UNIGRAM "}",
		"'ByteLevel'");
	assert_refused("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,"
		       "\"vocab\":[]}}",
		"falls back to bytes");
}

static void a_broken_vocabulary_is_refused(void **state)
{
	(void)state;
	assert_refused(
		"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", "vocabulary");
	assert_refused(
		"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[1,2]]}}", "vocabulary");
	assert_refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":{}}}", "vocabulary");
	assert_refused("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":\"b\"}}}",
		"vocabulary");
	assert_refused(
		"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}", "id -1");
	assert_refused(
		"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":99999999999}}}",
		"id 99999999999");
	assert_refused("{\"normalizer\":{\"type\":\"Precompiled\","
		       "\"precompiled_charsmap\":\"/////w==\"}," UNIGRAM "}",
		"cut off");
	assert_refused("{\"normalizer\":{\"type\":\"Precompiled\","
		       "\"precompiled_charsmap\":\"a b\"}," UNIGRAM "}",
		"base 64");
}

static void sequences_without_end_are_refused(void **state)
{
	gm_autobuf json = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	must(gm_buf_puts(&json, "{\"normalizer\":"));
	for (size_t i = 0; i < 100; i++)
		must(gm_buf_puts(&json, "{\"type\":\"Sequence\",\"normalizers\":["));
	must(gm_buf_puts(&json, "{\"type\":\"NFC\"}"));
	for (size_t i = 0; i < 100; i++)
		must(gm_buf_puts(&json, "]}"));
	must(gm_buf_puts(&json, "," UNIGRAM "}"));
	assert_refused(gm_buf_str(&json), "of no type");
}

static void half_of_the_pieces_tell_the_median(void **state)
{
	static const char json[] = "{" METASPACE UNIGRAM "}";
	gm_cleanup(gm_tokens_free_p) struct gm_tokens *tokens = NULL;

	(void)state;
	must(gm_tokens_new(&tokens, json, strlen(json)));
	assert_int_equal(gm_tokens_count(tokens), 8);
	assert_int_equal(gm_tokens_median(tokens), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(word_pieces_are_the_longest_that_fit),
		cmocka_unit_test(a_word_that_does_not_come_out_has_no_pieces),
		cmocka_unit_test(bert_folds_case_and_accents_and_parts_ideographs),
		cmocka_unit_test(unigram_takes_the_best_way_through),
		cmocka_unit_test(unigram_steps_over_what_it_does_not_know),
		cmocka_unit_test(a_metaspace_may_be_left_out),
		cmocka_unit_test(steps_follow_one_another),
		cmocka_unit_test(words_without_pieces_are_looked_up_whole),
		cmocka_unit_test(what_is_not_supported_is_named),
		cmocka_unit_test(a_broken_vocabulary_is_refused),
		cmocka_unit_test(sequences_without_end_are_refused),
		cmocka_unit_test(half_of_the_pieces_tell_the_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
