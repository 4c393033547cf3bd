/*
 * Stages that go along when a branch moves, and that are kept when they are cleared.
 */
#include "dag/stage_carry.h"

#include "dag/commit_names.h"
#include "dag/stage_rescue.h"
#include "dag/stage_tree.h"
#include "dag/tree_changes.h"
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

#define N_FILES 12
#define N_TEXTS 4

static const char *const paths[N_FILES] = {"README.md", "keys/a.md", "keys/a/b.md",
	"keys/a/c.md", "keys/b.md", "keys/b/x/y.md", "keys/c-d.md", "keys/c.md",
	"keys/c/d.md", "memories/1.md", "memories/2.md", "z"};
static const char *const texts[N_TEXTS] = {NULL, "one\n", "two\n", "three\n"};

static unsigned roll(uint64_t *state, unsigned n)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33) % n;
}

/* A commit of these texts, one a path, on `parent` (zero: none). */
static struct gm_stage_tip commit_texts(
	struct memory_repo *world, const unsigned which[N_FILES], struct gm_oid parent)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;
	struct gm_commit commit = GM_COMMIT_INIT;
	struct gm_stage_tip tip;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	for (size_t i = 0; i < N_FILES; i++) {
		const char *text = texts[which[i]];
		struct gm_oid blob = gm_oid_zero;
		if (text)
			must(gm_batch_write(
				&blob, batch, GM_OBJECT_BLOB, text, strlen(text)));
		if (text)
			must(gm_tree_changes_add(&changes, paths[i], &blob));
	}
	must(gm_tree_update(&tip.tree, batch, NULL, changes.items, changes.n));
	commit.tree = tip.tree;
	commit.parents = &parent;
	commit.n_parents = !gm_oid_is_zero(&parent);
	commit.author = world->who;
	commit.committer = world->who;
	commit.message = (char *)(uintptr_t) "m\n";
	must(gm_commit_write(&tip.commit, batch, &commit));
	must(gm_batch_commit(batch));
	return tip;
}

static struct gm_oid seen(struct memory_repo *world, const struct gm_stage_tip *tip)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	struct gm_oid tree;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	must(gm_stage_load(&stage, world->repo, MAIN));
	must(gm_stage_tree(&tree, batch, stage, &tip->tree));
	return tree;
}

static void stage_some(struct memory_repo *world, const struct gm_stage_tip *tip,
	const unsigned which[N_FILES], uint64_t *state)
{
	autochangelist list = {.n = 0};

	for (size_t i = 0; i < N_FILES; i++) {
		const char *text = texts[roll(state, N_TEXTS)];
		if (roll(state, 3) || (!text && !texts[which[i]]))
			continue;
		change_file(&list, paths[i], texts[which[i]], text)->tip = tip->commit;
	}
	must(gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n));
}

static void choose(unsigned which[N_FILES], uint64_t *state)
{
	for (size_t i = 0; i < N_FILES; i++)
		which[i] = roll(state, N_TEXTS);
}

static void carry(struct memory_repo *world, const struct gm_stage_tip *from,
	const struct gm_stage_tip *to)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autostagecarry all = GM_STAGE_CARRY_INIT;

	must(gm_stage_load(&stage, world->repo, MAIN));
	must(gm_stage_carry(&all, world->repo, stage, from, to));
	must(gm_stage_replace(world->repo, world->lock, MAIN, all.changes, all.n));
}

static void assert_oid(const struct gm_oid *a, const struct gm_oid *b, unsigned seed)
{
	if (!gm_oid_equal(a, b))
		fail_msg("another tree, seed %u", seed);
}

static void what_is_seen_stays_wherever_the_branch_goes(void **state)
{
	struct memory_repo *world = *state;

	for (unsigned seed = 1; seed <= 60; seed++) {
		uint64_t random = seed;
		unsigned first[N_FILES], second[N_FILES];
		choose(first, &random);
		choose(second, &random);
		struct gm_stage_tip a = commit_texts(world, first, gm_oid_zero);
		struct gm_stage_tip b = commit_texts(world, second, a.commit);
		must(gm_stage_clear(world->repo, world->lock, MAIN));
		stage_some(world, &a, first, &random);
		struct gm_oid before = seen(world, &a);
		carry(world, &a, &b);
		struct gm_oid there = seen(world, &b);
		assert_oid(&before, &there, seed);
		carry(world, &b, &a);
		struct gm_oid back = seen(world, &a);
		assert_oid(&before, &back, seed);
	}
}

