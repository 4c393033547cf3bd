#include "index/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/fusion.h"

/* Up to so many memories are all looked at. */
#define ALL 2000

/* Else so many that match by words, and as many by vectors. */
#define BEST 200

/* Of the best score, for a memory that is an answer only by what is around it. */
#define ENOUGH .5F

/*
 * What is preferred decides between answers that are nearly as good. Importance is .5 unless
 * somebody said otherwise.
 */
#define RECENT_WEIGHT 0.5F
#define IMPORTANT_WEIGHT 0.7F

void gm_ranking_dispose(struct gm_ranking *ranking)
{
	gm_candidates_dispose(&ranking->candidates);
	gm_bm25_dispose(&ranking->scores);
	gm_ordinals_dispose(&ranking->ordinals);
}

/* What is worked with on the way. */
struct work {
	struct gm_sessions sessions;
	struct gm_vector_hits near;
	float *sum;
};

static void work_dispose(struct work *work)
{
	gm_sessions_dispose(&work->sessions);
	gm_vector_hits_dispose(&work->near);
	gm_free(work->sum);
}

static size_t n_best(const struct gm_ranking_request *request)
{
	return request->k > BEST ? request->k : BEST;
}

static int search_vectors(struct work *work, const struct gm_ranking_request *request)
{
	const struct gm_segments *segments = request->segments;

	if (!request->vector)
		return 0;
	work->sum = gm_calloc(request->dims, sizeof(*work->sum));
	if (!work->sum)
		return GM_ENOMEM;
	return gm_vector_search(&work->near, segments->vectors, segments->n,
		request->vector, request->wanted, n_best(request));
}

static int read_features(struct gm_candidates *candidates,
	const struct gm_evidence *evidence, const struct gm_ranking_request *request)
{
	int rc = 0;

	for (size_t i = 0; i < candidates->n && rc == 0; i++) {
		struct gm_candidate *candidate = &candidates->items[i];
		uint32_t agent =
			gm_ordinal_document(evidence->ordinals, candidate->ordinal)
				->agent;
		rc = gm_agent_words_match(request->agents, agent);
		candidate->features[GM_FEATURE_AGENT] = rc > 0 ? 1 : 0;
		if (rc >= 0)
			rc = gm_features_read(candidate, evidence);
	}
	gm_features_compare(candidates->items, candidates->n, evidence->ordinals);
	return rc;
}

/*
 * Score them all. Those that nothing of their own tells for are an answer only when what is
 * around them does, and loudly: their score is compared with the best of the others.
 */
static void score(struct gm_ranking *ranking)
{
	struct gm_candidates *candidates = &ranking->candidates;
	float best = 0;
	size_t n = 0;

	for (size_t i = 0; i < candidates->n; i++) {
		struct gm_candidate *candidate = &candidates->items[i];
		candidate->score = gm_fusion_score(ranking->weights, candidate->features);
		if (candidate->found)
			best = fmaxf(best, candidate->score);
	}
	for (size_t i = 0; i < candidates->n; i++) {
		const struct gm_candidate *candidate = &candidates->items[i];
		if (candidate->found || (best > 0 && candidate->score > best * ENOUGH))
			candidates->items[n++] = *candidate;
	}
	candidates->n = n;
}

static int compare(const void *a, const void *b, void *payload)
{
	const struct gm_candidate *x = a, *y = b;
	const struct gm_ordinals *ordinals = payload;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	int64_t created = gm_ordinal_document(ordinals, x->ordinal)->created;
	int64_t other = gm_ordinal_document(ordinals, y->ordinal)->created;
	if (created != other)
		return created < other ? 1 : -1;
	return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static int rank(struct gm_ranking *out, struct work *work,
	const struct gm_ranking_request *request)
{
	const struct gm_evidence evidence = {
		.question = request->question,
		.ordinals = &out->ordinals,
		.scores = &out->scores,
		.sessions = &work->sessions,
		.vector = request->vector,
		.dims = request->dims,
		.sum = work->sum,
	};
	int rc = gm_candidates_choose(&out->candidates, &evidence, request->wanted, ALL,
		n_best(request), request->vector ? &work->near : NULL);

	if (rc == 0)
		rc = read_features(&out->candidates, &evidence, request);
	if (rc < 0)
		return rc;
	score(out);
	return 0;
}

/* Vectors alone: the score is the cosine. */
static int rank_by_vectors(struct gm_ranking *out, const struct work *work)
{
	struct gm_candidates *candidates = &out->candidates;
	int rc = gm_grow(&candidates->items, &candidates->cap, work->near.n,
		sizeof(*candidates->items));

	for (size_t i = 0; rc == 0 && i < work->near.n; i++) {
		const struct gm_vector_hit *hit = &work->near.items[i];
		struct gm_candidate candidate = {.score = hit->cosine};

		candidate.ordinal = gm_ordinal_of(&out->ordinals, hit->row);
		candidate.features[GM_FEATURE_VECTOR] = hit->cosine;
		if (candidate.ordinal != GM_ORDINAL_NONE && hit->cosine > 0)
			candidates->items[candidates->n++] = candidate;
	}
	return rc;
}

static void choose_weights(
	float out[GM_FEATURES], const struct gm_ranking_request *request)
{
	memset(out, 0, GM_FEATURES * sizeof(*out));
	if (request->mode == GM_RECALL_VECTOR) {
		out[GM_FEATURE_VECTOR] = 1;
		return;
	}
	memcpy(out, gm_fusion_weights(request->question->cues.english),
		GM_FEATURES * sizeof(*out));
	if (request->prefer == GM_RECALL_PREFER_RECENT)
		out[GM_FEATURE_RECENT] = RECENT_WEIGHT;
	if (request->prefer == GM_RECALL_PREFER_IMPORTANT)
		out[GM_FEATURE_IMPORTANT] = IMPORTANT_WEIGHT;
}

int gm_ranking_make(struct gm_ranking *out, const struct gm_ranking_request *request)
{
	gm_cleanup(work_dispose) struct work work = {.sum = NULL};
	bool vectors = request->mode == GM_RECALL_VECTOR;
	int rc = gm_ordinals_make(&out->ordinals, request->segments);

	choose_weights(out->weights, request);
	if (rc == 0 && (!vectors || request->explain))
		rc = gm_bm25_make(&out->scores, &out->ordinals, request->view,
			request->question, request->agents->names, request->n_labels);
	if (rc == 0 && !vectors)
		rc = gm_sessions_init(&work.sessions, &out->ordinals, request->view,
			&out->scores, request->n_labels);
	if (rc == 0)
		rc = search_vectors(&work, request);
	if (rc == 0)
		rc = vectors ? rank_by_vectors(out, &work) : rank(out, &work, request);
	if (rc == 0 && out->candidates.n)
		qsort_r(out->candidates.items, out->candidates.n,
			sizeof(*out->candidates.items), compare, &out->ordinals);
	return rc;
}
