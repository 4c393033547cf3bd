#include "dag/reflog.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/dag/ref_support.h"

#define IDS                                         \
	"0123456789abcdef0123456789abcdef01234567 " \
	"1123456789abcdef0123456789abcdef01234567 "
#define WHO "A <a@b> 5 +0100"

static int list(const struct gm_reflog_entry *entry, void *payload)
{
	char old_hex[GM_OID_HEX], new_hex[GM_OID_HEX];

	gm_oid_format(old_hex, &entry->old_oid);
	gm_oid_format(new_hex, &entry->new_oid);
	return gm_buf_printf(payload, "%.4s %.4s %s|%s|%lld|%d|%s\n", old_hex, new_hex,
		entry->who.name, entry->who.mail,
		(long long)(entry->who.time / GM_TIME_SECOND), entry->who.zone_minutes,
		entry->message);
}

static void put_log(struct ref_repo *repo, const char *text)
{
	scratch_write(repo->dir, "logs/refs/heads/x", text, strlen(text));
}

static int read_log(struct gm_buf *out, struct ref_repo *repo)
{
	gm_buf_reset(out);
	return gm_reflog_each(repo->dir, "refs/heads/x", list, out);
}

static void assert_log(struct ref_repo *repo, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	must(read_log(&text, repo));
	assert_string_equal(gm_buf_str(&text), wanted);
}

static int append(struct ref_repo *repo, const char *message)
{
	return gm_reflog_append(repo->dir, "refs/heads/x", &repo->commits[0],
		&repo->commits[1], &repo->who, message);
}

static void a_log_that_leads_elsewhere_is_refused(void **state)
{
	static const char *const made[] = {
		"mkdir -p logs/refs/heads; ln -s $PWD/out/x logs/refs/heads/x",
		"mkdir -p logs/refs; ln -s ../../out logs/refs/heads",
		"mkdir -p out/heads logs; ln out/x out/heads/x; ln -s ../out logs/refs",
		"mkdir -p out/refs/heads; ln out/x out/refs/heads/x; ln -s out logs",
		"mkdir -p logs/refs/heads; mkfifo logs/refs/heads/x",
	};
	struct ref_repo *repo = *state;

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		struct gm_reflog_mark mark = {.path = NULL};
		gm_autofree char *command = gm_format(
			"rm -rf logs out; mkdir out; echo theirs >out/x; %s", made[i]);
		assert_prints(repo, command, "");
		assert_true(append(repo, "m") < 0);
		assert_true(ref_move(repo, "refs/heads/x", 0, 1, "m") < 0);
		if (gm_reflog_mark(&mark, repo->dir, "refs/heads/x") == 0) {
			mark.end = 0;
			gm_reflog_go_back(&mark);
			gm_reflog_mark_dispose(&mark);
		}
		(void)gm_reflog_rename(repo->dir, "refs/heads/x", "refs/heads/y");
		(void)gm_reflog_remove(repo->dir, "refs/heads/x");
		assert_prints(repo, "cat out/x; rm -rf logs out", "theirs\n");
		assert_ref(repo, "refs/heads/x", 0);
	}
}

static void a_ref_without_a_log_has_no_entries(void **state)
{
	struct ref_repo *repo = *state;

	assert_log(repo, "");
	put_log(repo, "");
	assert_log(repo, "");
	assert_prints(repo, "rm logs/refs/heads/x; mkdir logs/refs/heads/x", "");
	assert_log(repo, "");
}

static void lines_are_read_newest_first(void **state)
{
	put_log(*state,
		IDS WHO "\tone\n" IDS "<> 7 -0030\n" IDS WHO "\t\n" IDS WHO
			"\tfour\twith a tab\n");
	assert_log(*state,
		"0123 1123 A|a@b|5|60|four\twith a tab\n"
		"0123 1123 A|a@b|5|60|\n"
		"0123 1123 ||7|-30|\n"
		"0123 1123 A|a@b|5|60|one\n");
}

