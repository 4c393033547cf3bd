#include "dag/transaction.h"

#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static struct gm_transaction_options options_of(struct memory_repo *world)
{
	return (struct gm_transaction_options){.ref = MAIN,
		.author = &world->who,
		.committer = &world->who,
		.message = "the subject\n\nand more",
		.reflog_action = "commit"};
}

static int commit_on(struct gm_transaction_result *out, struct memory_repo *world,
	struct change_list *list, const struct gm_oid *tip,
	const struct gm_transaction_options *options)
{
	for (size_t i = 0; i < list->n; i++)
		list->items[i].tip = *tip;
	return gm_transaction_commit(
		out, world->repo, world->lock, list->items, list->n, options);
}

/* Set files "PATH=TEXT", remove "PATH", as made on `tip`. */
static int commit_files(struct gm_transaction_result *out, struct memory_repo *world,
	const struct gm_oid *tip, const char *path, const char *base, const char *text)
{
	autochangelist list = {.n = 0};
	struct gm_transaction_options options = options_of(world);

	change_file(&list, path, base, text);
	return commit_on(out, world, &list, tip, &options);
}

static void assert_branch(
	struct memory_repo *world, const char *ref, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];
	gm_autofree char *command =
		gm_format("git --git-dir=. rev-parse --verify -q %s", ref);

	gm_oid_format(hex, oid);
	gm_autofree char *wanted = gm_format("%s\n", hex);
	assert_repo_prints(world, command, wanted);
}

static void the_first_commit_makes_the_branch(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;

	must(commit_files(&result, world, &gm_oid_zero, "README", NULL, "text\n"));
	assert_true(result.committed);
	assert_true(gm_oid_is_zero(&result.parent));
	assert_int_equal(result.n_notes, 0);
	assert_branch(world, MAIN, &result.commit);
	assert_branch(world, "main^{tree}", &result.tree);
	assert_repo_prints(world, "git --git-dir=. show main:README", "text\n");
	assert_repo_prints(world,
		"git --git-dir=. log --format='%P|%an|%ae|%at|%cn|%s|%b' main",
		"|A U Thor|author@example.com|1767323045|A U Thor|the subject|and "
		"more\n\n");
	assert_repo_prints(world, "git --git-dir=. reflog --format=%gs main",
		"commit (initial): the subject\n");
	assert_repo_prints(world, "git --git-dir=. reflog --format=%gs HEAD",
		"commit (initial): the subject\n");
	assert_repo_sound(world);
}

static void the_next_commit_follows_it(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	must(commit_files(&two, world, &one.commit, "b/c", NULL, "2"));
	assert_true(gm_oid_equal(&two.parent, &one.commit));
	assert_branch(world, "main~1", &one.commit);
	assert_repo_prints(
		world, "git --git-dir=. ls-tree -r --name-only main", "a\nb/c\n");
	assert_repo_prints(world, "git --git-dir=. reflog --format=%gs main",
		"commit: the subject\ncommit (initial): the subject\n");
	assert_repo_sound(world);
}

static void what_changes_nothing_is_no_commit(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction none = GM_TRANSACTION_RESULT_INIT,
			   one = GM_TRANSACTION_RESULT_INIT,
			   again = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};

	must(commit_on(&none, world, &list, &gm_oid_zero, &options));
	assert_false(none.committed);
	assert_true(gm_oid_is_zero(&none.commit));
	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	must(commit_files(&again, world, &one.commit, "a", "1", "1"));
	assert_false(again.committed);
	assert_true(gm_oid_equal(&again.commit, &one.commit));
	assert_true(gm_oid_equal(&again.tree, &one.tree));
	assert_branch(world, MAIN, &one.commit);
}

static void an_empty_commit_is_made_when_wanted(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);

	options.allow_empty = true;
	must(gm_transaction_commit(&one, world->repo, world->lock, NULL, 0, &options));
	assert_true(one.committed);
	assert_true(gm_oid_equal(&one.tree, &gm_oid_empty_tree));
	must(gm_transaction_commit(&two, world->repo, world->lock, NULL, 0, &options));
	assert_true(gm_oid_equal(&two.parent, &one.commit));
	assert_repo_prints(world,
		"git --git-dir=. ls-tree -r main; git --git-dir=. log"
		" --oneline main | wc -l",
		"2\n");
	assert_repo_sound(world);
}

