/*
 * Every allocation, write, flush and rename of a batch failing, one after the other, each in
 * a process of its own, as the plan of the seam is read once. Empty without the seam.
 */
#include "tests/unit/objstore/git_repo.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#define MOST 2000

static int write_batch(const char *dir, int n)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autofree char *path = gm_path_join(dir, "o/objects");
	gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	struct gm_oid oid;
	char text[32];
	int rc = path ? gm_store_open(&store, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_batch_begin(&batch, store);
	for (int i = 0; rc == 0 && i < n; i++) {
		int size = snprintf(text, sizeof(text), "memory %d", i);
		rc = gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text, (size_t)size);
	}
	if (rc == 0)
		rc = gm_batch_read(&back, &type, batch, &oid);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

static int read_object(const struct gm_oid *oid, void *payload)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	size_t size;
	int rc = gm_store_read(&data, &type, payload, oid);

	return rc < 0 ? rc : gm_store_read_header(&type, &size, payload, oid);
}

static int ignore_fault(const char *subject, const char *fault, void *payload)
{
	(void)subject;
	(void)fault;
	(void)payload;
	return 0;
}

/* Everything in a repository that git packed. */
static int read_all(const char *dir)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_autofree char *path = gm_path_join(dir, "r/.git/objects");
	int rc = path ? gm_store_open(&store, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_store_each(store, read_object, store);
	return rc < 0 ? rc : gm_store_check(store, ignore_fault, NULL);
}

/* What a child does: 0: written; 1: failed with an error; 2: failed without one. */
static int child(const char *dir, int n)
{
	int rc = n ? write_batch(dir, n) : read_all(dir);

	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(const char *dir, const char *plan, int n)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char number[16];
		(void)snprintf(number, sizeof(number), "%d", n);
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)execl("/proc/self/exe", "batch", dir, number, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_repository(const char *dir, bool written, int n)
{
	gm_autofree char *count =
		gm_format("cd o && test $(git cat-file --batch-all-objects --batch-check "
			  "| wc -l) = %d",
			n);

	assert_int_equal(
		shell(NULL, dir,
			"cd o && git fsck --strict --no-dangling 2>&1 &&"
			"test -z \"$(find . -name 'tmp_*')\" && for i in "
			"objects/pack/*.idx;"
			"do test ! -e $i || git verify-pack $i || exit 1; done &&"
			"for p in objects/pack/*.pack; do"
			" test ! -e $p || test -e ${p%.pack}.idx || exit 1; done"),
		0);
	if (written)
		assert_int_equal(shell(NULL, dir, count), 0);
}

/* Fail the first, the second ... until a run has none left that fails. */
static void sweep(const char *kind, int n, bool onwards, int step)
{
	int failures = 0;

	for (int at = 1;; at = test_fault_after(at, step)) {
		char *dir = scratch_new();
		gm_autofree char *plan =
			gm_format("%s:%d%s", kind, at, onwards ? "+" : "");
		assert_int_equal(shell(NULL, dir, "git init -q --bare o"), 0);
		int rc = run_child(dir, plan, n);
		assert_true(rc == 0 || rc == 1);
		assert_repository(dir, rc == 0, n);
		/* And it goes on as if nothing had been. */
		assert_int_equal(run_child(dir, "none", n), 0);
		assert_repository(dir, true, n);
		scratch_remove(dir);
		failures += rc;
		assert_true(at < MOST);
		if (rc == 0)
			break;
	}
	assert_true(failures > 0);
}

static void each_write_failing_leaves_a_sound_store(void **state)
{
	(void)state;
	sweep("write", 5, false, 1);
	sweep("write", 120, false, 1);
	sweep("write", 120, true, 1);
}

static void each_flush_failing_leaves_a_sound_store(void **state)
{
	(void)state;
	sweep("fsync", 5, false, 1);
	sweep("fsync", 5, true, 1);
	sweep("fsync", 120, false, 1);
}

static void each_rename_failing_leaves_a_sound_store(void **state)
{
	(void)state;
	sweep("rename", 5, false, 1);
	sweep("rename", 5, true, 1);
	sweep("rename", 120, false, 1);
}

static void each_allocation_failing_leaves_a_sound_store(void **state)
{
	(void)state;
	sweep("alloc", 4, false, 1);
	sweep("alloc", 4, true, 1);
	/* The first hundred are alike. */
	sweep("alloc", 104, false, 7);
}

static void each_allocation_failing_fails_a_read_cleanly(void **state)
{
	char *dir = scratch_new();
	int rc;

	(void)state;
	git_repo_make(dir, "git repack -q -adf --depth=50 --window=50");
	for (int at = 1;; at = test_fault_after(at, at < 60 ? 1 : 13)) {
		gm_autofree char *plan = gm_format("alloc:%d", at);
		rc = run_child(dir, plan, 0);
		assert_true(rc == 0 || rc == 1);
		assert_true(at < MOST);
		if (rc == 0)
			break;
	}
	scratch_remove(dir);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], atoi(argv[2]));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_write_failing_leaves_a_sound_store),
		cmocka_unit_test(each_flush_failing_leaves_a_sound_store),
		cmocka_unit_test(each_rename_failing_leaves_a_sound_store),
		cmocka_unit_test(each_allocation_failing_leaves_a_sound_store),
		cmocka_unit_test(each_allocation_failing_fails_a_read_cleanly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
