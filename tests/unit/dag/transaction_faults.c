/*
 * Every allocation, write, flush and rename of a commit that is laid on another writer's
 * failing, one after the other, each in a process of its own, as the plan of the seam is read
 * once. Empty without the seam.
 */
#include <stdio.h>

#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/story.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#define MOST 20000

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static void edit(struct change_list *list, unsigned n, const char *key,
	const char *new_key, const char *text, int edited)
{
	gm_autorecord old = GM_RECORD_INIT, new = GM_RECORD_INIT;

	make_memory(&old, n, key, "one\ntwo\nthree", 0);
	make_memory(&new, n, new_key, text ? text : "", edited);
	change_memory(list, edited ? &old : NULL, text ? &new : NULL);
}

/* Of everything a bit: merges, a sibling, a key that is taken, a move, a removal, a file. */
static void make_story(struct story *story)
{
	for (unsigned n = 1; n <= 4; n++) {
		gm_autofree char *key = gm_format("k%u", n);
		edit(&story->before, n, NULL, key, "one\ntwo\nthree", 0);
	}
	edit(&story->theirs, 1, "k1", "k1", "one\ntwo\nTHREE", 1);
	edit(&story->theirs, 2, "k2", "k2", "their", 1);
	edit(&story->theirs, 3, "k3", "moved", "one\ntwo\nthree", 1);
	edit(&story->theirs, 5, NULL, "new", "their", 0);
	edit(&story->ours, 1, "k1", "k1", "ONE\ntwo\nthree", 2);
	edit(&story->ours, 2, "k2", "k2", "our", 2);
	edit(&story->ours, 3, "k3", "k3", "our", 2);
	edit(&story->ours, 4, "k4", "new", "our", 2);
	change_file(&story->ours, "README", NULL, "text");
}

static int commit_stage(struct memory_repo *world)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	const struct gm_transaction_options options = {.ref = MAIN,
		.author = &world->who,
		.committer = &world->who,
		.message = "m",
		.reflog_action = "commit"};
	int rc = gm_stage_load(&stage, world->repo, MAIN);

	return rc < 0 ? rc
		      : gm_transaction_commit(&result, world->repo, world->lock,
				gm_stage_changes(stage), gm_stage_size(stage), &options);
}

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(const char *dir)
{
	struct memory_repo world = {.repo = NULL};
	gm_autofree char *path = gm_format("%s/r/.gitmem", dir);
	int rc = path ? gm_signature_set(&world.who, "A", "a@example.com", 0, 0)
		      : GM_ENOMEM;

	if (rc == 0)
		rc = gm_repo_open(&world.repo, path);
	if (rc == 0)
		rc = gm_repo_lock(&world.lock, world.repo, "test", NULL, NULL);
	if (rc == 0)
		rc = commit_stage(&world);
	memory_repo_close(&world);
	gm_signature_dispose(&world.who);
	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(struct memory_repo *world, const char *plan)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		gm_autofree char *report = gm_path_join(world->dir, "report");
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "transaction", world->dir, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool was_hit(struct memory_repo *world)
{
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);

	scratch_read(&word, world->dir, "report");
	return !strcmp(gm_buf_str(&word), "hit\n");
}

static void prepare(struct memory_repo *world)
{
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;
	autostory story = {.ours = {.n = 0}};

	make_story(&story);
	must(commit_list(world, &story.before, &gm_oid_zero, &one));
	must(commit_list(world, &story.theirs, &one.commit, &two));
	assert_repo_prints(world, "cp refs/heads/main theirs", "");
	for (size_t i = 0; i < story.ours.n; i++)
		story.ours.items[i].tip = one.commit;
	must(gm_stage_append(
		world->repo, world->lock, MAIN, NULL, story.ours.items, story.ours.n));
	memory_repo_close(world);
}

/* The tree of the branch: all that was to be there, or what there was. */
static void check(struct memory_repo *world, bool done, struct gm_buf *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&text, world->dir,
				 "cd r/.gitmem && git --git-dir=. ls-tree -r"
				 " main && git --git-dir=. fsck --strict"
				 " --no-dangling 2>/dev/null"),
		0);
	if (done && !wanted->size)
		must(gm_buf_puts(wanted, text.ptr));
	if (done)
		assert_string_equal(text.ptr, wanted->ptr);
	assert_repo_prints(world, "find . -name '*.lock' -o -name 'tmp_*'", "");
}

static void sweep(struct memory_repo *world, const char *kind, int step)
{
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_TEXT);
	int failures = 0;

	prepare(world);
	assert_int_equal(run_child(world, "none"), 0);
	check(world, true, &wanted);
	for (int at = 1;; at = test_fault_after(at, step)) {
		gm_autofree char *plan = gm_format("%s:%d", kind, at);
		assert_repo_prints(world, "cp theirs refs/heads/main", "");
		int rc = run_child(world, plan);
		assert_true(rc == 0 || rc == 1);
		bool hit = was_hit(world);
		check(world, rc == 0, &wanted);
		assert_int_equal(run_child(world, "none"), 0);
		check(world, true, &wanted);
		failures += rc;
		assert_true(at < MOST);
		if (!hit)
			break;
	}
	assert_true(failures > 0);
}

static void each_write_failing_commits_all_or_nothing(void **state)
{
	sweep(*state, "write", 1);
}

static void each_flush_failing_commits_all_or_nothing(void **state)
{
	sweep(*state, "fsync", 1);
}

static void each_rename_failing_commits_all_or_nothing(void **state)
{
	sweep(*state, "rename", 1);
}

static void each_allocation_failing_commits_all_or_nothing(void **state)
{
	sweep(*state, "alloc", 13);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 2)
		return child(argv[1]);
	const struct CMUnitTest tests[] = {
		TEST(each_write_failing_commits_all_or_nothing),
		TEST(each_flush_failing_commits_all_or_nothing),
		TEST(each_rename_failing_commits_all_or_nothing),
		TEST(each_allocation_failing_commits_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
