/*
 * Every byte of every file of a small store, flipped and cut off: never a crash, never a wrong
 * byte, and the damage is named.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segments_write.h"

#define N_SEALED 8
#define N_ALL 14

/* Objects and a ref in a sealed segment and in the active one; `trained` with a dictionary. */
static void make_store(const char *dir, bool trained)
{
	struct gm_store *store = segment_store_new(dir);

	if (trained)
		write_memories(store, 1000, 2100);
	write_memories(store, 0, N_SEALED);
	struct gm_oid oid = set_ref(store, "refs/heads/a", gm_oid_zero, 0);
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
	for (unsigned i = N_SEALED; i < N_ALL; i += 2) {
		write_memories(store, i, i + 2);
		oid = set_ref(store, "refs/heads/a", oid, i);
	}
	assert_memories(store, 0, N_ALL);
	assert_sound(store);
	gm_store_free(store);
}

static int ignore_ref(const char *name, const struct gm_ref_value *value, void *payload)
{
	(void)payload;
	assert_string_equal(name, "refs/heads/a");
	assert_null(value->target);
	return 0;
}

static int ignore_entry(const struct gm_ref_change *change, void *payload)
{
	(void)payload;
	assert_string_equal(change->message, "test");
	return 0;
}

/* What a damaged store still does. Returns how many memories it does not give. */
struct outcome {
	size_t lost;   /* by an error */
	size_t absent; /* by saying that there are none */
	size_t faults; /* named by a check, or by the store not opening */
};

static struct outcome look(const char *dir)
{
	struct outcome outcome = {0};
	struct gm_store *store;
	size_t n = 0;

	if (gm_store_open(&store, dir) < 0) {
		assert_true(*gm_error_last()->message);
		return (struct outcome){N_ALL, 0, 1};
	}
	for (unsigned i = 0; i < N_ALL; i++) {
		int rc = has_memory(store, i);
		outcome.lost += rc < 0;
		outcome.absent += rc == 0;
	}
	(void)gm_store_each(store, count_object, &n);
	(void)gm_store_find_sha256(store, "0", 1, count_object, &n);
	(void)gm_store_refs_each(store, "", ignore_ref, NULL);
	(void)gm_store_reflog_each(store, "refs/heads/a", ignore_entry, NULL);
	must(gm_store_check(store, count_fault, &outcome.faults));
	gm_store_free(store);
	return outcome;
}

typedef void (*file_fn)(const char *dir, const char *name, const struct gm_buf *bytes);

static void each_file(const char *dir, file_fn each)
{
	gm_autofree char *path = gm_path_join(dir, "store");
	const struct dirent *entry;
	DIR *folder = opendir(path);

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
		if (*entry->d_name == '.')
			continue;
		scratch_read(&bytes, path, entry->d_name);
		/* Those that are only there to be locked are made when they are needed. */
		if (!bytes.size || !strcmp(entry->d_name, "lock"))
			continue;
		each(path, entry->d_name, &bytes);
	}
	(void)closedir(folder);
}

