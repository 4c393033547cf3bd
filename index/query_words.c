#include "index/query_words.h"

#include <string.h>

#include "index/analyser.h"
#include "index/query_parts.h"
#include "index/tokenizer.h"

/* Longer queries are cut. */
#define MAX_QUERY ((size_t)1 << 20)

void gm_query_words_dispose(struct gm_query_words *query)
{
	gm_strv_dispose(&query->words);
	gm_buf_dispose(&query->match);
	gm_strv_dispose(&query->required);
	gm_strv_dispose(&query->excluded);
}

/* Distinct words of one kind: as typed, and as phrases of the expression. */
struct word_list {
	struct gm_strv typed;
	struct gm_strv phrases;
};

static void word_list_dispose(struct word_list *list)
{
	gm_strv_dispose(&list->typed);
	gm_strv_dispose(&list->phrases);
}

struct parser {
	const char *text;
	size_t max; /* so many words */
	struct word_list telling;
	struct word_list stop;
};

static void parser_dispose(struct parser *parser)
{
	word_list_dispose(&parser->telling);
	word_list_dispose(&parser->stop);
}

/* "one|two". No term holds a quote. */
static int put_terms(struct gm_buf *out, const struct gm_query_word *word)
{
	int rc = gm_buf_putc(out, '"');

	for (size_t i = 0; i < word->n && rc == 0; i++) {
		if (i)
			rc = gm_buf_putc(out, GM_TOKENIZER_OR);
		if (rc == 0)
			rc = gm_buf_put(out, word->terms[i], word->sizes[i]);
	}
	return rc < 0 ? rc : gm_buf_putc(out, '"');
}

/* The same, with a star behind it for what begins so. */
static int put_word(struct gm_buf *out, const struct gm_query_word *word)
{
	int rc = put_terms(out, word);

	return rc < 0 || !word->prefix ? rc : gm_buf_putc(out, '*');
}

/* Places one after the other; only the last of them may be the beginning of words. */
struct phrase {
	struct gm_buf *out;
	size_t n;
	bool prefix;
};

static int add_place(const struct gm_query_word *word, void *payload)
{
	struct phrase *phrase = payload;
	int rc = phrase->n ? gm_buf_puts(phrase->out, " + ") : 0;

	if (rc == 0)
		rc = put_terms(phrase->out, word);
	phrase->prefix = word->prefix;
	return rc < 0 ? rc : ++phrase->n == GM_QUERY_MAX_WORDS;
}

/* "one|two" + "three": nothing when the text has no word. */
static int put_phrase(struct gm_buf *out, struct gm_database *database,
	unsigned languages, const char *text)
{
	struct phrase phrase = {.out = out};
	int rc = gm_analyse_phrase(
		database->stemmer, languages, text, strlen(text), add_place, &phrase);

	return rc < 0 || !phrase.prefix ? (rc < 0 ? rc : 0) : gm_buf_putc(out, '*');
}

static int add_word(const struct gm_query_word *word, void *payload)
{
	struct parser *parser = payload;
	struct word_list *list = word->stop ? &parser->stop : &parser->telling;
	gm_autobuf phrase = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *typed =
		gm_strndup(parser->text + word->start, word->end - word->start);
	int rc = typed ? put_word(&phrase, word) : GM_ENOMEM;

	if (rc < 0 || list->phrases.n == parser->max ||
		gm_strv_contains(&list->phrases, gm_buf_str(&phrase)))
		return rc;
	rc = gm_strv_add(&list->phrases, gm_buf_str(&phrase));
	if (rc == 0)
		rc = gm_strv_add(&list->typed, typed);
	if (rc < 0)
		return rc;
	return parser->telling.phrases.n == parser->max; /* 1: that is enough */
}

/* The expressions of phrases that have a word; those are typed in `typed` (NULL: not wanted). */
static int add_phrases(struct gm_strv *out, struct gm_strv *typed,
	struct gm_database *database, unsigned languages, const struct gm_strv *phrases)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < phrases->n; i++) {
		gm_autobuf expression = GM_BUF_INIT(GM_BUF_TEXT);
		rc = put_phrase(&expression, database, languages, phrases->items[i]);
		if (rc < 0 || !expression.size)
			continue;
		rc = gm_strv_add(out, gm_buf_str(&expression));
		if (rc == 0 && typed)
			rc = gm_strv_add(typed, phrases->items[i]);
	}
	return rc;
}

/* Append what `list` has and `words` have not. */
static int join_words(struct word_list *words, const struct word_list *list)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->phrases.n; i++) {
		if (gm_strv_contains(&words->phrases, list->phrases.items[i]))
			continue;
		rc = gm_strv_add(&words->phrases, list->phrases.items[i]);
		if (rc == 0)
			rc = gm_strv_add(&words->typed, list->typed.items[i]);
	}
	return rc;
}

static int finish(struct gm_query_words *out, struct word_list *words,
	const struct word_list *phrases)
{
	int rc = join_words(words, phrases);

	if (rc == 0 && !words->phrases.n)
		return gm_error(GM_EUSAGE, "the query has no word");
	for (size_t i = 0; i < words->phrases.n && rc == 0; i++)
		rc = gm_buf_printf(
			&out->match, "%s%s", i ? " OR " : "", words->phrases.items[i]);
	if (rc == 0)
		rc = gm_strv_copy(&out->required, &phrases->phrases);
	return rc < 0 ? rc : gm_strv_copy(&out->words, &words->typed);
}

int gm_query_words_parse(struct gm_query_words *out, struct gm_database *database,
	unsigned languages, const char *text)
{
	gm_autoqueryparts parts = GM_QUERY_PARTS_INIT;
	gm_cleanup(parser_dispose) struct parser parser = {.text = NULL};
	gm_cleanup(word_list_dispose) struct word_list phrases = {.typed = GM_STRV_INIT};
	int rc = gm_query_parts_parse(&parts, text, strnlen(text, MAX_QUERY));

	if (rc == 0)
		rc = add_phrases(&phrases.phrases, &phrases.typed, database, languages,
			&parts.phrases);
	if (rc == 0)
		rc = add_phrases(
			&out->excluded, NULL, database, languages, &parts.excluded);
	if (rc < 0)
		return rc;
	parser.text = gm_buf_str(&parts.text);
	parser.max = GM_QUERY_MAX_WORDS - phrases.phrases.n;
	rc = gm_analyse_query(database->stemmer, languages, parser.text, parts.text.size,
		add_word, &parser);
	return rc < 0
		? rc
		: finish(out, parser.telling.phrases.n ? &parser.telling : &parser.stop,
			  &phrases);
}
