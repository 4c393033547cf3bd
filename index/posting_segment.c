#include "index/posting_segment.h"

#include "index/posting_internal.h"
#include "index/posting_order.h"

int gm_posting_damaged(void)
{
	return gm_error(GM_EMISMATCH, "recall index: a posting segment is damaged");
}

/* Whether `n` elements at `at` end where the next section begins, but for what aligns that. */
static bool section_fits(uint64_t at, uint64_t n, size_t element, uint64_t next)
{
	uint64_t size = n * element;

	return at % sizeof(uint64_t) == 0 && at <= next && size <= next - at &&
		next - at - size < sizeof(uint64_t);
}

static bool trailer_fits(const struct gm_posting_trailer *trailer, uint64_t end)
{
	uint64_t n_blocks =
		((uint64_t)trailer->terms + GM_TERM_BLOCK - 1) / GM_TERM_BLOCK;

	return trailer->magic == GM_POSTING_MAGIC && trailer->rows &&
		trailer->first >= 0 &&
		trailer->first <= GM_BITMAP_MAX_ROW - (int64_t)trailer->rows + 1 &&
		trailer->n_documents <= trailer->rows &&
		trailer->dictionary >= sizeof(uint64_t) &&
		section_fits(trailer->dictionary, trailer->dictionary_size, 1,
			trailer->keys) &&
		section_fits(
			trailer->keys, n_blocks, sizeof(uint64_t), trailer->offsets) &&
		section_fits(trailer->offsets, n_blocks, sizeof(uint32_t),
			trailer->documents) &&
		section_fits(trailer->documents, trailer->rows,
			sizeof(struct gm_document), trailer->order) &&
		section_fits(trailer->order, trailer->rows, sizeof(uint32_t),
			trailer->sessions) &&
		section_fits(trailer->sessions, trailer->n_sessions,
			sizeof(struct gm_posting_session), trailer->measures) &&
		section_fits(
			trailer->measures, trailer->rows, sizeof(struct gm_measure), end);
}

/* Sections are aligned in the bytes, which are aligned themselves. */
static const void *section(const struct gm_posting_segment *segment, uint64_t at)
{
	return segment->bytes + at;
}

static int parse(struct gm_posting_segment *segment)
{
	struct gm_posting_trailer *trailer = &segment->trailer;
	uint64_t magic = 0;

	if (segment->size < sizeof(magic) + sizeof(*trailer) ||
		segment->size % sizeof(uint64_t))
		return gm_posting_damaged();
	uint64_t end = segment->size - sizeof(*trailer);
	memcpy(&magic, segment->bytes, sizeof(magic));
	memcpy(trailer, segment->bytes + end, sizeof(*trailer));
	if (magic != GM_POSTING_MAGIC || !trailer_fits(trailer, end))
		return gm_posting_damaged();
	segment->keys = section(segment, trailer->keys);
	segment->offsets = section(segment, trailer->offsets);
	segment->n_blocks = (trailer->terms + (size_t)GM_TERM_BLOCK - 1) / GM_TERM_BLOCK;
	segment->documents = section(segment, trailer->documents);
	segment->order = section(segment, trailer->order);
	segment->sessions = section(segment, trailer->sessions);
	segment->measures = section(segment, trailer->measures);
	return 0;
}

int gm_posting_segment_open(struct gm_posting_segment **out, const char *path)
{
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *segment =
		gm_calloc(1, sizeof(*segment));

	if (!segment)
		return GM_ENOMEM;
	int rc = gm_mapping_open(&segment->mapping, path);
	if (rc < 0) {
		gm_free(gm_steal(&segment));
		return rc;
	}
	segment->bytes = segment->mapping.ptr;
	segment->size = segment->mapping.size;
	rc = parse(segment);
	if (rc == 0)
		*out = gm_steal(&segment);
	return rc;
}

int gm_posting_segment_take(struct gm_posting_segment **out, struct gm_buf *bytes)
{
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *segment =
		gm_calloc(1, sizeof(*segment));

	if (!segment)
		return GM_ENOMEM;
	segment->mapping.fd = -1;
	segment->bytes = (const uint8_t *)bytes->ptr;
	segment->size = bytes->size;
	int rc = parse(segment);
	if (rc < 0)
		return rc;
	segment->memory = gm_buf_detach(bytes);
	*out = gm_steal(&segment);
	return 0;
}

void gm_posting_segment_free(struct gm_posting_segment *segment)
{
	if (!segment)
		return;
	gm_free(segment->memory);
	gm_mapping_dispose(&segment->mapping);
	gm_free(segment);
}

const void *gm_posting_segment_bytes(
	size_t *size_out, const struct gm_posting_segment *segment)
{
	*size_out = segment->size;
	return segment->bytes;
}

int64_t gm_posting_segment_first(const struct gm_posting_segment *segment)
{
	return segment->trailer.first;
}

size_t gm_posting_segment_rows(const struct gm_posting_segment *segment)
{
	return segment->trailer.rows;
}

void gm_posting_segment_totals(
	struct gm_posting_totals *out, const struct gm_posting_segment *segment)
{
	out->documents = segment->trailer.n_documents;
	out->length = segment->trailer.length;
	out->names_length = segment->trailer.names_length;
	out->sessions = segment->trailer.n_sessions;
	out->session_length = segment->trailer.session_length;
}

const struct gm_document *gm_posting_segment_documents(
	const struct gm_posting_segment *segment)
{
	return segment->documents;
}

const struct gm_measure *gm_posting_segment_measures(
	const struct gm_posting_segment *segment)
{
	return segment->measures;
}

const uint32_t *gm_posting_segment_order(const struct gm_posting_segment *segment)
{
	return segment->order;
}

/* Where in the order the rows of the session with this number begin, or those of no other. */
static size_t session_place(const struct gm_posting_segment *segment, size_t number)
{
	uint32_t rows = segment->trailer.rows;
	uint32_t place = number < segment->trailer.n_sessions
		? segment->sessions[number].place
		: rows;

	return place < rows ? place : rows;
}

size_t gm_posting_segment_session(
	size_t *n_out, const struct gm_posting_segment *segment, uint32_t session)
{
	size_t low = 0;
	size_t high = segment->trailer.n_sessions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (segment->sessions[middle].session < session)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < segment->trailer.n_sessions &&
		segment->sessions[low].session == session;
	size_t first = session ? session_place(segment, low) : 0;
	size_t end = session_place(segment, found ? low + 1 : low);
	*n_out = end > first && (found || !session) ? end - first : 0;
	return first;
}
