/*
 * Features: what speaks for a memory as the answer to a question, each a number. What a score
 * is made of (fusion.h); names are those that users see in explanations.
 */
#ifndef GM_INDEX_FEATURES_H
#define GM_INDEX_FEATURES_H

#include "index/bm25.h"
#include "index/ordinals.h"
#include "index/question.h"
#include "index/sessions.h"
#include "index/vector_query.h"

enum gm_feature {
	GM_FEATURE_WORDS,   /* its BM25, 1 for the best of all candidates */
	GM_FEATURE_COVERED, /* the share of the words that it and those beside it have */
	GM_FEATURE_NAMED,   /* the share of the words that its key and tags have */
	GM_FEATURE_ASKED,   /* the score of the memory before it, when that one asks */
	GM_FEATURE_SESSION, /* the score of its session as one text */
	GM_FEATURE_BEST,    /* the best score in its session */
	GM_FEATURE_VECTOR,  /* the cosine of its vector, blended with those beside it */
	GM_FEATURE_NEAREST, /* the same, 1 for the best of all candidates */
	GM_FEATURE_AGENT,   /* the question names its agent */
	GM_FEATURE_ONLY_ASKS, /* it says nothing */
	GM_FEATURE_TIME,      /* a time is asked for, and it has words of time */
	GM_FEATURE_NAMES,     /* a name is asked for, and it has names */
	GM_FEATURE_DATE,      /* the share of the question's dates that its own has */
	GM_FEATURE_SHORT,     /* how much its text lacks in length: 0 to 1.4 */
	GM_FEATURE_FIRST,     /* it is among the first two of its session */
	GM_FEATURE_RECENT,    /* 1 for the newest candidate, half of it a month before */
	GM_FEATURE_IMPORTANT, /* 0 to 1, as its writer said */
	GM_FEATURES,
};

/* What features are read from; all is lent. */
struct gm_evidence {
	const struct gm_question *question;
	const struct gm_ordinals *ordinals;
	const struct gm_bm25 *scores;
	struct gm_sessions *sessions;
	const struct gm_vector_query *vector; /* NULL: none */
	size_t dims;
	float *sum; /* room for so many numbers */
};

struct gm_candidate {
	uint32_t ordinal;
	bool found; /* words or vectors tell for it, not only what is around it */
	bool alone; /* in no session, or the only one in it */
	float score;
	float features[GM_FEATURES];
};

/*
 * Set the features of a visible memory, `ordinal` in `out`, less those that need others
 * (gm_features_compare()) and GM_FEATURE_AGENT, which is left as it is. GM_ENOMEM.
 */
int gm_features_read(struct gm_candidate *out, const struct gm_evidence *evidence);

/* Set the features that compare candidates. */
void gm_features_compare(
	struct gm_candidate *candidates, size_t n, const struct gm_ordinals *ordinals);

#endif
