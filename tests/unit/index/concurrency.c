#include "tests/unit/index/world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "index/internal.h"

#define WRITERS 3
#define COMMITS 12

/* Let each of `n` children do `work` and wait for them; all must end with 0. */
static void in_parallel(
	struct world *world, unsigned n, int (*work)(struct world *, unsigned))
{
	pid_t pids[8];
	int status;

	for (unsigned i = 0; i < n; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(work(world, i));
	}
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static size_t count(struct world *world, const char *query)
{
	gm_autohits hits = GM_HITS_INIT;

	world_recall(&hits, world, query, NULL, 1000);
	return hits.n;
}

/* Trees of one memory more each, made before. */
static struct gm_oid history[COMMITS + 1];

/* Even ones follow as writers do, odd ones select as readers do. */
static int follow_and_select(struct world *world, unsigned who)
{
	world_open_index(world);
	for (size_t i = 1; i <= COMMITS; i++) {
		if (who % 2 == 0 &&
			gm_index_follow(world->index, &history[i], &history[i - 1], 10) <
				0)
			return 1;
		if (gm_index_select(world->index, &history[i], &history[i - 1], NULL) < 0)
			return 2;
		if (count(world, "tea") != i)
			return 3;
	}
	gm_index_free(gm_steal(&world->index));
	return 0;
}

static void several_processes_select_and_follow_at_once(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	history[0] = world.tree;
	for (unsigned i = 1; i <= COMMITS; i++) {
		world_add(&world, i, "tea");
		history[i] = world.tree;
	}
	gm_index_free(gm_steal(&world.index));
	in_parallel(&world, WRITERS, follow_and_select);
	world_open_index(&world);
	world_select(&world);
	assert_int_equal(count(&world, "tea"), COMMITS);
	world_close(&world);
}

/* Damage in place, as a bad disk does it. */
static void damage(const struct world *world)
{
	gm_autofree char *file = gm_path_join(world->recall, "index.db");
	gm_autoclose int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) /* else it is just being made anew */
		assert_int_equal(pwrite(fd, "damaged", 7, 0), 7);
}

static int open_and_ask(struct world *world, unsigned who)
{
	for (unsigned i = 0; i < 10; i++) {
		if (who == 0)
			damage(world);
		world_open_index(world);
		world_select(world);
		if (count(world, "tea") != COMMITS)
			return 1;
		gm_index_free(gm_steal(&world->index));
	}
	return 0;
}

static void an_index_that_is_damaged_again_and_again_never_fails_anybody(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < COMMITS; i++)
		world_add(&world, i, "tea");
	gm_index_free(gm_steal(&world.index));
	in_parallel(&world, WRITERS, open_and_ask);
	world_close(&world);
}

/* Many memories in one go. */
static void add_many(struct world *world, unsigned n)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_tree_change *changes = gm_calloc(n, sizeof(*changes));

	assert_non_null(changes);
	must(gm_batch_begin(&batch, world->store));
	for (unsigned i = 0; i < n; i++) {
		gm_autorecord record = world_record(i, "tea and biscuits");
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf place = GM_BUF_INIT(GM_BUF_PATH);

		must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
		must(gm_record_encode(&bytes, &record));
		must(gm_record_path(&place, &record));
		changes[i].path = gm_buf_detach(&place);
		changes[i].mode = GM_MODE_FILE;
		must(gm_batch_write(
			&changes[i].oid, batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size));
	}
	must(gm_tree_update(&world->tree, batch, &world->tree, changes, n));
	must(gm_batch_commit(batch));
	for (unsigned i = 0; i < n; i++)
		gm_free((void *)(uintptr_t)changes[i].path);
	gm_free(changes);
}

static void wait_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&time, NULL);
}

