#include "index/query_words.h"

#include <string.h>

#include "index/analyser.h"
#include "index/tokenizer.h"

/* Longer queries are cut. */
#define MAX_QUERY ((size_t)1 << 20)

void gm_query_words_dispose(struct gm_query_words *query)
{
	gm_strv_dispose(&query->words);
	gm_buf_dispose(&query->match);
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
	struct word_list telling;
	struct word_list stop;
};

static void parser_dispose(struct parser *parser)
{
	word_list_dispose(&parser->telling);
	word_list_dispose(&parser->stop);
}

/* "one|two", or "one"* for what begins so. No term holds a quote. */
static int put_phrase(struct gm_buf *out, const struct gm_query_word *word)
{
	int rc = gm_buf_putc(out, '"');

	for (size_t i = 0; i < word->n && rc == 0; i++) {
		if (i)
			rc = gm_buf_putc(out, GM_TOKENIZER_OR);
		if (rc == 0)
			rc = gm_buf_put(out, word->terms[i], word->sizes[i]);
	}
	return rc < 0 ? rc : gm_buf_puts(out, word->prefix ? "\"*" : "\"");
}

static int add_word(const struct gm_query_word *word, void *payload)
{
	struct parser *parser = payload;
	struct word_list *list = word->stop ? &parser->stop : &parser->telling;
	gm_autobuf phrase = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *typed =
		gm_strndup(parser->text + word->start, word->end - word->start);
	int rc = typed ? put_phrase(&phrase, word) : GM_ENOMEM;

	if (rc < 0 || list->phrases.n == GM_QUERY_MAX_WORDS ||
		gm_strv_contains(&list->phrases, gm_buf_str(&phrase)))
		return rc;
	rc = gm_strv_add(&list->phrases, gm_buf_str(&phrase));
	if (rc == 0)
		rc = gm_strv_add(&list->typed, typed);
	if (rc < 0)
		return rc;
	return parser->telling.phrases.n == GM_QUERY_MAX_WORDS; /* 1: that is enough */
}

int gm_query_words_parse(struct gm_query_words *out, struct gm_database *database,
	unsigned languages, const char *text)
{
	gm_cleanup(parser_dispose) struct parser parser = {.text = text};
	size_t size = strlen(text);

	if (size > MAX_QUERY)
		size = MAX_QUERY;
	int rc = gm_analyse_query(
		database->stemmer, languages, text, size, add_word, &parser);
	if (rc < 0)
		return rc;
	struct word_list *list =
		parser.telling.phrases.n ? &parser.telling : &parser.stop;
	if (!list->phrases.n)
		return gm_error(GM_EUSAGE, "the query has no word");
	rc = 0;
	for (size_t i = 0; i < list->phrases.n && rc == 0; i++)
		rc = gm_buf_printf(
			&out->match, "%s%s", i ? " OR " : "", list->phrases.items[i]);
	return rc < 0 ? rc : gm_strv_copy(&out->words, &list->typed);
}
