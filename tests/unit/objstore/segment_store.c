#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segments_write.h"

static void seal(struct gm_store *store)
{
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
}

static void small_batches_are_read_back_and_survive_a_reopening(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);

	(void)state;
	for (unsigned i = 0; i < 200; i += 20)
		write_memories(store, i, i + 20);
	assert_memories(store, 0, 200);
	assert_int_equal(has_memory(store, 200), 0);
	assert_sound(store);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_memories(store, 0, 200);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void sealing_and_merging_lose_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 9000; i += 100) {
		write_memories(store, i, i + 100);
		must(gm_store_settle(store));
	}
	assert_int_equal(store->segments->manifest.n_segments, 4);
	assert_true(store->segments->manifest.n_indexes <
		store->segments->manifest.n_segments);
	assert_true(store->segments->manifest.n_dictionaries >= 1);
	assert_memories(store, 0, 9000);
	must(gm_store_each(store, count_object, &n));
	assert_int_equal(n, 9000);
	assert_sound(store);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_memories(store, 0, 9000);
	gm_store_free(store);
	scratch_remove(dir);
}

/* Nobody calls gm_store_settle(), as when every writer is killed: no more than twice as much. */
static void a_store_that_is_never_settled_is_sealed_all_the_same(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);

	(void)state;
	for (unsigned i = 0; i < 9000; i += 100) {
		write_memories(store, i, i + 100);
		assert_true(store->segments->tail->n_records < 2 * GM_SEAL_RECORDS);
	}
	assert_int_equal(store->segments->manifest.n_segments, 2);
	assert_true(store->segments->manifest.n_dictionaries >= 1);
	assert_memories(store, 0, 9000);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

/* The first dictionary does not wait for a segment to be full. */
static void a_dictionary_is_trained_when_there_are_a_few_hundred(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);

	(void)state;
	for (unsigned i = 0; i < 700; i += 10) {
		write_memories(store, i, i + 10);
		must(gm_store_settle(store));
		assert_true(i >= 290 || !store->segments->manifest.n_dictionaries);
	}
	assert_int_equal(store->segments->manifest.n_segments, 0);
	assert_int_equal(store->segments->manifest.n_dictionaries, 1);
	assert_memories(store, 0, 700);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_large_batch_becomes_a_segment_of_its_own(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	size_t n = 0;

	(void)state;
	write_memories(store, 0, 10);
	write_memories(store, 5, 6000); /* some again */
	write_memories(store, 5990, 6010);
	assert_int_equal(store->segments->manifest.n_segments, 1);
	assert_int_equal(store->segments->manifest.n_dictionaries, 1);
	assert_memories(store, 0, 6010);
	must(gm_store_each(store, count_object, &n));
	assert_int_equal(n, 6010);
	assert_sound(store);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_memories(store, 0, 6010);
	gm_store_free(store);
	assert_int_equal(shell(NULL, dir, "! ls store | grep tmp"), 0);
	scratch_remove(dir);
}

static void a_batch_that_is_dropped_leaves_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	(void)state;
	assert_int_equal(shell(NULL, dir, "sum store/seg-00000001 > before"), 0);
	for (unsigned n = 5; n < 5000; n *= 100) {
		must(gm_batch_begin(&batch, store));
		for (unsigned i = 0; i < n * 5; i++)
			must(gm_batch_write(
				&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, i)));
		gm_batch_free(batch);
	}
	assert_int_equal(has_memory(store, 0), 0);
	assert_int_equal(shell(NULL, dir,
				 "sum store/seg-00000001 | cmp - before &&"
				 "test $(ls store | grep -c seg) = 1"),
		0);
	gm_store_free(store);
	scratch_remove(dir);
}

