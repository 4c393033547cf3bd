#include "index/segment_vectors.h"

#include <string.h>

#include "index/segment_open.h"

_Static_assert(GM_LSA_MODEL_SIZE == GM_VECTOR_MODEL_SIZE, "a segment names the model");

int gm_segment_vectors_encode(struct gm_segment_sink *sink, const struct gm_lsa *lsa,
	const struct gm_posting_segment *postings)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	int rc = gm_vector_builder_new(&builder, gm_lsa_model(lsa), gm_lsa_dims(lsa),
		gm_posting_segment_first(postings), gm_posting_segment_rows(postings));

	if (rc == 0)
		rc = gm_lsa_encode(builder, lsa, postings);
	return rc < 0 ? rc : gm_vector_builder_finish(builder, sink);
}

int gm_segment_vectors_make(
	struct gm_index_segment *segment, struct gm_database *database)
{
	struct gm_index_manifest now = GM_INDEX_MANIFEST_INIT;
	gm_cleanup(gm_lsa_free_p) struct gm_lsa *lsa = NULL;
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *postings = NULL;
	gm_autosegmentfile file = GM_SEGMENT_FILE_INIT;
	int rc = gm_index_manifest_look(&now, database);

	if (rc < 0 || !now.model[0])
		return rc;
	rc = gm_segment_open_model(&lsa, database, now.model);
	if (rc == 0)
		rc = gm_segment_open_postings(&postings, database, segment);
	if (rc < 0)
		return gm_segment_is_lost(database, rc);
	rc = gm_segment_file_begin(&file, database);
	if (rc == 0)
		rc = gm_segment_file_failed(
			database, gm_segment_vectors_encode(&file.sink, lsa, postings));
	return rc < 0 ? rc : gm_segment_file_keep(segment->vectors, &file, "vectors");
}

void gm_segment_vectors_dispose(struct gm_segment_vectors *vectors)
{
	for (size_t i = 0; i < vectors->n; i++)
		gm_vector_segment_free(vectors->items[i]);
	gm_free(vectors->items);
	gm_lsa_free(vectors->lsa);
	*vectors = (struct gm_segment_vectors)GM_SEGMENT_VECTORS_INIT;
}

int gm_segment_vectors_open(struct gm_segment_vectors *out, struct gm_database *database,
	const struct gm_index_manifest *manifest, const struct gm_index_segment *segments,
	size_t n)
{
	int rc = 0;

	if (manifest->model[0])
		rc = gm_segment_open_model(&out->lsa, database, manifest->model);
	if (rc < 0)
		return rc;
	out->items = gm_calloc(n, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	out->n = n;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (segments[i].vectors[0])
			rc = gm_segment_open_vectors(
				&out->items[i], database, &segments[i]);
	return rc;
}

static bool is_of(const struct gm_vector_segment *vectors, const uint8_t *model)
{
	return memcmp(gm_vector_segment_model(vectors), model, GM_VECTOR_MODEL_SIZE) == 0;
}

/* The vectors whose model most rows are of; NULL when there are none. */
static const struct gm_vector_segment *find_main(const struct gm_segment_vectors *vectors)
{
	const struct gm_vector_segment *best = NULL;
	size_t n_best = 0;

	for (size_t i = 0; i < vectors->n; i++) {
		const struct gm_vector_segment *one = vectors->items[i];
		size_t n = 0;

		for (size_t at = 0; one && at < vectors->n; at++)
			if (vectors->items[at] &&
				is_of(vectors->items[at], gm_vector_segment_model(one)))
				n += gm_vector_segment_rows(vectors->items[at]);
		if (n > n_best) {
			best = one;
			n_best = n;
		}
	}
	return best;
}

/* Vectors of one segment in memory: learnt ones, or, without `lsa`, none at all. */
static int make_one(struct gm_vector_segment **out, const struct gm_lsa *lsa,
	const uint8_t *model, size_t dims, const struct gm_posting_segment *postings)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	gm_autosink sink = {.fd = -1};
	int rc;

	gm_segment_sink_to_memory(&sink);
	if (lsa) {
		rc = gm_segment_vectors_encode(&sink, lsa, postings);
	} else {
		rc = gm_vector_builder_new(&builder, model, dims,
			gm_posting_segment_first(postings),
			gm_posting_segment_rows(postings));
		if (rc == 0)
			rc = gm_vector_builder_finish(builder, &sink);
	}
	if (rc == 0)
		rc = gm_segment_sink_finish(&sink, NULL);
	return rc < 0 ? rc : gm_vector_segment_take(out, &sink.bytes);
}

/* Let all of them be of one model. */
static int complete(struct gm_segment_vectors *vectors, const uint8_t *model, size_t dims,
	struct gm_posting_segment *const *postings)
{
	int rc = 0;

	for (size_t i = 0; i < vectors->n && rc == 0; i++) {
		struct gm_vector_segment *one = vectors->items[i];

		if (one && is_of(one, model) && gm_vector_segment_dims(one) == dims)
			continue;
		gm_vector_segment_free(gm_steal(&vectors->items[i]));
		rc = make_one(&vectors->items[i], vectors->lsa, model, dims, postings[i]);
	}
	return rc;
}

static bool are_all_of(const struct gm_segment_vectors *vectors, const struct gm_lsa *lsa)
{
	for (size_t i = 0; i < vectors->n; i++)
		if (!vectors->items[i] || !is_of(vectors->items[i], gm_lsa_model(lsa)))
			return false;
	return true;
}

int gm_segment_vectors_merge(struct gm_segment_file *out, struct gm_database *database,
	struct gm_segment_vectors *vectors, struct gm_posting_segment *const *postings,
	const struct gm_bitmap *without, bool in_bulk)
{
	const struct gm_vector_segment *main = find_main(vectors);
	const struct gm_lsa *lsa = vectors->lsa;
	uint8_t model[GM_VECTOR_MODEL_SIZE];

	if ((!main && !lsa) || (lsa && !in_bulk && !are_all_of(vectors, lsa)))
		return 0;
	memcpy(model, lsa ? gm_lsa_model(lsa) : gm_vector_segment_model(main),
		sizeof(model));
	size_t dims = lsa ? gm_lsa_dims(lsa) : gm_vector_segment_dims(main);
	int rc = complete(vectors, model, dims, postings);
	if (rc == 0)
		rc = gm_segment_file_begin(out, database);
	if (rc == 0)
		rc = gm_vector_segments_merge(
			&out->sink, vectors->items, vectors->n, without);
	return rc < 0 ? gm_segment_file_failed(database, rc) : 1;
}
