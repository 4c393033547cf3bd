#include <stdlib.h>
#include <string.h>

#include "index/filter.h"
#include "index/fingerprint.h"
#include "index/query_words.h"
#include "index/row.h"
#include "index/tokenizer.h"

struct candidate {
	int64_t row;
	double score;
};

struct candidates {
	struct candidate *items;
	size_t n;
	size_t cap;
};

static void candidates_dispose(struct candidates *candidates)
{
	gm_free(candidates->items);
}

static int find_candidates(struct candidates *out, struct gm_database *database,
	const struct gm_query_words *query, const struct gm_bitmap *rows)
{
	gm_autostatement *statement = NULL;
	int rc = gm_filter_define_wanted(database, rows);

	if (rc == 0)
		rc = gm_statement_get(&statement, database,
			"SELECT rowid, -bm25(words, 1.0, 2.0) FROM words"
			" WHERE words MATCH ?1 AND wanted(rowid)");
	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, gm_buf_str(&query->match));
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
		if (rc < 0)
			return rc;
		out->items[out->n].row = gm_column_int(statement, 0);
		out->items[out->n].score = sqlite3_column_double(statement->stmt, 1);
		out->n++;
	}
	return rc;
}

/* Let the first of a heap, the least score, sink to its place. */
static void sink(double *heap, size_t n)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < n && heap[child + 1] < heap[child])
			child++;
		if (child >= n || heap[at] <= heap[child])
			return;
		double other = heap[child];
		heap[child] = heap[at];
		heap[at] = other;
		at = child;
	}
}

static int compare_scores(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The score of the k-th best of more than k candidates. */
static int find_threshold(double *out, const struct candidates *candidates, size_t k)
{
	gm_autofree double *heap = gm_calloc(k, sizeof(*heap));

	if (!heap)
		return GM_ENOMEM;
	for (size_t i = 0; i < k; i++)
		heap[i] = candidates->items[i].score;
	qsort(heap, k, sizeof(*heap), compare_scores); /* sorted is a heap too */
	for (size_t i = k; i < candidates->n; i++) {
		if (candidates->items[i].score <= heap[0])
			continue;
		heap[0] = candidates->items[i].score;
		sink(heap, k);
	}
	*out = heap[0];
	return 0;
}

/* A hit on its way: what ties are broken by, and its row. */
struct ranked {
	struct gm_hit hit;
	gm_time created;
	int64_t row;
};

struct ranking {
	struct ranked *items;
	size_t n;
	size_t cap;
};

static void ranking_dispose(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->n; i++)
		gm_hit_dispose(&ranking->items[i].hit);
	gm_free(ranking->items);
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->hit.score != y->hit.score)
		return x->hit.score < y->hit.score ? 1 : -1;
	if (x->created != y->created)
		return x->created < y->created ? 1 : -1;
	int order = strcmp(x->hit.id, y->hit.id);
	return order ? order : strcmp(x->hit.path, y->hit.path);
}

/* Rank the best `k` and all that tie with the last of them. */
static int rank(struct ranking *out, struct gm_database *database,
	const struct candidates *candidates, size_t k)
{
	double least = 0;
	int rc = 0;

	if (candidates->n > k)
		rc = find_threshold(&least, candidates, k);
	for (size_t i = 0; i < candidates->n && rc == 0; i++) {
		struct ranked ranked = {.row = candidates->items[i].row};

		if (candidates->n > k && candidates->items[i].score < least)
			continue;
		rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
		if (rc == 0)
			rc = gm_row_read(
				&ranked.hit, &ranked.created, database, ranked.row);
		if (rc < 0)
			return rc;
		ranked.hit.score = candidates->items[i].score;
		out->items[out->n++] = ranked;
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), compare_ranked);
	return rc;
}

