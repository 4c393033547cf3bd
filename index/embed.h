/*
 * An embedding that is a setting (embedding.h) at work in an index. Vectors are made by those who
 * read, in bounded steps, never by a writer: into the cache (vector_cache.h) first, and when all
 * memories of a posting segment have theirs, into a file beside it.
 */
#ifndef GM_INDEX_EMBED_H
#define GM_INDEX_EMBED_H

#include "base/terminal.h"
#include "index/embedding.h"
#include "index/index.h"

/*
 * Use this embedding (taken over, also on failure) instead of the one learnt from the memories;
 * NULL: no vectors at all. Call it right after gm_index_open().
 */
int gm_index_set_embedding(struct gm_index *index, struct gm_embedding *embedding);

/* How much may be done at once; 0: all of it. */
struct gm_embed_limits {
	size_t n;           /* nothing when more memories than these lack their vectors */
	unsigned budget_ms; /* about so long */
};

/*
 * Make vectors that are missing. Returns 1 when none is missing any more, 0 when some are, be it
 * for trouble (gm_index_vector_state()), or an error. Without limits also what has failed a
 * moment ago is tried again. `progress` (may be NULL) is started anew here. 1 for the learnt
 * embedding.
 */
int gm_index_embed(struct gm_index *index, const struct gm_embed_limits *limits,
	struct gm_progress *progress);

/* How it stands with the vectors after gm_index_embed() and questions. */
struct gm_vector_state {
	size_t missing; /* about so many memories lack theirs */
	bool usable; /* they are so few that questions are answered with vectors all the same */
	const char *
		trouble; /* why vectors are missing or were not used; "": no trouble. Lent */
};
void gm_index_vector_state(struct gm_vector_state *out, const struct gm_index *index);

#endif
