/*
 * Several agents write at random and merge each other at random, so that histories cross many
 * times over and have several bases; in the end all are merged. A line that somebody wrote and
 * nobody took out stands then, whichever way the merges went.
 *
 * GITMEM_TEST_SEED=N begins with another case, GITMEM_TEST_CASES=N tries that many.
 */
#include <unistd.h>

#include "dag/tree_three_way.h"
#include "dag/walk.h"
#include "tests/unit/dag/merge_commits.h"
#include "tests/unit/dag/merge_trees.h"
#include "tests/unit/dag/random_tree.h"

#define SEED 20261127u
#define CASES 1000u
#define AGENTS 3
#define STEPS 14
#define LINES_MOST 2000

struct agent {
	struct gm_oid tip;
	struct gm_oid tree;
};

struct lines {
	char *items[LINES_MOST];
	size_t n;
};

struct story {
	struct memory_repo *world;
	struct gm_batch *batch;
	unsigned number;
	unsigned seed;
	struct agent agents[AGENTS];
	struct lines written, removed;
	unsigned crossed; /* merges with more than one base */
};

static unsigned dice(struct story *story, unsigned n)
{
	return (unsigned)rand_r(&story->seed) / 7 % n;
}

struct reading {
	struct story *story;
	struct random_tree *tree;
};

static int read_one(const struct gm_tree_triple *triple, void *payload)
{
	struct reading *reading = payload;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;

	must(gm_batch_read(&text, &type, reading->story->batch, &triple->oid[2]));
	tree_put(reading->tree, triple->path, triple->mode[2], gm_buf_str(&text));
	return 0;
}

static void read_tree(
	struct random_tree *out, struct story *story, const struct gm_oid *tree)
{
	const struct gm_oid all[] = {gm_oid_empty_tree, gm_oid_empty_tree, *tree};
	struct reading reading = {story, out};

	random_tree_reset(out);
	must(gm_tree_three_way(story->batch, all, read_one, &reading));
}

static bool has_line(const struct lines *lines, const char *line)
{
	for (size_t i = 0; i < lines->n; i++)
		if (!strcmp(lines->items[i], line))
			return true;
	return false;
}

/* Remember the lines of `from` that do not stand in `other`. */
static void note_lines(struct lines *out, const struct random_tree *from,
	const struct random_tree *other)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct tree_file *file = &from->files[i];
		const char *text = file->record ? file->record->content : file->text;
		for (const char *line = text; *line;) {
			size_t size = strcspn(line, "\n");
			gm_autofree char *copy = gm_strndup(line, size);
			/* All but this line are written once only. */
			if (strcmp(copy, "the same") != 0 &&
				!tree_has_line(other, line, size) &&
				!has_line(out, copy)) {
				assert_true(out->n < LINES_MOST);
				out->items[out->n++] = gm_steal(&copy);
			}
			line += size + (line[size] == '\n');
		}
	}
}

/* States are whole: the rule that lets one of two go is tried elsewhere. */
static void forbid_states(struct random_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		struct gm_record *record = tree->files[i].record;
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		if (!record || record->type != GM_RECORD_STATE)
			continue;
		record->type = GM_RECORD_SEMANTIC;
		must(gm_record_encode(&text, record));
		gm_free(tree->files[i].text);
		tree->files[i].text = gm_buf_detach(&text);
	}
}

static void commit(struct story *story, struct agent *agent, const struct gm_oid *tree,
	const struct gm_oid *parents, size_t n, unsigned step)
{
	agent->tree = *tree;
	agent->tip = make_commit(story->world, story->batch, tree, parents, n, (int)step);
}

/* An agent changes a few things. */
static void write_something(struct story *story, unsigned who, unsigned step)
{
	static const char *const names[] = {"A", "B", "C"};
	struct agent *agent = &story->agents[who];
	struct random_tree before = {.n = 0}, after = {.n = 0};

	read_tree(&before, story, &agent->tree);
	random_tree_copy(&after, &before);
	for (unsigned n = 1 + dice(story, 3); n; n--) {
		struct tree_writer writer = {.name = names[who],
			.number = who,
			.seed = (unsigned)rand_r(&story->seed),
			.op = step * 4 + n};
		if (after.n < TREE_MOST / 3)
			change_random_tree(&after, &writer);
	}
	forbid_states(&after);
	note_lines(&story->written, &after, &before);
	note_lines(&story->removed, &before, &after);
	struct gm_oid tree = tree_write(story->batch, &after);
	struct gm_oid parent = agent->tip;
	commit(story, agent, &tree, &parent, 1, step);
	random_tree_reset(&before);
	random_tree_reset(&after);
}

