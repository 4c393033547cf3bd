#include "index/language.h"

#include <string.h>

#include "index/stop_words.h"
#include "index/words.h"

/* Words that are looked at: what a text is written in shows soon. */
#define SAMPLE_WORDS 64

/*
 * What a stop word or an accent says for each of its languages, divided by how many they are;
 * and the least that makes a guess: the word may be of few languages, or there are several.
 */
#define EVIDENCE 24
#define EVIDENCE_MIN 16

static const struct {
	char code[3];
	enum gm_script script;
} languages[GM_LANGUAGES] = {
	[GM_LANGUAGE_NONE] = {"", GM_SCRIPT_NONE},
	[GM_LANGUAGE_EN] = {"en", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_DE] = {"de", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_FR] = {"fr", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_ES] = {"es", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_PT] = {"pt", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_IT] = {"it", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_NL] = {"nl", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_SV] = {"sv", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_DA] = {"da", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_NO] = {"no", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_FI] = {"fi", GM_SCRIPT_LATIN},
	[GM_LANGUAGE_RU] = {"ru", GM_SCRIPT_CYRILLIC},
	[GM_LANGUAGE_EL] = {"el", GM_SCRIPT_GREEK},
	[GM_LANGUAGE_AR] = {"ar", GM_SCRIPT_ARABIC},
	[GM_LANGUAGE_ZH] = {"zh", GM_SCRIPT_HAN},
	[GM_LANGUAGE_JA] = {"ja", GM_SCRIPT_KANA},
	[GM_LANGUAGE_KO] = {"ko", GM_SCRIPT_HANGUL},
};

#define BIT(language) GM_LANGUAGE_BIT(GM_LANGUAGE_##language)

/* Letters that a word of these languages may have, after folding of case; two bytes each. */
static const struct {
	char letter[3];
	unsigned languages;
} accents[] = {
	{"à", BIT(FR) | BIT(IT) | BIT(PT)},
	{"á", BIT(ES) | BIT(PT)},
	{"â", BIT(FR) | BIT(PT)},
	{"ã", BIT(PT)},
	{"ä", BIT(DE) | BIT(SV) | BIT(FI)},
	{"å", BIT(SV) | BIT(DA) | BIT(NO)},
	{"æ", BIT(DA) | BIT(NO)},
	{"ç", BIT(FR) | BIT(PT)},
	{"è", BIT(FR) | BIT(IT)},
	{"é", BIT(FR) | BIT(ES) | BIT(PT) | BIT(IT)},
	{"ê", BIT(FR) | BIT(PT)},
	{"ì", BIT(IT)},
	{"í", BIT(ES) | BIT(PT)},
	{"î", BIT(FR)},
	{"ñ", BIT(ES)},
	{"ò", BIT(IT)},
	{"ó", BIT(ES) | BIT(PT)},
	{"ô", BIT(FR) | BIT(PT)},
	{"õ", BIT(PT)},
	{"ö", BIT(DE) | BIT(SV) | BIT(FI)},
	{"ø", BIT(DA) | BIT(NO)},
	{"ù", BIT(FR) | BIT(IT)},
	{"ú", BIT(ES) | BIT(PT)},
	{"û", BIT(FR)},
	{"ü", BIT(DE) | BIT(ES)},
	{"œ", BIT(FR)},
};

const char *gm_language_code(enum gm_language language)
{
	return language == GM_LANGUAGE_NONE ? NULL : languages[language].code;
}

enum gm_language gm_language_from_code(const char *code)
{
	for (unsigned i = GM_LANGUAGE_EN; code && i < GM_LANGUAGES; i++)
		if (!strcmp(code, languages[i].code))
			return (enum gm_language)i;
	return GM_LANGUAGE_NONE;
}

enum gm_script gm_language_script(enum gm_language language)
{
	return languages[language].script;
}

static void count(struct gm_language_sample *sample, unsigned set)
{
	unsigned n = 0;

	for (unsigned left = set; left; left &= left - 1)
		n++;
	for (unsigned left = set; left; left &= left - 1)
		sample->evidence[__builtin_ctz(left)] += EVIDENCE / n;
}

