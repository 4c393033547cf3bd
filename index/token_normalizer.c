#include "index/token_normalizer.h"

#include <string.h>

#include "base/unicode_text.h"
#include "base/utf8.h"
#include "index/token_charsmap.h"

#define MAX_STEPS 256
#define MAX_DEPTH 8

/* What a text may grow to. */
#define MAX_TEXT ((size_t)4 << 20)

enum step_kind {
	STEP_BERT_CLEAN,
	STEP_BERT_CHINESE,
	STEP_STRIP_ACCENTS,
	STEP_LOWERCASE,
	STEP_FORM,
	STEP_STRIP,
	STEP_PREPEND,
	STEP_REPLACE,
	STEP_REPLACE_SPACES,
	STEP_CHARSMAP,
};

struct step {
	enum step_kind kind;
	enum gm_unicode_form form;
	bool left, right; /* STEP_STRIP */
	size_t least;     /* STEP_REPLACE_SPACES: so many in a row, or more */
	bool only_blanks; /* and they are U+0020 */
	char *pattern;
	char *content;
	struct gm_charsmap *charsmap;
};

struct gm_token_normalizer {
	struct step *steps;
	size_t n;
	size_t cap;
};

void gm_token_normalizer_free(struct gm_token_normalizer *normalizer)
{
	if (!normalizer)
		return;
	for (size_t i = 0; i < normalizer->n; i++) {
		gm_free(normalizer->steps[i].pattern);
		gm_free(normalizer->steps[i].content);
		gm_charsmap_free(normalizer->steps[i].charsmap);
	}
	gm_free(normalizer->steps);
	gm_free(normalizer);
}

static int add_step(
	struct gm_token_normalizer *normalizer, struct step **out, enum step_kind kind)
{
	if (normalizer->n == MAX_STEPS)
		return gm_error(
			GM_EINVALID, "the tokenizer's normalizer has too many steps");
	int rc = gm_grow(&normalizer->steps, &normalizer->cap, normalizer->n + 1,
		sizeof(*normalizer->steps));
	if (rc < 0)
		return rc;
	*out = &normalizer->steps[normalizer->n++];
	**out = (struct step){.kind = kind};
	return 0;
}

static int add_plain(struct gm_token_normalizer *normalizer, enum step_kind kind)
{
	struct step *step = NULL;

	return add_step(normalizer, &step, kind);
}

/* A key that is absent or null has the value `otherwise`. */
static bool flag(const json_t *json, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(json, key);

	return value && json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static int add_bert(struct gm_token_normalizer *normalizer, const json_t *json)
{
	bool lowercase = flag(json, "lowercase", true);
	int rc = 0;

	if (flag(json, "clean_text", true))
		rc = add_plain(normalizer, STEP_BERT_CLEAN);
	if (rc == 0 && flag(json, "handle_chinese_chars", true))
		rc = add_plain(normalizer, STEP_BERT_CHINESE);
	if (rc == 0 && flag(json, "strip_accents", lowercase)) {
		struct step *step = NULL;
		rc = add_step(normalizer, &step, STEP_FORM);
		if (rc == 0)
			step->form = GM_UNICODE_NFD;
		if (rc == 0)
			rc = add_plain(normalizer, STEP_STRIP_ACCENTS);
	}
	if (rc == 0 && lowercase)
		rc = add_plain(normalizer, STEP_LOWERCASE);
	return rc;
}

static int add_strip(struct gm_token_normalizer *normalizer, const json_t *json)
{
	struct step *step = NULL;
	int rc = add_step(normalizer, &step, STEP_STRIP);

	if (rc < 0)
		return rc;
	step->left = flag(json, "strip_left", true);
	step->right = flag(json, "strip_right", true);
	return 0;
}

static int copy_text(char **out, const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	if (!text)
		return gm_error(
			GM_EINVALID, "the tokenizer's normalizer lacks '%s'", key);
	*out = gm_strdup(text);
	return *out ? 0 : GM_ENOMEM;
}

static int add_prepend(struct gm_token_normalizer *normalizer, const json_t *json)
{
	struct step *step = NULL;
	int rc = add_step(normalizer, &step, STEP_PREPEND);

	return rc < 0 ? rc : copy_text(&step->content, json, "prepend");
}

/* The regular expressions that tokenizers are found with: runs of white space. */
static int add_regex(struct step *step, const char *regex)
{
	static const struct {
		const char *regex;
		size_t least;
		bool only_blanks;
	} known[] = {
		{"\\s+", 1, false},
		{"\\s{2,}", 2, false},
		{" +", 1, true},
		{" {2,}", 2, true},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].regex, regex) != 0)
			continue;
		step->kind = STEP_REPLACE_SPACES;
		step->least = known[i].least;
		step->only_blanks = known[i].only_blanks;
		return 0;
	}
	return gm_error(GM_EINVALID,
		"the tokenizer's normalizer has an expression that is not known: '%s'",
		regex);
}

