/*
 * The manifest: which files the index consists of, as tables of its database, so that a
 * transaction changes rows, views and files together, and a reader sees all of it as of one
 * moment.
 *
 * Segments follow one another in rows, from row 1 on, without a gap; the rows behind the last
 * segment wait in the table `pending`.
 */
#ifndef GM_INDEX_MANIFEST_H
#define GM_INDEX_MANIFEST_H

#include "index/database.h"

/* With the NUL: a random number and what the file is. */
#define GM_SEGMENT_NAME 32

struct gm_index_segment {
	int64_t first; /* row */
	int64_t n;     /* rows */
	char postings[GM_SEGMENT_NAME];
	char vectors[GM_SEGMENT_NAME]; /* "": none */
};

struct gm_index_manifest {
	int64_t generation; /* of the tables (schema.h) */
	int64_t number;     /* another one after each change of the manifest */
	/* Of the learnt embedding; "": none, or another embedding is set. */
	char model[GM_SEGMENT_NAME];
	struct gm_index_segment *items;
	size_t n;
	size_t cap;
};

#define GM_INDEX_MANIFEST_INIT \
	{                      \
		.items = NULL  \
	}
#define gm_autoindexmanifest \
	gm_cleanup(gm_index_manifest_dispose) struct gm_index_manifest
void gm_index_manifest_dispose(struct gm_index_manifest *manifest);

/* Load it, replacing `out`, which may be an empty one. Damage unless it is as said above. */
int gm_index_manifest_load(struct gm_index_manifest *out, struct gm_database *database);

/* Only the generation and the number. */
int gm_index_manifest_look(struct gm_index_manifest *out, struct gm_database *database);

/* The row behind those of all segments. */
int64_t gm_index_manifest_end(const struct gm_index_manifest *manifest);

/*
 * Put segment `with` in the place of `n` (maybe 0) adjacent ones, which are named by a manifest
 * that was loaded some time ago. GM_EMODIFIED when they are no longer what is there.
 */
int gm_index_manifest_replace(struct gm_database *database,
	const struct gm_index_segment *segments, size_t n,
	const struct gm_index_segment *with);

/* Give a segment other vectors (NULL: none). GM_EMODIFIED when it is no longer there. */
int gm_index_manifest_set_vectors(struct gm_database *database,
	const struct gm_index_segment *segment, const char *vectors);

/* Set the file of the learnt embedding; NULL: none. */
int gm_index_manifest_set_model(struct gm_database *database, const char *model);

#endif