/* All types, sizes around the steps of the encodings, and contents that do not compress. */
static void all_shapes_of_objects_are_kept(void **state)
{
	static const size_t sizes[] = {
		0, 1, 31, 32, 127, 128, 16383, 16384, 300000, 9000000};
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	gm_autobuf noise = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid oids[10];
	struct gm_batch *batch;
	enum gm_object_type type;
	size_t size;

	(void)state;
	for (unsigned i = 0, x = 3; i < 9000000; i++, x = x * 1664525 + 1013904223)
		must(gm_buf_putc(&noise, (char)(x >> 24)));
	must(gm_batch_begin(&batch, store));
	for (size_t i = 0; i < 10; i++) {
		must(gm_batch_write(
			&oids[i], batch, GM_OBJECT_BLOB, noise.ptr, sizes[i]));
		must(gm_batch_read(&back, &type, batch, &oids[i]));
		assert_int_equal(back.size, sizes[i]);
		if (i % 3 == 0)
			must(gm_batch_commit(batch));
	}
	must(gm_batch_commit(batch));
	for (size_t i = 0; i < 10; i++) {
		must(gm_store_read(&back, &type, store, &oids[i]));
		assert_int_equal(back.size, sizes[i]);
		assert_memory_equal(back.ptr, noise.ptr, sizes[i]);
		must(gm_store_read_header(&type, &size, store, &oids[i]));
		assert_int_equal(size, sizes[i]);
		assert_int_equal(gm_store_exists(store, &oids[i]), 1);
	}
	assert_sound(store);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

/* A tree of `n` entries, of which entry `changed` has been changed `version` times. */
static void make_tree(struct gm_buf *out, unsigned n, unsigned changed, unsigned version)
{
	struct gm_oid oid;

	gm_buf_reset(out);
	for (unsigned i = 0; i < n; i++) {
		char text[32];
		int size = snprintf(
			text, sizeof(text), "%u %u", i, i == changed ? version : 0);
		gm_object_hash(&oid, GM_OBJECT_BLOB, text, (size_t)size);
		must(gm_buf_printf(out, "100644 entry-%05u", i));
		must(gm_buf_putc(out, '\0'));
		must(gm_buf_put(out, oid.bytes, GM_OID_SIZE));
	}
}

/* `per_batch` versions in each batch, each based on the one before. */
static void write_versions(
	struct gm_store *store, struct gm_oid *oids, unsigned n, unsigned per_batch)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_batch *batch;

	must(gm_batch_begin(&batch, store));
	for (unsigned i = 0; i < n; i++) {
		make_tree(&tree, 200, i % 200, i);
		must(gm_batch_write_based(&oids[i], batch, GM_OBJECT_TREE, tree.ptr,
			tree.size, i ? &oids[i - 1] : NULL));
		if (i % per_batch == per_batch - 1)
			must(gm_batch_commit(batch));
	}
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
}

static void versions_of_a_tree_take_little_room_in_chains_that_end(void **state)
{
	static const unsigned per_batch[] = {1, 7, 400, 1500};
	enum { N = 1500 };
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree struct gm_oid *oids = gm_malloc(N * sizeof(*oids));

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		char *dir = scratch_new();
		struct gm_store *store = segment_store_new(dir);
		const struct gm_base_finder finder = gm_segments_finder(store->segments);
		int deepest = 0;
		write_versions(store, oids, N, per_batch[k]);
		for (unsigned i = N; i-- > 0;) {
			struct gm_copy copy;
			make_tree(&tree, 200, i % 200, i);
			must(gm_store_read_type(&back, store, &oids[i], GM_OBJECT_TREE));
			assert_int_equal(back.size, tree.size);
			assert_memory_equal(back.ptr, tree.ptr, tree.size);
			must(gm_segments_find(&copy, store->segments, &oids[i]));
			int depth = gm_segments_depth(&copy, &finder);
			deepest = depth > deepest ? depth : deepest;
		}
		assert_int_equal(deepest, GM_PREFIX_CHAIN_MAX);
		assert_int_equal(
			shell(NULL, dir, "test $(du -sk store | cut -f1) -lt 1000"), 0);
		gm_store_free(store);
		scratch_remove(dir);
	}
}

static void assert_tree(const struct gm_buf *back, unsigned version)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);

	make_tree(&tree, 200, version % 200, version);
	assert_int_equal(back->size, tree.size);
	assert_memory_equal(back->ptr, tree.ptr, tree.size);
}

/* Every pair of versions, whichever is stored as a difference to the other, or neither. */
static void what_was_just_read_helps_to_read_what_is_near(void **state)
{
	enum { N = 60 };
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oids[N];
	enum gm_object_type type;

	(void)state;
	write_versions(store, oids, N, 7);
	for (unsigned i = 0; i < N; i++) {
		gm_autobuf one = GM_BUF_INIT(GM_BUF_TEXT), two = GM_BUF_INIT(GM_BUF_TEXT);
		must(gm_store_read_once(&one, &type, store, &oids[i], NULL, NULL));
		assert_int_equal(type, GM_OBJECT_TREE);
		assert_tree(&one, i);
		for (unsigned k = 0; k < N; k++) {
			must(gm_store_read_once(
				&two, &type, store, &oids[k], &oids[i], &one));
			assert_tree(&two, k);
		}
	}
	gm_store_free(store);
	scratch_remove(dir);
}

