#include "index/token_splitter.h"

#include <string.h>

#include "base/unicode.h"
#include "base/unicode_text.h"

#define MAX_STEPS 8
#define MAX_PART ((size_t)8 << 20)

enum split_kind {
	SPLIT_SPACES,      /* white space goes */
	SPLIT_WORDS,       /* runs of word characters, and of others; white space goes */
	SPLIT_PUNCTUATION, /* each punctuation character alone */
	SPLIT_METASPACE,   /* blanks become a character, which begins a part */
	SPLIT_METASPACE_WHOLE, /* the same without taking apart */
	SPLIT_BYTES,           /* each byte becomes a character that can be printed */
};

struct split {
	enum split_kind kind;
	bool prefix_first;  /* a blank before the text */
	bool prefix_always; /* and before each part */
	char *replacement;  /* of blanks */
};

struct gm_token_splitter {
	struct split splits[MAX_STEPS];
	size_t n;
};

void gm_token_splitter_free(struct gm_token_splitter *splitter)
{
	if (!splitter)
		return;
	for (size_t i = 0; i < splitter->n; i++)
		gm_free(splitter->splits[i].replacement);
	gm_free(splitter);
}

/* NULL, with the error set, when there are too many. */
static struct split *add_split(struct gm_token_splitter *splitter, enum split_kind kind)
{
	struct split *split = &splitter->splits[splitter->n];

	if (splitter->n == MAX_STEPS) {
		gm_error(GM_EINVALID, "the tokenizer's pre-tokenizer has too many steps");
		return NULL;
	}
	*split = (struct split){.kind = kind};
	splitter->n++;
	return split;
}

static int add_plain(struct gm_token_splitter *splitter, enum split_kind kind)
{
	return add_split(splitter, kind) ? 0 : GM_EINVALID;
}

static bool is_false(const json_t *json, const char *key)
{
	return json_is_false(json_object_get(json, key));
}

static int add_metaspace(struct gm_token_splitter *splitter, const json_t *json)
{
	const char *scheme = json_string_value(json_object_get(json, "prepend_scheme"));
	const char *replacement = json_string_value(json_object_get(json, "replacement"));
	struct split *split = add_split(splitter,
		is_false(json, "split") ? SPLIT_METASPACE_WHOLE : SPLIT_METASPACE);

	if (!split)
		return GM_EINVALID;
	if (!scheme)
		scheme = is_false(json, "add_prefix_space") ? "never" : "always";
	split->prefix_first = strcmp(scheme, "never") != 0;
	split->prefix_always = !strcmp(scheme, "always");
	split->replacement = gm_strdup(replacement ? replacement : "\xe2\x96\x81");
	return split->replacement ? 0 : GM_ENOMEM;
}

static int add_bytes(struct gm_token_splitter *splitter, const json_t *json)
{
	struct split *split = add_split(splitter, SPLIT_BYTES);

	if (!split)
		return GM_EINVALID;
	if (!is_false(json, "use_regex"))
		return gm_error(GM_EINVALID,
			"the tokenizer's pre-tokenizer 'ByteLevel' is not supported with "
			"its expression");
	split->prefix_first = split->prefix_always = !is_false(json, "add_prefix_space");
	return 0;
}

static int add_one(
	struct gm_token_splitter *splitter, const char *type, const json_t *json)
{
	if (!strcmp(type, "WhitespaceSplit"))
		return add_plain(splitter, SPLIT_SPACES);
	if (!strcmp(type, "Whitespace"))
		return add_plain(splitter, SPLIT_WORDS);
	if (!strcmp(type, "Metaspace"))
		return add_metaspace(splitter, json);
	if (!strcmp(type, "ByteLevel"))
		return add_bytes(splitter, json);
	const char *behavior = json_string_value(json_object_get(json, "behavior"));
	if (!strcmp(type, "Punctuation") && (!behavior || !strcmp(behavior, "Isolated")))
		return add_plain(splitter, SPLIT_PUNCTUATION);
	if (strcmp(type, "BertPreTokenizer") != 0)
		return gm_error(GM_EINVALID,
			"the tokenizer's pre-tokenizer '%s' is not supported", type);
	int rc = add_plain(splitter, SPLIT_SPACES);
	return rc < 0 ? rc : add_plain(splitter, SPLIT_PUNCTUATION);
}

