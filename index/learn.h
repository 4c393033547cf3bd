/*
 * Learning the embedding (lsa.h) from the memories of an index, and giving their vectors to
 * rows. That takes up to some seconds, so no writer waits for it: the files are made beside the
 * index as it stands and put in place at once.
 */
#ifndef GM_INDEX_LEARN_H
#define GM_INDEX_LEARN_H

#include "base/terminal.h"
#include "index/index.h"

enum gm_learn_when {
	GM_LEARN_QUICK, /* when it is due and the memories are few */
	GM_LEARN_DUE,   /* when it is due (gm_lsa_due()) */
	GM_LEARN_ANEW,  /* in any case */
};

/*
 * Learn from the memories of all views, and make the vectors that are missing (with
 * GM_LEARN_QUICK some of them), also if nothing is learned. Others may read and write meanwhile;
 * what they add has its vectors made by the old embedding, or none, until the next call.
 * `progress` may be NULL. Returns 1 when it has learned, 0 when not: it was not due, there is too
 * little to learn from, another embedding is used, or somebody else was in the way.
 */
int gm_index_learn(
	struct gm_index *index, enum gm_learn_when when, struct gm_progress *progress);

/* What was learned. */
struct gm_learned {
	size_t memories; /* in the index, of all views */
	size_t learned;  /* those it was learned from; 0: nothing was learned yet */
	size_t dims;
	bool is_due;
};
int gm_index_learned(struct gm_learned *out, struct gm_index *index);

#endif