static void removing_the_last_file_leaves_the_empty_tree(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;

	must(commit_files(&one, world, &gm_oid_zero, "keys/a.md", NULL, "1"));
	must(commit_files(&two, world, &one.commit, "keys/a.md", "1", NULL));
	assert_true(gm_oid_equal(&two.tree, &gm_oid_empty_tree));
	assert_repo_prints(world, "git --git-dir=. ls-tree -r main", "");
	must(commit_files(&three, world, &two.commit, "keys/b.md", NULL, "2"));
	assert_repo_prints(
		world, "git --git-dir=. ls-tree -r --name-only main", "keys/b.md\n");
	assert_repo_sound(world);
}

static void a_new_branch_starts_where_it_is_told(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   none = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	options.ref = "refs/heads/agent/one";
	options.start = one.commit;
	must(gm_transaction_commit(&none, world->repo, world->lock, NULL, 0, &options));
	assert_false(none.committed);
	assert_true(gm_oid_is_zero(&none.commit));
	assert_repo_prints(world, "git --git-dir=. branch --list 'agent/*'", "");
	change_file(&list, "b", NULL, "2");
	must(commit_on(&two, world, &list, &one.commit, &options));
	assert_true(gm_oid_equal(&two.parent, &one.commit));
	assert_branch(world, "agent/one", &two.commit);
	assert_branch(world, "agent/one~1", &one.commit);
	assert_branch(world, MAIN, &one.commit);
	assert_repo_prints(
		world, "git --git-dir=. ls-tree --name-only agent/one", "a\nb\n");
}

/* The change was made on the start, but meanwhile the branch was made by another writer. */
static void a_branch_that_came_into_being_meanwhile_is_gone_on_with(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist theirs = {.n = 0}, ours = {.n = 0};

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	options.ref = "refs/heads/agent";
	options.start = one.commit;
	change_file(&theirs, "b", NULL, "2");
	must(commit_on(&two, world, &theirs, &one.commit, &options));
	change_file(&ours, "c", NULL, "3");
	must(commit_on(&three, world, &ours, &one.commit, &options));
	assert_true(gm_oid_equal(&three.parent, &two.commit));
	assert_repo_prints(
		world, "git --git-dir=. ls-tree --name-only agent", "a\nb\nc\n");
}

static void a_detached_head_moves(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	assert_repo_prints(world, "git --git-dir=. update-ref --no-deref HEAD main", "");
	options.ref = "HEAD";
	change_file(&list, "b", NULL, "2");
	must(commit_on(&two, world, &list, &one.commit, &options));
	assert_branch(world, "HEAD", &two.commit);
	assert_branch(world, MAIN, &one.commit);
}

static void damaged_data_are_not_committed(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   result = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	change_file(&list, "b", NULL, "fine");
	change_file(&list, "c", NULL, "text");
	((char *)(uintptr_t)list.items[1].data)[0] = 'n';
	result.n_notes = 0;
	memset(&result.commit, 7, sizeof(result.commit));
	assert_int_equal(
		commit_on(&result, world, &list, &one.commit, &options), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "'c'"));
	assert_int_equal(result.commit.bytes[0], 7);
	assert_branch(world, MAIN, &one.commit);
}

static void a_blob_of_the_store_needs_no_data(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	struct gm_change *copy = change_file(&list, "b", NULL, "1");
	free((char *)(uintptr_t)copy->data);
	copy->data = NULL;
	must(commit_on(&two, world, &list, &one.commit, &options));
	assert_repo_prints(world, "git --git-dir=. show main:b", "1");
}

static void a_branch_that_names_no_commit_is_damage(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;

	assert_repo_prints(world,
		"git --git-dir=. hash-object -w -t tree /dev/null >refs/heads/main", "");
	assert_int_equal(
		commit_files(&result, world, &gm_oid_zero, "a", NULL, "1"), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, MAIN));
	assert_repo_prints(world,
		"echo 0123456789012345678901234567890123456789 >refs/heads/main", "");
	assert_int_equal(
		commit_files(&result, world, &gm_oid_zero, "a", NULL, "1"), GM_EMISMATCH);
}

/* In a child: play a git that holds the ref's lock and then moves the ref. */
static pid_t move_soon(struct memory_repo *world, const char *revision)
{
	gm_autofree char *make =
		gm_format("git --git-dir=. rev-parse %s >refs/heads/main.lock", revision);

	assert_repo_prints(world, make, "");
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(shell(NULL, world->dir,
			"sleep 0.3 && cd r/.gitmem/refs/heads && mv main.lock main"));
	return pid;
}

