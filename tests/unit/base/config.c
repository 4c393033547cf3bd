#include "base/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config_syntax.h"
#include "base/file.h"
#include "tests/unit/support.h"

/* Like scratch_write(), without flushing: hundreds of files are written here. */
static void write_quickly(const char *dir, const char *text)
{
	gm_autofree char *path = gm_path_join(dir, "f");
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int put_setting(const char *name, const char *value, void *payload)
{
	must(gm_buf_printf(payload, "%s=<%s>\n", name, value));
	return 0;
}

/* All settings of `dir`/f as text; false when it is refused. */
static bool our_list(struct gm_buf *out, const char *dir)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(dir, "f");

	must(gm_config_new(&config));
	int rc = gm_config_add_file(config, path, NULL);
	assert_true(rc == 0 || rc == GM_EINVALID);
	gm_buf_reset(out);
	must(gm_config_each(config, put_setting, out));
	return rc == 0;
}

/* The same from stock git, whose keys without a value mean true. */
static bool git_list(struct gm_buf *out, const char *dir)
{
	gm_autobuf raw = GM_BUF_INIT(GM_BUF_TEXT);

	gm_buf_reset(out);
	if (shell(&raw, dir, "git config -f f --list -z 2>err") != 0)
		return false;
	for (size_t at = 0; at < raw.size; at += strlen(raw.ptr + at) + 1) {
		char *entry = raw.ptr + at;
		size_t name_size = strcspn(entry, "\n");
		const char *value = entry[name_size] ? entry + name_size + 1 : "true";
		must(gm_buf_printf(out, "%.*s=<%s>\n", (int)name_size, entry, value));
	}
	return true;
}

static void check_like_git(const char *dir, const char *text)
{
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);

	write_quickly(dir, text);
	bool git_takes = git_list(&theirs, dir);
	if (our_list(&ours, dir) != git_takes)
		fail_msg("git %s this: %s", git_takes ? "takes" : "refuses", text);
	if (git_takes)
		assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
}

static void odd_files_read_as_git_reads_them(void **state)
{
	static const char *const files[] = {"", "\n", "# c", "k=v\n", "[]\na=1\n",
		"[a]b=c\n", "[a]\n1=2\n", "[a \"x\\y\\\"z\"]\nk=1", "[a\t\"b\"]\nk",
		"[a]\nk=a\tb   c ; x\n", "[a]\nk=\"a;b\"  \"c \"  \\\n  d\n",
		"[a]\nk=a\rb\n", "[a]\nk=a\\q\n", "[a]\nk = v", "[A.B.c]\nK=1\n",
		"[A \"B\"]\nKey=1\n", "[a\n\"b\"]\nk=1\n", "[a]\nk=\n", "[a]\nk=x\\",
		"[a] [b] k=v\n", "[a]\nk \\\n = v\n", "\xef\xbb\xbf[a]\nk=1\n",
		"[a]\nk=\xff\n", "[a]\rk=1\n", "[a]\r\nk=1\r\n", "[a]\nk=x\\\r\ny\n",
		"[a]\nk=\"x\n", "[a]x\n", "[a]\nk#c\n", "[a]\nk=\"\"\n",
		"[a]\nk\t=\t\"x\" # c\\\ny=2\n", "[a]\nk=\\b\\t\\n\\\\\\\"\n",
		"[a]\nk\r\n", "[a]\n\xef\xbb\xbfk=1\n", "\xef\xbb[a]\n", "[a \"\"]\nk=1",
		"[a-b.]\nk=1", "[ a]\nk=1", "[a ]\nk=1", "[a \"b\" ]\nk=1", "[a]\nk_x=1",
		"[a]\nk=\x0c x\x0c\n", "[a]\n\x0ck=1\n", "[.x]\nk=1", "[a", "[a \"",
		"[a \"b", "[a \"b\"", "[a]\nk=\"x\\\ny\"\n",
		"[a]\nk = x \\\n   \\\n\n[b]\nc", "[a]\nk=\"\" \"\" x\n", "[a]\nk==\n",
		"[a]\nk=;c\n", "[a]\nk=x#y;z\n", "[include]\npath=other\n",
		"[a]\nk=1\nk=2\nk\n"};
	char *dir = scratch_new();

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		check_like_git(dir, files[i]);
	scratch_remove(dir);
}