static unsigned accent_languages(const struct gm_word *word)
{
	unsigned set = 0;

	for (size_t at = 0; at + 1 < word->size; at++)
		for (size_t i = 0; i < sizeof(accents) / sizeof(*accents); i++)
			if (!memcmp(word->text + at, accents[i].letter, 2))
				set = set ? set & accents[i].languages
					  : accents[i].languages;
	return set;
}

bool gm_language_sample_take(
	struct gm_language_sample *sample, const struct gm_word *word)
{
	char folded[GM_WORD_MAX];

	if (word->kind != GM_WORD_PLAIN && word->kind != GM_WORD_PAIR &&
		word->kind != GM_WORD_ALONE)
		return false;
	if (sample->words == SAMPLE_WORDS)
		return true;
	sample->scripts[word->script]++;
	if (word->script == GM_SCRIPT_LATIN && word->kind == GM_WORD_PLAIN) {
		const char *text = word->ascii ? word->text : folded;
		size_t size = word->ascii ? word->size : gm_word_fold(folded, word);
		count(sample, gm_stop_word_languages(text, size));
		if (!word->ascii)
			count(sample, accent_languages(word));
	}
	return ++sample->words == SAMPLE_WORDS;
}

static int take(const struct gm_word *word, void *payload)
{
	return gm_language_sample_take(payload, word);
}

/* The script of most words. Japanese has Han too, Chinese has no Kana. */
static enum gm_script main_script(const struct gm_language_sample *sample)
{
	enum gm_script best = GM_SCRIPT_NONE;
	size_t n[GM_SCRIPTS];

	memcpy(n, sample->scripts, sizeof(n));
	if (n[GM_SCRIPT_KANA] * 4 > n[GM_SCRIPT_HAN]) {
		n[GM_SCRIPT_KANA] += n[GM_SCRIPT_HAN];
		n[GM_SCRIPT_HAN] = 0;
	}
	for (unsigned i = GM_SCRIPT_LATIN; i < GM_SCRIPT_OTHER; i++)
		if (n[i] && (best == GM_SCRIPT_NONE || n[i] > n[best]))
			best = (enum gm_script)i;
	return best;
}

/* Of a set. The first wins ties, which is English. */
static enum gm_language most_evident(
	const struct gm_language_sample *sample, unsigned among)
{
	enum gm_language best = GM_LANGUAGE_NONE;

	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES; i++)
		if (among & GM_LANGUAGE_BIT(i) &&
			sample->evidence[i] > sample->evidence[best])
			best = (enum gm_language)i;
	return best;
}

static void read_sample(struct gm_language_sample *out, const char *text, size_t size)
{
	memset(out, 0, sizeof(*out));
	(void)gm_words_each(text, size, take, out); /* 1 when it has seen enough */
}

enum gm_language gm_language_sample_guess(const struct gm_language_sample *sample)
{
	enum gm_script script = main_script(sample);

	if (script == GM_SCRIPT_LATIN) {
		enum gm_language best = most_evident(sample, ~0U);
		return sample->evidence[best] < EVIDENCE_MIN ? GM_LANGUAGE_NONE : best;
	}
	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES; i++)
		if (languages[i].script == script)
			return (enum gm_language)i;
	return GM_LANGUAGE_NONE;
}

enum gm_language gm_language_guess(const char *text, size_t size)
{
	struct gm_language_sample sample;

	read_sample(&sample, text, size);
	return gm_language_sample_guess(&sample);
}

unsigned gm_language_candidates(unsigned among, const char *text, size_t size)
{
	struct gm_language_sample sample;
	unsigned set = 0;

	read_sample(&sample, text, size);
	unsigned most = sample.evidence[most_evident(&sample, among)];
	for (unsigned i = GM_LANGUAGE_EN; most && i < GM_LANGUAGES; i++)
		if (among & GM_LANGUAGE_BIT(i) && sample.evidence[i] * 2 >= most)
			set |= GM_LANGUAGE_BIT(i);
	return set;
}
