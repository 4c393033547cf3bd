#include "tests/unit/index/world.h"

#include <fcntl.h>
#include <unistd.h>

#include "index/internal.h"

/* Distance of the bytes that are damaged: prime, so that all parts of pages get their turn. */
#define STEP 193

static void fill(struct world *world)
{
	char text[64];

	world_open(world);
	for (unsigned i = 0; i < 24; i++) {
		(void)snprintf(
			text, sizeof(text), "memory %u about tea and number%u", i, i % 5);
		struct gm_record record = world_record(i, text);
		must(gm_record_set_text(&record.agent, i % 2 ? "ada" : "bob"));
		must(gm_strv_add(&record.tags, i % 3 ? "red" : "blue"));
		if (i == 7)
			must(gm_strv_add(&record.supersedes,
				"00000010-0000-7000-8000-000000000001"));
		world_put(world, &record);
		if (i % 8 == 0)
			world_select(world);
	}
	world_select(world);
	must(gm_database_exec(world->index->database, "PRAGMA wal_checkpoint(TRUNCATE)"));
	gm_index_free(gm_steal(&world->index));
}

/* Whatever is found must be a memory of the tree, at its place. */
static void check_truth(struct world *world, const struct gm_hits *hits, size_t at)
{
	for (size_t i = 0; i < hits->n; i++) {
		struct gm_oid blob;
		unsigned mode;

		if (gm_tree_lookup(&blob, &mode, world->store, &world->tree,
			    hits->items[i].path) < 0 ||
			!gm_oid_equal(&blob, &hits->items[i].blob) ||
			!strstr(hits->items[i].path, hits->items[i].id))
			fail_msg("byte %zu damaged: '%s' is no memory of the tree", at,
				hits->items[i].path);
	}
}

static void ask(struct world *world, size_t at)
{
	struct gm_filter filter = GM_FILTER_INIT;
	gm_autohits hits = GM_HITS_INIT;
	gm_autostrv names = GM_STRV_INIT;
	gm_autostrv tags = GM_STRV_INIT;

	must(gm_strv_add(&tags, "red"));
	must(gm_index_list(&hits, world->index, NULL, 0));
	check_truth(world, &hits, at);
	world_recall(&hits, world, "tea number3", NULL, 30);
	check_truth(world, &hits, at);
	must(gm_index_find_id(&hits, world->index, "00000001", 10));
	check_truth(world, &hits, at);
	filter.agent = "ada";
	filter.tags = &tags;
	filter.types = 1u << GM_RECORD_SEMANTIC;
	filter.since = WORLD_START;
	filter.hide_stale = true;
	filter.now = WORLD_START;
	world_recall(&hits, world, "memory", &filter, 10);
	check_truth(world, &hits, at);
	must(gm_index_tags(&names, world->index, "", 0));
}

static int count_fault(const char *subject, const char *fault, void *payload)
{
	size_t *n = payload;

	assert_non_null(subject);
	assert_true(fault[0]);
	++*n;
	return 0;
}

/* Put a file in the index's place; quickly, as nothing here outlives the test. */
static void put_index(struct world *world, const struct gm_buf *file, size_t size)
{
	static const char *const names[] = {"index.db", "index.db-wal", "index.db-shm"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_autofree char *path = gm_path_join(world->recall, names[i]);
		must(gm_unlink(path));
		if (i)
			continue;
		gm_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		must(gm_write_all(fd, file->ptr, size, path));
	}
}

/* `next` is a tree with one more memory. */
static void survive(struct world *world, struct gm_buf *file, size_t at,
	const struct gm_oid *next, size_t *detected)
{
	size_t faults = 0;
	struct gm_oid before = world->tree;
	bool rebuilt;

	file->ptr[at] ^= (char)(1u << at % 8);
	put_index(world, file, file->size);
	must(gm_index_open(&world->index, &rebuilt, world->recall, world->store));
	must(gm_index_check(world->index, count_fault, &faults));
	*detected += rebuilt || faults;
	world_select(world);
	ask(world, at);
	world->tree = *next;
	must(gm_index_follow(world->index, &world->tree, &before, 9));
	world_select(world);
	ask(world, at);
	gm_index_free(gm_steal(&world->index));
	world->tree = before;
	file->ptr[at] ^= (char)(1u << at % 8);
}

static void no_flipped_bit_makes_a_false_memory_or_a_failure(void **state)
{
	struct world world;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_LARGE);
	size_t detected = 0;

	(void)state;
	fill(&world);
	struct gm_oid tree = world.tree;
	world_add(&world, 100, "one more tea");
	struct gm_oid next = world.tree;
	world.tree = tree;
	scratch_read(&file, world.recall, "index.db");
	assert_true(file.size > 20 * 4096);
	for (size_t at = 0; at < file.size; at += STEP)
		survive(&world, &file, at, &next, &detected);
	for (size_t at = 0; at < 100; at++)
		survive(&world, &file, at, &next, &detected);
	assert_true(detected > 50);
	world_close(&world);
}

static void a_file_cut_anywhere_is_made_again_or_right(void **state)
{
	struct world world;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	fill(&world);
	scratch_read(&file, world.recall, "index.db");
	for (size_t size = 0; size < file.size; size += 3777) {
		put_index(&world, &file, size);
		world_open_index(&world);
		world_select(&world);
		ask(&world, size);
		gm_index_free(gm_steal(&world.index));
	}
	world_close(&world);
}

static void a_whole_index_passes_its_check(void **state)
{
	struct world world;
	size_t faults = 0;

	(void)state;
	fill(&world);
	world_open_index(&world);
	must(gm_index_check(world.index, count_fault, &faults));
	assert_int_equal(faults, 0);
	world_close(&world);
}

static void a_check_finds_what_does_not_agree(void **state)
{
	static const char *const harm[] = {
		"DELETE FROM memory WHERE row = 3",
		"UPDATE memory SET path = 'memories/elsewhere.md' WHERE row = 4",
		"UPDATE view SET n = n + 1",
		"UPDATE view SET bits = zeroblob(3)",
	};
	struct world world;

	(void)state;
	fill(&world);
	for (size_t i = 0; i < sizeof(harm) / sizeof(*harm); i++) {
		size_t faults = 0;
		world_open_index(&world);
		must(gm_index_reset(world.index));
		world_select(&world);
		must(gm_database_exec(world.index->database, harm[i]));
		must(gm_index_check(world.index, count_fault, &faults));
		assert_true(faults > 0);
		ask(&world, i);
		assert_list(&world, NULL,
			"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23");
		gm_index_free(gm_steal(&world.index));
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flipped_bit_makes_a_false_memory_or_a_failure),
		cmocka_unit_test(a_file_cut_anywhere_is_made_again_or_right),
		cmocka_unit_test(a_whole_index_passes_its_check),
		cmocka_unit_test(a_check_finds_what_does_not_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
