/*
 * Refs in a segment store: a table of all refs at the last seal, and the updates since then in
 * the active segment. Logs of sealed segments hold the updates before that.
 * (gitmem-format(5), "Ref updates")
 */
#ifndef GM_OBJSTORE_SEGMENT_REFS_H
#define GM_OBJSTORE_SEGMENT_REFS_H

#include "objstore/segment_io.h"
#include "objstore/segments.h"
#include "objstore/store.h"

#define GM_REF_NAME_MAX 4096
#define GM_REF_TEXT_MAX ((size_t)64 << 10)

/* Append what the record of an update holds. */
int gm_ref_change_put(struct gm_buf *out, const struct gm_ref_change *change);

/*
 * Parse it into `out`, whose texts are lent from `texts`, which is replaced. GM_EMISMATCH when
 * it is broken, GM_EINVALID when it is newer.
 */
int gm_ref_change_parse(struct gm_ref_change *out, struct gm_buf *texts,
	const uint8_t *bytes, size_t size);

void gm_ref_table_free(struct gm_ref_table *table);
GM_DEFINE_CLEANUP(struct gm_ref_table, gm_ref_table_free)

/* What a ref is, as of the last refresh. GM_ENOTFOUND without a message. */
int gm_segment_ref_read(
	struct gm_ref_value *out, struct gm_segments *segments, const char *name);

int gm_segment_refs_each(struct gm_segments *segments, const char *prefix,
	gm_store_ref_fn each, void *payload);
int gm_segment_reflog_each(struct gm_segments *segments, const char *name,
	gm_store_reflog_fn each, void *payload);

/* The same for all refs at once. */
int gm_segment_reflogs_each(
	struct gm_segments *segments, gm_store_reflog_fn each, void *payload);

/*
 * For the sealing of the active segment: write the table of now and the log of the segment, and
 * name them, with `number`, in `manifest`, which was made for what is next.
 */
int gm_segment_refs_seal(struct gm_segments *segments, struct gm_manifest *manifest,
	uint64_t number, struct gm_flushes *later);

#endif
