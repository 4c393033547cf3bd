#include "tests/unit/objstore/compact.h"

#include "objstore/segments_write.h"

/* A minute ago, and long before that. */
#define RECENTLY (gm_time_now() - 60 * GM_TIME_SECOND)
#define NOW INT64_MAX

static void age_segments(const char *dir)
{
	assert_int_equal(shell(NULL, dir, "touch -d '2020-01-01' store/seg-*"), 0);
}

static size_t count_segments(const char *dir)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&text, dir, "ls store | grep -c '^seg-'"), 0);
	return (size_t)atoi(text.ptr);
}

static void everything_is_the_same_and_smaller(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i += 100)
		write_memories(store, i, i + 100);
	lives_set(&lives, 0, 3000);
	struct gm_compact_stats stats = compact_all(store, &lives, NOW);
	assert_int_equal(stats.n_rewrite, 3000);
	assert_int_equal(stats.n_drop, 0);
	assert_true(stats.bytes_after < stats.bytes_before);
	assert_memories(store, 0, 3000);
	must(gm_store_each(store, count_object, &n));
	assert_int_equal(n, 3000);
	assert_sound(store);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_memories(store, 0, 3000);
	write_memories(store, 3000, 3010);
	assert_memories(store, 0, 3010);
	assert_sound(store);
	/* The one that was written, and the active one. */
	assert_int_equal(count_segments(dir), 2);
	gm_store_free(store);
	scratch_remove(dir);
}

