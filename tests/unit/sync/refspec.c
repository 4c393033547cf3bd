#include "sync/refspec.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static void parse(struct gm_refspec *out, const char *text)
{
	if (gm_refspec_parse(out, text) < 0)
		fail_msg("'%s': %s", text, gm_error_last()->message);
}

static void sides_and_force_are_told_apart(void **state)
{
	gm_autorefspec a = GM_REFSPEC_INIT;
	gm_autorefspec b = GM_REFSPEC_INIT;
	gm_autorefspec c = GM_REFSPEC_INIT;

	(void)state;
	parse(&a, "+refs/heads/*:refs/remotes/o/*");
	assert_true(a.is_forced && a.is_pattern);
	assert_string_equal(a.source, "refs/heads/*");
	assert_string_equal(a.target, "refs/remotes/o/*");
	parse(&b, "main");
	assert_false(b.is_forced || b.is_pattern);
	assert_null(b.target);
	parse(&c, ":refs/heads/x");
	assert_string_equal(c.source, "");
	assert_string_equal(c.target, "refs/heads/x");
}

static void what_is_no_refspec_is_refused(void **state)
{
	static const char *const cases[] = {"refs/*/*:refs/x/*", "refs/heads/*:refs/x",
		"refs/heads/x:refs/*", "a b", "a..b", "refs/heads/../x:y", "-x", "a:-x",
		"a?b", "a[b", "a\\b", "a\nb", "refs//x"};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		gm_autorefspec spec = GM_REFSPEC_INIT;
		if (gm_refspec_parse(&spec, cases[i]) != GM_EINVALID)
			fail_msg("'%s' is let through", cases[i]);
	}
}

static void expect_map(const char *text, const char *name, const char *there)
{
	gm_autorefspec spec = GM_REFSPEC_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_PATH);

	parse(&spec, text);
	assert_int_equal(gm_refspec_map(&out, &spec, name), there ? 1 : 0);
	assert_string_equal(gm_buf_str(&out), there ? there : "");
	if (!there)
		return;
	assert_true(gm_refspec_matches(&spec, name));
	assert_int_equal(gm_refspec_map_back(&back, &spec, there), 1);
	assert_string_equal(gm_buf_str(&back), name);
}

static void names_are_mapped_there_and_back(void **state)
{
	(void)state;
	expect_map(
		"refs/heads/*:refs/remotes/o/*", "refs/heads/a/b", "refs/remotes/o/a/b");
	expect_map("refs/heads/*:refs/remotes/o/*", "refs/tags/a", NULL);
	expect_map("refs/heads/m:refs/x/n", "refs/heads/m", "refs/x/n");
	expect_map("refs/heads/m:refs/x/n", "refs/heads/mm", NULL);
	expect_map("refs/heads/a*z:refs/x/*-y", "refs/heads/a1z", "refs/x/1-y");
	/* The two ends may not share a letter. */
	expect_map("refs/heads/aa*aa:refs/x/*", "refs/heads/aaa", NULL);
	expect_map("refs/heads/m", "refs/heads/m", NULL);
}

/* Whatever is mapped comes back to where it was. */
static void random_names_come_back(void **state)
{
	static const char *const specs[] = {
		"a*:b*", "*:x/*", "a*b:*", "a/*/c:d/*/e", "ab*ba:*a"};
	uint32_t seed = 815;
	int mapped = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char name[8];
		gm_autorefspec spec = GM_REFSPEC_INIT;
		gm_autobuf out = GM_BUF_INIT(GM_BUF_PATH);
		gm_autobuf back = GM_BUF_INIT(GM_BUF_PATH);
		size_t n = 0;
		for (; n < seed % 7; n++) {
			seed = seed * 1664525 + 1013904223;
			name[n] = "abc/"[seed >> 30];
		}
		seed = seed * 1664525 + 1013904223;
		name[n] = '\0';
		parse(&spec, specs[(seed >> 16) % N(specs)]);
		if (!gm_refspec_map(&out, &spec, name))
			continue;
		mapped++;
		assert_int_equal(gm_refspec_map_back(&back, &spec, gm_buf_str(&out)), 1);
		assert_string_equal(gm_buf_str(&back), name);
	}
	assert_true(mapped > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_and_force_are_told_apart),
		cmocka_unit_test(what_is_no_refspec_is_refused),
		cmocka_unit_test(names_are_mapped_there_and_back),
		cmocka_unit_test(random_names_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
