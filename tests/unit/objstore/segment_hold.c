/*
 * Group commit: several commits, one flush, all of them or none.
 */
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"

/* Commit memories `from` to `to - 1`, one at a time, and move a ref along. */
static struct gm_oid commit_each(
	struct gm_store *store, struct gm_oid oid, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		oid = set_ref(store, "refs/heads/main", oid, i);
	return oid;
}

static off_t size_of_segment(const char *dir)
{
	gm_autofree char *path = gm_path_join(dir, "store/seg-00000001");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void assert_ref(struct gm_store *store, const struct gm_oid *oid)
{
	struct gm_ref_value value = {.oid = gm_oid_zero};
	int rc = gm_store_ref_read(&value, store, "refs/heads/main");

	assert_true(rc == 0 || (rc == GM_ENOTFOUND && gm_oid_is_zero(oid)));
	assert_true(gm_oid_equal(&value.oid, oid));
}

static void what_is_held_is_seen_by_its_writer_alone(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);

	(void)state;
	struct gm_oid old = commit_each(store, gm_oid_zero, 0, 2);
	off_t before = size_of_segment(dir);
	must(gm_store_hold_flushes(store, true));
	struct gm_oid new = commit_each(store, old, 2, 10);
	assert_memories(store, 0, 10);
	assert_ref(store, &new);
	assert_memories(other, 0, 2);
	assert_int_equal(has_memory(other, 2), 0);
	assert_ref(other, &old);
	assert_int_equal(size_of_segment(dir), before);
	must(gm_store_flush(store));
	assert_memories(other, 0, 10);
	assert_ref(other, &new);
	must(gm_store_flush(store)); /* there is nothing to do */
	new = commit_each(store, new, 10, 12);
	must(gm_store_hold_flushes(store, false));
	assert_memories(other, 0, 12);
	new = commit_each(other, new, 12, 14);
	assert_ref(store, &new);
	assert_sound(other);
	assert_sound(store);
	gm_store_free(other);
	gm_store_free(store);
	scratch_remove(dir);
}

static int count_entry(const struct gm_ref_change *change, void *payload)
{
	(void)change;
	++*(size_t *)payload;
	return 0;
}

/* Sealing, large batches and dictionaries in between flush early; nothing gets out of order. */
static void upkeep_and_large_batches_flush_early(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_store *other = segment_store_open(dir);
	struct gm_oid oid = gm_oid_zero;
	size_t n = 0;

	(void)state;
	must(gm_store_hold_flushes(store, true));
	for (unsigned i = 0; i < 1500; i += 100) {
		oid = commit_each(store, oid, i, i + 100);
		must(gm_store_settle(store));
		assert_memories(other, i, i + 100);
	}
	assert_int_equal(store->segments->manifest.n_segments, 1);
	oid = commit_each(store, oid, 1500, 1510);
	write_memories(store, 5000, 6100);
	assert_memories(other, 1500, 1510);
	assert_memories(other, 5000, 6100);
	oid = commit_each(store, oid, 1510, 1520);
	must(gm_store_flush(store));
	assert_ref(other, &oid);
	must(gm_store_reflog_each(other, "refs/heads/main", count_entry, &n));
	assert_int_equal(n, 1520);
	gm_store_free(store);
	assert_sound(other);
	gm_store_free(other);
	scratch_remove(dir);
}

/* Another writer waits for the flush, and builds on what it made. */
static void another_process_commits_behind_what_is_held(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct pollfd done = {.events = POLLIN};
	struct gm_oid oid = commit_each(store, gm_oid_zero, 0, 2);
	int fds[2];
	int status;
	char byte;

	(void)state;
	must(gm_store_hold_flushes(store, true));
	oid = commit_each(store, oid, 2, 4);
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct gm_store *other = segment_store_open(dir);
		write_memories(other, 50, 60);
		assert_memories(other, 2, 4);
		_exit(write(fds[1], "x", 1) != 1);
	}
	done.fd = fds[0];
	assert_int_equal(poll(&done, 1, 100), 0);
	must(gm_store_flush(store));
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_memories(store, 50, 60);
	assert_ref(store, &oid);
	assert_sound(store);
	(void)close(fds[0]);
	(void)close(fds[1]);
	gm_store_free(store);
	scratch_remove(dir);
}

