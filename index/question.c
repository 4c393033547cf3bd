#include "index/question.h"

#include <math.h>
#include <string.h>

#include "index/query_parts.h"

/* Longer queries are cut. */
#define MAX_QUERY ((size_t)1 << 20)

static void phrases_dispose(struct gm_question_phrases *phrases)
{
	for (size_t i = 0; i < phrases->n; i++) {
		gm_free(phrases->items[i].places);
		gm_free(phrases->items[i].typed);
	}
	gm_free(phrases->items);
	*phrases = (struct gm_question_phrases){.n = 0};
}

void gm_question_dispose(struct gm_question *question)
{
	for (size_t i = 0; i < question->n; i++)
		gm_free(question->words[i].typed);
	gm_free(question->words);
	phrases_dispose(&question->required);
	phrases_dispose(&question->excluded);
	*question = (struct gm_question)GM_QUESTION_INIT;
}

static bool same_meaning(const struct gm_query_word *a, const struct gm_query_word *b)
{
	if (a->n != b->n || a->prefix != b->prefix)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->sizes[i] != b->sizes[i] ||
			memcmp(a->terms[i], b->terms[i], a->sizes[i]) != 0)
			return false;
	return true;
}

static struct gm_question_word *find_word(
	const struct gm_question *question, const struct gm_query_word *word)
{
	for (size_t i = 0; i < question->n; i++)
		if (same_meaning(&question->words[i].word, word))
			return &question->words[i];
	return NULL;
}

/* Words that tell something, and stop words; in both the first of each meaning. */
struct sorting {
	const char *text;
	size_t first; /* where the first word stands */
	struct gm_question *telling;
	struct gm_question stop;
};

static void sorting_dispose(struct sorting *sorting)
{
	gm_question_dispose(&sorting->stop);
}

static bool is_capital(const char *text, size_t start, size_t first)
{
	return start != first && text[start] >= 'A' && text[start] <= 'Z';
}

static int add_word(const struct gm_query_word *word, void *payload)
{
	struct sorting *sorting = payload;
	struct gm_question *to = word->stop ? &sorting->stop : sorting->telling;
	struct gm_question_word *known = find_word(to, word);
	struct gm_question_word added = {.word = *word, .times = 1};

	if (sorting->first == SIZE_MAX)
		sorting->first = word->start;
	if (known)
		known->times++;
	if (known || to->n == GM_QUESTION_MAX_WORDS)
		return 0;
	int rc = gm_grow(&to->words, &to->cap, to->n + 1, sizeof(*to->words));
	if (rc < 0)
		return rc;
	added.capital = is_capital(sorting->text, word->start, sorting->first);
	added.typed = gm_strndup(sorting->text + word->start, word->end - word->start);
	if (!added.typed)
		return GM_ENOMEM;
	to->words[to->n++] = added;
	return sorting->telling->n == GM_QUESTION_MAX_WORDS; /* 1: that is enough */
}

static int parse_words(struct gm_question *out, struct gm_stemmer *stemmer,
	unsigned languages, const char *text, size_t size)
{
	gm_cleanup(sorting_dispose) struct sorting sorting = {
		.text = text, .first = SIZE_MAX, .telling = out};
	int rc = gm_analyse_query(stemmer, languages, text, size, add_word, &sorting);

	if (rc < 0 || out->n)
		return rc < 0 ? rc : 0;
	if (!sorting.stop.n)
		return gm_error(GM_EUSAGE, "the query has no word");
	out->words = gm_steal(&sorting.stop.words);
	out->n = sorting.stop.n;
	out->cap = sorting.stop.cap;
	sorting.stop.n = 0;
	return 0;
}

static int add_place(const struct gm_query_word *word, void *payload)
{
	struct gm_question_phrase *phrase = payload;
	int rc = gm_grow(
		&phrase->places, &phrase->cap, phrase->n + 1, sizeof(*phrase->places));

	if (rc < 0)
		return rc;
	phrase->places[phrase->n++] = *word;
	return phrase->n == GM_QUESTION_MAX_WORDS;
}

/* A phrase without a word asks for nothing. */
static int add_phrase(struct gm_question_phrases *out, struct gm_stemmer *stemmer,
	unsigned languages, const char *text)
{
	int rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));

	if (rc < 0)
		return rc;
	struct gm_question_phrase *phrase = &out->items[out->n];
	*phrase = (struct gm_question_phrase){.typed = gm_strdup(text)};
	out->n++;
	if (!phrase->typed)
		return GM_ENOMEM;
	rc = gm_analyse_phrase(stemmer, languages, text, strlen(text), add_place, phrase);
	if (rc < 0 || phrase->n)
		return rc < 0 ? rc : 0;
	gm_free(phrase->places);
	gm_free(phrase->typed);
	out->n--;
	return 0;
}

static int parse_phrases(struct gm_question_phrases *out, struct gm_stemmer *stemmer,
	unsigned languages, const struct gm_strv *texts)
{
	int rc = 0;

	for (size_t i = 0; i < texts->n && rc == 0; i++)
		rc = add_phrase(out, stemmer, languages, texts->items[i]);
	return rc;
}

static bool ends_with_mark(const char *text, size_t size)
{
	while (size && (text[size - 1] == ' ' || text[size - 1] == '\n'))
		size--;
	return size && text[size - 1] == '?';
}

int gm_question_parse(struct gm_question *out, struct gm_stemmer *stemmer,
	unsigned languages, const char *query)
{
	gm_autoqueryparts parts = GM_QUERY_PARTS_INIT;
	size_t size = strnlen(query, MAX_QUERY);
	int rc = gm_query_parts_parse(&parts, query, size);

	if (rc == 0)
		rc = parse_phrases(&out->required, stemmer, languages, &parts.phrases);
	if (rc == 0)
		rc = parse_phrases(&out->excluded, stemmer, languages, &parts.excluded);
	if (rc < 0)
		return rc;
	const char *text = gm_buf_str(&parts.text);
	gm_question_cues_read(&out->cues, text, parts.text.size);
	rc = parse_words(out, stemmer, languages, text, parts.text.size);
	if (out->n > GM_QUESTION_SHORT || ends_with_mark(query, size))
		phrases_dispose(&out->required);
	if (out->n > GM_QUESTION_SHORT)
		phrases_dispose(&out->excluded);
	return rc;
}

float gm_question_weight(const struct gm_question_word *word)
{
	return 1 + logf((float)word->times);
}
