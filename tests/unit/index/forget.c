#include "tests/unit/index/segments.h"

#include "index/vector_cache_internal.h"

/* Whether the file of an index holds some bytes; returned by the folder's walk. */
struct hunt {
	const char *dir;
	const void *bytes;
	size_t size;
};

static int hunt_in(const char *name, void *payload)
{
	const struct hunt *hunt = payload;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	scratch_read(&bytes, hunt->dir, name);
	return bytes.size && memmem(bytes.ptr, bytes.size, hunt->bytes, hunt->size);
}

/* Whether anything in the folder of the index holds a text. */
static bool is_there(struct world *world, const char *text)
{
	struct hunt hunt = {world->recall, text, strlen(text)};

	return gm_dir_each(world->recall, hunt_in, &hunt) > 0;
}

/* Add a secret as memory `n`, index it, and remove it from the tree; its blob in `out`. */
static void add_secret(struct gm_oid *out, struct world *world, unsigned n)
{
	struct gm_record record = world_record(n, "the zanzibar password");
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	unsigned mode;

	must(gm_record_set_text(&record.agent, "xylographer"));
	must(gm_record_set_text(&record.session, "quixotry"));
	must(gm_strv_add(&record.tags, "yttrium"));
	must(gm_record_path(&path, &record));
	world_put(world, &record);
	world_select(world);
	must(gm_tree_lookup(out, &mode, world->store, &world->tree, gm_buf_str(&path)));
	world_remove(world, n);
	world_select(world);
}

/* Take a blob out of the store, as gc does when nothing leads to it. */
static void lose(struct world *world, const struct gm_oid *blob)
{
	char hex[GM_OID_HEX];
	gm_autofree char *path = NULL;

	gm_oid_format(hex, blob);
	path = gm_format("%s/objects/%.2s/%s", world->dir, hex, hex + 2);
	assert_true(gm_path_exists(path));
	must(gm_unlink(path));
	gm_index_free(gm_steal(&world->index));
	world_open_store(world);
	world_open_index(world);
	world_select(world);
}

static const char *const secrets[] = {"zanzibar", "password", "xylographer", "quixotry",
	"yttrium", "00003e80-0000-7000-8000-0000000003e8"};

static bool is_any_there(struct world *world)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (is_there(world, secrets[i]))
			return true;
	return false;
}

/* A memory among `n` others, of which the first `before` came before it. */
static void check_forgetting(unsigned before, unsigned n)
{
	struct world world;
	struct gm_oid blob;
	size_t n_forgotten = 7;

	world_open(&world);
	follow_tea(&world, 0, before);
	add_secret(&blob, &world, 1000);
	follow_tea(&world, before, n);
	must(gm_index_forget(world.index, &n_forgotten));
	assert_int_equal(n_forgotten, 0);
	assert_true(is_there(&world, "xylographer"));
	assert_true(is_any_there(&world));
	lose(&world, &blob);
	must(gm_index_forget(world.index, &n_forgotten));
	assert_int_equal(n_forgotten, 1);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (is_there(&world, secrets[i]))
			fail_msg("'%s' is still there", secrets[i]);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_select(&world);
	struct look look = look_for(&world, "tea");
	assert_int_equal(look.n, n);
	assert_int_equal(look.n_documents, n);
	assert_int_equal(count_word(&world, "zanzibar"), 0);
	/* Its row is given to nobody else, and the next ones are found. */
	follow_tea(&world, n, n + 40);
	assert_int_equal(count_word(&world, "tea"), n + 40);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void a_memory_is_forgotten_in_a_segment(void **state)
{
	(void)state;
	check_forgetting(10, 70);
}

static void a_memory_is_forgotten_while_it_is_pending(void **state)
{
	(void)state;
	check_forgetting(40, 42);
}

static void the_last_memory_is_forgotten(void **state)
{
	(void)state;
	check_forgetting(5, 5);
	check_forgetting(31, 31);
}

static void the_only_memory_is_forgotten(void **state)
{
	(void)state;
	check_forgetting(0, 0);
}

static void what_was_merged_and_half_written_is_forgotten_too(void **state)
{
	struct world world;
	struct gm_oid blob;
	size_t n;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 10);
	add_secret(&blob, &world, 1000);
	follow_tea(&world, 10, 8 * 32); /* the files of before are not removed yet */
	scratch_write(world.recall, "new.abcdef", "quixotry", 8);
	scratch_write(world.recall, "0123456789abcdef.postings", "quixotry", 8);
	lose(&world, &blob);
	must(gm_index_forget(world.index, &n));
	assert_int_equal(n, 1);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (is_there(&world, secrets[i]))
			fail_msg("'%s' is still there", secrets[i]);
	assert_int_equal(count_word(&world, "tea"), 8 * 32);
	world_close(&world);
}

