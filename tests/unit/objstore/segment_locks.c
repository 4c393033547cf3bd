/*
 * What keeps gc and batches apart: the locks, and what a batch does when an object it relied on
 * is gone all the same.
 */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"
#include "objstore/segments_locks.h"
#include "objstore/segments_write.h"

static void upkeep_is_for_one_at_a_time(void **state)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct gm_store *b = segment_store_open(dir);

	(void)state;
	assert_int_equal(gm_segments_upkeep_try(a->segments), 1);
	assert_int_equal(gm_segments_upkeep_try(b->segments), 0);
	assert_int_equal(gm_segments_upkeep_try(a->segments), 0);
	gm_segments_upkeep_end(b->segments); /* not its own */
	assert_int_equal(gm_segments_upkeep_try(b->segments), 0);
	write_memories(b, 0, 3); /* writers do not care */
	gm_segments_upkeep_end(a->segments);
	assert_int_equal(gm_segments_upkeep_try(b->segments), 1);
	gm_store_free(b);
	assert_int_equal(gm_segments_upkeep_try(a->segments), 1);
	assert_sound(a);
	gm_store_free(a);
	scratch_remove(dir);
}

/* Run in a child which is killed once it has done its part. */
static void in_killed_child(const char *dir, void (*part)(struct gm_store *store))
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		part(segment_store_open(dir));
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void take_everything(struct gm_store *store)
{
	assert_int_equal(gm_segments_upkeep_try(store->segments), 1);
	must(gm_segments_lock(store->segments));
	assert_int_equal(gm_segments_quiet_try(store->segments), 1);
}

static void begin_a_batch(struct gm_store *store)
{
	struct gm_batch *batch;
	struct gm_oid oid;

	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "x", 1));
}

static void a_killed_holder_blocks_nobody(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);

	(void)state;
	in_killed_child(dir, take_everything);
	in_killed_child(dir, begin_a_batch);
	take_everything(store);
	gm_segments_quiet_end(store->segments);
	gm_segments_unlock(store->segments);
	write_memories(store, 0, 3);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void there_is_no_quiet_while_a_batch_lives(void **state)
{
	char *dir = scratch_new();
	struct gm_store *a = segment_store_new(dir);
	struct gm_store *b = segment_store_open(dir);
	struct gm_batch *batches[2];
	struct gm_oid oid;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		must(gm_batch_begin(&batches[i], a));
		must(gm_batch_write(&oid, batches[i], GM_OBJECT_BLOB, "x", 1));
	}
	assert_int_equal(gm_segments_quiet_try(b->segments), 0);
	assert_int_equal(gm_segments_quiet_try(a->segments), 0);
	must(gm_batch_commit(batches[0]));
	gm_batch_free(batches[0]);
	assert_int_equal(gm_segments_quiet_try(b->segments), 0);
	must(gm_batch_commit(batches[1]));
	assert_int_equal(gm_segments_quiet_try(b->segments), 0);
	gm_batch_free(batches[1]);
	assert_int_equal(gm_segments_quiet_try(b->segments), 1);
	gm_segments_quiet_end(b->segments);
	gm_store_free(a);
	gm_store_free(b);
	scratch_remove(dir);
}

static void a_batch_waits_for_the_end_of_the_quiet(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct pollfd done = {.events = POLLIN};
	int fds[2];
	char byte;
	int status;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(gm_segments_quiet_try(store->segments), 1);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		begin_a_batch(segment_store_open(dir));
		_exit(write(fds[1], "x", 1) != 1);
	}
	done.fd = fds[0];
	assert_int_equal(poll(&done, 1, 100), 0);
	gm_segments_quiet_end(store->segments);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	gm_store_free(store);
	scratch_remove(dir);
}

static void note_holder(const char *holder, void *payload)
{
	(void)snprintf(payload, 200, "%s", holder);
}

static void who_waits_long_is_told_who_has_the_lock(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	char told[200] = "";
	int ready[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct gm_store *other = segment_store_open(dir);
		gm_store_set_waiting(other, "sleeper", NULL, NULL);
		must(gm_segments_lock(other->segments));
		(void)!write(ready[1], "x", 1);
		(void)sleep(2);
		_exit(0); /* with the lock */
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	gm_store_set_waiting(store, "waiter", note_holder, told);
	write_memories(store, 0, 3);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	gm_autofree char *expected =
		gm_format("pid %ld, gitmem sleeper, since ", (long)pid);
	assert_int_equal(strncmp(told, expected, strlen(expected)), 0);
	assert_sound(store);
	(void)close(ready[0]);
	(void)close(ready[1]);
	gm_store_free(store);
	scratch_remove(dir);
}

/* What gc must not do without the locks: the manifest names nothing that was sealed. */
static void drop_all_sealed(const char *dir)
{
	struct gm_store *store = segment_store_open(dir);
	gm_automanifest next = {.generation = 0};

	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	must(gm_manifest_copy(&next, &store->segments->manifest));
	next.n_segments = 0;
	next.n_indexes = 0;
	must(gm_segments_write_manifest(store->segments, &next));
	gm_segments_unlock(store->segments);
	gm_store_free(store);
}

static void assert_refused(struct gm_batch *batch)
{
	assert_int_equal(gm_batch_commit(batch), GM_EMODIFIED);
	assert_non_null(strstr(gm_error_last()->message, "was removed by someone else"));
	gm_batch_free(batch);
}

static void a_batch_does_not_rely_on_what_is_gone(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[800];

	(void)state;
	write_memories(store, 0, 10);
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, 20)));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text, memory_text(text, 5)));
	drop_all_sealed(dir);
	assert_refused(batch);
	assert_int_equal(has_memory(store, 20), 0);
	write_memories(store, 0, 10);
	assert_memories(store, 0, 10);
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

static void no_ref_is_set_to_what_is_gone(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = segment_store_new(dir);
	struct gm_ref_change change = {.name = "refs/heads/main"};
	struct gm_ref_value value;
	struct gm_batch *batch;
	char text[800];

	(void)state;
	write_memories(store, 0, 10);
	gm_object_hash(&change.new_oid, GM_OBJECT_BLOB, text, memory_text(text, 5));
	must(gm_batch_begin(&batch, store));
	must(gm_batch_ref_update(batch, &change));
	drop_all_sealed(dir);
	assert_refused(batch);
	assert_int_equal(
		gm_store_ref_read(&value, store, "refs/heads/main"), GM_ENOTFOUND);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upkeep_is_for_one_at_a_time),
		cmocka_unit_test(a_killed_holder_blocks_nobody),
		cmocka_unit_test(there_is_no_quiet_while_a_batch_lives),
		cmocka_unit_test(a_batch_waits_for_the_end_of_the_quiet),
		cmocka_unit_test(who_waits_long_is_told_who_has_the_lock),
		cmocka_unit_test(a_batch_does_not_rely_on_what_is_gone),
		cmocka_unit_test(no_ref_is_set_to_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
