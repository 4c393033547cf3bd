#include "index/static_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

static const char tokenizer[] =
	"{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
	"\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
	"\"vocab\":{\"[UNK]\":0,\"cat\":1,\"dog\":2,\"car\":3}}}";

static const float rows[] = {9, 9, 1, 0, 0.5F, 0.5F, 0, -2};

static void put_u64(struct gm_buf *out, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		must(gm_buf_putc(out, (char)(value >> (8 * i))));
}

/* A file of this header and these data. */
static void write_tensors(
	const char *dir, const char *header, const void *data, size_t size)
{
	gm_autobuf file = GM_BUF_INIT(GM_BUF_TEXT);

	put_u64(&file, strlen(header));
	must(gm_buf_puts(&file, header));
	must(gm_buf_put(&file, data, size));
	scratch_write(dir, "model.safetensors", file.ptr, file.size);
}

static const char plain[] =
	"{\"__metadata__\":{\"format\":\"pt\"},\"embeddings\":{\"dtype\":\"F32\","
	"\"shape\":[4,2],\"data_offsets\":[0,32]}}";

static char *make_model(void)
{
	char *dir = scratch_new();

	scratch_write(dir, "tokenizer.json", tokenizer, strlen(tokenizer));
	write_tensors(dir, plain, rows, sizeof(rows));
	return dir;
}

static void check_vector(const char *dir, const char *text, float x, float y, int line)
{
	gm_cleanup(gm_static_model_free_p) struct gm_static_model *model = NULL;
	float vector[2];

	must(gm_static_model_open(&model, dir));
	assert_int_equal(gm_static_model_dims(model), 2);
	must(gm_static_model_encode(vector, model, text, strlen(text)));
	if (fabsf(vector[0] - x) > 1e-6F || fabsf(vector[1] - y) > 1e-6F)
		fail_msg("line %d: %g %g, not %g %g", line, (double)vector[0],
			(double)vector[1], (double)x, (double)y);
}

#define assert_vector(dir, text, x, y) check_vector(dir, text, x, y, __LINE__)

static void a_text_is_the_mean_of_its_pieces(void **state)
{
	char *dir = make_model();

	(void)state;
	assert_vector(dir, "Cat", 1, 0);
	assert_vector(dir, "cat dog", 0.75F, 0.25F);
	assert_vector(dir, "car, car dog cat", 0.375F, -0.875F);
	scratch_remove(dir);
}

static void what_is_unknown_does_not_count(void **state)
{
	char *dir = make_model();

	(void)state;
	assert_vector(dir, "a cat sat", 1, 0);
	assert_vector(dir, "nothing", 0, 0);
	assert_vector(dir, "", 0, 0);
	assert_vector(dir,
		"\xff"
		"cat\xfe cat",
		1, 0);
	scratch_remove(dir);
}

static void only_the_beginning_of_a_long_text_counts(void **state)
{
	char *dir = make_model();
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	/* 512 times the three characters that pieces have in the middle. */
	for (size_t i = 0; i < 384; i++)
		must(gm_buf_puts(&text, "cat "));
	for (size_t i = 0; i < 384; i++)
		must(gm_buf_puts(&text, "car "));
	assert_vector(dir, gm_buf_str(&text), 1, 0);
	scratch_remove(dir);
}

static void numbers_of_other_sizes_are_read(void **state)
{
	char *dir = make_model();
	static const uint16_t half[] = {0, 0, 0x3c00, 0, 0x3800, 0x3800, 0, 0xc000};
	static const uint16_t brain[] = {0, 0, 0x3f80, 0, 0x3f00, 0x3f00, 0, 0xc000};
	static const int8_t bytes[] = {0, 0, 2, 0, 1, 1, 0, -4};

	(void)state;
	write_tensors(dir,
		"{\"embeddings\":{\"dtype\":\"F16\",\"shape\":[4,2],"
		"\"data_offsets\":[0,16]}}",
		half, sizeof(half));
	assert_vector(dir, "cat dog", 0.75F, 0.25F);
	assert_vector(dir, "car", 0, -2);
	write_tensors(dir,
		"{\"embeddings\":{\"dtype\":\"BF16\",\"shape\":[4,2],"
		"\"data_offsets\":[0,16]}}",
		brain, sizeof(brain));
	assert_vector(dir, "cat dog car", 0.5F, -0.5F);
	write_tensors(dir,
		"{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[4,2],"
		"\"data_offsets\":[0,8]}}",
		bytes, sizeof(bytes));
	assert_vector(dir, "dog car", 0.5F, -1.5F);
	scratch_remove(dir);
}

struct quantized {
	float rows[4];
	double weights[4];
	int64_t mapping[4];
};

static void ids_may_share_rows_and_have_weights(void **state)
{
	static const struct quantized data = {
		.rows = {1, 0, 0, 1},
		.weights = {0, 1, 0.5, 2},
		.mapping = {0, 0, 1, 1},
	};
	char *dir = make_model();

	(void)state;
	write_tensors(dir,
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,"
		"16]},"
		"\"weights\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[16,48]},"
		"\"mapping\":{\"dtype\":\"I64\",\"shape\":[4],\"data_offsets\":[48,80]}}",
		&data, sizeof(data));
	assert_vector(dir, "cat", 1, 0);
	assert_vector(dir, "dog", 0, 0.5F);
	assert_vector(dir, "dog car", 0, 1.25F);
	scratch_remove(dir);
}

