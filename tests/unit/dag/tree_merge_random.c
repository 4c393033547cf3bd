/*
 * Two, three or four branches of one tree, changed at random, are merged in random orders. What
 * must hold of every such merge is checked; a case that fails is made as small as it can be.
 *
 * GITMEM_TEST_SEED=N begins with another case, GITMEM_TEST_CASES=N tries that many.
 */
#include <stdlib.h>
#include <string.h>

#include "dag/tree_merge.h"
#include "dag/tree_three_way.h"
#include "tests/unit/dag/memory_repo.h"
#include "tests/unit/dag/merge_bulk.h"
#include "tests/unit/dag/random_tree.h"

#define SEED 20261126u
#define CASES 10000u /* of these every fourth by hand */
#define BRANCHES 4
#define OPS 8
#define N_BASE 8

struct trial {
	struct gm_batch *batch;
	unsigned seed;
	bool by_hand;
	unsigned n_branches;
	unsigned n_ops[BRANCHES + 1];   /* of the base, then of the branches */
	unsigned skipped[BRANCHES + 1]; /* bits: changes that are left out */
	struct random_tree trees[BRANCHES + 1];
	struct gm_oid oids[BRANCHES + 1];
	struct merge_bulk bulk;
	bool lost_a_key;
	struct gm_buf fault; /* what went wrong; empty: nothing */
	struct random_tree result;
};

static unsigned dice(unsigned *seed, unsigned n)
{
	return (unsigned)rand_r(seed) / 7 % n;
}

static void blame(struct trial *trial, const char *what, const char *about)
{
	if (!trial->fault.size)
		must(gm_buf_printf(&trial->fault, "%s: %s", what, about));
}

static int read_one(const struct gm_tree_triple *triple, void *payload)
{
	struct trial *trial = payload;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;

	must(gm_batch_read(&text, &type, trial->batch, &triple->oid[GM_SIDE_THEIRS]));
	if (strlen(triple->path) >= sizeof(trial->result.files->path) ||
		trial->result.n == TREE_MOST) {
		blame(trial, "too much", triple->path);
		return 0;
	}
	tree_put(&trial->result, triple->path, triple->mode[GM_SIDE_THEIRS],
		gm_buf_str(&text));
	return 0;
}

static void read_result(struct trial *trial, const struct gm_oid *tree)
{
	const struct gm_oid all[] = {gm_oid_empty_tree, gm_oid_empty_tree, *tree};

	random_tree_reset(&trial->result);
	must(gm_tree_three_way(trial->batch, all, read_one, trial));
}

/* Write all branches; what is in `skipped` is not done. */
static void make_trees(struct trial *trial)
{
	static const char *const names[] = {"base", "A", "B", "C", "D"};

	for (unsigned i = 0; i <= trial->n_branches; i++) {
		struct random_tree *tree = &trial->trees[i];
		random_tree_copy(tree, &trial->trees[0]);
		if (!i)
			random_tree_reset(tree);
		for (unsigned op = 0; op < trial->n_ops[i]; op++) {
			struct tree_writer writer = {.name = names[i],
				.number = i,
				.seed = trial->seed * 64 + i * 16 + op,
				.op = op,
				.by_hand = i && trial->by_hand};
			if (trial->skipped[i] >> op & 1)
				continue;
			/* A base of memories, mostly. */
			if (!i && op < N_BASE - 2)
				add_random_memory(tree, &writer);
			else
				change_random_tree(tree, &writer);
		}
		trial->oids[i] = tree_write(trial->batch, tree);
	}
}

static gm_time time_of(const struct gm_record *record)
{
	return record->updated == GM_TIME_NONE ? record->created : record->updated;
}

static bool stands_on_a_branch(struct trial *trial, const struct tree_file *file)
{
	for (unsigned i = 0; i <= trial->n_branches; i++)
		if (tree_find(&trial->trees[i], file->path))
			return true;
	return false;
}

/* A copy by hand that was given a place of its own cannot be told from its original. */
static bool is_copied(struct trial *trial, const char *id)
{
	for (unsigned b = 1; b <= trial->n_branches; b++) {
		size_t n = 0;
		for (size_t i = 0; i < trial->trees[b].n; i++) {
			const struct tree_file *file = &trial->trees[b].files[i];
			n += file->record && !strcmp(file->record->id, id);
		}
		if (n > 1)
			return true;
	}
	return false;
}

