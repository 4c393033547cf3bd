/*
 * A collector at work: everything that is sealed is written anew, dictionaries, tables and logs
 * too, and what was there is removed. Readers that were open go on as if nothing had been.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segment_bulk.h"
#include "objstore/segments_write.h"

#define N_SEALED 800

/* Copy a file of the store to another name. */
static void copy_file(const char *dir, const char *from, const char *to)
{
	gm_autofree char *command = gm_format("cp store/%s store/%s", from, to);

	assert_int_equal(shell(NULL, dir, command), 0);
}

/* A dictionary of our own, in the slot that is free, so that slots change their files. */
static void change_dictionary(struct gm_store *store, unsigned round)
{
	struct gm_segments *segments = store->segments;
	struct gm_samples samples = GM_SAMPLES_INIT;
	struct gm_manifest_dictionary dictionary;
	gm_automanifest next = {.generation = 0};
	char text[800];

	for (unsigned i = 0; i < 400; i++)
		must(gm_samples_add(&samples, text, memory_text(text, round * 1000 + i)));
	must(gm_dictionary_train(
		&dictionary, segments->dir, GM_OBJECT_BLOB, &samples, 2000));
	gm_samples_dispose(&samples);
	must(gm_segments_lock(segments));
	must(gm_manifest_copy(&next, &segments->manifest));
	dictionary.slot = next.n_dictionaries && !next.dictionaries[0].slot;
	must(gm_manifest_add_dictionary(&next, &dictionary));
	must(gm_segments_write_manifest(segments, &next));
	gm_segments_unlock(segments);
}

static int add_object(const struct gm_oid *oid, void *payload)
{
	struct gm_bulk *bulk = ((void **)payload)[0];
	struct gm_store *store = ((void **)payload)[1];
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_new_object object = {.oid = *oid};
	uint8_t name[GM_SHA256_SIZE];

	must(gm_store_read(&data, &object.type, store, oid));
	must(gm_store_sha256(name, store, oid));
	object.data = data.ptr;
	object.size = data.size;
	object.sha256 = name;
	return gm_bulk_add(bulk, &object, NULL);
}

/* Only what was written last stands; the files of before are gone. */
static void drop_others(struct gm_store *store, const char *dir, uint64_t number)
{
	struct gm_segments *segments = store->segments;
	gm_automanifest next = {.generation = 0};
	struct gm_manifest_index index;

	must(gm_segments_lock(segments));
	must(gm_manifest_copy(&next, &segments->manifest));
	const struct gm_manifest_segment kept = *gm_manifest_segment(&next, number);
	for (size_t i = 0; i < next.n_indexes; i++)
		if (next.indexes[i].last == number)
			index = next.indexes[i];
	next.n_segments = next.n_indexes = 0;
	must(gm_manifest_add_segment(&next, kept.number, kept.id, kept.size));
	must(gm_manifest_add_index(&next, &index));
	next.dictionaries[0] = next.dictionaries[next.n_dictionaries - 1];
	next.n_dictionaries = 1;
	for (size_t i = 0; i < next.n_logs; i++) {
		char name[GM_STORE_NAME_MAX];
		(void)snprintf(name, sizeof(name), "log-gc-%u-%u", (unsigned)number,
			(unsigned)i);
		copy_file(dir, next.logs[i], name);
		memcpy(next.logs[i], name, sizeof(name));
	}
	if (*next.refs) {
		char name[GM_STORE_NAME_MAX];
		(void)snprintf(name, sizeof(name), "refs-gc-%u", (unsigned)number);
		copy_file(dir, next.refs, name);
		memcpy(next.refs, name, sizeof(name));
	}
	must(gm_segments_write_manifest(segments, &next));
	gm_segments_unlock(segments);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && for f in seg-* idx-* dict-* refs-* log-*; do"
			" grep -q \"$f\" manifest && continue;"
			" case $f in seg-*) n=$(echo \"$f\" | sed 's/seg-0*//');"
			" grep -Eq \"^(segment|active) $n \" manifest && continue;;"
			" esac; rm -f \"$f\"; done"),
		0);
}

static void collect(struct gm_store *store, const char *dir, unsigned round)
{
	struct gm_bulk *bulk;

	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
	change_dictionary(store, round);
	must(gm_bulk_open(&bulk, store->segments));
	void *payload[2] = {bulk, store};
	must(gm_store_each(store, add_object, payload));
	must(gm_bulk_publish(bulk));
	gm_bulk_free(bulk);
	uint64_t number = 0;
	for (size_t i = 0; i < store->segments->manifest.n_segments; i++)
		number = store->segments->manifest.segments[i].number > number
			? store->segments->manifest.segments[i].number
			: number;
	drop_others(store, dir, number);
}

