/*
 * A store made out of another one: what is linked, what is not taken over, and what the other one
 * may do meanwhile.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/objstore/compact.h"
#include "tests/unit/objstore/git_repo.h"

#include "objstore/segments_write.h"
#include "objstore/store_clone.h"

static void seal(struct gm_store *store)
{
	must(gm_segments_lock(store->segments));
	must(gm_segments_seal(store->segments));
	gm_segments_unlock(store->segments);
}

/* Clone into a new folder, which is returned. */
static char *clone_store(struct gm_store_clone_result *out, struct gm_store *from)
{
	char *dir = scratch_new();

	must(gm_store_clone(out, dir, from));
	return dir;
}

static ino_t inode_of(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static int fail_at_ref(const char *name, const struct gm_ref_value *value, void *payload)
{
	(void)value;
	(void)payload;
	fail_msg("there is a ref '%s'", name);
	return 0;
}

static void sealed_segments_are_linked_and_the_active_one_is_not(void **state)
{
	char *dir = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;

	(void)state;
	write_memories(from, 0, 600);
	seal(from);
	write_memories(from, 600, 650);
	char *copy = clone_store(&result, from);
	assert_true(result.has_segments);
	assert_true(result.n_linked >= 2);
	assert_int_equal(result.n_copied, 0);
	assert_int_equal(inode_of(dir, "store/seg-00000001"),
		inode_of(copy, "store/seg-00000001"));
	assert_int_not_equal(inode_of(dir, "store/seg-00000002"),
		inode_of(copy, "store/seg-00000002"));
	struct gm_store *to = segment_store_open(copy);
	assert_memories(to, 0, 650);
	assert_sound(to);
	assert_int_not_equal(
		to->segments->manifest.active_id, from->segments->manifest.active_id);
	gm_store_free(to);
	gm_store_free(from);
	scratch_remove(copy);
	scratch_remove(dir);
}

static void refs_and_their_logs_are_not_taken_over(void **state)
{
	char *dir = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;
	struct gm_oid none = {{0}};

	(void)state;
	(void)set_ref(from, "refs/heads/sealed", none, 1);
	seal(from);
	(void)set_ref(from, "refs/heads/active", none, 2);
	char *copy = clone_store(&result, from);
	struct gm_store *to = segment_store_open(copy);
	must(gm_store_refs_each(to, "", fail_at_ref, NULL));
	assert_memories(to, 1, 3);
	/* A ref of the same name begins anew. */
	(void)set_ref(to, "refs/heads/sealed", none, 5);
	seal(to);
	assert_sound(to);
	gm_store_free(to);
	gm_store_free(from);
	scratch_remove(copy);
	scratch_remove(dir);
}

static void both_go_on_by_themselves(void **state)
{
	char *dir = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;

	(void)state;
	write_memories(from, 0, 40);
	seal(from);
	write_memories(from, 40, 50);
	char *copy = clone_store(&result, from);
	struct gm_store *to = segment_store_open(copy);
	for (unsigned round = 0; round < 4; round++) {
		write_memories(from, 100 + 10 * round, 110 + 10 * round);
		seal(from);
		write_memories(to, 1000 + 10 * round, 1010 + 10 * round);
		seal(to);
	}
	assert_memories(from, 0, 50);
	assert_memories(from, 100, 140);
	assert_int_equal(has_memory(from, 1000), 0);
	assert_memories(to, 0, 50);
	assert_memories(to, 1000, 1040);
	assert_int_equal(has_memory(to, 100), 0);
	assert_sound(from);
	assert_sound(to);
	gm_store_free(to);
	gm_store_free(from);
	scratch_remove(copy);
	scratch_remove(dir);
}

/* All files of the one that was cloned go away. */
static void a_clone_outlives_what_it_was_made_of(void **state)
{
	char *dir = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;
	struct lives *lives = gm_malloc(sizeof(*lives));

	(void)state;
	write_memories(from, 0, 1000);
	seal(from);
	char *copy = clone_store(&result, from);
	lives_set(lives, 0, 10);
	(void)compact_all(from, lives, gm_time_now() + 1000 * GM_TIME_SECOND);
	assert_int_equal(has_memory(from, 500), 0);
	gm_store_free(from);
	scratch_remove(dir);
	struct gm_store *to = segment_store_open(copy);
	assert_memories(to, 0, 1000);
	assert_sound(to);
	lives_set(lives, 0, 500);
	(void)compact_all(to, lives, gm_time_now() + 1000 * GM_TIME_SECOND);
	assert_memories(to, 0, 500);
	assert_sound(to);
	gm_store_free(to);
	gm_free(lives);
	scratch_remove(copy);
}

/* Write, seal and collect for as long as the parent lets us. */
static void keep_changing(const char *dir)
{
	struct lives *lives = gm_malloc(sizeof(*lives));
	struct gm_store *store = segment_store_open(dir);

	lives_set(lives, 0, 700);
	for (unsigned i = 0;; i++) {
		write_memories(store, 2000 + 10 * (i % 50), 2010 + 10 * (i % 50));
		seal(store);
		if (i % 3 == 0)
			(void)compact_all(
				store, lives, gm_time_now() + 1000 * GM_TIME_SECOND);
	}
}

static void one_that_is_written_and_collected_meanwhile_is_cloned_whole(void **state)
{
	char *dir = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;

	(void)state;
	write_memories(from, 0, 700);
	pid_t child = fork();
	if (child == 0) {
		keep_changing(dir);
		_exit(0);
	}
	for (unsigned i = 0; i < test_cases(40); i++) {
		char *copy = clone_store(&result, from);
		struct gm_store *to = segment_store_open(copy);
		assert_memories(to, 0, 700);
		assert_sound(to);
		gm_store_free(to);
		scratch_remove(copy);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	gm_store_free(from);
	scratch_remove(dir);
}

static void a_damaged_store_is_not_cloned(void **state)
{
	char *dir = scratch_new();
	char *copy = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;

	(void)state;
	write_memories(from, 0, 20);
	seal(from);
	gm_store_free(from);
	assert_int_equal(shell(NULL, dir,
				 "printf x | dd of=store/idx-00000002 bs=1"
				 " seek=2000 conv=notrunc 2>/dev/null"),
		0);
	from = segment_store_open(dir);
	assert_int_equal(gm_store_clone(&result, copy, from), GM_EMISMATCH);
	gm_store_free(from);
	scratch_remove(copy);
	scratch_remove(dir);
}

/* Whoever can write there must not make us take in any file we can read. */
static void a_symbolic_link_in_the_place_of_a_segment_is_refused(void **state)
{
	char *dir = scratch_new();
	char *copy = scratch_new();
	struct gm_store *from = segment_store_new(dir);
	struct gm_store_clone_result result;

	(void)state;
	write_memories(from, 0, 20);
	seal(from);
	assert_int_equal(
		shell(NULL, dir,
			"cd store && mv seg-00000001 ../s && ln -s ../s seg-00000001"),
		0);
	assert_int_equal(gm_store_clone(&result, copy, from), GM_EMISMATCH);
	assert_int_equal(shell(NULL, copy, "test ! -e store/seg-00000001"), 0);
	gm_store_free(from);
	scratch_remove(copy);
	scratch_remove(dir);
}

static void loose_objects_packs_and_alternates_of_git_are_linked(void **state)
{
	char *dir = scratch_new();
	struct gm_store_clone_result result;

	(void)state;
	git_repo_make(dir,
		"git repack -q -d && echo loose | git hash-object -w --stdin >out &&"
		" git clone -q --shared . ../borrower && cd ../borrower &&"
		" git commit -q --allow-empty -m more && mkdir ../copy && git init -q "
		"--bare ../copy &&"
		" rm -rf ../copy/objects");
	struct gm_store *from = git_repo_open(dir, "borrower/.git/objects");
	gm_autofree char *copy = gm_path_join(dir, "copy");
	must(gm_store_clone(&result, copy, from));
	assert_false(result.has_segments);
	assert_true(result.n_linked > 0);
	gm_store_free(from);
	struct gm_store *to = git_repo_open(dir, "copy/objects");
	gm_autofree char *borrower = gm_path_join(dir, "borrower");
	git_repo_assert_same(to, borrower);
	git_repo_assert_sound(to);
	gm_store_free(to);
	assert_int_equal(shell(NULL, dir, "git -C copy fsck --strict"), 0);
	from = git_repo_open(dir, "r/.git/objects");
	assert_int_equal(shell(NULL, dir, "rm -rf copy/objects"), 0);
	must(gm_store_clone(&result, copy, from));
	gm_store_free(from);
	assert_int_equal(shell(NULL, dir, "rm -rf r borrower"), 0);
	assert_int_equal(shell(NULL, dir,
				 "git -C copy fsck --strict && git -C copy cat-file -e "
				 "$(echo loose | git hash-object --stdin)"),
		0);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_segments_are_linked_and_the_active_one_is_not),
		cmocka_unit_test(refs_and_their_logs_are_not_taken_over),
		cmocka_unit_test(both_go_on_by_themselves),
		cmocka_unit_test(a_clone_outlives_what_it_was_made_of),
		cmocka_unit_test(
			one_that_is_written_and_collected_meanwhile_is_cloned_whole),
		cmocka_unit_test(a_damaged_store_is_not_cloned),
		cmocka_unit_test(a_symbolic_link_in_the_place_of_a_segment_is_refused),
		cmocka_unit_test(loose_objects_packs_and_alternates_of_git_are_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