/* Nothing is taken for the object that does not have its name. */
static void what_is_near_may_be_wrong(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	gm_autobuf wrong = GM_BUF_INIT(GM_BUF_TEXT), back = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid oids[20];
	enum gm_object_type type;

	(void)state;
	write_versions(store, oids, 20, 7);
	make_tree(&wrong, 200, 150, 12345);
	int refused = 0;
	/* Each is stored as a difference to one of its neighbours. */
	for (unsigned i = 0; i < 20; i++) {
		int rc = 0;
		gm_store_free(store);
		store = segment_store_open(dir);
		if (i)
			rc = gm_store_read_once(
				&back, &type, store, &oids[i], &oids[i - 1], &wrong);
		if (rc == 0 && i < 19)
			rc = gm_store_read_once(
				&back, &type, store, &oids[i], &oids[i + 1], &wrong);
		assert_true(rc == 0 || rc == GM_EMISMATCH);
		refused += rc < 0;
		if (rc == 0)
			assert_tree(&back, i);
		must(gm_store_read_once(&back, &type, store, &oids[i], NULL, NULL));
		assert_tree(&back, i);
	}
	assert_true(refused > 10);
	gm_store_free(store);
	scratch_remove(dir);
}

static void objects_are_found_by_a_prefix_of_either_name(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	uint8_t name[GM_SHA256_SIZE];
	char hex[GM_OID_HEX];
	char hex256[2 * GM_SHA256_SIZE + 1];
	struct gm_oid oid;
	char text[800];

	(void)state;
	write_memories(store, 0, 3000);
	write_memories(store, 3000, 3100);
	for (unsigned i = 0; i < 3100; i += 31) {
		size_t size = memory_text(text, i);
		size_t n = 0;
		gm_object_hash(&oid, GM_OBJECT_BLOB, text, size);
		gm_oid_format(hex, &oid);
		must(gm_store_each_prefix(store, hex, 15, count_object, &n));
		gm_object_hash_sha256(name, GM_OBJECT_BLOB, text, size);
		for (size_t k = 0; k < GM_SHA256_SIZE; k++)
			(void)snprintf(hex256 + 2 * k, 3, "%02x", name[k]);
		must(gm_store_find_sha256(store, hex256, 15, count_object, &n));
		must(gm_store_find_sha256(store, hex256, 64, count_object, &n));
		assert_int_equal(n, 3);
		uint8_t back[GM_SHA256_SIZE];
		must(gm_store_sha256(back, store, &oid));
		assert_memory_equal(back, name, sizeof(name));
	}
	size_t n = 0;
	must(gm_store_find_sha256(store, "a", 1, count_object, &n));
	assert_in_range(n, 120, 300);
	assert_int_equal(
		gm_store_find_sha256(store, "x", 1, count_object, &n), GM_EINVALID);
	gm_store_free(store);
	scratch_remove(dir);
}

static void one_sees_what_another_wrote_sealed_and_merged(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		write_memories(i % 2 ? store : other, i * 10, i * 10 + 10);
		if (i % 3 == 0)
			seal(i % 2 ? other : store);
		assert_memories(i % 2 ? other : store, 0, i * 10 + 10);
	}
	assert_memories(store, 0, 400);
	assert_sound(store);
	assert_sound(other);
	gm_store_free(store);
	gm_store_free(other);
	scratch_remove(dir);
}

static void objects_in_packs_beside_are_read_as_well(void **state)
{
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(shell(NULL, dir,
				 "git init -q --bare . && printf hello |"
				 "git hash-object -w --stdin && git repack -adq"),
		0);
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid;
	gm_object_hash(&oid, GM_OBJECT_BLOB, "hello", 5);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
	must(gm_store_read_type(&back, store, &oid, GM_OBJECT_BLOB));
	assert_string_equal(gm_buf_str(&back), "hello");
	write_memories(store, 0, 10);
	size_t n = 0;
	must(gm_store_each(store, count_object, &n));
	assert_int_equal(n, 11);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_batches_are_read_back_and_survive_a_reopening),
		cmocka_unit_test(sealing_and_merging_lose_nothing),
		cmocka_unit_test(a_store_that_is_never_settled_is_sealed_all_the_same),
		cmocka_unit_test(a_dictionary_is_trained_when_there_are_a_few_hundred),
		cmocka_unit_test(a_large_batch_becomes_a_segment_of_its_own),
		cmocka_unit_test(a_batch_that_is_dropped_leaves_nothing),
		cmocka_unit_test(all_shapes_of_objects_are_kept),
		cmocka_unit_test(versions_of_a_tree_take_little_room_in_chains_that_end),
		cmocka_unit_test(what_was_just_read_helps_to_read_what_is_near),
		cmocka_unit_test(what_is_near_may_be_wrong),
		cmocka_unit_test(objects_are_found_by_a_prefix_of_either_name),
		cmocka_unit_test(one_sees_what_another_wrote_sealed_and_merged),
		cmocka_unit_test(objects_in_packs_beside_are_read_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
