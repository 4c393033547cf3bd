#include "dag/reachable.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/support.h"

struct world {
	char *dir;
	struct gm_repo *repo;
};

/* Branches, merges, tags of all kinds, a reflog with more than the refs have, ORIG_HEAD. */
static const char make_repository[] =
	"git init -q -b main r && cd r && mkdir -p d/e d/f &&"
	"for i in 1 2 3 4 5 6; do"
	"  echo $i >a; echo x$i >d/e/b; echo y$(( i / 3 )) >d/f/c; git add . &&"
	"  git commit -q -m c$i --date=@$(( 1700000000 + i )) || exit 1;"
	"done &&"
	"git tag -a -m t v1 main~2 && git -c advice.nestedTag=false tag -a -m t nested "
	"v1 &&"
	"git tag blob $(git rev-parse main:a) && git tag tree main~1:d &&"
	"git checkout -q -b topic main~3 && echo t >t && git add . && git commit -q -m t "
	"&&"
	"git merge -q -m m main && git checkout -q --detach &&"
	"echo lost >lost && git add . && git commit -q -m lost &&"
	"git checkout -q main && git reset -q --hard HEAD~1 &&"
	"git rev-parse topic >.git/FETCH_HEAD && git branch -q -D topic";

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->dir = scratch_new();
	assert_int_equal(shell(NULL, world->dir, make_repository), 0);
	gm_autofree char *path = gm_path_join(world->dir, "r/.git");
	must(gm_repo_open(&world->repo, path));
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_repo_free(world->repo);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

static void walk(struct gm_reachable **out, struct world *world)
{
	must(gm_reachable_new(out, gm_repo_store(world->repo)));
	must(gm_reachable_add_roots(*out, world->repo));
	must(gm_reachable_walk(*out, NULL));
	must(gm_reachable_arrange(*out));
}

/* What git says of them all, a line for each: ID TYPE PATH. */
static void ask_git(struct gm_buf *out, struct world *world)
{
	assert_int_equal(shell(out, world->dir,
				 "cd r && git rev-list --objects --all --reflog $(cat "
				 ".git/*_HEAD) |"
				 "git cat-file --batch-check='%(objectname) "
				 "%(objecttype) %(rest)'"),
		0);
}

static void everything_git_finds_is_found_once(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n = 0;

	walk(&reachable, world);
	ask_git(&expected, world);
	for (const char *at = gm_buf_str(&expected); *at; at = strchr(at, '\n') + 1) {
		struct gm_oid oid;
		assert_true(gm_oid_parse(&oid, at, GM_OID_HEX - 1));
		if (!gm_reachable_has(reachable, &oid))
			fail_msg("not found: %.60s", at);
		n++;
	}
	assert_int_equal(gm_reachable_n(reachable), n);
	assert_true(n > 30);
}

static unsigned rank_of(enum gm_object_type type)
{
	return type == GM_OBJECT_COMMIT  ? 0
		: type == GM_OBJECT_TAG  ? 1
		: type == GM_OBJECT_TREE ? 2
					 : 3;
}

static void types_paths_and_times_go_up(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	struct gm_reachable_object last = {.type = GM_OBJECT_COMMIT};
	gm_time time = INT64_MIN;
	size_t linked = 0;

	walk(&reachable, world);
	for (size_t i = 0; i < gm_reachable_n(reachable); i++) {
		struct gm_reachable_object object;
		gm_autocommit commit = GM_COMMIT_INIT;
		gm_reachable_at(&object, reachable, i);
		assert_true(rank_of(object.type) >= rank_of(last.type));
		if (object.type == GM_OBJECT_COMMIT && !object.may_lack) {
			must(gm_commit_read(
				&commit, gm_repo_store(world->repo), object.oid));
			assert_true(commit.committer.time >= time);
			time = commit.committer.time;
		} else if (object.type != GM_OBJECT_COMMIT && object.previous) {
			assert_true(object.path == last.path);
			assert_true(gm_oid_equal(object.previous, last.oid));
			linked++;
		}
		last = object;
	}
	assert_true(linked > 10);
}

static void versions_of_a_path_stand_on_each_other(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid before;
	struct gm_oid after;
	bool found = false;

	walk(&reachable, world);
	assert_int_equal(
		shell(&text, world->dir, "git -C r rev-parse main~4:d/e main~3:d/e"), 0);
	assert_true(gm_oid_parse(&before, text.ptr, GM_OID_HEX - 1));
	assert_true(gm_oid_parse(&after, text.ptr + GM_OID_HEX, GM_OID_HEX - 1));
	for (size_t i = 0; i < gm_reachable_n(reachable); i++) {
		struct gm_reachable_object object;
		gm_reachable_at(&object, reachable, i);
		if (gm_oid_equal(object.oid, &after)) {
			assert_non_null(object.previous);
			assert_true(gm_oid_equal(object.previous, &before));
			found = true;
		}
	}
	assert_true(found);
}

static void what_is_missing_below_a_ref_is_an_error(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;

	assert_int_equal(
		shell(NULL, world->dir,
			"cd r/.git/objects && "
			"f=$(git rev-parse main~1:d | sed 's|..|&/|') && rm -f $f"),
		0);
	must(gm_reachable_new(&reachable, gm_repo_store(world->repo)));
	must(gm_reachable_add_roots(reachable, world->repo));
	assert_int_equal(gm_reachable_walk(reachable, NULL), GM_ENOTFOUND);
}

static void what_is_missing_below_a_reflog_is_passed_over(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid oid;

	assert_int_equal(
		shell(&text, world->dir,
			"cd r/.git/objects && git rev-parse 'HEAD@{3}^{tree}' &&"
			"f=$(git rev-parse 'HEAD@{3}^{tree}' | sed 's|..|&/|') &&"
			"git log -1 --format=%s 'HEAD@{3}' && rm -f $f"),
		0);
	assert_true(gm_oid_parse(&oid, text.ptr, GM_OID_HEX - 1));
	assert_non_null(strstr(text.ptr, "\nm\n"));
	walk(&reachable, world);
	assert_true(gm_reachable_n(reachable) > 30);
}

static void a_broken_ref_is_an_error(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;

	scratch_write(world->dir, "r/.git/refs/heads/broken", "nonsense\n", 9);
	must(gm_reachable_new(&reachable, gm_repo_store(world->repo)));
	assert_int_equal(gm_reachable_add_roots(reachable, world->repo), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "refs/heads/broken"));
}

static void later_walks_add_what_is_new(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_reachable_object object;
	struct gm_oid oid;

	walk(&reachable, world);
	size_t n = gm_reachable_n(reachable);
	assert_int_equal(
		shell(&text, world->dir,
			"cd r && echo new >new && git add . && git commit -q -m n &&"
			"git rev-parse HEAD"),
		0);
	assert_true(gm_oid_parse(&oid, text.ptr, GM_OID_HEX - 1));
	must(gm_reachable_add(reachable, &oid, false));
	must(gm_reachable_walk(reachable, NULL));
	assert_int_equal(gm_reachable_n(reachable), n + 3);
	gm_reachable_at(&object, reachable, n);
	assert_true(gm_oid_equal(object.oid, &oid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			everything_git_finds_is_found_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			types_paths_and_times_go_up, setup, teardown),
		cmocka_unit_test_setup_teardown(
			versions_of_a_path_stand_on_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_missing_below_a_ref_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_missing_below_a_reflog_is_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_broken_ref_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(
			later_walks_add_what_is_new, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
