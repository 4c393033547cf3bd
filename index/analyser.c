#include "index/analyser.h"

#include <string.h>

#include "base/buf.h"
#include "base/unicode.h"
#include "index/checksum.h"
#include "index/stem.h"
#include "index/stop_words.h"

/* Bytes that hold the words of which a language is guessed, mostly. */
#define KEPT_WORDS ((size_t)5 << 10)

/* The language of words of a script, in a text of `language`. */
static enum gm_language language_of(enum gm_script script, enum gm_language language)
{
	switch (script) {
	case GM_SCRIPT_LATIN:
		return gm_language_script(language) == GM_SCRIPT_LATIN ? language
								       : GM_LANGUAGE_EN;
	case GM_SCRIPT_CYRILLIC:
		return GM_LANGUAGE_RU;
	case GM_SCRIPT_GREEK:
		return GM_LANGUAGE_EL;
	case GM_SCRIPT_ARABIC:
		return GM_LANGUAGE_AR;
	case GM_SCRIPT_NONE:
	case GM_SCRIPT_HAN:
	case GM_SCRIPT_KANA:
	case GM_SCRIPT_HANGUL:
	case GM_SCRIPT_OTHER:
	case GM_SCRIPTS:
	default:
		return GM_LANGUAGE_NONE;
	}
}

struct analysis {
	struct gm_stemmer *stemmer;
	enum gm_language language;
	gm_term_fn fn;
	void *payload;
};

static int put_term(const struct analysis *analysis, const struct gm_word *word,
	const char *text, size_t size, bool again)
{
	struct gm_term term = {text, size, again, word->start, word->end};

	return size ? analysis->fn(&term, analysis->payload) : 0;
}

static int put_digraph_form(const struct analysis *analysis, const struct gm_word *word)
{
	char text[GM_WORD_MAX];
	struct gm_word other = *word;
	struct gm_form form;

	if (!word->ascii || word->digits || !gm_fold_digraphs(text, &other))
		return 0;
	int rc = gm_stem(&form, analysis->stemmer, GM_LANGUAGE_DE, &other);
	return rc < 0 ? rc : put_term(analysis, word, form.text, form.size, true);
}

static int put_word(const struct gm_word *word, void *payload)
{
	const struct analysis *analysis = payload;
	enum gm_language language = language_of(word->script, analysis->language);
	bool again = word->kind == GM_WORD_WHOLE || word->kind == GM_WORD_JOINED ||
		word->kind == GM_WORD_PART || word->kind == GM_WORD_PREFIX;
	struct gm_form form;
	struct gm_form written;
	int rc = gm_stem(&form, analysis->stemmer, language, word);

	written.size = gm_word_fold(written.text, word);
	if (rc == 0)
		rc = put_term(analysis, word, form.text, form.size, again);
	if (rc == 0 &&
		(written.size != form.size ||
			memcmp(written.text, form.text, form.size) != 0))
		rc = put_term(analysis, word, written.text, written.size, true);
	if (rc == 0 && language == GM_LANGUAGE_DE)
		rc = put_digraph_form(analysis, word);
	return rc;
}

int gm_analyse(struct gm_stemmer *stemmer, enum gm_language language, const char *text,
	size_t size, gm_term_fn fn, void *payload)
{
	struct analysis analysis = {stemmer, language, fn, payload};

	return gm_words_each(text, size, put_word, &analysis);
}

/* Words whose language is not known yet are kept. */
struct guess {
	struct analysis analysis;
	struct gm_language_sample sample;
	struct gm_buf words; /* each with its text behind it */
	bool known;
};

static int keep_word(struct guess *guess, const struct gm_word *word)
{
	int rc = gm_buf_put(&guess->words, word, sizeof(*word));

	return rc < 0 ? rc : gm_buf_put(&guess->words, word->text, word->size);
}

static int settle_language(struct guess *guess)
{
	const char *at = guess->words.ptr;
	const char *end = at + guess->words.size;
	int rc = 0;

	guess->known = true;
	guess->analysis.language = gm_language_sample_guess(&guess->sample);
	while (at < end && rc == 0) {
		struct gm_word word;
		memcpy(&word, at, sizeof(word));
		word.text = at + sizeof(word);
		at = word.text + word.size;
		rc = put_word(&word, &guess->analysis);
	}
	return rc;
}