static void check_pair(
	struct trial *trial, const struct tree_file *a, const struct tree_file *b)
{
	if (!strcmp(a->record->id, b->record->id) && !is_copied(trial, a->record->id))
		blame(trial, "an id stands twice", a->record->id);
	if (!trial->by_hand && a->record->key && b->record->key &&
		paths_clash(a->path, b->path))
		blame(trial, "looks alike", a->path);
}

/* Every id once, every memory at its place, no two names that look alike. */
static void check_places(struct trial *trial)
{
	struct random_tree *result = &trial->result;

	for (size_t i = 0; i < result->n; i++) {
		gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
		const struct tree_file *file = &result->files[i];
		if (!file->record)
			continue;
		for (size_t j = 0; j < i; j++)
			if (result->files[j].record)
				check_pair(trial, file, &result->files[j]);
		must(gm_record_path(&path, file->record));
		if (strcmp(path.ptr, file->path) != 0 &&
			!(trial->by_hand && stands_on_a_branch(trial, file)))
			blame(trial, "not at its place", file->path);
	}
}

/* Of two changed states one stands whole, and history has the other one. */
static bool was_ever_state(struct trial *trial, const char *id)
{
	for (unsigned i = 0; i <= trial->n_branches; i++) {
		const struct gm_record *record = tree_find_record(&trial->trees[i], id);
		if (record && record->type == GM_RECORD_STATE)
			return true;
	}
	return false;
}

/* Keyed memories that are new on two branches become one, which may be a state. */
static bool may_be_state(struct trial *trial, const struct gm_record *record)
{
	if (was_ever_state(trial, record->id))
		return true;
	for (unsigned i = 1; record->key && i <= trial->n_branches; i++)
		for (size_t j = 0; j < trial->trees[i].n; j++) {
			const struct gm_record *other = trial->trees[i].files[j].record;
			if (other && other->key && !strcmp(other->key, record->key) &&
				was_ever_state(trial, other->id))
				return true;
		}
	return false;
}

/* Every line that a branch added stands somewhere. */
static void check_lines(struct trial *trial, const struct tree_file *file)
{
	const char *text = file->record ? file->record->content : file->text;

	while (*text) {
		size_t size = strcspn(text, "\n");
		gm_autofree char *copy = gm_strndup(text, size);
		if (!tree_has_line(&trial->trees[0], text, size) &&
			!tree_has_line(&trial->result, text, size))
			blame(trial, "a line got lost", copy);
		text += size + (text[size] == '\n');
	}
}

/* Every tag that a branch added to a memory, unless it became another one. */
static void check_tags(struct trial *trial, const struct gm_record *record)
{
	const struct gm_record *now = tree_find_record(&trial->result, record->id);
	const struct gm_record *base = tree_find_record(&trial->trees[0], record->id);

	if (!now || is_copied(trial, record->id))
		return;
	for (size_t t = 0; t < record->tags.n; t++) {
		const char *tag = record->tags.items[t];
		if ((!base || !gm_strv_contains(&base->tags, tag)) &&
			!gm_strv_contains(&now->tags, tag))
			blame(trial, "a tag got lost", tag);
	}
}

static void check_branch(struct trial *trial, const struct random_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct tree_file *file = &tree->files[i];
		if (tree_has_same(&trial->trees[0], file) ||
			(file->record && may_be_state(trial, file->record)))
			continue;
		check_lines(trial, file);
		if (file->record)
			check_tags(trial, file->record);
	}
}

static bool is_trivial(
	const struct gm_oid *base, const struct gm_oid *ours, const struct gm_oid *theirs)
{
	return gm_oid_equal(ours, theirs) || gm_oid_equal(base, ours) ||
		gm_oid_equal(base, theirs);
}

/* Whether to try it among many, too: not where their folder would push out a file. */
static bool may_be_bulky(const struct trial *trial)
{
	bool fits = trial->seed % 3 == 0 && !trial->by_hand;

	for (unsigned i = 0; i <= trial->n_branches; i++)
		fits &= !tree_find(&trial->trees[i], "memories");
	return fits;
}

