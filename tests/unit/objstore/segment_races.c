/*
 * Two handles of one store, of which one has an old view when it acts.
 */
#include "tests/unit/objstore/compact.h"

#include "objstore/segments_write.h"

static void seal(struct gm_store *store)
{
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
}

static void assert_sound_for_others(const char *dir, unsigned n)
{
	struct gm_store *store = segment_store_open(dir);

	assert_memories(store, 0, n);
	assert_sound(store);
	gm_store_free(store);
}

/* The second would write the files of the first, find that it is late, and remove them. */
static void who_merges_what_another_has_merged_removes_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct gm_store *b = segment_store_open(dir);

	(void)state;
	for (unsigned i = 0; i < 30; i += 10) {
		struct gm_oid none = {{0}};
		gm_autofree char *name = gm_format("refs/heads/b%u", i);
		write_memories(a, i, i + 10);
		(void)set_ref(a, name, none, i);
		seal(a);
	}
	assert_int_equal(a->segments->manifest.n_indexes, 3);
	assert_int_equal(a->segments->manifest.n_logs, 3);
	write_memories(b, 30, 40);
	write_memories(a, 40, 50);
	must(gm_store_settle(a));
	assert_int_equal(a->segments->manifest.n_indexes, 1);
	assert_int_equal(a->segments->manifest.n_logs, 1);
	must(gm_store_settle(b));
	assert_sound_for_others(dir, 50);
	gm_store_free(a);
	gm_store_free(b);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_merges_what_another_has_merged_removes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
