#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dag/refs_internal.h"
#include "tests/unit/dag/ref_support.h"

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned mode_of(struct ref_repo *repo, const char *name)
{
	gm_autofree char *path = gm_path_join(repo->dir, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void a_lock_that_git_holds_is_waited_for(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo,
		"touch refs/heads/main.lock; (sleep 0.4; rm refs/heads/main.lock)"
		" >/dev/null 2>&1 &",
		"");
	double begin = seconds();
	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_true(seconds() - begin > 0.2);
	assert_ref(repo, "refs/heads/main", 1);
	assert_clean(repo);
}

static void a_lock_that_git_keeps_is_left_alone(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo, "echo theirs >refs/heads/main.lock", "");
	double begin = seconds();
	assert_int_equal(ref_move(repo, "refs/heads/main", 0, 1, "m"), GM_ELOCKED);
	assert_true(seconds() - begin > 9);
	assert_non_null(strstr(gm_error_last()->message, "refs/heads/main.lock"));
	assert_prints(
		repo, "cat refs/heads/main.lock; rm refs/heads/main.lock", "theirs\n");
	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
}

/* A process that holds the repository's lock and some of git's, and is killed. */
static void be_killed_holding(struct ref_repo *repo, const char *name, const char *note)
{
	int status;

	gm_lock_release(repo->lock);
	repo->lock = NULL;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct gm_ref_lock held = GM_REF_LOCK_INIT;
		ref_repo_lock(repo);
		if (gm_lock_set_note(repo->lock, note) == 0 &&
			gm_ref_lock_take(&held, repo->refs, repo->lock, name) == 0 &&
			gm_ref_lock_write(&held, "half", 4) == 0)
			(void)kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ref_repo_lock(repo);
}

static void a_lock_of_a_killed_gitmem_is_removed(void **state)
{
	static const char *const names[] = {"refs/heads/main", "HEAD", "packed-refs"};
	struct ref_repo *repo = *state;

	for (size_t i = 0; i < 3; i++) {
		gm_autofree char *exists = gm_format("test -e %s.lock", names[i]);
		be_killed_holding(repo, names[i], "");
		assert_int_equal(shell(NULL, repo->dir, exists), 0);
		double begin = seconds();
		must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
		must(ref_move(repo, "refs/heads/main", 1, 0, "m"));
		assert_true(seconds() - begin < 5);
		assert_clean(repo);
	}
}

static void locks_named_in_the_note_go_at_once(void **state)
{
	struct ref_repo *repo = *state;

	be_killed_holding(
		repo, "packed-refs", "x ../x.lock config.lock packed-refs.lock");
	assert_prints(repo,
		"ls packed-refs.lock; touch config.lock; chmod u+x config.lock",
		"packed-refs.lock\n");
	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_prints(repo, "ls *.lock; rm config.lock", "config.lock\n");
	assert_clean(repo);
}

static void where_every_file_is_executable_the_note_tells(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo, "chmod u+x lock HEAD", "");
	be_killed_holding(repo, "refs/heads/main", "HEAD.lock refs/heads/main.lock");
	double begin = seconds();
	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_true(seconds() - begin < 5);
	assert_clean(repo);

	/* Without a note of it the lock is not touched until whoever owns it lets go. */
	be_killed_holding(repo, "refs/heads/main", "refs/heads/main.lock.lock");
	assert_prints(repo, "(sleep 0.4; rm refs/heads/main.lock) >/dev/null 2>&1 &", "");
	begin = seconds();
	must(ref_move(repo, "refs/heads/main", 1, 2, "m"));
	assert_true(seconds() - begin > 0.2);
}

static void a_note_waits_for_whom_its_lock_concerns(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo, "chmod u+x lock", "");
	be_killed_holding(repo, "refs/heads/main", "refs/heads/main.lock");
	/* One holder that moves no ref, and one that moves another. */
	gm_lock_release(repo->lock);
	ref_repo_lock(repo);
	gm_lock_release(repo->lock);
	ref_repo_lock(repo);
	must(ref_move(repo, "refs/heads/other", 0, 1, "m"));
	gm_lock_release(repo->lock);
	ref_repo_lock(repo);
	double begin = seconds();
	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	assert_true(seconds() - begin < 5);
	assert_clean(repo);
	/* Now the note is settled: the next lock of this name is git's. */
	assert_prints(repo,
		"touch refs/heads/main.lock; chmod u+x refs/heads/main.lock;"
		" (sleep 0.4; rm refs/heads/main.lock) >/dev/null 2>&1 &",
		"");
	begin = seconds();
	must(ref_move(repo, "refs/heads/main", 1, 2, "m"));
	assert_true(seconds() - begin > 0.2);
}

