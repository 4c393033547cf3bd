#include <stdlib.h>
#include <string.h>

#include "dag/commit.h"
#include "tests/unit/support.h"

static void assert_set(const char *name, const char *mail, const char *wanted)
{
	struct gm_signature signature;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_signature_set(
		&signature, name, mail, 1767323045 * GM_TIME_SECOND + 999, 90));
	must(gm_signature_format(&text, &signature));
	assert_string_equal(gm_buf_str(&text), wanted);
	gm_signature_dispose(&signature);
}

static void a_signature_is_written_as_git_does(void **state)
{
	(void)state;
	assert_set(
		"A U Thor", "a@example.com", "A U Thor <a@example.com> 1767323045 +0130");
	assert_set("J\303\266rg", "", "J\303\266rg <> 1767323045 +0130");
}

static void what_git_does_not_allow_in_names_is_dropped(void **state)
{
	(void)state;
	assert_set(" .,:;<>\"\\'X. Y.\t\n", "<a@b>", "X. Y <a@b> 1767323045 +0130");
	assert_set("a\nb<c>d\001e\177f", "x\ny<z", "abcdef <xyz> 1767323045 +0130");
	assert_set("", "m", "unknown <m> 1767323045 +0130");
	assert_set("...", "...", "unknown <> 1767323045 +0130");
}

static void dates_and_zones_that_cannot_be_are_refused(void **state)
{
	struct gm_signature signature;

	(void)state;
	assert_int_equal(gm_signature_set(&signature, "a", "b", -1, 0), GM_EINVALID);
	assert_int_equal(
		gm_signature_set(&signature, "a", "b", GM_TIME_NONE, 0), GM_EINVALID);
	assert_int_equal(gm_signature_set(&signature, "a", "b", 0, 24 * 60), GM_EINVALID);
	assert_int_equal(
		gm_signature_set(&signature, "a", "b", 0, -24 * 60), GM_EINVALID);
}

static void zones_are_written_with_their_sign(void **state)
{
	static const struct {
		int minutes;
		const char *text;
	} zones[] = {{0, "+0000"}, {120, "+0200"}, {-210, "-0330"}, {-30, "-0030"},
		{345, "+0545"}, {840, "+1400"}};

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		struct gm_signature signature, again;
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		must(gm_signature_set(
			&signature, "a", "b", GM_TIME_SECOND, zones[i].minutes));
		must(gm_signature_format(&text, &signature));
		assert_string_equal(
			gm_buf_str(&text) + strlen("a <b> 1 "), zones[i].text);
		must(gm_signature_parse(&again, text.ptr, text.size));
		assert_int_equal(again.zone_minutes, zones[i].minutes);
		gm_signature_dispose(&signature);
		gm_signature_dispose(&again);
	}
}

static const char *const odd_lines[] = {
	"A U Thor <a@example.com> 1767323045 +0200",
	"A U Thor <a@example.com> 1767323045 -0730",
	"A <a@b> 1767323045 -0030",
	"A <a@b> 0 +0000",
	"A <a@b> 1767323045 +1400",
	"A <a@b> 1767323045",
	"A <a@b> 1767323045 ",
	"A <a@b>",
	"A <a@b> ",
	"A <a@b> nonsense",
	"A <a@b> 1767323045 nonsense",
	"A <a@b>1767323045 +0100",
	"A <a@b>   1767323045   +0100",
	"A   <a@b> 5 +0100",
	"A<a@b> 5 +0100",
	"<a@b> 5 +0100",
	" <a@b> 5 +0100",
	"A <> 5 +0100",
	"A < a@b > 5 +0100",
	"A <a@b <c> 5 +0100",
	"A <a@b> c> 5 +0100",
	"A <<a@b>> 5 +0100",
	"A > b <c> 5 +0100",
	"A <a@b> 5 +01",
	"A <a@b> 5 +0175",
	"A <a@b> 5 0100",
	"A <a@b> -5 +0100",
	"\303\244 <\303\266@b> 5 +0100",
};

