#include "index/segment_open.h"

#include "index/segment_file.h"

static int is_another(struct gm_database *database)
{
	return gm_database_distrust(database, "a segment is of other rows");
}

int gm_segment_is_lost(struct gm_database *database, int rc)
{
	return rc == GM_ENOTFOUND ? gm_database_distrust(database, "a file is missing")
				  : rc;
}

/* A file that goes away between the look at it and the opening of it is gone, too. */
static int opened(struct gm_database *database, int rc)
{
	return rc == GM_ENOTFOUND ? rc : gm_segment_file_failed(database, rc);
}

int gm_segment_open_postings(struct gm_posting_segment **out,
	struct gm_database *database, const struct gm_index_segment *segment)
{
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *postings = NULL;
	gm_autofree char *path = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_segment_file_find(&path, &bytes, database, segment->postings);

	if (rc < 0)
		return rc;
	rc = path ? gm_posting_segment_open(&postings, path)
		  : gm_posting_segment_take(&postings, &bytes);
	if (rc < 0)
		return opened(database, rc);
	if (gm_posting_segment_first(postings) != segment->first ||
		gm_posting_segment_rows(postings) != (uint64_t)segment->n)
		return is_another(database);
	*out = gm_steal(&postings);
	return 0;
}

int gm_segment_open_vectors(struct gm_vector_segment **out, struct gm_database *database,
	const struct gm_index_segment *segment)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *vectors = NULL;
	gm_autofree char *path = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_segment_file_find(&path, &bytes, database, segment->vectors);

	if (rc < 0)
		return rc;
	rc = path ? gm_vector_segment_open(&vectors, path)
		  : gm_vector_segment_take(&vectors, &bytes);
	if (rc < 0)
		return opened(database, rc);
	if (gm_vector_segment_first(vectors) != segment->first ||
		gm_vector_segment_rows(vectors) != (uint64_t)segment->n)
		return is_another(database);
	*out = gm_steal(&vectors);
	return 0;
}

int gm_segment_open_model(
	struct gm_lsa **out, struct gm_database *database, const char *name)
{
	gm_autofree char *path = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_segment_file_find(&path, &bytes, database, name);

	if (rc < 0)
		return rc;
	rc = path ? gm_lsa_open(out, path) : gm_lsa_take(out, &bytes);
	return rc < 0 ? opened(database, rc) : 0;
}