/* A file put together from pieces, by a fixed sequence of pseudo-random numbers. */
static void random_file(struct gm_buf *out, uint32_t *seed)
{
	static const char *const pieces[] = {"[a]", "[b \"S.t\"]", "[C.d]", "\n", "\n",
		"\n\t", " ", "key", "k-2", "=", "=", " = ", "v", "\"", "\\\\", "\\n",
		"\\\n", "#", ";", "\r\n", "x y", "\t", "\\\"", "[a]\n", "key = v\n",
		"key = \"v w\" ; c\n", "bare\n"};
	static const size_t n = sizeof(pieces) / sizeof(*pieces);

	gm_buf_reset(out);
	must(gm_buf_puts(out, "[a]\n"));
	for (int left = 12; left; left--) {
		*seed = *seed * 1664525 + 1013904223;
		must(gm_buf_puts(out, pieces[(*seed >> 16) % n]));
	}
}

static void random_files_read_as_git_reads_them(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	char *dir = scratch_new();
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 100; i++) {
		random_file(&text, &seed);
		check_like_git(dir, gm_buf_str(&text));
	}
	scratch_remove(dir);
}

/* Set or remove `name` in a file of this text; what stands there then. */
static void check_edit(
	const char *text, const char *name, const char *value, const char *want)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "f");
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);

	write_quickly(dir, text);
	must(gm_config_set_file(path, name, value));
	scratch_read(&have, dir, "f");
	assert_string_equal(gm_buf_str(&have), want);
	scratch_remove(dir);
}

static void a_value_is_replaced_in_place(void **state)
{
	(void)state;
	check_edit("# c\n[A]\n\tKey = old ; why\n[b]\n", "a.kEY", "new",
		"# c\n[A]\n\tKey = new ; why\n[b]\n");
	check_edit("[a]\nk=old", "a.k", "new", "[a]\nk=new");
	check_edit("[a]\nk=1\nk=2\n", "a.k", "3", "[a]\nk=1\nk=3\n");
	check_edit("[a]\nk \n", "a.k", "v", "[a]\nk = v \n");
	check_edit("[a]\nk = x \\\n y \\\n\nj=1", "a.k", "v", "[a]\nk = v\nj=1");
}

static void a_new_key_joins_its_section(void **state)
{
	(void)state;
	check_edit("[a]\n\tx = 1 # c\n# d\n[b]\n", "a.k", "v",
		"[a]\n\tx = 1 # c\n\tk = v\n# d\n[b]\n");
	check_edit("[a] ; c\n[b]\n", "a.k", "v", "[a] ; c\n\tk = v\n[b]\n");
	check_edit("[a][b]\n", "a.k", "v", "[a]\n\tk = v\n[b]\n");
	check_edit("[a]", "a.k", "v", "[a]\n\tk = v\n");
	check_edit("[a]\nx=1\n[b]\n[a]\ny=2", "a.k", "v",
		"[a]\nx=1\n[b]\n[a]\ny=2\n\tk = v\n");
}

static void a_new_section_goes_to_the_end(void **state)
{
	(void)state;
	check_edit("", "a.k", "v", "[a]\n\tk = v\n");
	check_edit("[b]", "a.k", "v", "[b]\n[a]\n\tk = v\n");
	check_edit(
		"[r \"x\"]\nk=1\n", "r.X.k", "v", "[r \"x\"]\nk=1\n[r \"X\"]\n\tk = v\n");
	check_edit("", "r.a\"b\\c.d.k", "v", "[r \"a\\\"b\\\\c.d\"]\n\tk = v\n");
	check_edit("[b]\nk = x \\\n", "a.k", "v", "[b]\nk = x \\\n\n[a]\n\tk = v\n");
	check_edit("[b]\nk = x\\", "a.k", "v", "[b]\nk = x\\\n\n[a]\n\tk = v\n");
}

static void removing_takes_all_values_and_leaves_comments(void **state)
{
	(void)state;
	check_edit("[a]\n\tk = 1\n# c\n\tj = 2\n\tk = 3\n", "a.k", NULL,
		"[a]\n# c\n\tj = 2\n");
	check_edit("[a] k = 1\n", "a.k", NULL, "[a] \n");
	check_edit("[a]\n\tk = 1 # why\n", "a.k", NULL, "[a]\n\t# why\n");
	check_edit("[a]\nk = x \\\n  y \\\n  \nj=1\n", "a.k", NULL, "[a]\nj=1\n");
}