static void a_model_of_sentence_transformers_lies_one_folder_deeper(void **state)
{
	char *dir = make_model();

	(void)state;
	write_tensors(dir,
		"{\"embedding.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],"
		"\"data_offsets\":[0,32]}}",
		rows, sizeof(rows));
	assert_vector(dir, "cat", 1, 0);
	assert_int_equal(shell(NULL, dir,
				 "mkdir 0_StaticEmbedding && "
				 "mv tokenizer.json model.safetensors 0_StaticEmbedding"),
		0);
	assert_vector(dir, "cat dog", 0.75F, 0.25F);
	scratch_remove(dir);
}

static void the_hash_is_of_both_files(void **state)
{
	char *dir = make_model();
	uint8_t first[GM_SHA256_SIZE];
	uint8_t second[GM_SHA256_SIZE];
	float other[8] = {1};

	(void)state;
	must(gm_static_model_hash(first, dir));
	must(gm_static_model_hash(second, dir));
	assert_memory_equal(first, second, sizeof(first));
	write_tensors(dir, plain, other, sizeof(other));
	must(gm_static_model_hash(second, dir));
	assert_memory_not_equal(first, second, sizeof(first));
	write_tensors(dir, plain, rows, sizeof(rows));
	scratch_write(dir, "tokenizer.json", "{}", 2);
	must(gm_static_model_hash(second, dir));
	assert_memory_not_equal(first, second, sizeof(first));
	scratch_remove(dir);
}

static void check_refused(const char *dir, const char *why, int line)
{
	struct gm_static_model *model = NULL;
	int rc = gm_static_model_open(&model, dir);

	if (rc >= 0 || !strstr(gm_error_last()->message, why))
		fail_msg("line %d: %d '%s'", line, rc, gm_error_last()->message);
}

#define assert_refused(dir, why) check_refused(dir, why, __LINE__)

static void a_folder_that_lacks_a_file_is_no_model(void **state)
{
	char *dir = scratch_new();

	(void)state;
	assert_refused(dir, "there is no ");
	write_tensors(dir, plain, rows, sizeof(rows));
	assert_refused(dir, "tokenizer.json");
	scratch_remove(dir);
}

static void broken_tensors_are_refused(void **state)
{
	static const char *const headers[] = {
		"",
		"[]",
		"{}",
		"{\"embeddings\":3}",
		"{\"embeddings\":{\"dtype\":\"Q4\",\"shape\":[4,2],\"data_offsets\":[0,"
		"32]}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,32]"
		"}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[-4,2],"
		"\"data_offsets\":[0,32]}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,9223372036854775807],"
		"\"data_offsets\":[0,32]}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,2],"
		"\"data_offsets\":[8,40]}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,2],"
		"\"data_offsets\":[32,0]}}",
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,3],"
		"\"data_offsets\":[0,32]}}",
	};
	char *dir = make_model();

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		write_tensors(dir, headers[i], rows, sizeof(rows));
		assert_refused(dir, "");
	}
	scratch_write(dir, "model.safetensors", "\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10);
	assert_refused(dir, "too long");
	scratch_write(dir, "model.safetensors", "abc", 3);
	assert_refused(dir, "cut off");
	scratch_remove(dir);
}

static void every_piece_must_have_a_vector(void **state)
{
	char *dir = make_model();

	(void)state;
	write_tensors(dir,
		"{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[3,2],"
		"\"data_offsets\":[0,24]}}",
		rows, 24);
	assert_refused(dir, "4 pieces and 3 vectors");
	scratch_remove(dir);
}

static void vectors_that_are_too_long_are_refused(void **state)
{
	static const char header[] =
		"{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[4,4097],"
		"\"data_offsets\":[0,16388]}}";
	char *dir = make_model();
	gm_autofree char *data = gm_calloc(4, 4097);

	(void)state;
	write_tensors(dir, header, data, 16388);
	assert_refused(dir, "4097 numbers");
	scratch_remove(dir);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
	gm_cleanup(gm_static_model_free_p) struct gm_static_model *model = NULL;
	char *dir = make_model();
	float vector[2];

	(void)state;
	must(gm_static_model_open(&model, dir));
	assert_int_equal(shell(NULL, dir, "truncate -s 100 model.safetensors"), 0);
	assert_int_equal(gm_static_model_encode(vector, model, "car", 3), GM_EINVALID);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_the_mean_of_its_pieces),
		cmocka_unit_test(what_is_unknown_does_not_count),
		cmocka_unit_test(only_the_beginning_of_a_long_text_counts),
		cmocka_unit_test(numbers_of_other_sizes_are_read),
		cmocka_unit_test(ids_may_share_rows_and_have_weights),
		cmocka_unit_test(a_model_of_sentence_transformers_lies_one_folder_deeper),
		cmocka_unit_test(the_hash_is_of_both_files),
		cmocka_unit_test(a_folder_that_lacks_a_file_is_no_model),
		cmocka_unit_test(broken_tensors_are_refused),
		cmocka_unit_test(every_piece_must_have_a_vector),
		cmocka_unit_test(vectors_that_are_too_long_are_refused),
		cmocka_unit_test(a_file_that_shrinks_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
