/*
 * Merging the file at one path, and that a merge driver which sees nothing else comes to the same
 * bytes as the merge of whole trees.
 */
#include "dag/file_merge.h"

#include "tests/unit/dag/merge_trees.h"
#include "tests/unit/dag/random_tree.h"

#define SEED 20261128u
#define CASES 3000u

/* Let the driver merge texts; `base` may be NULL. Returns what it says. */
static int drive(struct gm_file_merge *out, const char *base, const char *ours,
	const char *theirs, const char *path)
{
	const struct gm_text base_text = {base, base ? strlen(base) : 0};
	const struct gm_text our_text = {ours, strlen(ours)};
	const struct gm_text their_text = {theirs, strlen(theirs)};
	const struct gm_file_merge_input input = {.base = base ? &base_text : NULL,
		.ours = &our_text,
		.theirs = &their_text};
	const char *why = NULL;
	int rc = gm_file_merge_driver(out, &why, &input, path);

	must(rc);
	assert_true(rc == 1 || why);
	return rc;
}

static void texts_merge_by_lines(void **state)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;

	(void)state;
	assert_int_equal(
		drive(&merge, "1\n2\n3\n", "one\n2\n3\n", "1\n2\n3\n4\n", "f"), 1);
	assert_string_equal(merge.bytes.ptr, "one\n2\n3\n4\n");
	assert_int_equal(drive(&merge, "1\n", "one\n", "ONE\n", "f"), 0);
	assert_int_equal(drive(&merge, NULL, "one\n", "ONE\n", "f"), 0);
}

static void put(
	struct gm_buf *out, unsigned n, const char *key, const char *content, int edited)
{
	gm_autorecord record = GM_RECORD_INIT;

	make_memory(&record, n, key, content, edited);
	memory_text(out, &record);
}

static void records_merge_by_fields(void **state)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT), ours = GM_BUF_INIT(GM_BUF_TEXT),
		   theirs = GM_BUF_INIT(GM_BUF_TEXT), wanted = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	put(&base, 1, "k", "1\n2\n3", 0);
	put(&ours, 1, "k", "one\n2\n3", 1);
	put(&theirs, 1, "k", "1\n2\nthree", 2);
	put(&wanted, 1, "k", "one\n2\nthree", 2);
	assert_int_equal(drive(&merge, base.ptr, ours.ptr, theirs.ptr, "keys/k.md"), 1);
	assert_string_equal(merge.bytes.ptr, wanted.ptr);
	/* Where no memory lies it is text, and both changed the line of its time. */
	assert_int_equal(drive(&merge, base.ptr, ours.ptr, theirs.ptr, "k.md"), 0);
}

static void a_memory_that_moves_is_not_for_the_driver(void **state)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_TEXT), ours = GM_BUF_INIT(GM_BUF_TEXT),
		   theirs = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	put(&base, 1, "k", "text", 0);
	put(&ours, 1, "moved", "text", 1);
	put(&theirs, 1, "k", "text\nmore", 2);
	assert_int_equal(drive(&merge, base.ptr, ours.ptr, theirs.ptr, "keys/k.md"), 0);
	assert_int_equal(
		drive(&merge, base.ptr, ours.ptr, theirs.ptr, "keys/moved.md"), 1);
}

static void new_memories_under_one_key_become_one(void **state)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT), theirs = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	put(&ours, 2, "k", "text", 0);
	put(&theirs, 1, "k", "text", 0);
	assert_int_equal(drive(&merge, "", ours.ptr, theirs.ptr, "keys/k.md"), 1);
	assert_string_equal(merge.bytes.ptr, theirs.ptr);
	/* One that was edited may have been there before. */
	put(&ours, 2, "k", "text", 1);
	assert_int_equal(drive(&merge, "", ours.ptr, theirs.ptr, "keys/k.md"), 0);
}

static void a_record_and_a_text_are_not_for_the_driver(void **state)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	put(&ours, 1, "k", "text", 0);
	assert_int_equal(drive(&merge, "", ours.ptr, "just text\n", "keys/k.md"), 0);
	assert_true(merge.ours_stands);
	assert_int_equal(drive(&merge, "", "just text\n", ours.ptr, "keys/k.md"), 0);
	assert_false(merge.ours_stands);
}

