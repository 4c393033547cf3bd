#include "index/embedding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/libexec.h"
#include "base/strv.h"
#include "crypto/hash.h"
#include "index/embedding_answer.h"
#include "index/embedding_process.h"
#include "index/static_model.h"

/* A batch may take longer than a query, for which somebody waits. */
#define BATCH_TIMEOUT 15

#define MAX_ANSWER ((size_t)256 << 20)

/* Part of the names of models: change it when the same texts get other vectors. */
#define VERSION "gitmem embedding 1"

struct gm_embedding {
	struct gm_embedding_settings settings;
	struct gm_strv texts; /* those of the settings */
	char *dir;
	char *model_dir; /* static: where its files are */
	struct gm_static_model *model;
	struct gm_embedding_process *process;
	size_t dims;
	char trouble[512];
	bool away;
};

void gm_embedding_free(struct gm_embedding *embedding)
{
	if (!embedding)
		return;
	gm_embedding_process_free(embedding->process);
	gm_static_model_free(embedding->model);
	gm_strv_dispose(&embedding->texts);
	gm_free(embedding->model_dir);
	gm_free(embedding->dir);
	gm_free(embedding);
}

static int own(struct gm_embedding *embedding, const char **text)
{
	if (!*text)
		return 0;
	int rc = gm_strv_add(&embedding->texts, *text);
	if (rc == 0)
		*text = embedding->texts.items[embedding->texts.n - 1];
	return rc;
}

static int own_texts(struct gm_embedding *embedding)
{
	struct gm_embedding_settings *settings = &embedding->settings;
	const char **texts[] = {&settings->model, &settings->url, &settings->command,
		&settings->key_file, &settings->key_variable, &settings->query_prefix,
		&settings->text_prefix};
	int rc = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && rc == 0; i++)
		rc = own(embedding, texts[i]);
	return rc;
}

/* A path of the settings: `~/` is the home folder, others begin where the embedding is. */
static char *resolve(const struct gm_embedding *embedding, const char *path)
{
	const char *home = getenv("HOME");

	if (*path == '/')
		return gm_strdup(path);
	if (!strncmp(path, "~/", 2) && home)
		return gm_path_join(home, path + 2);
	return gm_path_join(embedding->dir, path);
}

int gm_embedding_new(struct gm_embedding **out,
	const struct gm_embedding_settings *settings, const char *dir)
{
	gm_cleanup(gm_embedding_free_p) struct gm_embedding *embedding =
		gm_calloc(1, sizeof(*embedding));

	if (!embedding)
		return GM_ENOMEM;
	embedding->settings = *settings;
	embedding->dims = settings->dims;
	embedding->dir = gm_strdup(dir);
	int rc = embedding->dir ? own_texts(embedding) : GM_ENOMEM;
	if (rc == 0 && settings->kind == GM_EMBEDDING_STATIC) {
		embedding->dims = 0;
		embedding->model_dir = resolve(embedding, settings->model);
		rc = embedding->model_dir ? 0 : GM_ENOMEM;
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&embedding);
	return 0;
}

const struct gm_embedding_settings *gm_embedding_settings_of(
	const struct gm_embedding *embedding)
{
	return &embedding->settings;
}

const char *gm_embedding_trouble(const struct gm_embedding *embedding)
{
	return embedding->trouble;
}

bool gm_embedding_is_away(const struct gm_embedding *embedding)
{
	return embedding->away;
}

size_t gm_embedding_dims(const struct gm_embedding *embedding)
{
	return embedding->dims;
}

void gm_embedding_expect(struct gm_embedding *embedding, size_t dims)
{
	if (!embedding->dims)
		embedding->dims = dims;
}

/* What is no failure of ours is trouble: 0 with the reason kept, or the error. */
static int note_trouble(struct gm_embedding *embedding, int rc)
{
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	embedding->away = rc != GM_EINVALID;
	(void)snprintf(embedding->trouble, sizeof(embedding->trouble), "%.500s",
		gm_error_last()->message);
	gm_error_clear();
	return 0;
}

static void hash_text(struct gm_sha256 *sha256, const char *text)
{
	if (!text)
		text = "";
	gm_sha256_update(sha256, text, strlen(text) + 1);
}

static int hash_static(struct gm_sha256 *sha256, struct gm_embedding *embedding)
{
	uint8_t hash[GM_SHA256_SIZE];
	int rc = gm_static_model_hash(hash, embedding->model_dir);

	if (rc == 0)
		gm_sha256_update(sha256, hash, sizeof(hash));
	return rc;
}

