#include "index/bitmap.h"
#include "index/language.h"
#include "index/lsa_context.h"
#include "index/lsa_model.h"
#include "index/lsa_vocabulary.h"
#include "index/words.h"

/* Fewer memories than that say little of how words go together. */
#define LEAST_MEMORIES 32

/* Words of all memories learned from: about 50,000 of the usual ones, and a second's work. */
#define MOST_WORDS ((uint64_t)4 << 20)

/* A second round makes the basis good, a third one a little better where it costs nothing. */
#define MANY_TERMS ((size_t)1 << 19)

struct training {
	const struct gm_bitmap *alive;
	size_t learned;     /* memories to learn from */
	uint64_t words;     /* of them all */
	uint64_t odds;      /* of a session to be taken, of 2^64 */
	size_t n;           /* memories taken */
	unsigned languages; /* of those */
	uint32_t *runs;     /* where each run of a session begins */
	size_t n_runs;
	size_t cap_runs;
	uint32_t *numbers; /* for each row of a segment, its number among those taken */
	struct gm_term_counts counts;
	struct gm_lsa_vocabulary vocabulary;
};

#define TRAINING_INIT                                                               \
	{                                                                           \
		.counts = GM_TERM_COUNTS_INIT, .vocabulary = GM_LSA_VOCABULARY_INIT \
	}

static void training_dispose(struct training *training)
{
	gm_free(training->runs);
	gm_free(training->numbers);
	gm_term_counts_dispose(&training->counts);
	gm_lsa_vocabulary_dispose(&training->vocabulary);
}

static bool is_wanted(const struct gm_bitmap *alive,
	const struct gm_posting_segment *segment, size_t offset)
{
	const struct gm_document *document =
		&gm_posting_segment_documents(segment)[offset];

	return !(document->flags & (GM_DOCUMENT_PRIVATE | GM_DOCUMENT_NONE)) &&
		gm_bitmap_test(
			alive, gm_posting_segment_first(segment) + (int64_t)offset);
}

static void count_wanted(
	struct training *training, const struct gm_posting_segment *segment)
{
	const struct gm_document *documents = gm_posting_segment_documents(segment);

	for (size_t i = 0; i < gm_posting_segment_rows(segment); i++) {
		if (!is_wanted(training->alive, segment, i))
			continue;
		training->learned++;
		training->words += documents[i].length + documents[i].names_length;
	}
}

/* Whether the run that begins with a row is taken: by a hash of it (SplitMix64). */
static bool is_taken(const struct training *training, uint64_t row)
{
	uint64_t hash = (row + 1) * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return (hash ^ hash >> 31) <= training->odds;
}

/* The run that the rows of a segment, in their order, belong to. */
struct run {
	uint32_t session;
	size_t n;
	bool taken;
};

static bool is_next(const struct run *run, const struct gm_document *document)
{
	return run->n && run->n < GM_LSA_CONTEXT_MAX_RUN && document->session &&
		document->session == run->session;
}

static int begin_run(
	struct training *training, struct run *run, int64_t row, uint32_t session)
{
	*run = (struct run){session, 0, is_taken(training, (uint64_t)row)};
	if (!run->taken)
		return 0;
	int rc = gm_grow(&training->runs, &training->cap_runs, training->n_runs + 2,
		sizeof(*training->runs));
	if (rc == 0)
		training->runs[training->n_runs++] = (uint32_t)training->n;
	return rc;
}

/* Number the memories to be taken of a segment, session by session. */
static int take_rows(struct training *training, const struct gm_posting_segment *segment)
{
	const struct gm_document *documents = gm_posting_segment_documents(segment);
	const uint32_t *order = gm_posting_segment_order(segment);
	size_t n = gm_posting_segment_rows(segment);
	struct run run = {0, 0, false};
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		training->numbers[i] = GM_TERM_NO_ROW;
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (order[i] >= n || !is_wanted(training->alive, segment, order[i]))
			continue;
		const struct gm_document *document = &documents[order[i]];
		if (!is_next(&run, document))
			rc = begin_run(training, &run,
				gm_posting_segment_first(segment) + order[i],
				document->session);
		run.n++;
		if (rc < 0 || !run.taken || training->numbers[order[i]] != GM_TERM_NO_ROW)
			continue;
		training->numbers[order[i]] = (uint32_t)training->n++;
		if (document->language < GM_LANGUAGES)
			training->languages |= GM_LANGUAGE_BIT(document->language);
	}
	return rc;
}

