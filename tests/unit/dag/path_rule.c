#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "dag/path_rule.h"

#define ID "01900000-0000-7000-8000-000000000001"

static void assert_key(const char *key)
{
	must(gm_key_check(key));
}

static void assert_no_key(const char *key, const char *reason)
{
	if (gm_key_check(key) != GM_EINVALID)
		fail_msg("'%s' is taken", key);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
}

static void a_memory_lies_in_the_folder_of_its_day(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	(void)state;
	memcpy(record.id, ID, sizeof(ID));
	must(gm_time_parse(&record.created, "2026-01-02T23:30:00-02:00"));
	must(gm_record_path(&path, &record));
	assert_string_equal(path.ptr, "memories/2026/01-03/3/" ID ".md");
	gm_buf_reset(&path);
	must(gm_time_parse(&record.created, "0987-11-30"));
	must(gm_record_path(&path, &record));
	assert_string_equal(path.ptr, "memories/0987/11-30/3/" ID ".md");
}

static void the_folder_of_the_id_is_that_of_sha1sum(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH), out = GM_BUF_INIT(GM_BUF_PATH);
	char command[128];

	(void)state;
	must(gm_uuid_new(record.id, gm_time_now()));
	record.created = 0;
	must(gm_record_path(&path, &record));
	(void)snprintf(
		command, sizeof(command), "printf %%s %s | sha1sum | cut -c1", record.id);
	assert_int_equal(shell(&out, "/", command), 0);
	assert_int_equal(path.ptr[strlen("memories/1970/01-01/")], out.ptr[0]);
}

static void a_keyed_memory_lies_under_its_key(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	(void)state;
	memcpy(record.id, ID, sizeof(ID));
	must(gm_record_set_text(&record.key, "user/editor"));
	must(gm_record_path(&path, &record));
	assert_string_equal(path.ptr, "keys/user/editor.md");
}

static void only_markdown_in_the_two_folders_may_be_a_record(void **state)
{
	(void)state;
	assert_true(gm_path_may_be_record("memories/2026/01-02/3/" ID ".md"));
	assert_true(gm_path_may_be_record("memories/note.md"));
	assert_true(gm_path_may_be_record("keys/user/editor.md"));
	assert_false(gm_path_may_be_record("memories/a.txt"));
	assert_false(gm_path_may_be_record("memories/.md"));
	assert_false(gm_path_may_be_record("keys/user/.md"));
	assert_false(gm_path_may_be_record("memories.md"));
	assert_false(gm_path_may_be_record("README.md"));
	assert_false(gm_path_may_be_record("other/keys/a.md"));
}

static void a_file_name_gives_the_id_away(void **state)
{
	char id[GM_UUID_TEXT] = "untouched";

	(void)state;
	assert_false(gm_path_id(id, "keys/" ID ".md"));
	assert_false(gm_path_id(id, "memories/2026/01-02/3/note.md"));
	assert_false(gm_path_id(id, "memories/2026/01-02/3/" ID));
	assert_false(gm_path_id(id, "memories/2026/01-02/3/x" ID ".md"));
	assert_string_equal(id, "untouched");
	assert_true(gm_path_id(
		id, "memories/2026/01-02/3/01900000-0000-7000-8000-00000000000A.md"));
	assert_string_equal(id, "01900000-0000-7000-8000-00000000000a");
}

static void usual_keys_are_taken(void **state)
{
	(void)state;
	assert_key("editor");
	assert_key("user/editor");
	assert_key("-dash/--both");
	assert_key("a b/c:d*?<>|\"'");
	assert_key("caf\u00e9/\u65e5\u672c\u8a9e/\U0001f468\u200d\U0001f469");
	assert_key(".hidden/..x/git/.gitmem/.github");
	assert_key("common/console/com10/null/lpt0");
	assert_key("md/a.md5/x.mdx");
	assert_key("a~1/notes~2026/~user");
}

static void tricks_with_paths_are_refused(void **state)
{
	(void)state;
	assert_no_key("", "empty");
	assert_no_key("/etc/passwd", "begins");
	assert_no_key("a//b", "empty component");
	assert_no_key("a/", "empty component");
	assert_no_key("..", "'..'");
	assert_no_key("a/../b", "'..'");
	assert_no_key("./a", "'.'");
	assert_no_key("a\\..\\b", "backslash");
	assert_no_key("a.md", "'.md'");
	assert_no_key("a.MD/b", "'.md'");
	assert_no_key("a./b", "dot or a space");
	assert_no_key("a ", "dot or a space");
}

