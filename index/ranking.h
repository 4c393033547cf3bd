/*
 * Ranking: the memories of a view that answer a question, best first.
 */
#ifndef GM_INDEX_RANKING_H
#define GM_INDEX_RANKING_H

#include "index/agent_words.h"
#include "index/candidates.h"
#include "index/index.h"

/* What to rank, and how. All is lent. */
struct gm_ranking_request {
	const struct gm_segments *segments;
	const struct gm_bitmap *view;   /* what may stand beside a memory */
	const struct gm_bitmap *wanted; /* of these, what may be an answer */
	const struct gm_question *question;
	struct gm_agent_words *agents; /* knows the names among the words */
	uint32_t n_labels;             /* labels from this on are those of no session */
	const struct gm_vector_query *vector; /* NULL: none */
	size_t dims;                          /* of it */
	enum gm_recall_mode mode;
	enum gm_recall_preference prefer;
	size_t k;     /* so many are wanted */
	bool explain; /* which words matched is asked for, whatever the mode */
};

struct gm_ranking {
	struct gm_ordinals ordinals;
	struct gm_bm25 scores;
	struct gm_candidates candidates; /* those found, best first */
	float weights[GM_FEATURES];
};

#define GM_RANKING_INIT                                              \
	{                                                            \
		.ordinals = GM_ORDINALS_INIT, .scores = GM_BM25_INIT \
	}
#define gm_autoranking gm_cleanup(gm_ranking_dispose) struct gm_ranking
void gm_ranking_dispose(struct gm_ranking *ranking);

/* `out` must be empty, and is to be disposed of in any case. */
int gm_ranking_make(struct gm_ranking *out, const struct gm_ranking_request *request);

#endif