static void chains_are_bounded_and_begin_at_the_newest(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_base_finder finder = gm_segments_finder(store->segments);
	struct lives lives;
	int longest = 0;
	size_t whole = 0;

	(void)state;
	write_memories(store, 0, 200);
	lives_set(&lives, 0, 200);
	lives.versions = 100;
	(void)compact_all(store, &lives, NOW);
	for (size_t i = 0; i < lives.n; i++) {
		struct gm_copy copy;
		must(gm_segments_find(&copy, store->segments, &lives.oids[i]));
		int depth = gm_segments_depth(&copy, &finder);
		assert_true(depth >= 0 && depth <= GM_PREFIX_CHAIN_MAX);
		longest = depth > longest ? depth : longest;
		whole += depth == 0;
		if (i % 100 == 99)
			assert_int_equal(depth, 0);
	}
	assert_true(longest > 1);
	assert_true(whole >= 2 * (100 / (GM_PREFIX_CHAIN_MAX + 1)));
	assert_memories(store, 0, 200);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void what_nothing_leads_to_stays_for_the_grace_period(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;

	(void)state;
	write_memories(store, 0, 100);
	lives_set(&lives, 0, 60);
	struct gm_compact_stats stats = compact_all(store, &lives, RECENTLY);
	assert_int_equal(stats.n_unreachable, 40);
	assert_int_equal(stats.n_drop, 0);
	assert_memories(store, 0, 100);
	/* gc has not made it younger. */
	gm_store_free(store);
	age_segments(dir);
	store = segment_store_open(dir);
	write_memories(store, 100, 110);
	stats = compact_all(store, &lives, RECENTLY);
	assert_int_equal(stats.n_drop, 40);
	assert_int_equal(stats.n_unreachable, 10);
	assert_memories(store, 0, 60);
	assert_memories(store, 100, 110);
	for (unsigned i = 60; i < 100; i++)
		assert_int_equal(has_memory(store, i), 0);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void gc_does_not_make_strays_younger(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;

	(void)state;
	write_memories(store, 0, 100);
	gm_store_free(store);
	assert_int_equal(
		shell(NULL, dir, "touch -d '3 hours ago' store/seg-00000001"), 0);
	store = segment_store_open(dir);
	lives_set(&lives, 0, 60);
	gm_time day = (gm_time)24 * 3600 * GM_TIME_SECOND;
	struct gm_compact_stats stats = compact_all(store, &lives, gm_time_now() - day);
	assert_int_equal(stats.n_unreachable, 40);
	stats = compact_all(store, &lives, gm_time_now() - day / 12);
	assert_int_equal(stats.n_drop, 40);
	assert_int_equal(has_memory(store, 99), 0);
	assert_memories(store, 0, 60);
	gm_store_free(store);
	scratch_remove(dir);
}

static void what_is_used_again_stays(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;

	(void)state;
	write_memories(store, 0, 100);
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
	gm_store_free(store);
	age_segments(dir);
	store = segment_store_open(dir);
	write_memories(store, 90, 95); /* noted only, as they are there */
	lives_set(&lives, 0, 60);
	struct gm_compact_stats stats = compact_all(store, &lives, RECENTLY);
	assert_int_equal(stats.n_drop, 35);
	assert_int_equal(stats.n_unreachable, 5);
	assert_memories(store, 90, 95);
	assert_int_equal(has_memory(store, 89), 0);
	/* And after the next one too. */
	stats = compact_all(store, &lives, RECENTLY);
	assert_memories(store, 90, 95);
	gm_store_free(store);
	scratch_remove(dir);
}

static void what_a_ref_leads_to_meanwhile_stays(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_compact *compact = NULL;
	struct lives lives;

	(void)state;
	write_memories(store, 0, 100);
	lives_set(&lives, 0, 60);
	must(compact_plan(&compact, store, &lives, NOW));
	assert_int_equal(gm_compact_stats(compact)->n_drop, 40);
	/* It leads to 70, and 80 is found below that. */
	(void)set_ref(other, "refs/heads/main", gm_oid_zero, 70);
	lives.more = memory_oid(80);
	must(gm_compact_run(compact, NULL));
	assert_int_equal(gm_compact_stats(compact)->n_drop, 38);
	gm_compact_free(compact);
	assert_memories(store, 0, 60);
	assert_int_equal(has_memory(store, 70), 1);
	assert_int_equal(has_memory(store, 80), 1);
	assert_int_equal(has_memory(store, 81), 0);
	assert_int_equal(has_memory(other, 80), 1);
	assert_sound(store);
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static void bases_of_what_is_written_meanwhile_stay(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_compact *compact = NULL;
	struct gm_batch *batch;
	struct lives lives;
	struct gm_oid base = memory_oid(99);
	struct gm_oid oid;
	char text[900];

	(void)state;
	write_memories(store, 0, 100);
	lives_set(&lives, 0, 60);
	must(compact_plan(&compact, store, &lives, NOW));
	must(gm_batch_begin(&batch, other));
	size_t size = memory_text(text, 99);
	memcpy(text + size, "and more", 8);
	must(gm_batch_write_based(&oid, batch, GM_OBJECT_BLOB, text, size + 8, &base));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	must(gm_compact_run(compact, NULL));
	gm_compact_free(compact);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	must(gm_store_read(&data, &type, store, &oid));
	assert_int_equal(data.size, size + 8);
	assert_int_equal(has_memory(store, 98), 0);
	assert_sound(store);
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static void nothing_goes_while_a_batch_is_open(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_batch *batch;
	struct lives lives;
	struct gm_oid oid;
	char text[800];

	(void)state;
	write_memories(store, 0, 100);
	lives_set(&lives, 0, 60);
	must(gm_batch_begin(&batch, other));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, 99)));
	struct gm_compact_stats stats = compact_all(store, &lives, NOW);
	assert_true(stats.is_busy);
	assert_int_equal(stats.n_drop, 0);
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	assert_memories(store, 0, 100);
	assert_memories(other, 0, 100);
	assert_sound(store);
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static void readers_that_were_there_before_go_on(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *reader = segment_store_open(dir);
	struct lives lives;

	(void)state;
	for (unsigned i = 0; i < 3000; i += 500)
		write_memories(store, i, i + 500);
	assert_memories(reader, 0, 10);
	lives_set(&lives, 0, 3000);
	(void)compact_all(store, &lives, NOW);
	assert_memories(reader, 0, 3000);
	/* Also one whose files are gone before it has opened them. */
	struct gm_store *late = segment_store_open(dir);
	write_memories(store, 3000, 3800);
	lives_set(&lives, 0, 3800);
	(void)compact_all(store, &lives, NOW);
	assert_memories(late, 0, 3800);
	assert_sound(late);
	gm_store_free(late);
	gm_store_free(reader);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_second_one_rewrites_only_what_is_new(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;

	(void)state;
	write_memories(store, 0, 3000);
	lives_set(&lives, 0, 3000);
	(void)compact_all(store, &lives, NOW);
	write_memories(store, 3000, 3050);
	lives_set(&lives, 0, 3050);
	struct gm_compact_stats stats = compact_all(store, &lives, NOW);
	assert_int_equal(stats.n_rewrite, 50);
	assert_memories(store, 0, 3050);
	assert_sound(store);
	write_memories(store, 3050, 4000);
	lives_set(&lives, 0, 4000);
	stats = compact_all(store, &lives, NOW);
	assert_memories(store, 0, 4000);
	assert_sound(store);
	/* What has to go makes its segment be written anew. */
	lives_set(&lives, 10, 4000);
	stats = compact_all(store, &lives, NOW);
	assert_int_equal(stats.n_drop, 10);
	assert_int_equal(has_memory(store, 9), 0);
	assert_memories(store, 10, 4000);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void only_one_at_a_time(void **state)
{
	const struct gm_compact_options options = {.expire = NOW};
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_compact *first = NULL;
	struct gm_compact *second = NULL;

	(void)state;
	must(gm_compact_begin(&first, store, &options));
	assert_int_equal(gm_compact_begin(&second, other, &options), GM_ELOCKED);
	gm_compact_free(first);
	must(gm_compact_begin(&second, other, &options));
	gm_compact_free(second);
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static void litter_goes_and_nothing_else(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct lives lives;

	(void)state;
	write_memories(store, 0, 100);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && cp seg-00000001 seg-00000077 && "
			"for f in idx-00000077 dict-0123456789abcdef refs-00000077 "
			"log-00000077 tmp-x torn-00000001-32 other; do echo x >$f; done "
			"&&"
			"touch -d '2020-01-01' torn-00000001-32 && echo x "
			">torn-00000002-32"),
		0);
	lives_set(&lives, 0, 100);
	(void)compact_all(store, &lives, NOW);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && ! ls | grep -E '77|0123|tmp|torn-00000001' &&"
			"test -e other && test -e torn-00000002-32"),
		0);
	assert_memories(store, 0, 100);
	gm_store_free(store);
	scratch_remove(dir);
}

static void private_ones_are_in_no_dictionary(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_batch *batch;
	struct lives lives = {.versions = 1};
	char text[1600];

	(void)state;
	must(gm_batch_begin(&batch, store));
	for (unsigned i = 0; i < 2000; i++) {
		char memory[800];
		size_t size = memory_text(memory, i);
		int n = i % 2 ? snprintf(text, sizeof(text),
					"age-encryption.org/v1\nSECRETSECRETSECRET %.*s",
					(int)size, memory)
			      : snprintf(text, sizeof(text), "%.*s", (int)size, memory);
		must(gm_batch_write(
			&lives.oids[lives.n++], batch, GM_OBJECT_BLOB, text, (size_t)n));
	}
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	(void)compact_all(store, &lives, NOW);
	assert_int_equal(shell(NULL, dir,
				 "test $(ls store/dict-* | wc -l) -ge 1 &&"
				 "! grep -l SECRET store/dict-*"),
		0);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_the_same_and_smaller),
		cmocka_unit_test(chains_are_bounded_and_begin_at_the_newest),
		cmocka_unit_test(what_nothing_leads_to_stays_for_the_grace_period),
		cmocka_unit_test(gc_does_not_make_strays_younger),
		cmocka_unit_test(what_is_used_again_stays),
		cmocka_unit_test(what_a_ref_leads_to_meanwhile_stays),
		cmocka_unit_test(bases_of_what_is_written_meanwhile_stay),
		cmocka_unit_test(nothing_goes_while_a_batch_is_open),
		cmocka_unit_test(readers_that_were_there_before_go_on),
		cmocka_unit_test(a_second_one_rewrites_only_what_is_new),
		cmocka_unit_test(only_one_at_a_time),
		cmocka_unit_test(litter_goes_and_nothing_else),
		cmocka_unit_test(private_ones_are_in_no_dictionary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
