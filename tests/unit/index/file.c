#include "tests/unit/index/world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "index/internal.h"

static void open_with_one_memory(struct world *world)
{
	world_open(world);
	world_add(world, 1, "one");
	world_select(world);
	gm_index_free(gm_steal(&world->index));
}

/* Open again, see whether it was rebuilt, and that it answers. */
static void check_reopen(struct world *world, bool rebuilt_wanted, int line)
{
	bool rebuilt = !rebuilt_wanted;

	must(gm_index_open(&world->index, &rebuilt, world->recall, world->store));
	if (rebuilt != rebuilt_wanted)
		fail_msg("line %d: rebuilt: %d", line, rebuilt);
	world_select(world);
	check_recall(world, "one", NULL, "1", line);
	gm_index_free(gm_steal(&world->index));
}

#define assert_reopens(world, rebuilt) check_reopen(world, rebuilt, __LINE__)

static void a_new_index_is_for_its_owner_only(void **state)
{
	static const char *const names[] = {"index.db", "index.db-wal", "index.db-shm"};
	struct world world;
	struct stat st;
	mode_t mask = umask(022);

	(void)state;
	open_with_one_memory(&world);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_autofree char *path = gm_path_join(world.recall, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	(void)umask(mask);
	assert_reopens(&world, false);
	world_close(&world);
}

static void change_pragma(struct world *world, const char *sql)
{
	struct gm_database *database;
	gm_autofree char *path = gm_path_join(world->recall, "index.db");

	must(gm_database_open(&database, path, GM_DATABASE_WRITE));
	must(gm_database_exec(database, sql));
	gm_database_free(database);
}

static void garbage_is_thrown_away(void **state)
{
	static const char garbage[4096] = "this was a data base once, but is none now";
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	change_pragma(&world, "PRAGMA wal_checkpoint(TRUNCATE)");
	scratch_write(world.recall, "index.db", garbage, sizeof(garbage));
	assert_reopens(&world, true);
	assert_int_equal(shell(NULL, world.recall, "rm index.db-wal"), 0);
	scratch_write(world.recall, "index.db", garbage, 10);
	assert_reopens(&world, true);
	assert_int_equal(shell(NULL, world.recall, "rm index.db-wal"), 0);
	scratch_write(world.recall, "index.db", "", 0);
	assert_reopens(&world, true);
	assert_reopens(&world, false);
	world_close(&world);
}

static void an_index_of_another_version_or_program_is_thrown_away(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	change_pragma(&world, "PRAGMA user_version=99");
	assert_reopens(&world, true);
	change_pragma(&world, "PRAGMA application_id=7");
	assert_reopens(&world, true);
	world_close(&world);
}

static void an_index_without_its_tables_is_made_again(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	change_pragma(&world, "DROP TABLE memory");
	assert_reopens(&world, false);
	change_pragma(&world, "DELETE FROM state; DELETE FROM view");
	assert_reopens(&world, false);
	change_pragma(&world, "DROP TABLE segment");
	assert_reopens(&world, false);
	world_close(&world);
}

static void a_missing_or_foreign_log_costs_no_answer(void **state)
{
	static const char garbage[9000] = "no log at all";
	struct world world;
	gm_autofree char *log = NULL;

	(void)state;
	open_with_one_memory(&world);
	change_pragma(&world, "PRAGMA wal_checkpoint(TRUNCATE)");
	log = gm_path_join(world.recall, "index.db-wal");
	scratch_write(world.recall, "index.db-wal", garbage, sizeof(garbage));
	assert_reopens(&world, false);
	must(gm_unlink(log));
	assert_reopens(&world, false);
	scratch_write(world.recall, "index.db-shm", garbage, sizeof(garbage));
	assert_reopens(&world, false);
	world_close(&world);
}

static void a_symbolic_link_is_replaced_and_never_followed(void **state)
{
	struct world world;
	struct stat st;
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	open_with_one_memory(&world);
	gm_autofree char *file = gm_path_join(world.recall, "index.db");
	must(gm_unlink(file));
	scratch_write(world.dir, "precious", "precious", 8);
	assert_int_equal(symlink("../precious", file), 0);
	assert_reopens(&world, true);
	assert_int_equal(lstat(file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	scratch_read(&kept, world.dir, "precious");
	assert_string_equal(gm_buf_str(&kept), "precious");
	gm_autofree char *log = gm_path_join(world.recall, "index.db-wal");
	must(gm_unlink(log));
	assert_int_equal(symlink("../precious", log), 0);
	assert_reopens(&world, false);
	gm_buf_reset(&kept);
	scratch_read(&kept, world.dir, "precious");
	assert_string_equal(gm_buf_str(&kept), "precious");
	world_close(&world);
}

static void a_folder_that_is_a_link_or_a_file_is_refused(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	gm_autofree char *link = gm_path_join(world.dir, "link");
	gm_autofree char *file = gm_path_join(world.dir, "file");
	assert_int_equal(symlink("recall", link), 0);
	scratch_write(world.dir, "file", "x", 1);
	assert_int_equal(
		gm_index_open(&world.index, NULL, link, world.store), GM_EINVALID);
	assert_int_equal(
		gm_index_open(&world.index, NULL, file, world.store), GM_EEXISTS);
	world_close(&world);
}

static void a_folder_reached_through_a_link_is_fine(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	gm_autofree char *link = gm_path_join(world.dir, "here");
	gm_autofree char *dir = gm_path_join(link, "recall");
	assert_int_equal(symlink(".", link), 0);
	must(gm_index_open(&world.index, NULL, dir, world.store));
	assert_false(world.index->database->in_memory);
	world_close(&world);
}

/* Run `test` in a child that is no superuser and may not write; 0 when it passed. */
static int as_reader(struct world *world, int (*test)(struct world *), int file_mode)
{
	int status;
	gm_autofree char *command = gm_format("chmod 755 . && chmod -R a+rX objects && "
					      "(chmod %o recall/* || true) 2>&1 &&"
					      " chmod 555 recall",
		file_mode);

	assert_int_equal(shell(NULL, world->dir, command), 0);
	pid_t pid = fork();
	if (!pid)
		_exit((getuid() || seteuid(65534) == 0) ? test(world) : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(shell(NULL, world->dir, "chmod 755 recall"), 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int count_hits(struct world *world, const char *query)
{
	const struct gm_recall_options options = GM_RECALL_OPTIONS_INIT;
	gm_autohits hits = GM_HITS_INIT;

	if (gm_index_recall(&hits, world->index, query, &options) < 0)
		return -1;
	return (int)hits.n;
}

/* What is indexed is read in place, and what is not is added in memory. */
static int read_and_catch_up(struct world *world)
{
	struct gm_oid old;

	if (gm_index_open(&world->index, NULL, world->recall, world->store) < 0)
		return 1;
	if (world->index->database->in_memory ||
		gm_index_view_latest(&old, world->index->database) < 1)
		return 2;
	if (gm_index_select(world->index, &old, NULL, NULL) < 0 ||
		count_hits(world, "one") != 1)
		return 3;
	if (world->index->database->in_memory)
		return 4;
	if (gm_index_follow(world->index, &world->tree, &old, 9) != 0)
		return 5;
	if (gm_index_select(world->index, &world->tree, &old, NULL) < 0)
		return 6;
	if (count_hits(world, "one") != 1 || count_hits(world, "two") != 1)
		return 7;
	if (gm_index_reset(world->index) != GM_EACCESS)
		return 8;
	gm_index_free(gm_steal(&world->index));
	return 0;
}

static void a_read_only_index_is_used_and_caught_up_in_memory(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	world_add(&world, 2, "two");
	assert_int_equal(as_reader(&world, read_and_catch_up, 0444), 0);
	/* As copied by someone who left the log and the shared memory behind. */
	change_pragma(&world, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(
		shell(NULL, world.dir,
			"cd recall && rm -f index.db-wal index.db-shm index.lock"),
		0);
	assert_int_equal(as_reader(&world, read_and_catch_up, 0444), 0);
	world_close(&world);
}

static int build_in_memory(struct world *world)
{
	if (gm_index_open(&world->index, NULL, world->recall, world->store) < 0)
		return 1;
	if (gm_index_select(world->index, &world->tree, NULL, NULL) < 0)
		return 2;
	if (!world->index->database->in_memory || count_hits(world, "one") != 1)
		return 3;
	gm_index_free(gm_steal(&world->index));
	return 0;
}

static void an_index_that_cannot_be_read_or_made_is_built_in_memory(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	assert_int_equal(as_reader(&world, build_in_memory, 0), 0);
	assert_int_equal(shell(NULL, world.dir, "rm -f recall/*"), 0);
	assert_int_equal(as_reader(&world, build_in_memory, 0), 0);
	world_close(&world);
}

static void an_index_that_was_deleted_under_us_is_made_again(void **state)
{
	struct world world;

	(void)state;
	open_with_one_memory(&world);
	world_open_index(&world);
	world_select(&world);
	assert_int_equal(shell(NULL, world.dir, "rm -rf recall"), 0);
	assert_recall(&world, "one", NULL, "1");
	world_select(&world);
	assert_recall(&world, "one", NULL, "1");
	gm_index_free(gm_steal(&world.index));
	assert_reopens(&world, false);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_index_is_for_its_owner_only),
		cmocka_unit_test(garbage_is_thrown_away),
		cmocka_unit_test(an_index_of_another_version_or_program_is_thrown_away),
		cmocka_unit_test(an_index_without_its_tables_is_made_again),
		cmocka_unit_test(a_missing_or_foreign_log_costs_no_answer),
		cmocka_unit_test(a_symbolic_link_is_replaced_and_never_followed),
		cmocka_unit_test(a_folder_that_is_a_link_or_a_file_is_refused),
		cmocka_unit_test(a_folder_reached_through_a_link_is_fine),
		cmocka_unit_test(a_read_only_index_is_used_and_caught_up_in_memory),
		cmocka_unit_test(an_index_that_cannot_be_read_or_made_is_built_in_memory),
		cmocka_unit_test(an_index_that_was_deleted_under_us_is_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
