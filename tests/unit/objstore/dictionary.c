#include "tests/unit/objstore/segment_store.h"

#include "objstore/dictionary.h"

static void add_samples(struct gm_samples *samples, unsigned n)
{
	char text[800];

	for (unsigned i = 0; i < n; i++)
		must(gm_samples_add(samples, text, memory_text(text, i)));
}

/* Compress and expand; returns how many bytes it took. */
static size_t go_round(struct gm_codec *codec, const void *data, size_t size,
	const struct gm_codec_help *help)
{
	gm_autobuf packed = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf back = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_codec_compress(&packed, codec, data, size, size, GM_ZSTD_LEVEL, help));
	must(gm_buf_reserve(&back, size));
	must(gm_codec_decompress(back.ptr, size, codec, packed.ptr, packed.size, help));
	assert_memory_equal(back.ptr, data, size);
	/* Another size than the true one is seen, and so is a cut. */
	assert_int_equal(gm_codec_decompress(back.ptr, size - 1, codec, packed.ptr,
				 packed.size, help),
		GM_EMISMATCH);
	assert_int_equal(gm_codec_decompress(back.ptr, size, codec, packed.ptr,
				 packed.size - 1, help),
		GM_EMISMATCH);
	return packed.size;
}

static void a_dictionary_helps_and_is_read_back(void **state)
{
	char *dir = scratch_new();
	struct gm_samples samples = GM_SAMPLES_INIT;
	struct gm_manifest_dictionary what;
	struct gm_codec codec = {NULL, NULL};
	struct gm_codec_help help = {NULL, NULL, 0};
	char text[800];

	(void)state;
	add_samples(&samples, 1000);
	must(gm_dictionary_train(
		&what, dir, GM_OBJECT_BLOB, &samples, GM_DICTIONARY_SIZE));
	what.slot = 3;
	size_t size = memory_text(text, 5000);
	size_t without = go_round(&codec, text, size, &help);
	must(gm_dictionary_open(&help.dictionary, dir, &what));
	assert_int_equal(gm_dictionary_slot(help.dictionary), 3);
	assert_true(go_round(&codec, text, size, &help) < without);
	gm_dictionary_free(help.dictionary);
	what.crc ^= 1;
	assert_int_equal(gm_dictionary_open(&help.dictionary, dir, &what), GM_EMISMATCH);
	gm_codec_dispose(&codec);
	gm_samples_dispose(&samples);
	scratch_remove(dir);
}

static void a_prefix_helps_however_far_back_it_begins(void **state)
{
	static const size_t sizes[] = {1000, 100000, 5000000};
	struct gm_codec codec = {NULL, NULL};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		gm_autobuf noise = GM_BUF_INIT(GM_BUF_LARGE);
		for (unsigned k = 0, x = 9; k < sizes[i];
			k++, x = x * 1664525 + 1013904223)
			must(gm_buf_putc(&noise, (char)(x >> 24)));
		gm_autobuf half = GM_BUF_INIT(GM_BUF_LARGE);
		must(gm_buf_put(&half, noise.ptr, noise.size / 2));
		const struct gm_codec_help help = {NULL, noise.ptr, noise.size};
		size_t n = go_round(&codec, half.ptr, half.size, &help);
		assert_true(n < sizes[i] / 20);
	}
	gm_codec_dispose(&codec);
}

static void private_records_are_no_samples(void **state)
{
	struct gm_samples samples = GM_SAMPLES_INIT;

	(void)state;
	must(gm_samples_add(&samples, "age-encryption.org/v1\nsecret", 28));
	must(gm_samples_add(&samples, "", 0));
	assert_int_equal(samples.n, 0);
	must(gm_samples_add(&samples, "age", 3));
	assert_int_equal(samples.n, 1);
	gm_samples_dispose(&samples);
}

static void too_few_samples_make_no_dictionary(void **state)
{
	char *dir = scratch_new();
	struct gm_samples samples = GM_SAMPLES_INIT;
	struct gm_manifest_dictionary what;

	(void)state;
	add_samples(&samples, GM_DICTIONARY_SAMPLES_MIN - 1);
	assert_int_equal(gm_dictionary_train(&what, dir, GM_OBJECT_BLOB, &samples,
				 GM_DICTIONARY_SIZE),
		GM_ENO);
	add_samples(&samples, 5000);
	assert_true(gm_samples_full(&samples));
	assert_int_equal(samples.n, GM_DICTIONARY_SAMPLES_MAX);
	gm_samples_dispose(&samples);
	scratch_remove(dir);
}

static void what_does_not_get_smaller_is_not_compressed(void **state)
{
	struct gm_codec codec = {NULL, NULL};
	const struct gm_codec_help help = {NULL, NULL, 0};
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(gm_codec_compress(&out, &codec, "qwertzuiopasdfghjklyxcvbnm", 26,
				 26, GM_ZSTD_LEVEL, &help),
		GM_ENO);
	assert_int_equal(out.size, 0);
	gm_codec_dispose(&codec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dictionary_helps_and_is_read_back),
		cmocka_unit_test(a_prefix_helps_however_far_back_it_begins),
		cmocka_unit_test(private_records_are_no_samples),
		cmocka_unit_test(too_few_samples_make_no_dictionary),
		cmocka_unit_test(what_does_not_get_smaller_is_not_compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
