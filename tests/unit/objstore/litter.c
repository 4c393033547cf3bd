#include "objstore/litter.h"

#include <sys/wait.h>
#include <unistd.h>

#include "objstore/pack_write.h"
#include "tests/unit/objstore/git_repo.h"

/* Make a file `DIR/NAME` that was last written to so long ago. */
static void leave(const char *dir, const char *name, const char *age)
{
	gm_autofree char *command = gm_format("touch -d '%s ago' %s", age, name);

	scratch_write(dir, name, "left", 4);
	assert_int_equal(shell(NULL, dir, command), 0);
}

static void remove_litter(const char *dir)
{
	gm_autofree char *pack_dir = gm_path_join(dir, "pack");

	must(gm_litter_remove(dir, pack_dir));
}

static bool is_there(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);

	return gm_path_exists(path);
}

static void what_killed_writers_left_is_removed(void **state)
{
	static const char *const left[] = {"pack/tmp_pack_gm_abcdef",
		"pack/tmp_idx_gm_abcdef", "tmp_obj_gm_abcdef", "tmp_obj_gm_bcdefg"};
	char *dir = scratch_new();

	(void)state;
	remove_litter(dir);
	leave(dir, left[0], "2 minutes");
	for (size_t i = 1; i < 4; i++)
		leave(dir, left[i], "2 hours");
	remove_litter(dir);
	for (size_t i = 0; i < 4; i++)
		assert_false(is_there(dir, left[i]));
	scratch_remove(dir);
}

static void what_may_be_in_use_or_is_not_ours_stays(void **state)
{
	static const char *const names[][2] = {{"pack/tmp_pack_gm_abcdef", "20 seconds"},
		{"pack/tmp_idx_gm_abcdef", "50 minutes"},
		{"tmp_obj_gm_abcdef", "50 minutes"}, {"pack/tmp_pack_AbCdEf", "2 years"},
		{"pack/tmp_idx_AbCdEf", "2 years"}, {"tmp_obj_AbCdEf", "2 years"},
		{"pack/pack-x.pack", "2 years"}, {"pack/pack-x.idx", "2 years"},
		{"ab/cdef", "2 years"}};
	char *dir = scratch_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		leave(dir, names[i][0], names[i][1]);
	remove_litter(dir);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_true(is_there(dir, names[i][0]));
	scratch_remove(dir);
}

static void a_removal_that_was_cut_short_is_finished(void **state)
{
	char *dir = scratch_new();

	(void)state;
	leave(dir, "pack/tmp_idx_gone_pack-x", "2 hours");
	leave(dir, "pack/pack-x.pack", "2 hours");
	leave(dir, "pack/tmp_idx_gone_pack-y", "2 hours");
	remove_litter(dir);
	assert_int_equal(shell(NULL, dir, "test -z \"$(ls pack)\""), 0);
	scratch_remove(dir);
}

/* A pack of the same name may be on its way into place, before its index. */
static void a_pack_that_was_made_anew_is_not_removed(void **state)
{
	char *dir = scratch_new();

	(void)state;
	leave(dir, "pack/tmp_idx_gone_pack-x", "2 hours");
	leave(dir, "pack/pack-x.pack", "5 seconds");
	remove_litter(dir);
	assert_true(is_there(dir, "pack/pack-x.pack"));
	leave(dir, "pack/pack-x.pack", "2 hours");
	leave(dir, "pack/pack-x.idx", "2 hours");
	remove_litter(dir);
	assert_true(is_there(dir, "pack/pack-x.pack"));
	assert_true(is_there(dir, "pack/pack-x.idx"));
	assert_false(is_there(dir, "pack/tmp_idx_gone_pack-x"));
	scratch_remove(dir);
}

#define AGE "touch -d '2 hours ago' pack/tmp_pack_gm_*"

/* The pack of a writer that is at work is held, however long it takes. */
static void a_pack_that_grows_stays_and_one_of_the_dead_goes(void **state)
{
	char *dir = scratch_new();
	struct gm_pack_writer *writer;
	struct gm_pack_writer *next;
	int status;

	(void)state;
	must(gm_pack_writer_open(&writer, dir));
	assert_int_equal(shell(NULL, dir, AGE), 0);
	must(gm_pack_writer_open(&next, dir));
	gm_pack_writer_free(next);
	assert_int_equal(shell(NULL, dir, "ls pack/tmp_pack_gm_*"), 0);
	must(gm_pack_writer_add(writer, &gm_oid_empty_tree, GM_OBJECT_TREE, NULL, 0));
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	must(gm_pack_writer_finish(&keep, writer));
	gm_pack_keep_release(&keep);
	gm_pack_writer_free(writer);

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(gm_pack_writer_open(&writer, dir) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(shell(NULL, dir, AGE), 0);
	must(gm_pack_writer_open(&next, dir));
	gm_pack_writer_free(next);
	assert_int_equal(shell(NULL, dir, "test $(ls pack | wc -l) = 2"), 0);
	scratch_remove(dir);
}

static void stock_git_removes_it_too(void **state)
{
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q --bare o"), 0);
	leave(dir, "o/objects/pack/tmp_pack_gm_abcdef", "2 hours");
	leave(dir, "o/objects/pack/tmp_idx_gm_abcdef", "2 hours");
	leave(dir, "o/objects/tmp_obj_gm_abcdef", "2 hours");
	assert_int_equal(shell(NULL, dir,
				 "cd o && git prune --expire=1.hour.ago &&"
				 "test -z \"$(find . -name 'tmp_*')\""),
		0);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_killed_writers_left_is_removed),
		cmocka_unit_test(a_removal_that_was_cut_short_is_finished),
		cmocka_unit_test(a_pack_that_was_made_anew_is_not_removed),
		cmocka_unit_test(what_may_be_in_use_or_is_not_ours_stays),
		cmocka_unit_test(a_pack_that_grows_stays_and_one_of_the_dead_goes),
		cmocka_unit_test(stock_git_removes_it_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