static void vectors_of_other_embeddings_are_forgotten_too(void **state)
{
	static const uint8_t model[GM_EMBEDDING_MODEL_SIZE] = {1};
	const float vector[3] = {1, 2, 3};
	struct world world;
	struct gm_vector_cache *cache;
	struct gm_oid blob;
	size_t n;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 3);
	add_secret(&blob, &world, 1000);
	must(gm_vector_cache_open(&cache, world.recall, model));
	must(gm_vector_cache_put(cache, &blob, vector, 1, 3));
	gm_vector_cache_free(cache);
	lose(&world, &blob);
	must(gm_index_forget(world.index, &n));
	must(gm_vector_cache_open(&cache, world.recall, model));
	assert_int_equal(gm_vector_cache_get(NULL, cache, &blob), 0);
	gm_vector_cache_free(cache);
	world_close(&world);
}

/* A vector of a model that another one follows. */
static void put_vector(struct world *world, const struct gm_oid *blob)
{
	static const uint8_t models[2][GM_EMBEDDING_MODEL_SIZE] = {{1}, {2}};
	const float vector[3] = {1, 2, 3};
	struct gm_vector_cache *cache;

	must(gm_vector_cache_open(&cache, world->recall, models[0]));
	must(gm_vector_cache_put(cache, blob, vector, 1, 3));
	gm_vector_cache_free(cache);
	must(gm_vector_cache_open(&cache, world->recall, models[1]));
	must(gm_vector_cache_put(cache, &gm_oid_empty_tree, vector, 1, 3));
	must(gm_vector_cache_keep_only(cache));
	gm_vector_cache_free(cache);
}

static void vectors_of_a_model_of_before_are_forgotten_too(void **state)
{
	struct world world;
	struct gm_oid blob;
	size_t n;
	(void)state;

	world_open(&world);
	add_secret(&blob, &world, 1000);
	put_vector(&world, &blob);
	lose(&world, &blob);
	struct hunt hunt = {world.recall, blob.bytes, sizeof(blob.bytes)};
	assert_int_equal(gm_dir_each(world.recall, hunt_in, &hunt), 1);
	must(gm_index_forget(world.index, &n));
	assert_int_equal(gm_dir_each(world.recall, hunt_in, &hunt), 0);
	world_close(&world);
}

/* Also when somebody reads the cache, whose log keeps what was written before. */
static void vectors_that_are_being_read_are_forgotten_later(void **state)
{
	static const uint8_t model[GM_EMBEDDING_MODEL_SIZE] = {1};
	const float vector[3] = {1, 2, 3};
	struct world world;
	struct gm_vector_cache *cache;
	struct gm_database *reader;
	struct gm_oid blob;
	gm_autostrv names = GM_STRV_INIT;
	gm_autofree char *path = NULL;
	int64_t n_vectors;
	(void)state;

	world_open(&world);
	add_secret(&blob, &world, 1000);
	must(gm_vector_cache_open(&cache, world.recall, model));
	must(gm_vector_cache_put(cache, &blob, vector, 1, 3));
	gm_vector_cache_free(cache);
	lose(&world, &blob);
	must(gm_vector_cache_files(&names, world.recall));
	assert_int_equal(names.n, 1);
	path = gm_path_join(world.recall, names.items[0]);
	must(gm_database_open(&reader, path, GM_DATABASE_READ));
	must(gm_database_begin_read(reader));
	must(gm_database_number(&n_vectors, reader, "SELECT count(*) FROM vector"));
	assert_int_equal(n_vectors, 1);
	assert_int_equal(gm_vector_cache_forget(world.recall, world.store), GM_ELOCKED);
	gm_database_free(reader);
	must(gm_vector_cache_forget(world.recall, world.store));
	world_close(&world);
}