static int add(struct gm_token_splitter *splitter, const json_t *json, size_t depth)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *parts;
	int rc = 0;

	if (!type || depth > MAX_STEPS)
		return gm_error(
			GM_EINVALID, "the tokenizer's pre-tokenizer is of no type");
	if (strcmp(type, "Sequence") != 0)
		return add_one(splitter, type, json);
	parts = json_object_get(json, "pretokenizers");
	for (size_t i = 0; i < json_array_size(parts) && rc == 0; i++)
		rc = add(splitter, json_array_get(parts, i), depth + 1);
	return rc;
}

int gm_token_splitter_new(struct gm_token_splitter **out, const json_t *json)
{
	gm_cleanup(gm_token_splitter_free_p) struct gm_token_splitter *splitter =
		gm_calloc(1, sizeof(*splitter));

	if (!splitter)
		return GM_ENOMEM;
	int rc = !json || json_is_null(json) ? 0 : add(splitter, json, 0);
	if (rc < 0)
		return rc;
	*out = gm_steal(&splitter);
	return 0;
}

/* A text on its way: the step that it has come to, and who gets the parts in the end. */
struct walk {
	const struct gm_token_splitter *splitter;
	size_t step;
	bool first; /* nothing was before this part */
	gm_token_part_fn each;
	void *payload;
};

static int take_steps(struct walk *walk, const char *text, size_t size);

static int give(const struct walk *walk, bool first, const char *part, size_t size)
{
	struct walk next = *walk;

	if (!size)
		return 0;
	next.step++;
	next.first = walk->first && first;
	return take_steps(&next, part, size);
}

enum character {
	CHARACTER_SPACE,       /* goes */
	CHARACTER_WORD,        /* stays with its neighbours of the same kind */
	CHARACTER_OTHER,       /* so does this */
	CHARACTER_PUNCTUATION, /* stays alone */
};

