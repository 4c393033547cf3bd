#include "index/bm25.h"

#include <math.h>

#include "index/word_postings.h"

#define K1 1.2F
#define B .75F
#define NAMES_WEIGHT 2.0F

/* Sessions differ in length more, and in what they are about. */
#define SESSION_K1 .9F
#define SESSION_B .5F

/* In a talk people are named all the time; who said something is another feature. */
#define AGENT_WEIGHT .3F

/* The mean of tf * (k1 + 1) / (tf + k1) is not much below its limit, k1 + 1. */
#define MASS 1.9F

void gm_bm25_dispose(struct gm_bm25 *scores)
{
	gm_free(scores->scores);
	gm_free(scores->words);
	gm_free(scores->named);
	gm_free(scores->in_session);
	*scores = (struct gm_bm25)GM_BM25_INIT;
}

static float idf_of(double n, double df)
{
	if (df > n)
		df = n;
	return (float)log(1 + (n - df + .5) / (df + .5));
}

/* What scoring one word needs, for all of its postings. */
struct scoring {
	struct gm_bm25 *out;
	const struct gm_bitmap *view;
	float idf;
	float norm;        /* of a text without words */
	float norm_length; /* for each word of it */
	uint64_t bit;
	uint16_t *in_session; /* of this word */
	uint32_t n_sessions;  /* with the word */
};

static void count_in_session(struct scoring *scoring, uint32_t session, uint32_t tf)
{
	if (!session || session >= scoring->out->n_labels || !scoring->in_session)
		return;
	uint16_t *n = &scoring->in_session[session];
	scoring->n_sessions += *n == 0;
	*n = tf > (uint32_t)(UINT16_MAX - *n) ? UINT16_MAX : (uint16_t)(*n + tf);
}

static void score_row(struct scoring *scoring, const struct gm_measure *measure,
	uint32_t ordinal, uint32_t in_content, uint32_t in_names)
{
	float tf = (float)in_content + NAMES_WEIGHT * (float)in_names;
	uint32_t length = measure->length;

	if (length < GM_BM25_MIN_LENGTH)
		length = GM_BM25_MIN_LENGTH;
	float norm = scoring->norm + scoring->norm_length * (float)length;
	scoring->out->scores[ordinal] += scoring->idf * tf * (K1 + 1) / (tf + norm);
	scoring->out->words[ordinal] |= scoring->bit;
	if (in_names)
		scoring->out->named[ordinal] |= scoring->bit;
	count_in_session(scoring, measure->session, in_content + in_names);
}

/* How many postings before its turn what is known of a row is asked for: it is in no cache. */
#define AHEAD 12

static void ask_for(const struct scoring *scoring, const struct gm_measure *measures,
	uint32_t row, uint32_t start)
{
	__builtin_prefetch(&measures[row]);
	__builtin_prefetch(&scoring->out->scores[start + row], 1);
	__builtin_prefetch(&scoring->out->words[start + row], 1);
}

static int score_segment(struct scoring *scoring, struct gm_word_postings *postings,
	const struct gm_posting_segment *segment, uint32_t start)
{
	const struct gm_measure *measures = gm_posting_segment_measures(segment);
	int64_t first = gm_posting_segment_first(segment);
	struct gm_word_block block;
	int rc;

	while ((rc = gm_word_postings_next(&block, postings)) > 0)
		for (size_t i = 0; i < block.n; i++) {
			uint32_t row = block.rows[i];
			if (i + AHEAD < block.n)
				ask_for(scoring, measures, block.rows[i + AHEAD], start);
			if (gm_bitmap_test(scoring->view, first + row))
				score_row(scoring, &measures[row], start + row,
					block.in_content[i], block.in_names[i]);
		}
	return rc;
}

