/*
 * Every allocation, write, flush and rename failing, one after the other, each in a process of
 * its own, as the plan of the seam is read once. Empty without the seam.
 */
#include "tests/unit/objstore/segment_store.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#include "objstore/internal.h"
#include "objstore/segments_write.h"

#define MOST 20000

static int write_batch(struct gm_store *store, unsigned from, unsigned to)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_ref_change change = {
		.name = "refs/heads/main", .who = "w", .message = "m"};
	struct gm_ref_value value = {.oid = gm_oid_zero};
	gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	char text[800];
	int rc = gm_store_ref_read(&value, store, change.name);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	rc = gm_batch_begin(&batch, store);
	for (unsigned i = from; rc == 0 && i < to; i++)
		rc = gm_batch_write_based(&change.new_oid, batch, GM_OBJECT_BLOB, text,
			memory_text(text, i), i > from ? &change.new_oid : NULL);
	if (rc == 0)
		rc = gm_batch_read(&back, &type, batch, &change.new_oid);
	change.old_oid = value.oid;
	if (rc == 0)
		rc = gm_batch_ref_update(batch, &change);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

static int seal(struct gm_store *store)
{
	int rc = gm_segments_lock(store->segments);

	if (rc < 0)
		return rc;
	rc = gm_segments_seal(store->segments);
	gm_segments_unlock(store->segments);
	return rc;
}

static int read_one(const struct gm_oid *oid, void *payload)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	uint8_t name[GM_SHA256_SIZE];
	enum gm_object_type type;
	int rc = gm_store_read(&data, &type, payload, oid);

	return rc < 0 ? rc : gm_store_sha256(name, payload, oid);
}

/* What a child does with the store: `small`, `large`, `seal` or `read`. */
static int act(const char *dir, const char *what)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	size_t n = 0;
	int rc = gm_store_open(&store, dir);

	if (rc < 0)
		return rc;
	if (!strcmp(what, "small"))
		return write_batch(store, 100, 105);
	if (!strcmp(what, "large"))
		return write_batch(store, 100, 1200);
	if (!strcmp(what, "seal"))
		return seal(store);
	rc = gm_store_each(store, read_one, store);
	return rc < 0 ? rc : gm_store_check(store, count_fault, &n);
}

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(const char *dir, const char *what)
{
	int rc = act(dir, what);

	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(const char *dir, const char *plan, const char *what)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)execl("/proc/self/exe", "segments", dir, what, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void make_store(const char *dir)
{
	struct gm_store *store = segment_store_new(dir);

	write_memories(store, 0, 10);
	must(seal(store));
	must(write_batch(store, 10, 15));
	gm_store_free(store);
}

/* Whatever failed: what was there is there, and the batch is there as a whole or not at all. */
static void assert_store(const char *dir, const char *what, bool done)
{
	struct gm_store *store = segment_store_open(dir);
	unsigned to = !strcmp(what, "small") ? 105 : !strcmp(what, "large") ? 1200 : 100;
	struct gm_ref_value value;
	unsigned n = 0;
	char text[800];
	struct gm_oid last;

	assert_memories(store, 0, 15);
	for (unsigned i = 100; i < to; i++)
		n += has_memory(store, i) == 1;
	assert_true(n == 0 || n == to - 100);
	if (done)
		assert_int_equal(n, to - 100);
	must(gm_store_ref_read(&value, store, "refs/heads/main"));
	gm_object_hash(&last, GM_OBJECT_BLOB, text, memory_text(text, to - 1));
	if (to > 100 && done)
		assert_true(gm_oid_equal(&value.oid, &last));
	/* A ref never names what is not there. */
	assert_int_equal(gm_store_exists(store, &value.oid), 1);
	assert_sound(store);
	gm_store_free(store);
}

static void sweep(const char *kind, const char *what, bool onwards, int step)
{
	int failures = 0;
	char *whole = scratch_new();

	make_store(whole);
	for (int at = 1;; at = test_fault_after(at, step)) {
		char *dir = scratch_new();
		gm_autofree char *plan =
			gm_format("%s:%d%s", kind, at, onwards ? "+" : "");
		gm_autofree char *copy = gm_format("cp -r %s/store .", whole);
		assert_int_equal(shell(NULL, dir, copy), 0);
		int rc = run_child(dir, plan, what);
		if (rc > 1)
			fail_msg("%s with %s: exit code %d", what, plan, rc);
		assert_store(dir, what, rc == 0);
		/* And it goes on as if nothing had been. */
		assert_int_equal(run_child(dir, "none", what), 0);
		assert_store(dir, what, true);
		scratch_remove(dir);
		failures += rc;
		assert_true(at < MOST);
		/* What fails once a commit is acknowledged does not fail the commit. */
		if (rc == 0 && at > 1) /* the first write says who has the lock */
			break;
	}
	assert_true(failures > 0);
	scratch_remove(whole);
}

static void each_write_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("write", "small", false, 1);
	sweep("write", "large", false, 1);
	sweep("write", "seal", false, 1);
	sweep("write", "seal", true, 1);
}

static void each_flush_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("fsync", "small", false, 1);
	sweep("fsync", "large", false, 1);
	sweep("fsync", "seal", false, 1);
	sweep("fsync", "seal", true, 1);
}

static void each_rename_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("rename", "large", false, 1);
	sweep("rename", "seal", false, 1);
	sweep("rename", "seal", true, 1);
}

static void each_allocation_failing_leaves_the_store_whole(void **state)
{
	(void)state;
	sweep("alloc", "small", false, 1);
	sweep("alloc", "small", true, 1);
	sweep("alloc", "seal", false, 1);
	sweep("alloc", "read", false, 3);
	sweep("alloc", "large", false, 97);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_write_failing_leaves_the_store_whole),
		cmocka_unit_test(each_flush_failing_leaves_the_store_whole),
		cmocka_unit_test(each_rename_failing_leaves_the_store_whole),
		cmocka_unit_test(each_allocation_failing_leaves_the_store_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