static void others_who_have_it_open_go_on(void **state)
{
	struct world world;
	struct gm_oid blob;
	size_t n;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 10);
	add_secret(&blob, &world, 1000);
	follow_tea(&world, 10, 70);
	lose(&world, &blob);
	struct world other = world;
	world_open_index(&other);
	world_select(&other);
	assert_int_equal(count_word(&other, "tea"), 70);
	must(gm_index_forget(world.index, &n));
	assert_int_equal(count_word(&other, "tea"), 70);
	follow_tea(&other, 70, 71);
	assert_int_equal(count_word(&other, "tea"), 71);
	must(gm_index_check(other.index, world_no_fault, NULL));
	gm_index_free(other.index);
	world_close(&world);
}

static bool is_kept_by_a_reader(struct world *world)
{
	struct gm_database *reader;
	gm_autofree char *path = gm_path_join(world->recall, "index.db");
	int64_t rows;
	size_t n;

	must(gm_database_open(&reader, path, GM_DATABASE_READ));
	must(gm_database_begin_read(reader));
	must(gm_database_number(&rows, reader, "SELECT count(*) FROM memory"));
	int rc = gm_index_forget(world->index, &n);
	gm_database_rollback(reader);
	gm_database_free(reader);
	assert_int_equal(rc, GM_ELOCKED);
	return is_any_there(world);
}

static void what_a_reader_was_in_the_way_of_is_forgotten_the_next_time(void **state)
{
	struct world world;
	struct gm_oid blob;
	size_t n;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 10);
	add_secret(&blob, &world, 1000);
	lose(&world, &blob);
	assert_true(is_kept_by_a_reader(&world));
	must(gm_index_forget(world.index, &n));
	assert_false(is_any_there(&world));
	world_close(&world);
}

/* Rows are only made anew when many are of no view. */
static void what_was_pruned_before_is_forgotten_with_its_blob(void **state)
{
	struct world world;
	struct gm_oid blobs[12];
	size_t n;
	(void)state;

	world_open(&world);
	for (unsigned i = 0; i < 12; i++)
		add_secret(&blobs[i], &world, 1000 + i);
	for (unsigned i = 0; i < 65; i++)
		follow_tea(&world, i, i + 1);
	must(gm_index_prune(world.index, NULL, 0));
	for (unsigned i = 0; i < 12; i++)
		lose(&world, &blobs[i]);
	must(gm_index_forget(world.index, &n));
	assert_int_equal(n, 0);
	assert_false(is_any_there(&world));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_is_forgotten_in_a_segment),
		cmocka_unit_test(a_memory_is_forgotten_while_it_is_pending),
		cmocka_unit_test(the_last_memory_is_forgotten),
		cmocka_unit_test(the_only_memory_is_forgotten),
		cmocka_unit_test(what_was_merged_and_half_written_is_forgotten_too),
		cmocka_unit_test(vectors_of_other_embeddings_are_forgotten_too),
		cmocka_unit_test(
			what_a_reader_was_in_the_way_of_is_forgotten_the_next_time),
		cmocka_unit_test(what_was_pruned_before_is_forgotten_with_its_blob),
		cmocka_unit_test(vectors_that_are_being_read_are_forgotten_later),
		cmocka_unit_test(vectors_of_a_model_of_before_are_forgotten_too),
		cmocka_unit_test(others_who_have_it_open_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
