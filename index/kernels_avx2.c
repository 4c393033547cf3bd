#include "index/kernels_internal.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static float dot(const float *a, const float *b, size_t size)
{
	__m256 low = _mm256_setzero_ps();
	__m256 high = _mm256_setzero_ps();
	float lanes[GM_KERNEL_LANES];
	size_t at = 0;

	for (; size - at >= GM_KERNEL_LANES; at += GM_KERNEL_LANES) {
		low = _mm256_add_ps(low,
			_mm256_mul_ps(_mm256_loadu_ps(a + at), _mm256_loadu_ps(b + at)));
		high = _mm256_add_ps(high,
			_mm256_mul_ps(_mm256_loadu_ps(a + at + 8),
				_mm256_loadu_ps(b + at + 8)));
	}
	_mm256_storeu_ps(lanes, low);
	_mm256_storeu_ps(lanes + 8, high);
	return gm_kernel_dot_end(lanes, a + at, b + at, size - at);
}

AVX2 static void add(float *sum, float weight, const float *v, size_t size)
{
	__m256 w = _mm256_set1_ps(weight);
	size_t at = 0;

	for (; size - at >= 8; at += 8) {
		__m256 more = _mm256_mul_ps(w, _mm256_loadu_ps(v + at));
		_mm256_storeu_ps(
			sum + at, _mm256_add_ps(_mm256_loadu_ps(sum + at), more));
	}
	for (; at < size; at++)
		sum[at] += weight * v[at];
}

AVX2 static void add_codes(float *sum, float weight, const int8_t *codes, size_t size)
{
	__m256 w = _mm256_set1_ps(weight);
	size_t at = 0;

	for (; size - at >= 8; at += 8) {
		__m128i eight =
			_mm_loadl_epi64((const __m128i *)(const void *)(codes + at));
		__m256 more =
			_mm256_mul_ps(w, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight)));
		_mm256_storeu_ps(
			sum + at, _mm256_add_ps(_mm256_loadu_ps(sum + at), more));
	}
	for (; at < size; at++)
		sum[at] += weight * (float)codes[at];
}

AVX2 static int32_t sum_of(__m256i v)
{
	__m128i four =
		_mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
	four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
	return _mm_cvtsi128_si32(four);
}

/* The products of 16 codes with 16 numbers of a query, in 8 sums. */
AVX2 static __m256i products(__m128i codes, const int16_t *query)
{
	return _mm256_madd_epi16(_mm256_cvtepi8_epi16(codes),
		_mm256_loadu_si256((const __m256i *)(const void *)query));
}

AVX2 static int32_t dot_codes(const int8_t *codes, const int16_t *query, size_t size)
{
	const __m128i *from = (const __m128i *)(const void *)codes;
	__m256i even = _mm256_setzero_si256();
	__m256i odd = _mm256_setzero_si256();
	size_t at = 0;

	for (; size - at >= 32; at += 32) {
		even = _mm256_add_epi32(
			even, products(_mm_loadu_si128(from + at / 16), query + at));
		odd = _mm256_add_epi32(odd,
			products(_mm_loadu_si128(from + at / 16 + 1), query + at + 16));
	}
	if (at < size)
		even = _mm256_add_epi32(
			even, products(_mm_loadu_si128(from + at / 16), query + at));
	return sum_of(_mm256_add_epi32(even, odd));
}

/* Numbers of 4 bits, one in each byte, become signed ones of 8. */
AVX2 static __m128i widen(__m128i halves)
{
	__m128i eight = _mm_set1_epi8(8);
	__m128i low = _mm_and_si128(halves, _mm_set1_epi8(15));
	return _mm_sub_epi8(_mm_xor_si128(low, eight), eight);
}

