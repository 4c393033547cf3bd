#include "index/answer.h"

#include <stdlib.h>
#include <string.h>

#include "index/alike.h"
#include "index/fusion.h"
#include "index/row.h"

/* A hit on its way: what ties are broken by, and where it comes from. */
struct taken {
	struct gm_hit hit;
	gm_time created;
	int64_t row;
	const struct gm_candidate *candidate;
	const struct gm_document *document;
};

struct answer {
	struct taken *items;
	size_t n;
	size_t cap;
	struct gm_database *database;
	const struct gm_ranking *ranking;
	const struct gm_recall_options *options;
};

static void answer_dispose(struct answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		gm_hit_dispose(&answer->items[i].hit);
	gm_free(answer->items);
}

/* 1 for a memory that stands in conflict with another one: people must see both. */
static int in_conflict(struct gm_database *database, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT 1 FROM memory WHERE row = ?1 AND conflicts IS NOT NULL");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	return gm_statement_step(statement);
}

/* 1 with what was taken before and is a near-duplicate, 0 when there is none. */
static int find_alike(
	struct taken **out, const struct answer *answer, const struct taken *next)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct taken *taken = &answer->items[i];
		if (!gm_documents_alike(taken->document, next->document))
			continue;
		int rc = in_conflict(answer->database, taken->row);
		if (rc == 0)
			rc = in_conflict(answer->database, next->row);
		if (rc < 0)
			return rc;
		if (rc)
			continue;
		*out = taken;
		return 1;
	}
	return 0;
}

static int note_duplicate(struct answer *answer, struct taken *taken, int64_t row)
{
	struct gm_hit other = {.path = NULL};
	gm_time created;

	if (!answer->options->explain)
		return 0;
	int rc = gm_row_read(&other, &created, answer->database, row);
	if (rc == 0)
		rc = gm_strv_add(&taken->hit.duplicates, other.id);
	gm_hit_dispose(&other);
	return rc;
}

static int take(struct answer *answer, const struct gm_candidate *candidate)
{
	const struct gm_ordinals *ordinals = &answer->ranking->ordinals;
	struct taken next = {.candidate = candidate,
		.document = gm_ordinal_document(ordinals, candidate->ordinal),
		.row = gm_ordinal_row(ordinals, candidate->ordinal)};
	struct taken *alike = NULL;
	int rc = 0;

	if (!answer->options->duplicates)
		rc = find_alike(&alike, answer, &next);
	if (rc != 0)
		return rc < 0 ? rc : note_duplicate(answer, alike, next.row);
	rc = gm_grow(&answer->items, &answer->cap, answer->n + 1, sizeof(*answer->items));
	if (rc == 0)
		rc = gm_row_read(&next.hit, &next.created, answer->database, next.row);
	if (rc < 0)
		return rc;
	next.hit.score = candidate->score;
	answer->items[answer->n++] = next;
	return 0;
}

static bool is_tie(const struct answer *answer, const struct gm_candidate *candidate)
{
	const struct taken *last = &answer->items[answer->n - 1];

	return last->candidate->score == candidate->score &&
		last->document->created ==
		gm_ordinal_document(&answer->ranking->ordinals, candidate->ordinal)
			->created;
}

/* The best `k`, and all that tie with the last of them. */
static int take_best(struct answer *answer)
{
	const struct gm_candidates *candidates = &answer->ranking->candidates;
	size_t k = answer->options->k;
	int rc = 0;

	for (size_t i = 0; i < candidates->n && rc == 0; i++) {
		if (answer->n >= k && (!k || !is_tie(answer, &candidates->items[i])))
			break;
		rc = take(answer, &candidates->items[i]);
	}
	return rc;
}

static int compare_taken(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	if (x->candidate->score != y->candidate->score)
		return x->candidate->score < y->candidate->score ? 1 : -1;
	if (x->created != y->created)
		return x->created < y->created ? 1 : -1;
	int order = strcmp(x->hit.id, y->hit.id);
	return order ? order : strcmp(x->hit.path, y->hit.path);
}

static int explain_words(
	struct gm_hit *hit, uint64_t words, const struct gm_question *question)
{
	int rc = 0;

	for (size_t i = 0; i < question->n && rc == 0; i++)
		if (words >> i & 1)
			rc = gm_strv_add(&hit->words, question->words[i].typed);
	for (size_t i = 0; i < question->required.n && rc == 0; i++) {
		const char *phrase = question->required.items[i].typed;
		if (!gm_strv_contains(&hit->words, phrase))
			rc = gm_strv_add(&hit->words, phrase);
	}
	return rc;
}

static int explain_score(struct gm_hit *hit, const float weights[GM_FEATURES],
	const float features[GM_FEATURES])
{
	hit->terms = gm_calloc(GM_FEATURES, sizeof(*hit->terms));
	if (!hit->terms)
		return GM_ENOMEM;
	for (unsigned i = 0; i < GM_FEATURES; i++) {
		if (weights[i] * features[i] == 0)
			continue;
		hit->terms[hit->n_terms++] = (struct gm_hit_term){
			gm_feature_name((enum gm_feature)i), weights[i], features[i]};
	}
	return 0;
}

static int explain(struct taken *taken, const struct gm_ranking *ranking,
	const struct gm_question *question)
{
	uint64_t words = ranking->scores.words[taken->candidate->ordinal];
	int rc = explain_words(&taken->hit, words, question);

	if (rc < 0)
		return rc;
	return explain_score(&taken->hit, ranking->weights, taken->candidate->features);
}

int gm_answer_take(struct gm_hits *out, struct gm_database *database,
	const struct gm_ranking *ranking, const struct gm_question *question,
	const struct gm_recall_options *options)
{
	gm_cleanup(answer_dispose) struct answer answer = {
		.database = database, .ranking = ranking, .options = options};
	int rc = take_best(&answer);

	if (rc == 0 && answer.n)
		qsort(answer.items, answer.n, sizeof(*answer.items), compare_taken);
	for (size_t i = 0; i < answer.n && i < options->k && rc == 0; i++) {
		struct gm_hit hit;
		if (options->explain)
			rc = explain(&answer.items[i], ranking, question);
		if (rc < 0)
			break;
		hit = answer.items[i].hit;
		memset(&answer.items[i].hit, 0, sizeof(hit));
		rc = gm_hits_add(out, &hit);
	}
	return rc;
}
