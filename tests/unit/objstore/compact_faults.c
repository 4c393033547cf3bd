/*
 * gc with every write, flush and rename, and many allocations, failing one after the other,
 * each in a process of its own, as the plan of the seam is read once. Empty without the seam.
 */
#include "tests/unit/objstore/compact.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#include "objstore/segments_write.h"

#define MOST 20000
#define N 800

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(const char *dir)
{
	gm_cleanup(gm_compact_free_p) struct gm_compact *compact = NULL;
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	struct lives lives;
	int rc = gm_store_open(&store, dir);

	lives_set(&lives, 0, N - 50);
	if (rc == 0)
		rc = compact_plan(&compact, store, &lives, INT64_MAX);
	if (rc == 0)
		rc = gm_compact_run(compact, NULL);
	gm_compact_free(gm_steal(&compact));
	if (rc == 0)
		return 0;
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
		(void)execl("/proc/self/exe", "compact", dir, (char *)NULL);
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

/* What must live is there, whatever failed; what goes, goes only when it is done. */
static void assert_store(const char *dir, bool done)
{
	struct gm_store *store = segment_store_open(dir);

	assert_memories(store, 0, N - 50);
	if (done)
		assert_int_equal(has_memory(store, N - 1), 0);
	assert_sound(store);
	gm_store_free(store);
}

static void sweep(const char *kind, bool onwards, int step)
{
	char *whole = scratch_new();
	struct gm_store *store = segment_store_new(whole);
	int failures = 0;

	for (unsigned i = 0; i < N; i += 100)
		write_memories(store, i, i + 100);
	gm_store_free(store);
	for (int at = 1;; at = test_fault_after(at, step)) {
		char *dir = scratch_new();
		gm_autofree char *plan =
			gm_format("%s:%d%s", kind, at, onwards ? "+" : "");
		gm_autofree char *copy = gm_format("cp -r %s/store .", whole);
		assert_int_equal(shell(NULL, dir, copy), 0);
		int rc = run_child(dir, plan);
		if (rc > 1)
			fail_msg("with %s: exit code %d", plan, rc);
		bool hit = was_hit(dir);
		assert_true(hit || rc == 0);
		assert_store(dir, rc == 0);
		assert_int_equal(run_child(dir, "none"), 0);
		assert_store(dir, true);
		scratch_remove(dir);
		failures += rc;
		assert_true(at < MOST);
		if (!hit)
			break;
	}
	assert_true(failures > 0);
	scratch_remove(whole);
}

static void each_write_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("write", false, 1);
	sweep("write", true, 1);
}

static void each_flush_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("fsync", false, 1);
	sweep("fsync", true, 1);
}

static void each_rename_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("rename", false, 1);
}

static void allocations_failing_leave_the_store_whole(void **state)
{
	(void)state;
	sweep("alloc", false, 211);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 2)
		return child(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_write_failing_leaves_the_store_whole),
		cmocka_unit_test(each_flush_failing_leaves_the_store_whole),
		cmocka_unit_test(each_rename_failing_leaves_the_store_whole),
		cmocka_unit_test(allocations_failing_leave_the_store_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
