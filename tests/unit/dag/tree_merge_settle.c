/*
 * How conflicts are settled: by a side that is favoured, or by what a person said.
 */
#include "tests/unit/dag/merge_trees.h"

#define ID_1 "018f0000-0000-7000-8000-000000000001"

static void put_as(struct merge_trees *trees, struct gm_oid *tree, const char *agent,
	const char *content, int edited)
{
	gm_autorecord record = GM_RECORD_INIT;

	make_memory(&record, 1, NULL, content, edited);
	must(gm_record_set_text(&record.agent, agent));
	put_record(trees, tree, &record);
}

/* Memory 1 with a conflict in a field and, in two lines that both changed, in its text. */
static void make_conflict(struct merge_trees *trees)
{
	put_as(trees, &trees->base, NULL, "1\n2\n3\n4\n5", 0);
	trees->ours = trees->theirs = trees->base;
	put_as(trees, &trees->ours, "us", "ours\n2\n3\n4\nfive", 1);
	put_as(trees, &trees->theirs, "them", "theirs\n2\n3\n4\n5", 2);
}

static void assert_memory(
	struct merge_trees *trees, const char *agent, const char *content)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autofree char *place = place_of(1);

	read_memory(&record, trees, place);
	assert_string_equal(record.agent, agent);
	assert_string_equal(record.content, content);
}

static void a_favoured_side_wins_without_a_sibling(void **state)
{
	struct merge_trees *trees = *state;

	make_conflict(trees);
	merge_with(trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_OURS});
	assert_files(trees, 1);
	assert_memory(trees, "us", "ours\n2\n3\n4\nfive");
	assert_int_equal(trees->merge.n_conflicts, 0);
	merge_with(
		trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_THEIRS});
	assert_files(trees, 1);
	assert_memory(trees, "them", "theirs\n2\n3\n4\nfive");
	assert_what(trees, 1, GM_MERGE_MERGED);
}

static void favouring_one_side_is_favouring_the_other_of_the_swapped(void **state)
{
	struct merge_trees *trees = *state;

	make_conflict(trees);
	put_memory(trees, &trees->ours, 2, "Key", "a", 1);
	put_memory(trees, &trees->theirs, 3, "key", "b", 2);
	put_file(trees, &trees->ours, "f", "ours\n");
	put_file(trees, &trees->theirs, "f", "theirs\n");
	merge_with(trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_OURS});
	struct gm_oid one = trees->merge.tree;
	struct gm_oid ours = trees->ours;
	trees->ours = trees->theirs;
	trees->theirs = ours;
	merge_with(
		trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_THEIRS});
	assert_memory_equal(&trees->merge.tree, &one, sizeof(one));
	assert_path(trees, "f", "ours\n");
	assert_content(trees, "keys/Key.md", "a");
	assert_files(trees, 4);
}

static void files_that_are_no_text_are_taken_from_the_favoured_side(void **state)
{
	struct merge_trees *trees = *state;

	put_mode(trees, &trees->ours, "link", 0120000, "there");
	put_mode(trees, &trees->theirs, "link", 0120000, "elsewhere");
	merge_with(trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_OURS});
	assert_files(trees, 1);
	assert_path(trees, "link", "there");
	merge_with(
		trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_THEIRS});
	assert_path(trees, "link", "elsewhere");
}

static void by_hand_every_lost_value_is_a_conflict(void **state)
{
	struct merge_trees *trees = *state;
	const struct gm_tree_merge_options manual = {.strategy = GM_STRATEGY_MANUAL};

	put_as(trees, &trees->base, NULL, "text", 0);
	trees->ours = trees->theirs = trees->base;
	put_as(trees, &trees->ours, "us", "text", 1);
	put_as(trees, &trees->theirs, "them", "text", 2);
	merge_with(trees, NULL);
	assert_int_equal(trees->merge.n_conflicts, 0);
	merge_with(trees, &manual);
	assert_int_equal(trees->merge.n_conflicts, 1);
	assert_what(trees, 1, GM_MERGE_CONFLICT);
	assert_memory(trees, "them", "text");
}

static void what_is_decided_by_a_rule_is_no_conflict_by_hand(void **state)
{
	struct merge_trees *trees = *state;
	const struct gm_tree_merge_options manual = {.strategy = GM_STRATEGY_MANUAL};
	gm_autorecord record = GM_RECORD_INIT;

	put_memory(trees, &trees->base, 1, NULL, "text", 0);
	make_memory(&record, 1, NULL, "text", 1);
	record.importance = 0.9;
	trees->ours = trees->theirs = trees->base;
	put_record(trees, &trees->ours, &record);
	make_memory(&record, 1, NULL, "text", 2);
	record.importance = 0.6;
	put_record(trees, &trees->theirs, &record);
	merge_with(trees, &manual);
	assert_int_equal(trees->merge.n_conflicts, 0);
	assert_what(trees, 1, GM_MERGE_MERGED);
}

/* Merge by hand with one resolution for memory 1. */
static void resolve(struct merge_trees *trees, enum gm_resolution_take take,
	const struct gm_record *record)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	if (record)
		memory_text(&text, record);
	const struct gm_merge_resolution resolution = {
		ID_1, take, gm_buf_str(&text), text.size};
	const struct gm_tree_merge_options options = {.strategy = GM_STRATEGY_MANUAL,
		.resolutions = &resolution,
		.n_resolutions = 1};
	merge_with(trees, &options);
	assert_int_equal(trees->merge.n_conflicts, 0);
	assert_true(entry_of(trees, 1, NULL)->resolved);
}

