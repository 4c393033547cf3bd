#include "index/posting_rows_write.h"

#include "index/posting_order.h"

int gm_posting_section_put(
	struct gm_segment_sink *sink, uint64_t *at_out, const void *data, size_t size)
{
	int rc = gm_segment_sink_align(sink, sizeof(uint64_t));

	*at_out = sink->size;
	return rc < 0 ? rc : gm_segment_sink_put(sink, data, size);
}

/* Sum up, and count the sessions. */
static void total(struct gm_posting_trailer *trailer, const struct gm_document *documents,
	const uint32_t *order)
{
	uint32_t session = 0;

	for (size_t i = 0; i < trailer->rows; i++) {
		const struct gm_document *document = &documents[order[i]];
		trailer->length += document->length;
		trailer->names_length += document->names_length;
		trailer->n_documents += !(document->flags & GM_DOCUMENT_NONE);
		if (!document->session)
			continue;
		trailer->n_sessions += document->session != session;
		trailer->session_length += document->length + document->names_length;
		session = document->session;
	}
}

static int put_sessions(struct gm_segment_sink *sink, struct gm_posting_trailer *trailer,
	const struct gm_document *documents, const uint32_t *order)
{
	gm_autofree struct gm_posting_session *sessions =
		gm_malloc(trailer->n_sessions * sizeof(*sessions));
	size_t n = 0;

	if (!sessions)
		return GM_ENOMEM;
	for (uint32_t i = 0; i < trailer->rows; i++) {
		uint32_t session = documents[order[i]].session;
		if (session && (!n || sessions[n - 1].session != session))
			sessions[n++] = (struct gm_posting_session){session, i};
	}
	return gm_posting_section_put(
		sink, &trailer->sessions, sessions, n * sizeof(*sessions));
}

static int put_measures(struct gm_segment_sink *sink, struct gm_posting_trailer *trailer,
	const struct gm_document *documents)
{
	size_t n = trailer->rows;
	gm_autofree struct gm_measure *measures = gm_malloc(n * sizeof(*measures));

	if (!measures)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		measures[i] = (struct gm_measure){documents[i].session,
			documents[i].length + documents[i].names_length};
	return gm_posting_section_put(
		sink, &trailer->measures, measures, n * sizeof(*measures));
}

int gm_posting_rows_write(struct gm_segment_sink *sink,
	struct gm_posting_trailer *trailer, const struct gm_document *documents)
{
	size_t n = trailer->rows;
	gm_autofree uint32_t *order = NULL;
	int rc = gm_posting_order(&order, documents, n);

	if (rc < 0)
		return rc;
	total(trailer, documents, order);
	rc = gm_posting_section_put(
		sink, &trailer->documents, documents, n * sizeof(*documents));
	if (rc == 0)
		rc = gm_posting_section_put(
			sink, &trailer->order, order, n * sizeof(*order));
	if (rc == 0)
		rc = put_sessions(sink, trailer, documents, order);
	return rc < 0 ? rc : put_measures(sink, trailer, documents);
}
