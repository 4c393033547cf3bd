/* The map of names: what was saved is found, and what is damaged is not. */
#include "objstore/name_map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "objstore/name_map_file.h"
#include "tests/unit/support.h"

struct world {
	char *dir;
	char *names; /* the folder */
	char *recent;
	struct gm_name_map *map;
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->dir = scratch_new();
	world->names = gm_path_join(world->dir, "names");
	world->recent = gm_path_join(world->names, "recent");
	must(gm_name_map_open(&world->map, world->names));
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_name_map_free(world->map);
	gm_free(world->names);
	gm_free(world->recent);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

/* The object number `i`: what is hashed makes up both names. */
static struct gm_name_entry entry(unsigned i)
{
	struct gm_name_entry entry;

	gm_object_hash(&entry.oid, GM_OBJECT_BLOB, &i, sizeof(i));
	gm_object_hash_sha256(entry.sha256, GM_OBJECT_BLOB, &i, sizeof(i));
	return entry;
}

static void add(struct gm_name_map *map, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct gm_name_entry one = entry(i);
		must(gm_name_map_add(map, &one.oid, one.sha256));
	}
}

static void reopen(struct world *world)
{
	gm_name_map_free(gm_steal(&world->map));
	must(gm_name_map_open(&world->map, world->names));
}

/* How many are found; a wrong name fails. */
static unsigned count(struct gm_name_map *map, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (unsigned i = from; i < to; i++) {
		struct gm_name_entry one = entry(i);
		uint8_t name[GM_SHA256_SIZE];
		int rc = gm_name_map_find(name, map, &one.oid);
		if (rc == GM_ENOTFOUND)
			continue;
		must(rc);
		assert_memory_equal(name, one.sha256, sizeof(name));
		n++;
	}
	return n;
}

static int same_object(const struct gm_oid *oid, void *payload)
{
	struct gm_name_entry *wanted = payload;

	assert_true(gm_oid_equal(oid, &wanted->oid));
	return 1;
}

static bool has_sha256(struct gm_name_map *map, unsigned i)
{
	struct gm_name_entry one = entry(i);

	return gm_name_map_each_sha256(map, one.sha256, same_object, &one) == 1;
}

static int count_files(const char *name, void *payload)
{
	uint32_t number;

	*(size_t *)payload += gm_name_map_file_number(&number, name);
	return 0;
}

static size_t n_files(struct world *world)
{
	size_t n = 0;

	must(gm_dir_each(world->names, count_files, &n));
	return n;
}

static void what_was_saved_is_found_by_the_next(void **state)
{
	struct world *world = *state;

	assert_int_equal(count(world->map, 0, 3), 0);
	add(world->map, 0, 3);
	assert_int_equal(count(world->map, 0, 4), 3);
	gm_name_map_save(world->map);
	add(world->map, 3, 5); /* never saved */
	reopen(world);
	assert_int_equal(count(world->map, 0, 5), 3);
	assert_true(has_sha256(world->map, 2));
	assert_false(has_sha256(world->map, 3));
	assert_int_equal(n_files(world), 0);
}

static void many_names_become_a_sorted_file(void **state)
{
	struct world *world = *state;

	add(world->map, 0, 3000);
	gm_name_map_save(world->map);
	assert_int_equal(n_files(world), 1);
	assert_false(gm_path_exists(world->recent));
	assert_int_equal(count(world->map, 0, 3100), 3000);
	reopen(world);
	assert_int_equal(count(world->map, 0, 3100), 3000);
	for (unsigned i = 0; i < 3100; i++)
		assert_int_equal(has_sha256(world->map, i), i < 3000);
}

static void files_are_merged_as_they_come(void **state)
{
	struct world *world = *state;
	struct stat st;

	for (unsigned i = 0; i < 8000; i += 40) {
		add(world->map, i, i + 40);
		gm_name_map_save(world->map);
		assert_in_range(n_files(world), 0, 7);
		if (stat(world->recent, &st) == 0)
			assert_in_range(st.st_size, 0, 256 * GM_NAME_ENTRY_SIZE);
	}
	reopen(world);
	assert_int_equal(count(world->map, 0, 8000), 8000);
}

static void a_large_file_is_left_alone_by_small_ones(void **state)
{
	struct world *world = *state;

	add(world->map, 0, 70000);
	gm_name_map_save(world->map);
	for (unsigned i = 70000; i < 72000; i += 100) {
		add(world->map, i, i + 100);
		gm_name_map_save(world->map);
	}
	assert_in_range(n_files(world), 2, 6);
	assert_int_equal(count(world->map, 0, 72000), 72000);
}

static void others_see_what_is_saved_when_they_look(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_name_map_free_p) struct gm_name_map *other = NULL;

	must(gm_name_map_open(&other, world->names));
	assert_int_equal(count(other, 0, 1000), 0);
	add(world->map, 0, 10);
	gm_name_map_save(world->map);
	must(gm_name_map_refresh(other));
	assert_int_equal(count(other, 0, 1000), 10);
	add(other, 10, 20);
	add(world->map, 20, 1000);
	gm_name_map_save(world->map); /* a file now, which holds the first ten, too */
	must(gm_name_map_refresh(other));
	assert_int_equal(count(other, 0, 1000), 1000);
	gm_name_map_save(other);
	reopen(world);
	assert_int_equal(count(world->map, 0, 1000), 1000);
}

