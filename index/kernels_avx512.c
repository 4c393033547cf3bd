#include "index/kernels_internal.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

AVX512 static float dot(const float *a, const float *b, size_t size)
{
	__m512 sums = _mm512_setzero_ps();
	float lanes[GM_KERNEL_LANES];
	size_t at = 0;

	for (; size - at >= GM_KERNEL_LANES; at += GM_KERNEL_LANES)
		sums = _mm512_add_ps(sums,
			_mm512_mul_ps(_mm512_loadu_ps(a + at), _mm512_loadu_ps(b + at)));
	_mm512_storeu_ps(lanes, sums);
	return gm_kernel_dot_end(lanes, a + at, b + at, size - at);
}

AVX512 static void add(float *sum, float weight, const float *v, size_t size)
{
	__m512 w = _mm512_set1_ps(weight);
	size_t at = 0;

	for (; size - at >= 16; at += 16) {
		__m512 more = _mm512_mul_ps(w, _mm512_loadu_ps(v + at));
		_mm512_storeu_ps(
			sum + at, _mm512_add_ps(_mm512_loadu_ps(sum + at), more));
	}
	for (; at < size; at++)
		sum[at] += weight * v[at];
}

AVX512 static void add_codes(float *sum, float weight, const int8_t *codes, size_t size)
{
	__m512 w = _mm512_set1_ps(weight);
	size_t at = 0;

	for (; size - at >= 16; at += 16) {
		__m128i few =
			_mm_loadu_si128((const __m128i *)(const void *)(codes + at));
		__m512 more =
			_mm512_mul_ps(w, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(few)));
		_mm512_storeu_ps(
			sum + at, _mm512_add_ps(_mm512_loadu_ps(sum + at), more));
	}
	for (; at < size; at++)
		sum[at] += weight * (float)codes[at];
}

/* The products of 32 codes with 32 numbers of a query, in 16 sums. */
AVX512 static __m512i products(__m256i codes, const int16_t *query)
{
	return _mm512_madd_epi16(_mm512_cvtepi8_epi16(codes), _mm512_loadu_si512(query));
}

AVX512 static int32_t dot_codes(const int8_t *codes, const int16_t *query, size_t size)
{
	const __mmask32 half = 0xffff;
	__m512i even = _mm512_setzero_si512();
	__m512i odd = _mm512_setzero_si512();
	size_t at = 0;

	for (; size - at >= 64; at += 64) {
		even = _mm512_add_epi32(
			even, products(_mm256_loadu_epi8(codes + at), query + at));
		odd = _mm512_add_epi32(odd,
			products(_mm256_loadu_epi8(codes + at + 32), query + at + 32));
	}
	for (; size - at >= 32; at += 32)
		even = _mm512_add_epi32(
			even, products(_mm256_loadu_epi8(codes + at), query + at));
	if (at < size) {
		__m512i few =
			_mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(half, codes + at));
		odd = _mm512_add_epi32(odd,
			_mm512_madd_epi16(
				few, _mm512_maskz_loadu_epi16(half, query + at)));
	}
	return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

/* Numbers of 4 bits, one in each byte, become signed ones of 8. */
AVX512 static __m256i widen(__m256i halves)
{
	__m256i eight = _mm256_set1_epi8(8);
	__m256i low = _mm256_and_si256(halves, _mm256_set1_epi8(15));
	return _mm256_sub_epi8(_mm256_xor_si256(low, eight), eight);
}

AVX512 static int32_t dot_halves(const uint8_t *halves, const int16_t *query, size_t size)
{
	const int16_t *upper = query + size / 2;
	__m512i sums = _mm512_setzero_si512();
	size_t at = 0;

	for (; size / 2 - at >= 32; at += 32) {
		__m256i both = _mm256_loadu_epi8(halves + at);
		__m256i high = _mm256_srli_epi16(both, 4);
		sums = _mm512_add_epi32(sums, products(widen(both), query + at));
		sums = _mm512_add_epi32(sums, products(widen(high), upper + at));
	}
	int32_t sum = _mm512_reduce_add_epi32(sums);
	for (; at < size / 2; at++) {
		sum += gm_kernel_low_half(halves[at]) * query[at];
		sum += gm_kernel_high_half(halves[at]) * upper[at];
	}
	return sum;
}

