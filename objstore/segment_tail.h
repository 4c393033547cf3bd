/*
 * The active segment: the one that is appended to. What of it is visible are whole groups; the
 * bytes of those are kept in memory, read with pread(2), because a mapped tail would die of
 * SIGBUS when it is cut. Readers never lock and never cut.
 *
 * Where a group is damaged and a later one is whole, what is sound in between is seen
 * record by record, without its ref updates, and the place is kept in `damage`.
 */
#ifndef GM_OBJSTORE_SEGMENT_TAIL_H
#define GM_OBJSTORE_SEGMENT_TAIL_H

#include <time.h>

#include "base/map.h"
#include "objstore/segment.h"

struct gm_tail_object {
	struct gm_oid oid;
	uint64_t offset;
};

struct gm_tail_span {
	size_t from;
	size_t to;
};

struct gm_tail {
	uint64_t number;
	uint64_t id;
	char *path;
	int fd;
	struct gm_buf bytes; /* of the file, to the end of the last group */
	size_t behind;       /* how many bytes followed when it was looked at last */
	struct gm_tail_object *objects;
	size_t n_objects;
	size_t cap_objects;
	struct gm_map by_oid; /* to the number of the latest in `objects` */
	size_t *refs;         /* where the ref updates that count stand, in their order */
	size_t n_refs;
	size_t cap_refs;
	size_t n_records;
	struct gm_tail_span *damage;
	size_t n_damage;
	size_t cap_damage;
	size_t last_group; /* where the last group end stands, or 0 */
	unsigned epoch;    /* changes when bytes that were seen are no more */
	uint64_t file_size;
	struct timespec modified;
};

/*
 * Open a segment and scan it. Returns GM_ENOTFOUND when it is missing, GM_EMISMATCH when it is
 * not the segment `id`, GM_EINVALID when a newer gitmem wrote it. gm_tail_free().
 */
int gm_tail_open(struct gm_tail **out, const char *dir, uint64_t number, uint64_t id);
void gm_tail_free(struct gm_tail *tail);
GM_DEFINE_CLEANUP(struct gm_tail, gm_tail_free)

/* See what was appended: 1 when there was something, else 0, or an error. */
int gm_tail_refresh(struct gm_tail *tail);

/*
 * Take up records as if they stood in the file behind the last group. Whoever holds the lock
 * then writes them, with the group end behind, or takes them back, which also mends a call
 * that failed.
 */
int gm_tail_extend(struct gm_tail *tail, const void *records, size_t size);
int gm_tail_extended(struct gm_tail *tail, const struct gm_buf *end);
int gm_tail_take_back(struct gm_tail *tail);

/* Parse the record at `offset`, which one of our lists gave. Lent until the next refresh. */
int gm_tail_record(struct gm_record *out, const struct gm_tail *tail, uint64_t offset);

/* False when the object is not in there. */
bool gm_tail_find(
	uint64_t *offset_out, const struct gm_tail *tail, const struct gm_oid *oid);

/*
 * For a writer that holds the lock and is to append: what stands behind the last group.
 * Nothing, the rest of a group that was not finished (no sound record follows where it
 * breaks), or damage.
 */
enum gm_tail_rest { GM_TAIL_CLEAN, GM_TAIL_TORN, GM_TAIL_DAMAGED };
int gm_tail_judge(enum gm_tail_rest *out, struct gm_tail *tail);

/* Take up also what is sound behind the last group, as damage: the segment will be sealed. */
int gm_tail_salvage(struct gm_tail *tail);

/* Copy a torn rest to `torn-NNNNNNNN-OFFSET` in `dir` and cut it off, durably. */
int gm_tail_cut(struct gm_tail *tail, const char *dir);

#endif
