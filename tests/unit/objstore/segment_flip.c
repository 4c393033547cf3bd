/*
 * One bit of the active segment is flipped, in every byte of it with GITMEM_TEST_SLOW: only what
 * stands there is lost, no wrong byte is given, the damage is named, and the next writer goes on.
 */
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"

#define N_SINGLE 6
#define N_ALL 30

static const char *const names[] = {"refs/heads/a", "refs/heads/b", "refs/heads/c"};

struct flips {
	char *dir;
	struct gm_oid tips[3];
	struct gm_buf bytes; /* of the active segment */
	struct gm_buf manifest;
};

/* Six groups of a memory and a ref, then one of many memories, then one more. */
static void make_store(struct flips *flips)
{
	struct gm_store *store = segment_store_new(flips->dir);
	struct gm_batch *batch;
	char text[800];

	for (unsigned i = 0; i < N_SINGLE; i++)
		flips->tips[i % 2] = set_ref(store, names[i % 2], flips->tips[i % 2], i);
	struct gm_ref_change change = {.name = names[2],
		.who = "A U Thor <author@example.com>",
		.when = 1767323045,
		.message = "test"};
	must(gm_batch_begin(&batch, store));
	for (unsigned i = N_SINGLE; i < N_ALL - 1; i++)
		must(gm_batch_write(&change.new_oid, batch, GM_OBJECT_BLOB, text,
			memory_text(text, i)));
	must(gm_batch_ref_update(batch, &change));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	flips->tips[2] = change.new_oid;
	flips->tips[0] = set_ref(store, names[0], flips->tips[0], N_ALL - 1);
	assert_memories(store, 0, N_ALL);
	assert_sound(store);
	gm_store_free(store);
	scratch_read(&flips->bytes, flips->dir, "store/seg-00000001");
	scratch_read(&flips->manifest, flips->dir, "store/manifest");
}

/* What is not as it was written. */
static size_t n_lost(struct gm_store *store, const struct flips *flips)
{
	size_t n = 0;

	for (unsigned i = 0; i < N_ALL; i++)
		n += has_memory(store, i) != 1;
	for (size_t i = 0; i < 3; i++) {
		struct gm_ref_value value = {.oid = gm_oid_zero};
		int rc = gm_store_ref_read(&value, store, names[i]);
		n += rc < 0 || !gm_oid_equal(&value.oid, &flips->tips[i]);
	}
	return n;
}

static int remove_file(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);

	return gm_unlink(path);
}

static void flip(const struct flips *flips, size_t at, unsigned bit)
{
	char *byte = &flips->bytes.ptr[at];
	size_t n_faults = 0;

	gm_autofree char *store_dir = gm_path_join(flips->dir, "store");
	must(gm_dir_each(store_dir, remove_file, store_dir));
	scratch_write(
		flips->dir, "store/manifest", flips->manifest.ptr, flips->manifest.size);
	*byte ^= (char)(1 << bit);
	scratch_write(
		flips->dir, "store/seg-00000001", flips->bytes.ptr, flips->bytes.size);
	*byte ^= (char)(1 << bit);
	struct gm_store *store = segment_store_open(flips->dir);
	size_t lost = n_lost(store, flips);
	if (lost > 1)
		fail_msg("bit %u of byte %zu: %zu are lost", bit, at, lost);
	must(gm_store_check(store, count_fault, &n_faults));
	if (!n_faults)
		fail_msg("bit %u of byte %zu: not named", bit, at);
	write_memories(store, 100, 103);
	gm_store_free(store);
	store = segment_store_open(flips->dir);
	assert_memories(store, 100, 103);
	if (n_lost(store, flips) > lost)
		fail_msg("bit %u of byte %zu: the next writer loses more", bit, at);
	n_faults = 0;
	must(gm_store_check(store, count_fault, &n_faults));
	if (!n_faults)
		fail_msg("bit %u of byte %zu: not named after the next writer", bit, at);
	gm_store_free(store);
}

static void a_flipped_bit_takes_no_more_than_what_it_is_in(void **state)
{
	struct flips flips = {.dir = scratch_new(),
		.bytes = GM_BUF_INIT(GM_BUF_TEXT),
		.manifest = GM_BUF_INIT(GM_BUF_TEXT)};
	const char *slow = getenv("GITMEM_TEST_SLOW");
	size_t step = slow && *slow && strcmp(slow, "0") != 0 ? 1 : 11;
	unsigned x = 20261126;

	(void)state;
	make_store(&flips);
	for (size_t at = 0; at < flips.bytes.size; at += step) {
		x = x * 1664525 + 1013904223;
		flip(&flips, at, x >> 29);
	}
	gm_buf_dispose(&flips.bytes);
	gm_buf_dispose(&flips.manifest);
	scratch_remove(flips.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_takes_no_more_than_what_it_is_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
