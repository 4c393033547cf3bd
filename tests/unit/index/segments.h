/*
 * Questions to the segments of a small repository (world.h), as ranking asks them.
 */
#ifndef GM_TESTS_UNIT_INDEX_SEGMENTS_H
#define GM_TESTS_UNIT_INDEX_SEGMENTS_H

#include "tests/unit/index/world.h"

#include "index/document.h"
#include "index/internal.h"
#include "index/posting_segment.h"
#include "index/segments.h"

struct look {
	const char *word;
	size_t n; /* memories of the view that have it */
	size_t n_segments;
	size_t n_documents;
	uint64_t total_length;
};

static inline int count_in(struct look *look, const struct gm_posting_segment *segment,
	const struct gm_index_view *view)
{
	struct gm_posting_list list;
	struct gm_posting_block block;
	int rc = gm_posting_segment_find(
		&list, segment, GM_FIELD_CONTENT, look->word, strlen(look->word));

	if (rc <= 0)
		return rc;
	while ((rc = gm_posting_list_next(&block, &list)) > 0)
		for (size_t i = 0; i < block.n; i++)
			if (gm_bitmap_test(&view->rows,
				    gm_posting_segment_first(segment) + block.rows[i]))
				look->n++;
	return rc;
}

/* Every row of the view has a document, and the segments follow one another. */
static inline void check_rows(
	const struct gm_segments *segments, const struct gm_index_view *view)
{
	int64_t next = 1;
	int64_t row = -1;

	for (size_t i = 0; i < segments->n; i++) {
		assert_int_equal(gm_posting_segment_first(segments->postings[i]), next);
		next += (int64_t)gm_posting_segment_rows(segments->postings[i]);
	}
	while ((row = gm_bitmap_next(&view->rows, row + 1)) >= 0) {
		const struct gm_document *document = gm_segments_document(segments, row);
		assert_non_null(document);
		assert_false(document->flags & GM_DOCUMENT_NONE);
		assert_in_range(document->created, WORLD_START,
			WORLD_START + 100000 * 60 * GM_TIME_SECOND);
	}
	assert_null(gm_segments_document(segments, 0));
	assert_null(gm_segments_document(segments, next));
}

static inline int look_on(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct look *look = payload;
	const struct gm_segments *segments;
	int rc = gm_segments_get(&segments, index);

	if (rc < 0)
		return rc;
	check_rows(segments, view);
	look->n = 0;
	look->n_segments = segments->n;
	look->n_documents = segments->n_documents;
	look->total_length = segments->total_length;
	for (size_t i = 0; i < segments->n && rc == 0; i++)
		rc = count_in(look, segments->postings[i], view);
	return rc;
}

static inline struct look look_for(struct world *world, const char *word)
{
	struct look look = {.word = word};

	must(gm_index_query(world->index, look_on, &look));
	return look;
}

/* How many memories of the selected tree have a word. */
static inline size_t count_word(struct world *world, const char *word)
{
	return look_for(world, word).n;
}

/* Add memories `from` to `to`, each of which says "tea" and its number. */
static inline void add_tea(struct world *world, unsigned from, unsigned to)
{
	char text[64];

	for (unsigned i = from; i < to; i++) {
		(void)snprintf(text, sizeof(text), "tea number%u", i);
		world_add(world, i, text);
	}
}

/* The same, each followed by the index on its own. */
static inline void follow_tea(struct world *world, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct gm_oid before = world->tree;
		add_tea(world, i, i + 1);
		assert_int_equal(
			gm_index_follow(world->index, &world->tree, &before, 9), 1);
	}
	world_select(world);
}

struct folder {
	size_t n;
	char last[64];
};

static inline int count_segment_file(const char *name, void *payload)
{
	struct folder *folder = payload;

	if (!strstr(name, ".postings") && !strstr(name, ".vectors") &&
		!strstr(name, ".lsa") && strncmp(name, "new.", 4))
		return 0;
	folder->n++;
	(void)snprintf(folder->last, sizeof(folder->last), "%s", name);
	return 0;
}

/* The files of segments in the folder of the index. */
static inline struct folder look_into(struct world *world)
{
	struct folder folder = {0, ""};

	must(gm_dir_each(world->recall, count_segment_file, &folder));
	return folder;
}

#endif
