#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

#include "sync/push_plan.h"
#include "sync/remote.h"
#include "tests/unit/dag/merge_commits.h"

/*
 * FIRST - SECOND - THIRD, and ASIDE on FIRST; STRANGE is not here, OTHER is of no relation.
 */
enum {
	FIRST,
	SECOND,
	THIRD,
	ASIDE,
	OTHER,
	STRANGE,
	N_COMMITS,
};

struct world {
	struct memory_repo *repo;
	struct gm_oid commits[N_COMMITS];
	struct gm_refspec spec;
	struct gm_remote remote;
	struct gm_advertised_ref refs[8];
	struct gm_advertisement advertisement;
};

static int world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	void *repo;
	static const int parents[] = {-1, FIRST, SECOND, FIRST, -1};

	memory_repo_setup(&repo);
	world->repo = repo;
	must(gm_batch_begin(&batch, gm_repo_store(world->repo->repo)));
	for (int i = 0; i <= OTHER; i++)
		world->commits[i] = make_commit(world->repo, batch, &gm_oid_empty_tree,
			parents[i] < 0 ? NULL : &world->commits[parents[i]],
			parents[i] >= 0, i);
	memset(world->commits[STRANGE].bytes, 7, GM_OID_SIZE);
	world->spec =
		(struct gm_refspec){.source = (char *)(uintptr_t) "refs/gitmem/heads/*",
			.target = (char *)(uintptr_t) "refs/remotes/origin/*",
			.is_forced = true,
			.is_pattern = true};
	world->remote = (struct gm_remote){.name = (char *)(uintptr_t) "origin",
		.fetch = &world->spec,
		.n_fetch = 1,
		.scope = GM_SCOPE_SHARED};
	world->advertisement.refs = world->refs;
	*state = world;
	return 0;
}

static int world_teardown(void **state)
{
	struct world *world = *state;
	void *repo = world->repo;

	memory_repo_teardown(&repo);
	free(world);
	return 0;
}

/* The remote has a ref; in the order of names. */
static void has(struct world *world, const char *name, int commit)
{
	world->refs[world->advertisement.n++] = (struct gm_advertised_ref){
		.name = (char *)(uintptr_t)name, .oid = world->commits[commit]};
}

static int plan(struct gm_push_result *out, struct world *world,
	const struct gm_push_update *updates, size_t n, bool is_atomic)
{
	const struct gm_push_request request = {.remote = &world->remote,
		.updates = updates,
		.n = n,
		.is_atomic = is_atomic};
	const struct gm_push_planning planning = {.repo = world->repo->repo,
		.request = &request,
		.advertisement = &world->advertisement};

	return gm_push_plan(out, &planning);
}

/* What becomes of a commit (-1: a removal) that is to go to a ref. */
static void assert_judged(struct world *world, int commit, const char *ref,
	enum gm_pushed kind, const char *reason)
{
	gm_autopushresult out = GM_PUSH_RESULT_INIT;
	const struct gm_push_update update = {.local = commit < 0 ? NULL : "x",
		.oid = commit < 0 ? gm_oid_zero : world->commits[commit],
		.remote_ref = ref};

	must(plan(&out, world, &update, 1, false));
	assert_int_equal(out.n, 1);
	assert_int_equal(out.refs[0].kind, kind);
	if (reason)
		assert_string_equal(out.refs[0].reason, reason);
	else
		assert_null(out.refs[0].reason);
}

static void a_ref_moves_only_along_its_history(void **state)
{
	struct world *world = *state;

	has(world, "refs/heads/main", SECOND);
	assert_judged(world, THIRD, "refs/heads/main", GM_PUSHED_FAST_FORWARD, NULL);
	assert_judged(world, SECOND, "refs/heads/main", GM_PUSHED_UP_TO_DATE, NULL);
	assert_judged(
		world, FIRST, "refs/heads/main", GM_PUSHED_BEHIND, "non-fast-forward");
	assert_judged(
		world, ASIDE, "refs/heads/main", GM_PUSHED_BEHIND, "non-fast-forward");
	assert_judged(
		world, OTHER, "refs/heads/main", GM_PUSHED_BEHIND, "non-fast-forward");
	assert_judged(world, OTHER, "refs/heads/mai", GM_PUSHED_NEW, NULL);
}

static void what_is_not_here_is_fetched_first(void **state)
{
	struct world *world = *state;

	has(world, "refs/heads/main", STRANGE);
	assert_judged(world, THIRD, "refs/heads/main", GM_PUSHED_BEHIND, "fetch first");
	assert_judged(world, -1, "refs/heads/main", GM_PUSHED_REJECTED, "fetch first");
}

static void tags_never_move(void **state)
{
	struct world *world = *state;

	has(world, "refs/tags/v1", FIRST);
	assert_judged(
		world, SECOND, "refs/tags/v1", GM_PUSHED_REJECTED, "already exists");
	assert_judged(world, FIRST, "refs/tags/v1", GM_PUSHED_UP_TO_DATE, NULL);
	assert_judged(world, SECOND, "refs/tags/v2", GM_PUSHED_NEW, NULL);
}

static void what_is_there_can_be_removed(void **state)
{
	struct world *world = *state;

	has(world, "refs/heads/main", SECOND);
	assert_judged(world, -1, "refs/heads/main", GM_PUSHED_DELETED, NULL);
	assert_judged(world, -1, "refs/heads/none", GM_PUSHED_REJECTED,
		"remote ref does not exist");
}