static bool is_bert_punctuation(uint32_t c)
{
	return (c < 0x80 && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", (int)c) && c) ||
		gm_unicode_is_punctuation(c);
}

/* What `\w` stands for: letters, marks, decimal digits, and what joins words. */
static bool is_word(uint32_t c, enum gm_unicode_kind kind)
{
	switch (kind) {
	case GM_UNICODE_LETTER:
	case GM_UNICODE_DIGIT:
		return true;
	case GM_UNICODE_MARK:
		return c == 0x200c || c == 0x200d || !gm_unicode_is_other(c);
	case GM_UNICODE_OTHER:
	default:
		return c == '_' || c == 0x203f || c == 0x2040 || c == 0x2054 ||
			(c >= 0xfe33 && c <= 0xfe34) || (c >= 0xfe4d && c <= 0xfe4f) ||
			c == 0xff3f;
	}
}

static enum character classify(
	size_t *size_out, enum split_kind kind, const char *text, size_t size)
{
	uint32_t c;
	enum gm_unicode_kind unicode = gm_unicode_at(&c, size_out, text, size);

	if (kind == SPLIT_PUNCTUATION)
		return is_bert_punctuation(c) ? CHARACTER_PUNCTUATION : CHARACTER_WORD;
	if (gm_unicode_is_space(c))
		return CHARACTER_SPACE;
	if (kind == SPLIT_SPACES)
		return CHARACTER_WORD;
	return is_word(c, unicode) ? CHARACTER_WORD : CHARACTER_OTHER;
}

static int split_runs(
	const struct walk *walk, enum split_kind kind, const char *text, size_t size)
{
	enum character run = CHARACTER_SPACE;
	size_t start = 0;
	size_t i = 0;
	int rc = 0;

	while (i < size && rc == 0) {
		size_t n;
		enum character now = classify(&n, kind, text + i, size - i);
		if (now != run || now == CHARACTER_PUNCTUATION) {
			if (run != CHARACTER_SPACE)
				rc = give(walk, start == 0, text + start, i - start);
			start = i;
			run = now;
		}
		i += n;
	}
	if (rc == 0 && run != CHARACTER_SPACE)
		rc = give(walk, start == 0, text + start, size - start);
	return rc;
}

/* A part begins at each replacement. */
static int give_metaspace_parts(
	const struct walk *walk, const struct split *split, const char *text, size_t size)
{
	size_t n = strlen(split->replacement);
	size_t start = 0;
	int rc = 0;

	while (start < size && rc == 0) {
		const char *next = n ? memmem(text + start + 1, size - start - 1,
					       split->replacement, n)
				     : NULL;
		size_t end = next ? (size_t)(next - text) : size;
		rc = give(walk, start == 0, text + start, end - start);
		start = end;
	}
	return rc;
}

static int split_metaspace(
	const struct walk *walk, const struct split *split, const char *text, size_t size)
{
	gm_autobuf marked = GM_BUF_INIT(MAX_PART);
	size_t n = strlen(split->replacement);
	bool prefix = split->prefix_always || (split->prefix_first && walk->first);
	bool has = *text == ' ' || (size >= n && !memcmp(text, split->replacement, n));
	int rc = prefix && !has ? gm_buf_puts(&marked, split->replacement) : 0;

	for (size_t i = 0; i < size && rc == 0; i++)
		rc = text[i] == ' ' ? gm_buf_puts(&marked, split->replacement)
				    : gm_buf_putc(&marked, text[i]);
	if (rc < 0)
		return rc;
	if (split->kind == SPLIT_METASPACE_WHOLE)
		return give(walk, true, gm_buf_str(&marked), marked.size);
	return give_metaspace_parts(walk, split, gm_buf_str(&marked), marked.size);
}

/* GPT-2's way: the bytes that can be printed stand for themselves, the others follow 255. */
static uint32_t byte_character(unsigned char byte)
{
	if (byte < 0x21)
		return 0x100U + byte;
	if (byte >= 0x7f && byte < 0xa1)
		return 0x100U + byte - 0x7f + 0x21;
	return byte == 0xad ? 0x143 : byte;
}

static int split_bytes(
	const struct walk *walk, const struct split *split, const char *text, size_t size)
{
	gm_autobuf bytes = GM_BUF_INIT(MAX_PART);
	int rc = split->prefix_first && *text != ' '
		? gm_unicode_put(&bytes, byte_character(' '))
		: 0;

	for (size_t i = 0; i < size && rc == 0; i++)
		rc = gm_unicode_put(&bytes, byte_character((unsigned char)text[i]));
	return rc < 0 ? rc : give(walk, true, gm_buf_str(&bytes), bytes.size);
}

/* As deep as there are steps, eight at most. */
static int take_steps(struct walk *walk, const char *text, size_t size)
{
	if (walk->step == walk->splitter->n)
		return walk->each(text, size, walk->payload);
	const struct split *split = &walk->splitter->splits[walk->step];
	switch (split->kind) {
	case SPLIT_METASPACE:
	case SPLIT_METASPACE_WHOLE:
		return split_metaspace(walk, split, text, size);
	case SPLIT_BYTES:
		return split_bytes(walk, split, text, size);
	case SPLIT_SPACES:
	case SPLIT_WORDS:
	case SPLIT_PUNCTUATION:
	default:
		return split_runs(walk, split->kind, text, size);
	}
}

int gm_token_split(const struct gm_token_splitter *splitter, const char *text,
	size_t size, gm_token_part_fn each, void *payload)
{
	struct walk walk = {
		.splitter = splitter, .first = true, .each = each, .payload = payload};

	return size ? take_steps(&walk, text, size) : 0;
}
