/*
 * Posting segments alone: analyse, build, merge, ask and learn from, from memories on standard
 * input, a line of JSON each:
 *
 *   bench-postings ROWS <MEMORIES
 *
 * ROWS is how many a segment is built of; the segments are merged to one then. Each question
 * consists of five words of one memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "index/analysed.h"
#include "index/lsa.h"
#include "index/posting_segment.h"
#include "index/vector_segment.h"

#define MAX_SEGMENTS 1024
#define QUESTIONS 400
#define WORDS 5
#define BATCH 512

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct bench {
	struct gm_stemmer *stemmer;
	size_t rows_of_segment;
	struct gm_posting_builder *builder;
	struct gm_posting_segment *segments[MAX_SEGMENTS];
	size_t n_segments;
	size_t n;
	size_t text;
	size_t analysed;
	double analysing;
	double building;
};

static int finish(struct bench *bench)
{
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	int rc = gm_posting_builder_finish(bench->builder, &sink);
	if (rc == 0)
		rc = gm_posting_segment_take(
			&bench->segments[bench->n_segments++], &sink.bytes);
	gm_posting_builder_free(bench->builder);
	bench->builder = NULL;
	return rc;
}

/* Memories that are measured together. */
struct batch {
	struct gm_record records[BATCH];
	uint32_t sessions[BATCH];
	struct gm_buf analysed[BATCH];
	size_t n;
};

static int analyse(struct bench *bench, struct batch *batch)
{
	double start = now_us();
	int rc = 0;

	for (size_t i = 0; i < batch->n && rc == 0; i++)
		rc = gm_analysed_make(&batch->analysed[i], &batch->records[i],
			batch->sessions[i], 1, bench->stemmer);
	bench->analysing += now_us() - start;
	return rc;
}

static int build(struct bench *bench, const struct batch *batch)
{
	double start = now_us();
	int rc = 0;

	for (size_t i = 0; i < batch->n && rc == 0; i++) {
		if (!bench->builder)
			rc = gm_posting_builder_new(
				&bench->builder, (int64_t)bench->n + 1);
		if (rc == 0)
			rc = gm_posting_builder_add(bench->builder,
				batch->analysed[i].ptr, batch->analysed[i].size);
		bench->n++;
		bench->text += batch->records[i].content_size;
		bench->analysed += batch->analysed[i].size;
		if (rc == 0 &&
			gm_posting_builder_rows(bench->builder) == bench->rows_of_segment)
			rc = finish(bench);
	}
	bench->building += now_us() - start;
	return rc;
}

static int end_batch(struct bench *bench, struct batch *batch)
{
	int rc = analyse(bench, batch);

	if (rc == 0)
		rc = build(bench, batch);
	for (size_t i = 0; i < batch->n; i++) {
		gm_record_dispose(&batch->records[i]);
		gm_buf_dispose(&batch->analysed[i]);
	}
	batch->n = 0;
	return rc;
}

static int read_memory(struct batch *batch, const char *line, size_t size, char **session)
{
	static const struct gm_record no_record = GM_RECORD_INIT;
	static const struct gm_buf no_bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *value = NULL;
	struct gm_record *record = &batch->records[batch->n];
	uint32_t last =
		batch->n ? batch->sessions[batch->n - 1] : batch->sessions[BATCH - 1];

	*record = no_record;
	batch->analysed[batch->n] = no_bytes;
	int rc = gm_json_parse(&value, line, size);
	if (rc == 0)
		rc = gm_record_from_json(record, value);
	if (rc < 0)
		return rc;
	bool new =
		record->session && (!*session || strcmp(*session, record->session) != 0);
	batch->sessions[batch->n++] = last + new;
	return new ? gm_record_set_text(session, record->session) : 0;
}

