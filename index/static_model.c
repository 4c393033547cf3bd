#include "index/static_model.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "index/embedding.h"
#include "index/file_sum.h"
#include "index/safetensors.h"
#include "index/tokens.h"

#define MAX_TOKENS 512
#define MAX_TOKENIZER ((size_t)128 << 20)

/* A piece is at most so long on the average, whatever the tokenizer says. */
#define MAX_MEDIAN 32

struct gm_static_model {
	struct gm_tokens *tokens;
	struct gm_safetensors *file;
	struct gm_tensor embeddings;
	float *weights; /* by id; NULL: none */
	float *mapping;
	size_t n_weights;
	size_t n_mapping;
};

void gm_static_model_free(struct gm_static_model *model)
{
	if (!model)
		return;
	gm_tokens_free(model->tokens);
	gm_safetensors_free(model->file);
	gm_free(model->weights);
	gm_free(model->mapping);
	gm_free(model);
}

size_t gm_static_model_dims(const struct gm_static_model *model)
{
	return model->embeddings.columns;
}

/* The path of one of the model's files: in the folder, or where sentence-transformers has it. */
static char *file_path(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);
	gm_autofree char *deep = gm_path_join(dir, "0_StaticEmbedding");
	gm_autofree char *other = deep ? gm_path_join(deep, name) : NULL;

	if (!path || !other)
		return NULL;
	return gm_path_exists(path) || !gm_path_exists(other) ? gm_steal(&path)
							      : gm_steal(&other);
}

static int read_tokenizer(struct gm_static_model *model, const char *dir)
{
	gm_autobuf json = GM_BUF_INIT(MAX_TOKENIZER);
	gm_autofree char *path = file_path(dir, "tokenizer.json");
	int rc = path ? gm_file_read(&json, path) : GM_ENOMEM;

	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "there is no '%s'", path);
	if (rc == 0)
		rc = gm_tokens_new(&model->tokens, gm_buf_str(&json), json.size);
	return rc == GM_EINVALID ? gm_error_prefix("'%s'", path) : rc;
}

