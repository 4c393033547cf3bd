#include "index/embedding.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "tests/unit/support.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static struct gm_embedding *make_hasty(
	const char *dir, const char *command, size_t timeout_ms)
{
	struct gm_embedding_settings settings = {
		.kind = GM_EMBEDDING_COMMAND,
		.command = command,
		.query_prefix = "",
		.text_prefix = "",
		.batch = 2,
		.timeout_ms = timeout_ms,
	};
	struct gm_embedding *embedding;

	must(gm_embedding_new(&embedding, &settings, dir));
	return embedding;
}

static struct gm_embedding *make(const char *dir, const char *command)
{
	return make_hasty(dir, command, 60000);
}

static const struct gm_embedding_text texts[] = {{"one", 3}, {"two", 3}, {"three", 5}};

/* Answers each line with one vector for each text in it: as many numbers as `$dims` says. */
#define ANSWER                                                                    \
	"while read -r line; do printf '%s\\n' \"$line\" >>asked; n=$(printf %s " \
	"\"$line\" |"                                                             \
	" tr -cd , | wc -c); printf '[[1,2]'; while [ $n -gt 0 ]; do"             \
	" printf ',[3,4]'; n=$((n - 1)); done; echo ']'; done"

static void a_command_is_asked_in_batches(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir, ANSWER);
	gm_autofree float *vectors = NULL;
	gm_autobuf asked = GM_BUF_INIT(GM_BUF_TEXT);
	static const float expect[] = {1, 2, 3, 4, 1, 2};

	(void)state;
	assert_int_equal(gm_embedding_dims(embedding), 0);
	assert_int_equal(gm_embedding_make(
				 &vectors, embedding, GM_EMBEDDING_TEXT, texts, N(texts)),
		1);
	assert_int_equal(gm_embedding_dims(embedding), 2);
	assert_memory_equal(vectors, expect, sizeof(expect));
	assert_string_equal(gm_embedding_trouble(embedding), "");
	scratch_read(&asked, dir, "asked");
	assert_string_equal(gm_buf_str(&asked), "[\"one\",\"two\"]\n[\"three\"]\n");
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void texts_that_are_no_text_are_mended_and_cut(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir, ANSWER);
	gm_autofree float *vectors = NULL;
	gm_autofree char *longest = gm_malloc(20000);
	gm_autobuf asked = GM_BUF_INIT(GM_BUF_TEXT);
	const struct gm_embedding_text odd[] = {{"a\"\n\xff"
						 "b\0c",
							7},
		{longest, 20000}};

	(void)state;
	memset(longest, 'x', 20000);
	longest[16382] = '\xe2', longest[16383] = '\x82', longest[16384] = '\xac';
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, odd, 2), 1);
	scratch_read(&asked, dir, "asked");
	static const char expect[] = "[\"a\\\"\\n\xef\xbf\xbd"
				     "b\xef\xbf\xbd"
				     "c\",\"xxx";
	assert_memory_equal(asked.ptr, expect, sizeof(expect) - 1);
	assert_int_equal(asked.size, sizeof(expect) - 4 + 16382 + 3);
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

/* How many numbers there are shows late, when texts are asked for one by one already. */
static void one_that_has_no_vector_does_not_hide_the_size_of_others(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir,
		"while read -r x; do case $x in *,*) echo '{\"error\":\"too many\"}';;"
		" *one*) echo '[null]';; *) echo '[[1,2]]';; esac; done");
	gm_autofree float *vectors = NULL;
	static const float expect[] = {0, 0, 1, 2};

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, texts, 2), 1);
	assert_int_equal(gm_embedding_dims(embedding), 2);
	assert_memory_equal(vectors, expect, sizeof(expect));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void check_trouble(const char *command, const char *why, int line)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir, command);
	gm_autofree float *vectors = NULL;
	int rc = gm_embedding_make(&vectors, embedding, GM_EMBEDDING_QUERY, texts, 1);

	if (rc != 0 || vectors || !strstr(gm_embedding_trouble(embedding), why))
		fail_msg("line %d: %d '%s'", line, rc, gm_embedding_trouble(embedding));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

#define assert_trouble(command, why) check_trouble(command, why, __LINE__)