static void odd_names_and_objects_that_are_missing_are_refused(void **state)
{
	struct world *world = *state;
	static const char *const names[] = {
		"main", "HEAD", "refs/heads/a..b", "refs/gitmem/rescue/x", "refs/heads/"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_autopushresult out = GM_PUSH_RESULT_INIT;
		const struct gm_push_update update = {.local = "x",
			.oid = world->commits[FIRST],
			.remote_ref = names[i]};
		assert_int_equal(plan(&out, world, &update, 1, false), GM_EINVALID);
	}
	gm_autopushresult out = GM_PUSH_RESULT_INIT;
	const struct gm_push_update missing = {.local = "x",
		.oid = world->commits[STRANGE],
		.remote_ref = "refs/heads/x"};
	assert_int_equal(plan(&out, world, &missing, 1, false), GM_ENOTFOUND);
	const struct gm_push_update twice[] = {{.local = "x",
						       .oid = world->commits[FIRST],
						       .remote_ref = "refs/heads/x"},
		{.local = "y",
			.oid = world->commits[SECOND],
			.remote_ref = "refs/heads/y"},
		{.local = "z",
			.oid = world->commits[THIRD],
			.remote_ref = "refs/heads/x"}};
	assert_int_equal(plan(&out, world, twice, 3, false), GM_EINVALID);
}

static void a_branch_is_made_of_commits_only(void **state)
{
	struct world *world = *state;
	gm_autopushresult out = GM_PUSH_RESULT_INIT;
	const struct gm_push_update updates[] = {
		{.local = "x", .oid = gm_oid_empty_tree, .remote_ref = "refs/heads/x"},
		{.local = "x", .oid = gm_oid_empty_tree, .remote_ref = "refs/tags/x"}};
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_oid tree;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo->repo)));
	must(gm_batch_write(&tree, batch, GM_OBJECT_TREE, "", 0));
	must(gm_batch_commit(batch));
	must(plan(&out, world, updates, 2, false));
	assert_int_equal(out.refs[0].kind, GM_PUSHED_REJECTED);
	assert_int_equal(out.refs[1].kind, GM_PUSHED_NEW);
}

static void an_atomic_push_is_held_up_by_one_ref(void **state)
{
	struct world *world = *state;
	gm_autopushresult behind = GM_PUSH_RESULT_INIT;
	gm_autopushresult rejected = GM_PUSH_RESULT_INIT;
	const struct gm_push_update updates[] = {{.local = "x",
							 .oid = world->commits[FIRST],
							 .remote_ref = "refs/heads/x"},
		{.local = "y",
			.oid = world->commits[ASIDE],
			.remote_ref = "refs/heads/y"},
		{.local = "z",
			.oid = world->commits[FIRST],
			.remote_ref = "refs/tags/z"}};

	has(world, "refs/heads/y", SECOND);
	has(world, "refs/tags/z", SECOND);
	must(plan(&behind, world, updates, 2, true));
	assert_int_equal(behind.refs[0].kind, GM_PUSHED_BEHIND);
	assert_int_equal(behind.refs[1].kind, GM_PUSHED_BEHIND);
	must(plan(&rejected, world, updates, 3, true));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(rejected.refs[i].kind, GM_PUSHED_REJECTED);
}

/* A tracking ref. */
static void knows(struct world *world, const char *name, int commit)
{
	const struct gm_ref_update update = {
		.name = name, .new_oid = world->commits[commit]};

	must(gm_ref_update(gm_repo_refs(world->repo->repo), world->repo->lock, &update));
}

static void refs_that_vanished_from_an_attached_remote_are_restored(void **state)
{
	struct world *world = *state;
	gm_autopushresult out = GM_PUSH_RESULT_INIT;
	const struct gm_push_update updates[] = {
		{.local = "x",
			.oid = world->commits[THIRD],
			.remote_ref = "refs/gitmem/heads/x"},
		{.local = "y",
			.oid = world->commits[ASIDE],
			.remote_ref = "refs/gitmem/heads/y"}};

	world->remote.is_attached = true;
	knows(world, "refs/remotes/origin/x", SECOND);
	knows(world, "refs/remotes/origin/y", SECOND);
	knows(world, "refs/remotes/origin/z", FIRST);
	knows(world, "refs/remotes/other/w", FIRST);
	has(world, "refs/heads/main", STRANGE);
	must(plan(&out, world, updates, 2, false));
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(out.refs[i].kind, GM_PUSHED_RESTORED);
	assert_true(gm_oid_equal(&out.refs[0].new_oid, &world->commits[THIRD]));
	/* What ours does not have comes back first, to be merged. */
	assert_true(gm_oid_equal(&out.refs[1].new_oid, &world->commits[SECOND]));
	assert_string_equal(out.refs[2].remote_ref, "refs/gitmem/heads/z");
}

static void one_branch_that_was_removed_there_is_not_brought_back_unasked(void **state)
{
	struct world *world = *state;

	world->remote.is_attached = true;
	knows(world, "refs/remotes/origin/x", SECOND);
	knows(world, "refs/remotes/origin/z", FIRST);
	has(world, "refs/gitmem/heads/x", SECOND);
	assert_judged(world, THIRD, "refs/gitmem/heads/x", GM_PUSHED_FAST_FORWARD, NULL);
}

#define world_test(test) \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_ref_moves_only_along_its_history),
		world_test(what_is_not_here_is_fetched_first),
		world_test(tags_never_move),
		world_test(what_is_there_can_be_removed),
		world_test(odd_names_and_objects_that_are_missing_are_refused),
		world_test(a_branch_is_made_of_commits_only),
		world_test(an_atomic_push_is_held_up_by_one_ref),
		world_test(refs_that_vanished_from_an_attached_remote_are_restored),
		world_test(one_branch_that_was_removed_there_is_not_brought_back_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
