/*
 * Every write, flush and rename of a change of refs failing, one after the other and also all
 * from one on, each in a process of its own, as the plan of the seam is read once: a change
 * that is said to have failed did not happen. Empty without the seam.
 */
#include <stdio.h>

#include "tests/unit/dag/ref_support.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#define MOST 200

#define STATE                                                                          \
	"git for-each-ref --format='%(objectname) %(refname)'; git symbolic-ref HEAD;" \
	" cat logs/HEAD; find . -name '*.lock' -o -name '.tmp*' -o -name 'tmp_*'"

struct row {
	const char *name;
	int from;
	int to;             /* commits; both zero: HEAD is pointed to another branch */
	const char *before; /* in the shell */
};

static const struct row rows[] = {
	{"refs/heads/main", 1, 2, "true"},
	{"refs/heads/main", 1, 2, "git pack-refs --all"},
	{"HEAD", 1, 2,
		"git symbolic-ref refs/heads/link refs/heads/main &&"
		" git symbolic-ref HEAD refs/heads/link"},
	{"refs/heads/new", 0, 1, "true"},
	{"refs/heads/a/b/c", 0, 1, "true"},
	{"refs/heads/main", 1, 0, "true"},
	{"refs/heads/main", 1, 0, "git pack-refs --all"},
	{"refs/heads/main", 2, 0,
		"git pack-refs --all && git update-ref refs/heads/main $(sed -n 2p ids)"},
	{"HEAD", 0, 0, "git update-ref refs/heads/other HEAD"},
};

static int change(struct ref_repo *repo, const struct row *row)
{
	if (row->from != row->to)
		return ref_move(repo, row->name, row->from, row->to, "changed");
	return gm_ref_set_symbolic(repo->refs, repo->lock, row->name, "refs/heads/other",
		&repo->who, "changed");
}

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(char *dir, const struct row *row)
{
	struct ref_repo repo = {.dir = dir};
	gm_autobuf ids = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *lock = gm_path_join(dir, "lock");
	gm_autofree char *path = gm_path_join(dir, "ids");
	int rc = gm_file_read(&ids, path);

	for (size_t i = 0; rc == 0 && i < 3; i++)
		(void)gm_oid_parse(&repo.commits[i + 1], ids.ptr + i * 41, 40);
	if (rc == 0)
		rc = gm_signature_set(&repo.who, "A", "a@example.com", 0, 0);
	if (rc == 0)
		rc = gm_refs_open(&repo.refs, dir);
	if (rc == 0)
		rc = gm_lock_acquire(&repo.lock, lock, "test", NULL, NULL);
	if (rc == 0)
		rc = change(&repo, row);
	gm_lock_release(repo.lock);
	gm_refs_free(repo.refs);
	gm_signature_dispose(&repo.who);
	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(struct ref_repo *repo, size_t row, const char *plan)
{
	gm_autofree char *number = gm_format("%zu", row);
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		gm_autofree char *report = gm_path_join(repo->dir, "report");
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "refs", repo->dir, number, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void start_over(struct ref_repo *repo, const struct row *row, struct gm_buf *state)
{
	gm_autofree char *command =
		gm_format("rm -rf refs/heads logs packed-refs && mkdir -p refs/heads &&"
			  " git symbolic-ref HEAD refs/heads/main &&"
			  " git update-ref -m first HEAD $(sed -n 1p ids) && { %s; }",
			row->before);

	assert_int_equal(shell(NULL, repo->dir, command), 0);
	assert_int_equal(shell(state, repo->dir, STATE), 0);
}

static int sweep_row(
	struct ref_repo *repo, size_t i, const char *kind, const char *onwards)
{
	gm_autobuf before = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);
	int failures = 0;

	for (int at = 1;; at = test_fault_after(at, 1)) {
		gm_autofree char *plan = gm_format("%s:%d%s", kind, at, onwards);
		start_over(repo, &rows[i], &before);
		int rc = run_child(repo, i, plan);
		assert_int_equal(shell(&after, repo->dir, STATE), 0);
		gm_buf_reset(&word);
		scratch_read(&word, repo->dir, "report");
		bool same = !strcmp(gm_buf_str(&before), gm_buf_str(&after));
		if (same != (rc != 0) || rc > 1)
			fail_msg("row %zu, %s: code %d, before:\n%safter:\n%s", i, plan,
				rc, gm_buf_str(&before), gm_buf_str(&after));
		failures += rc;
		assert_true(at < MOST);
		if (!strcmp(gm_buf_str(&word), "missed\n"))
			break;
	}
	return failures;
}

static void sweep(struct ref_repo *repo, const char *kind, const char *onwards)
{
	int failures = 0;

	gm_lock_release(repo->lock);
	repo->lock = NULL;
	assert_prints(repo,
		"for m in one two three; do git commit-tree -m $m"
		" $(git hash-object -w -t tree /dev/null); done >ids",
		"");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		failures += sweep_row(repo, i, kind, onwards);
	assert_true(failures > 0);
}

static void a_change_with_one_failing_write_happens_or_not(void **state)
{
	sweep(*state, "write", "");
}

static void a_change_with_one_failing_flush_happens_or_not(void **state)
{
	sweep(*state, "fsync", "");
}

static void a_change_with_all_flushes_failing_happens_or_not(void **state)
{
	sweep(*state, "fsync", "+");
}

static void a_change_with_one_failing_rename_happens_or_not(void **state)
{
	sweep(*state, "rename", "");
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], &rows[strtoul(argv[2], NULL, 10)]);
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_change_with_one_failing_write_happens_or_not),
		TEST(a_change_with_one_failing_flush_happens_or_not),
		TEST(a_change_with_all_flushes_failing_happens_or_not),
		TEST(a_change_with_one_failing_rename_happens_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
