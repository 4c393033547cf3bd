#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

#include "objstore/store.h"

#define N_MAX 4000

struct ids {
	struct gm_oid items[N_MAX];
	size_t n;
};

static void write_blobs(struct ids *ids, struct gm_store *store, size_t n)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	char text[32];

	must(gm_batch_begin(&batch, store));
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "blob %zu", ids->n);
		must(gm_batch_write(&ids->items[ids->n++], batch, GM_OBJECT_BLOB, text,
			strlen(text)));
	}
	must(gm_batch_commit(batch));
}

static size_t count_shared(const struct gm_oid *a, const struct gm_oid *b)
{
	char left[GM_OID_HEX], right[GM_OID_HEX];
	size_t n = 0;

	gm_oid_format(left, a);
	gm_oid_format(right, b);
	while (left[n] && left[n] == right[n])
		n++;
	return n;
}

static size_t count_digits(const struct ids *ids, const struct gm_oid *oid)
{
	size_t most = 1;

	for (size_t i = 0; i < ids->n; i++) {
		size_t shared = count_shared(oid, &ids->items[i]);
		if (shared < GM_OID_HEX - 1 && shared > most)
			most = shared;
	}
	return most + 1;
}

static void check_all(const struct ids *ids, struct gm_store *store)
{
	struct gm_oid other;

	for (size_t i = 0; i < ids->n; i += 7) {
		size_t digits, more;
		must(gm_store_abbreviate(&digits, store, &ids->items[i], 2));
		assert_int_equal(digits, count_digits(ids, &ids->items[i]));
		must(gm_store_abbreviate(&more, store, &ids->items[i], 9));
		assert_int_equal(more, digits < 9 ? 9 : digits);
	}
	/* One that is not there is told from those that are. */
	gm_object_hash(&other, GM_OBJECT_BLOB, "other", 5);
	size_t digits;
	must(gm_store_abbreviate(&digits, store, &other, 2));
	assert_int_equal(digits, count_digits(ids, &other));
}

/* Few ones, then many, in the same handle and in a new one. */
static void check_store(const char *path)
{
	struct ids *ids = gm_calloc(1, sizeof(*ids));
	struct gm_store *store;

	assert_non_null(ids);
	must(gm_store_open(&store, path));
	write_blobs(ids, store, 20);
	check_all(ids, store);
	gm_store_free(store);
	must(gm_store_open(&store, path));
	write_blobs(ids, store, 1500);
	check_all(ids, store);
	write_blobs(ids, store, 2000);
	check_all(ids, store);
	gm_store_free(store);
	must(gm_store_open(&store, path));
	check_all(ids, store);
	gm_store_free(store);
	gm_free(ids);
}

static void ids_are_told_apart_in_segments(void **state)
{
	char *dir = scratch_new();

	(void)state;
	must(gm_store_create(dir));
	check_store(dir);
	scratch_remove(dir);
}

static void ids_are_told_apart_in_the_layout_of_git(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *objects = gm_format("%s/o/objects", dir);

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q --bare o"), 0);
	check_store(objects);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_told_apart_in_segments),
		cmocka_unit_test(ids_are_told_apart_in_the_layout_of_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