static void removing_what_is_not_set_is_not_found(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "f");

	(void)state;
	assert_int_equal(gm_config_set_file(path, "a.k", NULL), GM_ENOTFOUND);
	assert_false(gm_path_exists(path));
	scratch_remove(dir);
}

static void a_broken_file_is_not_edited(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "f");
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	scratch_write(dir, "f", "[a]\n!\n", 6);
	assert_int_equal(gm_config_set_file(path, "a.k", "v"), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "bad config line 2 in "));
	scratch_read(&have, dir, "f");
	assert_string_equal(gm_buf_str(&have), "[a]\n!\n");
	scratch_remove(dir);
}

static void editing_keeps_the_mode_and_follows_links(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "link");
	gm_autofree char *real = gm_path_join(dir, "sub/f");
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);
	struct stat st;

	(void)state;
	scratch_write(dir, "sub/f", "[a]\n", 4);
	assert_int_equal(chmod(real, 0640), 0);
	assert_int_equal(symlink("sub/f", path), 0);
	must(gm_config_set_file(path, "a.k", "v"));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	scratch_read(&have, dir, "sub/f");
	assert_string_equal(gm_buf_str(&have), "[a]\n\tk = v\n");
	scratch_remove(dir);
}

static void a_file_and_its_folder_are_made(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "x/y/config");
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_config_set_file(path, "user.name", "A U Thor"));
	scratch_read(&have, dir, "x/y/config");
	assert_string_equal(gm_buf_str(&have), "[user]\n\tname = A U Thor\n");
	scratch_remove(dir);
}

/* After an edit git reads the value back, and everything else as before. */
static void check_edited_file(const char *dir, const char *name, const char *value)
{
	gm_autofree char *path = gm_path_join(dir, "f");
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *get = gm_format("git config -f f --get -z '%s'", name);
	gm_autofree char *others = gm_format(
		"git config -f f --list -z | grep -zv '^%s' | tr '\\0' '|'", name);

	(void)shell(&list, dir, others);
	gm_autofree char *before = gm_strdup(gm_buf_str(&list));
	must(gm_config_set_file(path, name, value));
	assert_int_equal(shell(&have, dir, get), 0);
	assert_string_equal(gm_buf_str(&have), value);
	(void)shell(&list, dir, others);
	assert_string_equal(gm_buf_str(&list), before);
	must(gm_config_set_file(path, name, NULL));
	assert_int_equal(shell(NULL, dir, get), 1);
	(void)shell(&list, dir, others);
	assert_string_equal(gm_buf_str(&list), before);
}

static void git_reads_edited_files_back(void **state)
{
	static const char *const values[] = {"v", "", " v", "v ", "a;b", "a#b", "a\"b\\c",
		"a\tb", "a\nb", "a\rb", "v\r", "  ", "\\", "\xc3\xa4 \xff"};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	char *dir = scratch_new();
	uint32_t seed = 99;
	size_t n = 0;

	(void)state;
	while (n < 14) {
		random_file(&text, &seed);
		write_quickly(dir, gm_buf_str(&text));
		if (!our_list(&list, dir))
			continue;
		check_edited_file(dir, n % 3 ? "a.key" : "c.d.key",
			values[n % (sizeof(values) / sizeof(*values))]);
		n++;
	}
	scratch_remove(dir);
}

static void names_are_checked(void **state)
{
	static const char *const good[] = {"a.b", "core.repositoryFormatVersion",
		"a.b c.d.e", "a..b", "remote.or\"i\\gin.url", "x-1.y-2"};
	static const char *const bad[] = {"", "a", ".a", "a.", "a.1b", "a.-b", "a.b_c",
		"a b.c", "a_b.c", "a.x\ny.b", "a.b ", "\xc3\xa4.b"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		must(gm_config_check_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gm_config_check_name(bad[i]), GM_EINVALID);
}

static struct gm_config *config_of(const char *dir, const char *text)
{
	struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(dir, "c");

	scratch_write(dir, "c", text, strlen(text));
	must(gm_config_new(&config));
	must(gm_config_add_file(config, path, NULL));
	return config;
}

static void section_and_key_ignore_case_and_the_subsection_does_not(void **state)
{
	char *dir = scratch_new();
	gm_cleanup(gm_config_free_p) struct gm_config *config =
		config_of(dir, "[Remote \"Or.igin\"]\nURL = x\n[core]\nBare\n");

	(void)state;
	assert_string_equal(gm_config_get(config, "rEMOTE.Or.igin.uRL"), "x");
	assert_null(gm_config_get(config, "remote.or.igin.url"));
	assert_string_equal(gm_config_get(config, "CORE.bare"), "true");
	assert_null(gm_config_get(config, "core"));
	scratch_remove(dir);
}

static void the_stronger_file_wins(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "d");
	gm_autofree char *missing = gm_path_join(dir, "missing/e");
	gm_cleanup(gm_config_free_p) struct gm_config *config =
		config_of(dir, "[user]\nname = weak\nname = less weak\n[core]\nx=1\n");

	(void)state;
	scratch_write(dir, "d", "[user]\nname = strong\n[core]\nx=2\n", 32);
	must(gm_config_add_file(config, path, "user."));
	must(gm_config_add_file(config, missing, NULL));
	assert_string_equal(gm_config_get(config, "user.name"), "strong");
	assert_string_equal(gm_config_get(config, "core.x"), "1");
	scratch_remove(dir);
}