/* Score word `at`. */
static int score_word(struct gm_bm25 *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *view, const struct gm_query_word *word, size_t at,
	float weight)
{
	const struct gm_segments *segments = ordinals->segments;
	gm_autowordpostings postings = GM_WORD_POSTINGS_INIT;
	float mean = segments->n_documents
		? (float)segments->total_length / (float)segments->n_documents
		: 0;
	struct scoring scoring = {.out = out, .view = view, .bit = UINT64_C(1) << at};
	int rc = gm_word_postings_find(&postings, segments, word);

	if (mean < GM_BM25_MIN_LENGTH)
		mean = GM_BM25_MIN_LENGTH;
	scoring.idf = weight * idf_of((double)segments->n_documents, (double)postings.df);
	scoring.norm = K1 * (1 - B);
	scoring.norm_length = K1 * B / mean;
	if (out->in_session)
		scoring.in_session = out->in_session + at * out->n_labels;
	for (size_t i = 0; rc == 0 && i < segments->n; i++) {
		gm_word_postings_enter(&postings, i);
		rc = score_segment(
			&scoring, &postings, segments->postings[i], ordinals->starts[i]);
	}
	out->idf[at] = scoring.idf;
	out->n_sessions[at] = scoring.n_sessions;
	return rc;
}

/* A session's score is left out where the counts would need more memory than all else. */
#define MAX_COUNTS ((size_t)1 << 25)

static int allocate(struct gm_bm25 *out, size_t n, size_t n_words, uint32_t n_labels)
{
	out->scores = gm_calloc(n ? n : 1, sizeof(*out->scores));
	out->words = gm_calloc(n ? n : 1, sizeof(*out->words));
	out->named = gm_calloc(n ? n : 1, sizeof(*out->named));
	out->n_labels = n_labels;
	out->n_words = n_words;
	if (!out->scores || !out->words || !out->named)
		return GM_ENOMEM;
	gm_prefer_huge_pages(out->scores, n * sizeof(*out->scores));
	gm_prefer_huge_pages(out->words, n * sizeof(*out->words));
	if (n_labels < 2 || n_words > MAX_COUNTS / n_labels)
		return 0;
	out->in_session = gm_calloc(n_words * n_labels, sizeof(*out->in_session));
	return out->in_session ? 0 : GM_ENOMEM;
}

struct session_totals {
	uint64_t n;
	uint64_t length;
};

/* Sessions that are in several segments count in each: they are few. */
static struct session_totals session_totals(const struct gm_segments *segments)
{
	struct session_totals sum = {0, 0};

	for (size_t i = 0; i < segments->n; i++) {
		struct gm_posting_totals totals;
		gm_posting_segment_totals(&totals, segments->postings[i]);
		sum.n += totals.sessions;
		sum.length += totals.session_length;
	}
	return sum;
}

static void finish_sessions(struct gm_bm25 *out, const struct gm_segments *segments)
{
	struct session_totals totals = session_totals(segments);

	out->session_length = totals.n ? (float)totals.length / (float)totals.n : 1;
	if (out->session_length < 1)
		out->session_length = 1;
	for (size_t i = 0; i < out->n_words; i++)
		out->session_idf[i] =
			idf_of((double)totals.n, (double)out->n_sessions[i]);
}

int gm_bm25_make(struct gm_bm25 *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *view, const struct gm_question *question, uint64_t names,
	uint32_t n_labels)
{
	int rc = allocate(out, ordinals->n, question->n, n_labels);

	for (size_t i = 0; i < question->n && rc == 0; i++) {
		float weight = gm_question_weight(&question->words[i]) *
			(names >> i & 1 ? AGENT_WEIGHT : 1);
		rc = score_word(out, ordinals, view, &question->words[i].word, i, weight);
		out->total_idf += out->idf[i];
	}
	if (rc < 0)
		return rc;
	if (out->total_idf < 1)
		out->total_idf = 1;
	out->mass = out->total_idf * MASS;
	finish_sessions(out, ordinals->segments);
	return 0;
}

float gm_bm25_session(const struct gm_bm25 *scores, uint32_t label, uint64_t length)
{
	float norm = SESSION_K1 *
		(1 - SESSION_B + SESSION_B * (float)length / scores->session_length);
	float sum = 0;

	if (!scores->in_session || label >= scores->n_labels)
		return 0;
	for (size_t i = 0; i < scores->n_words; i++) {
		float tf = scores->in_session[i * scores->n_labels + label];
		if (tf > 0)
			sum += scores->session_idf[i] * tf * (SESSION_K1 + 1) /
				(tf + norm);
	}
	return sum;
}

float gm_bm25_idf(const struct gm_bm25 *scores, uint64_t words)
{
	float sum = 0;

	for (; words; words &= words - 1)
		sum += scores->idf[__builtin_ctzll(words)];
	return sum;
}
