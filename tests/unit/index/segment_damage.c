#include "tests/unit/index/segments.h"

#include <fcntl.h>
#include <unistd.h>

/* Distance of the bytes that are damaged: prime, so that all parts of files get their turn. */
#define STEP 37

#define N_MEMORIES 75
#define MAX_FILES 16

/* The folder of an index, byte for byte. */
struct copy {
	char names[MAX_FILES][64];
	struct gm_buf bytes[MAX_FILES];
	size_t n;
	const char *dir;
};

static int copy_one(const char *name, void *payload)
{
	struct copy *copy = payload;
	struct gm_buf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	assert_true(copy->n < MAX_FILES);
	(void)snprintf(copy->names[copy->n], sizeof(copy->names[0]), "%s", name);
	scratch_read(&bytes, copy->dir, name);
	copy->bytes[copy->n++] = bytes;
	return 0;
}

static void copy_dispose(struct copy *copy)
{
	for (size_t i = 0; i < copy->n; i++)
		gm_buf_dispose(&copy->bytes[i]);
}

static int remove_one(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);

	must(gm_unlink(path));
	return 0;
}

static void put(struct world *world, const char *name, const void *data, size_t size)
{
	gm_autofree char *path = gm_path_join(world->recall, name);
	gm_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(gm_write_all(fd, data, size, path));
}

static void put_all(struct world *world, const struct copy *copy)
{
	must(gm_dir_each(world->recall, remove_one, world->recall));
	for (size_t i = 0; i < copy->n; i++)
		put(world, copy->names[i], copy->bytes[i].ptr, copy->bytes[i].size);
}

/* An index of two segments, of which one was merged, and some pending rows. */
static void fill(struct world *world, struct copy *out)
{
	world_open(world);
	follow_tea(world, 0, N_MEMORIES);
	must(gm_database_exec(world->index->database, "PRAGMA wal_checkpoint(TRUNCATE)"));
	gm_index_free(gm_steal(&world->index));
	*out = (struct copy){.n = 0, .dir = world->recall};
	must(gm_dir_each(world->recall, copy_one, out));
}

static bool is_segment(const char *name)
{
	return strstr(name, ".postings") || strstr(name, ".vectors") ||
		strstr(name, ".lsa");
}

static int64_t generation(struct world *world)
{
	int64_t out = 0; /* without a state */

	(void)gm_database_number(
		&out, world->index->database, "SELECT generation FROM state");
	return out;
}

/* Ask what there is to ask; true when the index was made anew meanwhile. */
static bool ask_all(struct world *world)
{
	world_open_index(world);
	world_select(world);
	int64_t before = generation(world);
	struct look look = look_for(world, "tea");
	assert_int_equal(look.n, N_MEMORIES);
	assert_int_equal(look.n_documents, N_MEMORIES);
	assert_int_equal(look.total_length, 2 * N_MEMORIES);
	assert_int_equal(count_word(world, "number40"), 1);
	assert_recall(world, "number40", NULL, "40");
	bool anew = generation(world) != before;
	must(gm_index_check(world->index, world_no_fault, NULL));
	gm_index_free(gm_steal(&world->index));
	return anew;
}

static void a_copied_index_is_used_as_it_is(void **state)
{
	struct world world;
	struct copy copy;
	int64_t seen, now;
	(void)state;

	fill(&world, &copy);
	put_all(&world, &copy);
	world_open_index(&world);
	must(gm_database_number(
		&seen, world.index->database, "SELECT sum(seen / 4) FROM file"));
	gm_index_free(gm_steal(&world.index));
	assert_false(ask_all(&world));
	world_open_index(&world);
	must(gm_database_number(
		&now, world.index->database, "SELECT sum(seen / 4) FROM file"));
	assert_true(now != seen); /* the next one need not read all of it */
	copy_dispose(&copy);
	world_close(&world);
}

static void a_deleted_file_is_made_again(void **state)
{
	struct world world;
	struct copy copy;
	size_t n = 0;
	(void)state;

	fill(&world, &copy);
	for (size_t i = 0; i < copy.n; i++) {
		if (!is_segment(copy.names[i]))
			continue;
		put_all(&world, &copy);
		must(remove_one(copy.names[i], world.recall));
		assert_true(ask_all(&world));
		n++;
	}
	assert_int_equal(n, 2);
	copy_dispose(&copy);
	world_close(&world);
}

static void a_file_cut_anywhere_is_made_again(void **state)
{
	struct world world;
	struct copy copy;
	(void)state;

	fill(&world, &copy);
	for (size_t i = 0; i < copy.n; i++)
		for (size_t size = 0;
			is_segment(copy.names[i]) && size < copy.bytes[i].size;
			size += 501) {
			put_all(&world, &copy);
			put(&world, copy.names[i], copy.bytes[i].ptr, size);
			assert_true(ask_all(&world));
		}
	copy_dispose(&copy);
	world_close(&world);
}