static void a_broken_file_adds_nothing(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "d");
	gm_cleanup(gm_config_free_p) struct gm_config *config =
		config_of(dir, "[a]\nk=1\n");

	(void)state;
	scratch_write(dir, "d", "[a]\nk=2\n\nk=\"\n", 13);
	assert_int_equal(gm_config_add_file(config, path, NULL), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "bad config line 4 in "));
	assert_string_equal(gm_config_get(config, "a.k"), "1");
	scratch_write(dir, "d", "[a]\nk=2\0\n", 9);
	assert_int_equal(gm_config_add_file(config, path, NULL), GM_EINVALID);
	scratch_remove(dir);
}

static void a_file_over_a_megabyte_is_refused(void **state)
{
	static char text[GM_CONFIG_MAX_SIZE + 1];
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "d");
	gm_cleanup(gm_config_free_p) struct gm_config *config = config_of(dir, "");

	(void)state;
	memset(text, '\n', sizeof(text));
	scratch_write(dir, "d", text, sizeof(text));
	assert_int_equal(gm_config_add_file(config, path, NULL), GM_ETOOBIG);
	scratch_remove(dir);
}

static void sizes_take_units(void **state)
{
	char *dir = scratch_new();
	gm_cleanup(gm_config_free_p) struct gm_config *config = config_of(dir,
		"[s]\na=12\nb=2k\nc=3M\nd=1g\n[x]\na=\nb=-1\nc=1t\nd=1kb\ne=k\n"
		"f=18446744073709551616\ng=17179869184g\nh=1 2\ni\n");
	static const char *const bad[] = {
		"x.a", "x.b", "x.c", "x.d", "x.e", "x.f", "x.g", "x.h", "x.i"};
	size_t size = 5;

	(void)state;
	must(gm_config_get_size(&size, config, "s.none"));
	assert_int_equal(size, 5);
	must(gm_config_get_size(&size, config, "s.a"));
	assert_int_equal(size, 12);
	must(gm_config_get_size(&size, config, "s.b"));
	assert_int_equal(size, 2048);
	must(gm_config_get_size(&size, config, "s.c"));
	assert_int_equal(size, 3 << 20);
	must(gm_config_get_size(&size, config, "s.d"));
	assert_int_equal(size, 1 << 30);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gm_config_get_size(&size, config, bad[i]), GM_EINVALID);
	assert_int_equal(size, 1 << 30);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_files_read_as_git_reads_them),
		cmocka_unit_test(random_files_read_as_git_reads_them),
		cmocka_unit_test(a_value_is_replaced_in_place),
		cmocka_unit_test(a_new_key_joins_its_section),
		cmocka_unit_test(a_new_section_goes_to_the_end),
		cmocka_unit_test(removing_takes_all_values_and_leaves_comments),
		cmocka_unit_test(removing_what_is_not_set_is_not_found),
		cmocka_unit_test(a_broken_file_is_not_edited),
		cmocka_unit_test(editing_keeps_the_mode_and_follows_links),
		cmocka_unit_test(a_file_and_its_folder_are_made),
		cmocka_unit_test(git_reads_edited_files_back),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(section_and_key_ignore_case_and_the_subsection_does_not),
		cmocka_unit_test(the_stronger_file_wins),
		cmocka_unit_test(a_broken_file_adds_nothing),
		cmocka_unit_test(a_file_over_a_megabyte_is_refused),
		cmocka_unit_test(sizes_take_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