static int add_replace(struct gm_token_normalizer *normalizer, const json_t *json)
{
	const json_t *pattern = json_object_get(json, "pattern");
	const char *regex = json_string_value(json_object_get(pattern, "Regex"));
	struct step *step = NULL;
	int rc = add_step(normalizer, &step, STEP_REPLACE);

	if (rc == 0)
		rc = copy_text(&step->content, json, "content");
	if (rc < 0)
		return rc;
	return regex ? add_regex(step, regex)
		     : copy_text(&step->pattern, pattern, "String");
}

static int add_charsmap(struct gm_token_normalizer *normalizer, const json_t *json)
{
	const json_t *text = json_object_get(json, "precompiled_charsmap");
	struct step *step = NULL;

	/* Tokenizers that were converted may have lost theirs. */
	if (!text || json_is_null(text))
		return 0;
	int rc = add_step(normalizer, &step, STEP_CHARSMAP);
	if (rc < 0)
		return rc;
	if (!json_is_string(text))
		return gm_error(GM_EINVALID, "the tokenizer's character map is no text");
	return gm_charsmap_new(
		&step->charsmap, json_string_value(text), json_string_length(text));
}

static int add_form(struct gm_token_normalizer *normalizer, enum gm_unicode_form form)
{
	struct step *step = NULL;
	int rc = add_step(normalizer, &step, STEP_FORM);

	if (rc == 0)
		step->form = form;
	return rc;
}

static int add_one(
	struct gm_token_normalizer *normalizer, const char *type, const json_t *json)
{
	static const char *const forms[] = {
		[GM_UNICODE_NFC] = "NFC",
		[GM_UNICODE_NFD] = "NFD",
		[GM_UNICODE_NFKC] = "NFKC",
		[GM_UNICODE_NFKD] = "NFKD",
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (!strcmp(type, forms[i]))
			return add_form(normalizer, (enum gm_unicode_form)i);
	if (!strcmp(type, "BertNormalizer"))
		return add_bert(normalizer, json);
	if (!strcmp(type, "Lowercase"))
		return add_plain(normalizer, STEP_LOWERCASE);
	if (!strcmp(type, "StripAccents"))
		return add_plain(normalizer, STEP_STRIP_ACCENTS);
	if (!strcmp(type, "Strip"))
		return add_strip(normalizer, json);
	if (!strcmp(type, "Prepend"))
		return add_prepend(normalizer, json);
	if (!strcmp(type, "Replace"))
		return add_replace(normalizer, json);
	if (!strcmp(type, "Precompiled"))
		return add_charsmap(normalizer, json);
	return gm_error(
		GM_EINVALID, "the tokenizer's normalizer '%s' is not supported", type);
}

static int add(struct gm_token_normalizer *normalizer, const json_t *json, size_t depth)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *parts;
	int rc = 0;

	if (!type || depth > MAX_DEPTH)
		return gm_error(GM_EINVALID, "the tokenizer's normalizer is of no type");
	if (strcmp(type, "Sequence") != 0)
		return add_one(normalizer, type, json);
	parts = json_object_get(json, "normalizers");
	for (size_t i = 0; i < json_array_size(parts) && rc == 0; i++)
		rc = add(normalizer, json_array_get(parts, i), depth + 1);
	return rc;
}

int gm_token_normalizer_new(struct gm_token_normalizer **out, const json_t *json)
{
	gm_cleanup(gm_token_normalizer_free_p) struct gm_token_normalizer *normalizer =
		gm_calloc(1, sizeof(*normalizer));

	if (!normalizer)
		return GM_ENOMEM;
	int rc = !json || json_is_null(json) ? 0 : add(normalizer, json, 0);
	if (rc < 0)
		return rc;
	*out = gm_steal(&normalizer);
	return 0;
}

/* Controls and the like go; every white space is a blank. */
static int put_clean(struct gm_buf *out, uint32_t c, const char *text, size_t size)
{
	if (c == '\t' || c == '\n' || c == '\r')
		return gm_buf_putc(out, ' ');
	if (!c || c == 0xfffd || gm_unicode_is_other(c))
		return 0;
	return gm_unicode_is_space(c) ? gm_buf_putc(out, ' ')
				      : gm_buf_put(out, text, size);
}