static int guess_word(const struct gm_word *word, void *payload)
{
	struct guess *guess = payload;

	if (guess->known)
		return put_word(word, &guess->analysis);
	int rc = keep_word(guess, word);
	if (rc == 0 && gm_language_sample_take(&guess->sample, word))
		rc = settle_language(guess);
	return rc;
}

int gm_analyse_guessing(enum gm_language *language_out, struct gm_stemmer *stemmer,
	const char *text, size_t size, gm_term_fn fn, void *payload)
{
	struct guess guess = {
		.analysis = {stemmer, GM_LANGUAGE_NONE, fn, payload},
		.words = GM_BUF_INIT(GM_BUF_LARGE),
	};
	int rc = gm_buf_reserve(&guess.words, KEPT_WORDS);

	if (rc == 0)
		rc = gm_words_each(text, size, guess_word, &guess);
	if (rc == 0 && !guess.known)
		rc = settle_language(&guess);
	gm_buf_dispose(&guess.words);
	if (rc == 0)
		*language_out = guess.analysis.language;
	return rc;
}

struct query {
	struct gm_stemmer *stemmer;
	unsigned languages; /* of what is searched, in Latin script */
	unsigned guessed;   /* those the query may be in */
	unsigned searched;  /* those it is stemmed in */
	bool phrase;
	bool last; /* the word counts only before another one */
	struct gm_query_word word;
	gm_query_word_fn fn;
	void *payload;
};

static void add_term(struct gm_query_word *word, const char *text, size_t size)
{
	for (size_t i = 0; i < word->n; i++)
		if (word->sizes[i] == size && !memcmp(word->terms[i], text, size))
			return;
	if (!size || word->n == GM_QUERY_TERMS)
		return;
	memcpy(word->terms[word->n], text, size);
	word->sizes[word->n++] = size;
}

static int add_stem(
	struct query *query, enum gm_language language, const struct gm_word *word)
{
	struct gm_form form;
	int rc = gm_stem(&form, query->stemmer, language, word);

	if (rc == 0)
		add_term(&query->word, form.text, form.size);
	return rc;
}

/*
 * The stems in each language that is searched. What was written is needed only for memories in
 * others: in the same one, whoever wrote that form has its stem too.
 */
static int add_latin(struct query *query, const struct gm_word *word)
{
	char text[GM_WORD_MAX];
	struct gm_word other = *word;
	int rc = 0;

	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES && rc == 0; i++)
		if (query->searched & GM_LANGUAGE_BIT(i))
			rc = add_stem(query, (enum gm_language)i, word);
	if (rc == 0 && query->searched & GM_LANGUAGE_BIT(GM_LANGUAGE_DE) && word->ascii &&
		!word->digits && gm_fold_digraphs(text, &other))
		rc = add_stem(query, GM_LANGUAGE_DE, &other);
	if (rc == 0 && query->languages & ~query->searched)
		add_term(&query->word, text, gm_word_fold(text, word));
	return rc;
}

static int flush(struct query *query)
{
	int rc = query->word.n ? query->fn(&query->word, query->payload) : 0;

	query->word.n = 0;
	return rc;
}

static bool is_stop_word(const struct query *query, const struct gm_word *word)
{
	char folded[GM_WORD_MAX];

	if (word->kind == GM_WORD_PAIR)
		return gm_is_stop_pair(word->text, word->size);
	if (word->kind != GM_WORD_PLAIN)
		return false;
	unsigned languages = gm_stop_word_languages(folded, gm_word_fold(folded, word));
	return languages &
		(query->guessed |
			GM_LANGUAGE_BIT(language_of(word->script, GM_LANGUAGE_EN)));
}

static int add_terms(struct query *query, const struct gm_word *word)
{
	if (word->script == GM_SCRIPT_LATIN)
		return add_latin(query, word);
	return add_stem(query, language_of(word->script, GM_LANGUAGE_EN), word);
}

/*
 * The whole of an identifier is a word of its own beside its parts. That of natural words would
 * count them twice, so it is another form of the first.
 */
