#include "tests/unit/support.h"

#include <string.h>

#include "index/analysed.h"
#include "index/analyser.h"
#include "index/varint.h"

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

/* "field:text tf@places" of a term, each on its line. */
static int print_term(const struct gm_analysed_term *term, void *payload)
{
	struct gm_buf *out = payload;
	const uint8_t *at = term->places;
	uint64_t next = 0;

	must(gm_buf_printf(
		out, "%c:%.*s", (char)term->field, (int)term->size, term->text));
	for (uint32_t i = 0; i < term->tf; i++) {
		uint64_t distance = 0;
		if (at)
			at = gm_leb128_get(
				&distance, at, term->places + term->places_size);
		if (at)
			must(gm_buf_printf(
				out, "%c%d", i ? ',' : '@', (int)(next + distance)));
		next += distance + 1;
	}
	if (at)
		assert_ptr_equal(at, term->places + term->places_size);
	else
		must(gm_buf_printf(out, "=%u", (unsigned)term->tf));
	return gm_buf_putc(out, '\n');
}

static void make(struct gm_buf *out, struct gm_document *document,
	const struct gm_record *record, struct gm_stemmer *stemmer)
{
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_analysed_make(&analysed, record, 11, 12, stemmer));
	must(gm_analysed_parse(document, analysed.ptr, analysed.size, print_term, out));
}

static void words_are_counted_and_their_places_kept(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;
	static const char text[] = "the dog saw the dogs, and the dog ran";

	must(gm_record_set_content(&record, text, strlen(text)));
	make(&out, &document, &record, *state);
	assert_string_equal(gm_buf_str(&out),
		"c:the@0,3,6\n"
		"c:dog@1,4,7\n"
		"c:saw@2\n"
		"c:dogs@4\n"
		"c:and@5\n"
		"c:ran@8\n");
	assert_int_equal(document.length, 9);
	assert_int_equal(document.names_length, 0);
	assert_int_equal(document.language, GM_LANGUAGE_EN);
}

static void names_are_fields_of_their_own(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;

	must(gm_record_set_text(&record.key, "db/pool-size"));
	must(gm_strv_add(&record.tags, "db"));
	must(gm_strv_add(&record.tags, "slow path"));
	must(gm_record_set_text(&record.agent, "claude code claude"));
	make(&out, &document, &record, *state);
	/* Between two names there is a place that no word has. */
	assert_string_equal(gm_buf_str(&out),
		"n:db@0,4\n"
		"n:pool@1\n"
		"n:poolsiz@1\n"
		"n:poolsize@1\n"
		"n:size@2\n"
		"n:slow@6\n"
		"n:path@7\n"
		"a:claud=2\n"
		"a:claude=2\n"
		"a:code=1\n"
		"k:db/pool-size=1\n"
		"t:db=1\n"
		"t:slow path=1\n");
	assert_int_equal(document.length, 0);
	assert_int_equal(document.names_length, 6);
}

static void the_document_says_what_the_record_says(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;
	static const char text[] = "Where did we meet Anna yesterday?";

	must(gm_record_set_content(&record, text, strlen(text)));
	record.type = GM_RECORD_PROCEDURAL;
	record.scope = GM_SCOPE_PRIVATE;
	record.importance = 0.29;
	record.seq = INT64_MAX;
	record.created = 1234567890;
	make(&out, &document, &record, *state);
	assert_int_equal(document.type, GM_RECORD_PROCEDURAL);
	assert_int_equal(document.importance, 29);
	assert_int_equal(document.seq, INT32_MAX);
	assert_int_equal(document.created, 1234567890);
	assert_int_equal(document.session, 11);
	assert_int_equal(document.agent, 12);
	assert_int_equal(document.capitals, 1);
	assert_true(document.simhash != 0);
	assert_int_equal(document.flags,
		GM_DOCUMENT_PRIVATE | GM_DOCUMENT_QUESTION | GM_DOCUMENT_ONLY_ASKS |
			GM_DOCUMENT_TIME);
	record.seq = -1;
	record.importance = 1;
	record.scope = GM_SCOPE_SHARED;
	make(&out, &document, &record, *state);
	assert_int_equal(document.seq, -1);
	assert_int_equal(document.importance, 100);
	assert_false(document.flags & GM_DOCUMENT_PRIVATE);
}

