#include "index/vector_turn.h"

#include <math.h>
#include <stdint.h>

#define ROUNDS 2

/* The largest number without its sign; infinite when there is a NaN. */
static float largest_of(const float *v, size_t dims)
{
	float largest = 0;

	for (size_t i = 0; i < dims; i++) {
		float size = fabsf(v[i]);
		if (!(size <= largest))
			largest = size;
		if (isnan(size))
			return INFINITY;
	}
	return largest;
}

/* Numbers are brought near 1 first, so that no square is too large or too small for a float. */
static bool normalise(float *out, const float *v, size_t dims)
{
	float largest = largest_of(v, dims);
	double square = 0;

	if (largest == 0 || isinf(largest))
		return false;
	for (size_t i = 0; i < dims; i++) {
		out[i] = v[i] / largest;
		square += (double)out[i] * (double)out[i];
	}
	float length = (float)sqrt(square);
	for (size_t i = 0; i < dims; i++)
		out[i] /= length;
	return true;
}

/* splitmix64 (Steele, Lea and Flood 2014) of a counter. */
static uint64_t random_word(uint64_t counter)
{
	uint64_t z = counter * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void change_signs(float *v, size_t dims, uint64_t round)
{
	uint64_t word = 0;

	for (size_t i = 0; i < dims; i++) {
		if (i % 64 == 0)
			word = random_word(round << 32 | (i / 64 + 1));
		if (word >> (i % 64) & 1)
			v[i] = -v[i];
	}
}

/* `size` is a power of two. */
static void transform(float *v, size_t size)
{
	float scale = 1.0f / sqrtf((float)size);

	for (size_t half = 1; half < size; half *= 2) {
		for (size_t at = 0; at < size; at += 2 * half) {
			for (size_t i = at; i < at + half; i++) {
				float a = v[i];
				float b = v[i + half];
				v[i] = a + b;
				v[i + half] = a - b;
			}
		}
	}
	for (size_t i = 0; i < size; i++)
		v[i] *= scale;
}

bool gm_vector_turn(float *out, const float *v, size_t dims)
{
	size_t power = 1;

	if (!normalise(out, v, dims))
		return false;
	while (power * 2 <= dims)
		power *= 2;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		change_signs(out, dims, round);
		transform(out, power);
		/* The rest has no power of two: a second block overlaps the first. */
		if (power < dims)
			transform(out + dims - power, power);
	}
	return true;
}
