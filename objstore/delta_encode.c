#include "objstore/delta_encode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What is looked for. Shorter copies save nothing worth the search. */
#define BLOCK 16

/* How many blocks of one hash are compared at a place. */
#define PROBES_MAX 32

/* The most that one instruction inserts or copies. */
#define INSERT_MAX 127
#define COPY_MAX 0x10000

/* A block has no number beyond this, and none stands for the end of a list. */
#define NONE UINT32_MAX

/* The hash is a polynomial in this number, modulo 2^32. */
#define FACTOR UINT32_C(0x9e3779b1)

struct gm_delta_index {
	const uint8_t *base;
	size_t size;
	uint32_t mask;    /* of the buckets */
	uint32_t *heads;  /* the first block of each bucket */
	uint32_t *next;   /* of each block, the next of its bucket */
	uint32_t *hashes; /* of each block */
};

static uint32_t hash_block(const uint8_t *bytes)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < BLOCK; i++)
		hash = hash * FACTOR + bytes[i];
	return hash;
}

/* What the first byte of a block counts: FACTOR to the power of BLOCK - 1. */
static uint32_t leaving_factor(void)
{
	uint32_t factor = 1;

	for (size_t i = 1; i < BLOCK; i++)
		factor *= FACTOR;
	return factor;
}

static uint32_t bucket_of(const struct gm_delta_index *index, uint32_t hash)
{
	return (hash ^ hash >> 16) & index->mask;
}

/* Backwards, so that the lists go forwards. Of equal blocks in a row the first is enough. */
static void add_blocks(struct gm_delta_index *index, uint32_t n)
{
	for (uint32_t at = n; at-- > 0;) {
		uint32_t hash = hash_block(index->base + (size_t)at * BLOCK);
		uint32_t *head = &index->heads[bucket_of(index, hash)];
		index->hashes[at] = hash;
		if (*head == at + 1 && index->hashes[at + 1] == hash)
			index->next[at] = index->next[at + 1];
		else
			index->next[at] = *head;
		*head = at;
	}
}

int gm_delta_index_new(struct gm_delta_index **out, const void *base, size_t size)
{
	size_t n = size / BLOCK;
	size_t n_buckets = 4;

	if (n >= NONE)
		return gm_error(GM_ETOOBIG, "a base of %zu bytes is too large", size);
	while (n_buckets < n)
		n_buckets *= 2;
	struct gm_delta_index *index =
		gm_malloc(sizeof(*index) + (n_buckets + 2 * n) * sizeof(uint32_t));
	if (!index)
		return GM_ENOMEM;
	index->base = base;
	index->size = size;
	index->mask = (uint32_t)n_buckets - 1;
	index->heads = (uint32_t *)(index + 1);
	index->next = index->heads + n_buckets;
	index->hashes = index->next + n;
	memset(index->heads, 0xff, n_buckets * sizeof(uint32_t));
	add_blocks(index, (uint32_t)n);
	*out = index;
	return 0;
}

void gm_delta_index_free(struct gm_delta_index *index)
{
	gm_free(index);
}

/* A delta in the making. */
struct encoding {
	const struct gm_delta_index *index;
	struct gm_buf *out;
	size_t max;
	const uint8_t *target;
	size_t size;
	size_t inserted; /* up to here the target is encoded */
	size_t before;   /* what the base has in front of what is indexed */
};

static int put(struct encoding *encoding, const void *bytes, size_t n)
{
	if (n > encoding->max - encoding->out->size)
		return GM_ENO;
	return gm_buf_put(encoding->out, bytes, n);
}

static int put_size(struct encoding *encoding, size_t size)
{
	uint8_t bytes[10];
	size_t n = 0;

	for (; size >= 0x80; size >>= 7)
		bytes[n++] = (uint8_t)(size | 0x80);
	bytes[n++] = (uint8_t)size;
	return put(encoding, bytes, n);
}

/* What stands in the target before `end` and was not found in the base. */
static int put_inserts(struct encoding *encoding, size_t end)
{
	int rc = 0;

	while (rc == 0 && encoding->inserted < end) {
		size_t n = end - encoding->inserted;
		uint8_t op = n < INSERT_MAX ? (uint8_t)n : INSERT_MAX;
		rc = put(encoding, &op, 1);
		if (rc == 0)
			rc = put(encoding, encoding->target + encoding->inserted, op);
		encoding->inserted += op;
	}
	return rc;
}

/* Bytes of a number that are zero are left out; bits of the instruction tell which. */
static int put_copy(struct encoding *encoding, size_t offset, size_t n)
{
	uint8_t bytes[8] = {0x80};
	size_t used = 1;
	size_t coded = n == COPY_MAX ? 0 : n;

	for (unsigned i = 0; i < 4; i++) {
		if (!(offset >> (8 * i) & 0xff))
			continue;
		bytes[0] |= (uint8_t)(1u << i);
		bytes[used++] = (uint8_t)(offset >> (8 * i));
	}
	for (unsigned i = 0; i < 3; i++) {
		if (!(coded >> (8 * i) & 0xff))
			continue;
		bytes[0] |= (uint8_t)(0x10u << i);
		bytes[used++] = (uint8_t)(coded >> (8 * i));
	}
	return put(encoding, bytes, used);
}

