#include "index/answer.h"
#include "index/embedder.h"
#include "index/filter.h"
#include "index/fingerprint.h"
#include "index/phrase.h"
#include "index/query_vector.h"

/* What one question needs on its way; pointers are lent. */
struct recall {
	struct gm_hits *out;
	const char *text;
	const struct gm_recall_options *options;
	struct gm_index *index;
	const struct gm_index_view *view;
	const struct gm_segments *segments;
	struct gm_question question;
	struct gm_bitmap wanted;
	struct gm_agent_words agents;
	uint32_t n_labels;
	struct gm_vector_query *vector; /* by the learnt embedding */
	size_t dims;
	struct gm_vector_query *given; /* by another one, made before */
};

static void recall_dispose(struct recall *recall)
{
	gm_question_dispose(&recall->question);
	gm_bitmap_dispose(&recall->wanted);
	gm_agent_words_dispose(&recall->agents);
	gm_vector_query_free(recall->vector);
}

static int read_question(struct recall *recall)
{
	struct gm_database *database = recall->index->database;
	unsigned languages = 0;
	int rc = gm_fingerprint_languages(&languages, database);

	if (rc == 0)
		rc = gm_question_parse(
			&recall->question, database->stemmer, languages, recall->text);
	if (rc == 0)
		rc = gm_segments_get(&recall->segments, recall->index);
	recall->agents.database = database;
	recall->agents.question = &recall->question;
	return rc < 0 ? rc
		      : gm_agent_words_find(&recall->agents.names, recall->segments,
				&recall->question);
}

static int find_phrase(struct gm_bitmap *out, const struct gm_segments *segments,
	const struct gm_question_phrase *phrase)
{
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc == 0; i++)
		rc = gm_phrase_find(
			out, segments->postings[i], phrase->places, phrase->n);
	return rc;
}

/* Of the wanted rows those that have all that must be there, and nothing that must not. */
static int keep_matching(struct recall *recall)
{
	const struct gm_question *question = &recall->question;
	int rc = 0;

	for (size_t i = 0; i < question->required.n && rc == 0; i++) {
		gm_autobitmap found = GM_BITMAP_INIT;
		rc = find_phrase(&found, recall->segments, &question->required.items[i]);
		gm_bitmap_and(&recall->wanted, &found);
	}
	for (size_t i = 0; i < question->excluded.n && rc == 0; i++) {
		gm_autobitmap found = GM_BITMAP_INIT;
		rc = find_phrase(&found, recall->segments, &question->excluded.items[i]);
		gm_bitmap_and_not(&recall->wanted, &found);
	}
	return rc;
}

static int find_wanted(struct recall *recall)
{
	int rc = gm_filter_rows(
		&recall->wanted, recall->index, recall->view, recall->options->filter);

	return rc < 0 ? rc : keep_matching(recall);
}

static int count_labels(struct recall *recall)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, recall->index->database,
		"SELECT coalesce(max(number), 0) FROM label");

	if (rc == 0)
		rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	int64_t last = gm_column_int(statement, 0);
	recall->n_labels = last < 0 || last >= UINT32_MAX ? 0 : (uint32_t)last + 1;
	return 0;
}

static int make_vector(struct recall *recall)
{
	const struct gm_segments *segments = recall->segments;

	/* With vectors of a few memories only these would be found. */
	if (segments->n_without_vectors > segments->n_documents / GM_MISSING_SHARE)
		recall->given = NULL;
	if (recall->options->mode == GM_RECALL_LEXICAL || recall->index->embedder)
		return 0;
	int rc = gm_query_vector_make(&recall->vector, &recall->dims, recall->segments,
		&recall->question, recall->agents.names);
	return rc < 0 ? rc : 0;
}

/* Of the files hardly a page is mapped yet for the first question. */
static int choose_reading(const struct recall *recall)
{
	struct gm_vector_query *vector = recall->given ? recall->given : recall->vector;

	return vector ? gm_vector_query_read(vector, !recall->index->was_asked) : 0;
}

/* Who asks for vectors alone has to know that there are none. */
static int check_vectors(const struct recall *recall)
{
	const struct gm_embedder *embedder = recall->index->embedder;
	const char *why = "nothing was learned from the memories yet";

	if (recall->options->mode != GM_RECALL_VECTOR || recall->given ||
		(!embedder && recall->segments->lsa))
		return 0;
	if (embedder && embedder->embedding && !*embedder->trouble && embedder->missing)
		return gm_error(GM_ERROR,
			"there are no vectors to recall by: %zu memor%s none yet",
			embedder->missing, embedder->missing == 1 ? "y has" : "ies have");
	if (embedder)
		why = embedder->embedding ? embedder->trouble
					  : "'recall.embedding' is 'none'";
	return gm_error(
		GM_ERROR, "there are no vectors to recall by%s%s", *why ? ": " : "", why);
}

static int rank(struct gm_ranking *out, struct recall *recall)
{
	const struct gm_ranking_request request = {
		.segments = recall->segments,
		.view = &recall->view->rows,
		.wanted = &recall->wanted,
		.question = &recall->question,
		.agents = &recall->agents,
		.n_labels = recall->n_labels,
		.vector = recall->given ? recall->given : recall->vector,
		.dims = recall->dims,
		.mode = recall->options->mode,
		.prefer = recall->options->prefer,
		.k = recall->options->k,
		.explain = recall->options->explain,
	};

	return gm_ranking_make(out, &request);
}

static int answer(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	const struct recall *asked = payload;
	gm_cleanup(recall_dispose) struct recall recall = *asked;
	gm_autoranking ranking = GM_RANKING_INIT;
	gm_autohits hits = GM_HITS_INIT;

	recall.index = index;
	recall.view = view;
	int rc = read_question(&recall);
	if (rc == 0)
		rc = find_wanted(&recall);
	if (rc == 0)
		rc = count_labels(&recall);
	if (rc == 0)
		rc = make_vector(&recall);
	if (rc == 0)
		rc = choose_reading(&recall);
	if (rc == 0)
		rc = check_vectors(&recall);
	if (rc == 0)
		rc = rank(&ranking, &recall);
	if (rc == 0)
		rc = gm_answer_take(&hits, index->database, &ranking, &recall.question,
			recall.options);
	if (rc < 0)
		return rc;
	gm_hits_dispose(recall.out);
	*recall.out = hits;
	hits = (struct gm_hits)GM_HITS_INIT;
	return 0;
}

int gm_index_recall(struct gm_hits *out, struct gm_index *index, const char *query,
	const struct gm_recall_options *options)
{
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *vector = NULL;
	struct recall recall = {.out = out, .text = query, .options = options};
	int rc = options->mode == GM_RECALL_LEXICAL
		? 0
		: gm_embedder_query(&vector, &recall.dims, index, query);

	if (rc < 0)
		return rc;
	recall.given = vector;
	rc = gm_index_query(index, answer, &recall);
	index->was_asked = true;
	return rc;
}
