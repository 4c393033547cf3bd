#include "index/embed.h"

#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "dag/record_diff.h"
#include "index/embedder.h"
#include "index/schema.h"
#include "index/segment_file.h"
#include "index/segments.h"

/* How long to wait for other writers with a file that is made already. */
#define WRITE_WAIT_MS 5000

/* Texts at once for a model that needs no request. */
#define STATIC_BATCH 256

#define MAX_BATCH 2048

/* One memory whose vector is missing. */
struct todo {
	int64_t row;
	struct gm_oid blob;
};

/* A walk over the rows of the index, from one that lacks its vector to the next. */
struct pass {
	struct gm_index *index;
	const struct gm_embed_limits *limits;
	int64_t started_ms;
	int64_t generation; /* of the index's tables; 0: not known yet */
	int64_t next;       /* rows before this one have their vectors */
	size_t batch;
	struct todo todo[MAX_BATCH];
	size_t n_todo;
	size_t missing;
	size_t n_documents;
	struct gm_index_segment
		ready; /* has all vectors and no file of them; n 0: none */
	char made
		[GM_SEGMENT_NAME]; /* the last one whose file was made, by its postings */
	size_t done;
	bool again; /* what was thought to be there is looked for again */
	struct gm_progress *progress;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_over(const struct pass *pass)
{
	unsigned budget_ms = pass->limits->budget_ms;

	return budget_ms && now_ms() - pass->started_ms >= (int64_t)budget_ms;
}

/* A segment that is looked at. */
struct look {
	const struct gm_posting_segment *postings;
	const struct gm_vector_segment *vectors; /* may be NULL */
	bool stale; /* its vectors are not those that are there now */
};

static bool lacks(const struct pass *pass, const struct look *look, size_t at)
{
	int64_t row = gm_posting_segment_first(look->postings) + (int64_t)at;

	return (!look->vectors || !gm_vector_segment_has(look->vectors, row)) &&
		gm_embedder_wants(pass->index->embedder,
			gm_posting_segment_documents(look->postings) + at);
}

static int read_blob(struct gm_oid *out, struct gm_database *database, int64_t row)
{
	gm_autostatement *statement = NULL;
	size_t size;
	int rc = gm_statement_get(
		&statement, database, "SELECT blob FROM memory WHERE row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	rc = gm_statement_step(statement);
	if (rc < 0)
		return rc;
	const void *bytes = rc ? gm_column_blob(&size, statement, 0) : NULL;
	if (!bytes || size != sizeof(out->bytes))
		return gm_database_distrust(database, "a row is damaged");
	memcpy(out->bytes, bytes, size);
	return 0;
}

/* The cache may have what the segment lacks. */
static int look_at_row(struct pass *pass, struct look *look, int64_t row)
{
	struct todo todo = {.row = row};
	int rc = read_blob(&todo.blob, pass->index->database, row);

	if (rc == 0)
		rc = gm_vector_cache_get(NULL, pass->index->embedder->cache, &todo.blob);
	if (rc == 0)
		pass->todo[pass->n_todo++] = todo;
	look->stale = look->stale || rc == 1;
	return rc < 0 ? rc : 0;
}

/*
 * Find rows that lack their vectors, in the order of rows. Of one that has vectors those are the
 * few that it was merged without.
 */
static int look_at_segment(struct pass *pass, struct look *look)
{
	int64_t first = gm_posting_segment_first(look->postings);
	size_t n = gm_posting_segment_rows(look->postings);
	int64_t end = first + (int64_t)n;
	size_t at =
		pass->next > first && !look->vectors ? (size_t)(pass->next - first) : 0;
	int rc = 0;

	for (; at < n && rc == 0 && pass->n_todo < pass->batch; at++)
		if (lacks(pass, look, at))
			rc = look_at_row(pass, look, first + (int64_t)at);
	if (rc == 0 && !pass->n_todo && pass->next < end)
		pass->next = end;
	return rc;
}

/* Rows from `pass->next` on that lack their vectors, if the cache has none of these. */
static void count_missing(struct pass *pass, const struct gm_segments *segments)
{
	pass->missing = 0;
	for (size_t i = 0; i < segments->n; i++) {
		struct look look = {segments->postings[i], segments->vectors[i], false};
		int64_t first = gm_posting_segment_first(look.postings);
		size_t n = gm_posting_segment_rows(look.postings);

		for (size_t at = pass->next > first ? (size_t)(pass->next - first) : 0;
			at < n; at++)
			pass->missing += lacks(pass, &look, at);
	}
}

/* The index may have been made anew since we looked last: rows have other numbers then. */
static int check_generation(struct pass *pass)
{
	int64_t generation;
	int rc = gm_schema_generation(&generation, pass->index->database);

	if (rc < 0 || generation == pass->generation)
		return rc;
	pass->generation = generation;
	pass->next = gm_vector_cache_mark(pass->index->embedder->cache, generation);
	return 0;
}

/* Look at segments until there is something to do. */
static int look_at_all(struct pass *pass, const struct gm_segments *segments,
	const struct gm_index_manifest *manifest)
{
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc == 0 && !pass->n_todo; i++) {
		struct look look = {segments->postings[i], segments->vectors[i], false};
		bool sealed = i < manifest->n;

		rc = look_at_segment(pass, &look);
		if (rc < 0 || pass->n_todo || !sealed)
			continue;
		if (look.stale || !look.vectors) {
			pass->ready = manifest->items[i];
			return 0;
		}
	}
	return rc;
}

/* Find what is to be done next: texts to embed, or a segment whose file can be made. */
static int look(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct pass *pass = payload;
	const struct gm_segments *segments;
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_segments_get(&segments, index);

	(void)view;
	pass->n_todo = 0;
	pass->ready.n = 0;
	if (rc == 0)
		rc = check_generation(pass);
	if (rc == 0)
		rc = gm_index_manifest_load(&manifest, index->database);
	if (rc < 0)
		return rc;
	count_missing(pass, segments);
	pass->n_documents = segments->n_documents;
	if (pass->limits->n && pass->missing > pass->limits->n)
		return 0;
	return look_at_all(pass, segments, &manifest);
}

/* What is embedded of a memory: what it says, then the words of its key and tags. */
static int put_text(struct gm_buf *out, const struct gm_record *record)
{
	int rc = gm_buf_put(out, record->content, record->content_size);

	if (rc == 0 && record->key)
		rc = gm_buf_printf(out, "\n%s", record->key);
	for (size_t i = 0; i < record->tags.n && rc == 0; i++)
		rc = gm_buf_printf(out, "%c%s", i ? ' ' : '\n', record->tags.items[i]);
	return rc;
}

/* Texts of memories one after the other; one that cannot be read is empty. */
struct texts {
	struct gm_buf bytes;
	size_t ends[MAX_BATCH];
	size_t n;
};

static int read_text(
	struct texts *texts, struct gm_store *store, const struct gm_oid *blob)
{
	gm_autorecord record = GM_RECORD_INIT;
	int rc = gm_record_read(&record, store, blob);