static struct gm_store *make_store(const char *dir)
{
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid = gm_oid_zero;

	gm_store_set_flushed(store, false);
	for (unsigned i = 0; i < N_SEALED; i += 50)
		write_memories(store, i, i + 50);
	for (unsigned i = 0; i < 20; i++)
		oid = set_ref(store, "refs/heads/main", oid, i);
	must(gm_store_settle(store));
	assert_true(store->segments->manifest.n_dictionaries >= 1);
	return store;
}

static int count_entry(const struct gm_ref_change *change, void *payload)
{
	(void)change;
	++*(size_t *)payload;
	return 0;
}

static struct gm_oid oid_of(unsigned i)
{
	struct gm_oid oid;
	char text[800];

	gm_object_hash(&oid, GM_OBJECT_BLOB, text, memory_text(text, i));
	return oid;
}

/* Whatever can be read, of memory number `i` and of all. */
static void look_at_all(struct gm_store *store, unsigned i)
{
	const struct gm_oid oid = oid_of(i);
	struct gm_ref_value value;
	uint8_t name[GM_SHA256_SIZE];
	uint8_t expected[GM_SHA256_SIZE];
	enum gm_object_type type;
	char hex[GM_OID_HEX];
	char text[800];
	size_t size;
	size_t n = 0;

	assert_int_equal(has_memory(store, i), 1);
	must(gm_store_read_header(&type, &size, store, &oid));
	assert_int_equal(size, memory_text(text, i));
	must(gm_store_sha256(name, store, &oid));
	gm_object_hash_sha256(expected, GM_OBJECT_BLOB, text, size);
	assert_memory_equal(name, expected, sizeof(name));
	gm_oid_format(hex, &oid);
	must(gm_store_each_prefix(store, hex, 40, count_object, &n));
	assert_int_equal(n, 1);
	n = 0;
	must(gm_store_each(store, count_object, &n));
	assert_true(n >= N_SEALED);
	must(gm_store_ref_read(&value, store, "refs/heads/main"));
	n = 0;
	must(gm_store_reflog_each(store, "refs/heads/main", count_entry, &n));
	assert_true(n >= 20);
}

static void open_readers_follow_when_everything_is_replaced(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);

	(void)state;
	for (unsigned round = 1; round < 5; round++) {
		/* One that has nothing open yet, and one that has read everything. */
		struct gm_store *fresh = segment_store_open(dir);
		struct gm_store *used = segment_store_open(dir);
		assert_memories(used, 0, N_SEALED);
		look_at_all(used, round);
		collect(store, dir, round);
		look_at_all(fresh, round * 100);
		look_at_all(used, round * 100);
		assert_memories(fresh, 0, N_SEALED);
		assert_memories(used, 0, N_SEALED);
		assert_sound(fresh);
		gm_store_free(fresh);
		gm_store_free(used);
	}
	gm_store_free(store);
	scratch_remove(dir);
}

static void readers_beside_a_collector_see_no_difference(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	int status;

	(void)state;
	gm_store_free(store);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		store = segment_store_open(dir);
		gm_store_set_flushed(store, false);
		for (unsigned round = 1; round < 12; round++)
			collect(store, dir, round);
		gm_store_free(store);
		_exit(0);
	}
	store = segment_store_open(dir);
	for (unsigned i = 0; waitpid(pid, &status, WNOHANG) == 0; i += 7) {
		struct gm_store *fresh = i % 3 ? NULL : segment_store_open(dir);
		look_at_all(fresh ? fresh : store, i % N_SEALED);
		gm_store_free(fresh);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_memories(store, 0, N_SEALED);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

/* What no newer manifest explains is damage. */
static void what_is_gone_for_good_is_damage(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);

	(void)state;
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
	gm_store_free(store);
	store = segment_store_open(dir);
	assert_int_equal(shell(NULL, dir, "rm store/seg-00000001"), 0);
	assert_int_equal(has_memory(store, 5), GM_EMISMATCH);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_readers_follow_when_everything_is_replaced),
		cmocka_unit_test(readers_beside_a_collector_see_no_difference),
		cmocka_unit_test(what_is_gone_for_good_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
