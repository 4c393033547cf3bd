#include "dag/merge.h"

#include "dag/record_diff.h"
#include "dag/tree.h"
#include "tests/unit/dag/memory_repo.h"

#define OTHER "refs/heads/other"
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, parted_setup, memory_repo_teardown)

static struct gm_oid tip_of(struct memory_repo *world, const char *ref)
{
	struct gm_oid oid;

	must(gm_ref_read(&oid, NULL, gm_repo_refs(world->repo), ref));
	return oid;
}

/* Commit memory number `n` with this text on a branch, which may be new and start at `start`. */
static void write_memory(struct memory_repo *world, const char *ref,
	const struct gm_oid *start, unsigned n, const char *text, int edited)
{
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	autochangelist list = {.n = 0};
	gm_autorecord record = GM_RECORD_INIT;
	gm_autofree char *key = gm_format("m%u", n);
	struct gm_transaction_options options = {.ref = ref,
		.author = &world->who,
		.committer = &world->who,
		.message = "write",
		.reflog_action = "commit"};

	struct gm_oid tip = start ? *start : gm_oid_zero;

	options.start = tip;
	(void)gm_ref_read(&tip, NULL, gm_repo_refs(world->repo), ref); /* if it exists */
	make_memory(&record, n, key, text, edited);
	change_memory(&list, NULL, &record);
	list.items[0].tip = tip;
	must(gm_transaction_commit(
		&result, world->repo, world->lock, list.items, list.n, &options));
	assert_true(result.committed);
}

/* main and other both come of a commit with memory 1, which they changed in conflict. */
static int parted_setup(void **state)
{
	int rc = memory_repo_setup(state);
	struct memory_repo *world = *state;

	write_memory(world, MAIN, NULL, 1, "base", 0);
	struct gm_oid base = tip_of(world, MAIN);
	write_memory(world, OTHER, &base, 1, "theirs", 2);
	write_memory(world, OTHER, NULL, 2, "new", 0);
	write_memory(world, MAIN, NULL, 1, "ours", 1);
	return rc;
}

static struct gm_merge_options options_of(struct memory_repo *world)
{
	return (struct gm_merge_options){.ref = MAIN, .theirs = tip_of(world, OTHER)};
}

static int make(struct gm_transaction_result *out, struct gm_merge *merge,
	struct memory_repo *world, const struct gm_merge_options *options)
{
	const struct gm_merge_record record = {.author = &world->who,
		.committer = &world->who,
		.message = "Merge branch 'other'\n",
		.moved = "merge other: Fast-forward",
		.committed = "merge other: merged"};

	return gm_merge_make(out, merge, world->repo, world->lock, options, &record);
}

static void assert_parents(struct memory_repo *world, const struct gm_oid *commit,
	const struct gm_oid *one, const struct gm_oid *two)
{
	gm_autocommit read = GM_COMMIT_INIT;

	must(gm_commit_read(&read, gm_repo_store(world->repo), commit));
	assert_int_equal(read.n_parents, 2);
	assert_true(gm_oid_equal(&read.parents[0], one));
	assert_true(gm_oid_equal(&read.parents[1], two));
}

/* The text of memory number `n` in a tree; "" where there is none. */
static void assert_text(struct memory_repo *world, const struct gm_oid *tree, unsigned n,
	const char *text)
{
	gm_autofree char *path = gm_format("keys/m%u.md", n);
	gm_autorecord record = GM_RECORD_INIT;
	struct gm_oid blob;
	unsigned mode;
	int rc = gm_tree_lookup(&blob, &mode, gm_repo_store(world->repo), tree, path);

	if (rc == 0)
		must(gm_record_read(&record, gm_repo_store(world->repo), &blob));
	assert_string_equal(record.content ? record.content : "", text);
}

static void a_merge_becomes_a_commit_with_two_parents(void **state)
{
	struct memory_repo *world = *state;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options = options_of(world);
	struct gm_oid tip = tip_of(world, MAIN);

	must(gm_merge_plan(&merge, world->repo, &options));
	assert_int_equal(merge.kind, GM_MERGE_TRUE);
	assert_int_equal(merge.trees.n_conflicts, 1);
	must(make(&result, &merge, world, &options));
	assert_true(result.committed);
	assert_parents(world, &result.commit, &tip, &options.theirs);
	assert_text(world, &result.tree, 1, "theirs");
	assert_text(world, &result.tree, 2, "new");
	assert_true(gm_oid_equal(&result.parent, &tip));
}

static void what_was_planned_before_the_branch_moved_is_planned_anew(void **state)
{
	struct memory_repo *world = *state;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options = options_of(world);

	must(gm_merge_plan(&merge, world->repo, &options));
	write_memory(world, MAIN, NULL, 3, "another writer", 0);
	struct gm_oid tip = tip_of(world, MAIN);
	must(make(&result, &merge, world, &options));
	assert_parents(world, &result.commit, &tip, &options.theirs);
	assert_text(world, &result.tree, 2, "new");
	assert_text(world, &result.tree, 3, "another writer");
}

static void what_was_a_fast_forward_may_have_become_a_merge(void **state)
{
	struct memory_repo *world = *state;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options = options_of(world);
	struct gm_oid tip = tip_of(world, MAIN);

	write_memory(world, "refs/heads/ahead", &tip, 5, "ahead", 0);
	options.theirs = tip_of(world, "refs/heads/ahead");
	must(gm_merge_plan(&merge, world->repo, &options));
	assert_int_equal(merge.kind, GM_MERGE_FAST_FORWARD);
	write_memory(world, MAIN, NULL, 4, "meanwhile", 0);
	must(make(&result, &merge, world, &options));
	assert_int_equal(merge.kind, GM_MERGE_TRUE);
	assert_text(world, &result.tree, 4, "meanwhile");
	assert_text(world, &result.tree, 5, "ahead");
}

