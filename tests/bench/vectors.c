/*
 * How well vectors are found, and in how much processor time:
 *
 *   bench-vectors N DIMS [VECTORS QUERIES]
 *
 * VECTORS and QUERIES are files of floats, DIMS for each; without them vectors are drawn. More
 * than there are in the file are mixed of two of them each. Recall is against exact search.
 * GITMEM_KERNELS chooses the kernels. With the folder of segments that it prints the program is
 * also the cold process that it measures:
 *
 *   bench-vectors --once FOLDER K|none <QUERY
 */
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "index/kernels.h"
#include "index/segment_sink.h"
#include "index/vector_query.h"
#include "index/vector_top.h"

#define SEGMENT_ROWS 65536
#define N_QUERIES 100
#define N_COLD 15
#define K 10

struct data {
	size_t dims;
	float *vectors;
	size_t n;
	float *queries;
	size_t n_queries;
};

/* Processor time, which the load of the machine disturbs least. */
static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void die(const char *what)
{
	(void)fprintf(stderr, "%s: %s\n", what, gm_error_last()->message);
	exit(1);
}

static void check(int rc, const char *what)
{
	if (rc < 0)
		die(what);
}

static uint64_t random_of(uint64_t number)
{
	uint64_t z = number * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static float gauss(uint64_t number)
{
	float sum = 0;

	for (uint64_t i = 0; i < 4; i++)
		sum += (float)(random_of(number * 4 + i) >> 40) / (float)(1 << 24) - 0.5f;
	return sum * 1.7f;
}

/* Topics of which each row has two, and directions that matter less and less. */
static float *draw(size_t n, size_t dims, uint64_t seed)
{
	float *out = gm_malloc(n * dims * sizeof(*out));

	for (size_t row = 0; out && row < n; row++) {
		uint64_t a = random_of(seed + row) % 500;
		uint64_t b = random_of(seed + row + 7777777) % 500;
		for (size_t i = 0; i < dims; i++)
			out[row * dims + i] = (gauss(a * 4096 + i) + gauss(b * 4096 + i) +
						      gauss((seed + row) * 4096 + i)) /
				sqrtf(1 + (float)i / 20);
	}
	return out;
}

static float *read_floats(size_t *n_out, const char *path, size_t dims)
{
	struct gm_buf bytes = GM_BUF_INIT((size_t)4 << 30);

	check(gm_file_read(&bytes, path), path);
	*n_out = bytes.size / (dims * sizeof(float));
	return (float *)(void *)bytes.ptr;
}

/* The vector of a row; of length 1. */
static void make_row(float *out, const struct data *data, size_t row)
{
	const struct gm_kernels *kernels = gm_kernels();
	size_t dims = data->dims;

	memcpy(out, data->vectors + row % data->n * dims, dims * sizeof(*out));
	if (row >= data->n) {
		size_t other = random_of(row) % data->n;
		kernels->add(out, 0.3f + (float)(random_of(row + 1) % 100) / 150,
			data->vectors + other * dims, dims);
	}
	float length = sqrtf(kernels->dot(out, out, dims));
	for (size_t i = 0; i < dims; i++)
		out[i] = length > 0 ? out[i] / length : 0;
}

struct built {
	char dir[512];
	struct gm_vector_segment **items;
	size_t n;
	size_t n_rows;
	struct gm_vector_top *exact; /* of each query */
	struct gm_vector_top *exact_few;
	struct gm_bitmap few; /* a hundredth of the rows */
};

static void write_segment(
	struct built *built, const char *path, struct gm_vector_builder *builder)
{
	gm_autosink sink;
	FILE *file = fopen(path, "w");

	if (!file)
		die(path);
	gm_segment_sink_to_file(&sink, fileno(file), path);
	check(gm_vector_builder_finish(builder, &sink), path);
	(void)fclose(file);
	check(gm_vector_segment_open(&built->items[built->n++], path), path);
}

/* One segment, and what exact search would say of its rows; returns the time of building. */
static double build_segment(
	struct built *built, const struct data *data, size_t first, size_t n)
{
	const struct gm_kernels *kernels = gm_kernels();
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	const uint8_t model[GM_VECTOR_MODEL_SIZE] = {1};
	gm_autofree float *v = gm_malloc(data->dims * sizeof(*v));
	char path[600];
	double time = 0;

	check(gm_vector_builder_new(&builder, model, data->dims, (int64_t)first, n),
		"builder");
	for (size_t i = 0; i < n; i++) {
		make_row(v, data, first - 1 + i);
		double start = now_us();
		(void)gm_vector_builder_set(builder, i, v);
		time += now_us() - start;
		for (size_t q = 0; q < data->n_queries; q++) {
			float score = kernels->dot(
				v, data->queries + q * data->dims, data->dims);
			gm_vector_top_put(&built->exact[q], score, (uint32_t)(first + i));
			if (gm_bitmap_test(&built->few, (int64_t)(first + i)))
				gm_vector_top_put(&built->exact_few[q], score,
					(uint32_t)(first + i));
		}
	}
	(void)snprintf(path, sizeof(path), "%s/%06zu.vectors", built->dir, built->n);
	double start = now_us();
	write_segment(built, path, builder);
	return time + now_us() - start;
}

static void build(struct built *out, const struct data *data, size_t n)
{
	double time = 0;
	uint64_t bytes = 0;

	(void)snprintf(out->dir, sizeof(out->dir), "%s/bench-vectors-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(out->dir))
		die("no folder");
	out->n_rows = n;
	out->items = gm_calloc(n / SEGMENT_ROWS + 1, sizeof(struct gm_vector_segment *));
	out->exact = gm_calloc(data->n_queries, sizeof(*out->exact));
	out->exact_few = gm_calloc(data->n_queries, sizeof(*out->exact));
	for (size_t q = 0; q < data->n_queries; q++) {
		check(gm_vector_top_init(&out->exact[q], K), "top");
		check(gm_vector_top_init(&out->exact_few[q], K), "top");
	}
	for (size_t row = 1; row <= n; row++) {
		if (random_of(row + 99) % 100 == 0)
			check(gm_bitmap_set(&out->few, (int64_t)row), "rows");
	}
	for (size_t first = 1; first <= n; first += SEGMENT_ROWS)
		time += build_segment(out, data, first,
			n + 1 - first < SEGMENT_ROWS ? n + 1 - first : SEGMENT_ROWS);
	for (size_t i = 0; i < out->n; i++) {
		size_t size;
		(void)gm_vector_segment_bytes(&size, out->items[i]);
		bytes += size;
	}
	(void)printf("built: %.2f us and %.1f bytes each\n", time / (double)n,
		(double)bytes / (double)n);
}

/* Two segments become one, in memory. */
static void measure_merge(const struct built *built)
{
	gm_autosink sink;
	size_t n_rows = 0;

	for (size_t i = 0; i < 2 && i < built->n; i++)
		n_rows += gm_vector_segment_rows(built->items[i]);
	gm_segment_sink_to_memory(&sink);
	double start = now_us();
	check(gm_vector_segments_merge(
		      &sink, built->items, built->n < 2 ? built->n : 2, NULL),
		"merge");
	(void)printf("merged: %.2f us each\n", (now_us() - start) / (double)n_rows);
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

/* The share of the first K hits that exact search counts among its first K. */
static double share_found(const struct gm_vector_hits *hits, const struct data *data,
	const float *query, const struct gm_vector_top *exact)
{
	gm_autofree float *v = gm_malloc(data->dims * sizeof(*v));
	float worst = gm_vector_top_nth(exact, K - 1);
	size_t found = 0;

	for (size_t i = 0; i < hits->n && i < K; i++) {
		make_row(v, data, (size_t)hits->items[i].row - 1);
		found += gm_kernels()->dot(v, query, data->dims) >= worst;
	}
	return (double)found / K;
}

static void measure(const struct built *built, const struct data *data, const char *name,
	const struct gm_bitmap *rows, size_t k)
{
	double times[N_QUERIES];
	double found = 0;

	for (size_t q = 0; q < data->n_queries; q++) {
		const float *query = data->queries + q * data->dims;
		gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
		gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *made = NULL;
		double start = now_us();
		check(gm_vector_query_new(&made, query, data->dims), "query");
		check(gm_vector_search(&hits, built->items, built->n, made, rows, k),
			"search");
		times[q] = now_us() - start;
		found += share_found(&hits, data, query,
			rows ? &built->exact_few[q] : &built->exact[q]);
	}
	qsort(times, data->n_queries, sizeof(*times), compare_doubles);
	(void)printf("%-16s k %3zu: p50 %.3f ms, p95 %.3f, recall@%d %.4f\n", name, k,
		times[data->n_queries / 2] / 1e3, times[data->n_queries * 95 / 100] / 1e3,
		K, found / (double)data->n_queries);
}

static int once(const char *dir, const char *k)
{
	struct gm_vector_segment *items[256];
	static float v[GM_VECTOR_MAX_DIMS];
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	struct gm_vector_query *query = NULL;
	char path[600];
	size_t n = 0;

	for (; n < 256; n++) {
		(void)snprintf(path, sizeof(path), "%s/%06zu.vectors", dir, n);
		if (gm_vector_segment_open(&items[n], path) < 0)
			break;
	}
	size_t dims = fread(v, sizeof(*v), GM_VECTOR_MAX_DIMS, stdin);
	if (n == 0 || strcmp(k, "none") == 0)
		return n == 0;
	check(gm_vector_query_new(&query, v, dims), "query");
	check(gm_vector_search(&hits, items, n, query, NULL, strtoul(k, NULL, 10)),
		"search");
	return hits.n == 0;
}

static double us_of(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

static void measure_cold(const struct built *built, const struct data *data,
	const char *self, const char *k)
{
	double times[N_COLD];
	char path[600];
	extern char **environ;
	char *argv[] = {(char *)(uintptr_t)self, (char *)(uintptr_t) "--once",
		(char *)(uintptr_t)built->dir, (char *)(uintptr_t)k, NULL};

	(void)snprintf(path, sizeof(path), "%s/query", built->dir);
	for (size_t i = 0; i < N_COLD; i++) {
		posix_spawn_file_actions_t actions;
		struct rusage usage;
		pid_t pid;
		int status = 0;
		check(gm_file_write(path,
			      data->queries + i % data->n_queries * data->dims,
			      data->dims * sizeof(float)),
			path);
		(void)posix_spawn_file_actions_init(&actions);
		(void)posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0);
		if (posix_spawn(&pid, self, &actions, NULL, argv, environ) != 0 ||
			wait4(pid, &status, 0, &usage) < 0 || status != 0)
			die("the cold process failed");
		times[i] = us_of(&usage.ru_utime) + us_of(&usage.ru_stime);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	qsort(times, N_COLD, sizeof(*times), compare_doubles);
	(void)printf("cold, k %4s: p50 %.2f ms, least %.2f\n", k, times[N_COLD / 2] / 1e3,
		times[0] / 1e3);
}

static void clean_up(struct built *built)
{
	char path[600];

	for (size_t i = 0; i < built->n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%06zu.vectors", built->dir, i);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/query", built->dir);
	(void)unlink(path);
	(void)rmdir(built->dir);
}

int main(int argc, char **argv)
{
	struct data data = {.n_queries = N_QUERIES};
	static struct built built;

	if (argc == 4 && strcmp(argv[1], "--once") == 0)
		return once(argv[2], argv[3]);
	if (argc != 3 && argc != 5) {
		(void)fprintf(stderr, "usage: bench-vectors N DIMS [VECTORS QUERIES]\n");
		return 129;
	}
	size_t n = strtoul(argv[1], NULL, 10);
	data.dims = strtoul(argv[2], NULL, 10);
	if (argc == 5) {
		data.vectors = read_floats(&data.n, argv[3], data.dims);
		data.queries = read_floats(&data.n_queries, argv[4], data.dims);
		data.n_queries = data.n_queries < N_QUERIES ? data.n_queries : N_QUERIES;
	} else {
		data.n = n < 20000 ? n : 20000;
		data.vectors = draw(data.n, data.dims, 1);
		data.queries = draw(N_QUERIES, data.dims, 1000000);
	}
	(void)printf(
		"%zu vectors of %zu, kernels %s\n", n, data.dims, gm_kernels()->name);
	build(&built, &data, n);
	measure_merge(&built);
	measure(&built, &data, "all", NULL, K);
	measure(&built, &data, "all", NULL, 200);
	measure(&built, &data, "a hundredth", &built.few, K);
	measure(&built, &data, "a hundredth", &built.few, 200);
	measure_cold(&built, &data, argv[0], "none");
	measure_cold(&built, &data, argv[0], "10");
	measure_cold(&built, &data, argv[0], "200");

	clean_up(&built);
	return 0;
}
