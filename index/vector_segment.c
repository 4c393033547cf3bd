#include "index/vector_segment.h"

#include <string.h>

#include "base/error.h"
#include "index/vector_internal.h"

static uint64_t align(uint64_t size)
{
	return (size + GM_VECTOR_ALIGNMENT - 1) / GM_VECTOR_ALIGNMENT *
		GM_VECTOR_ALIGNMENT;
}

void gm_vector_layout_of(struct gm_vector_layout *out, size_t dims, size_t n_rows)
{
	out->sign_bytes = (dims + 7) / 8;
	out->block_size = GM_KERNEL_BLOCK * (out->sign_bytes + sizeof(float));
	out->n_blocks = (n_rows + GM_KERNEL_BLOCK - 1) / GM_KERNEL_BLOCK;
	out->stride = (dims + GM_KERNEL_LANES - 1) / GM_KERNEL_LANES * GM_KERNEL_LANES;
	out->halves_size = dims <= GM_VECTOR_HALVES_DIMS ? out->stride / 2 : 0;
	out->row_size = out->stride + out->halves_size;
	out->blocks = sizeof(struct gm_vector_header);
	out->scales = out->blocks + (uint64_t)out->n_blocks * out->block_size;
	out->codes = align(out->scales + (uint64_t)n_rows * sizeof(float));
	out->size = align(out->codes + (uint64_t)n_rows * out->row_size);
}

int gm_vector_header_make(struct gm_vector_header *out,
	const uint8_t model[GM_VECTOR_MODEL_SIZE], size_t dims, int64_t first_row,
	size_t n_rows)
{
	if (dims == 0 || dims > GM_VECTOR_MAX_DIMS)
		return gm_error(
			GM_EINVALID, "vectors of %zu dimensions are not possible", dims);
	if (n_rows == 0 || n_rows > (size_t)GM_BITMAP_MAX_ROW || first_row < 0 ||
		first_row > GM_BITMAP_MAX_ROW - (int64_t)(n_rows - 1))
		return gm_error(GM_EINVALID,
			"no vectors of %zu rows from %lld on are possible", n_rows,
			(long long)first_row);
	memset(out, 0, sizeof(*out));
	memcpy(out->magic, GM_VECTOR_MAGIC, sizeof(out->magic));
	out->byte_order = GM_VECTOR_BYTE_ORDER;
	out->version = GM_VECTOR_VERSION;
	out->dims = (uint32_t)dims;
	out->first_row = first_row;
	out->n_rows = n_rows;
	memcpy(out->model, model, sizeof(out->model));
	return 0;
}

/* A header is good when it is the one we would write, of a file of just this size. */
static bool is_good(const struct gm_vector_segment *segment, size_t size)
{
	const struct gm_vector_header *header = &segment->header;
	struct gm_vector_header again;

	if (header->n_rows > SIZE_MAX ||
		gm_vector_header_make(&again, header->model, header->dims,
			header->first_row, (size_t)header->n_rows) < 0)
		return false;
	again.n_vectors = header->n_vectors;
	return memcmp(&again, header, sizeof(again)) == 0 &&
		header->n_vectors <= header->n_rows && segment->layout.size == size;
}

static int parse(struct gm_vector_segment *segment, size_t size, const char *name)
{
	if (size >= sizeof(segment->header)) {
		memcpy(&segment->header, segment->bytes, sizeof(segment->header));
		gm_vector_layout_of(&segment->layout, segment->header.dims,
			(size_t)segment->header.n_rows);
		if (is_good(segment, size)) {
			segment->kernels = gm_kernels();
			return 0;
		}
	}
	return gm_error(
		GM_EMISMATCH, "'%s' holds no vectors of ours, or is damaged", name);
}

int gm_vector_segment_open(struct gm_vector_segment **out, const char *path)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment =
		gm_calloc(1, sizeof(*segment));

	if (!segment)
		return GM_ENOMEM;
	int rc = gm_mapping_open(&segment->mapping, path);
	if (rc < 0)
		return rc;
	segment->mapped = true;
	segment->bytes = segment->mapping.ptr;
	rc = parse(segment, segment->mapping.size, path);
	if (rc < 0)
		return rc;
	*out = gm_steal(&segment);
	return 0;
}

int gm_vector_segment_take(struct gm_vector_segment **out, struct gm_buf *bytes)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment =
		gm_calloc(1, sizeof(*segment));

	if (!segment)
		return GM_ENOMEM;
	segment->bytes = (const uint8_t *)bytes->ptr;
	int rc = parse(segment, bytes->size, "memory");
	if (rc < 0)
		return rc;
	segment->memory = *bytes;
	*bytes = (struct gm_buf)GM_BUF_INIT(bytes->max);
	*out = gm_steal(&segment);
	return 0;
}

void gm_vector_segment_free(struct gm_vector_segment *segment)
{
	if (!segment)
		return;
	if (segment->mapped)
		gm_mapping_dispose(&segment->mapping);
	gm_buf_dispose(&segment->memory);
	gm_free(segment);
}

const void *gm_vector_segment_bytes(
	size_t *size_out, const struct gm_vector_segment *segment)
{
	*size_out = (size_t)segment->layout.size;
	return segment->bytes;
}

const uint8_t *gm_vector_segment_model(const struct gm_vector_segment *segment)
{
	return segment->header.model;
}

size_t gm_vector_segment_dims(const struct gm_vector_segment *segment)
{
	return segment->header.dims;
}

int64_t gm_vector_segment_first(const struct gm_vector_segment *segment)
{
	return segment->header.first_row;
}

size_t gm_vector_segment_rows(const struct gm_vector_segment *segment)
{
	return (size_t)segment->header.n_rows;
}

size_t gm_vector_segment_count(const struct gm_vector_segment *segment)
{
	return (size_t)segment->header.n_vectors;
}

bool gm_vector_segment_has(const struct gm_vector_segment *segment, int64_t row)
{
	return gm_vector_segment_scale(segment, row) > 0;
}
