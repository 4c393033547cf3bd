/*
 * What the tests of merging trees share: three trees under construction in one batch that is
 * never committed, and what stands in the result.
 */
#ifndef GM_TESTS_UNIT_DAG_MERGE_TREES_H
#define GM_TESTS_UNIT_DAG_MERGE_TREES_H

#include <stdlib.h>
#include <string.h>

#include "dag/tree_merge.h"
#include "dag/tree_three_way.h"
#include "tests/unit/dag/memory_repo.h"

struct merge_trees {
	struct memory_repo *world;
	struct gm_batch *batch;
	struct gm_oid base, ours, theirs;
	struct gm_tree_merge merge;
};

static inline int merge_trees_setup(void **state)
{
	struct merge_trees *trees = calloc(1, sizeof(*trees));
	void *world;

	assert_non_null(trees);
	(void)memory_repo_setup(&world);
	trees->world = world;
	must(gm_batch_begin(&trees->batch, gm_repo_store(trees->world->repo)));
	trees->base = trees->ours = trees->theirs = gm_oid_empty_tree;
	*state = trees;
	return 0;
}

static inline int merge_trees_teardown(void **state)
{
	struct merge_trees *trees = *state;
	void *world = trees->world;

	gm_tree_merge_dispose(&trees->merge);
	gm_batch_free(trees->batch);
	(void)memory_repo_teardown(&world);
	free(trees);
	return 0;
}

static inline struct gm_oid put_blob(
	struct merge_trees *trees, const char *text, size_t size)
{
	struct gm_oid oid;

	must(gm_batch_write(&oid, trees->batch, GM_OBJECT_BLOB, text, size));
	return oid;
}

static inline void put_mode(struct merge_trees *trees, struct gm_oid *tree,
	const char *path, unsigned mode, const char *text)
{
	struct gm_tree_change change = {.path = path, .mode = mode};

	if (text)
		change.oid = put_blob(trees, text, strlen(text));
	must(gm_tree_update(tree, trees->batch, tree, &change, 1));
}

/* Set a file; `text` NULL removes it. */
static inline void put_file(struct merge_trees *trees, struct gm_oid *tree,
	const char *path, const char *text)
{
	put_mode(trees, tree, path, 0, text);
}

/* A record at its own place. */
static inline void put_record(
	struct merge_trees *trees, struct gm_oid *tree, const struct gm_record *record)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT), path = GM_BUF_INIT(GM_BUF_PATH);

	memory_text(&text, record);
	must(gm_record_path(&path, record));
	put_file(trees, tree, path.ptr, text.ptr);
}

/* The memory of make_memory() at its own place. */
static inline void put_memory(struct merge_trees *trees, struct gm_oid *tree, unsigned n,
	const char *key, const char *content, int edited)
{
	gm_autorecord record = GM_RECORD_INIT;

	make_memory(&record, n, key, content, edited);
	put_record(trees, tree, &record);
}

/* Where memory number `n` lies without a key. */
static inline char *place_of(unsigned n)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	make_memory(&record, n, NULL, "x", 0);
	must(gm_record_path(&path, &record));
	return gm_buf_detach(&path);
}

static inline void drop_memory(struct merge_trees *trees, struct gm_oid *tree, unsigned n)
{
	gm_autofree char *path = place_of(n);

	put_file(trees, tree, path, NULL);
}

/* Append a line "PATH MODE" for each file of a tree. */
static inline int list_one(const struct gm_tree_triple *triple, void *payload)
{
	return gm_buf_printf(
		payload, "%s %o\n", triple->path, triple->mode[GM_SIDE_THEIRS]);
}

static inline void list_tree(
	struct gm_buf *out, struct merge_trees *trees, const struct gm_oid *tree)
{
	const struct gm_oid all[] = {gm_oid_empty_tree, gm_oid_empty_tree, *tree};

	gm_buf_reset(out);
	must(gm_tree_three_way(trees->batch, all, list_one, out));
}

