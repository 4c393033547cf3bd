#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/dag/ref_support.h"

/* The repository in which stock git packs refs just before the file of a branch goes. */
static struct ref_repo *packs_in_between;

/* In place of the one of the C library. */
int unlink(const char *path)
{
	struct ref_repo *repo = packs_in_between;

	if (repo && strstr(path, "/refs/heads/x") && !strstr(path, "/logs/") &&
		!strstr(path, ".lock")) {
		packs_in_between = NULL;
		(void)shell(NULL, repo->dir,
			"git -c core.packedRefsTimeout=10 pack-refs --all 2>/dev/null");
	}
	return (int)syscall(SYS_unlinkat, -100 /* AT_FDCWD */, path, 0);
}

static void a_removed_branch_stays_away_when_git_packs_beside_us(void **state)
{
	struct ref_repo *repo = *state;

	for (int packed = 0; packed < 2; packed++) {
		must(ref_move(repo, "refs/heads/x", 0, 1, "m"));
		if (packed)
			assert_prints(repo,
				"git pack-refs --all;"
				" cut -c 1-40 packed-refs | tail -n 1 >refs/heads/x",
				"");
		packs_in_between = repo;
		must(ref_move(repo, "refs/heads/x", 1, 0, "m"));
		assert_null(packs_in_between);
		assert_ref(repo, "refs/heads/x", 0);
		assert_clean(repo);
	}
}

static void a_branch_is_made_moved_and_removed(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "commit (initial): one"));
	assert_ref(repo, "HEAD", 1);
	must(ref_move(repo, "refs/heads/main", 1, 2, "commit: two"));
	assert_ref(repo, "refs/heads/main", 2);
	assert_clean(repo);
	must(ref_move(repo, "refs/heads/main", 2, 0, "gone"));
	assert_ref(repo, "refs/heads/main", 0);
	assert_clean(repo);
}

static void a_ref_that_is_elsewhere_is_left_alone(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_int_equal(ref_move(repo, "refs/heads/main", 2, 3, "m"), GM_EMODIFIED);
	assert_int_equal(ref_move(repo, "refs/heads/main", 0, 3, "m"), GM_EMODIFIED);
	assert_int_equal(ref_move(repo, "refs/heads/main", 2, 0, "m"), GM_EMODIFIED);
	assert_int_equal(ref_move(repo, "refs/heads/other", 1, 2, "m"), GM_EMODIFIED);
	must(ref_move(repo, "refs/heads/other", 0, 0, "m"));
	assert_ref(repo, "refs/heads/main", 1);
	assert_ref(repo, "refs/heads/other", 0);
	assert_clean(repo);
	assert_prints(repo, "wc -l <logs/refs/heads/main", "1\n");
}

static void packed_refs_are_moved_and_removed(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	must(ref_move(repo, "refs/heads/a/b", 0, 1, "m"));
	must(ref_move(repo, "refs/tags/t", 0, 1, "m"));
	assert_prints(repo, "git pack-refs --all; find refs -type f", "");
	must(ref_move(repo, "refs/heads/a/b", 1, 2, "m"));
	assert_ref(repo, "refs/heads/a/b", 2);
	must(ref_move(repo, "refs/heads/a/b", 2, 0, "m"));
	assert_ref(repo, "refs/heads/a/b", 0);
	must(ref_move(repo, "refs/tags/t", 1, 0, "m"));
	assert_ref(repo, "refs/tags/t", 0);
	assert_ref(repo, "refs/heads/main", 1);
	assert_prints(repo,
		"grep -c '^#' packed-refs; git for-each-ref --format='%(refname)'",
		"1\nrefs/heads/main\n");
	assert_clean(repo);
}

static void names_that_are_folders_of_others_are_refused(void **state)
{
	struct ref_repo *repo = *state;

	for (int packed = 0; packed < 2; packed++) {
		if (packed)
			assert_prints(repo, "git pack-refs --all; find refs -type f", "");
		else
			must(ref_move(repo, "refs/heads/a/b", 0, 1, "m"));
		assert_int_equal(ref_move(repo, "refs/heads/a", 0, 1, "m"), GM_EEXISTS);
		assert_int_equal(
			ref_move(repo, "refs/heads/a/b/c", 0, 1, "m"), GM_EEXISTS);
		assert_string_equal(gm_error_last()->message,
			"'refs/heads/a/b' exists; cannot create 'refs/heads/a/b/c'");
		assert_int_equal(
			ref_move(repo, "refs/heads/a/b/c/d", 0, 1, "m"), GM_EEXISTS);
		must(ref_move(repo, "refs/heads/a/bc", 0, 1, "m"));
		must(ref_move(repo, "refs/heads/a/bc", 1, 0, "m"));
		assert_clean(repo);
	}
	must(ref_move(repo, "refs/heads/a/b", 1, 0, "m"));
	must(ref_move(repo, "refs/heads/a", 0, 1, "m"));
	assert_clean(repo);
}

