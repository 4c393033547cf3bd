#include "index/posting_writer.h"

#include "index/packed.h"
#include "index/posting_rows_write.h"
#include "index/varint.h"

int gm_posting_writer_init(struct gm_posting_writer *out, struct gm_segment_sink *sink)
{
	static const struct gm_buf none = GM_BUF_INIT(GM_BUF_LARGE);
	static const uint64_t magic = GM_POSTING_MAGIC;

	memset(out, 0, sizeof(*out));
	out->sink = sink;
	out->term = out->postings = out->places = out->last = out->dictionary = none;
	return gm_segment_sink_put(sink, &magic, sizeof(magic));
}

void gm_posting_writer_dispose(struct gm_posting_writer *writer)
{
	gm_buf_dispose(&writer->term);
	gm_buf_dispose(&writer->postings);
	gm_buf_dispose(&writer->places);
	gm_buf_dispose(&writer->last);
	gm_buf_dispose(&writer->dictionary);
	gm_free(writer->keys);
	gm_free(writer->offsets);
}

static bool has_places(const struct gm_posting_writer *writer)
{
	return gm_field_has_places((enum gm_field)writer->term.ptr[0]);
}

int gm_posting_writer_begin(
	struct gm_posting_writer *writer, const char *term, size_t size)
{
	gm_buf_reset(&writer->term);
	gm_buf_reset(&writer->postings);
	gm_buf_reset(&writer->places);
	writer->open_places = 0;
	writer->open.n = 0;
	writer->next = 0;
	writer->df = 0;
	return gm_buf_put(&writer->term, term, size);
}

/* Write the open block, which is full, behind those before. */
static int end_block(struct gm_posting_writer *writer)
{
	struct gm_posting_block *block = &writer->open;
	int rc = gm_buf_reserve(&writer->postings,
		2 + GM_LEB128_MAX + GM_PACKED_SIZE(32) + GM_PACKED_SIZE(32));

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < GM_POSTING_BLOCK; i++) {
		uint64_t row = block->rows[i];
		block->rows[i] = (uint32_t)(row - writer->next);
		block->tf[i]--;
		writer->next = row + 1;
	}
	unsigned row_bits = gm_packed_bits(block->rows);
	unsigned tf_bits = gm_packed_bits(block->tf);
	uint8_t *at = (uint8_t *)writer->postings.ptr + writer->postings.size;
	*at++ = (uint8_t)row_bits;
	*at++ = (uint8_t)tf_bits;
	if (has_places(writer))
		at = gm_leb128_put(at, writer->places.size - writer->open_places);
	at = gm_numbers_pack(at, block->rows, row_bits);
	at = gm_numbers_pack(at, block->tf, tf_bits);
	writer->postings.size = (size_t)((char *)at - writer->postings.ptr);
	writer->open_places = writer->places.size;
	block->n = 0;
	return 0;
}

static int end_last_block(struct gm_posting_writer *writer)
{
	const struct gm_posting_block *block = &writer->open;
	int rc = gm_buf_reserve(&writer->postings, block->n * 2 * GM_LEB128_MAX);

	if (rc < 0)
		return rc;
	uint8_t *at = (uint8_t *)writer->postings.ptr + writer->postings.size;
	for (size_t i = 0; i < block->n; i++) {
		at = gm_posting_put(at, block->rows[i] - writer->next, block->tf[i]);
		writer->next = (uint64_t)block->rows[i] + 1;
	}
	writer->postings.size = (size_t)((char *)at - writer->postings.ptr);
	return 0;
}

/* Take as many rows as the open block has room for; `places` is stepped over theirs. */
static int fill_block(struct gm_posting_writer *writer, const uint32_t *rows,
	const uint32_t *tf, size_t n, const uint8_t **places, const uint8_t *places_end)
{
	struct gm_posting_block *block = &writer->open;
	const uint8_t *end = places_end;
	uint64_t n_places = 0;

	memcpy(block->rows + block->n, rows, n * sizeof(*rows));
	memcpy(block->tf + block->n, tf, n * sizeof(*tf));
	block->n += n;
	writer->df += (uint32_t)n;
	if (block->n == GM_POSTING_BLOCK && *places) {
		for (size_t i = 0; i < n; i++)
			n_places += tf[i];
		end = gm_leb128_skip(*places, places_end, n_places);
	}
	if (*places && !end)
		return gm_error(GM_EMISMATCH, "recall index: postings are damaged");
	int rc = gm_buf_put(&writer->places, *places, (size_t)(end - *places));
	*places = end;
	if (rc == 0 && block->n == GM_POSTING_BLOCK)
		rc = end_block(writer);
	return rc;
}

