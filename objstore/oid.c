#include "objstore/oid.h"

#include <string.h>

const struct gm_oid gm_oid_zero = {{0}};
const struct gm_oid gm_oid_empty_tree = {{0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9,
	0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04}};

/* 1 and what a digit is worth; 0 for every other character. */
static const uint8_t digits_plus_one[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

bool gm_oid_parse(struct gm_oid *out, const char *hex, size_t size)
{
	struct gm_oid oid;

	if (size != GM_OID_HEX - 1)
		return false;
	for (size_t i = 0; i < GM_OID_SIZE; i++) {
		unsigned high = digits_plus_one[(unsigned char)hex[2 * i]];
		unsigned low = digits_plus_one[(unsigned char)hex[2 * i + 1]];
		if (!high || !low)
			return false;
		oid.bytes[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	*out = oid;
	return true;
}

static void format(char *out, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * size] = '\0';
}

void gm_oid_format(char out[GM_OID_HEX], const struct gm_oid *oid)
{
	format(out, oid->bytes, GM_OID_SIZE);
}

void gm_sha256_format(char out[GM_SHA256_HEX], const uint8_t name[GM_SHA256_SIZE])
{
	format(out, name, GM_SHA256_SIZE);
}

int gm_oid_compare(const struct gm_oid *a, const struct gm_oid *b)
{
	return memcmp(a->bytes, b->bytes, GM_OID_SIZE);
}

bool gm_oid_equal(const struct gm_oid *a, const struct gm_oid *b)
{
	return memcmp(a->bytes, b->bytes, GM_OID_SIZE) == 0;
}

bool gm_oid_is_zero(const struct gm_oid *oid)
{
	return gm_oid_equal(oid, &gm_oid_zero);
}

/* A guess is off by some places among thousands. */
#define STEP_FIRST 16

struct oid_table {
	const uint8_t *oids;
	size_t stride;
	const struct gm_oid *oid;
};

static bool is_less(const struct oid_table *table, uint32_t at)
{
	return memcmp(table->oids + (size_t)at * table->stride, table->oid->bytes,
		       GM_OID_SIZE) < 0;
}

/* Bring `low` and `high` near each other around a guess, by steps that grow. */
static void close_in(const struct oid_table *table, uint32_t *low, uint32_t *high)
{
	const uint8_t *next = table->oid->bytes + 1;
	const uint32_t part = (uint32_t)next[0] << 24 | (uint32_t)next[1] << 16 |
		(uint32_t)next[2] << 8 | next[3];
	const uint32_t at = *low + (uint32_t)(((uint64_t)(*high - *low) * part) >> 32);
	uint32_t step = STEP_FIRST;

	if (is_less(table, at)) {
		for (*low = at + 1; *high - *low > step; step *= 2) {
			if (!is_less(table, *low + step)) {
				*high = *low + step;
				return;
			}
			*low += step + 1;
		}
	} else {
		for (*high = at; *high - *low > step; step *= 2) {
			if (is_less(table, *high - step)) {
				*low = *high - step + 1;
				return;
			}
			*high -= step;
		}
	}
}

uint32_t gm_oid_lower_bound(const uint8_t *oids, size_t stride, uint32_t low,
	uint32_t high, const struct gm_oid *oid)
{
	const struct oid_table table = {oids, stride, oid};

	if (low < high)
		close_in(&table, &low, &high);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (is_less(&table, middle))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