static void a_conflict_is_settled_by_a_side_or_by_a_text(void **state)
{
	struct merge_trees *trees = *state;
	gm_autorecord record = GM_RECORD_INIT;

	make_conflict(trees);
	merge_with(
		trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_MANUAL});
	assert_int_equal(trees->merge.n_conflicts, 1);
	resolve(trees, GM_TAKE_OURS, NULL);
	assert_files(trees, 1);
	assert_memory(trees, "us", "ours\n2\n3\n4\nfive");
	assert_what(trees, 1, GM_MERGE_OURS);
	resolve(trees, GM_TAKE_THEIRS, NULL);
	assert_files(trees, 1);
	assert_memory(trees, "them", "theirs\n2\n3\n4\n5");
	make_memory(&record, 1, "k", "settled", 3);
	resolve(trees, GM_TAKE_BYTES, &record);
	assert_files(trees, 1);
	assert_content(trees, "keys/k.md", "settled");
}

static void a_side_that_removed_it_can_be_taken(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->base, 1, NULL, "text", 0);
	put_memory(trees, &trees->base, 2, NULL, "other", 0);
	trees->ours = trees->theirs = trees->base;
	drop_memory(trees, &trees->ours, 1);
	put_memory(trees, &trees->ours, 2, NULL, "changed", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "changed", 1);
	resolve(trees, GM_TAKE_OURS, NULL);
	assert_files(trees, 1);
	assert_what(trees, 1, GM_MERGE_REMOVED);
	resolve(trees, GM_TAKE_THEIRS, NULL);
	assert_files(trees, 2);
}

static void of_two_that_became_one_either_can_be_taken(void **state)
{
	struct merge_trees *trees = *state;
	gm_autorecord record = GM_RECORD_INIT;

	put_memory(trees, &trees->ours, 1, "k", "ours", 0);
	put_memory(trees, &trees->theirs, 2, "k", "theirs", 0);
	const struct gm_merge_resolution resolution = {ID_1, GM_TAKE_THEIRS, NULL, 0};
	const struct gm_tree_merge_options options = {.strategy = GM_STRATEGY_MANUAL,
		.resolutions = &resolution,
		.n_resolutions = 1};
	merge_with(trees, &options);
	assert_files(trees, 1);
	assert_what(trees, 2, GM_MERGE_THEIRS);
	read_memory(&record, trees, "keys/k.md");
	assert_string_equal(record.id, "018f0000-0000-7000-8000-000000000002");
}

static void a_resolution_must_be_a_record_of_that_memory(void **state)
{
	struct merge_trees *trees = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autorecord record = GM_RECORD_INIT;

	make_conflict(trees);
	make_memory(&record, 2, NULL, "another", 0);
	memory_text(&text, &record);
	struct gm_merge_resolution resolution = {
		ID_1, GM_TAKE_BYTES, gm_buf_str(&text), text.size};
	const struct gm_tree_merge_options options = {.strategy = GM_STRATEGY_AUTO,
		.resolutions = &resolution,
		.n_resolutions = 1};
	assert_int_equal(gm_trees_merge(&trees->merge, trees->batch, &trees->base,
				 &trees->ours, &trees->theirs, &options),
		GM_EINVALID);
	resolution.bytes = "no record\n";
	resolution.size = strlen(resolution.bytes);
	assert_int_equal(gm_trees_merge(&trees->merge, trees->batch, &trees->base,
				 &trees->ours, &trees->theirs, &options),
		GM_EINVALID);
}

static void a_file_is_settled_by_its_path(void **state)
{
	struct merge_trees *trees = *state;
	const struct gm_merge_resolution resolution = {"f", GM_TAKE_BYTES, "both\n", 5};
	const struct gm_tree_merge_options options = {.strategy = GM_STRATEGY_MANUAL,
		.resolutions = &resolution,
		.n_resolutions = 1};

	put_file(trees, &trees->ours, "f", "ours\n");
	put_file(trees, &trees->theirs, "f", "theirs\n");
	merge_with(
		trees, &(struct gm_tree_merge_options){.strategy = GM_STRATEGY_MANUAL});
	assert_int_equal(trees->merge.n_conflicts, 1);
	merge_with(trees, &options);
	assert_int_equal(trees->merge.n_conflicts, 0);
	assert_files(trees, 1);
	assert_path(trees, "f", "both\n");
}

/* What was settled when there was a conflict means nothing when there is none any more. */
static void a_resolution_without_a_conflict_is_ignored(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);
	const struct gm_merge_resolution resolution = {ID_1, GM_TAKE_OURS, NULL, 0};
	const struct gm_tree_merge_options options = {.strategy = GM_STRATEGY_MANUAL,
		.resolutions = &resolution,
		.n_resolutions = 1};

	put_memory(trees, &trees->base, 1, NULL, "text", 0);
	trees->ours = trees->theirs = trees->base;
	put_file(trees, &trees->ours, "f", "f\n");
	put_memory(trees, &trees->theirs, 1, NULL, "changed", 1);
	merge_with(trees, &options);
	assert_content(trees, place, "changed");
	assert_false(entry_of(trees, 1, NULL)->resolved);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, merge_trees_setup, merge_trees_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_favoured_side_wins_without_a_sibling),
		test(favouring_one_side_is_favouring_the_other_of_the_swapped),
		test(files_that_are_no_text_are_taken_from_the_favoured_side),
		test(by_hand_every_lost_value_is_a_conflict),
		test(what_is_decided_by_a_rule_is_no_conflict_by_hand),
		test(a_conflict_is_settled_by_a_side_or_by_a_text),
		test(a_side_that_removed_it_can_be_taken),
		test(of_two_that_became_one_either_can_be_taken),
		test(a_resolution_must_be_a_record_of_that_memory),
		test(a_file_is_settled_by_its_path),
		test(a_resolution_without_a_conflict_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