/* The bytes of a file of a tree; false when there is none. */
struct file_search {
	const char *path;
	struct gm_oid oid;
	bool found;
};

static inline int search_one(const struct gm_tree_triple *triple, void *payload)
{
	struct file_search *search = payload;

	if (!strcmp(triple->path, search->path)) {
		search->found = true;
		search->oid = triple->oid[GM_SIDE_THEIRS];
	}
	return 0;
}

static inline bool read_path(struct gm_buf *out, struct merge_trees *trees,
	const struct gm_oid *tree, const char *path)
{
	const struct gm_oid all[] = {gm_oid_empty_tree, gm_oid_empty_tree, *tree};
	struct file_search search = {.path = path};
	enum gm_object_type type;

	must(gm_tree_three_way(trees->batch, all, search_one, &search));
	if (search.found)
		must(gm_batch_read(out, &type, trees->batch, &search.oid));
	return search.found;
}

static inline void assert_path(
	struct merge_trees *trees, const char *path, const char *text)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	if (!read_path(&bytes, trees, &trees->merge.tree, path)) {
		list_tree(&bytes, trees, &trees->merge.tree);
		fail_msg("no '%s' in\n%s", path, gm_buf_str(&bytes));
	}
	assert_string_equal(gm_buf_str(&bytes), text);
}

static inline size_t count_files(struct merge_trees *trees, const struct gm_oid *tree)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n = 0;

	list_tree(&text, trees, tree);
	for (const char *at = gm_buf_str(&text); *at; at++)
		n += *at == '\n';
	return n;
}

static inline void assert_files(struct merge_trees *trees, size_t n)
{
	assert_int_equal(count_files(trees, &trees->merge.tree), n);
}

/* Read the record at a path of the result. */
static inline void read_memory(
	struct gm_record *out, struct merge_trees *trees, const char *path)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	if (!read_path(&bytes, trees, &trees->merge.tree, path))
		fail_msg("no '%s'", path);
	must(gm_record_decode(out, gm_buf_str(&bytes), bytes.size));
}

static inline void assert_content(
	struct merge_trees *trees, const char *path, const char *content)
{
	gm_autorecord record = GM_RECORD_INIT;

	read_memory(&record, trees, path);
	assert_string_equal(record.content, content);
}

/* Merge, and see that swapping the sides gives the same tree. */
static inline void merge_with(
	struct merge_trees *trees, const struct gm_tree_merge_options *options)
{
	must(gm_trees_merge(&trees->merge, trees->batch, &trees->base, &trees->ours,
		&trees->theirs, options));
}

static inline void merge_both_ways(struct merge_trees *trees)
{
	gm_autotreemerge swapped = GM_TREE_MERGE_INIT;

	merge_with(trees, NULL);
	must(gm_trees_merge(&swapped, trees->batch, &trees->base, &trees->theirs,
		&trees->ours, NULL));
	assert_memory_equal(&swapped.tree, &trees->merge.tree, sizeof(swapped.tree));
	assert_int_equal(swapped.n, trees->merge.n);
	assert_int_equal(swapped.n_conflicts, trees->merge.n_conflicts);
}

/* The entry of a memory or, with a path, of a file. */
static inline const struct gm_merge_entry *entry_of(
	const struct merge_trees *trees, unsigned n, const char *path)
{
	gm_autofree char *id = gm_format("018f0000-0000-7000-8000-%012x", n);

	for (size_t i = 0; i < trees->merge.n; i++) {
		const struct gm_merge_entry *entry = &trees->merge.entries[i];
		if (path ? !*entry->id && !strcmp(entry->path, path)
			 : !strcmp(entry->id, id))
			return entry;
	}
	fail_msg("nothing is told of %s", path ? path : id);
	return NULL;
}

static inline void assert_what(
	const struct merge_trees *trees, unsigned n, enum gm_merge_what what)
{
	assert_string_equal(gm_merge_what_name(entry_of(trees, n, NULL)->what),
		gm_merge_what_name(what));
}

#endif
