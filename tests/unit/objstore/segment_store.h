/*
 * Segment stores for tests: texts by number, and looking at what a store has of them.
 */
#ifndef GM_TESTS_UNIT_OBJSTORE_SEGMENT_STORE_H
#define GM_TESTS_UNIT_OBJSTORE_SEGMENT_STORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "objstore/store.h"

/* Memory number `i`: some hundred bytes, always the same. */
static inline size_t memory_text(char out[800], unsigned i)
{
	static const char *const words[] = {"the ", "agent ", "prefers ", "tabs ",
		"over ", "spaces ", "and ", "short ", "functions ", "user ", "asked ",
		"about ", "deploy ", "on ", "friday ", "never "};
	unsigned x = i * 2654435761u + 1;
	int n = snprintf(out, 800, "---\nid: %08x\ntype: fact\n---\n", x);

	for (unsigned k = 0; k < 20 + i % 40; k++) {
		x = x * 1664525 + 1013904223;
		n += snprintf(out + n, 800 - (size_t)n, "%s", words[x >> 28]);
	}
	return (size_t)n;
}

static inline struct gm_store *segment_store_open(const char *dir)
{
	struct gm_store *store;

	must(gm_store_open(&store, dir));
	assert_true(gm_store_has_segments(store));
	return store;
}

static inline struct gm_store *segment_store_new(const char *dir)
{
	must(gm_store_create(dir));
	return segment_store_open(dir);
}

/* Memories `from` to `to - 1`, in one batch. */
static inline void write_memories(struct gm_store *store, unsigned from, unsigned to)
{
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	must(gm_batch_begin(&batch, store));
	for (unsigned i = from; i < to; i++)
		must(gm_batch_write(
			&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
}

/* 1 when the store gives the memory, 0 when it says that it has none, else its error. */
static inline int has_memory(struct gm_store *store, unsigned i)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	struct gm_oid oid;
	char text[800];
	size_t size = memory_text(text, i);

	gm_object_hash(&oid, GM_OBJECT_BLOB, text, size);
	int rc = gm_store_read(&data, &type, store, &oid);
	if (rc < 0) {
		assert_true(*gm_error_last()->message);
		return rc == GM_ENOTFOUND ? 0 : rc;
	}
	assert_int_equal(type, GM_OBJECT_BLOB);
	assert_int_equal(data.size, size);
	assert_memory_equal(data.ptr, text, size);
	return 1;
}

static inline void assert_memories(struct gm_store *store, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		assert_int_equal(has_memory(store, i), 1);
}

static inline int count_object(const struct gm_oid *oid, void *payload)
{
	(void)oid;
	++*(size_t *)payload;
	return 0;
}

static inline int count_fault(const char *subject, const char *fault, void *payload)
{
	assert_true(*subject && *fault);
	++*(size_t *)payload;
	return 0;
}

static inline int fail_at_fault(const char *subject, const char *fault, void *payload)
{
	(void)payload;
	fail_msg("%s: %s", subject, fault);
	return 0;
}

static inline void assert_sound(struct gm_store *store)
{
	must(gm_store_check(store, fail_at_fault, NULL));
}

/* Set the ref `name` from `from` to the blob of memory `i`. */
static inline struct gm_oid set_ref(
	struct gm_store *store, const char *name, struct gm_oid from, unsigned i)
{
	struct gm_ref_change change = {.name = name,
		.old_oid = from,
		.who = "A U Thor <author@example.com>",
		.when = 1767323045 + i,
		.tz_minutes = -90,
		.message = "test"};
	struct gm_batch *batch;
	char text[800];

	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(
		&change.new_oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
	must(gm_batch_ref_update(batch, &change));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	return change.new_oid;
}

#endif
