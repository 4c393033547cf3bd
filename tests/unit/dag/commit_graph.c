#include "dag/commit_graph.h"

#include "dag/commit_graph_check.h"
#include "dag/commit_graph_layer.h"
#include "dag/walk.h"
#include "tests/unit/dag/random_history.h"

#define SEED 20260104u
#define N_DAMAGES 1500

/* A line of commits, one file each, that goes on from where it was. */
#define GROW                                                                    \
	"for i in $(seq %d); do printf 'commit refs/heads/main\\ncommitter C "  \
	"<c@example.com> %%d +0000\\ndata 2\\nc\\n' $((1767323045 + %d + i)); " \
	"[ $i -gt 1 ] || ! git -C r rev-parse -q --verify main >/dev/null || "  \
	"echo from refs/heads/main^0; printf 'M 100644 inline d/f%%d\\ndata "   \
	"2\\n%%d\\n' "                                                          \
	"$((i %% 7)) $((i %% 9)); done | git -C r fast-import --quiet"

struct world {
	char *dir;
	struct gm_repo *repo;
	struct gm_oid tip;
};

static void world_open(struct world *world)
{
	gm_autofree char *path = gm_path_join(world->dir, "r");

	must(gm_repo_open(&world->repo, path));
}

static void world_grow(struct world *world, int n, int from)
{
	gm_autofree char *command = gm_format(GROW, n, from);

	assert_int_equal(shell(NULL, world->dir, command), 0);
	gm_repo_free(world->repo);
	world_open(world);
	must(gm_ref_read(
		&world->tip, NULL, gm_repo_refs(world->repo), "refs/heads/main"));
}

static void world_new(struct world *world, int n)
{
	*world = (struct world){.dir = scratch_new()};
	assert_int_equal(shell(NULL, world->dir, "git init -q --bare -b main r"), 0);
	world_grow(world, n, 0);
}

static void world_free(struct world *world)
{
	gm_repo_free(world->repo);
	scratch_remove(world->dir);
}

static void verify(const struct world *world)
{
	assert_int_equal(shell(NULL, world->dir, "git -C r commit-graph verify"), 0);
}

static size_t n_layers(const struct world *world)
{
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *graph = NULL;

	must(gm_commit_graph_open(&graph, gm_repo_store(world->repo)));
	return graph->n_layers;
}

static size_t n_commits(const struct world *world)
{
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *graph = NULL;
	int rc = gm_commit_graph_open(&graph, gm_repo_store(world->repo));

	return rc == GM_ENOTFOUND ? 0 : gm_commit_graph_n(graph);
}

static int count_fault(const char *subject, const char *fault, void *payload)
{
	(void)subject;
	(void)fault;
	++*(size_t *)payload;
	return 0;
}

static size_t n_faults(const struct world *world)
{
	size_t n = 0;

	must(gm_commit_graph_check(gm_repo_store(world->repo), count_fault, &n));
	return n;
}

static void assert_same_part(
	const struct gm_graph_chunk *ours, const struct gm_graph_chunk *gits)
{
	assert_int_equal(ours->size, gits->size);
	assert_memory_equal(ours->ptr, gits->ptr, ours->size);
}

static void it_is_byte_for_byte_that_of_git(void **state)
{
	gm_cleanup(gm_graph_layer_free_p) struct gm_graph_layer *ours = NULL,
								*gits = NULL;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct histories histories;

	(void)state;
	histories_new(&histories, SEED);
	histories_write_graph(&histories, false);
	assert_int_equal(shell(&name, histories.dir,
				 "git -C r commit-graph verify && "
				 "mv r/objects/info/commit-graphs/*.graph ours && "
				 "rm -r r/objects/info/commit-graphs"),
		0);
	histories_write_graph(&histories, true);
	gm_autofree char *our_path = gm_path_join(histories.dir, "ours");
	gm_autofree char *git_path =
		gm_path_join(histories.dir, "r/objects/info/commit-graph");
	must(gm_graph_layer_open(&ours, our_path));
	must(gm_graph_layer_open(&gits, git_path));
	assert_same_part(&ours->fanout, &gits->fanout);
	assert_same_part(&ours->oids, &gits->oids);
	assert_same_part(&ours->rows, &gits->rows);
	assert_same_part(&ours->edges, &gits->edges);
	assert_same_part(&ours->bloom_ends, &gits->bloom_ends);
	assert_same_part(&ours->blooms, &gits->blooms);
	assert_true(ours->edges.size > 0);
	histories_free(&histories);
}

static void a_short_history_gets_none_and_loses_the_one_it_had(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 100);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(
		shell(NULL, world.dir, "! test -e r/objects/info/commit-graphs"), 0);
	assert_int_equal(
		shell(NULL, world.dir, "git -C r commit-graph write --reachable"), 0);
	assert_int_equal(n_commits(&world), 100);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(n_commits(&world), 0);
	world_free(&world);
}

