/* Making repositories where something goes wrong, and whose repositories are found. */
#include "dag/repository.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/support.h"

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static void a_repository_of_another_user_is_refused(void **state)
{
	const char *dir = *state;
	gm_autofree char *path = gm_path_join(dir, ".gitmem");
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	bool created;

	must(gm_repo_init(&created, path, "main", GM_LAYOUT_GIT));
	if (geteuid() != 0 || chown(path, 65534, 65534) < 0)
		skip();
	(void)unsetenv("SUDO_UID");
	assert_int_equal(gm_repo_discover(&found, dir), GM_EACCESS);
	assert_non_null(strstr(gm_error_last()->message,
		"detected dubious ownership in repository at '"));
	assert_int_equal(found.size, 0);
	/* Who names it means it. */
	must(gm_repo_open(&repo, path));
	/* Root may work for the user who ran sudo. */
	(void)setenv("SUDO_UID", "65534", 1);
	must(gm_repo_discover(&found, dir));
	(void)setenv("SUDO_UID", "65533", 1);
	assert_int_equal(gm_repo_discover(&found, dir), GM_EACCESS);
	(void)setenv("SUDO_UID", "65534x", 1);
	assert_int_equal(gm_repo_discover(&found, dir), GM_EACCESS);
	(void)unsetenv("SUDO_UID");
	/* A link of another's, to a folder of ours. */
	assert_int_equal(shell(NULL, dir,
				 "chown 0 .gitmem && mkdir in && ln -s ../.gitmem in &&"
				 " chown -h 65534 in/.gitmem"),
		0);
	gm_autofree char *in = gm_path_join(dir, "in");
	assert_int_equal(gm_repo_discover(&found, in), GM_EACCESS);
}

static void a_folder_that_cannot_be_looked_at_is_no_new_repository(void **state)
{
	const char *dir = *state;
	gm_autofree char *path = gm_path_join(dir, "loop/.gitmem");
	bool created = false;

	assert_int_equal(shell(NULL, dir, "ln -s loop loop"), 0);
	assert_int_equal(gm_repo_init(&created, path, "main", GM_LAYOUT_GIT), GM_ERROR);
	assert_non_null(strstr(gm_error_last()->message, "cannot open repository"));
}

/* With a limit of 0 bytes for files, as on a full disk. */
static int init_on_a_full_disk(const char *path, enum gm_layout layout)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		const struct rlimit none = {0, 0};
		bool created;
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &none);
		_exit(gm_repo_init(&created, path, "main", layout) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void one_that_could_not_be_finished_is_gone(void **state)
{
	static const enum gm_layout layouts[] = {GM_LAYOUT_GIT, GM_LAYOUT_SEGMENTS};
	const char *dir = *state;
	gm_autofree char *path = gm_path_join(dir, ".gitmem");

	for (size_t i = 0; i < 2; i++) {
		bool created = false;
		assert_int_not_equal(init_on_a_full_disk(path, layouts[i]), 0);
		assert_false(gm_path_exists(path));
		/* What was there before stays. */
		scratch_write(dir, ".gitmem/note", "x", 1);
		assert_int_not_equal(init_on_a_full_disk(path, layouts[i]), 0);
		assert_int_equal(shell(NULL, dir, "test -e .gitmem/note"), 0);
		must(gm_repo_init(&created, path, "main", layouts[i]));
		assert_true(created);
		assert_int_equal(shell(NULL, dir, "rm -r .gitmem"), 0);
	}
}

static void one_that_is_there_keeps_its_layout(void **state)
{
	static const enum gm_layout layouts[] = {GM_LAYOUT_GIT, GM_LAYOUT_SEGMENTS};
	const char *dir = *state;
	gm_autofree char *path = gm_path_join(dir, ".gitmem");

	for (size_t i = 0; i < 2; i++) {
		gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
		enum gm_layout found = layouts[!i];
		bool created = false;
		assert_int_equal(gm_repo_layout(&found, path), GM_ENOTFOUND);
		assert_int_equal(found, layouts[!i]);
		must(gm_repo_init(&created, path, "main", layouts[i]));
		must(gm_repo_init(&created, path, "main", layouts[!i]));
		assert_false(created);
		must(gm_repo_layout(&found, path));
		assert_int_equal(found, layouts[i]);
		must(gm_repo_open(&repo, path));
		assert_int_equal(gm_store_has_segments(gm_repo_store(repo)),
			layouts[i] == GM_LAYOUT_SEGMENTS);
		assert_int_equal(shell(NULL, dir, "rm -r .gitmem"), 0);
	}
}

#ifdef GM_FAULT_INJECTION

/* In a process with a plan for the seam: 0 when one was made, 1 failed, 2 there was one. */
static int run_child(const char *dir, const char *plan, enum gm_layout layout)
{
	const char *name = layout == GM_LAYOUT_GIT ? "git" : "segments";
	gm_autofree char *path = gm_path_join(dir, ".gitmem");
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)execl("/proc/self/exe", "init", path, name, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int child(const char *path, const char *layout)
{
	bool created = false;

	if (gm_repo_init(&created, path, "main",
		    strcmp(layout, "git") ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT) < 0)
		return 1;
	return created ? 0 : 2;
}

static void fail_in_turn(const char *dir, const char *kind, enum gm_layout layout)
{
	gm_autofree char *path = gm_path_join(dir, ".gitmem");
	int failures = 0;

	for (int at = 1; at < 1000; at++) {
		gm_autofree char *plan = gm_format("%s:%d", kind, at);
		int code = run_child(dir, plan, layout);
		assert_int_equal(gm_path_exists(path), code == 0);
		if (code == 0)
			break;
		assert_int_equal(code, 1);
		failures++;
	}
	assert_true(failures > 0);
	assert_int_equal(shell(NULL, dir, "rm -r .gitmem"), 0);
}

static void whatever_fails_nothing_is_left(void **state)
{
	static const char *const kinds[] = {"alloc", "write", "fsync", "rename"};

	for (size_t i = 0; i < 4; i++) {
		fail_in_turn(*state, kinds[i], GM_LAYOUT_GIT);
		fail_in_turn(*state, kinds[i], GM_LAYOUT_SEGMENTS);
	}
}

/* An error is no answer to whether there is a repository. */
static void an_existing_one_is_never_called_new(void **state)
{
	const char *dir = *state;
	int failures = 0;

	assert_int_equal(run_child(dir, "none", GM_LAYOUT_GIT), 0);
	for (int at = 1; at < 500; at++) {
		gm_autofree char *plan = gm_format("alloc:%d", at);
		int code = run_child(dir, plan, GM_LAYOUT_GIT);
		if (code == 2)
			break;
		assert_int_equal(code, 1);
		failures++;
	}
	assert_true(failures > 0);
	/* Folders that git made are flushed as well. */
	assert_int_equal(run_child(dir, "fsync:1", GM_LAYOUT_GIT), 1);
	assert_int_equal(run_child(dir, "none", GM_LAYOUT_GIT), 2);
}

#endif

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_repository_of_another_user_is_refused),
		TEST(a_folder_that_cannot_be_looked_at_is_no_new_repository),
		TEST(one_that_could_not_be_finished_is_gone),
		TEST(one_that_is_there_keeps_its_layout),
#ifdef GM_FAULT_INJECTION
		TEST(whatever_fails_nothing_is_left),
		TEST(an_existing_one_is_never_called_new),
#endif
	};

#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
#else
	(void)argc;
	(void)argv;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