/* Killed between the rename and taking the mark off. */
static void a_mark_that_stayed_on_a_ref_is_taken_off(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/main", 0, 1, "m"));
	be_killed_holding(repo, "refs/heads/main", "HEAD.lock refs/heads/main.lock");
	assert_prints(repo, "chmod u+x HEAD", "");
	double begin = seconds();
	must(ref_move(repo, "refs/heads/main", 1, 2, "m"));
	assert_true(seconds() - begin < 5);
	assert_int_equal(mode_of(repo, "HEAD") & 0111, 0);
	be_killed_holding(repo, "packed-refs", "refs/heads/main.lock packed-refs.lock");
	assert_prints(repo, "chmod u+x refs/heads/main", "");
	must(ref_move(repo, "refs/heads/other", 0, 1, "m"));
	assert_int_equal(mode_of(repo, "refs/heads/main") & 0111, 0);
	assert_clean(repo);
}

static void a_folder_that_leads_elsewhere_is_refused(void **state)
{
	struct ref_repo *repo = *state;

	assert_prints(repo,
		"mkdir -p out/in && echo theirs >out/victim && ln -s ../../out "
		"refs/heads/x",
		"");
	assert_int_equal(ref_move(repo, "refs/heads/x/victim", 0, 1, "m"), GM_EMISMATCH);
	assert_int_equal(ref_move(repo, "refs/heads/x/new", 0, 1, "m"), GM_ERROR);
	assert_true(ref_move(repo, "refs/heads/x", 0, 1, "m") < 0);
	assert_prints(repo, "ls out out/in; cat out/victim; find . -name '*.lock'",
		"out:\nin\nvictim\n\nout/in:\ntheirs\n");
}

static void a_lock_is_marked_and_a_ref_is_not(void **state)
{
	static const mode_t masks[] = {022, 077, 0177, 0};
	struct ref_repo *repo = *state;

	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		gm_autoref_lock held = GM_REF_LOCK_INIT;
		mode_t before = umask(masks[i]);
		must(gm_ref_lock_take(&held, repo->refs, repo->lock, "refs/heads/m"));
		(void)umask(before);
		assert_true(mode_of(repo, "refs/heads/m.lock") & 0100);
		must(gm_ref_lock_write(&held, "x", 1));
		must(gm_ref_lock_commit(&held));
		assert_int_equal(mode_of(repo, "refs/heads/m"), 0666 & ~masks[i]);
	}
}

static void a_lock_that_is_let_go_is_gone(void **state)
{
	struct ref_repo *repo = *state;
	struct gm_ref_lock held = GM_REF_LOCK_INIT;

	must(gm_ref_lock_take(&held, repo->refs, repo->lock, "refs/heads/x/y"));
	assert_prints(repo, "ls refs/heads/x", "y.lock\n");
	gm_ref_lock_dispose(&held);
	assert_prints(repo, "ls refs/heads/x", "");
	gm_ref_lock_dispose(&held);
}

static void a_file_where_a_folder_must_be_is_in_the_way(void **state)
{
	struct ref_repo *repo = *state;
	gm_autoref_lock held = GM_REF_LOCK_INIT;

	assert_prints(repo, "touch refs/heads/x", "");
	assert_int_equal(
		gm_ref_lock_take(&held, repo->refs, repo->lock, "refs/heads/x/y"),
		GM_EEXISTS);
	assert_string_equal(gm_error_last()->message,
		"'refs/heads/x' exists; cannot create 'refs/heads/x/y'");
	assert_int_equal(
		gm_ref_lock_take(&held, repo->refs, repo->lock, "refs/heads/x/y/z"),
		GM_EEXISTS);
	assert_null(held.path);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_lock_that_git_holds_is_waited_for),
		TEST(a_lock_that_git_keeps_is_left_alone),
		TEST(a_lock_of_a_killed_gitmem_is_removed),
		TEST(locks_named_in_the_note_go_at_once),
		TEST(where_every_file_is_executable_the_note_tells),
		TEST(a_note_waits_for_whom_its_lock_concerns),
		TEST(a_mark_that_stayed_on_a_ref_is_taken_off),
		TEST(a_folder_that_leads_elsewhere_is_refused),
		TEST(a_lock_is_marked_and_a_ref_is_not),
		TEST(a_lock_that_is_let_go_is_gone),
		TEST(a_file_where_a_folder_must_be_is_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
