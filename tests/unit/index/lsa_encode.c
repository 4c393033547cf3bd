#include "tests/unit/index/learning.h"

#include <unistd.h>

#include "base/file.h"

#define gm_autolesson gm_cleanup(lesson_dispose) struct lesson
#define gm_autolsa gm_cleanup(gm_lsa_free_p) struct gm_lsa
#define gm_autoquery gm_cleanup(gm_vector_query_free_p) struct gm_vector_query
#define gm_autovectors gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment

static struct gm_vector_segment *vectors_of(
	const struct gm_lsa *lsa, const struct lesson *lesson)
{
	const struct gm_posting_segment *segment = lesson->segments[0];
	struct gm_vector_builder *builder = NULL;
	struct gm_vector_segment *out = NULL;
	gm_autosink sink;

	must(gm_vector_builder_new(&builder, gm_lsa_model(lsa), gm_lsa_dims(lsa),
		gm_posting_segment_first(segment), gm_posting_segment_rows(segment)));
	must(gm_lsa_encode(builder, lsa, segment));
	gm_segment_sink_to_memory(&sink);
	must(gm_vector_builder_finish(builder, &sink));
	gm_vector_builder_free(builder);
	must(gm_vector_segment_take(&out, &sink.bytes));
	return out;
}

static void memories_are_near_queries_of_their_kind(void **state)
{
	gm_autolesson lesson;
	char term[8];

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 126, 63);
	add_memory(&lesson, "Xyzzy, plugh!", 0, GM_SCOPE_PRIVATE);
	gm_autolsa *lsa = learn(&lesson);
	gm_autovectors *vectors = vectors_of(lsa, &lesson);
	assert_memory_equal(
		gm_vector_segment_model(vectors), gm_lsa_model(lsa), GM_LSA_MODEL_SIZE);
	assert_int_equal(gm_vector_segment_rows(vectors), 127);
	/* What it never learned it has no vector for. */
	assert_int_equal(gm_vector_segment_count(vectors), 126);
	assert_false(gm_vector_segment_has(vectors, 127));
	gm_autoquery *fifth = query(lsa, word(term, 'v', 5));
	for (int64_t row = 1; row <= 126; row++) {
		float cosine = gm_vector_cosine(vectors, row, fifth);

		if ((row - 1) / 2 == 5)
			assert_true(cosine > 0.9F);
		else
			assert_true(cosine < 0.1F);
	}
}

static void every_row_of_a_large_segment_gets_its_own(void **state)
{
	gm_autolesson lesson;

	(void)state;
	lesson_begin(&lesson);
	for (unsigned i = 0; i < 9000; i++) {
		char text[64];

		(void)snprintf(
			text, sizeof(text), "tin%uk can%uk of beans", i % 30, i % 30);
		add_memory(&lesson, text, 0, GM_SCOPE_SHARED);
	}
	gm_autolsa *lsa = learn(&lesson);
	gm_autovectors *vectors = vectors_of(lsa, &lesson);
	gm_autoquery *seventh = query(lsa, "tin7k");
	assert_int_equal(gm_vector_segment_count(vectors), 9000);
	for (int64_t row = 1; row <= 9000; row++) {
		float cosine = gm_vector_cosine(vectors, row, seventh);

		if ((row - 1) % 30 == 7)
			assert_true(cosine > 0.8F);
		else
			assert_true(cosine < 0.4F);
	}
}

static void a_file_opens_and_a_foreign_one_does_not(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "x.lsa");
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autolesson lesson;
	struct gm_lsa *lsa = NULL;
	char term[8];

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 60, 6);
	must(train(&bytes, &lesson));
	assert_int_equal(gm_lsa_open(&lsa, path), GM_ENOTFOUND);
	scratch_write(dir, "x.lsa", bytes.ptr, bytes.size);
	must(gm_lsa_open(&lsa, path));
	assert_int_equal(gm_lsa_dims(lsa), 64);
	assert_true(knows(lsa, word(term, 'k', 0)));
	gm_lsa_free(lsa);
	lsa = NULL;
	bytes.ptr[8] ^= 5; /* the byte order */
	scratch_write(dir, "x.lsa", bytes.ptr, bytes.size);
	assert_int_equal(gm_lsa_open(&lsa, path), GM_EMISMATCH);
	assert_null(lsa);
	scratch_remove(dir);
}

/* Use what opened, whatever its bytes say. */
static void use(struct gm_lsa *lsa, const struct lesson *lesson)
{
	float v[GM_LSA_MAX_DIMS];
	gm_autovectors *vectors = NULL;

	(void)gm_lsa_due(lsa, 100);
	(void)encode(v, lsa, "kzbbx lzbcx");
	vectors = vectors_of(lsa, lesson);
	assert_int_equal(gm_vector_segment_rows(vectors), 60);
	gm_lsa_free(lsa);
}

static void damage_is_refused_or_harmless(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autolesson lesson;
	struct gm_lsa *lsa = NULL;
	size_t refused = 0;

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 60, 6);
	must(train(&bytes, &lesson));
	for (size_t at = 0; at < bytes.size; at += at < 400 ? 1 : 97) {
		gm_autobuf damaged = GM_BUF_INIT(GM_BUF_LARGE);

		must(gm_buf_put(&damaged, bytes.ptr, bytes.size));
		damaged.ptr[at] ^= 0x7f;
		if (gm_lsa_take(&lsa, &damaged) == 0)
			use(lsa, &lesson);
		else
			refused++;
		gm_buf_reset(&damaged);
		must(gm_buf_put(&damaged, bytes.ptr, at));
		assert_int_equal(gm_lsa_take(&lsa, &damaged), GM_EMISMATCH);
		assert_int_equal(damaged.size, at);
	}
	/* The magic, the byte order, and the sizes. */
	assert_in_range(refused, 20, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memories_are_near_queries_of_their_kind),
		cmocka_unit_test(every_row_of_a_large_segment_gets_its_own),
		cmocka_unit_test(a_file_opens_and_a_foreign_one_does_not),
		cmocka_unit_test(damage_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