static void folders_come_and_go_with_their_refs(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/x/y/z", 0, 1, "m"));
	must(ref_move(repo, "refs/heads/x/w", 0, 1, "m"));
	must(ref_move(repo, "refs/heads/x/y/z", 1, 0, "m"));
	assert_prints(repo, "find refs/heads logs/refs/heads | sort",
		"logs/refs/heads\nlogs/refs/heads/x\nlogs/refs/heads/x/w\n"
		"refs/heads\nrefs/heads/x\nrefs/heads/x/w\n");
	must(ref_move(repo, "refs/heads/x/w", 1, 0, "m"));
	assert_prints(repo, "find refs/heads logs/refs/heads | sort",
		"logs/refs/heads\nrefs/heads\n");
	assert_prints(repo, "mkdir -p refs/heads/e/f/g logs/refs/heads/e/f", "");
	must(ref_move(repo, "refs/heads/e", 0, 1, "m"));
	assert_ref(repo, "refs/heads/e", 1);
}

static void symbolic_refs_lead_a_change_to_their_target(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "HEAD", 0, 1, "first"));
	assert_ref(repo, "refs/heads/main", 1);
	must(gm_ref_set_symbolic(repo->refs, repo->lock, "refs/remotes/origin/HEAD",
		"refs/remotes/origin/main", &repo->who, "m"));
	must(ref_move(repo, "refs/remotes/origin/HEAD", 0, 2, "m"));
	assert_ref(repo, "refs/remotes/origin/main", 2);
	assert_prints(repo,
		"git symbolic-ref refs/remotes/origin/HEAD; git symbolic-ref HEAD",
		"refs/remotes/origin/main\nrefs/heads/main\n");
	assert_clean(repo);
}

static void every_ref_on_the_way_is_locked_and_logged(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo,
		"git symbolic-ref refs/heads/middle refs/heads/main;"
		" git symbolic-ref HEAD refs/heads/middle",
		"");
	must(ref_move(repo, "refs/heads/main", 0, 1, "by its own name"));
	must(ref_move(repo, "HEAD", 1, 2, "by HEAD"));
	must(ref_move(repo, "refs/heads/middle", 2, 3, "by the middle"));
	assert_ref(repo, "HEAD", 3);
	assert_prints(repo,
		"cut -f 2 logs/refs/heads/middle; cmp logs/HEAD logs/refs/heads/middle;"
		" cmp logs/HEAD logs/refs/heads/main;"
		" cat HEAD refs/heads/middle",
		"by its own name\nby HEAD\nby the middle\n"
		"ref: refs/heads/middle\nref: refs/heads/main\n");
	/* Stock git writes to the log of the middle one only while it holds this. */
	assert_prints(repo,
		"touch refs/heads/middle.lock;"
		" (sleep 0.4; wc -l <logs/refs/heads/middle >n; rm "
		"refs/heads/middle.lock)"
		" >/dev/null 2>&1 &",
		"");
	must(ref_move(repo, "refs/heads/main", 3, 1, "m"));
	assert_prints(repo, "cat n; wc -l <logs/refs/heads/middle", "3\n4\n");
	assert_clean(repo);
}

static void a_detached_head_is_moved_alone(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_prints(repo, "git update-ref --no-deref HEAD $(git rev-parse main)", "");
	must(ref_move(repo, "HEAD", 1, 2, "detached"));
	assert_ref(repo, "HEAD", 2);
	assert_ref(repo, "refs/heads/main", 1);
	assert_prints(repo, "git reflog -1 --format=%gs HEAD", "detached\n");
	assert_clean(repo);
}

static void head_goes_where_it_is_pointed(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	must(ref_move(repo, "refs/heads/other", 0, 2, "m"));
	must(gm_ref_set_symbolic(repo->refs, repo->lock, "HEAD", "refs/heads/other",
		&repo->who, "checkout: moving from main to other"));
	assert_ref(repo, "HEAD", 2);
	assert_prints(repo, "git symbolic-ref HEAD; git reflog -1 --format=%gs HEAD",
		"refs/heads/other\ncheckout: moving from main to other\n");
	/* To a branch without a commit: no line in the log, as with git. */
	must(gm_ref_set_symbolic(
		repo->refs, repo->lock, "HEAD", "refs/heads/new", &repo->who, "m"));
	assert_prints(
		repo, "git symbolic-ref HEAD; wc -l <logs/HEAD", "refs/heads/new\n2\n");
	assert_clean(repo);
}