static void write_recent(struct world *world, const void *data, size_t size)
{
	must(gm_file_write(world->recent, data, size));
	reopen(world);
}

static void a_log_torn_anywhere_loses_only_what_is_torn(void **state)
{
	struct world *world = *state;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	add(world->map, 0, 5);
	gm_name_map_save(world->map);
	must(gm_file_read(&bytes, world->recent));
	assert_int_equal(bytes.size, 5 * GM_NAME_ENTRY_SIZE);
	for (size_t size = 0; size <= bytes.size; size += 7) {
		write_recent(world, bytes.ptr, size);
		assert_int_equal(count(world->map, 0, 5), size / GM_NAME_ENTRY_SIZE);
		add(world->map, 5, 8);
		gm_name_map_save(world->map);
		reopen(world);
		assert_int_equal(count(world->map, 0, 8), size / GM_NAME_ENTRY_SIZE + 3);
	}
}

static void a_damaged_log_gives_no_wrong_name(void **state)
{
	struct world *world = *state;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	add(world->map, 0, 5);
	gm_name_map_save(world->map);
	must(gm_file_read(&bytes, world->recent));
	for (size_t at = 0; at < bytes.size; at += 3) {
		bytes.ptr[at] ^= 0x10;
		write_recent(world, bytes.ptr, bytes.size);
		assert_int_equal(count(world->map, 0, 5), 4);
		bytes.ptr[at] ^= 0x10;
	}
}

static char *first_file(struct world *world)
{
	return gm_path_join(world->names, "map-00000001");
}

static void a_damaged_file_gives_no_wrong_name(void **state)
{
	struct world *world = *state;
	gm_autofree char *path = first_file(world);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	add(world->map, 0, 600);
	gm_name_map_save(world->map);
	must(gm_file_read(&bytes, path));
	for (size_t at = 0; at < bytes.size; at += at < 20 ? 1 : 131) {
		bytes.ptr[at] ^= 0x81;
		must(gm_file_write(path, bytes.ptr, bytes.size));
		reopen(world);
		(void)count(world->map, 0, 600);
		for (unsigned i = 0; i < 600; i += 7)
			(void)has_sha256(world->map, i);
		bytes.ptr[at] ^= 0x81;
	}
	for (size_t size = 0; size < bytes.size; size += 4999) {
		must(gm_file_write(path, bytes.ptr, size));
		reopen(world);
		assert_int_equal(count(world->map, 0, 600), 0);
	}
}

static void what_cannot_be_used_is_replaced(void **state)
{
	struct world *world = *state;
	gm_autofree char *path = first_file(world);
	gm_autofree char *litter = gm_path_join(world->names, "tmp-abcdef");

	must(gm_mkdirs(world->names));
	must(gm_file_write(path, "garbage", 7));
	must(gm_file_write(litter, "garbage", 7));
	add(world->map, 0, 600);
	gm_name_map_save(world->map);
	assert_false(gm_path_exists(litter));
	reopen(world);
	assert_int_equal(count(world->map, 0, 600), 600);
	assert_int_equal(n_files(world), 1);
}

static void a_folder_that_is_removed_is_made_anew(void **state)
{
	struct world *world = *state;

	add(world->map, 0, 600);
	gm_name_map_save(world->map);
	assert_int_equal(shell(NULL, world->dir, "rm -r names"), 0);
	must(gm_name_map_refresh(world->map));
	assert_int_equal(count(world->map, 0, 600), 0);
	add(world->map, 0, 5);
	gm_name_map_save(world->map);
	reopen(world);
	assert_int_equal(count(world->map, 0, 600), 5);
}

static void where_nothing_can_be_written_names_stay_in_memory(void **state)
{
	struct world *world = *state;

	must(gm_file_write(world->names, "in the way", 10));
	add(world->map, 0, 600);
	gm_name_map_save(world->map);
	assert_int_equal(count(world->map, 0, 600), 600);
}

/* Names may be lost where two of them meet, but not the most of them. */
static void processes_write_side_by_side(void **state)
{
	struct world *world = *state;

	for (unsigned process = 0; process < 4; process++) {
		if (fork() != 0)
			continue;
		reopen(world);
		for (unsigned i = 0; i < 2000; i += 20) {
			add(world->map, process * 2000 + i, process * 2000 + i + 20);
			gm_name_map_save(world->map);
		}
		_exit(0);
	}
	for (unsigned process = 0; process < 4; process++) {
		int status = 1;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	reopen(world);
	assert_in_range(count(world->map, 0, 8000), 4000, 8000);
}

#define with(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with(what_was_saved_is_found_by_the_next),
		with(many_names_become_a_sorted_file),
		with(files_are_merged_as_they_come),
		with(a_large_file_is_left_alone_by_small_ones),
		with(others_see_what_is_saved_when_they_look),
		with(a_log_torn_anywhere_loses_only_what_is_torn),
		with(a_damaged_log_gives_no_wrong_name),
		with(a_damaged_file_gives_no_wrong_name),
		with(what_cannot_be_used_is_replaced),
		with(a_folder_that_is_removed_is_made_anew),
		with(where_nothing_can_be_written_names_stay_in_memory),
		with(processes_write_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
