#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "base/file_link.h"

static void assert_holds(const char *dir, const char *name, const char *text)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	scratch_read(&bytes, dir, name);
	assert_string_equal(gm_buf_str(&bytes), text);
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void a_file_of_ours_gets_a_second_name(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *from = gm_path_join(dir, "a");
	gm_autofree char *to = gm_path_join(dir, "b");
	struct gm_link_result result;

	(void)state;
	scratch_write(dir, "a", "text", 4);
	must(gm_file_link(&result, to, from));
	assert_false(result.is_copy);
	assert_int_equal(result.size, 4);
	assert_int_equal(inode_of(from), inode_of(to));
	scratch_remove(dir);
}

/* It could change it, and the file would be in our repository. */
static void a_file_of_another_user_is_copied(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *from = gm_path_join(dir, "a");
	gm_autofree char *to = gm_path_join(dir, "b");
	struct gm_link_result result;

	(void)state;
	scratch_write(dir, "a", "text", 4);
	if (chown(from, 12345, 12345) == 0) {
		must(gm_file_link(&result, to, from));
		assert_true(result.is_copy);
		assert_int_not_equal(inode_of(from), inode_of(to));
		assert_holds(dir, "b", "text");
	}
	scratch_remove(dir);
}

static void a_file_on_another_file_system_is_copied(void **state)
{
	char *dir = scratch_new();
	char other[] = "/dev/shm/gitmem-unit-XXXXXX";
	gm_autofree char *to = gm_path_join(dir, "b");
	gm_autofree char *text = gm_calloc(1, 1000001);
	struct gm_link_result result;
	struct stat here, there;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 1000000);
	if (!mkdtemp(other))
		skip();
	scratch_write(other, "a", text, 1000000);
	gm_autofree char *from = gm_path_join(other, "a");
	assert_int_equal(stat(dir, &here), 0);
	assert_int_equal(stat(other, &there), 0);
	must(gm_file_link(&result, to, from));
	assert_int_equal(result.is_copy, here.st_dev != there.st_dev);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	scratch_read(&bytes, dir, "b");
	assert_int_equal(bytes.size, 1000000);
	assert_memory_equal(bytes.ptr, text, 1000000);
	assert_int_equal(unlink(from), 0);
	assert_int_equal(rmdir(other), 0);
	scratch_remove(dir);
}

static void what_is_no_regular_file_or_not_there_is_refused(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *from = gm_path_join(dir, "a");
	gm_autofree char *link = gm_path_join(dir, "link");
	gm_autofree char *to = gm_path_join(dir, "b");
	struct gm_link_result result;

	(void)state;
	assert_int_equal(gm_file_link(&result, to, from), GM_ENOTFOUND);
	assert_int_equal(gm_file_link(&result, to, dir), GM_EMISMATCH);
	scratch_write(dir, "a", "text", 4);
	assert_int_equal(symlink("a", link), 0);
	assert_int_equal(gm_file_link(&result, to, link), GM_EMISMATCH);
	assert_false(gm_path_exists(to));
	scratch_write(dir, "b", "old", 3);
	assert_int_equal(gm_file_link(&result, to, from), GM_EEXISTS);
	assert_holds(dir, "b", "old");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_ours_gets_a_second_name),
		cmocka_unit_test(a_file_of_another_user_is_copied),
		cmocka_unit_test(a_file_on_another_file_system_is_copied),
		cmocka_unit_test(what_is_no_regular_file_or_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
