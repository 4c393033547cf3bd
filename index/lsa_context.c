#include "index/lsa_context.h"

#include <string.h>

#include "base/interrupt.h"
#include "base/two_threads.h"
#include "index/orthonormal.h"

/* How much of its neighbours a memory is seen with: those beside it, and one further. */
#define REACH 2
static const float shares[REACH + 1] = {1, 0.5F, 0.25F};

/* Runs between two looks at whether to stop. */
#define RUNS_IN_A_ROW 1024

/* So many are worth a thread. */
#define MANY_ROWS 1024

static size_t run_size(const struct gm_lsa_context *context, size_t run)
{
	return context->runs[run + 1] - context->runs[run];
}

/* The neighbours of `i` among `n`, itself included: from *first_out to before *end_out. */
static void window(size_t *first_out, size_t *end_out, size_t i, size_t n)
{
	*first_out = i < REACH ? 0 : i - REACH;
	*end_out = n - i <= REACH ? n : i + REACH + 1;
}

static float share(size_t i, size_t other)
{
	return shares[i < other ? other - i : i - other];
}

/* `sum` has a zero for each term, before and after. */
static float squared_length(
	const struct gm_lsa_context *context, float *sum, size_t run, size_t i)
{
	const struct gm_term_rows *rows = context->rows;
	size_t first;
	size_t end;
	double length = 0;

	window(&first, &end, i, run_size(context, run));
	for (size_t k = first; k < end; k++)
		for (size_t at = rows->starts[context->runs[run] + k];
			at < rows->starts[context->runs[run] + k + 1]; at++)
			sum[rows->terms[at]] += share(i, k) * rows->weights[at];
	for (size_t at = rows->starts[context->runs[run] + first];
		at < rows->starts[context->runs[run] + end]; at++) {
		float *one = &sum[rows->terms[at]];

		length += (double)*one * *one;
		*one = 0;
	}
	return (float)length;
}

/* What the square of each row in context is divided by, so that all count the same. */
static int find_scales(float **out, const struct gm_lsa_context *context)
{
	gm_autofree float *scales = gm_calloc(context->rows->n, sizeof(*scales));
	gm_autofree float *sum = gm_calloc(context->rows->n_terms, sizeof(*sum));

	if (!scales || !sum)
		return GM_ENOMEM;
	for (size_t run = 0; run < context->n_runs; run++)
		for (size_t i = 0; i < run_size(context, run); i++) {
			float square = squared_length(context, sum, run, i);

			scales[context->runs[run] + i] = square > 0 ? 1 / square : 0;
		}
	*out = gm_steal(&scales);
	return 0;
}

/* Each row of `out` is the one of `in` with its neighbours. */
static void blend(
	const struct gm_dense *dense, float *out, const float *in, size_t n, size_t dims)
{
	memset(out, 0, n * dims * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		size_t first;
		size_t end;

		window(&first, &end, i, n);
		for (size_t k = first; k < end; k++)
			dense->add(out + i * dims, share(i, k), in + k * dims, dims);
	}
}

/*
 * Work on some columns of `x` and `y`, which have nothing to do with the others: the rows of a
 * run, and these in context.
 */
struct columns {
	const struct gm_lsa_context *context;
	const float *scales;
	const float *x;
	float *y;
	size_t stride; /* of these */
	size_t n;
	float *rows;
	float *blended;
	bool watches; /* for interrupts, and tells how far it is */
	unsigned round;
	int rc;
};

/*
 * Add to `y` what the rows of a run make of `x`. With the rows A, their blending S (which is
 * symmetric) and their scales D that is A'S D S A x.
 */