static void layers_grow_on_each_other_and_small_ones_become_one(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 600);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_commits(&world), 600);
	world_grow(&world, 300, 600);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_commits(&world), 600); /* too few to be worth it */
	world_grow(&world, 900, 900);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_commits(&world), 1800);
	assert_int_equal(n_layers(&world), 1); /* 600 are not over twice 1200 */
	verify(&world);
	world_grow(&world, 700, 1800);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_layers(&world), 2);
	assert_int_equal(n_commits(&world), 2500);
	verify(&world);
	assert_int_equal(n_faults(&world), 0);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(n_layers(&world), 1);
	assert_int_equal(n_commits(&world), 2500);
	verify(&world);
	assert_int_equal(shell(NULL, world.dir,
				 "test $(ls r/objects/info/commit-graphs/*.graph | "
				 "wc -l) -eq 1"),
		0);
	world_free(&world);
}

static void that_of_git_becomes_a_layer_and_goes_on(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 1500);
	assert_int_equal(
		shell(NULL, world.dir, "git -C r commit-graph write --reachable"), 0);
	world_grow(&world, 600, 1500);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_layers(&world), 2);
	assert_int_equal(n_commits(&world), 2100);
	verify(&world);
	assert_int_equal(n_faults(&world), 0);
	assert_int_equal(shell(NULL, world.dir,
				 "! test -e r/objects/info/commit-graph && "
				 "git -C r commit-graph write --reachable --split"),
		0);
	assert_int_equal(n_commits(&world), 2100);
	world_free(&world);
}

static void a_history_too_long_for_a_writer_is_left_to_gc(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 5000);
	must(gm_commit_graph_extend(world.repo, &world.tip));
	assert_int_equal(n_commits(&world), 0);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(n_commits(&world), 5000);
	world_free(&world);
}

static void commits_that_nothing_leads_to_any_more_go(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 700);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(
		shell(NULL, world.dir, "git -C r update-ref refs/heads/main main~100"),
		0);
	gm_repo_free(world.repo);
	world_open(&world);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(n_commits(&world), 600);
	world_free(&world);
}

static void commits_that_are_gone_are_told_of(void **state)
{
	struct world world;

	(void)state;
	world_new(&world, 300);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(n_faults(&world), 0);
	assert_int_equal(shell(NULL, world.dir,
				 "git -C r update-ref refs/heads/main main~4 && rm -rf "
				 "r/logs && git -C r repack -q -a -d && git -C r prune "
				 "--expire=now"),
		0);
	gm_repo_free(world.repo);
	world_open(&world);
	assert_int_equal(n_faults(&world), 2); /* the first, and how many more */
	world_free(&world);
}

/* All commits that change d/f3, as text. */
static void walk_text(struct gm_buf *out, const struct world *world)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	const char *path = "d/f3";
	char hex[GM_OID_HEX];
	int rc;

	gm_buf_reset(out);
	must(gm_walk_new(&walk, gm_repo_store(world->repo), false));
	must(gm_walk_push(walk, &world->tip));
	must(gm_walk_limit_paths(walk, &path, 1));
	while ((rc = gm_walk_next(&commit, walk)) > 0) {
		gm_oid_format(hex, &commit.oid);
		must(gm_buf_printf(out, "%s\n", hex));
	}
	must(rc);
}

/* Change one byte, cut the file off, or make it longer. */
static void damage_file(const struct world *world, const char *file,
	const struct gm_buf *whole, unsigned *seed)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int kind = rand_r(seed) % 20;

	must(gm_buf_put(&bytes, whole->ptr, whole->size));
	if (kind == 0)
		bytes.size = (size_t)rand_r(seed) % whole->size;
	else if (kind == 1)
		must(gm_buf_puts(&bytes, "more"));
	else
		bytes.ptr[(size_t)rand_r(seed) % whole->size] ^=
			(char)(1 << rand_r(seed) % 8);
	scratch_write(world->dir, file, bytes.ptr, bytes.size);
}

static void no_damage_of_it_changes_what_a_walk_finds(void **state)
{
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT), actual = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf whole = GM_BUF_INIT(GM_BUF_LARGE);
	const char *file = "r/objects/info/commit-graphs/layer";
	unsigned seed = SEED;
	struct world world;

	(void)state;
	world_new(&world, 260);
	walk_text(&expected, &world);
	must(gm_commit_graph_write(world.repo));
	assert_int_equal(shell(NULL, world.dir,
				 "cd r/objects/info/commit-graphs && mv *.graph layer && "
				 "ln -s layer graph-$(cat commit-graph-chain).graph"),
		0);
	scratch_read(&whole, world.dir, file);
	walk_text(&actual, &world);
	assert_string_equal(actual.ptr, expected.ptr);
	for (unsigned i = 0; i < test_cases(N_DAMAGES); i++) {
		damage_file(&world, file, &whole, &seed);
		walk_text(&actual, &world);
		assert_string_equal(actual.ptr, expected.ptr);
	}
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_byte_for_byte_that_of_git),
		cmocka_unit_test(a_short_history_gets_none_and_loses_the_one_it_had),
		cmocka_unit_test(layers_grow_on_each_other_and_small_ones_become_one),
		cmocka_unit_test(that_of_git_becomes_a_layer_and_goes_on),
		cmocka_unit_test(a_history_too_long_for_a_writer_is_left_to_gc),
		cmocka_unit_test(commits_that_nothing_leads_to_any_more_go),
		cmocka_unit_test(commits_that_are_gone_are_told_of),
		cmocka_unit_test(no_damage_of_it_changes_what_a_walk_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
