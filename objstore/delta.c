#include "objstore/delta.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static int damaged(void)
{
	return gm_error(GM_EMISMATCH, "a delta is damaged");
}

/* Seven bits in a byte, the lowest first; false at the end or over 63 bits. */
static bool read_size(size_t *out, struct cursor *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		if (in->at == in->end)
			return false;
		uint8_t byte = *in->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = (size_t)value;
			return value <= SIZE_MAX;
		}
	}
	return false;
}

int gm_delta_sizes(
	size_t *base_size_out, size_t *result_size_out, const void *delta, size_t size)
{
	const uint8_t *bytes = delta;
	struct cursor in = {bytes, bytes + size};

	if (!read_size(base_size_out, &in) || !read_size(result_size_out, &in))
		return damaged();
	return 0;
}

/* The bits of `mask` say which bytes of a number of up to `n` bytes are written out. */
static bool read_sparse(size_t *out, struct cursor *in, unsigned mask, unsigned n)
{
	*out = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!(mask >> i & 1))
			continue;
		if (in->at == in->end)
			return false;
		*out |= (size_t)*in->at++ << (8 * i);
	}
	return true;
}

/* One copy instruction, checked against the base. */
static bool read_copy(size_t *offset_out, size_t *size_out, struct cursor *in, uint8_t op,
	size_t base_size)
{
	if (!read_sparse(offset_out, in, op, 4) ||
		!read_sparse(size_out, in, op >> 4 & 7, 3))
		return false;
	if (!*size_out)
		*size_out = 0x10000;
	return *offset_out <= base_size && *size_out <= base_size - *offset_out;
}

/* Run the instructions; `out` has room for `size` bytes, which they must fill exactly. */
static bool run(uint8_t *out, size_t size, struct cursor *in, const uint8_t *base,
	size_t base_size)
{
	while (in->at < in->end) {
		uint8_t op = *in->at++;
		const uint8_t *from = in->at;
		size_t offset = 0;
		size_t n = op;
		if (op & 0x80) {
			if (!read_copy(&offset, &n, in, op, base_size))
				return false;
			from = base + offset;
		} else if (!op || n > (size_t)(in->end - in->at)) {
			return false;
		} else {
			in->at += n;
		}
		if (n > size)
			return false;
		memcpy(out, from, n);
		out += n;
		size -= n;
	}
	return size == 0;
}

int gm_delta_apply(struct gm_buf *out, const void *base, size_t base_size,
	const void *delta, size_t delta_size)
{
	const uint8_t *bytes = delta;
	struct cursor in = {bytes, bytes + delta_size};
	size_t said;
	size_t size;

	gm_buf_reset(out);
	if (!read_size(&said, &in) || !read_size(&size, &in))
		return damaged();
	if (said != base_size)
		return gm_error(GM_EMISMATCH, "a delta is for another base");
	int rc = gm_buf_reserve(out, size);
	if (rc < 0)
		return rc;
	if (!run((uint8_t *)out->ptr, size, &in, base, base_size))
		return damaged();
	out->size = size;
	out->ptr[size] = '\0';
	return 0;
}
