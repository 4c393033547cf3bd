/*
 * Every allocation of a merge failing, one after the other, each in a process of its own, as the
 * plan of the seam is read once: it fails with an error and leaves its output alone, or gives
 * the same tree. Empty without the seam.
 */
#include <stdio.h>

#include "tests/unit/dag/merge_trees.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

/* The failure begins behind what the test itself allocates. */
#define MOST 4000

/* A bit of everything: a sibling, keys that clash, a copy, a broken record, a file beside. */
static void make_trees(struct merge_trees *trees)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *place = place_of(3);

	for (unsigned n = 1; n <= 5; n++)
		put_memory(trees, &trees->base, n, NULL, "1\n2\n3", 0);
	trees->ours = trees->theirs = trees->base;
	put_memory(trees, &trees->ours, 1, NULL, "ours", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "theirs", 2);
	put_memory(trees, &trees->ours, 2, NULL, "one\n2\n3", 1);
	put_memory(trees, &trees->theirs, 2, NULL, "1\n2\nthree", 2);
	put_file(trees, &trees->theirs, place, "just text\n");
	put_memory(trees, &trees->ours, 6, "Key", "a", 0);
	put_memory(trees, &trees->theirs, 7, "key", "b", 1);
	put_memory(trees, &trees->ours, 8, "one", "same", 0);
	put_memory(trees, &trees->theirs, 9, "one", "same", 1);
	make_memory(&record, 4, NULL, "copied", 1);
	memory_text(&text, &record);
	put_file(trees, &trees->ours, "memories/copy.md", text.ptr);
	put_file(trees, &trees->ours, "notes", "ours\n");
	put_file(trees, &trees->theirs, "notes/a", "theirs\n");
	put_file(trees, &trees->ours, "README.md", "ours\n");
	put_file(trees, &trees->theirs, "README.md", "theirs\n");
}

/* 0: the tree is in the file; 1: failed with an error; 2: in any other way. */
static int child(const char *dir, const char *trees_text)
{
	struct gm_oid oids[3];
	gm_autotreemerge merge = GM_TREE_MERGE_INIT;
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autofree char *path = gm_format("%s/r/.gitmem", dir);
	int rc = path ? gm_repo_open(&repo, path) : GM_ENOMEM;

	for (int i = 0; i < 3; i++)
		if (!gm_oid_parse(&oids[i], trees_text + i * GM_OID_HEX, GM_OID_HEX - 1))
			return 3;
	if (rc == 0)
		rc = gm_batch_begin(&batch, gm_repo_store(repo));
	if (rc == 0)
		rc = gm_trees_merge(&merge, batch, &oids[0], &oids[1], &oids[2], NULL);
	if (rc < 0 && merge.entries)
		return 2;
	if (rc < 0)
		return gm_error_last()->code == (enum gm_errcode)rc &&
				*gm_error_last()->message
			? 1
			: 2;
	char hex[GM_OID_HEX];
	gm_oid_format(hex, &merge.tree);
	return write(STDOUT_FILENO, hex, GM_OID_HEX - 1) == GM_OID_HEX - 1 ? 0 : 2;
}

static int run_child(
	struct gm_buf *out, const char *dir, const char *plan, const char *trees_text)
{
	gm_autofree char *command =
		gm_format("GITMEM_FAULT=%s GITMEM_FAULT_REPORT=report "
			  "/proc/%d/exe %s %s",
			plan, (int)getpid(), dir, trees_text);

	gm_buf_reset(out);
	return shell(out, dir, command);
}

static void each_allocation_failing_fails_the_merge_or_changes_nothing(void **state)
{
	struct merge_trees *trees = *state;
	const char *dir = trees->world->dir;
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_TEXT), out = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[3][GM_OID_HEX];
	int failures = 0;

	make_trees(trees);
	must(gm_batch_commit(trees->batch));
	gm_oid_format(hex[0], &trees->base);
	gm_oid_format(hex[1], &trees->ours);
	gm_oid_format(hex[2], &trees->theirs);
	gm_autofree char *text = gm_format("%s,%s,%s", hex[0], hex[1], hex[2]);
	assert_int_equal(run_child(&wanted, dir, "none", text), 0);
	assert_int_equal(wanted.size, GM_OID_HEX - 1);
	for (int at = 1;; at = test_fault_after(at, 1 + at / 100)) {
		gm_autofree char *plan = gm_format("alloc:%d", at);
		gm_autobuf report = GM_BUF_INIT(GM_BUF_TEXT);
		int rc = run_child(&out, dir, plan, text);
		if (rc != 0 && rc != 1)
			fail_msg("%s: %d, %s", plan, rc, gm_buf_str(&out));
		if (rc == 0)
			assert_string_equal(gm_buf_str(&out), wanted.ptr);
		failures += rc;
		scratch_read(&report, dir, "report");
		if (strcmp(gm_buf_str(&report), "hit\n") != 0)
			break;
		assert_true(at < MOST);
	}
	assert_true(failures > 10);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_allocation_failing_fails_the_merge_or_changes_nothing,
			merge_trees_setup, merge_trees_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