/* A process that dies before the flush leaves nothing, and blocks nobody. */
static void what_is_held_by_one_that_dies_was_never_there(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid = commit_each(store, gm_oid_zero, 0, 2);
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct gm_store *other = segment_store_open(dir);
		must(gm_store_hold_flushes(other, true));
		(void)commit_each(other, oid, 2, 10);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ref(store, &oid);
	oid = commit_each(store, oid, 20, 22);
	assert_int_equal(has_memory(store, 2), 0);
	assert_ref(store, &oid);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

#ifdef GM_FAULT_INJECTION
/* Run this program anew, as the plan of the seam is read once: 0 when the flush succeeded. */
static int hold_and_flush(const char *dir, const char *plan, const char *how)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)execl("/proc/self/exe", "hold", dir, how, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* 1 when the flush failed, 2 when what is seen then is not as it should be. */
static int child(const char *dir, const char *how)
{
	struct gm_store *store;
	struct gm_ref_value value = {.oid = gm_oid_zero};

	if (gm_store_open(&store, dir) < 0 ||
		gm_store_ref_read(&value, store, "refs/heads/main") < 0)
		return 3;
	struct gm_oid old = value.oid;
	gm_store_set_flushed(store, !strcmp(how, "commit"));
	must(gm_store_hold_flushes(store, true));
	struct gm_oid new = commit_each(store, old, 100, 105);
	int rc = gm_store_flush(store);
	int found = has_memory(store, 104);
	if (gm_store_ref_read(&value, store, "refs/heads/main") < 0 ||
		!gm_oid_equal(&value.oid, rc < 0 ? &old : &new) || found != (rc == 0))
		return 2;
	gm_store_free(store);
	return rc < 0;
}

/* Five commits and one flush: that one and no other can fail. */
static void several_commits_are_flushed_once(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid = commit_each(store, gm_oid_zero, 0, 2);

	(void)state;
	assert_int_equal(hold_and_flush(dir, "fsync:1", "commit"), 1);
	assert_ref(store, &oid);
	assert_int_equal(has_memory(store, 104), 0);
	assert_int_equal(hold_and_flush(dir, "fsync:1+", "commit"), 1);
	assert_ref(store, &oid);
	assert_sound(store);
	assert_int_equal(hold_and_flush(dir, "fsync:2+", "commit"), 0);
	assert_memories(store, 100, 105);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

/* The first write says who has the lock, the second is the group. */
static void a_group_that_cannot_be_written_was_never_there(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_oid oid = commit_each(store, gm_oid_zero, 0, 2);

	(void)state;
	assert_int_equal(hold_and_flush(dir, "write:2", "commit"), 1);
	assert_ref(store, &oid);
	oid = commit_each(store, oid, 2, 4);
	assert_memories(store, 0, 4);
	assert_sound(store);
	assert_int_equal(hold_and_flush(dir, "write:3", "commit"), 0);
	assert_memories(store, 100, 105);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void without_flushes_none_is_made(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);

	(void)state;
	(void)commit_each(store, gm_oid_zero, 0, 2);
	assert_int_equal(hold_and_flush(dir, "fsync:1+", "none"), 0);
	assert_memories(store, 100, 105);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}
#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
#else
	(void)argc;
	(void)argv;
#endif
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_is_seen_by_its_writer_alone),
		cmocka_unit_test(upkeep_and_large_batches_flush_early),
		cmocka_unit_test(another_process_commits_behind_what_is_held),
		cmocka_unit_test(what_is_held_by_one_that_dies_was_never_there),
#ifdef GM_FAULT_INJECTION
		cmocka_unit_test(several_commits_are_flushed_once),
		cmocka_unit_test(a_group_that_cannot_be_written_was_never_there),
		cmocka_unit_test(without_flushes_none_is_made),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
