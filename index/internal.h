/*
 * What the files of this folder share of an open index.
 */
#ifndef GM_INDEX_INTERNAL_H
#define GM_INDEX_INTERNAL_H

#include "index/database.h"
#include "index/index.h"
#include "index/superseded.h"
#include "index/vector_segment.h"
#include "index/view.h"

struct gm_embedder;
struct gm_segments_kept;

struct gm_index {
	struct gm_database *database;
	struct gm_segments_kept *segments; /* open since the last question; may be NULL */
	/* The manifest of which a file was missing (segments.c). */
	int64_t missing_generation;
	int64_t missing_number;
	/* Vectors of this model are wanted; else those of the learnt one. */
	bool has_model;
	uint8_t model[GM_VECTOR_MODEL_SIZE];
	struct gm_embedder *embedder; /* NULL: the learnt embedding (embedder.h) */
	struct gm_store *store;       /* lent */
	char *dir;
	struct gm_oid tree; /* the selected one */
	size_t visible;     /* memories of the view selected last */
	size_t skipped;
	bool was_damaged;                /* and nobody was told yet */
	bool was_asked;                  /* a question before, so that files are mapped */
	struct gm_superseded superseded; /* found out by the question that is answered */
};

void gm_segments_kept_free(struct gm_segments_kept *kept);
GM_DEFINE_CLEANUP(struct gm_segments_kept, gm_segments_kept_free)

/*
 * Run a question on the selected view, all of it as of one moment. Should the index turn out
 * damaged, or the view dropped by another process, it is made again and `run` is called once
 * more: its results must be in place only when it returns 0. Its GM_EMISMATCH always means that
 * the index is damaged, its GM_EMODIFIED that another process changed it (segments.h).
 */
typedef int (*gm_index_query_fn)(
	struct gm_index *index, const struct gm_index_view *view, void *payload);
int gm_index_query(struct gm_index *index, gm_index_query_fn run, void *payload);

/* Make the index smaller when most of its rows are of no view (prune.c), if it can be done. */
void gm_index_prune_bloated(struct gm_index *index);

/* Append a hit; what it owns is taken over. */
int gm_hits_add(struct gm_hits *hits, struct gm_hit *hit);

/* Free what a hit owns. */
void gm_hit_dispose(struct gm_hit *hit);

#endif
