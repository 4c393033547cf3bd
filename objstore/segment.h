/*
 * Files of a store that are segments: made, and opened once they are sealed. A sealed segment
 * is mapped and never changes.
 */
#ifndef GM_OBJSTORE_SEGMENT_H
#define GM_OBJSTORE_SEGMENT_H

#include "objstore/segment_record.h"

/* What an index keeps of a place leaves this much room. */
#define GM_SEGMENT_NUMBER_MAX (((uint64_t)1 << 24) - 1)
#define GM_SEGMENT_SIZE_MAX (((uint64_t)1 << 40) - 1)

/* The longest name of a file of ours, NUL included. */
#define GM_STORE_NAME_MAX 40

struct gm_segment {
	uint64_t number;
	uint64_t id;
	const uint8_t *map;
	size_t size;
	char *path;
	bool header_is_damaged; /* a bit of it */
};

/* `KIND-NNNNNNNN`. */
void gm_store_file_name(char out[GM_STORE_NAME_MAX], const char *kind, uint64_t number);

/*
 * Make a new segment with the first number from `*number` on that is free, locked with
 * flock(2) for as long as `*fd_out` is open. Its header is written, not flushed.
 */
int gm_segment_create(int *fd_out, uint64_t *number, uint64_t *id_out, const char *dir);

/*
 * Map a sealed segment. Returns GM_ENOTFOUND when there is no such file, GM_EMISMATCH when it
 * is not the one that was sealed or is shorter. gm_segment_free().
 */
int gm_segment_open(struct gm_segment **out, const char *dir, uint64_t number,
	uint64_t id, uint64_t size);
void gm_segment_free(struct gm_segment *segment);
GM_DEFINE_CLEANUP(struct gm_segment, gm_segment_free)

/* Parse the record at `offset`. GM_EMISMATCH names the place when it is damaged. */
int gm_segment_record(
	struct gm_record *out, const struct gm_segment *segment, uint64_t offset);

/*
 * Walk the records of `bytes`, which are those of the segment `id` from its beginning on, from
 * `from` to `to`. Where one is damaged the next sound one is looked for, and `damaged` is
 * called with the place (may be NULL). Non-zero returns of the callbacks end it.
 */
struct gm_segment_walk {
	int (*record)(const struct gm_record *record, uint64_t offset, void *payload);
	int (*damaged)(uint64_t from, uint64_t to, void *payload);
	void *payload;
};
int gm_segment_walk(const uint8_t *bytes, size_t from, size_t to, uint64_t id,
	const struct gm_segment_walk *walk);

/*
 * Find the first sound record at or behind `from`: its place, or `to` when there is none.
 * False when looking would take too long, which hostile bytes can bring about.
 */
bool gm_segment_resync(
	size_t *out, const uint8_t *bytes, size_t from, size_t to, uint64_t id);

#endif
