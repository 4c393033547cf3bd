#include "index/vector_cache.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/time.h"
#include "tests/unit/support.h"

static const uint8_t model_a[GM_EMBEDDING_MODEL_SIZE] = {1};
static const uint8_t model_b[GM_EMBEDDING_MODEL_SIZE] = {2};

static struct gm_oid blob(uint8_t n)
{
	struct gm_oid oid = gm_oid_zero;

	oid.bytes[3] = n;
	return oid;
}

static struct gm_vector_cache *open_cache(const char *dir, const uint8_t *model)
{
	struct gm_vector_cache *cache = NULL;

	must(gm_vector_cache_open(&cache, dir, model));
	return cache;
}

static void put(struct gm_vector_cache *cache, uint8_t n, float x, float y)
{
	const struct gm_oid oid = blob(n);
	const float v[] = {x, y};

	must(gm_vector_cache_put(cache, &oid, v, 1, 2));
}

static void check_vector(
	struct gm_vector_cache *cache, uint8_t n, float x, float y, int line)
{
	const struct gm_oid oid = blob(n);
	float v[2];

	int rc = gm_vector_cache_get(v, cache, &oid);
	if (rc != 1 || fabsf(v[0] - x) > 1e-4F || fabsf(v[1] - y) > 1e-4F)
		fail_msg("line %d: %d, %g %g", line, rc, (double)v[0], (double)v[1]);
}

#define assert_vector(cache, n, x, y) check_vector(cache, n, x, y, __LINE__)

static int look_for(struct gm_vector_cache *cache, uint8_t n)
{
	const struct gm_oid oid = blob(n);

	return gm_vector_cache_get(NULL, cache, &oid);
}

static void vectors_are_kept_by_their_direction(void **state)
{
	char *dir = scratch_new();
	struct gm_vector_cache *cache = open_cache(dir, model_a);

	(void)state;
	assert_int_equal(gm_vector_cache_dims(cache), 0);
	assert_int_equal(look_for(cache, 1), 0);
	put(cache, 1, 30, -40);
	put(cache, 2, 0, 1e-3F);
	assert_vector(cache, 1, 0.6F, -0.8F);
	gm_vector_cache_free(cache);
	cache = open_cache(dir, model_a);
	assert_int_equal(gm_vector_cache_dims(cache), 2);
	assert_vector(cache, 1, 0.6F, -0.8F);
	assert_vector(cache, 2, 0, 1);
	put(cache, 1, 1, 0);
	assert_vector(cache, 1, 1, 0);
	gm_vector_cache_free(cache);
	scratch_remove(dir);
}

static void what_has_no_direction_is_kept_as_none(void **state)
{
	struct gm_vector_cache *cache = open_cache(NULL, model_a);

	(void)state;
	put(cache, 1, 0, 0);
	put(cache, 2, NAN, 1);
	put(cache, 3, INFINITY, 1);
	for (uint8_t n = 1; n <= 3; n++)
		assert_int_equal(look_for(cache, n), GM_VECTOR_CACHE_NONE);
	assert_int_equal(look_for(cache, 4), 0);
	gm_vector_cache_free(cache);
}

static void vectors_of_an_impossible_size_are_refused(void **state)
{
	struct gm_vector_cache *cache = open_cache(NULL, model_a);
	const struct gm_oid oid = blob(1);
	gm_autofree float *v = gm_calloc(8192, sizeof(*v));

	(void)state;
	v[0] = 1;
	assert_int_equal(gm_vector_cache_put(cache, &oid, v, 1, 0), GM_EINVALID);
	assert_int_equal(gm_vector_cache_put(cache, &oid, v, 1, 8192), GM_EINVALID);
	assert_int_equal(look_for(cache, 1), 0);
	must(gm_vector_cache_put(cache, &oid, v, 1, 4096));
	assert_int_equal(look_for(cache, 1), 1);
	gm_vector_cache_free(cache);
}

static void models_do_not_meet(void **state)
{
	char *dir = scratch_new();
	struct gm_vector_cache *a = open_cache(dir, model_a);
	struct gm_vector_cache *b = open_cache(dir, model_b);

	(void)state;
	put(a, 1, 1, 0);
	assert_int_equal(look_for(b, 1), 0);
	put(b, 1, 0, 1);
	assert_vector(a, 1, 1, 0);
	assert_vector(b, 1, 0, 1);
	must(gm_vector_cache_keep_only(b));
	assert_vector(b, 1, 0, 1);
	gm_vector_cache_free(a);
	a = open_cache(dir, model_a);
	assert_int_equal(gm_vector_cache_dims(a), 0);
	assert_int_equal(look_for(a, 1), 0);
	gm_vector_cache_free(a);
	gm_vector_cache_free(b);
	scratch_remove(dir);
}

static void vectors_of_other_dimensions_are_refused(void **state)
{
	struct gm_vector_cache *cache = open_cache(NULL, model_a);
	const struct gm_oid oid = blob(2);
	const float v[] = {1, 2, 3};

	(void)state;
	put(cache, 1, 1, 0);
	assert_int_equal(gm_vector_cache_put(cache, &oid, v, 1, 3), GM_EMODIFIED);
	assert_int_equal(look_for(cache, 2), 0);
	assert_vector(cache, 1, 1, 0);
	gm_vector_cache_free(cache);
}