static void controls_and_invisible_characters_are_refused(void **state)
{
	static const char *const keys[] = {"a\nb", "a\tb", "\x01", "a\x7f", "a\xc2\x85",
		"a\u200b", "a\u202e", "a\u2028", "\ufeff", "a\u00ad", "a\uffff",
		"a\u2066", "a\U000e0041"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_no_key(keys[i], "control or invisible");
	assert_no_key("a\xff", "UTF-8");
	assert_no_key("\xc0\xae", "UTF-8");
	assert_no_key("\u200d", "empty component");
	assert_no_key("cafe\u0301", "normal form C");
}

static void names_that_look_like_files_of_git_are_refused(void **state)
{
	static const char *const keys[] = {".git", ".GIT", "a/.Git/hooks", ".gIt",
		".g\u200cit", ".git\u200d", "git~1", "GIT~1", "git~2", ".git:x",
		".git::$INDEX_ALLOCATION", ".git . :x", ".gitmodules/x",
		".gitattributes/x", "gitmod~1/x", "gi7eba~1", "gi7d29~2", "gitatt~1",
		"~1000000", "g~100000", "\uff0e\uff47\uff49\uff54"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_no_key(keys[i], "Git");
}

static void devices_of_windows_are_refused(void **state)
{
	static const char *const keys[] = {"con", "CON", "a/nul", "aux.x", "prn .x",
		"com1", "LPT9.txt", "com1:x", "conin$", "com\u00b9"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_no_key(keys[i], "Windows");
}

static void lengths_have_limits(void **state)
{
	char key[1100];

	(void)state;
	memset(key, 'a', sizeof(key));
	key[252] = '\0';
	assert_key(key);
	key[252] = 'a';
	key[253] = '\0';
	assert_no_key(key, "252");
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i % 16 == 15 ? '/' : 'a';
	key[1000] = '\0';
	assert_key(key);
	key[1000] = 'a';
	key[1001] = '\0';
	assert_no_key(key, "1000");
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i % 2 ? '/' : 'a';
	key[127] = '\0';
	assert_key(key);
	key[127] = '/';
	key[129] = '\0';
	assert_no_key(key, "64 components");
}

/* Stock git is the judge of what may lie in a tree. */
static void git_finds_nothing_wrong_with_a_tree_of_keys(void **state)
{
	static const char *const keys[] = {"a b/c:d*?<>|\"'", "-dash/--both",
		"a~1/notes~2026/~user/x",
		"caf\u00e9/\u65e5\u672c\u8a9e/\U0001f468\u200d\U0001f469",
		".hidden/..x/git/.gitmem/.github", "~a100000/x", "hi~1/x", "gix/y",
		".gitx/y"};
	char *dir = scratch_new();
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q"), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		gm_autofree char *path = gm_format("keys/%s.md", keys[i]);

		assert_key(keys[i]);
		scratch_write(dir, path, "x\n", 2);
	}
	assert_int_equal(shell(NULL, dir, "git add . && git commit -qm x"), 0);
	assert_int_equal(shell(&out, dir, "git fsck --strict --no-dangling 2>&1"), 0);
	assert_string_equal(gm_buf_str(&out), "");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_lies_in_the_folder_of_its_day),
		cmocka_unit_test(the_folder_of_the_id_is_that_of_sha1sum),
		cmocka_unit_test(a_keyed_memory_lies_under_its_key),
		cmocka_unit_test(only_markdown_in_the_two_folders_may_be_a_record),
		cmocka_unit_test(a_file_name_gives_the_id_away),
		cmocka_unit_test(usual_keys_are_taken),
		cmocka_unit_test(tricks_with_paths_are_refused),
		cmocka_unit_test(controls_and_invisible_characters_are_refused),
		cmocka_unit_test(names_that_look_like_files_of_git_are_refused),
		cmocka_unit_test(devices_of_windows_are_refused),
		cmocka_unit_test(lengths_have_limits),
		cmocka_unit_test(git_finds_nothing_wrong_with_a_tree_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
