#include "index/features.h"

#include <math.h>
#include <string.h>

#include "index/cues.h"

/* How many members of a session on either side are looked at. */
#define BESIDE 2

/* A vector is blended with those beside it: the question is before its answer. */
static const float blend[2 * BESIDE + 1] = {.2F, .5F, 1, .3F, .2F};

/* A cosine from which on a memory without the words of a question may be its answer. */
#define NEAR .2F

/* In microseconds. */
#define MONTH (30 * 86400 * 1e6F)

struct surroundings {
	const struct gm_session *session; /* NULL: none */
	uint32_t place;
	uint32_t beside[2 * BESIDE + 1]; /* the memory itself is in the middle */
};

static int look_around(
	struct surroundings *out, const struct gm_evidence *evidence, uint32_t ordinal)
{
	for (int i = 0; i <= 2 * BESIDE; i++)
		out->beside[i] = GM_ORDINAL_NONE;
	out->session = NULL;
	out->place = 0;
	int rc = gm_sessions_of(&out->session, &out->place, evidence->sessions, ordinal);
	for (int i = 0; rc > 0 && i <= 2 * BESIDE; i++)
		out->beside[i] = gm_session_beside(out->session, out->place, i - BESIDE);
	out->beside[BESIDE] = ordinal;
	return rc < 0 ? rc : 0;
}

static void add_vector(const struct gm_evidence *evidence, uint32_t ordinal, float weight)
{
	const struct gm_segments *segments = evidence->ordinals->segments;
	size_t i = gm_ordinal_segment(evidence->ordinals, ordinal);

	if (segments->vectors[i])
		gm_vector_add(segments->vectors[i],
			gm_ordinal_row(evidence->ordinals, ordinal), weight,
			evidence->sum, evidence->vector);
}

static float cosine(const struct gm_evidence *evidence, uint32_t ordinal)
{
	const struct gm_segments *segments = evidence->ordinals->segments;
	size_t i = gm_ordinal_segment(evidence->ordinals, ordinal);

	if (!segments->vectors[i])
		return 0;
	return gm_vector_cosine(segments->vectors[i],
		gm_ordinal_row(evidence->ordinals, ordinal), evidence->vector);
}

static float blended_cosine(
	const struct gm_evidence *evidence, const struct surroundings *around)
{
	if (!evidence->vector)
		return 0;
	if (!around->session || around->session->n == 1)
		return cosine(evidence, around->beside[BESIDE]);
	memset(evidence->sum, 0, evidence->dims * sizeof(*evidence->sum));
	for (int i = 0; i <= 2 * BESIDE; i++)
		if (around->beside[i] != GM_ORDINAL_NONE)
			add_vector(evidence, around->beside[i], blend[i]);
	return gm_vector_query_cosine(evidence->vector, evidence->sum);
}

static float covered(
	const struct gm_evidence *evidence, const struct surroundings *around)
{
	const struct gm_bm25 *scores = evidence->scores;
	uint64_t words = 0;

	for (int i = BESIDE - 1; i <= BESIDE + 1; i++)
		if (around->beside[i] != GM_ORDINAL_NONE)
			words |= scores->words[around->beside[i]];
	return gm_bm25_idf(scores, words) / scores->total_idf;
}

/* Squared: a key that is asked for is named in full, and half of one is soon met by chance. */
static float named(const struct gm_bm25 *scores, uint32_t ordinal)
{
	float share = gm_bm25_idf(scores, scores->named[ordinal]) / scores->total_idf;

	return share * share;
}

static float asked(const struct gm_evidence *evidence, uint32_t before)
{
	if (before == GM_ORDINAL_NONE ||
		!(gm_ordinal_document(evidence->ordinals, before)->flags &
			GM_DOCUMENT_QUESTION))
		return 0;
	return evidence->scores->scores[before] / evidence->scores->mass;
}

/* From some 44 words on a text is long enough; of two words it lacks most. */
static float lacking_length(uint32_t words)
{
	float lacking = (3.8F - logf((float)words + 1)) / 2;

	return lacking < 0 ? 0 : lacking > 1.4F ? 1.4F : lacking;
}