static void head_cannot_be_pointed_just_anywhere(void **state)
{
	static const char *const bad[] = {"HEAD", "config", "refs/heads/..", "", "main"};
	struct ref_repo *repo = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gm_ref_set_symbolic(repo->refs, repo->lock, "HEAD",
					 bad[i], &repo->who, "m"),
			GM_EINVALID);
	assert_int_equal(ref_move(repo, "refs/heads/..", 0, 1, "m"), GM_EINVALID);
	assert_int_equal(ref_move(repo, "config", 0, 1, "m"), GM_EINVALID);
	assert_prints(repo, "git symbolic-ref HEAD", "refs/heads/main\n");
}

static void both_logs_of_the_current_branch_are_written(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "commit (initial): one"));
	must(ref_move(repo, "refs/heads/main", 1, 2, "commit:\ttwo \n lines\001 "));
	must(ref_move(repo, "refs/heads/other", 0, 1, "branch: Created from main"));
	must(ref_move(repo, "refs/tags/t", 0, 1, "tag"));
	assert_prints(repo, "git log -g --format='%gd|%s|%gn|%ge|%gs' main",
		"main@{0}|two|W. Ho|who@example.com|commit: two lines\n"
		"main@{1}|one|W. Ho|who@example.com|commit (initial): one\n");
	assert_prints(repo,
		"cmp logs/HEAD logs/refs/heads/main && find logs -type f | sort",
		"logs/HEAD\nlogs/refs/heads/main\nlogs/refs/heads/other\n");
	assert_prints(repo, "git rev-parse -q main@{1} | cmp - refs/heads/other", "");
	must(ref_move(repo, "refs/heads/main", 2, 0, "removed"));
	assert_prints(repo, "ls logs/refs/heads; tail -n 1 logs/HEAD | cut -f 2",
		"other\nremoved\n");
}

static void without_a_name_no_log_is_written(void **state)
{
	struct ref_repo *repo = *state;
	struct gm_ref_update update = {
		.name = "refs/heads/main", .new_oid = repo->commits[1]};

	must(gm_ref_update(repo->refs, repo->lock, &update));
	assert_ref(repo, "HEAD", 1);
	assert_prints(repo, "find logs -type f 2>/dev/null; true", "");
}

static void what_git_does_in_between_is_seen(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "ours"));
	for (int round = 0; round < 3; round++) {
		assert_prints(repo, "git pack-refs --all --prune", "");
		must(ref_move(repo, "refs/heads/main", 1, 2, "ours"));
		assert_prints(repo,
			"git update-ref -m theirs refs/heads/main"
			" $(git rev-parse main@{1}) $(git rev-parse main)",
			"");
		assert_ref(repo, "refs/heads/main", 1);
	}
	must(ref_move(repo, "refs/heads/main", 1, 3, "ours"));
	assert_ref(repo, "HEAD", 3);
	assert_prints(repo, "git reflog main | wc -l", "8\n");
	assert_clean(repo);
}

/* The log must not tell of a change that did not happen. */
static void a_failed_change_leaves_no_trace(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	/* A folder that is not empty where HEAD's log is to be. */
	assert_prints(repo, "rm logs/HEAD; mkdir -p logs/HEAD; touch logs/HEAD/x", "");
	assert_true(ref_move(repo, "refs/heads/main", 1, 2, "m") < 0);
	assert_ref(repo, "refs/heads/main", 1);
	assert_prints(repo, "wc -l <logs/refs/heads/main; rm -r logs/HEAD", "1\n");
	assert_clean(repo);
	must(ref_move(repo, "refs/heads/main", 1, 2, "m"));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_branch_is_made_moved_and_removed),
		TEST(a_ref_that_is_elsewhere_is_left_alone),
		TEST(packed_refs_are_moved_and_removed),
		TEST(names_that_are_folders_of_others_are_refused),
		TEST(folders_come_and_go_with_their_refs),
		TEST(symbolic_refs_lead_a_change_to_their_target),
		TEST(every_ref_on_the_way_is_locked_and_logged),
		TEST(a_removed_branch_stays_away_when_git_packs_beside_us),
		TEST(a_detached_head_is_moved_alone),
		TEST(head_goes_where_it_is_pointed),
		TEST(head_cannot_be_pointed_just_anywhere),
		TEST(both_logs_of_the_current_branch_are_written),
		TEST(without_a_name_no_log_is_written),
		TEST(what_git_does_in_between_is_seen),
		TEST(a_failed_change_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
