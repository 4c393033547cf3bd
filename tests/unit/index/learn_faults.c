/*
 * Learning with every write and rename, and many allocations, failing one after the other, each
 * in a process of its own, as the plan of the seam is read once. Empty without the seam.
 */
#include "tests/unit/index/world.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#include "index/learn.h"

#define N 140
#define MOST 20000

/* 0: it learned; 3: it was put off; 1: failed with an error; 2: failed without one. */
static int child(const char *dir)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autofree char *objects = gm_path_join(dir, "objects");
	gm_autofree char *recall = gm_path_join(dir, "recall");
	int rc = objects && recall ? gm_store_open(&store, objects) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_index_open(&index, NULL, recall, store);
	if (rc == 0)
		rc = gm_index_learn(index, GM_LEARN_ANEW, NULL);
	if (rc >= 0)
		return rc ? 0 : 3;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(const char *dir, const char *plan)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		gm_autofree char *report = gm_path_join(dir, "report");
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "learn", dir, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool was_hit(const char *dir)
{
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);

	scratch_read(&word, dir, "report");
	return !strcmp(gm_buf_str(&word), "hit\n");
}

/* The index of a copy answers, and is as it was or has learned. */
static void assert_whole(const struct world *was, const char *dir, bool learned)
{
	struct world copy = *was;
	struct gm_learned found;

	copy.recall = gm_path_join(dir, "recall");
	world_open_index(&copy);
	world_select(&copy);
	must(gm_index_check(copy.index, world_no_fault, NULL));
	must(gm_index_learned(&found, copy.index));
	assert_int_equal(found.memories, N);
	if (learned)
		assert_int_equal(found.learned, N);
	assert_recall(&copy, "zebra", NULL, "77");
	gm_index_free(copy.index);
	gm_free(copy.recall);
}

/* Each run is made on a copy of one repository, as making it takes its time. */
static struct world whole;

static int make_world(void **state)
{
	static const char *const texts[] = {"red tea", "blue jug", "old cup"};

	(void)state;
	world_open(&whole);
	for (unsigned i = 0; i < N; i++)
		world_add(&whole, i, i == 77 ? "one zebra" : texts[i % 3]);
	world_select(&whole);
	gm_index_free(gm_steal(&whole.index));
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close(&whole);
	return 0;
}

static void sweep(const char *kind, bool onwards, int step)
{
	int failures = 0;

	for (int at = 1;; at = test_fault_after(at, step)) {
		char *dir = scratch_new();
		gm_autofree char *plan =
			gm_format("%s:%d%s", kind, at, onwards ? "+" : "");
		gm_autofree char *copy =
			gm_format("cp -r %s/objects %s/recall .", whole.dir, whole.dir);
		assert_int_equal(shell(NULL, dir, copy), 0);
		int rc = run_child(dir, plan);
		if (rc != 0 && rc != 1 && rc != 3)
			fail_msg("with %s: exit code %d", plan, rc);
		bool hit = was_hit(dir);
		assert_true(hit || rc == 0);
		assert_whole(&whole, dir, rc == 0);
		assert_int_equal(run_child(dir, "none"), 0);
		assert_whole(&whole, dir, true);
		scratch_remove(dir);
		failures += rc != 0;
		assert_true(at < MOST);
		if (!hit)
			break;
	}
	assert_true(failures > 0);
}

static void each_write_failing_leaves_the_index_whole(void **state)
{
	(void)state;
	sweep("write", false, 1);
	sweep("write", true, 1);
}

static void each_rename_failing_leaves_the_index_whole(void **state)
{
	(void)state;
	sweep("rename", false, 1);
}

static void allocations_failing_leave_the_index_whole(void **state)
{
	(void)state;
	sweep("alloc", false, 23);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 2)
		return child(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_write_failing_leaves_the_index_whole),
		cmocka_unit_test(each_rename_failing_leaves_the_index_whole),
		cmocka_unit_test(allocations_failing_leave_the_index_whole),
	};

	return cmocka_run_group_tests(tests, make_world, close_world);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
