/*
 * Two handles of one store, of which one has an old view when it acts.
 */
#include <sys/wait.h>
#include <unistd.h>

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

/* Versions of one text: each is little beside another one. */
static size_t version_text(char out[2000], unsigned version)
{
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++)
		n += memory_text(out + n, 39 + 40 * i);
	return n + (size_t)snprintf(out + n, 100, "version %u\n", version);
}

static struct gm_oid write_version(
	struct gm_batch *batch, unsigned version, const struct gm_oid *base)
{
	struct gm_oid oid;
	char text[2000];

	must(gm_batch_write_based(
		&oid, batch, GM_OBJECT_BLOB, text, version_text(text, version), base));
	return oid;
}

static struct gm_oid add_version(struct gm_store *store, unsigned version)
{
	struct gm_batch *batch;

	must(gm_batch_begin(&batch, store));
	struct gm_oid oid = write_version(batch, version, NULL);
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	return oid;
}

static void assert_versions(const char *dir, const struct gm_oid *oids, size_t n)
{
	struct gm_store *store = segment_store_open(dir);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < n; i++)
		must(gm_store_read_type(&data, store, &oids[i], GM_OBJECT_BLOB));
	assert_sound(store);
	gm_store_free(store);
}

/*
 * gc lets the older version stand on the newer one; the batch, which does not know that another
 * one has written that meanwhile, the newer one on the older. `extra` memories make it large.
 */
static void write_beside_gc(unsigned extra)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct gm_store *b = segment_store_open(dir);
	struct lives lives;
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	lives_set(&lives, 0, 0);
	lives.versions = lives.n = 2;
	lives.oids[0] = add_version(a, 1);
	must(gm_batch_begin(&batch, b));
	for (unsigned i = 0; i < extra; i++)
		must(gm_batch_write(
			&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
	lives.oids[1] = write_version(batch, 2, &lives.oids[0]);
	(void)add_version(a, 2);
	(void)compact_all(a, &lives, GM_TIME_NONE);
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	assert_versions(dir, lives.oids, 2);
	assert_memories(a, 0, extra);
	/* Also when the indexes are one. */
	must(gm_store_settle(b));
	seal(b);
	write_memories(b, 5000, 5001);
	must(gm_store_settle(b));
	assert_versions(dir, lives.oids, 2);
	gm_store_free(a);
	gm_store_free(b);
	scratch_remove(dir);
}

static void a_batch_that_was_open_during_gc_makes_no_circle(void **state)
{
	(void)state;
	write_beside_gc(0);
}

static void nor_does_a_large_one(void **state)
{
	(void)state;
	write_beside_gc(3000);
}

static void gc_makes_no_circle_with_what_is_published_meanwhile(void **state)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct gm_store *b = segment_store_open(dir);
	gm_cleanup(gm_compact_free_p) struct gm_compact *compact = NULL;
	struct lives lives;
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	(void)state;
	lives_set(&lives, 0, 0);
	lives.versions = lives.n = 2;
	lives.oids[0] = add_version(a, 1);
	must(gm_batch_begin(&batch, b));
	for (unsigned i = 0; i < 3000; i++)
		must(gm_batch_write(
			&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
	lives.oids[1] = write_version(batch, 2, &lives.oids[0]);
	(void)add_version(a, 2);
	must(compact_plan(&compact, a, &lives, GM_TIME_NONE));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	assert_int_equal(gm_compact_run(compact, NULL), GM_EMODIFIED);
	assert_versions(dir, lives.oids, 2);
	gm_compact_free(gm_steal(&compact));
	(void)compact_all(a, &lives, GM_TIME_NONE);
	assert_versions(dir, lives.oids, 2);
	gm_store_free(a);
	gm_store_free(b);
	scratch_remove(dir);
}

/* The handle still sees the base, which gc had taken away before the batch began. */
static void a_large_batch_does_not_stand_on_what_has_gone(void **state)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct lives lives;
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	(void)state;
	write_memories(a, 0, 1500);
	struct gm_oid base = add_version(a, 1);
	lives_set(&lives, 0, 1500);
	struct gm_store *b = segment_store_open(dir);
	assert_int_equal(compact_all(a, &lives, INT64_MAX).n_drop, 1);
	must(gm_batch_begin(&batch, b));
	for (unsigned i = 1500; i < 3000; i++)
		must(gm_batch_write(
			&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
	oid = write_version(batch, 2, &base);
	int rc = gm_batch_commit(batch);
	gm_batch_free(batch);
	if (rc < 0)
		assert_int_equal(rc, GM_EMODIFIED);
	else
		assert_versions(dir, &oid, 1);
	gm_store_free(a);
	gm_store_free(b);
	scratch_remove(dir);
}

static void pack_again_and_again(const char *dir)
{
	struct gm_store *store = segment_store_open(dir);
	struct lives lives;

	for (unsigned i = 100; i < 300; i += 5) {
		write_memories(store, i, i + 5);
		lives_set(&lives, 0, i + 5);
		(void)compact_all(store, &lives, INT64_MAX);
	}
	gm_store_free(store);
}

static void a_check_names_nothing_that_gc_has_replaced(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	int status;

	(void)state;
	write_memories(store, 0, 100);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pack_again_and_again(dir);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		assert_sound(store);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_memories(store, 0, 300);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_merges_what_another_has_merged_removes_nothing),
		cmocka_unit_test(a_batch_that_was_open_during_gc_makes_no_circle),
		cmocka_unit_test(nor_does_a_large_one),
		cmocka_unit_test(gc_makes_no_circle_with_what_is_published_meanwhile),
		cmocka_unit_test(a_large_batch_does_not_stand_on_what_has_gone),
		cmocka_unit_test(a_check_names_nothing_that_gc_has_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
