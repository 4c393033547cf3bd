#include "dag/hook.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static void put_hook(
	struct memory_repo *world, const char *name, const char *script, mode_t mode)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_hook_path(&path, world->repo, name));
	must(gm_mkdirs_for(gm_buf_str(&path)));
	must(gm_file_write(gm_buf_str(&path), script, strlen(script)));
	assert_int_equal(chmod(gm_buf_str(&path), mode), 0);
}

/* What a hook left in the file "seen" of the repository. */
static void assert_seen(struct memory_repo *world, const char *expected)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf seen = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_repo_path(&path, world->repo, "seen"));
	must(gm_file_read(&seen, gm_buf_str(&path)));
	assert_string_equal(gm_buf_str(&seen), expected);
}

static enum gm_hook_presence find(struct memory_repo *world, const char *name)
{
	enum gm_hook_presence found;

	must(gm_hook_find(&found, world->repo, name));
	return found;
}

static void a_hook_that_is_not_there_is_fine(void **state)
{
	struct memory_repo *world = *state;

	assert_int_equal(find(world, "pre-commit"), GM_HOOK_ABSENT);
	assert_int_equal(gm_hook_run(world->repo, "pre-commit", NULL, NULL), 0);
}

static void a_file_that_may_not_be_executed_is_ignored(void **state)
{
	struct memory_repo *world = *state;

	put_hook(world, "pre-commit", "#!/bin/sh\nexit 1\n", 0644);
	assert_int_equal(find(world, "pre-commit"), GM_HOOK_IGNORED);
	assert_int_equal(gm_hook_run(world->repo, "pre-commit", NULL, NULL), 0);
}

static void a_folder_is_no_hook(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_hook_path(&path, world->repo, "pre-commit"));
	must(gm_mkdirs(gm_buf_str(&path)));
	assert_int_equal(find(world, "pre-commit"), GM_HOOK_ABSENT);
	assert_int_equal(gm_hook_run(world->repo, "pre-commit", NULL, NULL), 0);
}

static void what_it_ends_with_is_yes_or_no(void **state)
{
	struct memory_repo *world = *state;

	put_hook(world, "yes", "#!/bin/sh\nexit 0\n", 0755);
	put_hook(world, "no", "#!/bin/sh\nexit 3\n", 0755);
	put_hook(world, "killed", "#!/bin/sh\nkill -9 $$\n", 0755);
	put_hook(world, "odd", "#!/nowhere/interpreter\n", 0755);
	assert_int_equal(find(world, "yes"), GM_HOOK_PRESENT);
	assert_int_equal(gm_hook_run(world->repo, "yes", NULL, NULL), 0);
	assert_int_equal(gm_hook_run(world->repo, "no", NULL, NULL), GM_ENO);
	assert_non_null(strstr(gm_error_last()->message, "'no' says no"));
	assert_int_equal(gm_hook_run(world->repo, "killed", NULL, NULL), GM_ENO);
	assert_int_equal(gm_hook_run(world->repo, "odd", NULL, NULL), GM_ENO);
}

static void arguments_and_input_arrive(void **state)
{
	struct memory_repo *world = *state;
	static const char *const args[] = {"origin", "a b", NULL};
	gm_autobuf input = GM_BUF_INIT(GM_BUF_TEXT);

	put_hook(world, "pre-push",
		"#!/bin/sh\n"
		"{ echo \"$# $1|$2\"; cat; } >\"$GITMEM_DIR/seen\"\n",
		0755);
	must(gm_buf_puts(&input, "one\ntwo\n"));
	must(gm_hook_run(world->repo, "pre-push", args, &input));
	assert_seen(world, "2 origin|a b\none\ntwo\n");
	must(gm_hook_run(world->repo, "pre-push", NULL, NULL));
	assert_seen(world, "0 |\n");
}

static void an_input_that_is_not_read_does_no_harm(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf input = GM_BUF_INIT(GM_BUF_LARGE);

	put_hook(world, "pre-push", "#!/bin/sh\nexit 0\n", 0755);
	for (size_t i = 0; i < 40000; i++)
		must(gm_buf_puts(&input, "refs/heads/main "));
	must(gm_hook_run(world->repo, "pre-push", NULL, &input));
}

static void variables_are_added_and_secrets_withheld(void **state)
{
	struct memory_repo *world = *state;
	static const char *const variables[] = {"GITMEM_STAGE_FILE=here", NULL};
	const struct gm_hook_options options = {.variables = variables};

	assert_int_equal(setenv("GITMEM_TOKEN", "secret", 1), 0);
	assert_int_equal(setenv("GITMEM_STAGE_FILE", "there", 1), 0);
	assert_int_equal(setenv("GIT_INDEX_FILE", "index", 1), 0);
	put_hook(world, "post-commit",
		"echo \"$GITMEM_TOKEN|$GIT_INDEX_FILE|$GITMEM_STAGE_FILE\" "
		">\"$GITMEM_DIR/seen\"\n",
		0755);
	must(gm_hook_run_with(world->repo, "post-commit", &options));
	assert_seen(world, "||here\n");
	must(gm_hook_run(world->repo, "post-commit", NULL, NULL));
	assert_seen(world, "||\n");
	(void)unsetenv("GITMEM_TOKEN");
	(void)unsetenv("GITMEM_STAGE_FILE");
	(void)unsetenv("GIT_INDEX_FILE");
}

static void count(void *payload)
{
	++*(int *)payload;
}

static void it_is_told_that_a_long_one_runs(void **state)
{
	struct memory_repo *world = *state;
	int beats = 0;
	const struct gm_hook_options options = {.beat = count, .payload = &beats};

	put_hook(world, "pre-push", "#!/bin/sh\nsleep 1.5\nexit 1\n", 0755);
	assert_int_equal(gm_hook_run_with(world->repo, "pre-push", &options), GM_ENO);
	assert_true(beats >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hook_that_is_not_there_is_fine),
		TEST(a_file_that_may_not_be_executed_is_ignored),
		TEST(a_folder_is_no_hook),
		TEST(what_it_ends_with_is_yes_or_no),
		TEST(arguments_and_input_arrive),
		TEST(an_input_that_is_not_read_does_no_harm),
		TEST(variables_are_added_and_secrets_withheld),
		TEST(it_is_told_that_a_long_one_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