static int find_embeddings(struct gm_static_model *model, const char *dir)
{
	static const char *const names[] = {"embeddings", "embedding.weight", "0"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int rc = gm_safetensors_find(&model->embeddings, model->file, names[i]);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	return gm_error(GM_EINVALID, "the model in '%s' has no tensor 'embeddings'", dir);
}

/* An optional column; `*n_out` stays 0 without it. */
static int read_column(
	float **out, size_t *n_out, const struct gm_static_model *model, const char *name)
{
	struct gm_tensor tensor;
	int rc = gm_safetensors_find(&tensor, model->file, name);

	if (rc <= 0)
		return rc;
	rc = gm_safetensors_column(out, model->file, &tensor);
	if (rc == 0)
		*n_out = tensor.rows;
	return rc;
}

static int open_tensors(struct gm_static_model *model, const char *dir)
{
	gm_autofree char *path = file_path(dir, "model.safetensors");
	int rc = path ? gm_safetensors_open(&model->file, path) : GM_ENOMEM;

	if (rc == 0)
		rc = find_embeddings(model, dir);
	if (rc == 0)
		rc = read_column(&model->weights, &model->n_weights, model, "weights");
	if (rc == 0)
		rc = read_column(&model->mapping, &model->n_mapping, model, "mapping");
	return rc;
}

static int check(const struct gm_static_model *model, const char *dir)
{
	size_t n = model->mapping ? model->n_mapping : model->embeddings.rows;

	if (model->embeddings.columns > GM_EMBEDDING_MAX_DIMS)
		return gm_error(GM_EINVALID,
			"the model in '%s' has vectors of %zu numbers; %d are the most",
			dir, model->embeddings.columns, GM_EMBEDDING_MAX_DIMS);
	if (gm_tokens_count(model->tokens) <= n)
		return 0;
	return gm_error(GM_EINVALID,
		"the model in '%s' has %zu pieces and %zu vectors for them", dir,
		gm_tokens_count(model->tokens), n);
}

int gm_static_model_open(struct gm_static_model **out, const char *dir)
{
	gm_cleanup(gm_static_model_free_p) struct gm_static_model *model =
		gm_calloc(1, sizeof(*model));

	if (!model)
		return GM_ENOMEM;
	int rc = open_tensors(model, dir);
	if (rc == 0)
		rc = read_tokenizer(model, dir);
	if (rc == 0)
		rc = check(model, dir);
	if (rc < 0)
		return rc;
	*out = gm_steal(&model);
	return 0;
}

/* The first so many characters, in bytes. */
static size_t cut(const char *text, size_t size, size_t n_characters)
{
	size_t at = 0;

	while (at < size && n_characters-- > 0) {
		at++;
		while (at < size && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static int encode_ids(struct gm_token_ids *out, const struct gm_static_model *model,
	const char *text, size_t size)
{
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_LARGE);
	size_t median = gm_tokens_median(model->tokens);
	int rc = 0;

	size = cut(text, size, MAX_TOKENS * (median < MAX_MEDIAN ? median : MAX_MEDIAN));
	if (!gm_utf8_valid(text, size)) {
		rc = gm_utf8_replace(&clean, text, size);
		text = gm_buf_str(&clean);
		size = clean.size;
	}
	if (rc == 0)
		rc = gm_tokens_encode(out, model->tokens, text, size);
	if (out->n > MAX_TOKENS)
		out->n = MAX_TOKENS;
	return rc;
}

static size_t row_of(const struct gm_static_model *model, uint32_t id)
{
	if (!model->mapping)
		return id;
	float row = id < model->n_mapping ? model->mapping[id] : -1;
	return row >= 0 && row < (float)model->embeddings.rows ? (size_t)row : SIZE_MAX;
}

static int add_row(
	float *sum, float *row, const struct gm_static_model *model, uint32_t id)
{
	size_t dims = model->embeddings.columns;
	float weight = id < model->n_weights ? model->weights[id] : 1;
	int rc = gm_safetensors_row(
		row, model->file, &model->embeddings, row_of(model, id));

	for (size_t i = 0; i < dims && rc == 0; i++)
		sum[i] += row[i] * weight;
	return rc;
}

int gm_static_model_encode(
	float *out, const struct gm_static_model *model, const char *text, size_t size)
{
	gm_autotokenids ids = GM_TOKEN_IDS_INIT;
	gm_autofree float *row = NULL;
	size_t dims = model->embeddings.columns;
	int rc = encode_ids(&ids, model, text, size);

	if (rc < 0)
		return rc;
	row = gm_malloc(dims * sizeof(*row));
	if (!row)
		return GM_ENOMEM;
	memset(out, 0, dims * sizeof(*out));
	for (size_t i = 0; i < ids.n && rc == 0; i++)
		rc = add_row(out, row, model, ids.ids[i]);
	for (size_t i = 0; i < dims && ids.n; i++)
		out[i] /= (float)ids.n;
	return rc;
}

/* Sum up one of the files; large ones take a millisecond for some megabytes. */
static int sum_file(struct gm_sha256 *sha256, const char *dir, const char *name)
{
	gm_autofree char *path = file_path(dir, name);
	gm_autoclose int fd = -1;
	struct gm_file_sum sum;
	char bytes[65536];
	uint64_t numbers[2];
	int rc = path ? gm_open_regular(&fd, &(size_t){0}, path) : GM_ENOMEM;

	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "there is no '%s'", path);
	gm_file_sum_init(&sum);
	while (rc == 0) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot read '%s'", path);
		if (n == 0)
			break;
		gm_file_sum_add(&sum, bytes, (size_t)n);
	}
	numbers[0] = sum.size;
	numbers[1] = gm_file_sum_get(&sum);
	gm_sha256_update(sha256, numbers, sizeof(numbers));
	return rc;
}

int gm_static_model_hash(uint8_t out[GM_SHA256_SIZE], const char *dir)
{
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	int rc = sum_file(&sha256, dir, "tokenizer.json");
	if (rc == 0)
		rc = sum_file(&sha256, dir, "model.safetensors");
	if (rc < 0)
		return rc;
	gm_sha256_final(out, &sha256);
	return 0;
}