int gm_posting_writer_put(struct gm_posting_writer *writer, const uint32_t *rows,
	const uint32_t *tf, size_t n, const uint8_t *places, size_t places_size)
{
	const uint8_t *end = places ? places + places_size : NULL;
	int rc = 0;

	while (n && rc == 0) {
		size_t room = GM_POSTING_BLOCK - writer->open.n;
		size_t taken = n < room ? n : room;
		rc = fill_block(writer, rows, tf, taken, &places, end);
		rows += taken;
		tf += taken;
		n -= taken;
	}
	return rc;
}

/* A block of the dictionary begins with the term that is ended. */
static int begin_terms(struct gm_posting_writer *writer)
{
	size_t n = writer->n_terms / GM_TERM_BLOCK;
	int rc = gm_grow(&writer->keys, &writer->keys_cap, n + 1, sizeof(*writer->keys));

	if (rc == 0)
		rc = gm_grow(&writer->offsets, &writer->offsets_cap, n + 1,
			sizeof(*writer->offsets));
	if (rc == 0)
		rc = gm_buf_reserve(&writer->dictionary, GM_LEB128_MAX);
	if (rc < 0)
		return rc;
	writer->keys[n] = gm_term_key(writer->term.ptr, writer->term.size);
	writer->offsets[n] = (uint32_t)writer->dictionary.size;
	gm_buf_reset(&writer->last);
	uint8_t *at = (uint8_t *)writer->dictionary.ptr + writer->dictionary.size;
	at = gm_leb128_put(at, writer->sink->size);
	writer->dictionary.size = (size_t)((char *)at - writer->dictionary.ptr);
	return 0;
}

static size_t shared_size(const struct gm_buf *a, const struct gm_buf *b)
{
	size_t max = a->size < b->size ? a->size : b->size;
	size_t n = 0;

	while (n < max && a->ptr[n] == b->ptr[n])
		n++;
	return n;
}

static int put_term(struct gm_posting_writer *writer)
{
	struct gm_buf *dictionary = &writer->dictionary;
	size_t shared = shared_size(&writer->last, &writer->term);
	size_t rest = writer->term.size - shared;
	int rc = gm_buf_reserve(dictionary, rest + 5 * GM_LEB128_MAX);

	if (rc < 0)
		return rc;
	uint8_t *at = (uint8_t *)dictionary->ptr + dictionary->size;
	at = gm_leb128_put(at, shared);
	at = gm_leb128_put(at, rest);
	memcpy(at, writer->term.ptr + shared, rest);
	at = gm_leb128_put(at + rest, writer->df);
	at = gm_leb128_put(at, writer->postings.size + writer->places.size);
	if (has_places(writer) && writer->df >= GM_POSTING_BLOCK)
		at = gm_leb128_put(at, writer->places.size);
	dictionary->size = (size_t)((char *)at - dictionary->ptr);
	return 0;
}

int gm_posting_writer_end(struct gm_posting_writer *writer)
{
	int rc = 0;

	if (!writer->df)
		return 0;
	if (writer->n_terms == UINT32_MAX)
		return gm_error(GM_ETOOBIG, "recall index: too many terms");
	if (writer->n_terms % GM_TERM_BLOCK == 0)
		rc = begin_terms(writer);
	if (rc == 0)
		rc = end_last_block(writer);
	if (rc == 0)
		rc = put_term(writer);
	if (rc == 0)
		rc = gm_segment_sink_put(
			writer->sink, writer->postings.ptr, writer->postings.size);
	if (rc == 0)
		rc = gm_segment_sink_put(
			writer->sink, writer->places.ptr, writer->places.size);
	struct gm_buf term = writer->last;
	writer->last = writer->term;
	writer->term = term;
	writer->n_terms++;
	return rc;
}

int gm_posting_writer_finish(struct gm_posting_writer *writer, int64_t first,
	const struct gm_document *documents, size_t n)
{
	struct gm_segment_sink *sink = writer->sink;
	size_t n_blocks = (writer->n_terms + GM_TERM_BLOCK - 1) / GM_TERM_BLOCK;
	struct gm_posting_trailer trailer = {
		.first = first,
		.rows = (uint32_t)n,
		.terms = (uint32_t)writer->n_terms,
		.dictionary_size = (uint32_t)writer->dictionary.size,
		.magic = GM_POSTING_MAGIC,
	};
	uint64_t at;
	int rc = gm_posting_section_put(sink, &trailer.dictionary, writer->dictionary.ptr,
		writer->dictionary.size);

	if (rc == 0)
		rc = gm_posting_section_put(sink, &trailer.keys, writer->keys,
			n_blocks * sizeof(*writer->keys));
	if (rc == 0)
		rc = gm_posting_section_put(sink, &trailer.offsets, writer->offsets,
			n_blocks * sizeof(*writer->offsets));
	if (rc == 0)
		rc = gm_posting_rows_write(sink, &trailer, documents);
	if (rc == 0)
		rc = gm_posting_section_put(sink, &at, &trailer, sizeof(trailer));
	return rc < 0 ? rc : gm_segment_sink_finish(sink, NULL);
}
