#include "index/safetensors.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mapping.h"

#define MAX_HEADER ((size_t)16 << 20)
#define MAX_ROWS ((json_int_t)16 << 20)
#define MAX_COLUMNS 8192 /* a row of them is read onto the stack */

/* A row is read in one go, a column in pieces of this many numbers. */
#define CHUNK 4096

struct gm_safetensors {
	char *path;
	int fd;
	size_t size;
	size_t data; /* where it begins */
	json_t *header;
};

static const struct {
	const char *name;
	size_t size;
} dtypes[] = {
	[GM_DTYPE_F64] = {"F64", 8},
	[GM_DTYPE_F32] = {"F32", 4},
	[GM_DTYPE_F16] = {"F16", 2},
	[GM_DTYPE_BF16] = {"BF16", 2},
	[GM_DTYPE_I8] = {"I8", 1},
	[GM_DTYPE_I32] = {"I32", 4},
	[GM_DTYPE_I64] = {"I64", 8},
};

void gm_safetensors_free(struct gm_safetensors *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		(void)close(file->fd); /* it was only read */
	json_decref(file->header);
	gm_free(file->path);
	gm_free(file);
}

static int broken(const struct gm_safetensors *file, const char *why)
{
	return gm_error(GM_EINVALID, "'%s' is no safetensors file: %s", file->path, why);
}

static int read_at(const struct gm_safetensors *file, void *out, size_t size, uint64_t at)
{
	char *to = out;

	while (size) {
		ssize_t n = pread(file->fd, to, size, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot read '%s'", file->path);
		if (n == 0)
			return broken(file, "it is cut off");
		to += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static uint64_t read_le(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

static int read_header(struct gm_safetensors *file)
{
	gm_autofree char *text = NULL;
	uint8_t bytes[8];
	int rc = read_at(file, bytes, sizeof(bytes), 0);

	if (rc < 0)
		return rc;
	uint64_t size = read_le(bytes, sizeof(bytes));
	if (size > MAX_HEADER || size > file->size - sizeof(bytes))
		return broken(file, "its header is too long");
	text = gm_malloc((size_t)size + 1);
	if (!text)
		return GM_ENOMEM;
	rc = read_at(file, text, (size_t)size, sizeof(bytes));
	if (rc == 0)
		rc = gm_json_parse(&file->header, text, (size_t)size);
	if (rc == GM_EINVALID)
		return gm_error_prefix("'%s' is no safetensors file", file->path);
	file->data = sizeof(bytes) + (size_t)size;
	return rc;
}

int gm_safetensors_open(struct gm_safetensors **out, const char *path)
{
	gm_cleanup(gm_safetensors_free_p) struct gm_safetensors *file =
		gm_calloc(1, sizeof(*file));

	if (!file)
		return GM_ENOMEM;
	file->fd = -1;
	file->path = gm_strdup(path);
	if (!file->path)
		return GM_ENOMEM;
	int rc = gm_open_regular(&file->fd, &file->size, path);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "there is no '%s'", path);
	if (rc == 0 && file->size < 8)
		rc = broken(file, "it is cut off");
	if (rc == 0)
		rc = read_header(file);
	if (rc < 0)
		return rc;
	*out = gm_steal(&file);
	return 0;
}

static bool parse_dtype(enum gm_dtype *out, const json_t *value)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < sizeof(dtypes) / sizeof(*dtypes); i++) {
		if (strcmp(dtypes[i].name, name) != 0)
			continue;
		*out = (enum gm_dtype)i;
		return true;
	}
	return false;
}

/* The n-th number of a list, at most `max`; -1: none. */
static json_int_t number_at(const json_t *list, size_t n, json_int_t max)
{
	const json_t *value = json_array_get(list, n);
	json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;

	return number > max ? -1 : number;
}

int gm_safetensors_find(
	struct gm_tensor *out, const struct gm_safetensors *file, const char *name)
{
	const json_t *entry = json_object_get(file->header, name);
	const json_t *shape = json_object_get(entry, "shape");
	const json_t *offsets = json_object_get(entry, "data_offsets");
	size_t n = json_array_size(shape);
	struct gm_tensor tensor;

	if (!entry)
		return 0;
	if (!parse_dtype(&tensor.dtype, json_object_get(entry, "dtype")))
		return broken(file, "a tensor is of an unknown type");
	json_int_t rows = n == 1 || n == 2 ? number_at(shape, 0, MAX_ROWS) : -1;
	json_int_t columns = n == 2 ? number_at(shape, 1, MAX_COLUMNS) : 1;
	json_int_t begin = number_at(offsets, 0, (json_int_t)file->size);
	json_int_t end = number_at(offsets, 1, (json_int_t)(file->size - file->data));
	if (rows < 0 || columns < 1)
		return broken(file, "a tensor has an impossible shape");
	size_t size = (size_t)rows * (size_t)columns * dtypes[tensor.dtype].size;
	if (begin < 0 || end < begin || (size_t)(end - begin) != size)
		return broken(file, "a tensor lies outside of it");
	tensor.rows = (size_t)rows;
	tensor.columns = (size_t)columns;
	tensor.at = file->data + (uint64_t)begin;
	*out = tensor;
	return 1;
}

static float from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* IEEE 754's half precision. */
static float from_half(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000U) << 16;
	uint32_t exponent = half >> 10 & 0x1fU;
	uint32_t fraction = half & 0x3ffU;

	if (exponent == 0x1f)
		return from_bits(sign | 0x7f800000U | fraction << 13);
	if (exponent)
		return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
	float value = (float)fraction / 16777216.0F;
	return sign ? -value : value;
}

