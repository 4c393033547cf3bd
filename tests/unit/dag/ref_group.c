/*
 * Changing many refs at once, in segments and in Git's files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/refs.h"
#include "dag/repository.h"
#include "tests/unit/support.h"

#define N_OIDS 4

struct world {
	char *dir;
	char *gitdir;
	struct gm_repo *repo;
	struct gm_refs *refs;
	struct gm_lock *lock;
	struct gm_signature who;
	struct gm_oid oids[N_OIDS]; /* [0] is zero */
};

static int setup(void **state, enum gm_layout layout)
{
	struct world *world = calloc(1, sizeof(*world));
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	bool created;

	world->dir = scratch_new();
	world->gitdir = gm_path_join(world->dir, GM_REPO_DIR);
	must(gm_repo_init(&created, world->gitdir, "main", layout));
	must(gm_repo_open(&world->repo, world->gitdir));
	world->refs = gm_repo_refs(world->repo);
	must(gm_repo_lock(&world->lock, world->repo, "test", NULL, NULL));
	must(gm_signature_set(
		&world->who, "W. Ho", "w@example.com", 1767323045 * GM_TIME_SECOND, 0));
	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	for (size_t i = 1; i < N_OIDS; i++)
		must(gm_batch_write(&world->oids[i], batch, GM_OBJECT_BLOB, "1234", i));
	must(gm_batch_commit(batch));
	*state = world;
	return 0;
}

static int setup_segments(void **state)
{
	return setup(state, GM_LAYOUT_SEGMENTS);
}