/* What the memory's own text and time tell. */
static void read_document(float features[GM_FEATURES],
	const struct gm_question_cues *cues, const struct gm_document *document)
{
	features[GM_FEATURE_ONLY_ASKS] = document->flags & GM_DOCUMENT_ONLY_ASKS ? 1 : 0;
	features[GM_FEATURE_TIME] =
		cues->when && document->flags & GM_DOCUMENT_TIME ? 1 : 0;
	features[GM_FEATURE_NAMES] =
		cues->who ? (float)document->capitals / GM_CUES_CAPITALS : 0;
	features[GM_FEATURE_DATE] = (float)gm_question_cues_date(cues, document->created);
	features[GM_FEATURE_SHORT] = lacking_length(document->length);
	features[GM_FEATURE_IMPORTANT] = (float)document->importance / 100;
}

int gm_features_read(struct gm_candidate *out, const struct gm_evidence *evidence)
{
	const struct gm_bm25 *scores = evidence->scores;
	float *features = out->features;
	struct surroundings around;
	int rc = look_around(&around, evidence, out->ordinal);

	if (rc < 0)
		return rc;
	read_document(features, &evidence->question->cues,
		gm_ordinal_document(evidence->ordinals, out->ordinal));
	features[GM_FEATURE_WORDS] = scores->scores[out->ordinal];
	features[GM_FEATURE_COVERED] = covered(evidence, &around);
	features[GM_FEATURE_NAMED] = named(scores, out->ordinal);
	features[GM_FEATURE_ASKED] = asked(evidence, around.beside[BESIDE - 1]);
	float vector = blended_cosine(evidence, &around);
	features[GM_FEATURE_VECTOR] = vector > 0 ? vector : 0;
	out->alone = !around.session || around.session->n == 1;
	if (!out->alone) {
		features[GM_FEATURE_SESSION] = around.session->whole / scores->mass;
		features[GM_FEATURE_BEST] = around.session->best / scores->mass;
		features[GM_FEATURE_FIRST] = around.place < 2 ? 1 : 0;
	}
	out->found = features[GM_FEATURE_WORDS] > 0 || vector >= NEAR ||
		(features[GM_FEATURE_DATE] >= 1 && evidence->question->cues.n_dates > 1);
	return 0;
}

/*
 * What is in no session would lose against everything that is in one. It is given what it would
 * have in a session that matches, against the others, as well as it does itself. It was not said
 * in passing, however short it is; and as nothing around it tells that it belongs to the
 * question, its time and the names in it count only as far as it matches.
 */
static void compare_alone(float features[GM_FEATURES], const float best[GM_FEATURES])
{
	static const enum gm_feature cues[] = {
		GM_FEATURE_TIME, GM_FEATURE_NAMES, GM_FEATURE_DATE};
	float words = features[GM_FEATURE_WORDS];
	float match = fmaxf(words, features[GM_FEATURE_NEAREST]);

	features[GM_FEATURE_SESSION] = words * best[GM_FEATURE_SESSION];
	features[GM_FEATURE_BEST] = words * best[GM_FEATURE_BEST];
	features[GM_FEATURE_FIRST] = best[GM_FEATURE_FIRST];
	features[GM_FEATURE_SHORT] = features[GM_FEATURE_ONLY_ASKS] = 0;
	for (size_t i = 0; i < sizeof(cues) / sizeof(*cues); i++)
		features[cues[i]] *= match;
}

static void compare_ages(
	struct gm_candidate *candidates, size_t n, const struct gm_ordinals *ordinals)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		int64_t created =
			gm_ordinal_document(ordinals, candidates[i].ordinal)->created;
		newest = created > newest ? created : newest;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t created =
			gm_ordinal_document(ordinals, candidates[i].ordinal)->created;
		float age = (float)newest - (float)created;
		candidates[i].features[GM_FEATURE_RECENT] = exp2f(-age / MONTH);
	}
}

void gm_features_compare(
	struct gm_candidate *candidates, size_t n, const struct gm_ordinals *ordinals)
{
	float best[GM_FEATURES] = {0};

	compare_ages(candidates, n, ordinals);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < GM_FEATURES; j++)
			best[j] = fmaxf(best[j], candidates[i].features[j]);
	for (size_t i = 0; i < n; i++) {
		float *features = candidates[i].features;
		if (best[GM_FEATURE_WORDS] > 0)
			features[GM_FEATURE_WORDS] /= best[GM_FEATURE_WORDS];
		if (best[GM_FEATURE_VECTOR] > 0)
			features[GM_FEATURE_NEAREST] =
				features[GM_FEATURE_VECTOR] / best[GM_FEATURE_VECTOR];
		if (candidates[i].alone)
			compare_alone(features, best);
	}
}
