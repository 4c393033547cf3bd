/*
 * A small repository for the tests of the index: a store, a tree that grows memory by memory,
 * and the index of it. Everything here fails the running test instead of returning an error.
 */
#ifndef GM_TESTS_UNIT_INDEX_WORLD_H
#define GM_TESTS_UNIT_INDEX_WORLD_H

#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/path_rule.h"
#include "dag/record.h"
#include "dag/tree.h"
#include "index/index.h"

struct world {
	char *dir;
	char *recall; /* the folder of the index */
	struct gm_store *store;
	struct gm_index *index;
	struct gm_oid tree;
};

/* 2026-01-01T00:00:00Z, when the memory with number 0 was made; each is a minute later. */
#define WORLD_START (INT64_C(1767225600) * GM_TIME_SECOND)

static inline void world_open_index(struct world *world)
{
	must(gm_index_open(&world->index, NULL, world->recall, world->store));
}

static inline void world_open_store(struct world *world)
{
	gm_autofree char *objects = gm_path_join(world->dir, "objects");

	gm_store_free(world->store);
	must(gm_mkdirs(objects));
	must(gm_store_open(&world->store, objects));
}

static inline void world_open(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->dir = scratch_new();
	world->recall = gm_path_join(world->dir, "recall");
	world_open_store(world);
	world_open_index(world);
}

static inline void world_close(struct world *world)
{
	gm_index_free(world->index);
	gm_store_free(world->store);
	gm_free(world->recall);
	scratch_remove(world->dir);
}

/* The id of the memory with a number: its digits stand at both ends. */
static inline const char *world_id(char out[GM_UUID_TEXT], unsigned n)
{
	(void)snprintf(out, GM_UUID_TEXT, "%08x-0000-7000-8000-%012x", n * 16, n);
	return out;
}

static inline struct gm_record world_record(unsigned n, const char *content)
{
	struct gm_record record = GM_RECORD_INIT;

	(void)world_id(record.id, n);
	record.created = WORLD_START + n * 60 * GM_TIME_SECOND;
	must(gm_record_set_content(&record, content, strlen(content)));
	return record;
}

static inline void world_change(
	struct world *world, const char *path, const struct gm_buf *data)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_tree_change change = {path, GM_MODE_FILE, gm_oid_zero};

	must(gm_batch_begin(&batch, world->store));
	if (data)
		must(gm_batch_write(
			&change.oid, batch, GM_OBJECT_BLOB, data->ptr, data->size));
	must(gm_tree_update(&world->tree, batch, &world->tree, &change, 1));
	must(gm_batch_commit(batch));
}

/* Put a record into the tree, where the path rule wants it or at `path`, and let it go. */
static inline void world_put_at(
	struct world *world, struct gm_record *record, const char *path)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf place = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
	must(gm_record_encode(&bytes, record));
	must(gm_record_path(&place, record));
	world_change(world, path ? path : place.ptr, &bytes);
	gm_record_dispose(record);
}

static inline void world_put(struct world *world, struct gm_record *record)
{
	world_put_at(world, record, NULL);
}

/* The shortest way to a memory. */
static inline void world_add(struct world *world, unsigned n, const char *content)
{
	struct gm_record record = world_record(n, content);

	world_put(world, &record);
}

static inline void world_remove(struct world *world, unsigned n)
{
	gm_autobuf place = GM_BUF_INIT(GM_BUF_PATH);
	gm_autorecord record = world_record(n, "");

	must(gm_record_path(&place, &record));
	world_change(world, place.ptr, NULL);
}

static inline void world_select(struct world *world)
{
	must(gm_index_select(world->index, &world->tree, NULL, NULL));
}

/* For gm_index_check() of an index that must be whole. */
static inline int world_no_fault(const char *subject, const char *fault, void *payload)
{
	(void)payload;
	fail_msg("%s: %s", subject, fault);
	return -1;
}

/* Compare hits with the numbers of memories, given as "3 1 2", by the ends of their ids. */
static inline void check_hits(const struct gm_hits *hits, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < hits->n; i++)
		must(gm_buf_printf(&found, "%s%lu", i ? " " : "",
			strtoul(hits->items[i].id + 24, NULL, 16)));
	if (strcmp(gm_buf_str(&found), expect))
		fail_msg("line %d: found '%s', not '%s'", line, gm_buf_str(&found),
			expect);
}

static inline void check_list(
	struct world *world, const struct gm_filter *filter, const char *expect, int line)
{
	gm_autohits hits = GM_HITS_INIT;

	must(gm_index_list(&hits, world->index, filter, 0));
	check_hits(&hits, expect, line);
}

/* Replaces `hits`; with near-duplicates and an explanation. */
static inline void world_recall(struct gm_hits *hits, struct world *world,
	const char *query, const struct gm_filter *filter, size_t k)
{
	struct gm_recall_options options = GM_RECALL_OPTIONS_INIT;

	options.filter = filter;
	options.k = k;
	options.duplicates = options.explain = true;
	must(gm_index_recall(hits, world->index, query, &options));
}

static inline void check_recall(struct world *world, const char *query,
	const struct gm_filter *filter, const char *expect, int line)
{
	gm_autohits hits = GM_HITS_INIT;

	world_recall(&hits, world, query, filter, 10);
	check_hits(&hits, expect, line);
}

#define assert_list(world, filter, expect) check_list(world, filter, expect, __LINE__)
#define assert_recall(world, query, filter, expect) \
	check_recall(world, query, filter, expect, __LINE__)

#endif
