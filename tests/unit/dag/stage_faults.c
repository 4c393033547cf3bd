/*
 * Every allocation, write, flush and rename of a stage failing, one after the other, each in
 * a process of its own, as the plan of the seam is read once. Empty without the seam.
 */
#include <stdio.h>

#include "tests/unit/dag/memory_repo.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#define MOST 2000

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

/* What a child does with the stage of main. */
static int act(struct gm_repo *repo, struct gm_lock *lock, const char *action)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	struct gm_change change = {.path = "keys/new.md", .data = "new", .size = 3};

	gm_object_hash(&change.blob, GM_OBJECT_BLOB, change.data, change.size);
	if (!strcmp(action, "append"))
		return gm_stage_append(repo, lock, MAIN, NULL, &change, 1);
	if (!strcmp(action, "clear"))
		return gm_stage_clear(repo, lock, MAIN);
	if (!strcmp(action, "drop")) {
		change.path = "keys/old.md";
		return gm_stage_drop(repo, lock, MAIN, &change, 1);
	}
	if (!strcmp(action, "remove")) {
		change = (struct gm_change){.path = "keys/old.md"};
		return gm_stage_append(repo, lock, MAIN, NULL, &change, 1);
	}
	if (!strcmp(action, "rename"))
		return gm_stage_rename(repo, lock, MAIN, "refs/heads/other");
	return gm_stage_load(&stage, repo, MAIN);
}

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(const char *dir, const char *action)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autofree char *path = gm_path_join(dir, "r/.gitmem");
	int rc = path ? gm_repo_open(&repo, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_repo_lock(&lock, repo, "test", NULL, NULL);
	if (rc == 0)
		rc = act(repo, lock, action);
	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(struct memory_repo *world, const char *plan, const char *action)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		gm_autofree char *report = gm_path_join(world->dir, "report");
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "stage", world->dir, action, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whether the child met what it was to fail at. */
static bool was_hit(struct memory_repo *world)
{
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);

	scratch_read(&word, world->dir, "report");
	return !strcmp(gm_buf_str(&word), "hit\n");
}

static bool is_staged(struct memory_repo *world, const char *ref, const char *path)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	must(gm_stage_load(&stage, world->repo, ref));
	return gm_stage_find(stage, path) != NULL;
}

/* A change of old.md, with or without much that is outdated before it. */
static void prepare(struct memory_repo *world, const char *text, int times)
{
	memory_repo_open(world);
	must(gm_stage_clear(world->repo, world->lock, MAIN));
	must(gm_stage_clear(world->repo, world->lock, "refs/heads/other"));
	for (int i = 0; i < times; i++) {
		autochangelist list = {.n = 0};
		change_file(&list, "keys/old.md", NULL, i + 1 < times ? text : "old");
		must(gm_stage_append(
			world->repo, world->lock, MAIN, NULL, list.items, list.n));
	}
	memory_repo_close(world);
}

static void check(struct memory_repo *world, const char *action, bool done, bool has_old)
{
	memory_repo_open(world);
	bool old = is_staged(world, MAIN, "keys/old.md");
	bool moved = is_staged(world, "refs/heads/other", "keys/old.md");

	if (!strcmp(action, "append")) {
		assert_int_equal(old, has_old);
		assert_int_equal(is_staged(world, MAIN, "keys/new.md"), done);
	} else if (!strcmp(action, "rename")) {
		assert_int_equal(old + moved, 1);
		assert_true(!done || moved);
	} else if (strcmp(action, "load") != 0) {
		assert_true(!done || !old);
	} else {
		assert_int_equal(old, has_old);
	}
	memory_repo_close(world);
}

/* It goes on as if nothing had been. */
static void check_again(struct memory_repo *world)
{
	memory_repo_open(world);
	bool old = is_staged(world, MAIN, "keys/old.md");
	memory_repo_close(world);
	assert_int_equal(run_child(world, "none", "append"), 0);
	check(world, "append", true, old);
}

static void sweep(struct memory_repo *world, const char *action, const char *kind,
	const char *text, int times)
{
	int failures = 0;

	memory_repo_close(world);
	for (int at = 1;; at = test_fault_after(at, 1)) {
		gm_autofree char *plan = gm_format("%s:%d", kind, at);
		prepare(world, text, times);
		int rc = run_child(world, plan, action);
		assert_true(rc == 0 || rc == 1);
		check(world, action, rc == 0, times > 0);
		failures += rc;
		assert_true(at < MOST);
		if (!was_hit(world))
			break;
		check_again(world);
	}
	assert_true(failures > 0);
}

static void each_failure_of_a_first_append_leaves_no_change(void **state)
{
	sweep(*state, "append", "alloc", "", 0);
	sweep(*state, "append", "write", "", 0);
	sweep(*state, "append", "fsync", "", 0);
}

static void each_failure_of_an_append_leaves_the_stage_as_it_was(void **state)
{
	sweep(*state, "append", "alloc", "x", 2);
	sweep(*state, "append", "write", "x", 2);
	sweep(*state, "append", "fsync", "x", 2);
}

/* Compacting is our own affair: when it fails the change is staged all the same. */
static void a_compaction_that_fails_loses_nothing(void **state)
{
	struct memory_repo *world = *state;
	static const char *const kinds[] = {"write", "fsync", "rename"};
	gm_autofree char *text = gm_malloc(600001);

	memset(text, 'a', 600000);
	text[600000] = '\0';
	memory_repo_close(world);
	for (size_t i = 0; i < 3; i++)
		for (int at = 1; at < 8; at++) {
			gm_autofree char *plan = gm_format("%s:%d", kinds[i], at);
			prepare(world, text, 3);
			int rc = run_child(world, plan, "append");
			assert_true(rc == 0 || rc == 1);
			check(world, "append", rc == 0, true);
		}
	memory_repo_open(world);
}

static void each_failure_of_a_load_is_an_error(void **state)
{
	sweep(*state, "load", "alloc", "x", 3);
}

static void each_failure_of_a_rename_leaves_one_stage(void **state)
{
	sweep(*state, "rename", "alloc", "x", 1);
	sweep(*state, "rename", "rename", "x", 1);
	sweep(*state, "rename", "fsync", "x", 1);
}

static void each_failure_of_dropping_is_told(void **state)
{
	static const char *const kinds[] = {"alloc", "fsync"};

	for (size_t i = 0; i < 2; i++) {
		sweep(*state, "drop", kinds[i], "x", 2);
		sweep(*state, "remove", kinds[i], "x", 2);
	}
}

static void each_failure_of_clearing_is_told(void **state)
{
	sweep(*state, "clear", "alloc", "x", 1);
	sweep(*state, "clear", "fsync", "x", 1);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		TEST(each_failure_of_a_first_append_leaves_no_change),
		TEST(each_failure_of_an_append_leaves_the_stage_as_it_was),
		TEST(a_compaction_that_fails_loses_nothing),
		TEST(each_failure_of_a_load_is_an_error),
		TEST(each_failure_of_a_rename_leaves_one_stage),
		TEST(each_failure_of_dropping_is_told),
		TEST(each_failure_of_clearing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
