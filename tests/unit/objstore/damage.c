/*
 * Every byte of what lies on disk flipped, and every truncation: reads are right or errors.
 */
#include "tests/unit/objstore/git_repo.h"

#define N 24

/* A store `DIR/o` of 24 objects as `pack` or loose, and what is in it. */
struct sample {
	char *dir;
	struct gm_oid oids[N];
	struct gm_buf data[N];
};

static void sample_make(struct sample *sample, const char *treatment)
{
	gm_autofree char *command = gm_format("cd o && %s", treatment);
	struct gm_batch *batch;

	sample->dir = scratch_new();
	assert_int_equal(shell(NULL, sample->dir, "git init -q --bare o"), 0);
	struct gm_store *store = git_repo_open(sample->dir, "o/objects");
	must(gm_batch_begin(&batch, store));
	for (int i = 0; i < N; i++) {
		sample->data[i] = (struct gm_buf)GM_BUF_INIT(GM_BUF_TEXT);
		for (int k = 0; k < 40; k++)
			must(gm_buf_printf(
				&sample->data[i], "line %d\n", k == 5 ? i + 100 : k));
		must(gm_batch_write(&sample->oids[i], batch, GM_OBJECT_BLOB,
			sample->data[i].ptr, sample->data[i].size));
	}
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	gm_store_free(store);
	assert_int_equal(shell(NULL, sample->dir, command), 0);
}

static void sample_remove(struct sample *sample)
{
	for (int i = 0; i < N; i++)
		gm_buf_dispose(&sample->data[i]);
	scratch_remove(sample->dir);
}

/* Read all; returns how many came out right, and fails when one comes out wrong. */
static int sample_read(const struct sample *sample)
{
	struct gm_store *store = git_repo_open(sample->dir, "o/objects");
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	int right = 0;

	for (int i = 0; i < N; i++) {
		enum gm_object_type type = GM_OBJECT_NONE;
		size_t size;
		int rc = gm_store_read(&data, &type, store, &sample->oids[i]);
		(void)gm_store_read_header(&type, &size, store, &sample->oids[i]);
		if (rc < 0) {
			assert_true(rc == GM_EMISMATCH || rc == GM_ENOTFOUND ||
				rc == GM_ETOOBIG || rc == GM_EINVALID);
			assert_true(gm_error_last()->message[0]);
			assert_int_equal(data.size, 0);
			continue;
		}
		assert_int_equal(data.size, sample->data[i].size);
		assert_memory_equal(data.ptr, sample->data[i].ptr, data.size);
		right++;
	}
	gm_store_free(store);
	return right;
}

static int count_fault(const char *subject, const char *fault, void *payload)
{
	assert_true(*subject && *fault);
	++*(int *)payload;
	return 0;
}

static int sample_check(const struct sample *sample)
{
	struct gm_store *store = git_repo_open(sample->dir, "o/objects");
	int faults = 0;

	must(gm_store_check(store, count_fault, &faults));
	gm_store_free(store);
	return faults;
}

/* The path of the file that `pattern` names, whose bytes go to `bytes`. */
static char *find_file(
	struct gm_buf *bytes, const struct sample *sample, const char *pattern)
{
	gm_autofree char *command =
		gm_format("chmod u+w %s && ls $PWD/%s", pattern, pattern);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	assert_int_equal(shell(&path, sample->dir, command), 0);
	path.ptr[path.size - 1] = '\0';
	must(gm_file_read(bytes, path.ptr));
	return gm_buf_detach(&path);
}

static void overwrite(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Flip a bit in every `step`th byte, one at a time. */
static void sweep_flips(
	const struct sample *sample, const char *pattern, size_t step, bool checked)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *path = find_file(&bytes, sample, pattern);

	for (size_t i = 0; i < bytes.size; i += step) {
		for (unsigned bit = 1; bit <= 0x80; bit <<= 3) {
			bytes.ptr[i] ^= (char)bit;
			overwrite(path, bytes.ptr, bytes.size);
			(void)sample_read(sample);
			if (checked)
				assert_true(sample_check(sample) > 0);
			bytes.ptr[i] ^= (char)bit;
		}
	}
	overwrite(path, bytes.ptr, bytes.size);
	assert_int_equal(sample_read(sample), N);
	assert_int_equal(sample_check(sample), 0);
}