static struct gm_oid merge(struct trial *trial, const struct gm_oid *base,
	const struct gm_oid *ours, const struct gm_oid *theirs)
{
	gm_autotreemerge one = GM_TREE_MERGE_INIT, two = GM_TREE_MERGE_INIT;
	int rc = gm_trees_merge(&one, trial->batch, base, ours, theirs, NULL);

	if (rc == 0)
		rc = gm_trees_merge(&two, trial->batch, base, theirs, ours, NULL);
	if (rc < 0) {
		blame(trial, "failed", gm_error_last()->message);
		return *base;
	}
	if (!gm_oid_equal(&one.tree, &two.tree)) {
		read_result(trial, &two.tree);
		blame(trial, "merged the other way round", "another tree");
	}
	if (one.n != two.n || one.n_conflicts != two.n_conflicts)
		blame(trial, "merged the other way round", "another report");
	if (may_be_bulky(trial) && !is_trivial(base, ours, theirs)) {
		const char *fault = merge_in_bulk(&trial->bulk, trial->batch,
			trial->seed % 4 == 0, base, ours, theirs, &one);
		if (fault)
			blame(trial, "among many", fault);
	}
	for (size_t i = 0; i < one.n; i++)
		trial->lost_a_key |= one.entries[i].note &&
			!strncmp(one.entries[i].note, "its key", 7);
	return one.tree;
}

/*
 * Whether another branch changed the memory, too, or its key, and gave it the same time; or an
 * edit did not make it later.
 */
static bool has_tie(struct trial *trial, unsigned branch, const struct gm_record *record)
{
	const struct gm_record *base = tree_find_record(&trial->trees[0], record->id);

	if (base && time_of(base) >= time_of(record))
		return true;
	for (unsigned b = 1; b < branch; b++)
		for (size_t i = 0; i < trial->trees[b].n; i++) {
			const struct gm_record *other = trial->trees[b].files[i].record;
			if (!other || time_of(other) != time_of(record))
				continue;
			if (!strcmp(other->id, record->id) ||
				(other->key && record->key &&
					!strcmp(other->key, record->key)))
				return true;
		}
	return false;
}

/*
 * Whether something decided that does not go by the records themselves: of states the later
 * one wins whole, and of equal times the blob's id, which is another one in what was merged.
 */
static bool is_decided_by_chance(struct trial *trial)
{
	for (unsigned b = 1; b <= trial->n_branches; b++)
		for (size_t i = 0; i < trial->trees[b].n; i++) {
			const struct tree_file *file = &trial->trees[b].files[i];
			if (file->record && !tree_has_same(&trial->trees[0], file) &&
				(file->record->type == GM_RECORD_STATE ||
					has_tie(trial, b, file->record)))
				return true;
		}
	return false;
}

/* What was merged holds both sides: merged with either once more, it stays. */
static void check_again(struct trial *trial, const struct gm_oid *base,
	const struct gm_oid *merged, const struct gm_oid *side)
{
	gm_autotreemerge again = GM_TREE_MERGE_INIT;

	/* On the old base a key that was lost looks as if nobody had given it. */
	if (trial->lost_a_key || is_decided_by_chance(trial))
		return;
	int rc = gm_trees_merge(&again, trial->batch, base, merged, side, NULL);
	if (rc < 0)
		blame(trial, "failed", gm_error_last()->message);
	else if (!gm_oid_equal(&again.tree, merged))
		blame(trial, "merged again", "something changed");
}

static void check_result(struct trial *trial, const struct gm_oid *tree,
	const unsigned *order, unsigned n_merged)
{
	if (trial->fault.size)
		return;
	read_result(trial, tree);
	check_places(trial);
	for (unsigned i = 0; i < n_merged; i++)
		check_branch(trial, &trial->trees[order[i]]);
}

/* Where there is nothing to be merged even what is wrong stays as it is. */
static bool has_equals(const struct trial *trial)
{
	for (unsigned i = 0; i <= trial->n_branches; i++)
		for (unsigned j = 0; j < i; j++)
			if (gm_oid_equal(&trial->oids[i], &trial->oids[j]))
				return true;
	return false;
}

