#include "index/tokens.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "index/token_normalizer.h"
#include "index/token_splitter.h"
#include "index/token_unigram.h"
#include "index/token_vocabulary.h"

#define MAX_ID ((json_int_t)4 << 20)
#define NO_ID UINT32_MAX

enum token_model {
	TOKEN_WORD_PIECE,
	TOKEN_UNIGRAM,
	TOKEN_WORD_LEVEL,
};

struct gm_tokens {
	enum token_model model;
	struct gm_token_normalizer *normalizer;
	struct gm_token_splitter *splitter;
	struct gm_vocabulary
		first; /* all pieces, or for WordPiece those that begin a word */
	struct gm_vocabulary rest; /* WordPiece: the others, without their prefix */
	uint32_t unknown;
	double unknown_score; /* Unigram: what a character of no piece costs */
	size_t max_word; /* WordPiece: characters of a longer word are not looked at */
	size_t count;
	size_t median;
};

void gm_tokens_free(struct gm_tokens *tokens)
{
	if (!tokens)
		return;
	gm_token_normalizer_free(tokens->normalizer);
	gm_token_splitter_free(tokens->splitter);
	gm_vocabulary_dispose(&tokens->first);
	gm_vocabulary_dispose(&tokens->rest);
	gm_free(tokens);
}

size_t gm_tokens_count(const struct gm_tokens *tokens)
{
	return tokens->count;
}

size_t gm_tokens_median(const struct gm_tokens *tokens)
{
	return tokens->median;
}

void gm_token_ids_dispose(struct gm_token_ids *ids)
{
	gm_free(ids->ids);
}

/* What is learnt of the pieces while they are read. */
struct reading {
	struct gm_tokens *tokens;
	const char *prefix; /* WordPiece: of pieces that continue a word */
	size_t lengths[256];
	size_t n;
};