/* Of a sample, terms that only one memory of a segment has are hardly worth their room. */
static int number_term(
	uint32_t *out, const char *text, size_t size, uint32_t df, void *payload)
{
	struct training *training = payload;

	if (size > GM_WORD_MAX || (df < 2 && training->odds != UINT64_MAX))
		return 0;
	int rc = gm_lsa_vocabulary_number(out, &training->vocabulary, text, size);
	return rc < 0 ? rc : 1;
}

static int take_segment(
	struct training *training, const struct gm_posting_segment *segment)
{
	gm_autotermlists lists = GM_TERM_LISTS_INIT;
	size_t n = gm_posting_segment_rows(segment);
	size_t before = training->n;

	gm_free(training->numbers);
	training->numbers = gm_calloc(n, sizeof(*training->numbers));
	int rc = training->numbers ? take_rows(training, segment) : GM_ENOMEM;
	if (rc < 0 || training->n == before)
		return rc;
	rc = gm_term_lists_make(&lists, segment, number_term, training);
	if (rc == 0)
		rc = gm_term_lists_read(
			&training->counts, &lists, segment, n, training->numbers);
	return rc;
}

static int take_memories(
	struct training *training, struct gm_posting_segment *const *items, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		count_wanted(training, items[i]);
	if (training->learned < LEAST_MEMORIES)
		return GM_ENO;
	training->odds = training->words <= MOST_WORDS
		? UINT64_MAX
		: UINT64_MAX / training->words * MOST_WORDS;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = take_segment(training, items[i]);
	if (rc == 0 && !training->n)
		rc = GM_ENO;
	if (rc == 0)
		training->runs[training->n_runs] = (uint32_t)training->n;
	return rc;
}

/* Fewer make words resemble each other that few memories say little of; more tell more apart. */
static size_t dims_for(size_t n)
{
	static const struct {
		size_t below;
		size_t dims;
	} steps[] = {{256, 64}, {2048, 128}, {32768, 256}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (n < steps[i].below)
			return steps[i].dims;
	return GM_LSA_MAX_DIMS;
}

static int learn(struct gm_segment_sink *sink, struct training *training,
	struct gm_progress *progress)
{
	gm_autotermrows rows = GM_TERM_ROWS_INIT;
	gm_autofree uint64_t *hashes = NULL;
	gm_autofree float *weights = NULL;
	gm_autofree float *directions = NULL;
	struct gm_lsa_context context = {.rows = &rows,
		.runs = training->runs,
		.n_runs = training->n_runs,
		.dense = gm_dense(),
		.progress = progress};
	struct gm_lsa_learned learned = {
		.dims = dims_for(training->learned), .learned = training->learned};
	int rc = gm_term_rows_make(
		&rows, &training->counts, training->n, training->vocabulary.n);

	if (rc == 0)
		rc = gm_lsa_vocabulary_choose(&hashes, &weights, &rows,
			&training->vocabulary, training->languages);
	if (rc < 0 || !rows.n_terms)
		return rc < 0 ? rc : GM_ENO;
	unsigned rounds = rows.starts[rows.n] > MANY_TERMS ? 2 : 3;
	gm_progress_start(progress, "Learning words", rounds * rows.n, progress->wanted);
	rc = gm_lsa_context_directions(
		&directions, &context, hashes, learned.dims, rounds);
	gm_progress_finish(progress, rounds * rows.n);
	learned.hashes = hashes;
	learned.weights = weights;
	learned.directions = directions;
	learned.n_terms = rows.n_terms;
	return rc < 0 ? rc : gm_lsa_write(sink, &learned);
}

int gm_lsa_train(struct gm_segment_sink *sink, struct gm_posting_segment *const *items,
	size_t n, const struct gm_bitmap *rows, struct gm_progress *progress)
{
	gm_cleanup(training_dispose) struct training training = TRAINING_INIT;
	struct gm_progress silent = {.wanted = false};

	training.alive = rows;
	training.languages = GM_LANGUAGE_BIT(GM_LANGUAGE_EN);
	int rc = take_memories(&training, items, n);
	return rc < 0 ? rc : learn(sink, &training, progress ? progress : &silent);
}

size_t gm_lsa_count(
	struct gm_posting_segment *const *items, size_t n, const struct gm_bitmap *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t row = 0; row < gm_posting_segment_rows(items[i]); row++)
			count += is_wanted(rows, items[i], row);
	return count;
}

bool gm_lsa_due(const struct gm_lsa *lsa, size_t n)
{
	if (!lsa)
		return n >= LEAST_MEMORIES;
	size_t learned = gm_lsa_learned(lsa);
	return n > learned + learned / 4 || n < learned / 2;
}
