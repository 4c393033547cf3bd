#include <stdlib.h>
#include <string.h>

#include "dag/refs.h"
#include "tests/unit/support.h"

/* Pieces that names are put together from; every rule of git has one. */
static const char *const pieces[] = {"a", "b.c", ".", "..", "/", "//", "@", "{", "@{",
	".lock", "lock", "x.lock", " ", "~", "^", ":", "?", "*", "[", "]", "\\", "-",
	"\t", "\001", "\177", "\303\244", "\"", "'", "$", "refs", "HEAD", "."};

#define N_PIECES (sizeof(pieces) / sizeof(*pieces))

static void names_are_judged_as_git_judges_them(void **state)
{
	gm_autobuf names = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);
	char *dir = scratch_new();
	size_t good = 0;

	(void)state;
	srand(3);
	for (unsigned i = 0; i < 900; i++) {
		char name[128] = "refs/heads/";
		for (int n = 1 + rand() % 4; n > 0; n--)
			strcat(name, pieces[(size_t)rand() % N_PIECES]);
		int rc = gm_ref_check_name(name);
		assert_true(rc == 0 || rc == GM_EINVALID);
		good += rc == 0;
		must(gm_buf_printf(&names, "%s\n", name));
		must(gm_buf_printf(&ours, "%d\n", rc < 0));
	}
	assert_true(good > 100);
	scratch_write(dir, "names", names.ptr, names.size);
	assert_int_equal(shell(&theirs, dir,
				 "while IFS= read -r name; do"
				 " git check-ref-format \"$name\"; echo $?; done <names"),
		0);
	assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
	scratch_remove(dir);
}

static void only_names_in_capitals_stand_outside_refs(void **state)
{
	static const char *const good[] = {
		"HEAD", "ORIG_HEAD", "refs/x", "refs/heads/main"};
	static const char *const bad[] = {"", "head", "config", "packed-refs",
		"objects/info", "refs", "refs/", "/refs/heads/x", "HEAD/x",
		"refs/../HEAD", "stage/main", "HEAD1"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		must(gm_ref_check_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gm_ref_check_name(bad[i]), GM_EINVALID);
}

static void endless_names_are_refused(void **state)
{
	char name[4096] = "refs/heads/";

	(void)state;
	memset(name + strlen(name), 'a', 1024 - strlen("refs/heads/"));
	must(gm_ref_check_name(name));
	strcat(name, "a");
	assert_int_equal(gm_ref_check_name(name), GM_EINVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_judged_as_git_judges_them),
		cmocka_unit_test(only_names_in_capitals_stand_outside_refs),
		cmocka_unit_test(endless_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