static int put_copies(struct encoding *encoding, size_t offset, size_t n)
{
	int rc = 0;

	encoding->inserted += n;
	while (rc == 0 && n) {
		size_t step = n < COPY_MAX ? n : COPY_MAX;
		rc = put_copy(encoding, offset, step);
		offset += step;
		n -= step;
	}
	return rc;
}

/* How many bytes are the same from here on. */
static size_t match_forward(const struct encoding *encoding, size_t offset, size_t at)
{
	const uint8_t *base = encoding->index->base + offset;
	const uint8_t *target = encoding->target + at;
	size_t max = encoding->index->size - offset;
	size_t n = 0;

	if (max > encoding->size - at)
		max = encoding->size - at;
	while (n < max && base[n] == target[n])
		n++;
	return n;
}

/* How many are before it, of those not encoded yet. */
static size_t match_backward(const struct encoding *encoding, size_t offset, size_t at)
{
	const uint8_t *base = encoding->index->base + offset;
	const uint8_t *target = encoding->target + at;
	size_t max = at - encoding->inserted;
	size_t n = 0;

	if (max > offset)
		max = offset;
	while (n < max && base[-(ptrdiff_t)n - 1] == target[-(ptrdiff_t)n - 1])
		n++;
	return n;
}

/* The longest copy for what begins at `at`; 0 when there is none. */
static size_t find(
	size_t *offset_out, const struct encoding *encoding, size_t at, uint32_t hash)
{
	const struct gm_delta_index *index = encoding->index;
	uint32_t block = index->heads[bucket_of(index, hash)];
	size_t best = BLOCK - 1;

	for (int probes = 0; block != NONE && probes < PROBES_MAX; probes++) {
		if (index->hashes[block] == hash) {
			size_t offset = (size_t)block * BLOCK;
			size_t n = match_forward(encoding, offset, at);
			if (n > best) {
				best = n;
				*offset_out = offset;
			}
		}
		block = index->next[block];
	}
	return best >= BLOCK ? best : 0;
}

static int put_instructions(struct encoding *encoding)
{
	const uint32_t leaving = leaving_factor();
	size_t at = 0;
	uint32_t hash = 0;
	bool is_rolling = false;
	int rc = 0;

	while (rc == 0 && encoding->size - at >= BLOCK) {
		size_t offset = 0;
		if (!is_rolling)
			hash = hash_block(encoding->target + at);
		size_t n = find(&offset, encoding, at, hash);
		is_rolling = !n && encoding->size - at > BLOCK;
		if (n) {
			size_t before = match_backward(encoding, offset, at);
			rc = put_inserts(encoding, at - before);
			if (rc == 0)
				rc = put_copies(encoding,
					encoding->before + offset - before, n + before);
			at += n;
		} else if (is_rolling) {
			hash = (hash - encoding->target[at] * leaving) * FACTOR +
				encoding->target[at + BLOCK];
			at++;
		} else {
			break;
		}
	}
	return rc < 0 ? rc : put_inserts(encoding, encoding->size);
}

int gm_delta_encode(struct gm_buf *out, const struct gm_delta_index *index,
	const void *target, size_t size, size_t max)
{
	struct encoding encoding = {
		.index = index, .out = out, .max = max, .target = target, .size = size};

	gm_buf_reset(out);
	int rc = put_size(&encoding, index->size);
	if (rc == 0)
		rc = put_size(&encoding, size);
	return rc < 0 ? rc : put_instructions(&encoding);
}

/* How many bytes both have alike at their beginnings. */
static size_t common_head(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t n = 0;

	while (max - n >= 256 && !memcmp(a + n, b + n, 256))
		n += 256;
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

/* The same at their ends, which are given. */
static size_t common_tail(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t n = 0;

	while (max - n >= 256 && !memcmp(a - n - 256, b - n - 256, 256))
		n += 256;
	while (n < max && a[-(ptrdiff_t)n - 1] == b[-(ptrdiff_t)n - 1])
		n++;
	return n;
}

/* What stands between head and tail: of the base `base_size` bytes at `base`. */
static int put_middle(struct encoding *encoding, const uint8_t *base, size_t base_size)
{
	gm_cleanup(gm_delta_index_free_p) struct gm_delta_index *index = NULL;

	if (base_size < BLOCK || encoding->size < BLOCK)
		return put_inserts(encoding, encoding->size);
	int rc = gm_delta_index_new(&index, base, base_size);
	if (rc < 0)
		return rc;
	encoding->index = index;
	return put_instructions(encoding);
}

int gm_delta_between(struct gm_buf *out, const void *base, size_t base_size,
	const void *target, size_t size, size_t max)
{
	const uint8_t *old = base;
	const uint8_t *new = target;
	size_t least = base_size < size ? base_size : size;
	size_t head = common_head(old, new, least);
	size_t tail = common_tail(old + base_size, new + size, least - head);
	struct encoding encoding = {.out = out, .max = max, .before = head};

	gm_buf_reset(out);
	int rc = put_size(&encoding, base_size);
	if (rc == 0)
		rc = put_size(&encoding, size);
	if (rc == 0)
		rc = put_copies(&encoding, 0, head);
	encoding.target = new + head;
	encoding.size = size - head - tail;
	encoding.inserted = 0;
	if (rc == 0)
		rc = put_middle(&encoding, old + head, base_size - head - tail);
	return rc < 0 ? rc : put_copies(&encoding, base_size - tail, tail);
}
