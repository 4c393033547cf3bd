#include "tests/unit/support.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "index/cycles.h"

#define SEED 20260205u
#define N_GRAPHS 3000
#define N_MAX 12

static int compare(const void *a, const void *b)
{
	const struct gm_edge *one = a;
	const struct gm_edge *two = b;

	return one->from < two->from ? -1 : one->from > two->from;
}

/* What can be reached from what, found the slow way. */
static void reach(bool out[N_MAX][N_MAX], const struct gm_edge *edges, size_t n_edges)
{
	for (size_t i = 0; i < N_MAX; i++)
		out[i][i] = true;
	for (size_t i = 0; i < n_edges; i++)
		out[edges[i].from][edges[i].to] = true;
	for (size_t by = 0; by < N_MAX; by++)
		for (size_t a = 0; a < N_MAX; a++)
			for (size_t b = 0; b < N_MAX; b++)
				out[a][b] = out[a][b] || (out[a][by] && out[by][b]);
}

static void nodes_share_a_component_when_each_reaches_the_other(void **state)
{
	unsigned seed = SEED;

	(void)state;
	print_message("# seed %u\n", seed);
	for (size_t graph = 0; graph < N_GRAPHS; graph++) {
		struct gm_edge edges[2 * N_MAX];
		bool reached[N_MAX][N_MAX] = {{false}};
		size_t components[N_MAX];
		size_t n = 1 + (size_t)rand_r(&seed) % N_MAX;
		size_t n_edges = (size_t)rand_r(&seed) % (2 * n);
		for (size_t i = 0; i < n_edges; i++)
			edges[i] = (struct gm_edge){
				(size_t)rand_r(&seed) % n, (size_t)rand_r(&seed) % n};
		qsort(edges, n_edges, sizeof(*edges), compare);
		reach(reached, edges, n_edges);
		must(gm_cycles_find(components, n, edges, n_edges));
		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < n; b++)
				assert_int_equal(components[a] == components[b],
					reached[a][b] && reached[b][a]);
	}
}

static void a_long_circle_takes_no_stack(void **state)
{
	const size_t n = 1000000;
	gm_autofree struct gm_edge *edges = gm_calloc(n, sizeof(*edges));
	gm_autofree size_t *components = gm_calloc(n, sizeof(*components));

	(void)state;
	for (size_t i = 0; i < n; i++)
		edges[i] = (struct gm_edge){i, (i + 1) % n};
	must(gm_cycles_find(components, n, edges, n));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(components[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_share_a_component_when_each_reaches_the_other),
		cmocka_unit_test(a_long_circle_takes_no_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