static void a_move_and_back_leaves_no_trace(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	static const unsigned first[N_FILES] = {1, 1, 0, 0, 2};
	static const unsigned second[N_FILES] = {1, 2, 1, 0, 0, 3};
	struct gm_stage_tip a = commit_texts(world, first, gm_oid_zero);
	struct gm_stage_tip b = commit_texts(world, second, a.commit);

	carry(world, &b, &a);
	must(gm_stage_load(&stage, world->repo, MAIN));
	assert_int_equal(gm_stage_size(stage), 4);
	carry(world, &a, &b);
	assert_repo_prints(world, "ls -A stage", "");
}

/* The commit that a ref keeps. */
static struct gm_commit *read_kept(struct memory_repo *world, const char *ref)
{
	static struct gm_commit commit;
	struct gm_oid oid;

	must(gm_ref_read(&oid, NULL, gm_repo_refs(world->repo), ref));
	must(gm_commit_read(&commit, gm_repo_store(world->repo), &oid));
	return &commit;
}

static void rescue(
	struct gm_buf *ref, struct memory_repo *world, const struct gm_oid *tip)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	gm_buf_reset(ref);
	must(gm_stage_load(&stage, world->repo, MAIN));
	must(gm_stage_rescue(
		ref, world->repo, world->lock, stage, tip, "main", &world->who));
}

static void what_is_kept_of_a_stage_lies_on_what_it_was_made_on(void **state)
{
	struct memory_repo *world = *state;
	static const unsigned first[N_FILES] = {1, 1};
	static const unsigned second[N_FILES] = {1, 2, 1};
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH), again = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_stage_tip a = commit_texts(world, first, gm_oid_zero);
	struct gm_stage_tip b = commit_texts(world, second, a.commit);
	autochangelist list = {.n = 0};

	change_file(&list, paths[1], texts[1], texts[3])->tip = a.commit;
	must(gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n));
	rescue(&ref, world, &b.commit);
	assert_int_equal(strncmp(gm_buf_str(&ref),
				 "refs/gitmem/rescue/stage-20260102T030405Z-", 42),
		0);
	struct gm_commit *kept = read_kept(world, gm_buf_str(&ref));
	struct gm_oid whole = seen(world, &a);
	assert_oid(&kept->parents[0], &a.commit, 0);
	assert_oid(&kept->tree, &whole, 0);
	gm_commit_dispose(kept);
	rescue(&again, world, &b.commit);
	assert_string_equal(gm_buf_str(&again), gm_buf_str(&ref));

	/* Made on several commits it lies on the branch. */
	change_file(&list, paths[2], texts[1], NULL)->tip = b.commit;
	must(gm_stage_append(
		world->repo, world->lock, MAIN, NULL, list.items + 1, list.n - 1));
	rescue(&ref, world, &b.commit);
	kept = read_kept(world, gm_buf_str(&ref));
	whole = seen(world, &b);
	assert_oid(&kept->parents[0], &b.commit, 0);
	assert_oid(&kept->tree, &whole, 0);
	gm_commit_dispose(kept);
}

static void what_was_made_on_nothing_is_kept_as_a_root_commit(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	autochangelist list = {.n = 0};

	change_file(&list, "keys/a.md", NULL, "text");
	must(gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n));
	rescue(&ref, world, &gm_oid_zero);
	struct gm_commit *kept = read_kept(world, gm_buf_str(&ref));
	assert_int_equal(kept->n_parents, 0);
	gm_commit_dispose(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_seen_stays_wherever_the_branch_goes),
		TEST(a_move_and_back_leaves_no_trace),
		TEST(what_is_kept_of_a_stage_lies_on_what_it_was_made_on),
		TEST(what_was_made_on_nothing_is_kept_as_a_root_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
