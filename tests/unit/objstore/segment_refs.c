#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segment_refs.h"
#include "objstore/segments_write.h"

static void assert_ref(struct gm_store *store, const char *name, const struct gm_oid *oid)
{
	struct gm_ref_value value;

	must(gm_store_ref_read(&value, store, name));
	assert_null(value.target);
	assert_true(gm_oid_equal(&value.oid, oid));
}

static void a_ref_moves_and_another_store_sees_it(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_ref_value value;
	struct gm_oid oid = gm_oid_zero;

	(void)state;
	assert_int_equal(
		gm_store_ref_read(&value, store, "refs/heads/main"), GM_ENOTFOUND);
	for (unsigned i = 0; i < 600; i++) {
		oid = set_ref(i % 2 ? store : other, "refs/heads/main", oid, i);
		assert_ref(i % 2 ? other : store, "refs/heads/main", &oid);
	}
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_ref_that_moved_meanwhile_refuses_the_whole_batch(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_ref_change change = {.name = "refs/heads/main"};
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	(void)state;
	struct gm_oid first = set_ref(store, "refs/heads/main", gm_oid_zero, 0);
	struct gm_oid second = set_ref(store, "refs/heads/main", first, 1);
	for (unsigned n = 1; n <= 1500; n += 1499) {
		must(gm_batch_begin(&batch, store));
		for (unsigned i = 0; i < n; i++)
			must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text,
				memory_text(text, 10 + i)));
		change.old_oid = first;
		change.new_oid = oid;
		must(gm_batch_ref_update(batch, &change));
		assert_int_equal(gm_batch_commit(batch), GM_EMODIFIED);
		gm_batch_free(batch);
		assert_ref(store, "refs/heads/main", &second);
		assert_int_equal(has_memory(store, 10), 0);
	}
	gm_store_free(store);
	scratch_remove(dir);
}

static int append_name(const char *name, const struct gm_ref_value *value, void *payload)
{
	return gm_buf_printf(payload, "%s%s%s ", name, value->target ? ">" : "",
		value->target ? value->target : "");
}

static void seal(struct gm_store *store)
{
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
}

static void several_refs_change_at_once_and_are_listed_in_order(void **state)
{
	static const char *const names[] = {
		"refs/tags/v1", "refs/heads/b", "refs/heads/a", "refs/heads/c"};
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_ref_change change = {.name = "HEAD", .target = "refs/heads/a"};
	struct gm_batch *batch;
	struct gm_oid oid;

	(void)state;
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "x", 1));
	must(gm_batch_ref_update(batch, &change));
	for (size_t i = 0; i < 4; i++) {
		change = (struct gm_ref_change){.name = names[i], .new_oid = oid};
		must(gm_batch_ref_update(batch, &change));
	}
	/* Once more in the same batch: it is what the batch has made it. */
	change = (struct gm_ref_change){.name = "refs/heads/b", .old_oid = oid};
	must(gm_batch_ref_update(batch, &change));
	must(gm_batch_commit(batch));
	for (int sealed = 0; sealed < 3; sealed++) {
		gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
		must(gm_store_refs_each(store, "refs/heads/", append_name, &list));
		assert_string_equal(gm_buf_str(&list), "refs/heads/a refs/heads/c ");
		gm_buf_reset(&list);
		must(gm_store_refs_each(store, "", append_name, &list));
		assert_string_equal(gm_buf_str(&list),
			"HEAD>refs/heads/a refs/heads/a refs/heads/c refs/tags/v1 ");
		seal(store);
		if (sealed) {
			gm_batch_free(batch);
			gm_store_free(store);
			store = segment_store_open(dir);
			must(gm_batch_begin(&batch, store));
		}
	}
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

struct expected {
	int64_t when;
	size_t n;
};

static int expect_entry(const struct gm_ref_change *change, void *payload)
{
	struct expected *expected = payload;

	assert_int_equal(change->when, expected->when);
	assert_int_equal(change->tz_minutes, -90);
	assert_string_equal(change->who, "A U Thor <author@example.com>");
	assert_string_equal(change->message, "test");
	expected->when--;
	expected->n++;
	return 0;
}