static int setup_files(void **state)
{
	return setup(state, GM_LAYOUT_GIT);
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_lock_release(world->lock);
	gm_repo_free(world->repo);
	gm_signature_dispose(&world->who);
	gm_free(world->gitdir);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

struct move {
	const char *name;
	size_t from;
	size_t to;
};

#define MOVES_MAX 4

static int move_all(
	struct world *world, size_t *failed_out, const struct move *moves, size_t n)
{
	struct gm_ref_update updates[MOVES_MAX];

	assert_true(n <= MOVES_MAX);
	for (size_t i = 0; i < n; i++)
		updates[i] = (struct gm_ref_update){.name = moves[i].name,
			.old_oid = world->oids[moves[i].from],
			.new_oid = world->oids[moves[i].to],
			.who = &world->who,
			.message = "fetch"};
	return gm_ref_update_all(world->refs, world->lock, updates, n, failed_out);
}

static void assert_at(struct world *world, const char *name, size_t number)
{
	struct gm_oid oid = gm_oid_zero;
	int rc = gm_ref_read(&oid, NULL, world->refs, name);

	assert_int_equal(rc, number ? 0 : GM_ENOTFOUND);
	assert_true(gm_oid_equal(&oid, &world->oids[number]));
}

static int count_entry(const struct gm_reflog_entry *entry, void *payload)
{
	size_t *n = payload;

	assert_string_equal(entry->message, "fetch");
	assert_string_equal(entry->who.name, "W. Ho");
	(*n)++;
	return 0;
}

static size_t log_entries(struct world *world, const char *name)
{
	size_t n = 0;

	must(gm_ref_log_each(world->refs, name, count_entry, &n));
	return n;
}

static void many_refs_change_with_an_entry_in_each_log(void **state)
{
	static const struct move make[] = {{"refs/remotes/o/a", 0, 1},
		{"refs/remotes/o/b", 0, 2}, {"refs/tags/t", 0, 3}};
	static const struct move change[] = {{"refs/remotes/o/a", 1, 2},
		{"refs/remotes/o/b", 2, 0}, {"refs/remotes/o/c", 0, 1}};
	struct world *world = *state;

	must(move_all(world, NULL, make, 3));
	assert_at(world, "refs/remotes/o/b", 2);
	assert_at(world, "refs/tags/t", 3);
	must(move_all(world, NULL, change, 3));
	assert_at(world, "refs/remotes/o/a", 2);
	assert_at(world, "refs/remotes/o/b", 0);
	assert_at(world, "refs/remotes/o/c", 1);
	assert_int_equal(log_entries(world, "refs/remotes/o/a"), 2);
	assert_int_equal(log_entries(world, "refs/tags/t"), 0);
}

static void a_ref_that_goes_makes_room_for_those_below_and_above_it(void **state)
{
	static const struct move make[] = {{"refs/x/a", 0, 1}, {"refs/x/b/c", 0, 2}};
	static const struct move change[] = {{"refs/x/a/d", 0, 1}, {"refs/x/b", 0, 2},
		{"refs/x/a", 1, 0}, {"refs/x/b/c", 2, 0}};
	struct world *world = *state;
	size_t failed = 9;

	must(move_all(world, NULL, make, 2));
	assert_int_equal(move_all(world, &failed, change, 2), GM_EEXISTS);
	assert_int_equal(failed, 0);
	assert_at(world, "refs/x/a", 1);
	must(move_all(world, NULL, change, 4));
	assert_at(world, "refs/x/a/d", 1);
	assert_at(world, "refs/x/b", 2);
	assert_at(world, "refs/x/a", 0);
	assert_at(world, "refs/x/b/c", 0);
}

static void names_that_exclude_each_other_are_refused_before_anything_changes(
	void **state)
{
	static const struct move nested[] = {
		{"refs/x/z", 0, 1}, {"refs/x/a/b", 0, 1}, {"refs/x/a", 0, 2}};
	static const struct move twice[] = {{"refs/x/z", 0, 1}, {"refs/x/z", 0, 2}};
	static const struct move both[] = {{"refs/x/z", 0, 1}, {"refs/x/z", 1, 0}};
	struct world *world = *state;
	size_t failed = 0;

	assert_int_equal(move_all(world, &failed, nested, 3), GM_EEXISTS);
	assert_int_equal(failed, 3);
	assert_int_equal(move_all(world, NULL, twice, 2), GM_EINVALID);
	assert_int_equal(move_all(world, NULL, both, 2), GM_EINVALID);
	assert_at(world, "refs/x/z", 0);
}

static void one_that_was_changed_by_another_is_named(void **state)
{
	static const struct move make[] = {{"refs/x/a", 0, 1}};
	static const struct move change[] = {
		{"refs/x/new", 0, 1}, {"refs/x/a", 2, 3}, {"refs/x/late", 0, 1}};
	struct world *world = *state;
	size_t failed = 9;

	must(move_all(world, NULL, make, 1));
	assert_int_equal(move_all(world, &failed, change, 3), GM_EMODIFIED);
	assert_int_equal(failed, 1);
	assert_at(world, "refs/x/a", 1);
	assert_at(world, "refs/x/late", 0);
	/* In segments all or nothing; in files what stood before it has changed. */
	bool whole = gm_store_has_segments(gm_repo_store(world->repo));
	assert_at(world, "refs/x/new", whole ? 0 : 1);
}

static void none_is_fine(void **state)
{
	must(move_all(*state, NULL, NULL, 0));
}

static void thousands_of_refs_change_at_once(void **state)
{
	enum { N = 20000 };
	struct world *world = *state;
	struct gm_ref_update *updates = calloc(N, sizeof(*updates));
	char(*names)[32] = calloc(N, sizeof(*names));

	for (size_t i = 0; i < N; i++) {
		(void)snprintf(names[i], sizeof(*names), "refs/tags/%05zu", N - i);
		updates[i] = (struct gm_ref_update){
			.name = names[i], .new_oid = world->oids[1 + i % 3]};
	}
	must(gm_ref_update_all(world->refs, world->lock, updates, N, NULL));
	assert_at(world, "refs/tags/00001", 1 + (N - 1) % 3);
	assert_at(world, "refs/tags/20000", 1);
	free(names);
	free(updates);
}

#define ON_BOTH(test)                                                    \
	cmocka_unit_test_setup_teardown(test, setup_segments, teardown), \
	{                                                                \
#test "_in_files", test, setup_files, teardown, NULL     \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(many_refs_change_with_an_entry_in_each_log),
		ON_BOTH(a_ref_that_goes_makes_room_for_those_below_and_above_it),
		ON_BOTH(names_that_exclude_each_other_are_refused_before_anything_changes),
		ON_BOTH(one_that_was_changed_by_another_is_named),
		ON_BOTH(none_is_fine),
		cmocka_unit_test_setup_teardown(
			thousands_of_refs_change_at_once, setup_segments, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
