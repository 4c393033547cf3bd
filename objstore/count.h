/*
 * What a store consists of, counted without decoding any of it. What is counted may change
 * meanwhile: the numbers are of about now.
 */
#ifndef GM_OBJSTORE_COUNT_H
#define GM_OBJSTORE_COUNT_H

#include "base/strv.h"
#include "objstore/store.h"

/* Files and their bytes. */
struct gm_file_count {
	uint64_t n;
	uint64_t size;
};

/* Records of segments: the objects as they are, and what their records take. */
struct gm_record_count {
	uint64_t n;
	uint64_t raw;
	uint64_t stored;
};

#define GM_COUNT_ENCODINGS 4

struct gm_segments_count {
	struct gm_record_count classes[GM_OBJECT_TAG + 1];    /* by enum gm_object_type */
	struct gm_record_count encodings[GM_COUNT_ENCODINGS]; /* by enum gm_encoding */
	struct gm_record_count outdated; /* copies of objects that have a newer one */
	struct gm_record_count refs;     /* ref updates */
	uint64_t damaged;                /* bytes that are no records */
	struct gm_file_count segments;   /* with the active one */
	struct gm_file_count indexes;
	struct gm_file_count dictionaries;
	struct gm_file_count ref_files;
	struct gm_file_count log_files;
	struct gm_file_count
		torn; /* tails that were cut off, and what stands behind the end */
	struct gm_file_count litter; /* files that nothing names and nobody holds */
};

/* Count the segments; all of it stays zero where there are none. */
int gm_store_count_segments(struct gm_segments_count *out, struct gm_store *store);

/* Objects in Git's layout, as `git count-objects -v` has them, in bytes. */
struct gm_git_count {
	struct gm_file_count loose;   /* sizes on disk, in whole blocks */
	struct gm_file_count packs;   /* with their indexes */
	uint64_t n_packed;            /* objects in packs */
	uint64_t n_prunable;          /* loose ones that are in a pack too */
	struct gm_file_count garbage; /* files that have no business there */
};

/* `garbage` is called with the path and what is wrong with it. */
int gm_store_count_git(struct gm_git_count *out, struct gm_store *store,
	gm_store_report_fn garbage, void *payload);

/* Append the absolute paths of the folders that objects are borrowed from. */
int gm_store_alternates(struct gm_strv *out, struct gm_store *store);

#endif