/* The ranges of ideographs that BERT puts blanks around. */
static bool is_ideograph(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
		(c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
		(c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
		(c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static int put_chinese(struct gm_buf *out, uint32_t c, const char *text, size_t size)
{
	bool ideograph = is_ideograph(c);
	int rc = ideograph ? gm_buf_putc(out, ' ') : 0;

	if (rc == 0)
		rc = gm_buf_put(out, text, size);
	return rc == 0 && ideograph ? gm_buf_putc(out, ' ') : rc;
}

static int put_unmarked(struct gm_buf *out, uint32_t c, const char *text, size_t size)
{
	return gm_unicode_is_nonspacing_mark(c) ? 0 : gm_buf_put(out, text, size);
}

static int each_character(struct gm_buf *out, const char *text, size_t size,
	int (*put)(struct gm_buf *out, uint32_t c, const char *text, size_t size))
{
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0;) {
		size_t n;
		uint32_t c = gm_utf8_decode(&n, text + i);
		rc = put(out, c, text + i, n);
		i += n;
	}
	return rc;
}

/* The white space that `text` begins with, in bytes; the number of characters to `n_out`. */
static size_t spaces_at(size_t *n_out, const char *text, size_t size, bool only_blanks)
{
	size_t at = 0;

	*n_out = 0;
	while (at < size) {
		size_t n;
		uint32_t c = gm_utf8_decode(&n, text + at);
		if (only_blanks ? c != ' ' : !gm_unicode_is_space(c))
			break;
		at += n;
		++*n_out;
	}
	return at;
}

static int strip(
	struct gm_buf *out, const struct step *step, const char *text, size_t size)
{
	size_t ignored;
	size_t start = step->left ? spaces_at(&ignored, text, size, false) : 0;
	size_t end = start;

	for (size_t i = start; i < size;) {
		size_t n;
		if (!gm_unicode_is_space(gm_utf8_decode(&n, text + i)))
			end = i + n;
		i += n;
	}
	return gm_buf_put(out, text + start, (step->right ? end : size) - start);
}

static int replace_spaces(
	struct gm_buf *out, const struct step *step, const char *text, size_t size)
{
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0;) {
		size_t n_spaces;
		size_t n = spaces_at(&n_spaces, text + i, size - i, step->only_blanks);
		if (n && n_spaces >= step->least) {
			rc = gm_buf_puts(out, step->content);
		} else {
			if (!n)
				(void)gm_utf8_decode(&n, text + i);
			rc = gm_buf_put(out, text + i, n);
		}
		i += n;
	}
	return rc;
}

static int replace(
	struct gm_buf *out, const struct step *step, const char *text, size_t size)
{
	size_t n = strlen(step->pattern);
	const char *end = text + size;
	int rc = 0;

	while (rc == 0) {
		const char *hit = n && text < end
			? memmem(text, (size_t)(end - text), step->pattern, n)
			: NULL;
		rc = gm_buf_put(out, text, (size_t)((hit ? hit : end) - text));
		if (!hit || rc < 0)
			break;
		rc = gm_buf_puts(out, step->content);
		text = hit + n;
	}
	return rc;
}

static int prepend(
	struct gm_buf *out, const struct step *step, const char *text, size_t size)
{
	int rc = size ? gm_buf_puts(out, step->content) : 0;

	return rc < 0 ? rc : gm_buf_put(out, text, size);
}

static int take_step(
	struct gm_buf *out, const struct step *step, const char *text, size_t size)
{
	switch (step->kind) {
	case STEP_BERT_CLEAN:
		return each_character(out, text, size, put_clean);
	case STEP_BERT_CHINESE:
		return each_character(out, text, size, put_chinese);
	case STEP_STRIP_ACCENTS:
		return each_character(out, text, size, put_unmarked);
	case STEP_LOWERCASE:
		return gm_unicode_lower(out, text, size);
	case STEP_FORM:
		return gm_unicode_normalize(out, step->form, text, size);
	case STEP_STRIP:
		return strip(out, step, text, size);
	case STEP_PREPEND:
		return prepend(out, step, text, size);
	case STEP_REPLACE:
		return replace(out, step, text, size);
	case STEP_REPLACE_SPACES:
		return replace_spaces(out, step, text, size);
	case STEP_CHARSMAP:
	default:
		return gm_charsmap_apply(out, step->charsmap, text, size);
	}
}

int gm_token_normalize(struct gm_buf *out, const struct gm_token_normalizer *normalizer,
	const char *text, size_t size)
{
	gm_autobuf even = GM_BUF_INIT(MAX_TEXT);
	gm_autobuf odd = GM_BUF_INIT(MAX_TEXT);
	struct gm_buf *from = &even;
	struct gm_buf *to = &odd;
	int rc = gm_buf_put(from, text, size);

	for (size_t i = 0; i < normalizer->n && rc == 0; i++) {
		struct gm_buf *other = from;
		gm_buf_reset(to);
		rc = take_step(to, &normalizer->steps[i], gm_buf_str(from), from->size);
		from = to;
		to = other;
	}
	return rc < 0 ? rc : gm_buf_put(out, gm_buf_str(from), from->size);
}
