#include "index/embedder.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "index/document.h"
#include "index/embed.h"
#include "index/query_parts.h"
#include "index/segment_sink.h"
#include "index/segments.h"

/* How long one that did not answer is let be. */
#define AWAY_SECONDS 30

_Static_assert(
	GM_EMBEDDING_MODEL_SIZE == GM_VECTOR_MODEL_SIZE, "a segment names the model");
_Static_assert(
	GM_EMBEDDING_MAX_DIMS <= GM_VECTOR_MAX_DIMS, "a segment holds its vectors");

/* What nobody's vectors are of. */
static const uint8_t no_model[GM_EMBEDDING_MODEL_SIZE];

/* A query is embedded by its beginning. */
#define MAX_QUERY 16384

void gm_embedder_free(struct gm_embedder *embedder)
{
	if (!embedder)
		return;
	gm_embedding_free(embedder->embedding);
	gm_vector_cache_free(embedder->cache);
	gm_free(embedder);
}

int gm_index_set_embedding(struct gm_index *index, struct gm_embedding *embedding)
{
	struct gm_embedder *embedder = gm_calloc(1, sizeof(*embedder));

	if (!embedder) {
		gm_embedding_free(embedding);
		return GM_ENOMEM;
	}
	embedder->embedding = embedding;
	embedder->usable = true;
	gm_embedder_free(index->embedder);
	index->embedder = embedder;
	gm_segments_use_model(index, no_model);
	return 0;
}

void gm_index_vector_state(struct gm_vector_state *out, const struct gm_index *index)
{
	const struct gm_embedder *embedder = index->embedder;

	*out = (struct gm_vector_state){
		.missing = embedder ? embedder->missing : 0,
		.usable = !embedder || embedder->usable,
		.trouble = embedder ? embedder->trouble : "",
	};
}

static void note_trouble(struct gm_embedder *embedder)
{
	(void)snprintf(embedder->trouble, sizeof(embedder->trouble), "%s",
		gm_embedding_trouble(embedder->embedding));
}

int gm_embedder_open(struct gm_index *index)
{
	struct gm_embedder *embedder = index->embedder;

	if (!embedder || !embedder->embedding)
		return 0;
	if (embedder->cache)
		return 1;
	int rc = gm_embedding_model(embedder->model, embedder->embedding);
	if (rc == 0)
		note_trouble(embedder);
	if (rc <= 0)
		return rc;
	rc = gm_vector_cache_open(
		&embedder->cache, index->database->dir, embedder->model);
	if (rc < 0)
		return rc;
	gm_embedding_expect(embedder->embedding, gm_vector_cache_dims(embedder->cache));
	gm_segments_use_model(index, embedder->model);
	return 1;
}

bool gm_embedder_wants(
	const struct gm_embedder *embedder, const struct gm_document *document)
{
	const struct gm_embedding_settings *settings =
		gm_embedding_settings_of(embedder->embedding);

	if (document->flags & GM_DOCUMENT_NONE)
		return false;
	return settings->private || settings->kind == GM_EMBEDDING_STATIC ||
		!(document->flags & GM_DOCUMENT_PRIVATE);
}

/* Set the vector of one row, if the cache has it. */
static int set_one(struct gm_vector_builder *builder, float *v, size_t *missing,
	struct gm_vector_cache *cache, const struct gm_oid *blob, size_t at)
{
	int rc = gm_vector_cache_get(v, cache, blob);

	if (rc == 1)
		(void)gm_vector_builder_set(builder, at, v);
	else if (rc == 0)
		++*missing;
	return rc < 0 ? rc : 0;
}

