/*
 * An index: both names of the objects in some sealed segments, sorted, and where they stand.
 * Mapped. (gitmem-format(5), "Index")
 */
#ifndef GM_OBJSTORE_SEGMENT_INDEX_H
#define GM_OBJSTORE_SEGMENT_INDEX_H

#include "objstore/manifest.h"
#include "objstore/segment_io.h"

/* What an index takes for each object, and besides. */
#define GM_INDEX_ENTRY_SIZE (GM_OID_SIZE + GM_SHA256_SIZE + 8 + 4)

/* What comes before the names: the header, and a table by their first byte. */
#define GM_INDEX_HEADER_SIZE 16
#define GM_INDEX_TABLE_SIZE (2 * 256 * 4 + 4)

struct gm_index_entry {
	struct gm_oid oid;
	uint8_t sha256[GM_SHA256_SIZE]; /* zeros when it is not known */
	uint64_t place;                 /* see gm_place() */
};

static inline uint64_t gm_place(uint64_t segment, uint64_t offset)
{
	return segment << 40 | offset;
}

static inline uint64_t gm_place_segment(uint64_t place)
{
	return place >> 40;
}

static inline uint64_t gm_place_offset(uint64_t place)
{
	return place & GM_SEGMENT_SIZE_MAX;
}

/*
 * Write the index `NAME` in `dir`, flushed or to be flushed (objstore/segment_io.h), but not
 * its name (the folder). Sorts `entries`,
 * keeping of those with the same name the last one; `n` is set to how many are left.
 */
int gm_segment_index_write(const char *dir, const char *name,
	struct gm_index_entry *entries, size_t *n, struct gm_flushes *later);

struct gm_segment_index {
	char *path;
	char file[GM_STORE_NAME_MAX];
	const uint8_t *map;
	size_t size;
	uint32_t n;
	bool checked; /* its checksum was found right */
	bool checked_table;
	bool checked_names[256]; /* those with this first byte */
};

/* GM_ENOTFOUND when it is missing, GM_EMISMATCH when damaged, GM_EINVALID when newer. */
int gm_segment_index_open(
	struct gm_segment_index **out, const char *dir, const char *file);
void gm_segment_index_free(struct gm_segment_index *index);
GM_DEFINE_CLEANUP(struct gm_segment_index, gm_segment_index_free)

/* Compare the checksum, once. */
int gm_segment_index_check(struct gm_segment_index *index);

/*
 * Compare those of the SHA-1 names whose first byte is `first` to `last`, once: enough to know
 * which there are, and that one is not among them.
 */
int gm_segment_index_check_names(
	struct gm_segment_index *index, unsigned first, unsigned last);

/* The first entry whose name is not less than `oid`. */
uint32_t gm_segment_index_lower_bound(
	const struct gm_segment_index *index, const struct gm_oid *oid);

/* False when it is not in there. */
bool gm_segment_index_find(
	uint32_t *at_out, const struct gm_segment_index *index, const struct gm_oid *oid);

/* Where that of a number below `n` leads; the whole entry is in other pages of the file. */
uint64_t gm_segment_index_place(const struct gm_segment_index *index, uint32_t at);
void gm_segment_index_entry(
	struct gm_index_entry *out, const struct gm_segment_index *index, uint32_t at);

/* Only the name of that entry. */
void gm_segment_index_oid(
	struct gm_oid *out, const struct gm_segment_index *index, uint32_t at);

/*
 * The entry that is number `rank` by SHA-256 name; those that have none come first. Its number
 * is bounded also when the file is damaged.
 */
uint32_t gm_segment_index_by_sha256(const struct gm_segment_index *index, uint32_t rank);

/* The rank of the first entry whose SHA-256 name is not less than `sha256`. */
uint32_t gm_segment_index_sha256_lower_bound(
	const struct gm_segment_index *index, const uint8_t sha256[GM_SHA256_SIZE]);

#endif
