#include "tests/unit/support.h"

#include <math.h>
#include <string.h>

#include "index/lsa_context.h"
#include "index/orthonormal.h"

#define DIMS 64
#define TERMS 40

/* Rows of a few terms each. */
struct corpus {
	struct gm_term_rows rows;
	uint32_t runs[300];
	size_t n_runs;
	uint64_t seeds[TERMS];
	size_t starts[300];
	uint32_t terms[3000];
	float weights[3000];
};

static void begin(struct corpus *out)
{
	memset(out, 0, sizeof(*out));
	out->rows =
		(struct gm_term_rows){0, out->starts, out->terms, out->weights, TERMS};
	for (size_t i = 0; i < TERMS; i++)
		out->seeds[i] = i * UINT64_C(0x9e3779b97f4a7c15);
}

static void begin_run(struct corpus *corpus)
{
	corpus->runs[corpus->n_runs++] = (uint32_t)corpus->rows.n;
	corpus->runs[corpus->n_runs] = (uint32_t)corpus->rows.n;
}

/* A row of length 1 with every `step`th term from `first` to before `end`. */
static void add_row(struct corpus *corpus, uint32_t first, uint32_t end, uint32_t step)
{
	struct gm_term_rows *rows = &corpus->rows;
	size_t at = rows->starts[rows->n];
	float weight = 1 / sqrtf((float)((end - first + step - 1) / step));

	for (uint32_t term = first; term < end; term += step) {
		rows->terms[at] = term;
		rows->weights[at++] = weight;
	}
	rows->starts[++rows->n] = at;
	corpus->runs[corpus->n_runs] = (uint32_t)rows->n;
}

static float *directions(const struct corpus *corpus, unsigned rounds)
{
	struct gm_progress silent = {.wanted = false};
	struct gm_lsa_context context = {
		&corpus->rows, corpus->runs, corpus->n_runs, gm_dense(), &silent};
	float *out = NULL;

	must(gm_lsa_context_directions(&out, &context, corpus->seeds, DIMS, rounds));
	return out;
}

