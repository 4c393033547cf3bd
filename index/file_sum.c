#include "index/file_sum.h"

#include <string.h>

#define P1 UINT64_C(0x9e3779b185ebca87)
#define P2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define P3 UINT64_C(0x165667b19e3779f9)
#define P4 UINT64_C(0x85ebca77c2b2ae63)
#define P5 UINT64_C(0x27d4eb2f165667c5)

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static uint64_t load64(const uint8_t *at)
{
	uint64_t x;

	memcpy(&x, at, sizeof(x));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(x) : x;
}

static uint32_t load32(const uint8_t *at)
{
	uint32_t x;

	memcpy(&x, at, sizeof(x));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(x) : x;
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * P2, 31) * P1;
}

static const uint8_t *take_stripes(uint64_t lanes[4], const uint8_t *at, size_t n)
{
	uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3];

	for (; n; n--, at += 32) {
		a = round_of(a, load64(at));
		b = round_of(b, load64(at + 8));
		c = round_of(c, load64(at + 16));
		d = round_of(d, load64(at + 24));
	}
	lanes[0] = a;
	lanes[1] = b;
	lanes[2] = c;
	lanes[3] = d;
	return at;
}

void gm_file_sum_init(struct gm_file_sum *out)
{
	*out = (struct gm_file_sum){.lanes = {P1 + P2, P2, 0, 0 - P1}};
}

void gm_file_sum_add(struct gm_file_sum *sum, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t held = sum->size % sizeof(sum->tail);
	size_t missing = sizeof(sum->tail) - held;

	sum->size += size;
	if (size < missing) {
		if (size)
			memcpy(sum->tail + held, at, size);
		return;
	}
	if (held) {
		memcpy(sum->tail + held, at, missing);
		(void)take_stripes(sum->lanes, sum->tail, 1);
		at += missing;
		size -= missing;
	}
	at = take_stripes(sum->lanes, at, size / 32);
	memcpy(sum->tail, at, size % 32);
}

static uint64_t join_lanes(const uint64_t lanes[4])
{
	uint64_t h = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
		rotate(lanes[3], 18);

	for (size_t i = 0; i < 4; i++)
		h = (h ^ round_of(0, lanes[i])) * P1 + P4;
	return h;
}

uint64_t gm_file_sum_get(const struct gm_file_sum *sum)
{
	const uint8_t *at = sum->tail;
	const uint8_t *end = at + sum->size % sizeof(sum->tail);
	uint64_t h = sum->size < 32 ? P5 : join_lanes(sum->lanes);

	h += sum->size;
	for (; end - at >= 8; at += 8)
		h = rotate(h ^ round_of(0, load64(at)), 27) * P1 + P4;
	for (; end - at >= 4; at += 4)
		h = rotate(h ^ load32(at) * P1, 23) * P2 + P3;
	for (; at < end; at++)
		h = rotate(h ^ *at * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}

uint64_t gm_file_sum_of(const void *data, size_t size)
{
	struct gm_file_sum sum;

	gm_file_sum_init(&sum);
	gm_file_sum_add(&sum, data, size);
	return gm_file_sum_get(&sum);
}
