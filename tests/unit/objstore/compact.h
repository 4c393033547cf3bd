/*
 * What the tests of gc in segments share: memories by number, of which some must live.
 */
#ifndef GM_TESTS_UNIT_OBJSTORE_COMPACT_H
#define GM_TESTS_UNIT_OBJSTORE_COMPACT_H

#include "objstore/compact.h"
#include "objstore/internal.h"
#include "tests/unit/objstore/segment_store.h"

#define LIVES_MAX 4000

/* The memories `from` to `to - 1` must live. */
struct lives {
	struct gm_oid oids[LIVES_MAX];
	size_t n;
	uint32_t versions; /* so many stand at one path */
	struct gm_compact *compact;
	struct gm_oid more; /* rescued when refs have changed; zero: nothing is */
};

static inline struct gm_oid memory_oid(unsigned i)
{
	struct gm_oid oid;
	char text[800];

	gm_object_hash(&oid, GM_OBJECT_BLOB, text, memory_text(text, i));
	return oid;
}

static inline void lives_set(struct lives *out, unsigned from, unsigned to)
{
	*out = (struct lives){.versions = 1};
	for (unsigned i = from; i < to; i++)
		out->oids[out->n++] = memory_oid(i);
}

static inline void lives_at(struct gm_compact_item *out, size_t at, void *payload)
{
	struct lives *lives = payload;

	*out = (struct gm_compact_item){.oid = &lives->oids[at],
		.type = GM_OBJECT_BLOB,
		.path = (uint32_t)at / lives->versions};
}

static inline bool lives_has(const struct gm_oid *oid, void *payload)
{
	const struct lives *lives = payload;

	for (size_t i = 0; i < lives->n; i++)
		if (gm_oid_equal(&lives->oids[i], oid))
			return true;
	return false;
}

static inline int lives_more(const struct gm_oid *oids, size_t n, void *payload)
{
	struct lives *lives = payload;

	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_compact_rescue(lives->compact, &oids[i]);
	if (rc < 0 || gm_oid_is_zero(&lives->more))
		return rc;
	return gm_compact_rescue(lives->compact, &lives->more);
}

static inline int compact_plan(struct gm_compact **out, struct gm_store *store,
	struct lives *lives, gm_time expire)
{
	const struct gm_compact_options options = {.expire = expire};
	const struct gm_compact_live live = {
		lives->n, lives_at, lives_has, lives_more, lives};
	int rc = gm_compact_begin(out, store, &options);

	lives->compact = *out;
	return rc < 0 ? rc : gm_compact_plan(*out, &live);
}

/* All of it; what it did. */
static inline struct gm_compact_stats compact_all(
	struct gm_store *store, struct lives *lives, gm_time expire)
{
	gm_cleanup(gm_compact_free_p) struct gm_compact *compact = NULL;

	must(compact_plan(&compact, store, lives, expire));
	must(gm_compact_run(compact, NULL));
	return *gm_compact_stats(compact);
}

#endif
