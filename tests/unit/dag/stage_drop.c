/*
 * Contents that leave a stage, and whose stage a journal is.
 */
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static void append_file(struct memory_repo *world, const char *path,
	const char *base_text, const char *text)
{
	autochangelist list = {.n = 0};

	change_file(&list, path, base_text, text);
	must(gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n));
}

/* The stage as "PATH=TEXT" lines; a removal has no "=". */
static void assert_stage(struct memory_repo *world, const char *ref, const char *wanted)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_stage_load(&stage, world->repo, ref));
	for (size_t i = 0; i < gm_stage_size(stage); i++) {
		const struct gm_change *change = gm_stage_at(stage, i);
		must(gm_buf_printf(&text, "%s%s%.*s\n", change->path,
			change->data ? "=" : "", (int)change->size,
			change->data ? (const char *)change->data : ""));
	}
	assert_string_equal(gm_buf_str(&text), wanted);
}

static void assert_journal_lacks(struct memory_repo *world, const char *text)
{
	gm_autofree char *command = gm_format("grep -rl '%s' stage; true", text);

	assert_repo_prints(world, command, "");
}

static void what_a_removal_takes_away_is_gone_from_the_disk(void **state)
{
	struct memory_repo *world = *state;

	append_file(world, "keys/a.md", NULL, "stays");
	append_file(world, "keys/p.md", NULL, "secret one");
	append_file(world, "keys/p.md", NULL, "secret two");
	append_file(world, "keys/q.md", "old", "secret three");
	append_file(world, "keys/p.md", NULL, NULL);
	append_file(world, "keys/q.md", "old", NULL);
	assert_journal_lacks(world, "secret");
	assert_stage(world, MAIN, "keys/a.md=stays\nkeys/q.md\n");
	append_file(world, "keys/q.md", "old", "old");
	append_file(world, "keys/a.md", NULL, NULL);
	assert_repo_prints(world, "ls -A stage", "");
}

static void paths_are_dropped_with_their_contents(void **state)
{
	struct memory_repo *world = *state;
	autochangelist list = {.n = 0};

	append_file(world, "keys/a.md", NULL, "stays");
	append_file(world, "keys/p.md", NULL, "secret");
	append_file(world, "keys/q.md", "old", NULL);
	change_file(&list, "keys/p.md", NULL, NULL);
	change_file(&list, "keys/other.md", NULL, NULL);
	must(gm_stage_drop(world->repo, world->lock, MAIN, list.items, list.n));
	assert_journal_lacks(world, "secret");
	assert_stage(world, MAIN, "keys/a.md=stays\nkeys/q.md\n");
	change_file(&list, "keys/a.md", NULL, NULL);
	change_file(&list, "keys/q.md", NULL, NULL);
	must(gm_stage_drop(world->repo, world->lock, MAIN, list.items, list.n));
	assert_repo_prints(world, "ls -A stage", "");
	must(gm_stage_drop(world->repo, world->lock, MAIN, list.items, list.n));
}

static void the_journal_of_another_ref_is_refused(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	append_file(world, "keys/a.md", NULL, "x");
	assert_repo_prints(world, "cp stage/main stage/other", "");
	assert_int_equal(
		gm_stage_load(&stage, world->repo, "refs/heads/other"), GM_EMISMATCH);
	assert_non_null(
		strstr(gm_error_last()->message, "the stage of 'refs/heads/main'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_removal_takes_away_is_gone_from_the_disk),
		TEST(paths_are_dropped_with_their_contents),
		TEST(the_journal_of_another_ref_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