static void a_mark_is_of_one_index(void **state)
{
	char *dir = scratch_new();
	struct gm_vector_cache *cache = open_cache(dir, model_a);

	(void)state;
	assert_int_equal(gm_vector_cache_mark(cache, 5), 0);
	must(gm_vector_cache_set_mark(cache, 5, 77));
	assert_int_equal(gm_vector_cache_mark(cache, 5), 77);
	assert_int_equal(gm_vector_cache_mark(cache, 6), 0);
	gm_vector_cache_free(cache);
	cache = open_cache(dir, model_a);
	assert_int_equal(gm_vector_cache_mark(cache, 5), 77);
	gm_vector_cache_free(cache);
	scratch_remove(dir);
}

static void who_is_away_is_so_for_a_while(void **state)
{
	char *dir = scratch_new();
	struct gm_vector_cache *cache = open_cache(dir, model_a);
	char why[512] = "";

	(void)state;
	assert_false(gm_vector_cache_away(why, cache, 1000));
	must(gm_vector_cache_set_away(cache, 2000, "it hangs"));
	gm_vector_cache_free(cache);
	cache = open_cache(dir, model_a);
	assert_true(gm_vector_cache_away(why, cache, 1999));
	assert_string_equal(why, "it hangs");
	assert_false(gm_vector_cache_away(why, cache, 2000));
	/* The clock was set back by a day. */
	assert_false(gm_vector_cache_away(why, cache, 2000 - 24 * 3600 * GM_TIME_SECOND));
	must(gm_vector_cache_set_away(cache, 3000, ""));
	assert_false(gm_vector_cache_away(why, cache, 1999));
	gm_vector_cache_free(cache);
	scratch_remove(dir);
}

static void damaged_vectors_are_thrown_away(void **state)
{
	char *dir = scratch_new();
	struct gm_vector_cache *cache = open_cache(dir, model_a);

	(void)state;
	put(cache, 1, 1, 0);
	gm_vector_cache_free(cache);
	/* A byte of the numbers, in the log or in the file. */
	assert_int_equal(
		shell(NULL, dir,
			"for f in *.embeddings *.embeddings-wal; do"
			" LC_ALL=C sed -i 's/\\xff\\x7f\\x00\\x00/\\xff\\x7e\\x00\\x00/g'"
			" \"$f\"; done"),
		0);
	cache = open_cache(dir, model_a);
	assert_int_equal(look_for(cache, 1), 0);
	put(cache, 1, 0, 1);
	assert_vector(cache, 1, 0, 1);
	gm_vector_cache_free(cache);
	scratch_remove(dir);
}

static void a_file_that_is_no_cache_gives_way(void **state)
{
	static const char *const foreign[] = {
		"", "SQLite format 3", "nothing that anybody would take for a database"};
	gm_autobuf listing = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		char *dir = scratch_new();
		scratch_write(dir, "00.embeddings", foreign[i], strlen(foreign[i]));
		struct gm_vector_cache *cache = open_cache(dir, model_a);
		put(cache, 1, 1, 0);
		gm_vector_cache_free(cache);
		cache = open_cache(dir, model_a);
		assert_vector(cache, 1, 1, 0);
		gm_vector_cache_free(cache);
		assert_int_equal(shell(&listing, dir, "ls *.embeddings | wc -l"), 0);
		assert_string_equal(gm_buf_str(&listing), "1\n");
		scratch_remove(dir);
	}
}

static void where_no_file_can_be_memory_serves(void **state)
{
	gm_autofree char *nowhere = NULL;
	char *dir = scratch_new();

	(void)state;
	nowhere = gm_path_join(dir, "not/there");
	struct gm_vector_cache *cache = open_cache(nowhere, model_a);
	put(cache, 1, 1, 0);
	assert_vector(cache, 1, 1, 0);
	gm_vector_cache_free(cache);
	assert_false(gm_path_exists(nowhere));
	scratch_remove(dir);
}

static void what_the_store_lost_is_forgotten(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *objects = gm_path_join(dir, "objects");
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_vector_cache *cache = open_cache(dir, model_a);
	struct gm_oid kept;
	float v[] = {1, 0};

	(void)state;
	must(gm_mkdirs(objects));
	must(gm_store_open(&store, objects));
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&kept, batch, GM_OBJECT_BLOB, "text", 4));
	must(gm_batch_commit(batch));
	must(gm_vector_cache_put(cache, &kept, v, 1, 2));
	put(cache, 1, 0, 1);
	gm_vector_cache_free(cache);
	must(gm_vector_cache_forget(dir, store));
	cache = open_cache(dir, model_a);
	assert_int_equal(gm_vector_cache_get(v, cache, &kept), 1);
	assert_int_equal(look_for(cache, 1), 0);
	gm_vector_cache_free(cache);
	/* The other's numbers, 0 and 32767, are nowhere. */
	assert_int_equal(
		shell(NULL, dir,
			"LC_ALL=C grep -qP '\\x00\\x00\\xff\\x7f' *.embeddings*"),
		1);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_kept_by_their_direction),
		cmocka_unit_test(what_has_no_direction_is_kept_as_none),
		cmocka_unit_test(vectors_of_an_impossible_size_are_refused),
		cmocka_unit_test(models_do_not_meet),
		cmocka_unit_test(vectors_of_other_dimensions_are_refused),
		cmocka_unit_test(a_mark_is_of_one_index),
		cmocka_unit_test(who_is_away_is_so_for_a_while),
		cmocka_unit_test(damaged_vectors_are_thrown_away),
		cmocka_unit_test(a_file_that_is_no_cache_gives_way),
		cmocka_unit_test(where_no_file_can_be_memory_serves),
		cmocka_unit_test(what_the_store_lost_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