AVX512 static __m512i table_of(const uint8_t *entries)
{
	return _mm512_broadcast_i32x4(
		_mm_loadu_si128((const __m128i *)(const void *)entries));
}

/* What the table has for a byte of each of 64 vectors. */
AVX512 static __m512i look_up(const uint8_t *bytes, const uint8_t *table)
{
	__m512i mask = _mm512_set1_epi8(15);
	__m512i both = _mm512_loadu_si512(bytes);
	__m512i low = _mm512_and_si512(both, mask);
	__m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), mask);
	return _mm512_add_epi8(_mm512_shuffle_epi8(table_of(table), low),
		_mm512_shuffle_epi8(table_of(table + 16), high));
}

/*
 * Two bytes of signs make four entries, which fit in 8 bits; more are summed up in 16. The sums
 * of vectors 0 to 31 and 32 to 63.
 */
AVX512 static void sum_signs(
	__m512i out[2], const uint8_t *block, const struct gm_kernel_signs *signs)
{
	__m512i even = _mm512_setzero_si512();
	__m512i odd = _mm512_setzero_si512();

	for (size_t b = 0; b < signs->n_bytes; b += 2) {
		__m512i sum = look_up(block + b * GM_KERNEL_BLOCK, signs->table + b * 32);
		if (b + 1 < signs->n_bytes)
			sum = _mm512_add_epi8(sum,
				look_up(block + (b + 1) * GM_KERNEL_BLOCK,
					signs->table + (b + 1) * 32));
		even = _mm512_add_epi16(
			even, _mm512_and_si512(sum, _mm512_set1_epi16(255)));
		odd = _mm512_add_epi16(odd, _mm512_srli_epi16(sum, 8));
	}
	__m512i low = _mm512_unpacklo_epi16(even, odd);
	__m512i high = _mm512_unpackhi_epi16(even, odd);
	__m512i a = _mm512_shuffle_i64x2(low, high, 0x44);
	__m512i b = _mm512_shuffle_i64x2(low, high, 0xee);
	out[0] = _mm512_shuffle_i64x2(a, a, 0xd8);
	out[1] = _mm512_shuffle_i64x2(b, b, 0xd8);
}

AVX512 static uint64_t estimate(float out[GM_KERNEL_BLOCK], const uint8_t *block,
	const struct gm_kernel_signs *signs)
{
	const float *factors =
		(const float *)(const void *)(block + signs->n_bytes * GM_KERNEL_BLOCK);
	__m512 threshold = _mm512_set1_ps(signs->threshold);
	__m512i sums[2];
	uint64_t above = 0;

	sum_signs(sums, block, signs);
	for (size_t i = 0; i < GM_KERNEL_BLOCK; i += 16) {
		__m512i half = sums[i / 32];
		__m256i few = i % 32 ? _mm512_extracti64x4_epi64(half, 1)
				     : _mm512_castsi512_si256(half);
		__m512i wide = _mm512_sub_epi32(
			_mm512_cvtepu16_epi32(few), _mm512_set1_epi32(signs->bias));
		__m512 value = _mm512_mul_ps(
			_mm512_loadu_ps(factors + i), _mm512_cvtepi32_ps(wide));
		_mm512_storeu_ps(out + i, value);
		above |= (uint64_t)_mm512_cmp_ps_mask(value, threshold, _CMP_GT_OQ) << i;
	}
	return above;
}

const struct gm_kernels gm_kernels_avx512 = {
	.name = "avx512",
	.dot = dot,
	.add = add,
	.add_codes = add_codes,
	.dot_codes = dot_codes,
	.dot_halves = dot_halves,
	.estimate = estimate,
};
#endif