static int read_all(struct bench *bench, struct batch *batch)
{
	gm_autofree char *session = NULL;
	char *line = NULL;
	size_t cap = 0;
	ssize_t size;
	int rc = 0;

	while (rc == 0 && (size = getline(&line, &cap, stdin)) > 0 &&
		bench->n_segments < MAX_SEGMENTS) {
		rc = read_memory(batch, line, (size_t)size, &session);
		if (rc == 0 && batch->n == BATCH)
			rc = end_batch(bench, batch);
	}
	free(line);
	if (rc == 0)
		rc = end_batch(bench, batch);
	double start = now_us();
	if (rc == 0 && bench->builder)
		rc = finish(bench);
	bench->building += now_us() - start;
	return rc;
}

/* Words of a memory, picked from its terms. */
struct question {
	size_t n;
	size_t sizes[WORDS];
	char words[WORDS][128];
};

struct pick {
	struct question *question;
	const struct gm_posting_segment *segment;
	unsigned seed;
	uint32_t least; /* rows that a word may have */
	uint32_t most;
};

static int pick_word(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct pick *pick = payload;
	struct question *question = pick->question;

	pick->seed = pick->seed * 1664525 + 1013904223;
	if (size >= sizeof(*question->words) || list->df > pick->most ||
		list->df < pick->least || (pick->seed >> 8) % 3)
		return 0;
	memcpy(question->words[question->n], text, size);
	question->sizes[question->n++] = size;
	return question->n == WORDS;
}

/* Frequencies as a ranking sums them up, in `scores`, one for each row. */
static int ask(size_t *n_out, struct gm_posting_segment *const *segments, size_t n,
	const struct question *question, float *scores)
{
	struct gm_posting_block block;
	struct gm_posting_list list;
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct gm_document *documents =
			gm_posting_segment_documents(segments[i]);
		for (size_t k = 0; k < question->n && rc >= 0; k++) {
			rc = gm_posting_segment_find(&list, segments[i], GM_FIELD_CONTENT,
				question->words[k], question->sizes[k]);
			if (rc <= 0)
				continue;
			*n_out += list.df;
			while ((rc = gm_posting_list_next(&block, &list)) == 1) {
				for (size_t p = 0; p < block.n; p++) {
					float tf = (float)block.tf[p];
					float length =
						(float)documents[block.rows[p]].length;
					scores[block.rows[p]] +=
						tf / (tf + .3F + .01F * length);
				}
			}
		}
		scores += gm_posting_segment_rows(segments[i]);
	}
	return rc < 0 ? rc : 0;
}

static int compare(const void *a, const void *b)
{
	const double *one = a;
	const double *other = b;

	return (*one > *other) - (*one < *other);
}

static int ask_all(const char *name, struct gm_posting_segment *const *segments, size_t n,
	const struct gm_posting_segment *whole, uint32_t least, uint32_t most)
{
	size_t rows = gm_posting_segment_rows(whole);
	gm_autofree float *scores = gm_calloc(rows, sizeof(*scores));
	static double times[QUESTIONS];
	size_t n_postings = 0;

	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct question question = {0};
		struct pick pick = {&question, whole, i, least, most};
		char prefix[3] = {(char)('a' + i % 26), "aeioustrn"[i / 26 % 9], '\0'};
		int rc = gm_posting_segment_prefix(
			whole, GM_FIELD_CONTENT, prefix, 2, pick_word, &pick);
		if (rc < 0 || !scores)
			return rc;
		memset(scores, 0, rows * sizeof(*scores));
		double start = now_us();
		rc = ask(&n_postings, segments, n, &question, scores);
		if (rc < 0)
			return rc;
		times[i] = now_us() - start;
	}
	qsort(times, QUESTIONS, sizeof(*times), compare);
	(void)printf(
		"%s: %.0f us at the median, %.0f at 95 %%, %zu postings on average\n",
		name, times[QUESTIONS / 2], times[QUESTIONS * 95 / 100],
		n_postings / QUESTIONS);
	return 0;
}