	if (rc == 0)
		rc = put_text(&texts->bytes, &record);
	texts->ends[texts->n++] = texts->bytes.size;
	if (rc == GM_EINVALID || rc == GM_EMISMATCH || rc == GM_ENOTFOUND ||
		rc == GM_ETOOBIG) {
		gm_error_clear();
		return 0;
	}
	return rc;
}

static int make_vectors(float **out, struct pass *pass, const struct texts *texts)
{
	struct gm_embedding_text list[MAX_BATCH];
	size_t start = 0;

	for (size_t i = 0; i < texts->n; i++) {
		list[i] = (struct gm_embedding_text){
			gm_buf_str(&texts->bytes) + start, texts->ends[i] - start};
		start = texts->ends[i];
	}
	struct gm_embedder *embedder = pass->index->embedder;
	return gm_embedder_tell_cache(embedder,
		gm_embedding_make(
			out, embedder->embedding, GM_EMBEDDING_TEXT, list, texts->n));
}

/* Make the vectors of the todo list and keep them: 1, or 0 on trouble. */
static int embed(struct pass *pass)
{
	gm_autofree struct texts *texts = gm_calloc(1, sizeof(*texts));
	gm_autofree struct gm_oid *blobs = gm_calloc(pass->n_todo, sizeof(*blobs));
	gm_autofree float *vectors = NULL;
	struct gm_embedder *embedder = pass->index->embedder;
	int rc = texts && blobs ? 0 : GM_ENOMEM;

	if (rc < 0)
		return rc;
	texts->bytes = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	for (size_t i = 0; i < pass->n_todo && rc == 0; i++) {
		blobs[i] = pass->todo[i].blob;
		rc = read_text(texts, pass->index->store, &blobs[i]);
	}
	if (rc == 0)
		rc = make_vectors(&vectors, pass, texts);
	gm_buf_dispose(&texts->bytes);
	if (rc <= 0)
		return rc;
	rc = gm_vector_cache_put(embedder->cache, blobs, vectors, pass->n_todo,
		gm_embedding_dims(embedder->embedding));
	if (rc < 0)
		return rc;
	pass->next = pass->todo[pass->n_todo - 1].row + 1;
	pass->done += pass->n_todo;
	if (pass->progress)
		gm_progress_update(pass->progress, pass->done);
	return 1;
}

/* The vectors of the segment that is ready, as of the transaction. */
struct made {
	const struct gm_index_segment *segment;
	struct gm_vector_builder *builder;
	size_t missing;
};

static int make(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct made *made = payload;
	const struct gm_segments *segments;
	int rc = gm_segments_get(&segments, index);

	(void)view;
	if (rc < 0)
		return rc;
	size_t at = gm_segments_by_row(segments, made->segment->first);
	if (at == segments->n ||
		gm_posting_segment_rows(segments->postings[at]) !=
			(uint64_t)made->segment->n)
		return 0; /* merged meanwhile */
	gm_vector_builder_free(gm_steal(&made->builder));
	return gm_embedder_build(
		&made->builder, &made->missing, index, segments->postings[at]);
}

static int put_in_place(struct pass *pass, struct gm_segment_file *file,
	const struct gm_index_segment *segment)
{
	struct gm_database *database = pass->index->database;
	char name[GM_SEGMENT_NAME];
	int64_t generation;
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = gm_schema_generation(&generation, database);
	if (rc == 0 && generation != pass->generation)
		rc = GM_EMODIFIED;
	if (rc == 0)
		rc = gm_segment_file_keep(name, file, "vectors");
	if (rc == 0)
		rc = gm_index_manifest_set_vectors(database, segment, name);
	/* Else writers would go on to make vectors of what was learnt. */
	if (rc == 0)
		rc = gm_index_manifest_set_model(database, NULL);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

/* Make the file of a segment's vectors: 1, or 0 when it came to nothing. */
static int make_file(struct pass *pass)
{
	struct gm_database *database = pass->index->database;
	const struct gm_index_segment segment = pass->ready;
	struct made made = {.segment = &segment};
	gm_autosegmentfile file = GM_SEGMENT_FILE_INIT;
	int rc = gm_index_query(pass->index, make, &made);

	if (rc == 0 && made.builder && !made.missing) {
		rc = gm_segment_file_begin(&file, database);
		if (rc == 0)
			rc = gm_segment_file_failed(database,
				gm_vector_builder_finish(made.builder, &file.sink));
		if (rc == 0)
			rc = put_in_place(pass, &file, &segment);
		if (rc == 0)
			memcpy(pass->made, segment.postings, sizeof(pass->made));
		rc = rc < 0 ? rc : 1;
	}
	/* The cache was lost since we looked into it: look again, once. */
	if (rc == 0 && made.missing && !pass->again) {
		pass->again = true;
		pass->next = 0;
		rc = 1;
	}
	gm_vector_builder_free(made.builder);
	/* Merged meanwhile, or it cannot be written now: that is for the next one. */
	if (rc == GM_EMODIFIED || (rc < 0 && gm_database_unusable(database))) {
		gm_error_clear();
		return 0;
	}
	return rc;
}

static int step(struct pass *pass)
{
	int rc = gm_index_query(pass->index, look, pass);

	if (rc < 0)
		return rc;
	if (pass->n_todo)
		return embed(pass);
	/* What was made and is not taken would never be. */
	if (!pass->ready.n || strcmp(pass->made, pass->ready.postings) == 0)
		return 0;
	return make_file(pass);
}

static void note_missing(const struct pass *pass)
{
	struct gm_embedder *embedder = pass->index->embedder;

	embedder->missing = pass->missing;
	embedder->usable = pass->missing <= pass->n_documents / GM_MISSING_SHARE;
}

static int finish(struct pass *pass)
{
	struct gm_embedder *embedder = pass->index->embedder;
	int rc = 0;

	note_missing(pass);
	if (gm_vector_cache_mark(embedder->cache, pass->generation) != pass->next)
		rc = gm_vector_cache_set_mark(
			embedder->cache, pass->generation, pass->next);
	if (rc == 0 && !pass->missing && pass->done)
		rc = gm_vector_cache_keep_only(embedder->cache);
	return rc;
}

static int run(struct pass *pass)
{
	struct gm_progress *progress = pass->progress;
	int rc;

	if (progress)
		gm_progress_start(progress, "Embedding", 0, progress->wanted);
	do {
		rc = step(pass);
		if (rc > 0 && gm_interrupted() < 0)
			rc = GM_EINTERRUPTED;
	} while (rc > 0 && !is_over(pass));
	if (progress)
		gm_progress_finish(progress, pass->done);
	/* Rows that wait have vectors now that they had not when they were opened. */
	if (pass->done)
		gm_segments_kept_free(gm_steal(&pass->index->segments));
	if (rc >= 0)
		rc = gm_index_query(pass->index, look, pass);
	if (rc >= 0)
		rc = finish(pass);
	return rc < 0 ? rc : !pass->missing;
}

int gm_index_embed(struct gm_index *index, const struct gm_embed_limits *limits,
	struct gm_progress *progress)
{
	static const struct gm_embed_limits none;
	gm_autofree struct pass *pass = gm_calloc(1, sizeof(*pass));
	struct gm_embedder *embedder = index->embedder;
	int rc = pass ? gm_embedder_open(index) : GM_ENOMEM;

	if (rc <= 0)
		return rc < 0 ? rc : !embedder || !embedder->embedding;
	const struct gm_embedding_settings *settings =
		gm_embedding_settings_of(embedder->embedding);
	pass->index = index;
	pass->limits = limits ? limits : &none;
	pass->started_ms = now_ms();
	pass->batch =
		settings->kind == GM_EMBEDDING_STATIC ? STATIC_BATCH : settings->batch;
	pass->progress = progress;
	if ((pass->limits->n || pass->limits->budget_ms) &&
		gm_embedder_is_away(embedder)) {
		rc = gm_index_query(index, look, pass);
		note_missing(pass);
		return rc < 0 ? rc : !pass->missing;
	}
	return run(pass);
}
