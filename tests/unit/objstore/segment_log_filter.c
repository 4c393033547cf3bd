/*
 * Forgetting entries of reflogs, with others at work beside it.
 */
#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segments_locks.h"
#include "objstore/segments_write.h"

/* Move a ref, noting when. */
static struct gm_oid note_move(
	struct gm_store *store, const char *name, struct gm_oid from, unsigned when)
{
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, when)));
	const struct gm_ref_change change = {.name = name,
		.old_oid = from,
		.new_oid = oid,
		.who = "A <a@b>",
		.when = when,
		.message = "m"};
	must(gm_batch_ref_update(batch, &change));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	return oid;
}

static void seal(struct gm_store *store)
{
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
}

static int put_time(const struct gm_ref_change *change, void *payload)
{
	return gm_buf_printf(payload, "%lld ", (long long)change->when);
}

static void assert_log(struct gm_store *store, const char *name, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_store_reflog_each(store, name, put_time, &text));
	assert_string_equal(gm_buf_str(&text), wanted);
}

static int keep_odd(const struct gm_ref_change *change, void *payload)
{
	(void)payload;
	return change->when % 2 != 0;
}

static int keep_none(const struct gm_ref_change *change, void *payload)
{
	(void)change;
	(void)payload;
	return 0;
}

static void entries_go_and_refs_stay_what_they_are(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid a = gm_oid_zero, b = gm_oid_zero;
	struct gm_ref_value value;

	(void)state;
	for (unsigned i = 1; i <= 6; i++) {
		a = note_move(store, "refs/heads/a", a, i);
		if (i % 3 == 0)
			seal(store);
	}
	b = note_move(store, "refs/heads/b", b, 2);
	must(gm_store_reflogs_filter(store, keep_odd, NULL));
	assert_log(store, "refs/heads/a", "5 3 1 ");
	assert_log(store, "refs/heads/b", "");
	must(gm_store_ref_read(&value, store, "refs/heads/b"));
	assert_true(gm_oid_equal(&value.oid, &b));
	a = note_move(store, "refs/heads/a", a, 8);
	assert_log(store, "refs/heads/a", "8 5 3 1 ");
	must(gm_store_reflogs_filter(store, keep_none, NULL));
	assert_log(store, "refs/heads/a", "");
	gm_store_free(store);
	store = segment_store_open(dir);
	must(gm_store_ref_read(&value, store, "refs/heads/a"));
	assert_true(gm_oid_equal(&value.oid, &a));
	gm_store_free(store);
	scratch_remove(dir);
}

/* Somebody else writes, and seals, while we ask. */
struct beside {
	struct gm_store *other;
	struct gm_oid *tip;
	bool done;
};

static int write_beside(const struct gm_ref_change *change, void *payload)
{
	struct beside *beside = payload;

	if (!beside->done) {
		beside->done = true;
		*beside->tip =
			note_move(beside->other, "refs/heads/a", *beside->tip, 100);
		seal(beside->other);
		*beside->tip =
			note_move(beside->other, "refs/heads/a", *beside->tip, 102);
	}
	return change->when % 2 != 0;
}

static void what_others_write_meanwhile_is_not_lost(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_oid tip = gm_oid_zero;
	struct beside beside = {.other = other, .tip = &tip};

	(void)state;
	for (unsigned i = 1; i <= 4; i++)
		tip = note_move(store, "refs/heads/a", tip, i);
	must(gm_store_reflogs_filter(store, write_beside, &beside));
	assert_true(beside.done);
	assert_log(store, "refs/heads/a", "102 100 3 1 ");
	assert_log(other, "refs/heads/a", "102 100 3 1 ");
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static int fail_once(const struct gm_ref_change *change, void *payload)
{
	(void)payload;
	return change->when == 3 ? gm_error(GM_ERROR, "no") : 0;
}

static void an_error_forgets_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_oid tip = gm_oid_zero;

	(void)state;
	for (unsigned i = 1; i <= 4; i++)
		tip = note_move(store, "refs/heads/a", tip, i);
	assert_int_equal(gm_store_reflogs_filter(store, fail_once, NULL), GM_ERROR);
	assert_log(store, "refs/heads/a", "4 3 2 1 ");
	assert_int_equal(gm_segments_upkeep_try(other->segments), 1);
	assert_int_equal(gm_store_reflogs_filter(store, keep_none, NULL), GM_ELOCKED);
	gm_segments_upkeep_end(other->segments);
	assert_log(store, "refs/heads/a", "4 3 2 1 ");
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_go_and_refs_stay_what_they_are),
		cmocka_unit_test(what_others_write_meanwhile_is_not_lost),
		cmocka_unit_test(an_error_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
