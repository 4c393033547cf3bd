#include "dag/refs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/support.h"

#define ID "0123456789abcdef0123456789abcdef01234567"
#define ID2 "1123456789abcdef0123456789abcdef01234567"

struct repo {
	char *dir;
	struct gm_refs *refs;
};

static int setup(void **state)
{
	struct repo *repo = calloc(1, sizeof(*repo));

	repo->dir = scratch_new();
	assert_int_equal(shell(NULL, repo->dir, "git init -q --bare -b main ."), 0);
	must(gm_refs_open(&repo->refs, repo->dir));
	*state = repo;
	return 0;
}

static int teardown(void **state)
{
	struct repo *repo = *state;

	gm_refs_free(repo->refs);
	scratch_remove(repo->dir);
	free(repo);
	return 0;
}

static void put(struct repo *repo, const char *name, const char *text)
{
	scratch_write(repo->dir, name, text, strlen(text));
}

static void assert_reads(struct repo *repo, const char *name, const char *hex)
{
	char got[GM_OID_HEX];
	struct gm_oid oid;

	must(gm_ref_read(&oid, NULL, repo->refs, name));
	gm_oid_format(got, &oid);
	assert_string_equal(got, hex);
}

static int read_code(struct repo *repo, const char *name)
{
	struct gm_oid oid;

	return gm_ref_read(&oid, NULL, repo->refs, name);
}

static void head_of_an_empty_repository_names_its_branch(void **state)
{
	struct repo *repo = *state;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;

	assert_int_equal(gm_ref_read(&oid, &name, repo->refs, "HEAD"), GM_ENOTFOUND);
	assert_string_equal(gm_buf_str(&name), "refs/heads/main");
	gm_buf_reset(&name);
	must(gm_ref_read_symbolic(&name, repo->refs, "HEAD"));
	assert_string_equal(gm_buf_str(&name), "refs/heads/main");
}

static void a_file_wins_over_packed_refs(void **state)
{
	struct repo *repo = *state;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;

	put(repo, "packed-refs",
		"# pack-refs with: peeled fully-peeled sorted \n" ID
		" refs/heads/main\n" ID " refs/heads/other\n");
	assert_reads(repo, "refs/heads/main", ID);
	assert_reads(repo, "HEAD", ID);
	put(repo, "refs/heads/main", ID2 "\n");
	assert_reads(repo, "HEAD", ID2);
	assert_reads(repo, "refs/heads/other", ID);
	must(gm_ref_read(&oid, &name, repo->refs, "refs/heads/other"));
	assert_string_equal(gm_buf_str(&name), "refs/heads/other");
}

static void what_does_not_exist_is_not_found(void **state)
{
	static const char *const names[] = {"refs/heads/none", "refs/heads",
		"refs/heads/main/x", "refs/heads/../heads/main", "config", "description",
		"", "../x", "refs/heads/a b"};
	struct repo *repo = *state;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	put(repo, "refs/heads/main", ID "\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(read_code(repo, names[i]), GM_ENOTFOUND);
	assert_int_equal(
		gm_ref_read_symbolic(&name, repo->refs, "refs/heads/main"), GM_ENOTFOUND);
	assert_int_equal(gm_ref_read_symbolic(&name, repo->refs, "config"), GM_ENOTFOUND);
}

static void symbolic_refs_are_followed_five_steps(void **state)
{
	struct repo *repo = *state;

	put(repo, "refs/heads/main", ID "\n");
	put(repo, "refs/s/1", "ref: refs/heads/main\n");
	for (unsigned i = 2; i <= 6; i++) {
		gm_autofree char *name = gm_format("refs/s/%u", i);
		gm_autofree char *text = gm_format("ref:\t refs/s/%u \n\n", i - 1);
		put(repo, name, text);
	}
	assert_reads(repo, "refs/s/5", ID);
	assert_int_equal(read_code(repo, "refs/s/6"), GM_EMISMATCH);
}

static void circles_of_symbolic_refs_end(void **state)
{
	struct repo *repo = *state;

	put(repo, "refs/c/a", "ref: refs/c/b\n");
	put(repo, "refs/c/b", "ref: refs/c/a\n");
	put(repo, "refs/c/self", "ref: refs/c/self\n");
	assert_int_equal(read_code(repo, "refs/c/a"), GM_EMISMATCH);
	assert_int_equal(read_code(repo, "refs/c/self"), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "refs/c/self"));
}

