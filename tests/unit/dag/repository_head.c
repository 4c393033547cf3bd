/* What HEAD and branches name, as gm_head_read() sees it. */
#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

/* An empty commit on a branch, by stock git. */
static void commit_by_git(struct memory_repo *world, const char *branch)
{
	gm_autofree char *command =
		gm_format("git --git-dir=. update-ref %s $(git --git-dir=. "
			  "commit-tree -m m $(git --git-dir=. hash-object "
			  "-w -t tree /dev/null))",
			branch);

	assert_repo_prints(world, command, "");
}

static void assert_head(struct memory_repo *world, const char *branch, const char *wanted)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	char commit[GM_OID_HEX], tree[GM_OID_HEX];

	must(gm_head_read(&head, world->repo, branch));
	gm_oid_format(commit, &head.commit);
	gm_oid_format(tree, &head.tree);
	must(gm_buf_printf(&text, "%s %s %.4s %.4s", head.ref,
		head.branch ? head.branch : "-", head.exists ? commit : "none", tree));
	assert_int_equal(head.exists, !gm_oid_is_zero(&head.commit));
	assert_string_equal(text.ptr, wanted);
}

#define EMPTY "4b82"

static void a_new_repository_is_on_a_branch_without_a_commit(void **state)
{
	assert_head(*state, NULL, MAIN " main none " EMPTY);
	assert_head(*state, "main", MAIN " main none " EMPTY);
	assert_head(*state, "a/b", "refs/heads/a/b a/b none " EMPTY);
}

static void the_commit_of_a_branch_is_read(void **state)
{
	struct memory_repo *world = *state;
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf hex = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid commit;

	commit_by_git(world, "refs/heads/a/b");
	assert_int_equal(shell(&hex, world->dir, "git -C r/.gitmem rev-parse a/b"), 0);
	assert_true(gm_oid_parse(&commit, hex.ptr, 40));
	must(gm_head_read(&head, world->repo, "a/b"));
	assert_true(head.exists);
	assert_true(gm_oid_equal(&head.commit, &commit));
	assert_true(gm_oid_equal(&head.tree, &gm_oid_empty_tree));
	/* Reading again into the same one replaces it. */
	must(gm_head_read(&head, world->repo, NULL));
	assert_string_equal(head.ref, MAIN);
	assert_false(head.exists);
	assert_repo_prints(world, "git --git-dir=. symbolic-ref HEAD refs/heads/a/b", "");
	must(gm_head_read(&head, world->repo, NULL));
	assert_string_equal(head.branch, "a/b");
	assert_true(gm_oid_equal(&head.commit, &commit));
}

static void a_packed_branch_is_read(void **state)
{
	struct memory_repo *world = *state;
	gm_autohead head = GM_HEAD_INIT;

	commit_by_git(world, MAIN);
	assert_repo_prints(world, "git --git-dir=. pack-refs --all && ls refs/heads", "");
	must(gm_head_read(&head, world->repo, NULL));
	assert_true(head.exists);
}

static void a_detached_head_has_no_branch(void **state)
{
	struct memory_repo *world = *state;
	gm_autohead head = GM_HEAD_INIT;

	commit_by_git(world, MAIN);
	assert_repo_prints(world, "git --git-dir=. update-ref --no-deref HEAD main", "");
	must(gm_head_read(&head, world->repo, NULL));
	assert_string_equal(head.ref, "HEAD");
	assert_null(head.branch);
	assert_true(head.exists);
	must(gm_head_read(&head, world->repo, "main"));
	assert_string_equal(head.branch, "main");
}

static void assert_damaged(
	struct memory_repo *world, const char *branch, const char *about)
{
	gm_autohead head = GM_HEAD_INIT;

	assert_int_equal(gm_head_read(&head, world->repo, branch), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, about));
	assert_null(head.ref);
}

static void a_branch_that_names_no_commit_is_damaged(void **state)
{
	struct memory_repo *world = *state;

	assert_repo_prints(world,
		"echo 0123456789012345678901234567890123456789 >refs/heads/missing", "");
	assert_damaged(world, "missing", "refs/heads/missing");
	assert_repo_prints(world,
		"git --git-dir=. hash-object -w -t tree /dev/null >refs/heads/tree", "");
	assert_damaged(world, "tree", "refs/heads/tree");
	assert_repo_prints(world, "echo rubbish >refs/heads/rubbish", "");
	assert_damaged(world, "rubbish", "refs/heads/rubbish");
	commit_by_git(world, MAIN);
	assert_repo_prints(world,
		"git --git-dir=. tag -a -m m t main && git --git-dir=. rev-parse t "
		">refs/heads/tag",
		"");
	assert_damaged(world, "tag", "refs/heads/tag");
}

static void a_head_that_leads_nowhere_is_damaged(void **state)
{
	struct memory_repo *world = *state;

	assert_repo_prints(world, "echo rubbish >HEAD", "");
	assert_damaged(world, NULL, "HEAD");
	assert_repo_prints(world,
		"echo ref: refs/heads/a >HEAD &&"
		" echo ref: refs/heads/a >refs/heads/a",
		"");
	assert_damaged(world, NULL, "refs/heads/a");
}

static void a_name_that_is_none_is_refused(void **state)
{
	struct memory_repo *world = *state;
	static const char *const names[] = {
		"", "..", "a b", "HEAD", "-x", "../../x", "a..b"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_autohead head = GM_HEAD_INIT;
		assert_int_equal(gm_head_read(&head, world->repo, names[i]), GM_EINVALID);
		assert_null(head.ref);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_repository_is_on_a_branch_without_a_commit),
		TEST(the_commit_of_a_branch_is_read),
		TEST(a_packed_branch_is_read),
		TEST(a_detached_head_has_no_branch),
		TEST(a_branch_that_names_no_commit_is_damaged),
		TEST(a_head_that_leads_nowhere_is_damaged),
		TEST(a_name_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
