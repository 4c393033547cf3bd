#include "index/vector_turn.h"

#include <math.h>
#include <stdint.h>

#define ROUNDS 2

/* Squares of floats are no zero and no infinity in a double; what is none here has no direction. */
static bool normalise(float *out, const float *v, size_t dims)
{
	double squares[4] = {0};

	for (size_t i = 0; i < dims; i++)
		squares[i % 4] += (double)v[i] * (double)v[i];
	double square = squares[0] + squares[1] + (squares[2] + squares[3]);
	if (!(square > 0) || !isfinite(square))
		return false;
	double by = 1 / sqrt(square);
	for (size_t i = 0; i < dims; i++)
		out[i] = (float)((double)v[i] * by);
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
		v[i] *= 1 - 2 * (float)(word >> (i % 64) & 1);
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
