/* Queries of anybody: whatever the words are, a memory that has them is found. */
#include <stdlib.h>
#include <string.h>

#include "dag/record.h"
#include "index/analysed.h"
#include "index/phrase.h"
#include "index/ranking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int rc)
{
	if (rc < 0)
		abort();
}

/* A segment of one memory, in row 1. */
static struct gm_posting_segment *make_segment(
	struct gm_stemmer *stemmer, const char *text, size_t size)
{
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_posting_segment *segment = NULL;
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	must(gm_record_set_content(&record, text, size));
	must(gm_analysed_make(&analysed, &record, 0, 0, stemmer));
	must(gm_posting_builder_new(&builder, 1));
	must(gm_posting_builder_add(builder, analysed.ptr, analysed.size));
	must(gm_posting_builder_finish(builder, &sink));
	must(gm_posting_segment_take(&segment, &sink.bytes));
	return segment;
}

static void rank(struct gm_posting_segment *segment, const struct gm_question *question)
{
	struct gm_vector_segment *vectors = NULL;
	const struct gm_segments segments = {.postings = &segment,
		.vectors = &vectors,
		.n = 1,
		.total_length = gm_posting_segment_documents(segment)->length,
		.n_documents = 1};
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_autoagentwords agents = GM_AGENT_WORDS_INIT;
	gm_autoranking ranking = GM_RANKING_INIT;

	must(gm_bitmap_set(&rows, 1));
	agents.question = question;
	const struct gm_ranking_request request = {.segments = &segments,
		.view = &rows,
		.wanted = &rows,
		.question = question,
		.agents = &agents,
		.k = 10};
	must(gm_ranking_make(&ranking, &request));
	if (ranking.candidates.n > 1)
		abort();
	for (size_t i = 0; i < question->required.n; i++) {
		const struct gm_question_phrase *phrase = &question->required.items[i];
		must(gm_phrase_find(&rows, segment, phrase->places, phrase->n));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gm_stemmer *stemmer; /* making it costs more than a query */
	gm_autofree char *text = gm_strndup((const char *)data, size);
	gm_autoquestion question = GM_QUESTION_INIT;

	if (!stemmer)
		must(gm_stemmer_new(&stemmer));
	if (!text || gm_question_parse(&question, stemmer, ~0U, text) < 0)
		return 0;
	if (!question.n || question.n > GM_QUESTION_MAX_WORDS)
		abort();
	struct gm_posting_segment *segment = make_segment(stemmer, text, strlen(text));
	rank(segment, &question);
	gm_posting_segment_free(segment);
	return 0;
}
