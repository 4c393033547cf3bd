#include <string.h>

#include "index/filter.h"
#include "index/posting_segment.h"
#include "index/segments.h"

struct request {
	struct gm_strv *out;
	const char *prefix;
	size_t limit;
	enum gm_field field; /* whose terms are the names */
};

/* The names in one segment. */
struct search {
	struct gm_strv *names;
	size_t limit; /* of this segment */
	const struct gm_bitmap *rows;
	int64_t first; /* row of the segment */
};

/* Whether a row of the view has it. */
static int is_visible(const struct search *search, struct gm_posting_list list)
{
	struct gm_posting_block block;
	int rc;

	while ((rc = gm_posting_list_next(&block, &list)) > 0)
		for (size_t i = 0; i < block.n; i++)
			if (gm_bitmap_test(search->rows, search->first + block.rows[i]))
				return 1;
	return rc;
}

/* They come in order, so that a segment's first ones are enough. */
static int take_name(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct search *search = payload;
	int rc = is_visible(search, *list);

	if (rc <= 0)
		return rc;
	gm_autofree char *name = gm_strndup(text, size);
	rc = name ? gm_strv_add(search->names, name) : GM_ENOMEM;
	return rc < 0 ? rc : search->limit && --search->limit == 0;
}

static int find_names(struct gm_strv *out, const struct gm_segments *segments,
	const struct gm_index_view *view, const struct request *request)
{
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc >= 0; i++) {
		const struct gm_posting_segment *segment = segments->postings[i];
		struct search search = {out, request->limit, &view->rows,
			gm_posting_segment_first(segment)};

		rc = gm_posting_segment_prefix(segment, request->field, request->prefix,
			strlen(request->prefix), take_name, &search);
	}
	if (rc < 0)
		return rc;
	gm_strv_make_set(out);
	while (request->limit && out->n > request->limit)
		gm_free(out->items[--out->n]);
	return 0;
}

static int complete(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct request *request = payload;
	const struct gm_segments *segments;
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_segments_get(&segments, index);

	if (rc == 0)
		rc = find_names(&names, segments, view, request);
	if (rc < 0)
		return rc;
	gm_strv_dispose(request->out);
	*request->out = names;
	names = (struct gm_strv)GM_STRV_INIT;
	return 0;
}

int gm_index_keys(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit)
{
	struct request request = {out, prefix, limit, GM_FIELD_KEY};

	return gm_index_query(index, complete, &request);
}

int gm_index_tags(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit)
{
	struct request request = {out, prefix, limit, GM_FIELD_TAG};

	return gm_index_query(index, complete, &request);
}