static void broken_files_are_named(void **state)
{
	static const char *const bad[] = {"", "\n", "garbage", "0123\n", "ref:\n",
		"ref: ../x\n", "ref: config\n", "ref: refs/heads/a b\n",
		"ref: refs/heads/a\nmore\n", ID "x", ID "0\n", " " ID "\n",
		"REF: refs/heads/a\n"};
	struct repo *repo = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(repo, "refs/heads/bad", bad[i]);
		if (read_code(repo, "refs/heads/bad") != GM_EMISMATCH)
			fail_msg("case %zu passed", i);
		assert_non_null(strstr(gm_error_last()->message, "refs/heads/bad"));
	}
	char *large = malloc(1 << 20);
	memset(large, '0', 1 << 20);
	scratch_write(repo->dir, "refs/heads/bad", large, 1 << 20);
	free(large);
	assert_int_equal(read_code(repo, "refs/heads/bad"), GM_EMISMATCH);
	put(repo, "refs/heads/bad", ID " and what git lets pass\n");
	assert_reads(repo, "refs/heads/bad", ID);
	put(repo, "refs/heads/bad", ID);
	assert_reads(repo, "refs/heads/bad", ID);
}

static void a_pipe_in_place_of_a_ref_does_not_hold_us_up(void **state)
{
	struct repo *repo = *state;
	gm_autofree char *path = gm_path_join(repo->dir, "refs/heads/pipe");

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_code(repo, "refs/heads/pipe"), GM_EMISMATCH);
}

static void garbage_in_packed_refs_is_an_error_that_names_it(void **state)
{
	struct repo *repo = *state;

	put(repo, "packed-refs", "garbage\n");
	assert_int_equal(read_code(repo, "refs/heads/x"), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "packed-refs"));
}

static int list(const char *name, const struct gm_oid *oid, void *payload)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_buf_printf(payload, "%s %s\n", hex, name);
}

static void assert_listed_as_in_git(struct repo *repo, const char *prefix)
{
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *command = gm_format(
		"git for-each-ref --format='%%(objectname) %%(refname)' %s", prefix);

	must(gm_refs_each(repo->refs, prefix, list, &ours));
	assert_int_equal(shell(&theirs, repo->dir, command), 0);
	assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
	assert_true(ours.size > 0);
}

static void refs_are_listed_as_git_lists_them(void **state)
{
	struct repo *repo = *state;

	assert_int_equal(shell(NULL, repo->dir,
				 "a=$(git commit-tree -m a $(git hash-object -w -t tree "
				 "/dev/null)) &&"
				 " b=$(git commit-tree -m b -p $a $(git hash-object -w "
				 "-t tree /dev/null)) &&"
				 " for r in main a-b a/b a.c z/y/x; do git update-ref "
				 "refs/heads/$r $a; done &&"
				 " git tag v1 $a && git tag -a -m x v2 $b && git "
				 "pack-refs --all &&"
				 " git update-ref refs/heads/a/b $b && git update-ref "
				 "refs/heads/a/c $b &&"
				 " git update-ref refs/remotes/origin/main $b &&"
				 " git symbolic-ref refs/remotes/origin/HEAD "
				 "refs/remotes/origin/main &&"
				 " git symbolic-ref refs/heads/nowhere refs/heads/none &&"
				 " touch refs/heads/main.lock refs/heads/.hidden && "
				 "mkdir refs/heads/empty"),
		0);
	assert_listed_as_in_git(repo, "refs/");
	assert_listed_as_in_git(repo, "refs/heads/");
	assert_listed_as_in_git(repo, "refs/heads/a/");
	assert_listed_as_in_git(repo, "refs/tags/");
	assert_listed_as_in_git(repo, "refs/remotes/");
}

