#include "objstore/pack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/objstore/git_repo.h"

/* Make a repository, treat it with a git command, and read all of it. */
static void assert_reads_like_git(const char *treatment)
{
	char *dir = scratch_new();
	gm_autofree char *repo = gm_path_join(dir, "r");

	git_repo_make(dir, treatment);
	struct gm_store *store = git_repo_open(dir, "r/.git/objects");
	git_repo_assert_same(store, repo);
	git_repo_assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void loose_objects_of_git_are_read(void **state)
{
	(void)state;
	assert_reads_like_git(":");
}

static void a_repository_after_gc_is_read(void **state)
{
	(void)state;
	assert_reads_like_git("git gc -q");
}

static void long_chains_of_deltas_are_read(void **state)
{
	(void)state;
	assert_reads_like_git("git repack -q -adf --depth=50 --window=50 &&"
			      " git verify-pack -v .git/objects/pack/*.idx | grep -q "
			      "'chain length = 6'");
}

static void several_packs_and_loose_objects_are_read(void **state)
{
	(void)state;
	assert_reads_like_git("git rev-list --objects v4 | git pack-objects -q "
			      ".git/objects/pack/pack &&"
			      "git rev-list --objects v8 | git pack-objects -q "
			      ".git/objects/pack/pack &&"
			      "git prune-packed -q");
}

static void ref_deltas_are_read(void **state)
{
	(void)state;
	/* Without --delta-base-offset bases are named. */
	assert_reads_like_git(
		"git config repack.useDeltaBaseOffset false && git repack -q -adf &&"
		"git verify-pack -v .git/objects/pack/*.idx | grep -q 'chain length'");
}

static void an_index_of_version_1_is_read(void **state)
{
	(void)state;
	assert_reads_like_git("git repack -q -ad && cd .git/objects/pack && chmod u+w "
			      "*.idx && rm -f *.rev &&"
			      "git index-pack --index-version=1 *.pack && test \"$(head "
			      "-c 4 *.idx | od -An -c | tr -d ' ')\" "
			      "!= '377tOc'");
}

static void an_index_with_64_bit_offsets_is_read(void **state)
{
	(void)state;
	/* Offsets above the given one go to the table of large ones. */
	assert_reads_like_git(
		"git repack -q -ad && cd .git/objects/pack && chmod u+w *.idx &&"
		"rm -f *.rev && git index-pack --index-version=2,0x100 *.pack");
}

static void a_multi_pack_index_does_not_disturb(void **state)
{
	(void)state;
	assert_reads_like_git("git rev-list --objects v4 | git pack-objects -q "
			      ".git/objects/pack/pack &&"
			      "git repack -q -d && git multi-pack-index write && git "
			      "commit-graph write");
}

static void alternates_are_read(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *clone = gm_path_join(dir, "c");

	(void)state;
	git_repo_make(dir,
		"git gc -q && cd .. && git clone -q --shared r b && git clone -q "
		"--shared b c &&"
		"cd c && echo new > new && git add new && git commit -q -m new");
	struct gm_store *store = git_repo_open(dir, "c/.git/objects");
	git_repo_assert_same(store, clone);
	gm_store_free(store);
	scratch_remove(dir);
}

static void relative_alternates_comments_and_circles_are_fine(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *repo = gm_path_join(dir, "r");
	static const char lines[] = "# borrowed\n\n../gone\n../r/.git/objects\n../own";
	static const char back[] = "../../../own\n";

	(void)state;
	git_repo_make(dir, NULL);
	scratch_write(dir, "own/info/alternates", lines, sizeof(lines) - 1);
	scratch_write(dir, "r/.git/objects/info/alternates", back, sizeof(back) - 1);
	struct gm_store *store = git_repo_open(dir, "own");
	git_repo_assert_same(store, repo);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_pack_that_replaces_others_meanwhile_is_found(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *repo = gm_path_join(dir, "r");
	struct gm_oid oid;

	(void)state;
	git_repo_make(dir, "git repack -q -d");
	struct gm_store *store = git_repo_open(dir, "r/.git/objects");
	memset(&oid, 0x55, sizeof(oid));
	assert_int_equal(gm_store_exists(store, &oid), 0); /* the packs are known now */
	assert_int_equal(
		shell(NULL, repo,
			"echo new > new && git add . && git commit -q -m new && git gc -q"
			" --prune=now && git count-objects | grep -q '^0 objects'"),
		0);
	git_repo_assert_same(store, repo);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_pack_that_was_opened_outlives_its_file(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *repo = gm_path_join(dir, "r");
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	git_repo_make(dir, "git gc -q");
	struct gm_store *store = git_repo_open(dir, "r/.git/objects");
	git_repo_assert_same(store, repo);
	assert_int_equal(
		shell(&all, repo, "git cat-file --batch-all-objects --batch"), 0);
	assert_int_equal(shell(NULL, repo, "rm -rf .git/objects/pack/*"), 0);
	for (const char *at = all.ptr; at < all.ptr + all.size;)
		at = git_repo_compare(store, at);
	gm_store_free(store);
	scratch_remove(dir);
}

static void refreshing_a_pack_sets_its_time(void **state)
{
	char *dir = scratch_new();
	gm_autobuf base = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_pack *pack;
	struct stat st;

	(void)state;
	git_repo_make(dir, "git gc -q && touch -d 2001-01-01 .git/objects/pack/*");
	assert_int_equal(shell(&base, dir, "ls $PWD/r/.git/objects/pack/*.pack"), 0);
	base.size -= strlen(".pack\n");
	base.ptr[base.size] = '\0';
	must(gm_pack_new(&pack, base.ptr));
	assert_int_equal(gm_pack_refresh(pack), 1);
	must(gm_buf_puts(&base, ".pack"));
	assert_int_equal(stat(base.ptr, &st), 0);
	assert_true(st.st_mtime > 1500000000);
	assert_int_equal(unlink(base.ptr), 0);
	assert_int_equal(gm_pack_refresh(pack), 0);
	must(gm_file_write(base.ptr, "", 0));
	assert_int_equal(gm_pack_refresh(pack), 1);
	gm_pack_free(pack);

	/* Objects in a cruft pack have times of their own. */
	base.size -= strlen(".pack");
	base.ptr[base.size] = '\0';
	must(gm_pack_new(&pack, base.ptr));
	must(gm_buf_puts(&base, ".mtimes"));
	must(gm_file_write(base.ptr, "", 0));
	assert_int_equal(gm_pack_refresh(pack), 0);
	gm_pack_free(pack);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loose_objects_of_git_are_read),
		cmocka_unit_test(a_repository_after_gc_is_read),
		cmocka_unit_test(long_chains_of_deltas_are_read),
		cmocka_unit_test(several_packs_and_loose_objects_are_read),
		cmocka_unit_test(ref_deltas_are_read),
		cmocka_unit_test(an_index_of_version_1_is_read),
		cmocka_unit_test(an_index_with_64_bit_offsets_is_read),
		cmocka_unit_test(a_multi_pack_index_does_not_disturb),
		cmocka_unit_test(alternates_are_read),
		cmocka_unit_test(relative_alternates_comments_and_circles_are_fine),
		cmocka_unit_test(a_pack_that_replaces_others_meanwhile_is_found),
		cmocka_unit_test(a_pack_that_was_opened_outlives_its_file),
		cmocka_unit_test(refreshing_a_pack_sets_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