/* FTS5 function `matched(words)`: a bit for each phrase of the expression that the row has. */
static void call_matched(const Fts5ExtensionApi *api, Fts5Context *fts,
	sqlite3_context *context, int n_arguments, sqlite3_value **arguments)
{
	uint64_t found = 0;
	int n = 0;
	int rc = api->xInstCount(fts, &n);

	(void)n_arguments;
	(void)arguments;
	for (int i = 0; i < n && !rc; i++) {
		int phrase;
		int column;
		int offset;

		rc = api->xInst(fts, i, &phrase, &column, &offset);
		if (!rc && phrase >= 0 && phrase < GM_QUERY_MAX_WORDS)
			found |= UINT64_C(1) << phrase;
	}
	if (rc)
		sqlite3_result_error_code(context, rc);
	else
		sqlite3_result_int64(context, (sqlite3_int64)found);
}

static int define_matched(struct gm_database *database)
{
	fts5_api *api;
	int rc = gm_fts5_api(&api, database);

	if (rc < 0)
		return rc;
	rc = api->xCreateFunction(api, "matched", NULL, call_matched, NULL);
	return rc ? gm_database_error(database, rc) : 0;
}

static int explain_one(struct ranked *ranked, struct gm_database *database,
	const struct gm_query_words *query)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT matched(words) FROM words WHERE words MATCH ?1 AND rowid = ?2");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, gm_buf_str(&query->match));
	gm_bind_int(statement, 2, ranked->row);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	uint64_t found = (uint64_t)gm_column_int(statement, 0);
	rc = 0;
	for (size_t i = 0; i < query->words.n && rc == 0; i++)
		if (found >> i & 1)
			rc = gm_strv_add(&ranked->hit.words, query->words.items[i]);
	return rc;
}

static int take_best(struct gm_hits *out, struct ranking *ranking, size_t k)
{
	for (size_t i = 0; i < ranking->n && i < k; i++) {
		struct gm_hit hit = ranking->items[i].hit;

		memset(&ranking->items[i].hit, 0, sizeof(hit));
		int rc = gm_hits_add(out, &hit);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Of the rows those that have all that must be there, and nothing that must not. */
static int keep_matching(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_query_words *query)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < query->required.n; i++)
		rc = gm_filter_match(rows, database, query->required.items[i], true);
	for (size_t i = 0; rc == 0 && i < query->excluded.n; i++)
		rc = gm_filter_match(rows, database, query->excluded.items[i], false);
	return rc;
}

struct question {
	struct gm_hits *out;
	const char *text;
	const struct gm_recall_options *options;
};

static int answer(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct question *question = payload;
	struct gm_database *database = index->database;
	gm_autoquery query = GM_QUERY_WORDS_INIT;
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_cleanup(candidates_dispose) struct candidates candidates = {NULL, 0, 0};
	gm_cleanup(ranking_dispose) struct ranking ranking = {NULL, 0, 0};
	gm_autohits hits = GM_HITS_INIT;
	unsigned languages = 0;
	int rc = gm_fingerprint_languages(&languages, database);

	if (rc == 0)
		rc = gm_query_words_parse(&query, database, languages, question->text);
	if (rc == 0)
		rc = gm_filter_rows(&rows, index, view, question->options->filter);
	if (rc == 0)
		rc = keep_matching(&rows, database, &query);
	if (rc == 0)
		rc = find_candidates(&candidates, database, &query, &rows);
	if (rc == 0)
		rc = rank(&ranking, database, &candidates, question->options->k);
	if (rc == 0 && question->options->explain)
		rc = define_matched(database);
	for (size_t i = 0; i < ranking.n && i < question->options->k && rc == 0; i++)
		if (question->options->explain)
			rc = explain_one(&ranking.items[i], database, &query);
	if (rc == 0)
		rc = take_best(&hits, &ranking, question->options->k);
	if (rc < 0)
		return rc;
	gm_hits_dispose(question->out);
	*question->out = hits;
	hits = (struct gm_hits)GM_HITS_INIT;
	return 0;
}

int gm_index_recall(struct gm_hits *out, struct gm_index *index, const char *query,
	const struct gm_recall_options *options)
{
	struct question question = {out, query, options};

	return gm_index_query(index, answer, &question);
}