static size_t count_characters(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static void note_length(struct reading *reading, const char *text, size_t size)
{
	size_t n = count_characters(text, size);

	reading->lengths[n < 256 ? n : 255]++;
	reading->n++;
}

static void find_median(struct reading *reading)
{
	size_t seen = 0;
	size_t length = 0;

	while (length < 255 && (seen += reading->lengths[length]) * 2 < reading->n)
		length++;
	reading->tokens->median = length ? length : 1;
}

static int add_piece(struct reading *reading, const char *text, size_t size,
	json_int_t id, double score)
{
	struct gm_tokens *tokens = reading->tokens;
	size_t n = reading->prefix ? strlen(reading->prefix) : 0;

	if (id < 0 || id >= MAX_ID)
		return gm_error(GM_EINVALID, "the tokenizer has a piece of id %lld",
			(long long)id);
	if ((size_t)id >= tokens->count)
		tokens->count = (size_t)id + 1;
	note_length(reading, text, size);
	if (n && size > n && !memcmp(text, reading->prefix, n))
		return gm_vocabulary_add(
			&tokens->rest, text + n, size - n, (uint32_t)id, 0);
	return gm_vocabulary_add(&tokens->first, text, size, (uint32_t)id, score);
}

static int bad_vocabulary(void)
{
	return gm_error(GM_EINVALID, "the tokenizer's vocabulary cannot be read");
}

/* An object of pieces and ids. */
static int read_words(struct reading *reading, json_t *vocab)
{
	const char *key;
	json_t *value;
	int rc = 0;

	if (!json_is_object(vocab))
		return bad_vocabulary();
	json_object_foreach(vocab, key, value)
	{
		if (!json_is_integer(value))
			return bad_vocabulary();
		rc = add_piece(reading, key, strlen(key), json_integer_value(value), 0);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* A list of pairs of a piece and its score; the id is the place in the list. */
static int read_scored(struct reading *reading, const json_t *vocab)
{
	double least = 0;
	int rc = json_is_array(vocab) ? 0 : bad_vocabulary();

	for (size_t i = 0; i < json_array_size(vocab) && rc == 0; i++) {
		const json_t *pair = json_array_get(vocab, i);
		const json_t *piece = json_array_get(pair, 0);
		const json_t *score = json_array_get(pair, 1);
		double value = json_number_value(score);

		if (!json_is_string(piece) || !json_is_number(score) || !isfinite(value))
			return bad_vocabulary();
		if (value < least)
			least = value;
		rc = add_piece(reading, json_string_value(piece),
			json_string_length(piece), (json_int_t)i, value);
	}
	/* The penalty is SentencePiece's. */
	reading->tokens->unknown_score = least - 10;
	return rc;
}

static int read_unigram(struct reading *reading, const json_t *model)
{
	const json_t *unknown = json_object_get(model, "unk_id");

	reading->tokens->model = TOKEN_UNIGRAM;
	if (json_is_true(json_object_get(model, "byte_fallback")))
		return gm_error(GM_EINVALID,
			"the tokenizer falls back to bytes, which is not supported");
	if (json_is_integer(unknown) && json_integer_value(unknown) >= 0 &&
		json_integer_value(unknown) < MAX_ID)
		reading->tokens->unknown = (uint32_t)json_integer_value(unknown);
	return read_scored(reading, json_object_get(model, "vocab"));
}

static int read_model(struct reading *reading, const json_t *model)
{
	struct gm_tokens *tokens = reading->tokens;
	const char *type = json_string_value(json_object_get(model, "type"));
	json_t *vocab = json_object_get(model, "vocab");
	const json_t *longest = json_object_get(model, "max_input_chars_per_word");
	const char *unknown = json_string_value(json_object_get(model, "unk_token"));

	/* Early files name no type: their vocabulary tells. */
	if (!type)
		type = json_is_array(vocab) ? "Unigram" : "WordPiece";
	if (!strcmp(type, "Unigram"))
		return read_unigram(reading, model);
	if (strcmp(type, "WordPiece") != 0 && strcmp(type, "WordLevel") != 0)
		return gm_error(
			GM_EINVALID, "the tokenizer's model '%s' is not supported", type);
	tokens->model = !strcmp(type, "WordPiece") ? TOKEN_WORD_PIECE : TOKEN_WORD_LEVEL;
	tokens->max_word = 100;
	if (json_is_integer(longest) && json_integer_value(longest) > 0)
		tokens->max_word = (size_t)json_integer_value(longest);
	if (tokens->model == TOKEN_WORD_PIECE) {
		reading->prefix = json_string_value(
			json_object_get(model, "continuing_subword_prefix"));
		if (!reading->prefix)
			reading->prefix = "##";
	}
	int rc = read_words(reading, vocab);
	const json_t *id = unknown ? json_object_get(vocab, unknown) : NULL;
	if (rc == 0 && id)
		tokens->unknown = (uint32_t)json_integer_value(id);
	return rc;
}

static int read(struct gm_tokens *tokens, const json_t *json)
{
	struct reading reading = {.tokens = tokens};
	int rc = gm_token_normalizer_new(
		&tokens->normalizer, json_object_get(json, "normalizer"));

	if (rc == 0)
		rc = gm_token_splitter_new(
			&tokens->splitter, json_object_get(json, "pre_tokenizer"));
	if (rc == 0)
		rc = read_model(&reading, json_object_get(json, "model"));
	if (rc == 0)
		rc = gm_vocabulary_finish(&tokens->first);
	if (rc == 0)
		rc = gm_vocabulary_finish(&tokens->rest);
	if (rc == 0)
		find_median(&reading);
	return rc;
}

int gm_tokens_new(struct gm_tokens **out, const char *json, size_t size)
{
	gm_autojson *root = NULL;
	gm_cleanup(gm_tokens_free_p) struct gm_tokens *tokens =
		gm_calloc(1, sizeof(*tokens));

	if (!tokens)
		return GM_ENOMEM;
	tokens->first = tokens->rest = (struct gm_vocabulary)GM_VOCABULARY_INIT;
	tokens->unknown = NO_ID;
	int rc = gm_json_parse(&root, json, size);
	if (rc == 0)
		rc = read(tokens, root);
	if (rc < 0)
		return rc;
	*out = gm_steal(&tokens);
	return 0;
}

/* Where the ids of a text go. */
struct encoding {
	struct gm_token_ids *out;
	const struct gm_tokens *tokens;
};

static int put_id(struct gm_token_ids *out, uint32_t id)
{
	int rc = gm_grow(&out->ids, &out->cap, out->n + 1, sizeof(*out->ids));

	if (rc == 0)
		out->ids[out->n++] = id;
	return rc;
}

/* The longest piece that `text` begins with; NULL: none. */
static const struct gm_piece *longest(
	const struct gm_vocabulary *vocabulary, const char *text, size_t size)
{
	struct gm_vocabulary_walk walk = {0};
	const struct gm_piece *best = NULL;
	const struct gm_piece *piece;

	for (size_t i = 0; i < size; i++) {
		if (!gm_vocabulary_step(&piece, &walk, vocabulary, text[i]))
			break;
		if (piece)
			best = piece;
	}
	return best;
}

/* The longest piece first; a word that does not come out is unknown as a whole. */
static int encode_word(struct encoding *encoding, const char *word, size_t size)
{
	const struct gm_tokens *tokens = encoding->tokens;
	size_t before = encoding->out->n;
	size_t at = 0;

	if (count_characters(word, size) > tokens->max_word)
		return 0;
	while (at < size) {
		const struct gm_piece *piece = longest(
			at ? &tokens->rest : &tokens->first, word + at, size - at);
		if (!piece) {
			encoding->out->n = before;
			return 0;
		}
		int rc = piece->id == tokens->unknown ? 0
						      : put_id(encoding->out, piece->id);
		if (rc < 0)
			return rc;
		at += piece->size;
	}
	return 0;
}

static int encode_whole(struct encoding *encoding, const char *word, size_t size)
{
	const struct gm_piece *piece =
		gm_vocabulary_find(&encoding->tokens->first, word, size);

	return piece && piece->id != encoding->tokens->unknown
		? put_id(encoding->out, piece->id)
		: 0;
}

static int take_piece(uint32_t id, void *payload)
{
	struct encoding *encoding = payload;

	return id == encoding->tokens->unknown ? 0 : put_id(encoding->out, id);
}

static int encode_part(const char *part, size_t size, void *payload)
{
	struct encoding *encoding = payload;
	const struct gm_tokens *tokens = encoding->tokens;

	switch (tokens->model) {
	case TOKEN_WORD_PIECE:
		return encode_word(encoding, part, size);
	case TOKEN_WORD_LEVEL:
		return encode_whole(encoding, part, size);
	case TOKEN_UNIGRAM:
	default:
		return gm_unigram_encode(&tokens->first, tokens->unknown_score, part,
			size, take_piece, encoding);
	}
}

int gm_tokens_encode(struct gm_token_ids *out, const struct gm_tokens *tokens,
	const char *text, size_t size)
{
	gm_autobuf normal = GM_BUF_INIT(GM_BUF_LARGE);
	struct encoding encoding = {.out = out, .tokens = tokens};
	int rc = gm_token_normalize(&normal, tokens->normalizer, text, size);

	return rc < 0 ? rc
		      : gm_token_split(tokens->splitter, gm_buf_str(&normal), normal.size,
				encode_part, &encoding);
}