/* The name, mail and date that git shows for a commit with this line must be ours. */
static void odd_lines_are_read_as_git_reads_them(void **state)
{
	char *dir = scratch_new();
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q --bare ."), 0);
	for (size_t i = 0; i < sizeof(odd_lines) / sizeof(*odd_lines); i++) {
		struct gm_signature signature;
		gm_autofree char *commit =
			gm_format("tree %s\nauthor %s\ncommitter %s\n\nm\n",
				"4b825dc642cb6eb9a060e54bf8d69288fbee4904", odd_lines[i],
				odd_lines[i]);
		gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);

		scratch_write(dir, "commit", commit, strlen(commit));
		assert_int_equal(
			shell(&theirs, dir,
				"git log -1 --format='%an|%ae|%at'"
				" $(git hash-object -w --literally -t commit commit)"),
			0);
		must(gm_signature_parse(&signature, odd_lines[i], strlen(odd_lines[i])));
		must(gm_buf_printf(&ours, "%s|%s|", signature.name, signature.mail));
		/* Without a zone git prints no date; reading what there is does no harm. */
		if (!strstr(gm_buf_str(&theirs), "|\n"))
			must(gm_buf_printf(&ours, "%lld",
				(long long)(signature.time / GM_TIME_SECOND)));
		must(gm_buf_putc(&ours, '\n'));
		if (strcmp(gm_buf_str(&ours), gm_buf_str(&theirs)) != 0)
			fail_msg("%s: %s%s", odd_lines[i], gm_buf_str(&ours),
				gm_buf_str(&theirs));
		gm_signature_dispose(&signature);
	}
	scratch_remove(dir);
}

static void zones_are_read_as_git_reads_them(void **state)
{
	static const struct {
		const char *text;
		int minutes;
	} zones[] = {{"+0200", 120}, {"-0730", -450}, {"-0030", -30}, {"+0545", 345},
		{"+1400", 840}, {"+0175", 135}, {"+01", 1}, {"0100", 0}, {"+99999", 0},
		{"+2147483648000", 0}, {"", 0}, {"+", 0}, {"-x", 0},
		{"+9999", 99 * 60 + 99}};

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		struct gm_signature signature;
		gm_autofree char *line = gm_format("a <b> 7 %s", zones[i].text);
		must(gm_signature_parse(&signature, line, strlen(line)));
		assert_int_equal(signature.zone_minutes, zones[i].minutes);
		assert_int_equal(signature.time, 7 * GM_TIME_SECOND);
		gm_signature_dispose(&signature);
	}
}

static void a_date_beyond_all_dates_counts_as_none(void **state)
{
	static const char *const lines[] = {"a <b> 9223372036855 +0100",
		"a <b> 99999999999999999999999999 +0100",
		"a <b> 18446744073709551616 +0100"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct gm_signature signature;
		must(gm_signature_parse(&signature, lines[i], strlen(lines[i])));
		assert_int_equal(signature.time, 0);
		gm_signature_dispose(&signature);
	}
}

static void lines_that_are_none_still_give_something(void **state)
{
	static const char *const lines[] = {
		"", "x", "<", ">", "<>", "a <b", "a b> 5 +0000", "\0"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct gm_signature signature;
		must(gm_signature_parse(&signature, lines[i], strlen(lines[i])));
		assert_non_null(signature.name);
		assert_string_equal(signature.mail, "");
		assert_int_equal(signature.time, 0);
		gm_signature_dispose(&signature);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_written_as_git_does),
		cmocka_unit_test(what_git_does_not_allow_in_names_is_dropped),
		cmocka_unit_test(dates_and_zones_that_cannot_be_are_refused),
		cmocka_unit_test(zones_are_written_with_their_sign),
		cmocka_unit_test(odd_lines_are_read_as_git_reads_them),
		cmocka_unit_test(zones_are_read_as_git_reads_them),
		cmocka_unit_test(a_date_beyond_all_dates_counts_as_none),
		cmocka_unit_test(lines_that_are_none_still_give_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