static int stop(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	(void)oid;
	return ++*(int *)payload == 3 ? 17 : 0;
}

static void a_listing_ends_when_the_callback_says_so(void **state)
{
	struct repo *repo = *state;
	int n = 0;

	for (int i = 0; i < 9; i++) {
		gm_autofree char *name = gm_format("refs/heads/%d", i);
		put(repo, name, ID "\n");
	}
	assert_int_equal(gm_refs_each(repo->refs, "refs/", stop, &n), 17);
	assert_int_equal(n, 3);
	n = 0;
	must(gm_refs_each(repo->refs, "refs/none/", stop, &n));
	assert_int_equal(n, 0);
}

static void note_broken(const char *name, void *payload)
{
	must(gm_buf_printf(payload, "%s ", name));
}

static void broken_refs_are_left_out_of_a_listing_and_told(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf broken = GM_BUF_INIT(GM_BUF_TEXT);

	put(repo, "refs/heads/a", ID "\n");
	put(repo, "refs/heads/broken", "nothing\n");
	put(repo, "refs/heads/circle", "ref: refs/heads/circle\n");
	put(repo, "refs/heads/empty", "");
	put(repo, "refs/heads/z", ID "\n");
	must(gm_refs_each(repo->refs, "refs/", list, &ours));
	assert_string_equal(gm_buf_str(&ours), ID " refs/heads/a\n" ID " refs/heads/z\n");
	gm_refs_on_broken(repo->refs, note_broken, &broken);
	must(gm_refs_each(repo->refs, "refs/heads/e", list, &ours));
	assert_string_equal(gm_buf_str(&broken), "refs/heads/empty ");
	must(gm_refs_each(repo->refs, "refs/", list, &ours));
	assert_non_null(strstr(gm_buf_str(&broken), "refs/heads/broken "));
	assert_non_null(strstr(gm_buf_str(&broken), "refs/heads/circle "));
}

static void a_broken_line_of_packed_refs_ends_a_listing(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);

	put(repo, "packed-refs", ID " refs/heads/../../x\n");
	assert_int_equal(gm_refs_each(repo->refs, "refs/", list, &ours), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "packed-refs"));
}

static int count(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	(void)oid;
	++*(unsigned *)payload;
	return 0;
}

static void twenty_thousand_packed_refs_are_no_burden(void **state)
{
	struct repo *repo = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	unsigned n = 0;

	must(gm_buf_puts(&text, "# pack-refs with: peeled fully-peeled sorted \n"));
	for (unsigned i = 0; i < 20000; i++)
		must(gm_buf_printf(&text, ID " refs/heads/b%05u\n", i));
	put(repo, "packed-refs", gm_buf_str(&text));
	put(repo, "refs/heads/b00500", ID2 "\n");
	must(gm_refs_each(repo->refs, "refs/heads/", count, &n));
	assert_int_equal(n, 20000);
	for (unsigned i = 0; i < 20000; i += 7) {
		gm_autofree char *name = gm_format("refs/heads/b%05u", i);
		assert_reads(repo, name, ID);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(head_of_an_empty_repository_names_its_branch),
		TEST(a_file_wins_over_packed_refs),
		TEST(what_does_not_exist_is_not_found),
		TEST(symbolic_refs_are_followed_five_steps),
		TEST(circles_of_symbolic_refs_end),
		TEST(broken_files_are_named),
		TEST(a_pipe_in_place_of_a_ref_does_not_hold_us_up),
		TEST(garbage_in_packed_refs_is_an_error_that_names_it),
		TEST(refs_are_listed_as_git_lists_them),
		TEST(a_listing_ends_when_the_callback_says_so),
		TEST(broken_refs_are_left_out_of_a_listing_and_told),
		TEST(a_broken_line_of_packed_refs_ends_a_listing),
		TEST(twenty_thousand_packed_refs_are_no_burden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