static void rewrite(const char *dir, const char *name, const void *bytes, size_t size)
{
	gm_autofree char *path = gm_path_join(dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* The active segment's last group may look as if it had not been finished. */
static bool is_active(const char *name)
{
	return !strcmp(name, "seg-00000002");
}

static size_t step_for(size_t size)
{
	return size > 6000 ? size / 1500 : 1;
}

static void flip(const char *dir, const char *name, const struct gm_buf *bytes)
{
	gm_autofree char *parent = gm_path_dir(dir);
	size_t step = step_for(bytes->size);

	for (size_t at = 0; at < bytes->size; at += step) {
		bytes->ptr[at] ^= (char)(1 << at % 8);
		rewrite(dir, name, bytes->ptr, bytes->size);
		bytes->ptr[at] ^= (char)(1 << at % 8);
		struct outcome outcome = look(parent);
		bool header = at < GM_SEGMENT_HEADER_SIZE;
		if (!outcome.faults)
			fail_msg("%s: a flip at %zu is not named", name, at);
		/* Only what stands in the place itself is lost. */
		if (!strncmp(name, "seg", 3) && !header)
			assert_true(outcome.lost + outcome.absent <= 3);
		if (is_active(name))
			assert_true(outcome.absent <= 1 || header);
		else
			assert_int_equal(outcome.absent, 0);
	}
	rewrite(dir, name, bytes->ptr, bytes->size);
}

static void cut(const char *dir, const char *name, const struct gm_buf *bytes)
{
	gm_autofree char *parent = gm_path_dir(dir);
	size_t step = step_for(bytes->size);

	for (size_t size = 0; size < bytes->size; size += step) {
		rewrite(dir, name, bytes->ptr, size);
		struct outcome outcome = look(parent);
		if (!outcome.faults && !is_active(name))
			fail_msg("%s: cut to %zu is not named", name, size);
		assert_true(!outcome.absent || is_active(name));
	}
	rewrite(dir, name, bytes->ptr, bytes->size);
}

static void take_away(const char *dir, const char *name, const struct gm_buf *bytes)
{
	gm_autofree char *path = gm_path_join(dir, name);
	gm_autofree char *parent = gm_path_dir(dir);
	struct gm_store *store;

	assert_int_equal(unlink(path), 0);
	if (!strcmp(name, "manifest")) {
		/* Without it this is no store of segments at all. */
		assert_true(gm_store_open(&store, parent) < 0);
	} else {
		struct outcome outcome = look(parent);
		assert_true(outcome.faults > 0);
		assert_int_equal(outcome.absent, 0);
	}
	rewrite(dir, name, bytes->ptr, bytes->size);
}

static void sweep(file_fn each, bool trained)
{
	char *dir = scratch_new();

	make_store(dir, trained);
	each_file(dir, each);
	struct outcome outcome = look(dir);
	assert_int_equal(outcome.faults + outcome.lost + outcome.absent, 0);
	scratch_remove(dir);
}

static void each_flipped_bit_is_survived_and_named(void **state)
{
	(void)state;
	sweep(flip, false);
}

static void each_cut_is_survived_and_named(void **state)
{
	(void)state;
	sweep(cut, false);
}

static void each_missing_file_is_survived_and_named(void **state)
{
	(void)state;
	sweep(take_away, false);
	sweep(take_away, true);
}

static void swapped_segments_are_named(void **state)
{
	char *dir = scratch_new();

	(void)state;
	make_store(dir, false);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && mv seg-00000001 x && mv seg-00000002 seg-00000001 "
			"&& mv x seg-00000002"),
		0);
	struct outcome outcome = look(dir);
	assert_true(outcome.faults >= 1);
	assert_int_equal(outcome.lost, N_ALL);
	scratch_remove(dir);
}

static void another_dictionary_is_named_and_gives_no_wrong_byte(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store;

	(void)state;
	make_store(dir, true);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && for d in dict-*; do head -c 32768 /dev/urandom > "
			"$d; done"),
		0);
	store = segment_store_open(dir);
	assert_int_equal(has_memory(store, 1500), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "dict-"));
	/* And nobody is kept from writing. */
	write_memories(store, 5000, 5010);
	assert_memories(store, 5000, 5010);
	size_t faults = 0;
	must(gm_store_check(store, count_fault, &faults));
	assert_true(faults >= 1);
	gm_store_free(store);
	scratch_remove(dir);
}

/* Damage in the active segment is not appended to: it is sealed, and what is whole stays. */
static void a_writer_goes_on_after_damage_without_losing_more(void **state)
{
	(void)state;
	for (size_t at = 40; at < 1200; at += 97) {
		char *dir = scratch_new();
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autofree char *path = gm_path_join(dir, "store");
		make_store(dir, false);
		scratch_read(&bytes, path, "seg-00000002");
		if (at >= bytes.size)
			at = bytes.size / 2;
		bytes.ptr[at] ^= 4;
		rewrite(path, "seg-00000002", bytes.ptr, bytes.size);
		struct outcome before = look(dir);
		struct gm_store *store = segment_store_open(dir);
		write_memories(store, 100, 110);
		assert_memories(store, 100, 110);
		gm_store_free(store);
		struct outcome after = look(dir);
		assert_true(after.lost + after.absent <= before.lost + before.absent);
		assert_true(after.lost + after.absent <= 1);
		scratch_remove(dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flipped_bit_is_survived_and_named),
		cmocka_unit_test(each_cut_is_survived_and_named),
		cmocka_unit_test(each_missing_file_is_survived_and_named),
		cmocka_unit_test(swapped_segments_are_named),
		cmocka_unit_test(another_dictionary_is_named_and_gives_no_wrong_byte),
		cmocka_unit_test(a_writer_goes_on_after_damage_without_losing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
