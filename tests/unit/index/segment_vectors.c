#include "tests/unit/index/segments.h"

#include "index/lsa.h"
#include "index/merging.h"
#include "index/segment_file.h"
#include "index/vector_segment.h"

/* Enough memories of a few subjects to learn something from. */
static void add_subjects(struct world *world, unsigned from, unsigned to)
{
	static const char *const subjects[] = {"kettle water boils tea leaves cup",
		"compiler builds the parser and the linker",
		"train leaves the station for the mountains",
		"garden soil needs compost and rain"};
	char text[128];

	for (unsigned i = from; i < to; i++) {
		(void)snprintf(text, sizeof(text), "tea %s number%u", subjects[i % 4], i);
		struct gm_oid before = world->tree;
		world_add(world, i, text);
		assert_int_equal(
			gm_index_follow(world->index, &world->tree, &before, 9), 1);
	}
	world_select(world);
}

static int learn_from(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	const struct gm_segments *segments;
	struct gm_segment_file *file = payload;
	int rc = gm_segments_get(&segments, index);

	if (rc == 0)
		rc = gm_segment_file_begin(file, index->database);
	return rc < 0 ? rc
		      : gm_lsa_train(&file->sink, segments->postings, segments->n,
				&view->rows, NULL);
}

/* Learn from what is there, and make the model the one that is used. */
static void learn(struct world *world)
{
	struct gm_database *database = world->index->database;
	gm_autosegmentfile file = GM_SEGMENT_FILE_INIT;
	char name[GM_SEGMENT_NAME];

	must(gm_index_query(world->index, learn_from, &file));
	must(gm_database_begin(database, 0));
	must(gm_segment_file_keep(name, &file, "lsa"));
	must(gm_index_manifest_set_model(database, name));
	must(gm_database_commit(database));
}

/* Which memories of the view have vectors, and how many are said to have none. */
struct vectors {
	size_t n;
	size_t n_without;
	size_t n_segments; /* with vectors */
};

static int look_at_vectors(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct vectors *out = payload;
	const struct gm_segments *segments;
	int rc = gm_segments_get(&segments, index);

	(void)view;
	if (rc < 0)
		return rc;
	*out = (struct vectors){.n_without = segments->n_without_vectors};
	for (size_t i = 0; i < segments->n; i++) {
		if (!segments->vectors[i])
			continue;
		assert_int_equal(gm_vector_segment_first(segments->vectors[i]),
			gm_posting_segment_first(segments->postings[i]));
		out->n += gm_vector_segment_count(segments->vectors[i]);
		out->n_segments++;
	}
	return 0;
}

static void check_vectors(struct world *world, size_t n, size_t n_without, int line)
{
	struct vectors vectors;

	must(gm_index_query(world->index, look_at_vectors, &vectors));
	if (vectors.n != n || vectors.n_without != n_without)
		fail_msg("line %d: %zu vectors, %zu without", line, vectors.n,
			vectors.n_without);
}

#define assert_vectors(world, n, n_without) check_vectors(world, n, n_without, __LINE__)

