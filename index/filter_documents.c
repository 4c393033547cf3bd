#include "index/filter_documents.h"

#include <string.h>

#include "index/document.h"
#include "index/label.h"
#include "index/posting_segment.h"

/* What a document must be. */
struct wanted {
	unsigned types; /* 0: any */
	bool by_agent;
	bool by_session;
	uint32_t agent;
	uint32_t session;
	gm_time since;
	gm_time until;
};

static bool is_wanted(const struct gm_document *document, const struct wanted *wanted)
{
	if (wanted->types &&
		(document->type >= 8 * sizeof(wanted->types) ||
			!(wanted->types >> document->type & 1)))
		return false;
	if (wanted->by_agent && document->agent != wanted->agent)
		return false;
	if (wanted->by_session && document->session != wanted->session)
		return false;
	return document->created >= wanted->since && document->created <= wanted->until;
}

static void keep_in(struct gm_bitmap *rows, const struct gm_posting_segment *segment,
	const struct wanted *wanted)
{
	const struct gm_document *documents = gm_posting_segment_documents(segment);
	int64_t first = gm_posting_segment_first(segment);
	int64_t end = first + (int64_t)gm_posting_segment_rows(segment);

	for (int64_t row = gm_bitmap_next(rows, first); row >= 0 && row < end;
		row = gm_bitmap_next(rows, row + 1))
		if (!is_wanted(&documents[row - first], wanted))
			gm_bitmap_clear(rows, row);
}

/* Take the label of a name over: 0 when no memory has that name. */
static int find_label(
	bool *by_out, uint32_t *out, struct gm_database *database, const char *name)
{
	*by_out = name != NULL;
	*out = 0;
	return name ? gm_label_find(out, database, name) : 1;
}

int gm_filter_documents(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_segments *segments, const struct gm_filter *filter)
{
	struct wanted wanted = {.types = filter->types,
		.since = filter->since == GM_TIME_NONE ? INT64_MIN : filter->since,
		.until = filter->until == GM_TIME_NONE ? INT64_MAX : filter->until};
	int rc = find_label(&wanted.by_agent, &wanted.agent, database, filter->agent);

	if (rc > 0)
		rc = find_label(
			&wanted.by_session, &wanted.session, database, filter->session);
	if (rc == 0)
		rows->size = 0;
	for (size_t i = 0; i < segments->n && rc > 0; i++)
		keep_in(rows, segments->postings[i], &wanted);
	return rc < 0 ? rc : 0;
}

/* The rows that are found in one segment after the other. */
struct finding {
	struct gm_bitmap found;
	const struct gm_bitmap *among;
	const struct gm_posting_segment *segment;
};

static void finding_dispose(struct finding *finding)
{
	gm_bitmap_dispose(&finding->found);
}

static int take_list(struct finding *finding, struct gm_posting_list list)
{
	int64_t first = gm_posting_segment_first(finding->segment);
	struct gm_posting_block block;
	int rc;

	while ((rc = gm_posting_list_next(&block, &list)) > 0)
		for (size_t i = 0; i < block.n; i++) {
			int64_t row = first + block.rows[i];
			if (!gm_bitmap_test(finding->among, row))
				continue;
			rc = gm_bitmap_set(&finding->found, row);
			if (rc < 0)
				return rc;
		}
	return rc;
}

static int keep_tag(
	struct gm_bitmap *rows, const struct gm_segments *segments, const char *tag)
{
	gm_cleanup(finding_dispose) struct finding finding = {.among = rows};
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc >= 0; i++) {
		struct gm_posting_list list;

		finding.segment = segments->postings[i];
		rc = gm_posting_segment_find(
			&list, finding.segment, GM_FIELD_TAG, tag, strlen(tag));
		if (rc > 0)
			rc = take_list(&finding, list);
	}
	if (rc < 0)
		return rc;
	gm_bitmap_and(rows, &finding.found);
	return 0;
}

static int take_key(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	(void)text;
	(void)size;
	return take_list(payload, *list);
}

static int keep_keys(
	struct gm_bitmap *rows, const struct gm_segments *segments, const char *prefix)
{
	gm_cleanup(finding_dispose) struct finding finding = {.among = rows};
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc == 0; i++) {
		finding.segment = segments->postings[i];
		rc = gm_posting_segment_prefix(finding.segment, GM_FIELD_KEY, prefix,
			strlen(prefix), take_key, &finding);
	}
	if (rc == 0)
		gm_bitmap_and(rows, &finding.found);
	return rc;
}

int gm_filter_terms(struct gm_bitmap *rows, const struct gm_segments *segments,
	const struct gm_filter *filter)
{
	int rc = 0;

	for (size_t i = 0; filter->tags && i < filter->tags->n && rc == 0; i++)
		rc = keep_tag(rows, segments, filter->tags->items[i]);
	if (rc == 0 && filter->key_prefix && *filter->key_prefix)
		rc = keep_keys(rows, segments, filter->key_prefix);
	return rc;
}
