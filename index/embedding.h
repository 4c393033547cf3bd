/*
 * Embeddings that are settings: what makes vectors of texts when it is not the one learnt from
 * the memories themselves (lsa.h).
 *
 *     static    a folder in the model2vec format (static_model.h): words to vectors, no network
 *     endpoint  an OpenAI-compatible server, asked by the program gitmem-embed
 *     command   a program of the user's own, in the same protocol (embedding_process.h)
 *
 * A vector belongs to a model, which is named by 32 bytes: two embeddings with equal names give
 * equal vectors. Opening costs little: files are read and programs started when the first
 * text is embedded. An embedding belongs to one thread.
 *
 * That a model cannot be read or a server is away is no failure of recall: it is trouble, in
 * words for the user (gm_embedding_trouble()), and recall goes on with words alone.
 */
#ifndef GM_INDEX_EMBEDDING_H
#define GM_INDEX_EMBEDDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"

#define GM_EMBEDDING_MODEL_SIZE 32 /* bytes of a model's name */
#define GM_EMBEDDING_MAX_DIMS 4096

enum gm_embedding_kind {
	GM_EMBEDDING_LSA, /* the default: learnt from the memories */
	GM_EMBEDDING_NONE,
	GM_EMBEDDING_STATIC,
	GM_EMBEDDING_ENDPOINT,
	GM_EMBEDDING_COMMAND,
};

/* `recall.embedding` and what belongs to it (gitmem-config(1)). */
struct gm_embedding_settings {
	enum gm_embedding_kind kind;
	const char *model;    /* a folder, or what the server calls it; NULL: not said */
	const char *url;      /* endpoint: what stands before /embeddings */
	const char *command;  /* for the shell */
	const char *key_file; /* endpoint: where the key is read from */
	const char *key_variable; /* or the environment variable that has it */
	const char *query_prefix; /* put before texts, as some models want it; "" */
	const char *text_prefix;
	size_t dims;       /* what the server is asked for; 0: what it likes */
	size_t batch;      /* texts to a request */
	size_t timeout_ms; /* to wait for the vector of a query; for a batch 15 times that */
	bool private;      /* also memories of scope private are given to it */
};

/*
 * Read the settings, lent by `config`. GM_EINVALID names the one that is wrong or missing.
 */
int gm_embedding_settings_read(
	struct gm_embedding_settings *out, const struct gm_config *config);

/* Whether a setting of `recall.` may have this value: GM_EINVALID. Other names are fine. */
int gm_embedding_check_setting(const char *name, const char *value);

/* A word for `kind`: "lsa", "endpoint". */
const char *gm_embedding_kind_name(enum gm_embedding_kind kind);

struct gm_embedding;

/*
 * For the kinds static, endpoint and command. `dir` is where a path that is not absolute
 * begins, and where a command runs. The settings are copied.
 */
int gm_embedding_new(struct gm_embedding **out,
	const struct gm_embedding_settings *settings, const char *dir);
void gm_embedding_free(struct gm_embedding *embedding);
GM_DEFINE_CLEANUP(struct gm_embedding, gm_embedding_free)

const struct gm_embedding_settings *gm_embedding_settings_of(
	const struct gm_embedding *embedding);

/* What is embedded: a text of a memory, or a query; some models tell them apart. */
enum gm_embedding_use {
	GM_EMBEDDING_TEXT,
	GM_EMBEDDING_QUERY,
};

/* A text, which need not end in a NUL. */
struct gm_embedding_text {
	const char *text;
	size_t size;
};

/*
 * The name of the model: 1 with it in `out`, 0 when it is not to be had now (trouble), or an
 * error. A static model's is the hash of its files.
 */
int gm_embedding_model(
	uint8_t out[GM_EMBEDDING_MODEL_SIZE], struct gm_embedding *embedding);

/*
 * Numbers in a vector; 0 before the first text. Once known it stays: a server that sends
 * another number later is trouble. gm_embedding_expect() says what is known from before.
 */
size_t gm_embedding_dims(const struct gm_embedding *embedding);
void gm_embedding_expect(struct gm_embedding *embedding, size_t dims);

/*
 * Make vectors of `n` texts, one after the other into `out` (gm_free): 1 with `*out` and the
 * dims known, 0 on trouble, or an error (GM_ENOMEM, GM_EINTERRUPTED). Vectors are finite; one
 * of zeros means that there is none for this text. A long text is embedded by its beginning.
 */
int gm_embedding_make(float **out, struct gm_embedding *embedding,
	enum gm_embedding_use use, const struct gm_embedding_text *texts, size_t n);

/* Why the last call returned 0, one line; "" when it did not. Lent until the next call. */
const char *gm_embedding_trouble(const struct gm_embedding *embedding);

/* Whether that is nothing about the texts: nobody answered, so that others are of no use now. */
bool gm_embedding_is_away(const struct gm_embedding *embedding);

#endif
