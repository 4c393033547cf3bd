#include "dag/git_gc.h"

#include "base/file.h"
#include "tests/unit/support.h"

/*
 * A bare repository with packs, loose objects, refs of all kinds, and five blobs that nothing
 * leads to: old and new, loose and packed, and one that a young tree needs.
 */
static const char script[] =
	"git init -q --bare -b main r && cd r && tree=$(git mktree </dev/null) && "
	"for i in 1 2 3 4 5 6; do blob=$(seq $i 300 | git hash-object -w --stdin) && "
	"tree=$(printf '100644 blob %s\\tf\\n' $blob | git mktree) && "
	"parent=$(git commit-tree -m $i ${parent:+-p $parent} $tree) && "
	"git update-ref refs/heads/b$i $parent && git update-ref refs/heads/main "
	"$parent; "
	"done && git tag -a -m tag v1 b3 && git symbolic-ref refs/heads/alias "
	"refs/heads/b2 && "
	"git repack -q -a -d && git pack-refs --all && "
	"git update-ref refs/heads/b6 b5 && git update-ref refs/heads/new/er b4 && "
	"say() { echo $1 | git hash-object -w --stdin >../$1; } && "
	"say old_packed && say new_packed && say old_loose && say new_loose && say "
	"needed && "
	"printf '100644 blob %s\\tf\\n' $(cat ../needed) | git mktree >../young && "
	"git pack-objects -q objects/pack/pack <../old_packed >../p && "
	"touch -d '2026-01-01' objects/pack/pack-$(cat ../p).pack && "
	"git pack-objects -q objects/pack/pack <../new_packed >../p && "
	"git prune-packed -q && "
	"for f in old_loose needed; do "
	"touch -d '2026-01-01' objects/$(sed 's,^..,&/,' ../$f); done";

/* In seconds: what was touched before the tests were begun is old only if we made it so. */
#define EXPIRE 1770000000

static char *make_repo(struct gm_repo **out)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "r");

	assert_int_equal(shell(NULL, dir, script), 0);
	must(gm_repo_open(out, path));
	return dir;
}

static void free_repo(char *dir, struct gm_repo *repo)
{
	gm_repo_free(repo);
	scratch_remove(dir);
}

static void what_is_old_and_not_needed_goes(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	gm_autobuf before = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_git_gc_result result;
	const struct gm_git_gc_options options = {
		.prune = true, .expire = EXPIRE, .pack_refs = true};

	(void)state;
	assert_int_equal(shell(&before, dir, "git -C r for-each-ref"), 0);
	must(gm_git_gc(&result, repo, &options));
	assert_int_equal(result.n_packs, 3);
	assert_int_equal(result.n_dropped, 2);
	assert_int_equal(result.n_apart, 1);
	assert_int_equal(result.n_refs, 2);
	assert_true(result.bytes_after < result.bytes_before);
	assert_int_equal(shell(&after, dir, "git -C r for-each-ref"), 0);
	assert_string_equal(gm_buf_str(&before), gm_buf_str(&after));
	assert_int_equal(shell(NULL, dir,
				 "cd r && git fsck --strict && git rev-list --all "
				 "--objects >/dev/null && "
				 "for f in new_packed new_loose needed young; do "
				 "git cat-file -e $(cat ../$f) || exit 1; done && "
				 "for f in old_packed old_loose; do "
				 "! git cat-file -e $(cat ../$f) || exit 1; done && "
				 "test \"$(find refs -type f)\" = refs/heads/alias && "
				 "test $(ls objects/pack/*.pack | wc -l) = 2 && "
				 "test $(ls objects/pack/*.mtimes | wc -l) = 1 && "
				 "git update-ref refs/heads/b1 b2 && git fsck --strict"),
		0);
	free_repo(dir, repo);
}