static void a_flipped_bit_is_found_wherever_it_is(void **state)
{
	struct world world;
	struct copy copy;
	(void)state;

	fill(&world, &copy);
	for (size_t i = 0; i < copy.n; i++)
		for (size_t at = 0; is_segment(copy.names[i]) && at < copy.bytes[i].size;
			at += STEP) {
			copy.bytes[i].ptr[at] ^= (char)(1u << at % 8);
			put_all(&world, &copy);
			assert_true(ask_all(&world));
			copy.bytes[i].ptr[at] ^= (char)(1u << at % 8);
		}
	copy_dispose(&copy);
	world_close(&world);
}

/* Whole, but of other rows: sizes may even be equal. */
static void the_file_of_another_segment_is_not_taken_for_this_one(void **state)
{
	struct world world;
	struct copy copy;
	const struct gm_buf *last = NULL;
	(void)state;

	fill(&world, &copy);
	for (size_t i = 0; i < copy.n; i++)
		if (is_segment(copy.names[i]))
			last = &copy.bytes[i];
	for (size_t i = 0; i < copy.n; i++) {
		if (!is_segment(copy.names[i]) || last == &copy.bytes[i])
			continue;
		put_all(&world, &copy);
		put(&world, copy.names[i], last->ptr, last->size);
		assert_true(ask_all(&world));
	}
	copy_dispose(&copy);
	world_close(&world);
}

static void a_folder_in_the_place_of_a_file_is_damage(void **state)
{
	struct world world;
	struct copy copy;
	(void)state;

	fill(&world, &copy);
	put_all(&world, &copy);
	for (size_t i = 0; i < copy.n; i++) {
		if (!is_segment(copy.names[i]))
			continue;
		gm_autofree char *path = gm_path_join(world.recall, copy.names[i]);
		must(gm_unlink(path));
		must(gm_mkdirs(path));
		world_open_index(&world);
		world_select(&world);
		assert_int_equal(count_word(&world, "tea"), N_MEMORIES);
		gm_index_free(gm_steal(&world.index));
		assert_int_equal(rmdir(path), 0);
		break;
	}
	copy_dispose(&copy);
	world_close(&world);
}

static void harm_to_the_manifest_is_found(void **state)
{
	static const char *const harm[] = {
		"UPDATE segment SET n = n - 1",
		"UPDATE segment SET first = first + 1 WHERE first > 1",
		"DELETE FROM segment WHERE first = 1",
		"DELETE FROM segment WHERE first > 1",
		"DELETE FROM segment; DELETE FROM pending",
		"UPDATE segment SET postings = '../index.db'",
		"UPDATE segment SET postings = ''",
		"UPDATE segment SET postings = (SELECT max(postings) FROM segment)",
		"UPDATE file SET sum = sum + 1, seen = 0",
		"UPDATE file SET size = size + 1",
		"UPDATE file SET bytes = x'00'",
		"DELETE FROM file",
		"DELETE FROM pending WHERE row = (SELECT max(row) FROM pending)",
		"DELETE FROM pending WHERE row = (SELECT min(row) FROM pending)",
		"DELETE FROM pending",
		"UPDATE pending SET sum = sum + 1",
		"UPDATE pending SET analysed = x'0102'",
		"UPDATE pending SET row = row + 1000",
		"UPDATE segment SET n = 0",
		"UPDATE segment SET n = 4611686018427387904",
		"DELETE FROM state",
	};
	struct world world;
	struct copy copy;
	(void)state;

	fill(&world, &copy);
	for (size_t i = 0; i < sizeof(harm) / sizeof(*harm); i++) {
		put_all(&world, &copy);
		world_open_index(&world);
		must(gm_database_exec(world.index->database, harm[i]));
		gm_index_free(gm_steal(&world.index));
		if (!ask_all(&world))
			fail_msg("not found out: %s", harm[i]);
	}
	copy_dispose(&copy);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copied_index_is_used_as_it_is),
		cmocka_unit_test(a_deleted_file_is_made_again),
		cmocka_unit_test(a_file_cut_anywhere_is_made_again),
		cmocka_unit_test(a_flipped_bit_is_found_wherever_it_is),
		cmocka_unit_test(the_file_of_another_segment_is_not_taken_for_this_one),
		cmocka_unit_test(a_folder_in_the_place_of_a_file_is_damage),
		cmocka_unit_test(harm_to_the_manifest_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