static void a_log_is_told_newest_first_across_segments(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid = gm_oid_zero;

	(void)state;
	for (unsigned i = 0; i < 1500; i++) {
		oid = set_ref(store, "refs/heads/main", oid, i);
		if (i % 100 == 0)
			(void)set_ref(store, i ? "refs/heads/x" : "refs/heads/y",
				i > 100 ? set_ref(store, "refs/heads/z", gm_oid_zero, i)
					: gm_oid_zero,
				i);
		if (i == 100)
			break;
	}
	for (unsigned i = 101; i < 1500; i++) {
		oid = set_ref(store, "refs/heads/main", oid, i);
		must(gm_store_settle(store));
	}
	assert_true(store->segments->manifest.n_segments >= 1);
	assert_true(store->segments->manifest.n_logs >= 1);
	struct expected expected = {1767323045 + 1499, 0};
	must(gm_store_reflog_each(store, "refs/heads/main", expect_entry, &expected));
	assert_int_equal(expected.n, 1500);
	must(gm_store_reflog_each(store, "refs/heads/none", expect_entry, &expected));
	assert_int_equal(expected.n, 1500);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

struct all_logs {
	const struct gm_oid *first_of_b; /* from before it was removed */
	size_t n;
};

static int expect_current(const struct gm_ref_change *change, void *payload)
{
	struct all_logs *logs = payload;

	assert_false(gm_oid_equal(&change->new_oid, logs->first_of_b));
	logs->n++;
	return 0;
}

static void the_logs_of_all_refs_are_told_since_each_was_made(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_batch *batch;

	(void)state;
	struct gm_oid a = set_ref(store, "refs/heads/a", gm_oid_zero, 1);
	struct gm_oid first = set_ref(store, "refs/heads/b", gm_oid_zero, 2);
	struct gm_ref_change removal = {.name = "refs/heads/b", .old_oid = first};
	must(gm_batch_begin(&batch, store));
	must(gm_batch_ref_update(batch, &removal));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	(void)set_ref(store, "refs/heads/b", gm_oid_zero, 3);
	(void)set_ref(store, "refs/heads/a", a, 4);
	for (int sealed = 0; sealed < 2; sealed++) {
		struct all_logs logs = {&first, 0};
		must(gm_store_reflogs_each(store, expect_current, &logs));
		assert_int_equal(logs.n, 3);
		seal(store);
	}
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_ref_update_is_read_back_and_broken_ones_are_refused(void **state)
{
	const struct gm_ref_change change = {.name = "HEAD",
		.target = "refs/heads/main",
		.is_log_only = true,
		.who = "who",
		.when = -5,
		.tz_minutes = 840,
		.message = ""};
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change back;

	(void)state;
	must(gm_ref_change_put(&bytes, &change));
	must(gm_ref_change_parse(&back, &texts, (uint8_t *)bytes.ptr, bytes.size));
	assert_string_equal(back.name, "HEAD");
	assert_string_equal(back.target, "refs/heads/main");
	assert_string_equal(back.who, "who");
	assert_string_equal(back.message, "");
	assert_int_equal(back.when, -5);
	assert_int_equal(back.tz_minutes, 840);
	assert_true(back.is_log_only);
	for (size_t size = 0; size < bytes.size; size++)
		assert_int_equal(
			gm_ref_change_parse(&back, &texts, (uint8_t *)bytes.ptr, size),
			GM_EMISMATCH);
	bytes.ptr[0] |= 8;
	assert_int_equal(
		gm_ref_change_parse(&back, &texts, (uint8_t *)bytes.ptr, bytes.size),
		GM_EINVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ref_moves_and_another_store_sees_it),
		cmocka_unit_test(a_ref_that_moved_meanwhile_refuses_the_whole_batch),
		cmocka_unit_test(several_refs_change_at_once_and_are_listed_in_order),
		cmocka_unit_test(a_log_is_told_newest_first_across_segments),
		cmocka_unit_test(the_logs_of_all_refs_are_told_since_each_was_made),
		cmocka_unit_test(a_ref_update_is_read_back_and_broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