static void what_is_appended_is_read_by_git(void **state)
{
	struct ref_repo *repo = *state;

	must(ref_move(repo, "refs/heads/x", 0, 1, "first"));
	must(ref_move(
		repo, "refs/heads/x", 1, 2, " second\n\n with\ta\033control \177 "));
	must(ref_move(repo, "refs/heads/x", 2, 3, "\n"));
	assert_prints(repo, "git log -g --format='%gd|%s|%gn|%ge|%gs' refs/heads/x",
		"x@{0}|three|W. Ho|who@example.com|\n"
		"x@{1}|two|W. Ho|who@example.com|second with a control\n"
		"x@{2}|one|W. Ho|who@example.com|first\n");
	assert_prints(repo, "git log -g --date=iso --format='%gd' -1 refs/heads/x",
		"x@{2026-01-02 04:04:05 +0100}\n");
	assert_prints(repo, "tail -n 1 logs/refs/heads/x | grep -c '\t'; true", "0\n");
}

static void an_endless_message_is_cut_between_characters(void **state)
{
	struct ref_repo *repo = *state;
	char *message = malloc(100001);
	struct stat st;

	for (size_t i = 0; i < 100000; i++)
		message[i] = i % 2 ? '\244' : '\303';
	message[100000] = '\0';
	must(append(repo, message));
	memset(message, '\200', 100000);
	must(append(repo, message));
	free(message);
	gm_autofree char *path = gm_path_join(repo->dir, "logs/refs/heads/x");
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 32768, 34000);
	assert_prints(repo,
		"head -n 1 logs/refs/heads/x | iconv -f UTF-8 -t UTF-8 | wc -l", "1\n");
}

static void a_torn_last_line_is_passed_over_and_repaired(void **state)
{
	struct ref_repo *repo = *state;

	put_log(repo, IDS WHO "\tone\n0123456789abc");
	assert_log(repo, "0123 1123 A|a@b|5|60|one\n");
	must(append(repo, "two"));
	assert_prints(repo, "cut -f 2 logs/refs/heads/x", "one\ntwo\n");
	put_log(repo, "torn from the start");
	assert_log(repo, "");
	must(append(repo, "first"));
	assert_prints(repo, "cut -f 2 logs/refs/heads/x", "first\n");
}

static void a_long_torn_line_is_repaired_too(void **state)
{
	struct ref_repo *repo = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_buf_puts(&text, IDS WHO "\tone\n"));
	for (int i = 0; i < 9000; i++)
		must(gm_buf_putc(&text, '\0'));
	scratch_write(repo->dir, "logs/refs/heads/x", text.ptr, text.size);
	assert_log(repo, "0123 1123 A|a@b|5|60|one\n");
	must(append(repo, "two"));
	assert_prints(repo, "cut -f 2 logs/refs/heads/x", "one\ntwo\n");
}

static void a_broken_line_is_named(void **state)
{
	static const char *const bad[] = {"\n", "garbage\n", IDS "\n",
		IDS "no brackets\n", IDS "a\t<b> 5 +0000\n", "0123 " IDS WHO "\n",
		IDS "a <b 5 +0000\tx>\n"};
	struct ref_repo *repo = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		gm_autofree char *log =
			gm_format(IDS WHO "\tone\n%s" IDS WHO "\tlast\n", bad[i]);
		put_log(repo, log);
		if (read_log(&text, repo) != GM_EMISMATCH)
			fail_msg("case %zu passed", i);
		assert_string_equal(gm_buf_str(&text), "0123 1123 A|a@b|5|60|last\n");
		assert_non_null(strstr(gm_error_last()->message, "logs/refs/heads/x"));
		assert_non_null(strstr(gm_error_last()->message, "byte 102"));
	}
	assert_int_equal(
		gm_reflog_each(repo->dir, "../../config", list, &text), GM_EINVALID);
}

/* Logs are not flushed: what was not written of them when the power went is zeros. */
static void lines_with_holes_are_passed_over(void **state)
{
	static const char log[] = "\0\0\0\0\tzero\n" IDS WHO "\tone\n" IDS
				  "\0\0 <b> 5\n" IDS WHO "\tlast\n";
	struct ref_repo *repo = *state;

	scratch_write(repo->dir, "logs/refs/heads/x", log, sizeof(log) - 1);
	assert_log(repo, "0123 1123 A|a@b|5|60|last\n0123 1123 A|a@b|5|60|one\n");
}

struct counting {
	long n;
	long stop_at;
};

static int count(const struct gm_reflog_entry *entry, void *payload)
{
	struct counting *counting = payload;

	assert_int_equal(strtol(entry->message, NULL, 10), counting->n - 1);
	return --counting->n == counting->stop_at ? 5 : 0;
}

