#include "index/vector_reader.h"

#include <unistd.h>

/* So many rows are read at a time, and so many times of that are kept. */
#define WINDOW 8
#define WINDOWS 16

/* All the pages of smaller ones are mapped in less time. */
#define LARGE ((size_t)16 << 20)

struct window {
	const struct gm_vector_segment *segment; /* NULL: nothing was read */
	size_t number;
};

struct gm_vector_reader {
	size_t row_size;
	struct window windows[WINDOWS];
	int8_t *rows; /* of these, and a single one */
};

int gm_vector_reader_new(struct gm_vector_reader **out, size_t dims)
{
	gm_cleanup(gm_vector_reader_free_p) struct gm_vector_reader *reader =
		gm_calloc(1, sizeof(*reader));
	struct gm_vector_layout layout;

	if (!reader)
		return GM_ENOMEM;
	gm_vector_layout_of(&layout, dims, 1);
	reader->row_size = layout.row_size;
	reader->rows = gm_malloc((WINDOWS * WINDOW + 1) * layout.row_size);
	if (!reader->rows)
		return GM_ENOMEM;
	*out = gm_steal(&reader);
	return 0;
}

void gm_vector_reader_free(struct gm_vector_reader *reader)
{
	if (!reader)
		return;
	gm_free(reader->rows);
	gm_free(reader);
}

static bool can_read(
	const struct gm_vector_reader *reader, const struct gm_vector_segment *segment)
{
	return segment->mapped && segment->mapping.map &&
		segment->mapping.size >= LARGE &&
		segment->layout.row_size == reader->row_size;
}

static bool read_rows(
	int8_t *out, const struct gm_vector_segment *segment, size_t offset, size_t n)
{
	size_t size = n * segment->layout.row_size;
	uint64_t at = segment->layout.codes + (uint64_t)offset * segment->layout.row_size;

	return pread(segment->mapping.fd, out, size, (off_t)at) == (ssize_t)size;
}

const int8_t *gm_vector_reader_row(struct gm_vector_reader *reader,
	const struct gm_vector_segment *segment, size_t offset)
{
	int8_t *row = reader->rows + WINDOWS * WINDOW * reader->row_size;

	if (can_read(reader, segment) && read_rows(row, segment, offset, 1))
		return row;
	return gm_vector_codes(segment, offset);
}

const int8_t *gm_vector_reader_near(struct gm_vector_reader *reader,
	const struct gm_vector_segment *segment, size_t offset)
{
	size_t number = offset / WINDOW;
	size_t first = number * WINDOW;
	size_t left = (size_t)segment->header.n_rows - first;
	struct window *window = &reader->windows[number % WINDOWS];
	int8_t *rows = reader->rows + number % WINDOWS * WINDOW * reader->row_size;

	if (!can_read(reader, segment))
		return gm_vector_codes(segment, offset);
	if (window->segment != segment || window->number != number) {
		window->segment = NULL;
		if (!read_rows(rows, segment, first, left < WINDOW ? left : WINDOW))
			return gm_vector_codes(segment, offset);
		*window = (struct window){segment, number};
	}
	return rows + (offset - first) * reader->row_size;
}