static void run_trial(struct trial *trial)
{
	unsigned seed = trial->seed ^ 0x5eed;
	unsigned order[BRANCHES] = {1, 2, 3, 4};

	gm_buf_reset(&trial->fault);
	trial->lost_a_key = false;
	make_trees(trial);
	if (trial->by_hand && has_equals(trial))
		return;
	for (unsigned i = trial->n_branches; i > 1; i--) {
		unsigned j = dice(&seed, i);
		unsigned other = order[j];
		order[j] = order[i - 1];
		order[i - 1] = other;
	}
	struct gm_oid merged = trial->oids[order[0]];
	for (unsigned i = 1; i < trial->n_branches; i++) {
		struct gm_oid before = merged;
		struct gm_oid *side = &trial->oids[order[i]];
		merged = merge(trial, &trial->oids[0], &before, side);
		check_result(trial, &merged, order, i + 1);
		check_again(trial, &trial->oids[0], &merged, side);
		check_again(trial, &trial->oids[0], &merged, &before);
	}
}

static void dump_all(const struct trial *trial)
{
	const struct random_tree *base = &trial->trees[0];

	print_message("# === of the base\n");
	for (size_t i = 0; i < base->n; i++) {
		bool is_same = true;
		for (unsigned b = 1; b <= trial->n_branches; b++)
			is_same &= tree_has_same(&trial->trees[b], &base->files[i]);
		if (!is_same)
			tree_dump_file(&base->files[i]);
	}
	for (unsigned b = 1; b <= trial->n_branches; b++)
		tree_dump("a branch", &trial->trees[b], base);
	tree_dump("the last result", &trial->result, base);
}

/* Try the case without one more change; true when the same fault stays. */
static bool try_without(
	struct trial *trial, unsigned branch, unsigned op, const char *fault)
{
	if (trial->skipped[branch] >> op & 1)
		return false;
	trial->skipped[branch] |= 1u << op;
	run_trial(trial);
	if (!strncmp(gm_buf_str(&trial->fault), fault, strcspn(fault, ":")))
		return true;
	trial->skipped[branch] &= ~(1u << op);
	return false;
}

/* Leave out what can be left out while the same fault stays; then show what is left. */
static void shrink(struct trial *trial)
{
	gm_autofree char *fault = gm_strdup(gm_buf_str(&trial->fault));

	for (bool again = true; again;) {
		again = false;
		for (unsigned i = 0; i <= trial->n_branches; i++)
			for (unsigned op = 0; op < trial->n_ops[i]; op++)
				again |= try_without(trial, i, op, fault);
	}
	run_trial(trial);
	dump_all(trial);
	fail_msg("GITMEM_TEST_SEED=%u GITMEM_TEST_CASES=1: %s", trial->seed,
		gm_buf_str(&trial->fault));
}

static void trial_dispose(struct trial *trial)
{
	for (unsigned i = 0; i <= BRANCHES; i++)
		random_tree_reset(&trial->trees[i]);
	random_tree_reset(&trial->result);
	gm_buf_dispose(&trial->fault);
	gm_batch_free(trial->batch);
}

static void try_all(struct memory_repo *world, unsigned cases, bool by_hand)
{
	unsigned first = test_setting("GITMEM_TEST_SEED", SEED);

	cases = test_setting("GITMEM_TEST_CASES", test_cases(cases));
	print_message("# seeds %u to %u\n", first, first + cases - 1);
	for (unsigned i = 0; i < cases; i++) {
		gm_cleanup(trial_dispose) struct trial trial = {.seed = first + i,
			.by_hand = by_hand,
			.fault = GM_BUF_INIT(GM_BUF_TEXT)};
		unsigned seed = trial.seed;
		must(gm_batch_begin(&trial.batch, gm_repo_store(world->repo)));
		trial.n_branches = 2 + dice(&seed, BRANCHES - 1);
		trial.n_ops[0] = N_BASE;
		for (unsigned b = 1; b <= trial.n_branches; b++)
			trial.n_ops[b] = 1 + dice(&seed, OPS - 1);
		run_trial(&trial);
		if (trial.fault.size)
			shrink(&trial);
	}
}

static void any_order_of_merging_keeps_all_that_was_written(void **state)
{
	try_all(*state, CASES - CASES / 4, false);
}

static void what_was_done_by_hand_is_kept_too(void **state)
{
	try_all(*state, CASES / 4, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			any_order_of_merging_keeps_all_that_was_written,
			memory_repo_setup, memory_repo_teardown),
		cmocka_unit_test_setup_teardown(what_was_done_by_hand_is_kept_too,
			memory_repo_setup, memory_repo_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
