/*
 * Answers: from a ranking to what recall returns. Near-duplicates are left out, rows are read,
 * and scores explained.
 */
#ifndef GM_INDEX_ANSWER_H
#define GM_INDEX_ANSWER_H

#include "index/internal.h"
#include "index/ranking.h"

/* Append the best of a ranking to `out`. */
int gm_answer_take(struct gm_hits *out, struct gm_database *database,
	const struct gm_ranking *ranking, const struct gm_question *question,
	const struct gm_recall_options *options);

#endif
