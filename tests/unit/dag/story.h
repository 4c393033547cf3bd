/*
 * What the tests of reapplying share: there was something, they made something of it and were
 * first, we made something else of it; and what the branch holds then, in words.
 */
#ifndef GM_TESTS_UNIT_DAG_STORY_H
#define GM_TESTS_UNIT_DAG_STORY_H

#include "dag/record_diff.h"
#include "dag/transaction.h"
#include "tests/unit/dag/memory_repo.h"

/* The notes, as they are put together. */
#define MERGED "merged with what another writer made of it\n"
#define SIBLING "holds a text that was written at the same time\n"
#define CHANGED "kept: it was changed meanwhile\n"
#define REMOVED "kept: it was removed meanwhile\n"
#define REPLACED "kept: its file was replaced meanwhile\n"
#define TAKEN "kept without its key: the key is taken\n"
#define ALIKE "kept without its key: a like one came first\n"
#define IN_PLACE "kept without its key: a file is in its place\n"
#define BESIDE "kept under a new id: a file is in its place\n"

static inline int commit_list(struct memory_repo *world, struct change_list *list,
	const struct gm_oid *tip, struct gm_transaction_result *result)
{
	const struct gm_transaction_options options = {.ref = MAIN,
		.author = &world->who,
		.committer = &world->who,
		.message = "m",
		.reflog_action = "commit"};

	for (size_t i = 0; i < list->n; i++)
		list->items[i].tip = *tip;
	return gm_transaction_commit(
		result, world->repo, world->lock, list->items, list->n, &options);
}

/* "NUMBER: CONTENT" with its line ends as '|'; a sibling's number is that of the other. */
static inline int describe_file(
	const char *path, const struct gm_tree_entry *entry, void *payload)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autorecord record = GM_RECORD_INIT;
	struct memory_repo *world = ((void **)payload)[0];
	struct gm_buf *out = ((void **)payload)[1];

	must(gm_store_read_type(
		&bytes, gm_repo_store(world->repo), &entry->oid, GM_OBJECT_BLOB));
	if (gm_record_decode(&record, bytes.ptr, bytes.size) < 0) {
		must(gm_buf_printf(out, "%s = %s\n", path, bytes.ptr));
		return 0;
	}
	gm_autobuf own = GM_BUF_INIT(GM_BUF_PATH);
	must(gm_record_path(&own, &record));
	if (strcmp(own.ptr, path) != 0)
		must(gm_buf_puts(out, "astray: "));
	if (*record.conflicts_with)
		must(gm_buf_printf(out, "sibling of %s: ", record.conflicts_with + 35));
	else if (record.key)
		must(gm_buf_printf(out, "%s %s: ", record.key, record.id + 35));
	else
		must(gm_buf_printf(out, "%s: ", record.id + 35));
	for (char *at = record.content; (at = strchr(at, '\n'));)
		*at = '|';
	must(gm_buf_printf(out, "%s\n", record.content));
	return 0;
}

static inline void describe(
	struct gm_buf *out, struct memory_repo *world, const struct gm_oid *tree)
{
	void *payload[] = {world, out};

	gm_buf_reset(out);
	must(gm_tree_each(gm_repo_store(world->repo), tree, describe_file, payload));
}

/* What there was, what they made of it, what we did to what there was, and what it comes to. */
struct story {
	struct change_list before, theirs, ours;
};

static inline void story_dispose(struct story *story)
{
	change_list_reset(&story->before);
	change_list_reset(&story->theirs);
	change_list_reset(&story->ours);
}

#define autostory gm_cleanup(story_dispose) struct story

/* Without those about single values that gave way: that is the merge of records. */
static inline void put_notes(
	struct gm_buf *out, const struct gm_transaction_result *result)
{
	gm_buf_reset(out);
	for (size_t i = 0; i < result->n_notes; i++)
		if (!strstr(result->notes[i].text, " gave way to "))
			must(gm_buf_printf(out, "%s\n", result->notes[i].text));
}

static inline void tell(struct memory_repo *world, struct story *story,
	struct gm_buf *tree_out, struct gm_buf *notes_out)
{
	gm_autotransaction first = GM_TRANSACTION_RESULT_INIT;
	gm_autotransaction second = GM_TRANSACTION_RESULT_INIT;
	gm_autotransaction third = GM_TRANSACTION_RESULT_INIT;
	gm_autotransaction again = GM_TRANSACTION_RESULT_INIT;
	struct gm_oid none = gm_oid_zero;

	struct gm_refs *refs = gm_repo_refs(world->repo);
	struct gm_ref_update drop = {.name = "refs/heads/main"};

	if (gm_ref_read(&drop.old_oid, NULL, refs, drop.name) == 0)
		must(gm_ref_update(refs, world->lock, &drop));
	must(commit_list(world, &story->before, &none, &first));
	must(commit_list(world, &story->theirs, &first.commit, &second));
	must(commit_list(world, &story->ours, &first.commit, &third));
	describe(tree_out, world, &third.tree);
	put_notes(notes_out, &third);
	must(commit_list(world, &story->ours, &first.commit, &again));
	assert_false(again.committed);
}

static inline void assert_story(struct memory_repo *world, struct story *story,
	const char *title, const char *wanted, const char *notes)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT), told = GM_BUF_INIT(GM_BUF_TEXT);

	tell(world, story, &tree, &told);
	if (strcmp(gm_buf_str(&tree), wanted) || strcmp(gm_buf_str(&told), notes))
		fail_msg("%s:\n%s---\n%s--- wanted:\n%s---\n%s", title, gm_buf_str(&tree),
			gm_buf_str(&told), wanted, notes);
}

#endif