static bool has_lost_a_key(const struct gm_tree_merge *merge)
{
	for (size_t i = 0; i < merge->n; i++)
		if (merge->entries[i].note &&
			!strncmp(merge->entries[i].note, "its key", 7))
			return true;
	return false;
}

/* Compare both at every path that git would call the driver for; how often it could merge. */
static unsigned compare(struct merge_trees *trees, const struct random_tree *base,
	const struct random_tree *ours, const struct random_tree *theirs, unsigned seed)
{
	unsigned n = 0;

	for (size_t i = 0; i < ours->n; i++) {
		gm_autofilemerge merge = GM_FILE_MERGE_INIT;
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		const struct tree_file *our = &ours->files[i];
		const struct tree_file *their = tree_find(theirs, our->path);
		const struct tree_file *was = tree_find(base, our->path);
		bool is_plain = their && our->mode != 0120000 && their->mode != 0120000;
		if (!is_plain || !strcmp(our->text, their->text) ||
			(was &&
				(was->mode == 0120000 || !strcmp(was->text, our->text) ||
					!strcmp(was->text, their->text))))
			continue;
		if (!drive(&merge, was ? was->text : NULL, our->text, their->text,
			    our->path))
			continue;
		n++;
		if (!read_path(&bytes, trees, &trees->merge.tree, our->path) ||
			strcmp(gm_buf_str(&bytes), gm_buf_str(&merge.bytes)) != 0)
			fail_msg("seed %u: '%s' differs: driver\n%s\ntrees\n%s", seed,
				our->path, gm_buf_str(&merge.bytes), gm_buf_str(&bytes));
	}
	return n;
}

static unsigned try_case(struct merge_trees *trees, unsigned seed)
{
	struct random_tree lists[3] = {{.n = 0}};
	static const char *const names[] = {"base", "A", "B"};
	unsigned n = 0;

	for (unsigned i = 0; i < 3; i++) {
		random_tree_copy(&lists[i], &lists[0]);
		for (unsigned op = 0; op < 5; op++) {
			struct tree_writer writer = {.name = names[i],
				.number = i,
				.seed = seed * 16 + i * 5 + op,
				.op = op,
				.by_hand = i};
			if (i)
				change_random_tree(&lists[i], &writer);
			else
				add_random_memory(&lists[i], &writer);
		}
	}
	trees->base = tree_write(trees->batch, &lists[0]);
	trees->ours = tree_write(trees->batch, &lists[1]);
	trees->theirs = tree_write(trees->batch, &lists[2]);
	merge_with(trees, NULL);
	/* That a key is lost to another memory is more than one file can tell. */
	if (!has_lost_a_key(&trees->merge))
		n = compare(trees, &lists[0], &lists[1], &lists[2], seed);
	for (int i = 0; i < 3; i++)
		random_tree_reset(&lists[i]);
	return n;
}

static void what_the_driver_merges_the_trees_have_byte_for_byte(void **state)
{
	struct merge_trees *trees = *state;
	unsigned n = 0;

	print_message("# seeds %u to %u\n", SEED, SEED + CASES - 1);
	for (unsigned i = 0; i < CASES; i++) {
		n += try_case(trees, SEED + i);
		gm_batch_free(trees->batch);
		must(gm_batch_begin(&trees->batch, gm_repo_store(trees->world->repo)));
	}
	print_message("# %u files merged both ways\n", n);
	assert_true(n > CASES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_merge_by_lines),
		cmocka_unit_test(records_merge_by_fields),
		cmocka_unit_test(a_memory_that_moves_is_not_for_the_driver),
		cmocka_unit_test(new_memories_under_one_key_become_one),
		cmocka_unit_test(a_record_and_a_text_are_not_for_the_driver),
		cmocka_unit_test_setup_teardown(
			what_the_driver_merges_the_trees_have_byte_for_byte,
			merge_trees_setup, merge_trees_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