static void without_pruning_everything_stays(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	gm_autobuf before = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	static const char list[] = "git -C r cat-file --batch-all-objects --batch-check";
	struct gm_git_gc_result result;
	const struct gm_git_gc_options options = {.prune = false};

	(void)state;
	assert_int_equal(shell(&before, dir, list), 0);
	for (int i = 0; i < 3; i++) {
		must(gm_git_gc(&result, repo, &options));
		assert_int_equal(result.n_dropped, 0);
		assert_int_equal(result.n_apart, 2);
	}
	assert_int_equal(shell(&after, dir, list), 0);
	assert_string_equal(gm_buf_str(&before), gm_buf_str(&after));
	assert_int_equal(shell(NULL, dir, "git -C r fsck --strict"), 0);
	free_repo(dir, repo);
}

static void the_ages_of_packed_objects_are_kept(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	struct gm_git_gc_result result;
	struct gm_git_gc_options options = {.prune = false};

	(void)state;
	must(gm_git_gc(&result, repo, &options));
	options.prune = true;
	options.expire = EXPIRE;
	must(gm_git_gc(&result, repo, &options));
	assert_int_equal(result.n_dropped, 2);
	assert_int_equal(shell(NULL, dir,
				 "cd r && ! git cat-file -e $(cat ../old_packed) && "
				 "git cat-file -e $(cat ../new_packed)"),
		0);
	free_repo(dir, repo);
}

static void a_dry_run_tells_and_does_nothing(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	gm_autobuf before = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	static const char list[] = "find r -type f ! -name lock | sort";
	struct gm_git_gc_result result;
	const struct gm_git_gc_options options = {
		.prune = true, .expire = EXPIRE, .pack_refs = true, .dry_run = true};

	(void)state;
	assert_int_equal(shell(&before, dir, list), 0);
	must(gm_git_gc(&result, repo, &options));
	assert_int_equal(result.n_dropped, 2);
	assert_int_equal(shell(&after, dir, list), 0);
	assert_string_equal(gm_buf_str(&before), gm_buf_str(&after));
	free_repo(dir, repo);
}

static void what_is_missing_or_damaged_stops_it(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	gm_autobuf before = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	static const char list[] = "find r/objects -type f | sort";
	struct gm_git_gc_result result;
	const struct gm_git_gc_options options = {.prune = true, .expire = INT64_MAX};

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"cd r && git unpack-objects <$(ls -S objects/pack/*.pack | head "
			"-1) "
			">/dev/null 2>&1; blob=$(git rev-parse b2:f) && "
			"mv objects/pack ../kept && mkdir objects/pack && "
			"for p in ../kept/*.pack; do git unpack-objects -q <$p; done && "
			"rm -f objects/$(echo $blob | sed 's,^..,&/,')"),
		0);
	assert_int_equal(shell(&before, dir, list), 0);
	assert_true(gm_git_gc(&result, repo, &options) < 0);
	assert_int_equal(shell(&after, dir, list), 0);
	assert_string_equal(gm_buf_str(&before), gm_buf_str(&after));
	free_repo(dir, repo);
}

static void a_worktree_of_git_keeps_us_from_pruning(void **state)
{
	struct gm_repo *repo;
	char *dir = make_repo(&repo);
	struct gm_git_gc_result result;
	struct gm_git_gc_options options = {.prune = true, .expire = EXPIRE};

	(void)state;
	assert_int_equal(shell(NULL, dir, "git -C r worktree add -q ../wt b1"), 0);
	assert_int_equal(gm_git_gc(&result, repo, &options), GM_ERROR);
	options.prune = false;
	must(gm_git_gc(&result, repo, &options));
	assert_int_equal(shell(NULL, dir, "git -C r fsck --strict"), 0);
	free_repo(dir, repo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_old_and_not_needed_goes),
		cmocka_unit_test(without_pruning_everything_stays),
		cmocka_unit_test(the_ages_of_packed_objects_are_kept),
		cmocka_unit_test(a_dry_run_tells_and_does_nothing),
		cmocka_unit_test(what_is_missing_or_damaged_stops_it),
		cmocka_unit_test(a_worktree_of_git_keeps_us_from_pruning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
