#include "objstore/pack_build.h"

#include "objstore/own_objects.h"
#include "tests/unit/objstore/git_repo.h"

struct list {
	struct gm_oid oids[1000];
	size_t n;
};

static int gather(const struct gm_oid *oid, void *payload)
{
	struct list *list = payload;

	assert_true(list->n < 1000);
	list->oids[list->n++] = *oid;
	return 0;
}

static int count(size_t done, void *payload)
{
	size_t *n = payload;

	assert_int_equal(done, *n + 1);
	*n = done;
	return 0;
}

/* All objects of the repository of git_repo_make() in one pack in `DIR/ours`. */
static void build(const char *dir, struct list *list)
{
	struct gm_store *store = git_repo_open(dir, "r/.git/objects");
	gm_autofree char *target = gm_path_join(dir, "ours");
	gm_autofree char *base = NULL;
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	size_t n = 0;
	const struct gm_pack_build_options options = {
		.objects_dir = target, .progress = count, .payload = &n};

	list->n = 0;
	must(gm_store_each(store, gather, list));
	must(gm_pack_build(&keep, &base, store, list->oids, list->n, &options));
	assert_int_equal(n, list->n);
	assert_non_null(strstr(base, "ours/pack/pack-"));
	gm_pack_keep_release(&keep);
	gm_store_free(store);
}

static void git_finds_all_objects_in_a_pack_of_ours(void **state)
{
	char *dir = scratch_new();
	struct list list;

	(void)state;
	git_repo_make(dir, NULL);
	build(dir, &list);
	assert_int_equal(
		shell(NULL, dir,
			"git index-pack --strict -o git.idx ours/pack/*.pack && "
			"cmp git.idx ours/pack/*.idx && "
			"git verify-pack -v ours/pack/*.idx >list && "
			"grep -q 'chain length = 2' list && "
			"git init -q --bare b && cp ours/pack/* b/objects/pack/ && "
			"git -C b fetch -q ../r '+refs/*:refs/*' && git -C b fsck "
			"--strict"),
		0);
	scratch_remove(dir);
}

static void no_objects_make_no_pack(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = git_repo_open(dir, ".");
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	gm_autofree char *base = gm_strdup("x");
	const struct gm_pack_build_options options = {.objects_dir = dir};

	(void)state;
	gm_free(base);
	must(gm_pack_build(&keep, &base, store, NULL, 0, &options));
	assert_null(base);
	assert_int_equal(shell(NULL, dir, "test ! -e pack"), 0);
	gm_store_free(store);
	scratch_remove(dir);
}

static void one_that_is_missing_leaves_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = git_repo_open(dir, ".");
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	char *base = NULL;
	const struct gm_oid oid = {{1}};
	const struct gm_pack_build_options options = {.objects_dir = dir};

	(void)state;
	assert_int_equal(
		gm_pack_build(&keep, &base, store, &oid, 1, &options), GM_ENOTFOUND);
	assert_null(base);
	assert_int_equal(shell(NULL, dir, "test -z \"$(ls pack)\""), 0);
	gm_store_free(store);
	scratch_remove(dir);
}

/* Like git's, a chain has at most 50 deltas, however alike the objects are. */
static void chains_are_not_longer_than_fifty(void **state)
{
	char *dir = scratch_new();
	struct list list;

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"git init -q r && cd r && seq 1 400 >base && "
			"for i in $(seq 1 300); do (cat base; seq $i $((i + 9))) >f$i; "
			"done && git hash-object -w --stdin-paths <<-END >/dev/null\n"
			"$(ls -d $PWD/f*)\nEND\n"),
		0);
	build(dir, &list);
	assert_int_equal(list.n, 300);
	assert_int_equal(shell(NULL, dir,
				 "git verify-pack -v ours/pack/*.idx >list && "
				 "! grep -E '= (5[1-9]|[6-9][0-9]|[0-9]{3,}): ' list && "
				 "test $(grep -c 'chain length' list) -gt 5 && "
				 "test $(cat ours/pack/*.pack | wc -c) -lt 10000"),
		0);
	scratch_remove(dir);
}

static void own_objects_are_listed_by_where_they_lie(void **state)
{
	char *dir = scratch_new();
	gm_autoown own = GM_OWN_OBJECTS_INIT;
	size_t n[8] = {0};

	(void)state;
	git_repo_make(dir,
		"git repack -q -a -d && touch $(ls .git/objects/pack/*.pack | "
		"sed s/pack$/keep/) && git commit -q --allow-empty -m one && "
		"git repack -q -d && git commit -q --allow-empty -m two && "
		"git init -q --bare ../b && "
		"echo $PWD/.git/objects >../b/objects/info/alternates && "
		"echo x | git -C ../b hash-object -w --stdin");
	struct gm_store *store = git_repo_open(dir, "r/.git/objects");
	must(gm_own_objects_read(&own, store));
	for (size_t i = 0; i < own.n; i++)
		n[own.items[i].flags & 7]++;
	assert_int_equal(n[GM_OWN_LOOSE], 1);
	assert_int_equal(n[GM_OWN_PACKED], 1);
	assert_true(n[GM_OWN_KEPT] > 50);
	assert_int_equal(own.packs.n, 1);
	assert_int_equal(own.n_kept_packs, 1);
	assert_int_equal(own.n_loose, 1);
	gm_store_free(store);
	gm_own_objects_dispose(&own);
	own = (struct gm_own_objects)GM_OWN_OBJECTS_INIT;
	store = git_repo_open(dir, "b/objects");
	must(gm_own_objects_read(&own, store));
	assert_int_equal(own.n, 1);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(git_finds_all_objects_in_a_pack_of_ours),
		cmocka_unit_test(no_objects_make_no_pack),
		cmocka_unit_test(one_that_is_missing_leaves_nothing),
		cmocka_unit_test(chains_are_not_longer_than_fifty),
		cmocka_unit_test(own_objects_are_listed_by_where_they_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