static void what_is_no_answer_is_trouble(void **state)
{
	(void)state;
	assert_trouble("exit 3", "ended without an answer");
	assert_trouble("echo 'no model here' >&2; exit 1", "no model here");
	assert_trouble("/nonexistent/program", "/nonexistent/program");
	assert_trouble("read -r x; echo hello", "invalid JSON");
	assert_trouble("read -r x; echo '{}'", "no list of vectors");
	assert_trouble("read -r x; echo '{\"error\":\"too warm\"}'", "too warm");
	assert_trouble("read -r x; echo '[]'", "0 vectors for 1 texts");
	assert_trouble("read -r x; echo '[[1],[2]]'", "2 vectors for 1 texts");
	assert_trouble("read -r x; echo '[[]]'", "something else than vectors");
	assert_trouble("read -r x; echo '[[\"a\"]]'", "something else than numbers");
	assert_trouble("read -r x; echo '[[NaN]]'", "invalid JSON");
	assert_trouble("read -r x; echo '[null]'", "no vector");
}

static void check_hangs(const char *command)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make_hasty(dir, command, 300);
	gm_autofree float *vectors = NULL;

	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_QUERY, texts, 1), 0);
	assert_non_null(
		strstr(gm_embedding_trouble(embedding), "does not answer in time"));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void one_that_hangs_is_left_in_time(void **state)
{
	struct timespec before;
	struct timespec after;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	check_hangs("sleep 1000");
	check_hangs("while :; do printf 1; sleep 0.01; done");
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec < 500);
}

static void nothing_that_it_started_stays_behind(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make_hasty(
		dir, "sleep 1000 & echo $! >pid; trap '' TERM; sleep 1000", 3000);
	gm_autofree float *vectors = NULL;

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_QUERY, texts, 1), 0);
	gm_embedding_free(embedding);
	/* A zombie that nobody waits for yet has ended, too. */
	assert_int_equal(shell(NULL, dir,
				 "read -r pid <pid; for i in 1 2 3 4 5 6 7 8 9; do"
				 " s=$(cat /proc/$pid/stat 2>/dev/null) || exit 0;"
				 " case $s in *') Z '*) exit 0;; esac; sleep 0.2; done;"
				 " exit 1"),
		0);
	scratch_remove(dir);
}

static void a_vector_of_another_size_is_trouble(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding =
		make(dir, "read -r x; echo '[[1,2]]'; read -r x; echo '[[1,2,3]]'");
	gm_autofree float *vectors = NULL;
	gm_autofree float *more = NULL;

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_QUERY, texts, 1), 1);
	assert_int_equal(
		gm_embedding_make(&more, embedding, GM_EMBEDDING_QUERY, texts, 1), 0);
	assert_non_null(strstr(gm_embedding_trouble(embedding), "3 numbers, not 2"));
	assert_int_equal(gm_embedding_dims(embedding), 2);
	gm_embedding_free(embedding);

	embedding = make(dir, "read -r x; echo '[[1,2]]'");
	gm_embedding_expect(embedding, 4);
	assert_int_equal(
		gm_embedding_make(&more, embedding, GM_EMBEDDING_QUERY, texts, 1), 0);
	assert_non_null(strstr(gm_embedding_trouble(embedding), "2 numbers, not 4"));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void numbers_that_are_not_finite_make_no_vector(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding =
		make(dir, "read -r x; echo '[[1e99,2],[null,1]]'");
	gm_autofree float *vectors = NULL;
	static const float zeros[4];

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, texts, 2), 1);
	assert_memory_equal(vectors, zeros, sizeof(zeros));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void one_text_does_not_spoil_the_others(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir,
		"while read -r x; do case $x in *two*) echo '{\"error\":\"bad\"}';;"
		" *) echo '[[1,2]]';; esac; done");
	gm_autofree float *vectors = NULL;
	static const float expect[] = {1, 2, 0, 0, 1, 2};

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, texts, 3), 1);
	assert_memory_equal(vectors, expect, sizeof(expect));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void where_nobody_is_there_one_question_is_enough(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir,
		"while read -r x; do echo x >>asked;"
		" echo '{\"error\":\"gone\",\"away\":true}'; done");
	gm_autofree float *vectors = NULL;
	gm_autobuf asked = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, texts, 3), 0);
	assert_string_equal(gm_embedding_trouble(embedding), "gone");
	scratch_read(&asked, dir, "asked");
	assert_string_equal(gm_buf_str(&asked), "x\n");
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void a_large_exchange_does_not_block(void **state)
{
	char *dir = scratch_new();
	struct gm_embedding *embedding = make(dir,
		"head -c 300000 /dev/zero | tr '\\0' x >&2; read -r x; printf '[[1';"
		" yes ,1 | head -n 4095 | tr -d '\\n'; printf '],'; printf '[1';"
		" yes ,1 | head -n 4095 | tr -d '\\n'; echo ']]'");
	gm_autofree float *vectors = NULL;
	gm_autofree char *text = gm_malloc(200000);
	const struct gm_embedding_text large[] = {{text, 200000}, {text, 200000}};

	(void)state;
	memset(text, 1, 200000);
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, large, 2), 1);
	assert_int_equal(gm_embedding_dims(embedding), 4096);
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