int gm_embedding_model(
	uint8_t out[GM_EMBEDDING_MODEL_SIZE], struct gm_embedding *embedding)
{
	const struct gm_embedding_settings *settings = &embedding->settings;
	struct gm_sha256 sha256;
	char dims[32];
	int rc = 0;

	gm_sha256_init(&sha256);
	hash_text(&sha256, VERSION);
	hash_text(&sha256, gm_embedding_kind_name(settings->kind));
	hash_text(&sha256, settings->text_prefix);
	if (settings->kind == GM_EMBEDDING_STATIC) {
		rc = hash_static(&sha256, embedding);
	} else {
		(void)snprintf(dims, sizeof(dims), "%zu", settings->dims);
		hash_text(&sha256, dims);
		hash_text(&sha256, settings->model);
		hash_text(&sha256,
			settings->kind == GM_EMBEDDING_ENDPOINT ? settings->url
								: settings->command);
	}
	if (rc < 0)
		return note_trouble(embedding, rc);
	gm_sha256_final(out, &sha256);
	embedding->trouble[0] = '\0';
	embedding->away = false;
	return 1;
}

static int start_endpoint(struct gm_embedding *embedding)
{
	const struct gm_embedding_settings *settings = &embedding->settings;
	gm_autobuf program = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *key_file = NULL;
	char dims[32];
	const char *argv[16];
	size_t n = 0;
	int rc = gm_libexec_find(&program, "gitmem-embed", "embed", "libcurl");

	if (rc < 0)
		return rc;
	(void)snprintf(dims, sizeof(dims), "%zu", settings->dims);
	argv[n++] = gm_buf_str(&program);
	argv[n++] = "--url";
	argv[n++] = settings->url;
	argv[n++] = "--model";
	argv[n++] = settings->model;
	argv[n++] = "--dimensions";
	argv[n++] = dims;
	if (settings->key_file) {
		key_file = resolve(embedding, settings->key_file);
		if (!key_file)
			return GM_ENOMEM;
		argv[n++] = "--key-file";
		argv[n++] = key_file;
	}
	if (settings->key_variable) {
		argv[n++] = "--key-variable";
		argv[n++] = settings->key_variable;
	}
	argv[n] = NULL;
	return gm_embedding_process_start(
		&embedding->process, "the endpoint", argv, embedding->dir);
}

static int start(struct gm_embedding *embedding)
{
	const char *const argv[] = {"sh", "-c", embedding->settings.command, NULL};

	if (embedding->process)
		return 0;
	if (embedding->settings.kind == GM_EMBEDDING_ENDPOINT)
		return start_endpoint(embedding);
	return gm_embedding_process_start(
		&embedding->process, "the embedding command", argv, embedding->dir);
}

static const char *prefix_of(
	const struct gm_embedding *embedding, enum gm_embedding_use use)
{
	return use == GM_EMBEDDING_QUERY ? embedding->settings.query_prefix
					 : embedding->settings.text_prefix;
}

/*
 * Ask for `n` texts at once: vectors of so many numbers as the embedding has from then on.
 * GM_EINVALID: the answer is of no use; GM_ERROR: there is none.
 */
static int ask(float **out, struct gm_embedding *embedding, enum gm_embedding_use use,
	const struct gm_embedding_text *texts, size_t n)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf answer = GM_BUF_INIT(MAX_ANSWER);
	gm_autofree float *vectors = NULL;
	size_t timeout_ms = embedding->settings.timeout_ms *
		(use == GM_EMBEDDING_QUERY ? 1 : BATCH_TIMEOUT);
	int rc = gm_embedding_question(&line, prefix_of(embedding, use), texts, n);

	if (rc == 0)
		rc = start(embedding);
	if (rc < 0)
		return rc;
	rc = gm_embedding_process_ask(
		&answer, embedding->process, line.ptr, line.size, timeout_ms);
	if (rc < 0) {
		gm_embedding_process_free(gm_steal(&embedding->process));
		return rc;
	}
	rc = gm_embedding_answer(
		&vectors, &embedding->dims, gm_buf_str(&answer), answer.size, n);
	/* All of them may be null while it is not known how many numbers they have. */
	if (rc == 0 && !embedding->dims)
		rc = gm_error(GM_EINVALID, "the answer has no vector");
	if (rc < 0)
		return rc;
	*out = gm_steal(&vectors);
	return 0;
}