static int set_all(struct gm_vector_builder *builder, float *v, size_t *missing,
	struct gm_index *index, const struct gm_posting_segment *postings)
{
	const struct gm_document *documents = gm_posting_segment_documents(postings);
	int64_t first = gm_posting_segment_first(postings);
	size_t n = gm_posting_segment_rows(postings);
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, index->database,
		"SELECT row, blob FROM memory WHERE row >= ?1 AND row < ?2");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, first);
	gm_bind_int(statement, 2, first + (int64_t)n);
	while ((rc = gm_statement_step(statement)) > 0) {
		size_t at = (size_t)(gm_column_int(statement, 0) - first);
		struct gm_oid blob;
		size_t size;
		const void *bytes = gm_column_blob(&size, statement, 1);
		if (size != sizeof(blob.bytes))
			return gm_database_distrust(index->database, "a row is damaged");
		memcpy(blob.bytes, bytes, size);
		if (gm_embedder_wants(index->embedder, &documents[at]))
			rc = set_one(
				builder, v, missing, index->embedder->cache, &blob, at);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int gm_embedder_build(struct gm_vector_builder **out, size_t *missing_out,
	struct gm_index *index, const struct gm_posting_segment *postings)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	struct gm_vector_cache *cache = index->embedder->cache;
	size_t dims = gm_vector_cache_dims(cache);
	gm_autofree float *v = NULL;

	*missing_out = 0;
	if (!dims) {
		*missing_out = gm_posting_segment_rows(postings);
		return 0;
	}
	v = gm_malloc(dims * sizeof(*v));
	int rc = v ? gm_vector_builder_new(&builder, index->embedder->model, dims,
			     gm_posting_segment_first(postings),
			     gm_posting_segment_rows(postings))
		   : GM_ENOMEM;
	if (rc == 0)
		rc = set_all(builder, v, missing_out, index, postings);
	if (rc < 0)
		return rc;
	*out = gm_steal(&builder);
	return 0;
}

int gm_embedder_segment(struct gm_vector_segment **out, struct gm_index *index,
	const struct gm_posting_segment *postings)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	gm_autosink sink = {.fd = -1};
	size_t missing;
	int rc = index->embedder && index->embedder->cache
		? gm_embedder_build(&builder, &missing, index, postings)
		: 0;

	if (rc < 0 || !builder)
		return rc;
	gm_segment_sink_to_memory(&sink);
	rc = gm_vector_builder_finish(builder, &sink);
	return rc < 0 ? rc : gm_vector_segment_take(out, &sink.bytes);
}

/* What is embedded of a query: its words, without filters and what must not be there. */
static int make(float **out, struct gm_embedder *embedder, const char *query)
{
	gm_autoqueryparts parts = GM_QUERY_PARTS_INIT;
	int rc = gm_query_parts_parse(&parts, query, strnlen(query, MAX_QUERY));

	if (rc < 0)
		return rc;
	struct gm_embedding_text text = {gm_buf_str(&parts.text), parts.text.size};
	while (text.size && text.text[text.size - 1] == ' ')
		text.size--;
	return gm_embedding_make(out, embedder->embedding, GM_EMBEDDING_QUERY, &text, 1);
}

/* One that did not answer is not asked again for a while, so that recall is quick meanwhile. */
int gm_embedder_tell_cache(struct gm_embedder *embedder, int rc)
{
	gm_time until = gm_time_now() + AWAY_SECONDS * GM_TIME_SECOND;
	bool away = rc == 0 && gm_embedding_is_away(embedder->embedding);

	if (rc == 0)
		note_trouble(embedder);
	else if (rc > 0)
		embedder->trouble[0] = '\0';
	if (rc < 0 ||
		gm_embedding_settings_of(embedder->embedding)->kind ==
			GM_EMBEDDING_STATIC)
		return rc;
	int failed = gm_vector_cache_set_away(
		embedder->cache, until, away ? embedder->trouble : "");
	return failed < 0 ? failed : rc;
}

bool gm_embedder_is_away(struct gm_embedder *embedder)
{
	return gm_vector_cache_away(embedder->trouble, embedder->cache, gm_time_now());
}

int gm_embedder_query(struct gm_vector_query **out, size_t *dims_out,
	struct gm_index *index, const char *text)
{
	gm_autofree float *v = NULL;
	struct gm_embedder *embedder = index->embedder;
	int rc = gm_embedder_open(index);

	if (rc <= 0 || !embedder->usable || gm_embedder_is_away(embedder))
		return rc < 0 ? rc : 0;
	rc = gm_embedder_tell_cache(embedder, make(&v, embedder, text));
	if (rc <= 0)
		return rc;
	*dims_out = gm_embedding_dims(embedder->embedding);
	rc = gm_vector_query_new(out, v, *dims_out);
	if (rc == GM_EINVALID) {
		(void)snprintf(embedder->trouble, sizeof(embedder->trouble),
			"the query has no vector");
		gm_error_clear();
		return 0;
	}
	return rc < 0 ? rc : 1;
}