/* An agent merges what another one has, or had. */
static void merge_another(struct story *story, struct agent *ours,
	const struct agent *theirs, unsigned step)
{
	gm_autotreemerge merge = GM_TREE_MERGE_INIT, swapped = GM_TREE_MERGE_INIT;
	const struct gm_oid parents[] = {ours->tip, theirs->tip};
	struct gm_store *store = gm_repo_store(story->world->repo);
	struct gm_oid base, again, bases[8];
	int n = gm_merge_bases(bases, 8, store, &ours->tip, &theirs->tip);

	must(n);
	story->crossed += n > 1;
	if (gm_oid_equal(&bases[0], &theirs->tip))
		return;
	must(gm_merge_base_tree(&base, story->batch, store, &ours->tip, &theirs->tip));
	must(gm_merge_base_tree(&again, story->batch, store, &theirs->tip, &ours->tip));
	assert_memory_equal(&base, &again, sizeof(base));
	must(gm_trees_merge(
		&merge, story->batch, &base, &ours->tree, &theirs->tree, NULL));
	must(gm_trees_merge(
		&swapped, story->batch, &base, &theirs->tree, &ours->tree, NULL));
	if (!gm_oid_equal(&merge.tree, &swapped.tree))
		fail_msg("GITMEM_TEST_SEED=%u: not the same the other way round",
			story->number);
	commit(story, ours, &merge.tree, parents, 2, step);
}

static void check_end(struct story *story)
{
	struct random_tree tree = {.n = 0};

	read_tree(&tree, story, &story->agents[0].tree);
	for (size_t i = 0; i < story->written.n; i++) {
		const char *line = story->written.items[i];
		if (!has_line(&story->removed, line) &&
			!tree_has_line(&tree, line, strlen(line))) {
			tree_dump("the end", &tree, &(struct random_tree){.n = 0});
			fail_msg("GITMEM_TEST_SEED=%u GITMEM_TEST_CASES=1: lost '%s'",
				story->number, line);
		}
	}
	for (size_t i = 0; i < tree.n; i++)
		for (size_t j = 0; j < i && tree.files[i].record; j++)
			if (tree.files[j].record &&
				!strcmp(tree.files[i].record->id,
					tree.files[j].record->id))
				fail_msg("GITMEM_TEST_SEED=%u: id '%s' stands twice",
					story->number, tree.files[i].record->id);
	random_tree_reset(&tree);
}

static void run_story(struct story *story)
{
	struct gm_oid root =
		make_commit(story->world, story->batch, &gm_oid_empty_tree, NULL, 0, 0);

	for (unsigned i = 0; i < AGENTS; i++)
		story->agents[i] = (struct agent){root, gm_oid_empty_tree};
	for (unsigned step = 1; step <= STEPS; step++) {
		unsigned who = dice(story, AGENTS);
		struct agent *ours = &story->agents[who];
		struct agent *theirs =
			&story->agents[(who + 1 + dice(story, AGENTS - 1)) % AGENTS];
		struct agent before = *ours;
		if (dice(story, 5) < 3) {
			write_something(story, who, step);
			continue;
		}
		/* The clock stands still at times, and at times both merge at once. */
		merge_another(story, ours, theirs, step - dice(story, 2));
		if (dice(story, 2))
			merge_another(story, theirs, &before, step);
	}
	for (unsigned i = 1; i < AGENTS; i++)
		merge_another(story, &story->agents[0], &story->agents[i], STEPS + i);
	check_end(story);
}

static void lines_dispose(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		gm_free(lines->items[i]);
}

static void no_line_gets_lost_where_histories_cross(void **state)
{
	unsigned first = test_setting("GITMEM_TEST_SEED", SEED);
	unsigned cases = test_setting("GITMEM_TEST_CASES", test_cases(CASES));
	unsigned crossed = 0;

	print_message("# seeds %u to %u\n", first, first + cases - 1);
	for (unsigned i = 0; i < cases; i++) {
		struct story story = {
			.world = *state, .number = first + i, .seed = first + i};
		must(gm_batch_begin(&story.batch, gm_repo_store(story.world->repo)));
		run_story(&story);
		crossed += story.crossed;
		lines_dispose(&story.written);
		lines_dispose(&story.removed);
		gm_batch_free(story.batch);
	}
	print_message("# %u merges had several bases\n", crossed);
	/* Else it does not try what it is for. */
	if (cases == CASES)
		assert_in_range(crossed, CASES / 2, CASES * STEPS);
}

/* Thousands of small commits go into segments. */
static int setup(void **state)
{
	(void)setenv("GITMEM_TEST_OBJECT_STORE", "zstd", 1);
	return memory_repo_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_line_gets_lost_where_histories_cross,
			setup, memory_repo_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