static void a_branch_that_has_it_already_stays(void **state)
{
	struct memory_repo *world = *state;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options = options_of(world);
	struct gm_oid tip = tip_of(world, MAIN), now;

	options.theirs = tip;
	must(gm_merge_plan(&merge, world->repo, &options));
	assert_int_equal(merge.kind, GM_MERGE_UP_TO_DATE);
	must(make(&result, &merge, world, &options));
	assert_false(result.committed);
	now = tip_of(world, MAIN);
	assert_true(gm_oid_equal(&tip, &now));
}

static void a_plan_that_is_dropped_leaves_nothing(void **state)
{
	struct memory_repo *world = *state;
	struct gm_merge_options options = options_of(world);
	struct gm_oid tree;
	{
		gm_automerge merge = GM_MERGE_INIT;
		must(gm_merge_plan(&merge, world->repo, &options));
		tree = merge.trees.tree;
	}
	assert_int_equal(gm_store_exists(gm_repo_store(world->repo), &tree), 0);
}

static void settle(struct gm_merge_state *state, const struct gm_merge_entry *entry,
	enum gm_resolution_take take)
{
	const struct gm_settlement how = {.name = (char *)(uintptr_t)entry->id,
		.take = take,
		.bytes = GM_BUF_INIT(1),
		.ours = entry->ours,
		.theirs = entry->theirs};

	must(gm_merge_state_settle(state, &how));
}

/* Plan a merge by hand, and settle its one conflict. */
static void settle_by_hand(struct gm_merge_state *state, struct memory_repo *world,
	struct gm_merge_options *options)
{
	gm_automerge merge = GM_MERGE_INIT;

	*options = options_of(world);
	options->strategy = GM_STRATEGY_MANUAL;
	must(gm_merge_plan(&merge, world->repo, options));
	assert_true(gm_merge_is_unsettled(&merge, options));
	for (size_t i = 0; i < merge.trees.n; i++)
		if (merge.trees.entries[i].what == GM_MERGE_CONFLICT)
			settle(state, &merge.trees.entries[i], GM_TAKE_OURS);
	assert_int_equal(state->n, 1);
	options->settlements = state->settlements;
	options->n_settlements = state->n;
}

static void by_hand_it_is_made_when_all_is_settled(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate waiting = GM_MERGE_STATE_INIT;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options;

	settle_by_hand(&waiting, world, &options);
	options.n_settlements = 0;
	must(gm_merge_plan(&merge, world->repo, &options));
	must(make(&result, &merge, world, &options));
	assert_false(result.committed);
	gm_merge_dispose(&merge);
	options.n_settlements = waiting.n;
	must(gm_merge_plan(&merge, world->repo, &options));
	assert_false(gm_merge_is_unsettled(&merge, &options));
	must(make(&result, &merge, world, &options));
	assert_true(result.committed);
	assert_text(world, &result.tree, 1, "ours");
	assert_text(world, &result.tree, 2, "new");
}

static void what_was_settled_for_another_version_does_not_count(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate waiting = GM_MERGE_STATE_INIT;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options;

	settle_by_hand(&waiting, world, &options);
	write_memory(world, MAIN, NULL, 1, "changed since", 3);
	must(gm_merge_plan(&merge, world->repo, &options));
	assert_true(merge.stale[0]);
	assert_true(gm_merge_is_unsettled(&merge, &options));
	must(make(&result, &merge, world, &options));
	assert_false(result.committed);
}

static void assert_refused(struct memory_repo *world,
	const struct gm_merge_options *options, const char *why)
{
	gm_automerge merge = GM_MERGE_INIT;

	assert_int_equal(gm_merge_plan(&merge, world->repo, options), GM_ERROR);
	assert_string_equal(gm_error_last()->message, why);
}

static void what_the_options_forbid_is_refused(void **state)
{
	struct memory_repo *world = *state;
	struct gm_merge_options options = options_of(world);

	options.ff_only = true;
	assert_refused(world, &options, "not possible to fast-forward");
	write_memory(world, "refs/heads/lone", NULL, 9, "lone", 0);
	options.theirs = tip_of(world, "refs/heads/lone");
	assert_refused(world, &options, "refusing to merge unrelated histories");
	options.ff_only = false;
	assert_refused(world, &options, "refusing to merge unrelated histories");
	options.no_ff = true;
	options.ref = "refs/heads/unborn";
	assert_refused(
		world, &options, "a commit of a merge makes no sense on an empty branch");
}

static void unrelated_histories_are_merged_when_wanted(void **state)
{
	struct memory_repo *world = *state;
	gm_automerge merge = GM_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_merge_options options = options_of(world);

	write_memory(world, "refs/heads/lone", NULL, 9, "lone", 0);
	options.theirs = tip_of(world, "refs/heads/lone");
	options.allow_unrelated = true;
	must(gm_merge_plan(&merge, world->repo, &options));
	must(make(&result, &merge, world, &options));
	assert_text(world, &result.tree, 1, "ours");
	assert_text(world, &result.tree, 9, "lone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_merge_becomes_a_commit_with_two_parents),
		TEST(what_was_planned_before_the_branch_moved_is_planned_anew),
		TEST(what_was_a_fast_forward_may_have_become_a_merge),
		TEST(a_branch_that_has_it_already_stays),
		TEST(a_plan_that_is_dropped_leaves_nothing),
		TEST(by_hand_it_is_made_when_all_is_settled),
		TEST(what_was_settled_for_another_version_does_not_count),
		TEST(what_the_options_forbid_is_refused),
		TEST(unrelated_histories_are_merged_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