static void a_long_log_is_read_backwards_in_blocks(void **state)
{
	struct ref_repo *repo = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	struct counting counting = {.n = 20000, .stop_at = 0};

	for (long i = 0; i < counting.n; i++)
		must(gm_buf_printf(&text, IDS WHO "\t%ld%*s\n", i, (int)(i % 200), ""));
	put_log(repo, gm_buf_str(&text));
	assert_int_equal(gm_reflog_each(repo->dir, "refs/heads/x", count, &counting), 5);
	assert_int_equal(counting.n, 0);
	counting = (struct counting){.n = 20000, .stop_at = 19990};
	assert_int_equal(gm_reflog_each(repo->dir, "refs/heads/x", count, &counting), 5);
}

static void a_line_without_an_end_is_refused(void **state)
{
	struct ref_repo *repo = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_buf_reserve(&text, 3 << 20));
	memset(text.ptr, 'x', 3 << 20);
	text.ptr[(3 << 20) - 1] = '\n';
	text.size = 3 << 20;
	scratch_write(repo->dir, "logs/refs/heads/x", text.ptr, text.size);
	assert_int_equal(read_log(&out, repo), GM_EMISMATCH);
}

static void a_log_goes_back_to_where_it_ended(void **state)
{
	struct ref_repo *repo = *state;
	struct gm_reflog_mark mark;

	must(gm_reflog_mark(&mark, repo->dir, "refs/heads/x"));
	must(append(repo, "one"));
	gm_reflog_go_back(&mark);
	gm_reflog_mark_dispose(&mark);
	assert_prints(repo, "find logs/refs/heads -type f", "");
	must(append(repo, "one"));
	must(gm_reflog_mark(&mark, repo->dir, "refs/heads/x"));
	must(append(repo, "two"));
	gm_reflog_go_back(&mark);
	gm_reflog_mark_dispose(&mark);
	assert_prints(repo, "cut -f 2 logs/refs/heads/x", "one\n");
}

static void a_log_follows_its_ref(void **state)
{
	static const char *const names[] = {"refs/heads/x", "refs/heads/y",
		"refs/heads/y/z", "refs/heads/y/z/w", "refs/heads/y", "refs/heads/x"};
	struct ref_repo *repo = *state;

	must(append(repo, "one"));
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++) {
		must(gm_reflog_rename(repo->dir, names[i - 1], names[i]));
		gm_autofree char *command = gm_format("cut -f 2 logs/%s", names[i]);
		assert_prints(repo, command, "one\n");
		assert_prints(repo, "find logs -type f | wc -l", "1\n");
	}
	must(gm_reflog_rename(repo->dir, "refs/heads/none", "refs/heads/some"));
	must(gm_reflog_remove(repo->dir, "refs/heads/x"));
	must(gm_reflog_remove(repo->dir, "refs/heads/x"));
	assert_prints(repo, "find logs -type f", "");
}

static void logs_are_kept_of_what_git_keeps_them(void **state)
{
	(void)state;
	assert_true(gm_reflog_is_kept("HEAD"));
	assert_true(gm_reflog_is_kept("refs/heads/main"));
	assert_true(gm_reflog_is_kept("refs/remotes/origin/main"));
	assert_true(gm_reflog_is_kept("refs/notes/commits"));
	assert_false(gm_reflog_is_kept("refs/tags/v1"));
	assert_false(gm_reflog_is_kept("refs/gitmem/rescue/1"));
	assert_false(gm_reflog_is_kept("ORIG_HEAD"));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_log_that_leads_elsewhere_is_refused),
		TEST(a_ref_without_a_log_has_no_entries),
		TEST(lines_are_read_newest_first),
		TEST(what_is_appended_is_read_by_git),
		TEST(an_endless_message_is_cut_between_characters),
		TEST(a_torn_last_line_is_passed_over_and_repaired),
		TEST(a_long_torn_line_is_repaired_too),
		TEST(a_broken_line_is_named),
		TEST(lines_with_holes_are_passed_over),
		TEST(a_long_log_is_read_backwards_in_blocks),
		TEST(a_line_without_an_end_is_refused),
		TEST(a_log_goes_back_to_where_it_ended),
		TEST(a_log_follows_its_ref),
		TEST(logs_are_kept_of_what_git_keeps_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
