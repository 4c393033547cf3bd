#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segments_write.h"

static uint64_t size_of_active(const char *dir)
{
	gm_autofree char *path = gm_path_join(dir, "store/seg-00000001");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

/* A writer was killed, having written `keep` bytes of its last group. */
static void cut_active(const char *dir, uint64_t keep)
{
	gm_autofree char *path = gm_path_join(dir, "store/seg-00000001");

	assert_int_equal(truncate(path, (off_t)keep), 0);
}

static void a_group_that_is_cut_at_any_byte_is_not_there_and_blocks_nobody(void **state)
{
	char *dir = scratch_new();

	(void)state;
	gm_store_free(segment_store_new(dir));
	assert_int_equal(shell(NULL, dir, "cp -r store empty"), 0);
	struct gm_store *store = segment_store_open(dir);
	write_memories(store, 0, 3);
	struct gm_oid oid = set_ref(store, "refs/heads/a", gm_oid_zero, 0);
	uint64_t start = size_of_active(dir);
	(void)set_ref(store, "refs/heads/a", oid, 3);
	uint64_t end = size_of_active(dir);
	gm_store_free(store);
	assert_int_equal(shell(NULL, dir, "cp -r store whole"), 0);
	for (uint64_t size = start; size < end; size++) {
		struct gm_ref_value value;
		assert_int_equal(
			shell(NULL, dir, "rm -rf store && cp -r whole store"), 0);
		struct gm_store *before = segment_store_open(dir);
		gm_store_free(before);
		cut_active(dir, size);
		store = segment_store_open(dir);
		assert_memories(store, 0, 3);
		assert_int_equal(has_memory(store, 3), 0);
		must(gm_store_ref_read(&value, store, "refs/heads/a"));
		assert_true(gm_oid_equal(&value.oid, &oid));
		assert_sound(store);
		write_memories(store, 10, 12);
		assert_memories(store, 10, 12);
		assert_memories(store, 0, 3);
		assert_int_equal(store->segments->manifest.n_segments, 0);
		assert_sound(store);
		gm_store_free(store);
		gm_autofree char *kept =
			gm_format("test $(cat store/torn-* 2>/dev/null | wc -c) = %d",
				(int)(size - start));
		assert_int_equal(shell(NULL, dir, kept), 0);
	}
	scratch_remove(dir);
}

static void append(const char *dir, const void *bytes, size_t size)
{
	gm_autofree char *path = gm_path_join(dir, "store/seg-00000001");
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void garbage_behind_the_last_group_is_kept_aside(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	uint8_t noise[5000];
	unsigned x = 11;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		write_memories(store, round * 5, round * 5 + 5);
		for (size_t i = 0; i < sizeof(noise); i++, x = x * 1664525 + 1013904223)
			noise[i] = (uint8_t)(x >> 24);
		append(dir, noise, 1 + round * 250);
		assert_memories(store, 0, round * 5 + 5);
	}
	write_memories(store, 100, 105);
	assert_memories(store, 0, 105);
	assert_int_equal(store->segments->manifest.n_segments, 0);
	assert_int_equal(shell(NULL, dir, "test $(ls store | grep -c torn) = 20"), 0);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

/* The power went before each block of the last group but one was on the device. */
static void a_group_with_holes_is_not_there_and_blocks_nobody(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	gm_autofree char *path = gm_path_join(dir, "store/seg-00000001");

	(void)state;
	write_memories(store, 0, 3);
	uint64_t start = size_of_active(dir);
	write_memories(store, 3, 20);
	uint64_t end = size_of_active(dir);
	gm_store_free(store);
	assert_int_equal(shell(NULL, dir, "cp -r store whole"), 0);
	for (uint64_t from = start; from < end; from = from - from % 512 + 512) {
		uint64_t to =
			from - from % 512 + 512 < end ? from - from % 512 + 512 : end;
		char zeros[512] = {0};
		assert_int_equal(
			shell(NULL, dir, "rm -rf store && cp -r whole store"), 0);
		gm_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, zeros, to - from, (off_t)from), to - from);
		store = segment_store_open(dir);
		assert_sound(store);
		assert_memories(store, 0, 3);
		assert_int_equal(has_memory(store, 3), 0);
		write_memories(store, 30, 32);
		assert_memories(store, 30, 32);
		assert_memories(store, 0, 3);
		assert_int_equal(store->segments->manifest.n_segments, 0);
		assert_sound(store);
		gm_store_free(store);
	}
	scratch_remove(dir);
}

/* A writer whose flush failed takes its group back; another one takes its place. */
static void a_reader_notices_that_a_group_was_replaced(void **state)
{
	char *dir = scratch_new();
	struct gm_store *reader;

	(void)state;
	struct gm_store *store = segment_store_new(dir);
	write_memories(store, 0, 5);
	uint64_t size = size_of_active(dir);
	write_memories(store, 5, 10);
	reader = segment_store_open(dir);
	assert_memories(reader, 0, 10);
	gm_store_free(store);
	cut_active(dir, size);
	store = segment_store_open(dir);
	assert_int_equal(has_memory(store, 5), 0);
	write_memories(store, 20, 40);
	assert_memories(reader, 20, 40);
	assert_memories(reader, 0, 5);
	assert_int_equal(has_memory(reader, 7), 0);
	gm_store_free(reader);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_record_of_a_newer_gitmem_is_a_clear_error(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_record record = {.class = 12};
	gm_autobuf group = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf end = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	write_memories(store, 0, 2);
	uint64_t offset = size_of_active(dir);
	uint64_t id = store->segments->tail->id;
	must(gm_record_put(&group, &record));
	gm_record_stamp((uint8_t *)group.ptr, group.size, id, offset);
	must(gm_group_end_put(&end, group.ptr, group.size, id, offset + group.size));
	append(dir, group.ptr, group.size);
	append(dir, end.ptr, end.size);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_int_equal(has_memory(store, 0), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "newer gitmem"));
	struct gm_batch *batch;
	struct gm_oid oid;
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "x", 1));
	assert_int_equal(gm_batch_commit(batch), GM_EINVALID);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_group_that_is_cut_at_any_byte_is_not_there_and_blocks_nobody),
		cmocka_unit_test(a_group_with_holes_is_not_there_and_blocks_nobody),
		cmocka_unit_test(garbage_behind_the_last_group_is_kept_aside),
		cmocka_unit_test(a_reader_notices_that_a_group_was_replaced),
		cmocka_unit_test(a_record_of_a_newer_gitmem_is_a_clear_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