static float from_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return (float)value;
}

static float convert(enum gm_dtype dtype, const uint8_t *at)
{
	uint64_t bits = read_le(at, dtypes[dtype].size);

	switch (dtype) {
	case GM_DTYPE_F64:
		return from_double(bits);
	case GM_DTYPE_F32:
		return from_bits((uint32_t)bits);
	case GM_DTYPE_F16:
		return from_half((uint16_t)bits);
	case GM_DTYPE_BF16:
		return from_bits((uint32_t)bits << 16);
	case GM_DTYPE_I8:
		return (float)(int8_t)bits;
	case GM_DTYPE_I32:
		return (float)(int32_t)bits;
	case GM_DTYPE_I64:
	default:
		return (float)(int64_t)bits;
	}
}

/* At most CHUNK numbers, or a row. */
static int read_numbers(float *out, const struct gm_safetensors *file,
	const struct gm_tensor *tensor, size_t first, size_t n)
{
	uint8_t bytes[MAX_COLUMNS * 8];
	size_t width = dtypes[tensor->dtype].size;
	int rc = read_at(file, bytes, n * width, tensor->at + first * width);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		out[i] = convert(tensor->dtype, bytes + i * width);
	return 0;
}

int gm_safetensors_row(float *out, const struct gm_safetensors *file,
	const struct gm_tensor *tensor, size_t row)
{
	if (row >= tensor->rows)
		return gm_error(GM_EINVALID, "'%s' has no row %zu", file->path, row);
	return read_numbers(out, file, tensor, row * tensor->columns, tensor->columns);
}

int gm_safetensors_column(
	float **out, const struct gm_safetensors *file, const struct gm_tensor *tensor)
{
	gm_autofree float *numbers = NULL;
	int rc = 0;

	if (tensor->columns != 1)
		return broken(file, "a tensor has too many columns");
	numbers = gm_malloc(tensor->rows * sizeof(*numbers));
	if (!numbers)
		return GM_ENOMEM;
	for (size_t i = 0; i < tensor->rows && rc == 0; i += CHUNK) {
		size_t left = tensor->rows - i;
		rc = read_numbers(
			numbers + i, file, tensor, i, left < CHUNK ? left : CHUNK);
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&numbers);
	return 0;
}