AVX2 static int32_t dot_halves(const uint8_t *halves, const int16_t *query, size_t size)
{
	const int16_t *upper = query + size / 2;
	__m256i sums = _mm256_setzero_si256();
	size_t at = 0;

	for (; size / 2 - at >= 16; at += 16) {
		__m128i both =
			_mm_loadu_si128((const __m128i *)(const void *)(halves + at));
		__m128i high = _mm_srli_epi16(both, 4);
		sums = _mm256_add_epi32(sums, products(widen(both), query + at));
		sums = _mm256_add_epi32(sums, products(widen(high), upper + at));
	}
	int32_t sum = sum_of(sums);
	for (; at < size / 2; at++) {
		sum += gm_kernel_low_half(halves[at]) * query[at];
		sum += gm_kernel_high_half(halves[at]) * upper[at];
	}
	return sum;
}

AVX2 static __m256i table_of(const uint8_t *entries)
{
	return _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *)(const void *)entries));
}

/* What the table has for a byte of each of 32 vectors. */
AVX2 static __m256i look_up(const uint8_t *bytes, const uint8_t *table)
{
	__m256i mask = _mm256_set1_epi8(15);
	__m256i both = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
	__m256i low = _mm256_and_si256(both, mask);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
	return _mm256_add_epi8(_mm256_shuffle_epi8(table_of(table), low),
		_mm256_shuffle_epi8(table_of(table + 16), high));
}

/* Two bytes of signs make four entries, which fit in 8 bits; more are summed up in 16. */
AVX2 static void sum_signs(
	uint16_t out[32], const uint8_t *block, const struct gm_kernel_signs *signs)
{
	__m256i even = _mm256_setzero_si256();
	__m256i odd = _mm256_setzero_si256();

	for (size_t b = 0; b < signs->n_bytes; b += 2) {
		__m256i sum = look_up(block + b * GM_KERNEL_BLOCK, signs->table + b * 32);
		if (b + 1 < signs->n_bytes)
			sum = _mm256_add_epi8(sum,
				look_up(block + (b + 1) * GM_KERNEL_BLOCK,
					signs->table + (b + 1) * 32));
		even = _mm256_add_epi16(
			even, _mm256_and_si256(sum, _mm256_set1_epi16(255)));
		odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
	}
	__m256i low = _mm256_unpacklo_epi16(even, odd);
	__m256i high = _mm256_unpackhi_epi16(even, odd);
	__m256i *to = (__m256i *)(void *)out;
	_mm256_storeu_si256(to, _mm256_permute2x128_si256(low, high, 0x20));
	_mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(low, high, 0x31));
}

AVX2 static uint64_t estimate(float out[GM_KERNEL_BLOCK], const uint8_t *block,
	const struct gm_kernel_signs *signs)
{
	const float *factors =
		(const float *)(const void *)(block + signs->n_bytes * GM_KERNEL_BLOCK);
	__m256 threshold = _mm256_set1_ps(signs->threshold);
	uint16_t sums[GM_KERNEL_BLOCK];
	uint64_t above = 0;

	sum_signs(sums, block, signs);
	sum_signs(sums + 32, block + 32, signs);
	for (size_t i = 0; i < GM_KERNEL_BLOCK; i += 8) {
		__m256i eight = _mm256_cvtepu16_epi32(
			_mm_loadu_si128((const __m128i *)(const void *)(sums + i)));
		eight = _mm256_sub_epi32(eight, _mm256_set1_epi32(signs->bias));
		__m256 value = _mm256_mul_ps(
			_mm256_loadu_ps(factors + i), _mm256_cvtepi32_ps(eight));
		_mm256_storeu_ps(out + i, value);
		__m256 greater = _mm256_cmp_ps(value, threshold, _CMP_GT_OQ);
		above |= (uint64_t)(unsigned)_mm256_movemask_ps(greater) << i;
	}
	return above;
}

const struct gm_kernels gm_kernels_avx2 = {
	.name = "avx2",
	.dot = dot,
	.add = add,
	.add_codes = add_codes,
	.dot_codes = dot_codes,
	.dot_halves = dot_halves,
	.estimate = estimate,
};
#endif
