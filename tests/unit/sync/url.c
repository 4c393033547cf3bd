#include "sync/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

/* "transport user password host port path", "-" for what is absent. */
static void expect_parts(const char *text, const char *parts)
{
	static const char *const names[] = {"path", "ssh", "git", "http", "https"};
	gm_autourl url = GM_URL_INIT;
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	const char *fields[5];

	if (gm_url_parse(&url, text) < 0)
		fail_msg("'%s': %s", text, gm_error_last()->message);
	fields[0] = url.user;
	fields[1] = url.password;
	fields[2] = url.host;
	fields[3] = url.port;
	fields[4] = url.path;
	must(gm_buf_puts(&shown, names[url.transport]));
	for (size_t i = 0; i < N(fields); i++)
		must(gm_buf_printf(&shown, " %s", fields[i] ? fields[i] : "-"));
	assert_string_equal(gm_buf_str(&shown), parts);
}

static void urls_are_taken_apart_as_git_does(void **state)
{
	static const char *const cases[][2] = {
		{"https://example.com/a/b.git", "https - - example.com - /a/b.git"},
		{"HTTPS://example.com", "https - - example.com - /"},
		{"http://u:p%40w@h:8080/x?y", "http u p@w h 8080 /x?y"},
		{"https://u@h/x@y", "https u - h - /x@y"},
		{"ssh://git@h:2222/~/x", "ssh git - h 2222 ~/x"},
		{"git+ssh://h/x", "ssh - - h - /x"},
		{"ssh://[::1]:22/x%20y", "ssh - - ::1 22 /x y"},
		{"git://h/x", "git - - h - /x"},
		{"file:///srv/x%41", "path - - - - /srv/xA"},
		{"file://localhost/srv", "path - - - - /srv"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		expect_parts(cases[i][0], cases[i][1]);
}

static void a_host_and_a_path_are_told_from_a_path(void **state)
{
	static const char *const cases[][2] = {
		{"git@h:a/b", "ssh git - h - a/b"},
		{"h:/a", "ssh - - h - /a"},
		{"h:/~u/a", "ssh - - h - ~u/a"},
		{"a@b@h:x", "ssh a@b - h - x"},
		{"[::1]:x", "ssh - - ::1 - x"},
		{"u@[h:22]:x", "ssh u - h 22 x"},
		{"./a:b", "path - - - - ./a:b"},
		{"/a/b:c", "path - - - - /a/b:c"},
		{"a b", "path - - - - a b"},
		{"-x", "path - - - - -x"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		expect_parts(cases[i][0], cases[i][1]);
}

static void what_could_be_an_option_or_a_trap_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"ssh://-oProxyCommand=x/a",
		"ssh://-l@h/a",
		"-oProxyCommand=x:a",
		"-l@h:a",
		"h:-a",
		"ssh://%2Dx@h/a",
		"https://a@b@h/x",
		"https://h:99999999/x",
		"https://h:8a/x",
		"https:///x",
		"https://h\nx/",
		"ssh://u%0a@h/x",
		"file:///a%00b",
		"ext::sh -c x",
		"foo://h/x",
		"ssh://h",
		"h:",
		"https://[::1/x",
		"https://[::1]x/",
		"https://h h/x",
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		gm_autourl url = GM_URL_INIT;
		if (gm_url_parse(&url, cases[i]) != GM_EINVALID)
			fail_msg("'%s' is let through", cases[i]);
	}
}

static void no_password_is_shown(void **state)
{
	static const char *const cases[][2] = {
		{"https://u:secret@h/x", "https://u:***@h/x"},
		{"https://u@h/x", "https://u@h/x"},
		{"https://h/x", "https://h/x"},
		{"https://:secret@h/", "https://:***@h/"},
		{"https://u:sec/ret@h/x", "https://u:***@h/x"},
		{"https://u:sec?r@et@h/x", "https://u:***@h/x"},
		{"https://ghp_0123456789abcdefghij@h/x", "https://***@h/x"},
		{"https://h/x@y", "https://h/x@y"},
		{"foo://u:secret@h", "foo://u:***@h"},
		{"git@h:x", "git@h:x"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
		must(gm_url_show(&shown, cases[i][0]));
		assert_string_equal(gm_buf_str(&shown), cases[i][1]);
	}
}

static void an_error_shows_no_password(void **state)
{
	gm_autourl url = GM_URL_INIT;

	(void)state;
	assert_int_equal(gm_url_parse(&url, "https://u:secret@h:port/x"), GM_EINVALID);
	assert_null(strstr(gm_error_last()->message, "secret"));
	assert_non_null(strstr(gm_error_last()->message, "u:***@h:port"));
}

static bool same(const char *a, const char *b)
{
	gm_autourl one = GM_URL_INIT;
	gm_autourl two = GM_URL_INIT;

	must(gm_url_parse(&one, a));
	must(gm_url_parse(&two, b));
	return gm_url_same_origin(&one, &two);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	(void)state;
	assert_true(same("https://u:p@H/x", "https://h:443/y"));
	assert_false(same("https://h/x", "http://h/x"));
	assert_false(same("https://h/x", "https://h:444/x"));
	assert_false(same("https://h/x", "https://h.evil/x"));
	assert_false(same("/h", "/h"));
}

/* Whatever the text is: no crash, and what parses keeps to the promises of the header. */
static void random_texts_keep_the_promises(void **state)
{
	static const char *const pieces[] = {"https://", "ssh://", "file://",
		"ext::", "h", ":", "/", "@", "-", "[", "]", "::1", "%2d", "%", "%00",
		"22", "~", "..", "?", "\n", "\xc3\xa9", " "};
	uint32_t seed = 4711;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
		gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
		gm_autourl url = GM_URL_INIT;
		for (unsigned n = (seed >> 24) % 9; n; n--) {
			seed = seed * 1664525 + 1013904223;
			must(gm_buf_puts(&text, pieces[(seed >> 16) % N(pieces)]));
		}
		seed = seed * 1664525 + 1013904223;
		must(gm_url_show(&shown, gm_buf_str(&text)));
		if (gm_url_parse(&url, gm_buf_str(&text)) < 0)
			continue;
		assert_non_null(url.path);
		assert_true(*url.path != '\0');
		assert_true((url.host == NULL) == (url.transport == GM_TRANSPORT_PATH));
		if (url.transport == GM_TRANSPORT_SSH)
			assert_true(*url.path != '-');
		if (url.host)
			assert_true(*url.host && *url.host != '-');
		if (url.user)
			assert_true(*url.user != '-' && !strchr(url.user, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart_as_git_does),
		cmocka_unit_test(a_host_and_a_path_are_told_from_a_path),
		cmocka_unit_test(what_could_be_an_option_or_a_trap_is_refused),
		cmocka_unit_test(no_password_is_shown),
		cmocka_unit_test(an_error_shows_no_password),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(random_texts_keep_the_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
