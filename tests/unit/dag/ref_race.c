/* Many processes change refs at once, stock git among them, and nothing is lost. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/dag/ref_support.h"

#define WRITERS 4
#define MOVES 25

static int index_of(struct ref_repo *repo, const struct gm_oid *oid)
{
	for (int i = 0; i < 4; i++)
		if (gm_oid_equal(oid, &repo->commits[i]))
			return i;
	return -1;
}

/* In a child: move the ref on from wherever it is. */
static int move_on(struct ref_repo *repo, const char *name)
{
	struct gm_oid oid = gm_oid_zero;
	gm_autofree char *path = gm_path_join(repo->dir, "lock");
	int rc = gm_lock_acquire(&repo->lock, path, "test", NULL, NULL);

	if (rc == 0)
		rc = gm_ref_read(&oid, NULL, repo->refs, name);
	if (rc == 0 || rc == GM_ENOTFOUND) {
		int from = index_of(repo, &oid);
		rc = ref_move(repo, name, from, from % 3 + 1, "ours");
	}
	gm_lock_release(repo->lock);
	repo->lock = NULL;
	return rc;
}

static void write_moves(struct ref_repo *repo, const char *name)
{
	for (int done = 0; done < MOVES;) {
		int rc = move_on(repo, name);
		/* Stock git knows no lock of ours: it may come between reading and moving. */
		if (rc < 0 && rc != GM_EMODIFIED) {
			(void)fprintf(stderr, "# %s\n", gm_error_last()->message);
			_exit(1);
		}
		done += rc == 0;
	}
	_exit(0);
}

static pid_t start_git(struct ref_repo *repo, const char *script)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(shell(NULL, repo->dir, script));
	return pid;
}

static void join(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void run_writers(struct ref_repo *repo, const char *const names[WRITERS])
{
	pid_t pids[WRITERS];

	gm_lock_release(repo->lock);
	repo->lock = NULL;
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			write_moves(repo, names[i]);
	}
	for (int i = 0; i < WRITERS; i++)
		join(pids[i]);
	ref_repo_lock(repo);
}

struct chain {
	struct gm_oid next_old;
	bool any;
	int ours;
	int theirs;
};

static int follow(const struct gm_reflog_entry *entry, void *payload)
{
	struct chain *chain = payload;

	if (chain->any)
		assert_true(gm_oid_equal(&entry->new_oid, &chain->next_old));
	chain->any = true;
	chain->next_old = entry->old_oid;
	if (!strcmp(entry->message, "ours"))
		chain->ours++;
	else
		chain->theirs++;
	return 0;
}

static void writers_of_one_ref_lose_nothing_beside_git(void **state)
{
	static const char *const names[WRITERS] = {"refs/heads/main", "refs/heads/main",
		"refs/heads/main", "refs/heads/main"};
	struct ref_repo *repo = *state;
	struct chain chain = {.any = false};
	gm_autobuf counted = GM_BUF_INIT(GM_BUF_TEXT);

	must(ref_move(repo, "refs/heads/main", 0, 1, "ours"));
	must(ref_move(repo, "refs/tags/t1", 0, 1, "tag"));
	must(ref_move(repo, "refs/tags/t2", 0, 2, "tag"));
	pid_t git = start_git(repo,
		"n=0; while test -d refs && ! { test -e stop && test $n -gt 0; }; do "
		"old=$(git rev-parse main);"
		" new=$(git for-each-ref --format='%(objectname)' refs/tags | grep -v "
		"$old |"
		" head -n 1); git update-ref -m theirs refs/heads/main $new $old "
		"2>/dev/null &&"
		" n=$((n + 1)); git pack-refs --all 2>/dev/null; done; echo $n >count");
	run_writers(repo, names);
	assert_prints(repo, "touch stop", "");
	join(git);
	must(gm_reflog_each(repo->dir, "refs/heads/main", follow, &chain));
	assert_int_equal(chain.ours, 1 + WRITERS * MOVES);
	assert_true(gm_oid_is_zero(&chain.next_old));
	scratch_read(&counted, repo->dir, "count");
	assert_int_equal(chain.theirs, atoi(gm_buf_str(&counted)));
	assert_true(chain.theirs > 0);
	assert_prints(repo, "rm stop count", "");
	assert_clean(repo);
}

static void writers_of_many_refs_lose_nothing_while_git_packs(void **state)
{
	static const char *const names[WRITERS] = {"refs/heads/a/one", "refs/heads/a/two",
		"refs/heads/a/b/three", "refs/tags/four"};
	struct ref_repo *repo = *state;

	pid_t git = start_git(repo,
		"while test -d refs && ! test -e stop; do git pack-refs --all "
		"2>/dev/null; done");
	run_writers(repo, names);
	assert_prints(repo, "touch stop", "");
	join(git);
	for (int i = 0; i < WRITERS; i++)
		assert_ref(repo, names[i], (MOVES - 1) % 3 + 1);
	assert_prints(repo, "rm stop", "");
	assert_clean(repo);
}

/* In a child: make and remove a ref in a folder that comes and goes with it. */
static void make_and_remove(struct ref_repo *repo, int i)
{
	gm_autofree char *name = gm_format("refs/heads/folder/sub/%d", i);
	gm_autofree char *script =
		gm_format("for i in $(seq 15); do"
			  " git update-ref refs/heads/folder/sub/git%d"
			  " $(git rev-parse t) && git update-ref -d"
			  " refs/heads/folder/sub/git%d || exit 1; done",
			i, i);
	int rc = 0;

	if (i >= 2)
		_exit(shell(NULL, repo->dir, script));
	gm_autofree char *path = gm_path_join(repo->dir, "lock");
	for (int n = 0; n < 2 * MOVES && rc == 0; n++) {
		rc = gm_lock_acquire(&repo->lock, path, "test", NULL, NULL);
		if (rc == 0)
			rc = ref_move(repo, name, n % 2, !(n % 2), "m");
		gm_lock_release(repo->lock);
		repo->lock = NULL;
	}
	if (rc < 0)
		(void)fprintf(stderr, "# %s\n", gm_error_last()->message);
	_exit(rc < 0);
}

static void folders_that_come_and_go_hold_nobody_up(void **state)
{
	struct ref_repo *repo = *state;
	pid_t pids[WRITERS];

	must(ref_move(repo, "refs/tags/t", 0, 1, "m"));
	gm_lock_release(repo->lock);
	repo->lock = NULL;
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			make_and_remove(repo, i);
	}
	for (int i = 0; i < WRITERS; i++)
		join(pids[i]);
	ref_repo_lock(repo);
	assert_prints(repo, "git for-each-ref --format='%(refname)'", "refs/tags/t\n");
	assert_clean(repo);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(writers_of_one_ref_lose_nothing_beside_git),
		TEST(writers_of_many_refs_lose_nothing_while_git_packs),
		TEST(folders_that_come_and_go_hold_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