/* The vector of one text into its place, or zeros for one that it cannot be made of. */
static int ask_for_one(float *out, struct gm_embedding *embedding,
	enum gm_embedding_use use, const struct gm_embedding_text *text)
{
	gm_autofree float *vector = NULL;
	int rc = ask(&vector, embedding, use, text, 1);

	if (rc < 0)
		return rc;
	memcpy(out, vector, embedding->dims * sizeof(*out));
	return 0;
}

/*
 * The answer to a batch is of no use. When it is one text that spoils it, the others are asked
 * for alone; when the first and the last fail as well, they all would.
 */
static int ask_one_by_one(float **out, struct gm_embedding *embedding,
	enum gm_embedding_use use, const struct gm_embedding_text *texts, size_t n)
{
	gm_autofree float *first = NULL;
	gm_autofree float *all = NULL;
	int rc = ask(&first, embedding, use, &texts[0], 1);

	if (rc == GM_EINVALID)
		rc = ask(&first, embedding, use, &texts[n - 1], 1);
	if (rc < 0)
		return rc;
	all = gm_calloc(n, embedding->dims * sizeof(*all));
	if (!all)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		rc = ask_for_one(all + i * embedding->dims, embedding, use, &texts[i]);
		if (rc < 0 && rc != GM_EINVALID)
			return rc;
	}
	*out = gm_steal(&all);
	return 0;
}

static int ask_in_batches(float **out, struct gm_embedding *embedding,
	enum gm_embedding_use use, const struct gm_embedding_text *texts, size_t n)
{
	gm_autofree float *all = NULL;
	size_t done = 0;

	while (done < n) {
		gm_autofree float *some = NULL;
		size_t batch = embedding->settings.batch;
		size_t now = n - done < batch ? n - done : batch;
		int rc = ask(&some, embedding, use, texts + done, now);

		if (rc == GM_EINVALID && now > 1)
			rc = ask_one_by_one(&some, embedding, use, texts + done, now);
		if (rc == 0 && !all)
			all = gm_calloc(n, embedding->dims * sizeof(*all));
		if (rc < 0)
			return rc;
		if (!all)
			return GM_ENOMEM;
		memcpy(all + done * embedding->dims, some,
			now * embedding->dims * sizeof(*all));
		done += now;
	}
	*out = gm_steal(&all);
	return 0;
}

static int open_model(struct gm_embedding *embedding)
{
	if (embedding->model)
		return 0;
	int rc = gm_static_model_open(&embedding->model, embedding->model_dir);
	if (rc == 0)
		embedding->dims = gm_static_model_dims(embedding->model);
	return rc;
}

static int encode_one(float *out, const struct gm_embedding *embedding,
	const char *prefix, const struct gm_embedding_text *text)
{
	gm_autobuf whole = GM_BUF_INIT(GM_BUF_LARGE);

	if (!*prefix)
		return gm_static_model_encode(
			out, embedding->model, text->text, text->size);
	int rc = gm_buf_puts(&whole, prefix);
	if (rc == 0)
		rc = gm_buf_put(&whole, text->text, text->size);
	return rc < 0 ? rc
		      : gm_static_model_encode(
				out, embedding->model, gm_buf_str(&whole), whole.size);
}

static int encode(float **out, struct gm_embedding *embedding, enum gm_embedding_use use,
	const struct gm_embedding_text *texts, size_t n)
{
	gm_autofree float *all = NULL;
	int rc = open_model(embedding);

	if (rc < 0)
		return rc;
	all = gm_calloc(n, embedding->dims * sizeof(*all));
	if (!all)
		return GM_ENOMEM;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = encode_one(all + i * embedding->dims, embedding,
			prefix_of(embedding, use), &texts[i]);
	if (rc < 0)
		return rc;
	*out = gm_steal(&all);
	return 0;
}

int gm_embedding_make(float **out, struct gm_embedding *embedding,
	enum gm_embedding_use use, const struct gm_embedding_text *texts, size_t n)
{
	int rc = embedding->settings.kind == GM_EMBEDDING_STATIC
		? encode(out, embedding, use, texts, n)
		: ask_in_batches(out, embedding, use, texts, n);

	if (rc < 0)
		return note_trouble(embedding, rc);
	embedding->trouble[0] = '\0';
	embedding->away = false;
	return 1;
}