static double cosine(const float *x, uint32_t a, uint32_t b)
{
	double ab = 0;
	double aa = 0;
	double bb = 0;

	for (size_t k = 0; k < DIMS; k++) {
		ab += (double)x[a * DIMS + k] * x[b * DIMS + k];
		aa += (double)x[a * DIMS + k] * x[a * DIMS + k];
		bb += (double)x[b * DIMS + k] * x[b * DIMS + k];
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static void terms_of_the_same_rows_have_one_direction(void **state)
{
	static struct corpus corpus;

	(void)state;
	begin(&corpus);
	for (uint32_t i = 0; i < 40; i++) {
		begin_run(&corpus);
		add_row(&corpus, i % 4 * 10, i % 4 * 10 + 10, 1);
	}
	gm_autofree float *x = directions(&corpus, 2);
	for (uint32_t a = 0; a < TERMS; a++)
		for (uint32_t b = 0; b < TERMS; b++) {
			double expect = a / 10 == b / 10;

			assert_true(fabs(cosine(x, a, b) - expect) < 1e-4);
		}
}

static void neighbours_in_a_session_bring_terms_together(void **state)
{
	static struct corpus corpus;

	(void)state;
	begin(&corpus);
	/* Question and answer have no word in common, but for where they stand. */
	for (uint32_t i = 0; i < 40; i++) {
		begin_run(&corpus);
		add_row(&corpus, i % 4 * 10, i % 4 * 10 + 5, 1);
		add_row(&corpus, i % 4 * 10 + 5, i % 4 * 10 + 10, 1);
	}
	gm_autofree float *together = directions(&corpus, 2);
	corpus.n_runs = 0;
	for (uint32_t i = 0; i < 80; i++)
		corpus.runs[corpus.n_runs++] = i;
	corpus.runs[corpus.n_runs] = 80;
	gm_autofree float *apart = directions(&corpus, 2);
	double near = 0;
	double far = 0;
	double alone = 0;

	for (uint32_t topic = 0; topic < 4; topic++) {
		double length = 0;

		for (size_t k = 0; k < DIMS; k++)
			length += pow(together[topic * 10 * DIMS + k], 2);
		assert_true(length > 0.01);
		near += cosine(together, topic * 10, topic * 10 + 1);
		far += fabs(cosine(together, topic * 10, (topic + 1) % 4 * 10 + 5));
		alone += fabs(cosine(apart, topic * 10, topic * 10 + 5));
	}
	assert_true(near > 3.999 && far < 1e-3 && alone < 1e-3);
}

/* The matrix itself, row in context by row, each of length 1. */
static void blend(double *out, const struct corpus *corpus, size_t run, size_t row)
{
	static const double shares[] = {1, 0.5, 0.25};
	double square = 0;

	memset(out, 0, TERMS * sizeof(*out));
	for (size_t other = corpus->runs[run]; other < corpus->runs[run + 1]; other++) {
		size_t gap = other < row ? row - other : other - row;

		for (size_t i = corpus->starts[other];
			gap < 3 && i < corpus->starts[other + 1]; i++)
			out[corpus->terms[i]] += shares[gap] * corpus->weights[i];
	}
	for (size_t i = 0; i < TERMS; i++)
		square += out[i] * out[i];
	for (size_t i = 0; i < TERMS; i++)
		out[i] /= sqrt(square);
}

/* What one round makes of the start, which is the same as that of a round of nothing. */
static void multiply_naively(float *y, const struct corpus *corpus, const float *x)
{
	double row[TERMS];

	memset(y, 0, TERMS * DIMS * sizeof(*y));
	for (size_t run = 0; run < corpus->n_runs; run++)
		for (size_t i = corpus->runs[run]; i < corpus->runs[run + 1]; i++) {
			blend(row, corpus, run, i);
			for (size_t k = 0; k < DIMS; k++) {
				double sum = 0;

				for (size_t t = 0; t < TERMS; t++)
					sum += row[t] * x[t * DIMS + k];
				for (size_t t = 0; t < TERMS; t++)
					y[t * DIMS + k] += (float)(row[t] * sum);
			}
		}
}

static void a_round_multiplies_by_the_matrix_in_context(void **state)
{
	static struct corpus corpus;
	static float expect[TERMS * DIMS];

	(void)state;
	begin(&corpus);
	for (uint32_t i = 0; i < 30; i++) {
		if (i % 7 == 0 || i == 9)
			begin_run(&corpus);
		add_row(&corpus, i * 5 % 23, i * 5 % 23 + 3 + i % 9, 1 + i % 2);
	}
	/* From one round to the next only the matrix comes in. */
	gm_autofree float *one = directions(&corpus, 1);
	gm_autofree float *two = directions(&corpus, 2);
	multiply_naively(expect, &corpus, one);
	must(gm_orthonormalise(expect, TERMS, DIMS, gm_dense()));
	must(gm_orthonormalise(expect, TERMS, DIMS, gm_dense()));
	size_t different = 0;
	for (size_t i = 0; i < TERMS * (size_t)8; i++) {
		size_t at = i / 8 * DIMS + i % 8;

		different += fabsf(expect[at] - two[at]) > 2e-3F;
	}
	assert_int_equal(different, 0);
}

static void long_runs_and_empty_rows_are_fine(void **state)
{
	static struct corpus corpus;

	(void)state;
	begin(&corpus);
	begin_run(&corpus);
	for (uint32_t i = 0; i < GM_LSA_CONTEXT_MAX_RUN; i++)
		add_row(&corpus, i % 3, i % 3 ? i % 3 + 2 : 0, 1);
	begin_run(&corpus);
	add_row(&corpus, 0, 0, 1);
	gm_autofree float *x = directions(&corpus, 3);
	for (size_t i = 0; i < TERMS * DIMS; i++)
		assert_true(isfinite(x[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_of_the_same_rows_have_one_direction),
		cmocka_unit_test(neighbours_in_a_session_bring_terms_together),
		cmocka_unit_test(a_round_multiplies_by_the_matrix_in_context),
		cmocka_unit_test(long_runs_and_empty_rows_are_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