static int merge(struct gm_posting_segment **out, const struct bench *bench)
{
	gm_autosink sink;
	double start = now_us();

	gm_segment_sink_to_memory(&sink);
	int rc = gm_posting_segments_merge(
		&sink, bench->segments, bench->n_segments, NULL);
	if (rc < 0)
		return rc;
	(void)printf("merged %zu segments: %.1f ms, %.2f us a memory\n",
		bench->n_segments, (now_us() - start) / 1e3,
		(now_us() - start) / (double)bench->n);
	return gm_posting_segment_take(out, &sink.bytes);
}

static int learn(struct gm_posting_segment *whole)
{
	gm_cleanup(gm_lsa_free_p) struct gm_lsa *lsa = NULL;
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_autosink sink;
	size_t n = gm_posting_segment_rows(whole);
	int rc = 0;

	gm_segment_sink_to_memory(&sink);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = gm_bitmap_set(&rows, gm_posting_segment_first(whole) + (int64_t)i);
	double start = now_us();
	if (rc == 0)
		rc = gm_lsa_train(&sink, &whole, 1, &rows, NULL);
	double learned = now_us();
	double size = (double)sink.size;
	if (rc == 0)
		rc = gm_lsa_take(&lsa, &sink.bytes);
	if (rc == 0)
		rc = gm_vector_builder_new(&builder, gm_lsa_model(lsa), gm_lsa_dims(lsa),
			gm_posting_segment_first(whole), n);
	if (rc == 0)
		rc = gm_lsa_encode(builder, lsa, whole);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	(void)printf("learned: %.0f ms, %zu dimensions, %.1f bytes a memory\n",
		(learned - start) / 1e3, gm_lsa_dims(lsa), size / (double)n);
	(void)printf("encoded: %.2f us a memory\n", (now_us() - learned) / (double)n);
	return 0;
}

static int run(struct bench *bench)
{
	struct gm_posting_segment *whole = NULL;
	gm_autofree struct batch *batch = gm_calloc(1, sizeof(*batch));
	int rc = batch ? 0 : GM_ENOMEM;

	if (rc == 0)
		rc = gm_stemmer_new(&bench->stemmer);
	double built = 0;
	size_t size;

	if (rc == 0)
		rc = read_all(bench, batch);
	if (rc < 0 || !bench->n)
		return rc;
	double n = (double)bench->n;
	for (size_t i = 0; i < bench->n_segments; i++) {
		(void)gm_posting_segment_bytes(&size, bench->segments[i]);
		built += (double)size;
	}
	(void)printf("%zu memories of %.0f bytes\n", bench->n, (double)bench->text / n);
	(void)printf("analysed: %.2f us, %.0f bytes\n", bench->analysing / n,
		(double)bench->analysed / n);
	(void)printf("built: %.2f us, %.0f bytes\n", bench->building / n, built / n);
	rc = merge(&whole, bench);
	if (rc < 0)
		return rc;
	const void *bytes = gm_posting_segment_bytes(&size, whole);
	(void)printf("merged: %.0f bytes, sum %016llx\n", (double)size / n,
		(unsigned long long)gm_file_sum_of(bytes, size));
	uint32_t tenth = (uint32_t)(bench->n / 10);
	rc = ask_all(
		"rare words, apart", bench->segments, bench->n_segments, whole, 3, tenth);
	if (rc == 0)
		rc = ask_all("rare words", &whole, 1, whole, 3, tenth);
	if (rc == 0)
		rc = ask_all("frequent words", &whole, 1, whole, tenth / 10, UINT32_MAX);
	if (rc == 0)
		rc = learn(whole);
	gm_posting_segment_free(whole);
	return rc;
}

int main(int argc, char **argv)
{
	struct bench bench = {0};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: bench-postings ROWS <MEMORIES\n");
		return 129;
	}
	bench.rows_of_segment = (size_t)strtoul(argv[1], NULL, 10);
	int rc = run(&bench);
	if (rc < 0)
		(void)fprintf(stderr, "%s\n", gm_error_last()->message);
	for (size_t i = 0; i < bench.n_segments; i++)
		gm_posting_segment_free(bench.segments[i]);
	gm_posting_builder_free(bench.builder);
	gm_stemmer_free(bench.stemmer);
	return rc < 0;
}
