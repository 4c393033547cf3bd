#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/objstore/git_repo.h"

/* An empty bare repository `DIR/o` of stock git, and our store in it. */
static struct gm_store *open_empty(const char *dir)
{
	assert_int_equal(shell(NULL, dir, "git init -q --bare o"), 0);
	return git_repo_open(dir, "o/objects");
}

/* Blobs number `from` to `to - 1`. */
static void write_blobs(struct gm_batch *batch, int from, int to)
{
	char text[600];
	struct gm_oid oid;

	for (int i = from; i < to; i++) {
		int n = snprintf(text, sizeof(text), "memory %d\n", i);
		memset(text + n, 'a' + i % 26, (size_t)(i % 500));
		must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, text,
			(size_t)n + (size_t)(i % 500)));
	}
}

static void assert_git_agrees(const char *dir, int n_objects)
{
	gm_autofree char *command = gm_format(
		"cd o && git fsck --strict --no-dangling 2>&1 && for i in "
		"objects/pack/*.idx; "
		"do"
		" test ! -e $i || git verify-pack -v $i >/dev/null || exit 1; done &&"
		" test $(git cat-file --batch-all-objects --batch-check | wc -l) = %d",
		n_objects);

	assert_int_equal(shell(NULL, dir, command), 0);
}

/* What `write_blobs` wrote becomes `n` objects that git and we read alike. */
static void assert_stored(const char *dir, struct gm_store *store, int n)
{
	gm_autofree char *repo = gm_path_join(dir, "o");

	assert_git_agrees(dir, n);
	git_repo_assert_same(store, repo);
	git_repo_assert_sound(store);
}

static void few_objects_become_loose_ones(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	struct gm_batch *batch;

	(void)state;
	must(gm_batch_begin(&batch, store));
	write_blobs(batch, 0, 100);
	assert_int_equal(shell(NULL, dir, "test -z \"$(find o/objects -type f)\""), 0);
	must(gm_batch_commit(batch));
	assert_stored(dir, store, 100);
	assert_int_equal(shell(NULL, dir,
				 "test -z \"$(ls o/objects/pack)\" && cd o/objects &&"
				 "test -z \"$(find . -type f ! -perm 0444)\""),
		0);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void many_objects_become_one_pack(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	struct gm_batch *batch;

	(void)state;
	must(gm_batch_begin(&batch, store));
	write_blobs(batch, 0, 3000);
	write_blobs(batch, 0, 50); /* again: they are in the batch already */
	must(gm_batch_commit(batch));
	assert_stored(dir, store, 3000);
	/* Nothing leads there yet, so a `git repack` of this moment must leave it alone. */
	assert_int_equal(shell(NULL, dir, "ls o/objects/pack/*.keep"), 0);
	assert_int_equal(shell(NULL, dir, "git --git-dir=o repack -a -d -q"), 0);
	assert_stored(dir, store, 3000);
	gm_batch_free(batch);
	assert_int_equal(
		shell(NULL, dir,
			"test $(ls o/objects/pack | wc -l) = 2 && cd o/objects &&"
			"test $(find . -type f -perm 0444 | wc -l) = 2"),
		0);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_batch_is_usable_again_after_a_commit(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	struct gm_batch *batch;

	(void)state;
	must(gm_batch_begin(&batch, store));
	must(gm_batch_commit(batch));
	write_blobs(batch, 0, 300);
	must(gm_batch_commit(batch));
	write_blobs(batch, 290, 310);
	must(gm_batch_commit(batch));
	write_blobs(batch, 200, 500);
	must(gm_batch_commit(batch));
	assert_stored(dir, store, 500);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_batch_that_is_dropped_leaves_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	struct gm_batch *batch;

	(void)state;
	must(gm_batch_begin(&batch, store));
	write_blobs(batch, 0, 500);
	gm_batch_free(batch);
	must(gm_batch_begin(&batch, store));
	write_blobs(batch, 0, 5);
	gm_batch_free(batch);
	gm_store_free(store);
	assert_int_equal(shell(NULL, dir, "test -z \"$(find o/objects -type f)\""), 0);
	scratch_remove(dir);
}

/* All types, sizes around the steps of the encodings, and contents that do not compress. */
static void all_shapes_of_objects_are_kept(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 2047, 2048, 65535, 65536, 300000};
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	gm_autobuf noise = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_batch *batch;

	(void)state;
	for (unsigned i = 0, x = 3; i < 300000; i++, x = x * 1664525 + 1013904223)
		must(gm_buf_putc(&noise, (char)(x >> 24)));
	must(gm_batch_begin(&batch, store));
	for (int packed = 0; packed < 2; packed++) {
		if (packed)
			write_blobs(batch, 0, 120);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			enum gm_object_type type;
			struct gm_oid oid;
			const char *from = noise.ptr + 300000 - sizes[i];
			must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, from, sizes[i]));
			must(gm_batch_read(&back, &type, batch, &oid));
			assert_int_equal(type, GM_OBJECT_BLOB);
			assert_int_equal(back.size, sizes[i]);
			assert_memory_equal(back.ptr, from, sizes[i]);
		}
		must(gm_batch_commit(batch));
	}
	assert_stored(dir, store, 120 + 9);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_batch_reads_what_is_stored_and_what_is_new(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	struct gm_batch *batch;
	struct gm_oid old;
	struct gm_oid new;

	(void)state;
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&old, batch, GM_OBJECT_BLOB, "old", 3));
	must(gm_batch_commit(batch));
	must(gm_batch_write(&new, batch, GM_OBJECT_TREE, NULL, 0));
	must(gm_batch_read(&data, &type, batch, &old));
	assert_string_equal(gm_buf_str(&data), "old");
	must(gm_batch_read(&data, &type, batch, &new));
	assert_int_equal(type, GM_OBJECT_TREE);
	assert_int_equal(gm_store_exists(store, &new), 0);
	write_blobs(batch, 0, 200);
	must(gm_batch_read(&data, &type, batch, &new));
	assert_int_equal(type, GM_OBJECT_TREE);
	must(gm_batch_read(&data, &type, batch, &old));
	assert_string_equal(gm_buf_str(&data), "old");
	old.bytes[0] ^= 1;
	assert_int_equal(gm_batch_read(&data, &type, batch, &old), GM_ENOTFOUND);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void write_hello(struct gm_store *store)
{
	struct gm_batch *batch;
	struct gm_oid oid;

	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "hello\n", 6));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
}