static bool is_other_form(const struct query *query, const struct gm_word *word)
{
	if (query->phrase)
		return word->kind == GM_WORD_PREFIX || word->kind == GM_WORD_JOINED ||
			word->kind == GM_WORD_WHOLE;
	return word->kind == GM_WORD_PREFIX ||
		(word->kind == GM_WORD_JOINED && !query->word.stop);
}

static int take_query_word(const struct gm_word *word, void *payload)
{
	struct query *query = payload;

	if (word->kind == GM_WORD_PART || (word->kind == GM_WORD_LAST && !query->phrase))
		return 0;
	if (is_other_form(query, word))
		return add_terms(query, word);
	int rc = flush(query);
	query->last = word->kind == GM_WORD_LAST;
	query->word.start = word->start;
	query->word.end = word->end;
	query->word.prefix = word->kind == GM_WORD_ALONE;
	query->word.stop = is_stop_word(query, word);
	return rc != 0 ? rc : add_terms(query, word);
}

static unsigned latin_languages(unsigned languages)
{
	unsigned latin = GM_LANGUAGE_BIT(GM_LANGUAGE_EN);

	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES; i++)
		if (gm_language_script((enum gm_language)i) == GM_SCRIPT_LATIN)
			latin |= languages & GM_LANGUAGE_BIT(i);
	return latin;
}

int gm_analyse_query(struct gm_stemmer *stemmer, unsigned languages, const char *text,
	size_t size, gm_query_word_fn fn, void *payload)
{
	struct query query = {.stemmer = stemmer, .fn = fn, .payload = payload};

	query.languages = latin_languages(languages);
	query.guessed = gm_language_candidates(query.languages, text, size);
	query.searched = query.guessed ? query.guessed : query.languages;
	int rc = gm_words_each(text, size, take_query_word, &query);
	return rc != 0 ? rc : flush(&query);
}

int gm_analyse_phrase(struct gm_stemmer *stemmer, unsigned languages, const char *text,
	size_t size, gm_query_word_fn fn, void *payload)
{
	struct query query = {
		.stemmer = stemmer, .fn = fn, .payload = payload, .phrase = true};

	query.languages = query.searched = latin_languages(languages);
	int rc = gm_words_each(text, size, take_query_word, &query);
	return rc != 0 || query.last ? rc : flush(&query);
}

/* Words with endings of each language, some of which stemmers have been changed for. */
static const char *const samples[GM_LANGUAGES] = {
	[GM_LANGUAGE_EN] = "running happily generalisations skies dying evening",
	[GM_LANGUAGE_DE] = "Häuser Bedeutungen Lehrerinnen Straßen gegangen",
	[GM_LANGUAGE_FR] = "continuellement préfèrent chevaux décisions",
	[GM_LANGUAGE_ES] = "contraseñas reembolsándose rápidamente",
	[GM_LANGUAGE_PT] = "encomendas fornecedores atenções",
	[GM_LANGUAGE_IT] = "abbandonata consegneranno felicità",
	[GM_LANGUAGE_NL] = "lichamelijkheden opgevangen huizen",
	[GM_LANGUAGE_SV] = "jämförelsen klokaste",
	[GM_LANGUAGE_DA] = "indtræffede underslag",
	[GM_LANGUAGE_NO] = "havnemyndighetene opptrer",
	[GM_LANGUAGE_FI] = "edellyttämisestä taloissa",
	[GM_LANGUAGE_RU] = "складских важнейшие",
	[GM_LANGUAGE_EL] = "βιβλίων",
	[GM_LANGUAGE_AR] = "الكتاب",
};

static int sum_term(const struct gm_term *term, void *payload)
{
	uint64_t *sum = payload;

	*sum = gm_checksum(*sum, term->text, term->size);
	*sum = gm_checksum(*sum, &term->again, sizeof(term->again));
	return 0;
}

int gm_analyser_fingerprint(
	uint32_t *out, struct gm_stemmer *stemmer, enum gm_language language)
{
	static const uint32_t version = GM_ANALYSER_VERSION;
	const char *unicode = gm_unicode_version();
	const char *sample = samples[language] ? samples[language] : "";
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, &version, sizeof(version));

	sum = gm_checksum(sum, unicode, strlen(unicode));
	int rc = gm_analyse(stemmer, language, sample, strlen(sample), sum_term, &sum);
	if (rc == 0)
		*out = (uint32_t)(sum ^ sum >> 32);
	return rc;
}
