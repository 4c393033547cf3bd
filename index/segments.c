#include "index/segments.h"

#include <string.h>

#include "index/document.h"
#include "index/embedder.h"
#include "index/internal.h"
#include "index/manifest.h"
#include "index/posting_segment.h"
#include "index/sealing.h"
#include "index/segment_open.h"
#include "index/segment_vectors.h"

/*
 * What was open for the last question. The next one takes over what it still needs, for names
 * are never used again.
 */
struct gm_segments_kept {
	struct gm_segments segments; /* has an element more when rows are pending */
	struct gm_index_manifest manifest;
	int64_t end; /* the row behind the last one, pending ones too */
};

static void free_from(struct gm_segments *segments, size_t at)
{
	for (; segments->n > at; segments->n--) {
		gm_posting_segment_free(gm_steal(&segments->postings[segments->n - 1]));
		gm_vector_segment_free(gm_steal(&segments->vectors[segments->n - 1]));
	}
}

void gm_segments_kept_free(struct gm_segments_kept *kept)
{
	if (!kept)
		return;
	free_from(&kept->segments, 0);
	gm_lsa_free(kept->segments.lsa);
	gm_free(kept->segments.postings);
	gm_free(kept->segments.vectors);
	gm_index_manifest_dispose(&kept->manifest);
	gm_free(kept);
}

static struct gm_segments_kept *kept_new(size_t n)
{
	gm_cleanup(gm_segments_kept_free_p) struct gm_segments_kept *kept =
		gm_calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	kept->segments.postings = gm_calloc(n + 1, sizeof(*kept->segments.postings));
	kept->segments.vectors = gm_calloc(n + 1, sizeof(*kept->segments.vectors));
	if (!kept->segments.postings || !kept->segments.vectors)
		return NULL;
	return gm_steal(&kept);
}

/* The model whose vectors are wanted; NULL: there is none. */
static const uint8_t *model_of(
	const struct gm_index *index, const struct gm_segments *segments)
{
	if (index->has_model)
		return index->model;
	return segments->lsa ? gm_lsa_model(segments->lsa) : NULL;
}

/* A model that is no longer there will be looked for anew, as files of segments are. */
static int open_model(struct gm_segments_kept *kept, struct gm_index *index,
	struct gm_segments_kept *old)
{
	const char *name = kept->manifest.model;

	if (!name[0] || index->has_model)
		return 0;
	if (old && strcmp(old->manifest.model, name) == 0)
		kept->segments.lsa = gm_steal(&old->segments.lsa);
	if (kept->segments.lsa)
		return 0;
	return gm_segment_open_model(&kept->segments.lsa, index->database, name);
}

/* Open what segment number `i` is made of, unless it was open for the last question. */
static int open_one(struct gm_segments_kept *kept, size_t i, struct gm_index *index,
	struct gm_segments_kept *old)
{
	const struct gm_index_segment *wanted = &kept->manifest.items[i];
	const uint8_t *model = kept->segments.model;
	struct gm_posting_segment **postings = &kept->segments.postings[i];
	struct gm_vector_segment **vectors = &kept->segments.vectors[i];
	int rc = 0;

	for (size_t at = 0; old && at < old->manifest.n && at < old->segments.n; at++) {
		const struct gm_index_segment *had = &old->manifest.items[at];
		if (strcmp(had->postings, wanted->postings) == 0)
			*postings = gm_steal(&old->segments.postings[at]);
		if (wanted->vectors[0] && strcmp(had->vectors, wanted->vectors) == 0)
			*vectors = gm_steal(&old->segments.vectors[at]);
	}
	if (!*postings)
		rc = gm_segment_open_postings(postings, index->database, wanted);
	if (rc == 0 && !*vectors && model && wanted->vectors[0])
		rc = gm_segment_open_vectors(vectors, index->database, wanted);
	if (*vectors &&
		(!model ||
			memcmp(gm_vector_segment_model(*vectors), model,
				GM_VECTOR_MODEL_SIZE) != 0))
		gm_vector_segment_free(gm_steal(vectors));
	if (*vectors && kept->segments.lsa &&
		gm_vector_segment_dims(*vectors) != gm_lsa_dims(kept->segments.lsa))
		return gm_database_distrust(
			index->database, "vectors have the dimensions of another model");
	return rc;
}

static int open_segments(struct gm_segments_kept *kept, struct gm_index *index,
	struct gm_segments_kept *old)
{
	int rc = open_model(kept, index, old);

	kept->segments.model = model_of(index, &kept->segments);
	for (size_t i = 0; i < kept->manifest.n && rc == 0; i++) {
		rc = open_one(kept, i, index, old);
		kept->segments.n++; /* half of one is freed, too */
	}
	return rc;
}

/* Vectors of the rows that wait, which take no time when they are learnt ones. */
static int encode_pending(struct gm_segments *segments, size_t at)
{
	gm_autosink sink = {.fd = -1};

	gm_segment_sink_to_memory(&sink);
	int rc = gm_segment_vectors_encode(&sink, segments->lsa, segments->postings[at]);
	if (rc == 0)
		rc = gm_segment_sink_finish(&sink, NULL);
	return rc < 0 ? rc : gm_vector_segment_take(&segments->vectors[at], &sink.bytes);
}