#define HELLO "o/objects/ce/013625030ba8dba906f756967f9e9ca394464a"

static void a_damaged_copy_is_written_anew(void **state)
{
	static const char *const damages[] = {": >", "head -c 9 good >",
		"tac good | head -c 40 >", "(cat good; echo) >", "rm -f ",
		"printf 'x\\234\\3\\0\\0\\0\\0\\1' >"};
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);

	(void)state;
	write_hello(store);
	assert_int_equal(shell(NULL, dir, "cp " HELLO " good && chmod u+w " HELLO), 0);
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		gm_autofree char *damage = gm_format("%s " HELLO, damages[i]);
		assert_int_equal(shell(NULL, dir, damage), 0);
		write_hello(store);
		assert_int_equal(
			shell(NULL, dir, "cmp good " HELLO " && chmod u+w " HELLO), 0);
	}
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_sound_copy_is_kept_and_made_young(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	gm_autofree char *path = gm_path_join(dir, HELLO);
	struct stat before;
	struct stat after;

	(void)state;
	write_hello(store);
	assert_int_equal(shell(NULL, dir, "touch -d 2001-01-01 " HELLO), 0);
	assert_int_equal(stat(path, &before), 0);
	write_hello(store);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_true(after.st_mtime > before.st_mtime + 1000);
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_object_in_a_pack_is_not_written_again(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);

	(void)state;
	write_hello(store);
	assert_int_equal(
		shell(NULL, dir,
			"cd o && git cat-file --batch-all-objects --batch-check="
			"'%(objectname)' | git pack-objects -q objects/pack/pack &&"
			"git prune-packed && touch -d 2001-01-01 objects/pack/*"),
		0);
	write_hello(store);
	assert_int_equal(shell(NULL, dir,
				 "test ! -e " HELLO " &&"
				 "test -n \"$(find o/objects/pack -name '*.pack' "
				 "-newermt 2020-01-01)\""),
		0);
	/* One that is damaged in there is. */
	assert_int_equal(
		shell(NULL, dir,
			"cd o/objects/pack && chmod u+w *.pack && printf zzz |"
			"dd of=$(ls *.pack) bs=1 seek=16 conv=notrunc 2>/dev/null"),
		0);
	gm_store_free(store);
	store = git_repo_open(dir, "o/objects");
	write_hello(store);
	assert_int_equal(shell(NULL, dir, "test -e " HELLO), 0);
	gm_store_free(store);
	scratch_remove(dir);
}

/* Between the steps of a batch a peer may remove every empty folder, again and again. */
static void folders_that_vanish_are_made_again(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	struct gm_batch *batch;

	(void)state;
	must(gm_batch_begin(&batch, store));
	pid_t peer = fork();
	if (peer == 0) {
		char path[4096];
		for (unsigned i = 0;; i = (i + 1) % 256) {
			(void)snprintf(path, sizeof(path), "%s/o/objects/%02x", dir, i);
			(void)rmdir(path);
		}
	}
	for (int i = 0; i < 20; i++) {
		write_blobs(batch, i * 20, i * 20 + 20);
		must(gm_batch_commit(batch));
	}
	assert_int_equal(kill(peer, SIGKILL), 0);
	assert_int_equal(waitpid(peer, NULL, 0), peer);
	assert_stored(dir, store, 400);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void large_objects_do_not_pile_up_in_memory(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = open_empty(dir);
	size_t size = (size_t)12 << 20;
	char *data = calloc(1, size);
	struct gm_batch *batch;
	struct gm_oid oid;

	(void)state;
	must(gm_batch_begin(&batch, store));
	for (int i = 0; i < 6; i++) {
		data[0] = (char)i;
		must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, data, size));
	}
	must(gm_batch_commit(batch));
	assert_git_agrees(dir, 6);
	assert_int_equal(
		shell(NULL, dir, "test $(ls o/objects/pack/*.pack | wc -l) = 1"), 0);
	assert_int_equal(
		gm_batch_write(&oid, batch, GM_OBJECT_BLOB, data, GM_OBJECT_MAX_SIZE + 1),
		GM_ETOOBIG);
	free(data);
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_objects_become_loose_ones),
		cmocka_unit_test(many_objects_become_one_pack),
		cmocka_unit_test(a_batch_is_usable_again_after_a_commit),
		cmocka_unit_test(a_batch_that_is_dropped_leaves_nothing),
		cmocka_unit_test(all_shapes_of_objects_are_kept),
		cmocka_unit_test(a_batch_reads_what_is_stored_and_what_is_new),
		cmocka_unit_test(a_damaged_copy_is_written_anew),
		cmocka_unit_test(a_sound_copy_is_kept_and_made_young),
		cmocka_unit_test(an_object_in_a_pack_is_not_written_again),
		cmocka_unit_test(folders_that_vanish_are_made_again),
		cmocka_unit_test(large_objects_do_not_pile_up_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