static void a_commit_is_made_anew_when_git_moves_the_branch(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};
	gm_autorecord old = GM_RECORD_INIT, new = GM_RECORD_INIT, their = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int status;

	make_memory(&old, 1, "a", "one\ntwo\nthree", 0);
	change_memory(&list, NULL, &old);
	must(commit_on(&one, world, &list, &gm_oid_zero, &options));
	make_memory(&their, 1, "a", "one\ntwo\nTHREE", 1);
	memory_text(&text, &their);
	scratch_write(world->dir, "r/.gitmem/their", text.ptr, text.size);
	assert_repo_prints(world,
		"export GIT_DIR=. GIT_INDEX_FILE=their.index; git read-tree main &&"
		" git update-index --add --cacheinfo"
		" 100644,$(git hash-object -w their),keys/a.md &&"
		" git tag theirs $(git commit-tree -p main -m their $(git write-tree)) &&"
		" rm their their.index",
		"");
	change_list_reset(&list);
	make_memory(&new, 1, "a", "ONE\ntwo\nthree", 2);
	change_memory(&list, &old, &new);
	pid_t git = move_soon(world, "theirs");
	must(commit_on(&two, world, &list, &one.commit, &options));
	assert_int_equal(waitpid(git, &status, 0), git);
	assert_int_equal(status, 0);
	assert_int_equal(two.n_notes, 1);
	assert_branch(world, "theirs", &two.parent);
	assert_repo_prints(world, "git --git-dir=. show main:keys/a.md | tail -n 3",
		"ONE\ntwo\nTHREE\n");
	assert_repo_sound(world);
}

static void a_tree_is_taken_as_it_is(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	must(commit_files(&two, world, &one.commit, "b", NULL, "2"));
	must(gm_transaction_commit_tree(
		&three, world->repo, world->lock, &two.commit, &one.tree, &options));
	assert_true(gm_oid_equal(&three.tree, &one.tree));
	assert_true(gm_oid_equal(&three.parent, &two.commit));
	assert_repo_prints(world, "git --git-dir=. ls-tree --name-only main", "a\n");
}

static void a_tree_is_laid_on_a_branch_that_moved(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT,
			   our = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist base = {.n = 0}, ours = {.n = 0};

	change_file(&base, "a", NULL, "1");
	change_file(&base, "keys/gone.md", NULL, "2");
	must(commit_on(&one, world, &base, &gm_oid_zero, &options));
	options.ref = "refs/heads/work";
	options.start = one.commit;
	change_file(&ours, "keys/gone.md", "2", NULL);
	change_file(&ours, "keys/new.md", NULL, "3");
	must(commit_on(&our, world, &ours, &one.commit, &options));
	must(commit_files(&two, world, &one.commit, "b", NULL, "4"));
	options.ref = MAIN;
	must(gm_transaction_commit_tree(
		&three, world->repo, world->lock, &one.commit, &our.tree, &options));
	assert_repo_prints(world, "git --git-dir=. ls-tree -r --name-only main",
		"a\nb\nkeys/new.md\n");
	assert_true(gm_oid_equal(&three.parent, &two.commit));
	assert_repo_sound(world);
}

/* Stock git may have given files other modes, which nobody takes from them. */
static void modes_stay_what_they_were(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	gm_autorecord old = GM_RECORD_INIT, new = GM_RECORD_INIT;
	autochangelist list = {.n = 0};
	struct gm_oid theirs;

	make_memory(&old, 1, "a", "text", 0);
	make_memory(&new, 1, "a", "other text", 1);
	change_memory(&list, NULL, &old);
	must(commit_on(&one, world, &list, &gm_oid_zero, &options));
	assert_repo_prints(world,
		"export GIT_DIR=. GIT_INDEX_FILE=their.index; git read-tree main &&"
		" git update-index --add --cacheinfo 100755,$(git rev-parse "
		"main:keys/a.md),"
		"keys/a.md --cacheinfo 120000,$(git rev-parse main:keys/a.md),link"
		" --cacheinfo 160000,$(git rev-parse main),module &&"
		" git update-ref refs/heads/their $(git commit-tree -p main -m their"
		" $(git write-tree)) && rm their.index",
		"");
	must(gm_ref_read(&theirs, NULL, gm_repo_refs(world->repo), "refs/heads/their"));
	gm_autocommit their = GM_COMMIT_INIT;
	must(gm_commit_read(&their, gm_repo_store(world->repo), &theirs));
	must(commit_files(&two, world, &one.commit, "b", NULL, "2"));
	must(gm_transaction_commit_tree(
		&three, world->repo, world->lock, &one.commit, &their.tree, &options));
	static const char modes[] =
		"git --git-dir=. ls-tree -r main | cut -d' ' -f1 | tr '\n' ' '";
	assert_repo_prints(world, modes, "100644 100755 120000 160000 ");
	change_list_reset(&list);
	change_memory(&list, &old, &new);
	must(commit_on(&two, world, &list, &three.commit, &options));
	assert_true(two.committed);
	assert_repo_prints(world, modes, "100644 100755 120000 160000 ");
}

