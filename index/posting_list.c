#include "index/packed.h"
#include "index/posting_internal.h"

/* 128 rows: distances become offsets, which must stay in the segment. */
static int read_full(struct gm_posting_block *out, struct gm_posting_list *list)
{
	uint64_t places_size = 0;

	if (list->rows_end - list->at < 2 || list->at[0] > 32 || list->at[1] > 31)
		return gm_posting_damaged();
	unsigned row_bits = list->at[0];
	unsigned tf_bits = list->at[1];
	size_t packed = GM_PACKED_SIZE(row_bits) + GM_PACKED_SIZE(tf_bits);
	list->at += 2;
	if (list->has_places)
		list->at = gm_leb128_get(&places_size, list->at, list->rows_end);
	if (!list->at || packed > (size_t)(list->rows_end - list->at) ||
		places_size > (size_t)(list->end - list->places))
		return gm_posting_damaged();
	gm_numbers_unpack(out->rows, list->at, row_bits);
	gm_numbers_unpack(out->tf, list->at + GM_PACKED_SIZE(row_bits), tf_bits);
	list->at += packed;
	list->places_size = (size_t)places_size;
	uint64_t next = list->next;
	for (size_t i = 0; i < GM_POSTING_BLOCK; i++) {
		next += out->rows[i];
		out->rows[i] = (uint32_t)next++;
		out->tf[i]++;
	}
	list->next = next;
	out->n = GM_POSTING_BLOCK;
	return 0;
}

static int read_last(struct gm_posting_block *out, struct gm_posting_list *list)
{
	uint64_t next = list->next;
	const uint8_t *at = list->at;

	for (size_t i = 0; i < list->left; i++) {
		uint64_t distance;
		uint64_t tf;
		at = gm_posting_get(&distance, &tf, at, list->rows_end);
		if (!at || distance > UINT32_MAX || tf > INT32_MAX)
			return gm_posting_damaged();
		next += distance;
		out->rows[i] = (uint32_t)next++;
		out->tf[i] = (uint32_t)tf;
	}
	if (list->df < GM_POSTING_BLOCK)
		list->places = at;
	list->places_size = (size_t)(list->end - list->places);
	list->at = at;
	list->next = next;
	out->n = list->left;
	return 0;
}

int gm_posting_list_next(struct gm_posting_block *out, struct gm_posting_list *list)
{
	if (!list->left)
		return 0;
	list->places += list->places_size;
	int rc = list->left < GM_POSTING_BLOCK ? read_last(out, list)
					       : read_full(out, list);
	if (rc < 0)
		return rc;
	/* Rows ascend, so that the last tells of them all. */
	if (list->next > list->rows)
		return gm_posting_damaged();
	list->left -= (uint32_t)out->n;
	return 1;
}

void gm_places_dispose(struct gm_places *places)
{
	gm_free(places->items);
}

static const uint8_t *read_places(
	uint32_t *out, size_t n, const uint8_t *at, const uint8_t *end)
{
	uint64_t next = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t distance;
		at = gm_leb128_get(&distance, at, end);
		if (!at || distance > UINT32_MAX - next)
			return NULL;
		next += distance;
		out[i] = (uint32_t)next++;
	}
	return at;
}

int gm_posting_list_places(struct gm_places *out, const struct gm_posting_list *list,
	const struct gm_posting_block *block)
{
	const uint8_t *at = list->places;
	const uint8_t *end = at + list->places_size;
	uint64_t n = 0;

	out->n = 0;
	for (size_t i = 0; i < block->n; i++)
		n += block->tf[i];
	if (!list->has_places)
		return 0;
	if (n > list->places_size)
		return gm_posting_damaged();
	int rc = gm_grow(&out->items, &out->cap, (size_t)n, sizeof(*out->items));
	for (size_t i = 0; i < block->n && rc == 0; i++) {
		at = read_places(out->items + out->n, block->tf[i], at, end);
		out->n += block->tf[i];
		if (!at)
			rc = gm_posting_damaged();
	}
	return rc;
}