static void a_killed_indexer_leaves_a_good_index(void **state)
{
	struct world world;
	int status;

	(void)state;
	world_open(&world);
	add_many(&world, 3000);
	gm_index_free(gm_steal(&world.index));
	for (long ms = 1; ms < 300; ms = ms * 2 + 3) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			world_open_index(&world);
			must(gm_index_reset(world.index));
			world_select(&world);
			_exit(0);
		}
		wait_ms(ms);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		world_open_index(&world);
		world_select(&world);
		assert_false(world.index->database->in_memory);
		assert_int_equal(count(&world, "biscuits"), 1000);
		must(gm_index_check(world.index, world_no_fault, NULL));
		gm_index_free(gm_steal(&world.index));
	}
	world_close(&world);
}

static int select_with_a_signal_waiting(struct world *world, unsigned who)
{
	(void)who;
	world_open_index(world);
	gm_interrupt_catch();
	(void)raise(SIGINT);
	if (gm_index_select(world->index, &world->tree, NULL, NULL) != GM_EINTERRUPTED)
		return 1;
	gm_index_free(world->index);
	return 0;
}

static void an_interrupted_indexer_stops_and_leaves_nothing_locked(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	add_many(&world, 50);
	gm_index_free(gm_steal(&world.index));
	in_parallel(&world, 1, select_with_a_signal_waiting);
	world_open_index(&world);
	world_select(&world);
	assert_false(world.index->database->in_memory);
	assert_int_equal(count(&world, "biscuits"), 50);
	world_close(&world);
}

/* Hold the lock of a writer until `until` can be read. */
static pid_t hold_write_lock(struct world *world, int until, int ready)
{
	pid_t pid = fork();
	char c = 'x';

	assert_true(pid >= 0);
	if (pid)
		return pid;
	world_open_index(world);
	must(gm_database_begin(world->index->database, 1000));
	if (write(ready, &c, 1) != 1 || read(until, &c, 1) != 1)
		_exit(1);
	_exit(0);
}

static void a_reader_does_not_wait_for_a_long_writer(void **state)
{
	struct world world;
	struct gm_oid before;
	int until[2], ready[2], status;
	char c = 'x';

	(void)state;
	world_open(&world);
	world_add(&world, 1, "tea");
	world_select(&world);
	before = world.tree;
	world_add(&world, 2, "tea");
	gm_index_free(gm_steal(&world.index));
	assert_int_equal(pipe(until) | pipe(ready), 0);
	pid_t pid = hold_write_lock(&world, until[0], ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	world_open_index(&world);
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 9), 0);
	must(gm_index_select(world.index, &before, NULL, NULL));
	assert_false(world.index->database->in_memory);
	assert_int_equal(count(&world, "tea"), 1);
	world_select(&world);
	assert_true(world.index->database->in_memory);
	assert_int_equal(count(&world, "tea"), 2);
	assert_int_equal(write(until[1], &c, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	world_add(&world, 3, "tea");
	world_select(&world);
	assert_false(world.index->database->in_memory);
	assert_int_equal(count(&world, "tea"), 3);
	world_close(&world);
}

static int prune_again_and_again(struct world *world, unsigned who)
{
	world_open_index(world);
	for (unsigned i = 0; i < 10; i++) {
		if (who == 0)
			must(gm_index_prune(world->index, NULL, 0));
		if (who == 1)
			must(gm_index_reset(world->index));
		if (gm_index_select(world->index, &history[i % COMMITS + 1], NULL, NULL) <
			0)
			return 1;
		if (count(world, "tea") != i % COMMITS + 1)
			return 2;
	}
	return 0;
}

static void questions_asked_during_a_prune_or_reset_are_answered(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 1; i <= COMMITS; i++) {
		world_add(&world, i, "tea");
		history[i] = world.tree;
	}
	gm_index_free(gm_steal(&world.index));
	in_parallel(&world, 4, prune_again_and_again);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_processes_select_and_follow_at_once),
		cmocka_unit_test(
			an_index_that_is_damaged_again_and_again_never_fails_anybody),
		cmocka_unit_test(a_killed_indexer_leaves_a_good_index),
		cmocka_unit_test(an_interrupted_indexer_stops_and_leaves_nothing_locked),
		cmocka_unit_test(a_reader_does_not_wait_for_a_long_writer),
		cmocka_unit_test(questions_asked_during_a_prune_or_reset_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