/* The rows that wait become the last segment. */
static int add_pending(struct gm_segments_kept *kept, struct gm_index *index)
{
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	gm_autosink sink = {.fd = -1};
	struct gm_segments *segments = &kept->segments;
	size_t last = kept->manifest.n;
	int64_t first = gm_index_manifest_end(&kept->manifest);
	int rc = gm_sealing_pending(&builder, index->database, first);

	free_from(segments, last);
	kept->end = first;
	if (rc < 0 || !builder)
		return rc;
	gm_segment_sink_to_memory(&sink);
	rc = gm_posting_builder_finish(builder, &sink);
	if (rc == 0)
		rc = gm_posting_segment_take(&segments->postings[last], &sink.bytes);
	if (rc < 0)
		return rc;
	segments->n++;
	kept->end += (int64_t)gm_posting_segment_rows(segments->postings[last]);
	if (segments->lsa)
		return encode_pending(segments, last);
	return gm_embedder_segment(
		&segments->vectors[last], index, segments->postings[last]);
}

static void add_up(struct gm_segments *segments)
{
	segments->n_documents = 0;
	segments->total_length = 0;
	segments->n_without_vectors = 0;
	for (size_t i = 0; i < segments->n; i++) {
		struct gm_posting_totals totals;

		gm_posting_segment_totals(&totals, segments->postings[i]);
		segments->n_documents += totals.documents;
		segments->total_length += totals.length;
		if (!segments->vectors[i])
			segments->n_without_vectors += totals.documents;
	}
}

/* Every memory is in a segment. */
static int check_end(const struct gm_segments_kept *kept, struct gm_database *database)
{
	int64_t last;
	int rc = gm_database_number(
		&last, database, "SELECT coalesce(max(row), 0) FROM memory");

	if (rc == 0 && last >= kept->end)
		rc = gm_database_distrust(database, "memories are in no segment");
	return rc;
}

/*
 * A file that is not there: a writer may have merged it since our transaction began, so that a
 * new one finds others. It is damage when that one finds the same manifest.
 */
static int is_missing(struct gm_index *index, const struct gm_index_manifest *manifest)
{
	struct gm_database *database = index->database;

	if (index->missing_generation == manifest->generation &&
		index->missing_number == manifest->number)
		return gm_database_distrust(database, "a file is missing");
	index->missing_generation = manifest->generation;
	index->missing_number = manifest->number;
	return gm_error(GM_EMODIFIED, "recall index: its segments changed meanwhile");
}

static int open_anew(struct gm_index *index)
{
	gm_cleanup(gm_segments_kept_free_p) struct gm_segments_kept *old =
		gm_steal(&index->segments);
	gm_cleanup(gm_segments_kept_free_p) struct gm_segments_kept *kept = NULL;
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_index_manifest_load(&manifest, index->database);

	if (rc < 0)
		return rc;
	kept = kept_new(manifest.n);
	if (!kept)
		return GM_ENOMEM;
	kept->manifest = manifest;
	manifest = (struct gm_index_manifest)GM_INDEX_MANIFEST_INIT;
	rc = open_segments(kept, index, old);
	if (rc == GM_ENOTFOUND)
		return is_missing(index, &kept->manifest);
	if (rc == 0)
		rc = add_pending(kept, index);
	if (rc < 0)
		return rc;
	add_up(&kept->segments);
	index->segments = gm_steal(&kept);
	return 0;
}

/* Whether the manifest still is that of the last question. */
static int is_same(const struct gm_index *index)
{
	struct gm_index_manifest now = GM_INDEX_MANIFEST_INIT;
	const struct gm_segments_kept *kept = index->segments;
	int rc = kept ? gm_index_manifest_look(&now, index->database) : 0;

	if (rc < 0 || !kept)
		return rc;
	return now.generation == kept->manifest.generation &&
		now.number == kept->manifest.number;
}

static int take_pending(struct gm_index *index)
{
	int64_t end;
	int rc = gm_database_number(
		&end, index->database, "SELECT coalesce(max(row), 0) + 1 FROM pending");

	if (rc < 0 || end <= index->segments->end)
		return rc;
	rc = add_pending(index->segments, index);
	if (rc == 0)
		add_up(&index->segments->segments);
	return rc;
}

int gm_segments_get(const struct gm_segments **out, struct gm_index *index)
{
	int rc = is_same(index);

	if (rc == 0)
		rc = open_anew(index);
	else if (rc > 0)
		rc = take_pending(index);
	if (rc == 0)
		rc = check_end(index->segments, index->database);
	if (rc == 0)
		*out = &index->segments->segments;
	return rc;
}

void gm_segments_use_model(struct gm_index *index, const uint8_t *model)
{
	gm_segments_kept_free(gm_steal(&index->segments));
	index->has_model = model != NULL;
	if (model)
		memcpy(index->model, model, sizeof(index->model));
}

size_t gm_segments_by_row(const struct gm_segments *segments, int64_t row)
{
	size_t low = 0;
	size_t high = segments->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct gm_posting_segment *segment = segments->postings[middle];
		int64_t first = gm_posting_segment_first(segment);

		if (row < first)
			high = middle;
		else if ((uint64_t)(row - first) >= gm_posting_segment_rows(segment))
			low = middle + 1;
		else
			return middle;
	}
	return segments->n;
}

const struct gm_document *gm_segments_document(
	const struct gm_segments *segments, int64_t row)
{
	size_t at = gm_segments_by_row(segments, row);

	if (at == segments->n)
		return NULL;
	const struct gm_posting_segment *segment = segments->postings[at];
	return gm_posting_segment_documents(segment) +
		(row - gm_posting_segment_first(segment));
}
