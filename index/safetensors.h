/*
 * Tensors of a .safetensors file: the size of a header (64 bits, little-endian), a header in
 * JSON, {"name": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [begin, end]}},
 * and the data, little-endian. The file is the user's own and may change under our hands, so it
 * is read and never mapped.
 */
#ifndef GM_INDEX_SAFETENSORS_H
#define GM_INDEX_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct gm_safetensors;

/* Open a file and read its header. GM_ENOTFOUND, GM_EINVALID. */
int gm_safetensors_open(struct gm_safetensors **out, const char *path);
void gm_safetensors_free(struct gm_safetensors *file);
GM_DEFINE_CLEANUP(struct gm_safetensors, gm_safetensors_free)

enum gm_dtype {
	GM_DTYPE_F64,
	GM_DTYPE_F32,
	GM_DTYPE_F16,
	GM_DTYPE_BF16,
	GM_DTYPE_I8,
	GM_DTYPE_I32,
	GM_DTYPE_I64,
};

/* A tensor of one or two dimensions; one of one dimension has one column. */
struct gm_tensor {
	enum gm_dtype dtype;
	size_t rows;
	size_t columns;
	uint64_t at; /* in the file */
};

/* 1 with the tensor, 0 when there is none of this name, GM_EINVALID when it is broken. */
int gm_safetensors_find(
	struct gm_tensor *out, const struct gm_safetensors *file, const char *name);

/* Read one row as numbers. Those of 64 bits are rounded. */
int gm_safetensors_row(float *out, const struct gm_safetensors *file,
	const struct gm_tensor *tensor, size_t row);

/* Read a tensor of one column as a whole: `rows` numbers (gm_free). */
int gm_safetensors_column(
	float **out, const struct gm_safetensors *file, const struct gm_tensor *tensor);

#endif