static void sweep_truncations(const struct sample *sample, const char *pattern,
	size_t step, int right, bool checked)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *path = find_file(&bytes, sample, pattern);

	for (size_t n = 0; n < bytes.size; n += step) {
		overwrite(path, bytes.ptr, n);
		assert_int_equal(sample_read(sample), right);
		if (checked)
			assert_true(sample_check(sample) > 0);
	}
	must(gm_buf_putc(&bytes, 'x'));
	overwrite(path, bytes.ptr, bytes.size);
	assert_int_equal(sample_read(sample), right);
}

#define LOOSE "o/objects/*/*"

static void flips_in_a_loose_object_never_give_wrong_bytes(void **state)
{
	struct sample sample;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	(void)state;
	sample_make(&sample, ":");
	assert_int_equal(shell(&name, sample.dir, "ls " LOOSE " | head -n 1"), 0);
	name.ptr[name.size - 1] = '\0';
	sweep_flips(&sample, name.ptr, 1, false);
	sample_remove(&sample);
}

static void truncations_of_a_loose_object_are_errors(void **state)
{
	struct sample sample;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	(void)state;
	sample_make(&sample, ":");
	assert_int_equal(shell(&name, sample.dir, "ls " LOOSE " | head -n 1"), 0);
	name.ptr[name.size - 1] = '\0';
	sweep_truncations(&sample, name.ptr, 1, N - 1, false);
	sample_remove(&sample);
}

/* With deltas, in both ways of naming the base. */
static const char ofs_pack[] =
	"git cat-file --batch-all-objects --batch-check='%(objectname)' |"
	"git pack-objects -q --delta-base-offset objects/pack/pack && git prune-packed "
	"-q &&"
	"git verify-pack -v objects/pack/*.idx | grep -q 'chain length'";
static const char ref_pack[] =
	"git cat-file --batch-all-objects --batch-check='%(objectname)' |"
	"git pack-objects -q objects/pack/pack && git prune-packed -q";

static void flips_in_a_pack_never_give_wrong_bytes(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, ofs_pack);
	sweep_flips(&sample, "o/objects/pack/*.pack", 1, true);
	sample_remove(&sample);
	sample_make(&sample, ref_pack);
	sweep_flips(&sample, "o/objects/pack/*.pack", 1, true);
	sample_remove(&sample);
}

static void truncations_of_a_pack_are_errors(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, ofs_pack);
	sweep_truncations(&sample, "o/objects/pack/*.pack", 1, 0, true);
	sample_remove(&sample);
}

static void flips_in_an_index_never_give_wrong_bytes(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, ofs_pack);
	sweep_flips(&sample, "o/objects/pack/*.idx", 3, true);
	sample_remove(&sample);
}

static void truncations_of_an_index_are_errors(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, ofs_pack);
	sweep_truncations(&sample, "o/objects/pack/*.idx", 3, 0, true);
	sample_remove(&sample);
}

static void flips_in_an_index_of_version_1_never_give_wrong_bytes(void **state)
{
	struct sample sample;
	gm_autofree char *command =
		gm_format("%s && cd objects/pack && chmod u+w *.idx &&"
			  "rm -f *.rev && git index-pack --index-version=1 *.pack",
			ofs_pack);

	(void)state;
	sample_make(&sample, command);
	sweep_flips(&sample, "o/objects/pack/*.idx", 3, true);
	sample_remove(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flips_in_a_loose_object_never_give_wrong_bytes),
		cmocka_unit_test(truncations_of_a_loose_object_are_errors),
		cmocka_unit_test(flips_in_a_pack_never_give_wrong_bytes),
		cmocka_unit_test(truncations_of_a_pack_are_errors),
		cmocka_unit_test(flips_in_an_index_never_give_wrong_bytes),
		cmocka_unit_test(truncations_of_an_index_are_errors),
		cmocka_unit_test(flips_in_an_index_of_version_1_never_give_wrong_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