static void new_memories_get_vectors_of_the_learnt_model(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	add_subjects(&world, 0, 512);
	assert_vectors(&world, 0, 512);
	learn(&world);
	assert_vectors(&world, 0, 512);
	add_subjects(&world, 512, 512 + 7); /* pending */
	assert_vectors(&world, 7, 512);
	add_subjects(&world, 512 + 7, 512 + 40);
	assert_vectors(&world, 40, 512);
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	world_select(&world);
	assert_vectors(&world, 40, 512);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void merged_segments_keep_their_vectors(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	add_subjects(&world, 0, 512);
	learn(&world);
	add_subjects(&world, 512, 512 + 256);
	assert_vectors(&world, 256, 512);
	assert_int_equal(look_for(&world, "tea").n_segments, 3);
	must(gm_index_merge_large(world.index->database, true));
	assert_int_equal(look_for(&world, "tea").n_segments, 1);
	assert_vectors(&world, 768, 0); /* those without got them on the way */
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void a_writer_does_not_make_what_is_missing(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	add_subjects(&world, 0, 512 + 128);
	learn(&world);
	add_subjects(&world, 640, 512 + 256 - 1);
	assert_vectors(&world, 127, 640);
	add_subjects(&world, 512 + 256 - 1, 512 + 256);
	assert_vectors(&world, 0, 768);
	world_close(&world);
}

static void vectors_of_another_model_are_not_used(void **state)
{
	uint8_t model[GM_VECTOR_MODEL_SIZE] = {1};
	struct world world;
	(void)state;

	world_open(&world);
	add_subjects(&world, 0, 512);
	learn(&world);
	add_subjects(&world, 512, 544);
	assert_vectors(&world, 32, 512);
	gm_segments_use_model(world.index, model);
	assert_vectors(&world, 0, 544);
	gm_segments_use_model(world.index, NULL);
	assert_vectors(&world, 32, 512);
	/* Another model is learnt: those of the first one are of no use. */
	learn(&world);
	assert_vectors(&world, 0, 544);
	must(gm_index_merge_large(world.index->database, true));
	assert_vectors(&world, 544, 0);
	world_close(&world);
}

static void a_damaged_model_or_vector_is_made_again(void **state)
{
	static const char *const ends[] = {".lsa", ".vectors"};
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct world world;
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autostatement *statement = NULL;

		world_open(&world);
		add_subjects(&world, 0, 512);
		learn(&world);
		add_subjects(&world, 512, 544);
		must(gm_statement_get(&statement, world.index->database,
			i ? "SELECT name FROM file WHERE name LIKE '%.vectors'"
			  : "SELECT name FROM file WHERE name LIKE '%.lsa'"));
		assert_int_equal(gm_statement_step(statement), 1);
		gm_autofree char *name = gm_strdup(gm_column_text(statement, 0));
		assert_non_null(strstr(name, ends[i]));
		gm_statement_reset(gm_steal(&statement));
		gm_index_free(gm_steal(&world.index));
		scratch_read(&bytes, world.recall, name);
		bytes.ptr[bytes.size / 2] ^= 4;
		scratch_write(world.recall, name, bytes.ptr, bytes.size);
		world_open_index(&world);
		world_select(&world);
		assert_int_equal(count_word(&world, "tea"), 544);
		assert_true(gm_index_was_damaged(world.index));
		assert_vectors(&world, 0, 544);
		must(gm_index_check(world.index, world_no_fault, NULL));
		world_close(&world);
	}
}

static int build_of_other_dims(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	const struct gm_segments *segments;
	struct gm_segment_file *file = payload;
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	size_t at = 0;
	int rc = gm_segments_get(&segments, index);

	(void)view;
	while (rc == 0 && !segments->vectors[at])
		at++;
	if (rc == 0)
		rc = gm_vector_builder_new(&builder, gm_lsa_model(segments->lsa),
			gm_lsa_dims(segments->lsa) / 2,
			gm_vector_segment_first(segments->vectors[at]),
			gm_vector_segment_rows(segments->vectors[at]));
	if (rc == 0)
		rc = gm_segment_file_begin(file, index->database);
	return rc < 0 ? rc : gm_vector_builder_finish(builder, &file->sink);
}

/* A file that is whole and names our model, but cannot be of it. */
static void vectors_of_other_dimensions_are_damage(void **state)
{
	gm_autosegmentfile file = GM_SEGMENT_FILE_INIT;
	char name[GM_SEGMENT_NAME];
	char sql[128];
	struct world world;
	(void)state;

	world_open(&world);
	add_subjects(&world, 0, 512);
	learn(&world);
	add_subjects(&world, 512, 544);
	must(gm_index_query(world.index, build_of_other_dims, &file));
	must(gm_database_begin(world.index->database, 0));
	must(gm_segment_file_keep(name, &file, "vectors"));
	(void)snprintf(sql, sizeof(sql),
		"UPDATE segment SET vectors = '%s' WHERE vectors IS NOT NULL", name);
	must(gm_database_exec(world.index->database, sql));
	must(gm_database_commit(world.index->database));
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	world_select(&world);
	assert_vectors(&world, 0, 544);
	assert_true(gm_index_was_damaged(world.index));
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_memories_get_vectors_of_the_learnt_model),
		cmocka_unit_test(merged_segments_keep_their_vectors),
		cmocka_unit_test(a_writer_does_not_make_what_is_missing),
		cmocka_unit_test(vectors_of_another_model_are_not_used),
		cmocka_unit_test(a_damaged_model_or_vector_is_made_again),
		cmocka_unit_test(vectors_of_other_dimensions_are_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