static void name_of(
	uint8_t out[GM_EMBEDDING_MODEL_SIZE], struct gm_embedding_settings settings)
{
	gm_cleanup(gm_embedding_free_p) struct gm_embedding *embedding = NULL;

	must(gm_embedding_new(&embedding, &settings, "/"));
	assert_int_equal(gm_embedding_model(out, embedding), 1);
}

static void a_model_is_named_by_what_its_vectors_depend_on(void **state)
{
	const struct gm_embedding_settings endpoint = {.kind = GM_EMBEDDING_ENDPOINT,
		.model = "m",
		.url = "http://x/v1",
		.query_prefix = "",
		.text_prefix = "",
		.batch = 1};
	struct gm_embedding_settings other[6];
	uint8_t first[GM_EMBEDDING_MODEL_SIZE];
	uint8_t second[GM_EMBEDDING_MODEL_SIZE];

	(void)state;
	for (size_t i = 0; i < N(other); i++)
		other[i] = endpoint;
	other[0].batch = 7;
	other[1].query_prefix = "query: ";
	other[2].model = "n";
	other[3].url = "http://y/v1";
	other[4].text_prefix = "text: ";
	other[5].dims = 3;
	name_of(first, endpoint);
	for (size_t i = 0; i < N(other); i++) {
		name_of(second, other[i]);
		assert_int_equal(memcmp(first, second, sizeof(first)) == 0, i < 2);
	}
}

static void a_static_model_that_is_not_there_is_trouble(void **state)
{
	const struct gm_embedding_settings settings = {.kind = GM_EMBEDDING_STATIC,
		.model = "nowhere",
		.query_prefix = "",
		.text_prefix = ""};
	struct gm_embedding *embedding;
	char *dir = scratch_new();
	uint8_t model[GM_EMBEDDING_MODEL_SIZE];
	gm_autofree float *vectors = NULL;

	(void)state;
	must(gm_embedding_new(&embedding, &settings, dir));
	assert_int_equal(gm_embedding_model(model, embedding), 0);
	assert_non_null(
		strstr(gm_embedding_trouble(embedding), "nowhere/tokenizer.json"));
	assert_int_equal(
		gm_embedding_make(&vectors, embedding, GM_EMBEDDING_TEXT, texts, 1), 0);
	assert_non_null(strstr(gm_embedding_trouble(embedding), "nowhere/"));
	gm_embedding_free(embedding);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_asked_in_batches),
		cmocka_unit_test(texts_that_are_no_text_are_mended_and_cut),
		cmocka_unit_test(one_that_has_no_vector_does_not_hide_the_size_of_others),
		cmocka_unit_test(what_is_no_answer_is_trouble),
		cmocka_unit_test(one_that_hangs_is_left_in_time),
		cmocka_unit_test(nothing_that_it_started_stays_behind),
		cmocka_unit_test(a_vector_of_another_size_is_trouble),
		cmocka_unit_test(numbers_that_are_not_finite_make_no_vector),
		cmocka_unit_test(one_text_does_not_spoil_the_others),
		cmocka_unit_test(where_nobody_is_there_one_question_is_enough),
		cmocka_unit_test(a_large_exchange_does_not_block),
		cmocka_unit_test(a_model_is_named_by_what_its_vectors_depend_on),
		cmocka_unit_test(a_static_model_that_is_not_there_is_trouble),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
