/*
 * gc in a store of segments: what must live is written anew, in a good order and as small as
 * can be, and takes the place of what there was; what nobody needs any more goes away.
 *
 * Readers and writers go on meanwhile. The lock of the store is held twice for an instant: to
 * seal the active segment at the beginning, and to replace the manifest at the end. Until then
 * nothing changes: whoever is killed leaves files that the next one removes.
 *
 *	gm_compact_begin()	what is older than this is looked at
 *	(the caller finds what must live)
 *	gm_compact_plan()	what is to be done
 *	gm_compact_run()	do it
 */
#ifndef GM_OBJSTORE_COMPACT_H
#define GM_OBJSTORE_COMPACT_H

#include "base/terminal.h"
#include "base/time.h"
#include "objstore/store.h"

struct gm_compact;

struct gm_compact_options {
	gm_time expire; /* what nothing leads to and is older goes; GM_TIME_NONE: nothing goes */
	bool is_dry; /* only plan: nothing is sealed, locked or removed */
};

/* GM_ELOCKED when another process is at it. gm_compact_free(). */
int gm_compact_begin(struct gm_compact **out, struct gm_store *store,
	const struct gm_compact_options *options);
void gm_compact_free(struct gm_compact *compact);
GM_DEFINE_CLEANUP(struct gm_compact, gm_compact_free)

struct gm_compact_item {
	const struct gm_oid *oid;
	enum gm_object_type type;
	uint32_t path; /* neighbours with the same number are versions of one path */
	bool may_lack; /* it is fine when it does not exist */
};

/* What must live, as the caller knows it; it stays until gm_compact_free(). */
struct gm_compact_live {
	size_t n;
	void (*at)(struct gm_compact_item *out, size_t at, void *payload);
	bool (*has)(const struct gm_oid *oid, void *payload);
	/*
	 * Refs lead to these as well since then, or they are young: call gm_compact_rescue() for
	 * each object that must live, as these lead to it, and did not before. The lock may be
	 * held.
	 */
	int (*more)(const struct gm_oid *oids, size_t n, void *payload);
	void *payload;
};

/* Decide what is to be done. `live` is lent. */
int gm_compact_plan(struct gm_compact *compact, const struct gm_compact_live *live);

/* Do it. `progress` counts objects that are written; may be NULL. */
int gm_compact_run(struct gm_compact *compact, struct gm_progress *progress);

/* From `more` only: this object must not go away. Fine when nobody meant to take it away. */
int gm_compact_rescue(struct gm_compact *compact, const struct gm_oid *oid);

/* What was planned, and, after gm_compact_run(), done. */
struct gm_compact_stats {
	size_t n_rewrite;      /* objects to be written anew */
	size_t n_unreachable;  /* that nothing leads to, and are kept for now */
	size_t n_drop;         /* that nothing leads to, and go away */
	uint64_t drop_bytes;   /* as they are stored */
	uint64_t bytes_before; /* of the segments, indexes and dictionaries */
	uint64_t bytes_after;  /* the same when it is done; 0 before */
	int64_t lock_us; /* the longest time the store was locked, in microseconds */
	bool is_busy;    /* a batch kept us from taking away anything */
};
const struct gm_compact_stats *gm_compact_stats(const struct gm_compact *compact);

#endif