static void add_run(const struct columns *columns, size_t run)
{
	const struct gm_lsa_context *context = columns->context;
	const struct gm_term_rows *rows = context->rows;
	const struct gm_dense *dense = context->dense;
	size_t first = context->runs[run];
	size_t n = run_size(context, run);
	size_t dims = columns->n;

	for (size_t i = 0; i < n; i++) {
		size_t start = rows->starts[first + i];

		dense->gather(columns->rows + i * dims, columns->x, columns->stride, dims,
			rows->terms + start, rows->weights + start,
			rows->starts[first + i + 1] - start);
	}
	blend(dense, columns->blended, columns->rows, n, dims);
	for (size_t i = 0; i < n * dims; i++)
		columns->blended[i] *= columns->scales[first + i / dims];
	blend(dense, columns->rows, columns->blended, n, dims);
	for (size_t i = 0; i < n; i++) {
		size_t start = rows->starts[first + i];

		dense->scatter(columns->y, columns->stride, dims, rows->terms + start,
			rows->weights + start, rows->starts[first + i + 1] - start,
			columns->rows + i * dims);
	}
}

static void add_runs_to_columns(void *payload)
{
	struct columns *columns = payload;
	const struct gm_lsa_context *context = columns->context;

	for (size_t run = 0; run < context->n_runs && columns->rc == 0; run++) {
		add_run(columns, run);
		if (!columns->watches || run % RUNS_IN_A_ROW)
			continue;
		columns->rc = gm_interrupted();
		gm_progress_update(context->progress,
			columns->round * context->rows->n + context->runs[run]);
	}
}

static int add_runs(const struct gm_lsa_context *context, const float *scales, float *y,
	const float *x, size_t dims, unsigned round)
{
	size_t size = GM_LSA_CONTEXT_MAX_RUN * dims;
	gm_autofree float *plain = gm_malloc(size * sizeof(*plain));
	gm_autofree float *blended = gm_malloc(size * sizeof(*blended));
	struct columns all = {
		context, scales, x, y, dims, dims, plain, blended, true, round, 0};
	size_t half = dims / 2 / GM_DENSE_LANES * GM_DENSE_LANES;
	size_t room = GM_LSA_CONTEXT_MAX_RUN * half;

	if (!plain || !blended)
		return GM_ENOMEM;
	if (!half || context->rows->n < MANY_ROWS) {
		add_runs_to_columns(&all);
		return all.rc;
	}
	struct columns other = {context, scales, x + half, y + half, dims, dims - half,
		plain + room, blended + room, false, round, 0};
	all.n = half;
	gm_run_on_two_threads(add_runs_to_columns, &all, &other);
	return all.rc;
}

/* Random signs: 64 of them from each step of SplitMix64. */
static void draw(float *out, uint64_t seed, size_t dims)
{
	uint64_t bits = 0;

	for (size_t k = 0; k < dims; k++, bits >>= 1) {
		if (k % 64 == 0) {
			bits = seed += UINT64_C(0x9e3779b97f4a7c15);
			bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
			bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
			bits ^= bits >> 31;
		}
		out[k] = bits & 1 ? 1 : -1;
	}
}

/* One round: from `x` to a basis in `y`. */
static int iterate(const struct gm_lsa_context *context, const float *scales, float *y,
	const float *x, size_t dims, unsigned round)
{
	size_t n = context->rows->n_terms;

	memset(y, 0, n * dims * sizeof(*y));
	int rc = add_runs(context, scales, y, x, dims, round);
	return rc < 0 ? rc : gm_orthonormalise(y, n, dims, context->dense);
}

int gm_lsa_context_directions(float **out, const struct gm_lsa_context *context,
	const uint64_t *seeds, size_t dims, unsigned rounds)
{
	size_t n = context->rows->n_terms;
	gm_autofree float *scales = NULL;
	gm_autofree float *x = gm_calloc(n, dims * sizeof(*x));
	gm_autofree float *y = gm_calloc(n, dims * sizeof(*y));
	int rc = x && y ? find_scales(&scales, context) : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++)
		draw(x + i * dims, seeds[i], dims);
	for (unsigned round = 0; round < rounds && rc == 0; round++) {
		float *free = x;

		rc = iterate(context, scales, y, x, dims, round);
		x = y;
		y = free;
	}
	if (rc == 0)
		rc = gm_orthonormalise(x, n, dims, context->dense);
	if (rc == 0)
		*out = gm_steal(&x);
	return rc;
}