/* An import into a branch without a commit, which got its first one meanwhile. */
static void a_tree_made_on_nothing_is_laid_on_what_came(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction our = GM_TRANSACTION_RESULT_INIT,
			   their = GM_TRANSACTION_RESULT_INIT,
			   both = GM_TRANSACTION_RESULT_INIT;
	struct gm_transaction_options options = options_of(world);
	autochangelist list = {.n = 0};
	gm_autorecord record = GM_RECORD_INIT;

	options.ref = "refs/heads/work";
	make_memory(&record, 1, "k", "text", 0);
	change_memory(&list, NULL, &record);
	must(commit_on(&our, world, &list, &gm_oid_zero, &options));
	must(commit_files(&their, world, &gm_oid_zero, "b", NULL, "2"));
	options.ref = MAIN;
	must(gm_transaction_commit_tree(
		&both, world->repo, world->lock, &gm_oid_zero, &our.tree, &options));
	assert_repo_prints(
		world, "git --git-dir=. ls-tree -r --name-only main", "b\nkeys/k.md\n");
	must(gm_transaction_commit_tree(
		&both, world->repo, world->lock, &gm_oid_zero, &our.tree, &options));
	assert_false(both.committed);
}

/* In a child: `n` commits of a memory each, begun from whatever the branch was at first. */
static int write_many(struct memory_repo *world, unsigned who, unsigned n)
{
	struct gm_transaction_options options = options_of(world);
	gm_autohead head = GM_HEAD_INIT;
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	int rc = gm_repo_open(&repo, gm_repo_dir(world->repo));

	if (rc == 0)
		rc = gm_head_read(&head, repo, NULL);
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
		gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
		gm_autorecord record = GM_RECORD_INIT;
		autochangelist list = {.n = 0};
		make_memory(&record, who * 100 + i, NULL, "text", 0);
		change_memory(&list, NULL, &record);
		list.items[0].tip = head.commit;
		rc = gm_repo_lock(&lock, repo, "test", NULL, NULL);
		if (rc == 0)
			rc = gm_transaction_commit(
				&result, repo, lock, list.items, list.n, &options);
		if (rc == 0 && !result.committed)
			rc = GM_ENO;
	}
	if (rc < 0)
		print_message("# %s\n", gm_error_last()->message);
	return rc < 0;
}

static void many_writers_lose_nothing(void **state)
{
	struct memory_repo *world = *state;
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT;
	pid_t pids[4];
	int status;

	must(commit_files(&one, world, &gm_oid_zero, "a", NULL, "1"));
	gm_lock_release(world->lock);
	world->lock = NULL;
	for (unsigned i = 0; i < 4; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(write_many(world, i + 1, 10));
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_repo_prints(world, "git --git-dir=. ls-tree -r main | wc -l", "41\n");
	assert_repo_prints(world, "git --git-dir=. log --oneline main | wc -l", "41\n");
	assert_repo_sound(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_commit_makes_the_branch),
		TEST(the_next_commit_follows_it),
		TEST(what_changes_nothing_is_no_commit),
		TEST(an_empty_commit_is_made_when_wanted),
		TEST(removing_the_last_file_leaves_the_empty_tree),
		TEST(a_new_branch_starts_where_it_is_told),
		TEST(a_branch_that_came_into_being_meanwhile_is_gone_on_with),
		TEST(a_detached_head_moves),
		TEST(damaged_data_are_not_committed),
		TEST(a_blob_of_the_store_needs_no_data),
		TEST(a_branch_that_names_no_commit_is_damage),
		TEST(a_commit_is_made_anew_when_git_moves_the_branch),
		TEST(a_tree_is_taken_as_it_is),
		TEST(a_tree_is_laid_on_a_branch_that_moved),
		TEST(modes_stay_what_they_were),
		TEST(a_tree_made_on_nothing_is_laid_on_what_came),
		TEST(many_writers_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