static int append_term(const struct gm_term *term, void *payload)
{
	must(gm_buf_put(payload, term->text, term->size));
	return gm_buf_putc(payload, '\n');
}

struct search {
	const char *text;
	size_t n;
};

static int count_term(const struct gm_analysed_term *term, void *payload)
{
	struct search *search = payload;
	size_t size = strcspn(search->text, "\n");

	search->n += term->field == GM_FIELD_CONTENT && term->size == size &&
		!memcmp(term->text, search->text, size);
	return 0;
}

/* Identifiers, scripts without blanks and forms beside stems: each term of the analyser once. */
static void every_term_of_the_analyser_is_there_once(void **state)
{
	static const char text[] = "Die H\xc3\xa4user, uploadWithRetry(v4.2.1) und "
				   "9f3c2e1b04 im utf8-Format: "
				   "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6"
				   "\x9c\xac Stra\xc3\x9f"
				   "en und Haus \xff\xfe upload upload_with_retry";
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf terms = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;

	must(gm_record_set_content(&record, text, strlen(text)));
	must(gm_analysed_make(&analysed, &record, 0, 0, *state));
	must(gm_analyse(*state, gm_language_guess(text, strlen(text)), text, strlen(text),
		append_term, &terms));
	for (const char *at = gm_buf_str(&terms); *at; at = strchr(at, '\n') + 1) {
		struct search search = {at, 0};
		must(gm_analysed_parse(
			&document, analysed.ptr, analysed.size, count_term, &search));
		assert_int_equal(search.n, 1);
	}
}

static void names_that_are_too_long_are_no_terms(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;
	char key[GM_ANALYSED_MAX_TERM + 2];

	memset(key, '-', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	must(gm_record_set_text(&record.key, key));
	make(&out, &document, &record, *state);
	assert_int_equal(out.size, 0);
	must(gm_record_set_text(&record.key, key + 1));
	make(&out, &document, &record, *state);
	assert_int_equal(out.size, GM_ANALYSED_MAX_TERM + strlen("k:=1\n"));
}

static int ignore_term(const struct gm_analysed_term *term, void *payload)
{
	size_t *n = payload;

	*n += term->size + term->places_size;
	return 0;
}

/* Cut off anywhere but between terms it is damaged; with any byte changed nothing bad happens. */
static void damage_is_found_or_harmless(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_document document;
	size_t n = 0;
	size_t n_whole = 0;
	static const char text[] = "one two three one two one";

	must(gm_record_set_content(&record, text, strlen(text)));
	must(gm_record_set_text(&record.key, "a"));
	must(gm_analysed_make(&analysed, &record, 0, 0, *state));
	for (size_t size = 0; size <= analysed.size; size++) {
		gm_autobuf cut = GM_BUF_INIT(GM_BUF_LARGE);
		must(gm_buf_put(&cut, analysed.ptr, size));
		int rc = gm_analysed_parse(&document, cut.ptr, size, ignore_term, &n);
		assert_true(rc == 0 || rc == GM_EMISMATCH);
		n_whole += rc == 0;
	}
	/* The document alone, and with each of three words, of two forms at most, and two names. */
	assert_in_range(n_whole, 6, 9);
	for (size_t i = sizeof(document); i < analysed.size; i++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			analysed.ptr[i] ^= (char)flip;
			int rc = gm_analysed_parse(
				&document, analysed.ptr, analysed.size, ignore_term, &n);
			assert_true(rc == 0 || rc == GM_EMISMATCH);
			analysed.ptr[i] ^= (char)flip;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_counted_and_their_places_kept),
		cmocka_unit_test(names_are_fields_of_their_own),
		cmocka_unit_test(the_document_says_what_the_record_says),
		cmocka_unit_test(every_term_of_the_analyser_is_there_once),
		cmocka_unit_test(names_that_are_too_long_are_no_terms),
		cmocka_unit_test(damage_is_found_or_harmless),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
