#include "index/stem.h"

#include <libstemmer.h>
#include <string.h>

#include "base/error.h"
#include "index/short_hash.h"

/* Longer words are nothing that has an ending. */
#define MAX_STEMMED 64

/*
 * Stems that are kept, by a hash of the word: texts repeat their words. It pays when there are
 * many, so the first are not kept.
 */
#define CACHE_SIZE 8192
#define CACHE_AFTER 2000
#define CACHED_WORD 22

struct cached {
	unsigned char language;
	unsigned char word_size;
	unsigned char stem_size;
	char word[CACHED_WORD];
	char stem[CACHED_WORD];
};

struct gm_stemmer {
	struct sb_stemmer *handles[GM_LANGUAGES];
	struct cached *cache;
	size_t n_stemmed;
};

static const char *const algorithms[GM_LANGUAGES] = {
	[GM_LANGUAGE_EN] = "porter",
	[GM_LANGUAGE_DE] = "german",
	[GM_LANGUAGE_FR] = "french",
	[GM_LANGUAGE_ES] = "spanish",
	[GM_LANGUAGE_PT] = "portuguese",
	[GM_LANGUAGE_IT] = "italian",
	[GM_LANGUAGE_NL] = "dutch",
	[GM_LANGUAGE_SV] = "swedish",
	[GM_LANGUAGE_DA] = "danish",
	[GM_LANGUAGE_NO] = "norwegian",
	[GM_LANGUAGE_FI] = "finnish",
	[GM_LANGUAGE_RU] = "russian",
	[GM_LANGUAGE_EL] = "greek",
	[GM_LANGUAGE_AR] = "arabic",
};

int gm_stemmer_new(struct gm_stemmer **out)
{
	struct gm_stemmer *stemmer = gm_calloc(1, sizeof(*stemmer));

	if (!stemmer)
		return GM_ENOMEM;
	*out = stemmer;
	return 0;
}

void gm_stemmer_free(struct gm_stemmer *stemmer)
{
	if (!stemmer)
		return;
	for (size_t i = 0; i < GM_LANGUAGES; i++)
		sb_stemmer_delete(stemmer->handles[i]);
	gm_free(stemmer->cache);
	gm_free(stemmer);
}

static int stem_anew(struct gm_form *out, struct gm_stemmer *stemmer,
	enum gm_language language, const struct gm_word *word)
{
	struct sb_stemmer **handle = &stemmer->handles[language];

	if (!*handle)
		*handle = sb_stemmer_new(algorithms[language], NULL);
	const sb_symbol *stem = NULL;
	if (*handle)
		stem = sb_stemmer_stem(
			*handle, (const sb_symbol *)word->text, (int)word->size);
	if (!stem)
		return gm_error(GM_ENOMEM, "out of memory");
	struct gm_word stemmed = *word;
	stemmed.text = (const char *)stem;
	stemmed.size = (size_t)sb_stemmer_length(*handle);
	if (stemmed.size > GM_WORD_MAX)
		stemmed.size = 0;
	out->size = gm_word_fold(out->text, &stemmed);
	return 0;
}

static struct cached *cache_slot(
	struct gm_stemmer *stemmer, enum gm_language language, const struct gm_word *word)
{
	if (word->size > CACHED_WORD || stemmer->n_stemmed++ < CACHE_AFTER)
		return NULL;
	if (!stemmer->cache)
		stemmer->cache = gm_calloc(CACHE_SIZE, sizeof(*stemmer->cache));
	if (!stemmer->cache)
		return NULL; /* it is slower without */
	return &stemmer->cache[gm_short_hash(
				       (uint64_t)language + 1, word->text, word->size) %
		CACHE_SIZE];
}

int gm_stem(struct gm_form *out, struct gm_stemmer *stemmer, enum gm_language language,
	const struct gm_word *word)
{
	if (word->digits || word->size > MAX_STEMMED || !algorithms[language]) {
		out->size = gm_word_fold(out->text, word);
		return 0;
	}
	struct cached *cached = cache_slot(stemmer, language, word);
	if (cached && cached->language == language && cached->word_size == word->size &&
		!memcmp(cached->word, word->text, word->size)) {
		memcpy(out->text, cached->stem, cached->stem_size);
		out->size = cached->stem_size;
		return 0;
	}
	int rc = stem_anew(out, stemmer, language, word);
	if (rc == 0 && !out->size)
		out->size = gm_word_fold(out->text, word);
	if (rc == 0 && cached && out->size <= CACHED_WORD) {
		cached->language = (unsigned char)language;
		cached->word_size = (unsigned char)word->size;
		cached->stem_size = (unsigned char)out->size;
		memcpy(cached->word, word->text, word->size);
		memcpy(cached->stem, out->text, out->size);
	}
	return rc;
}

static bool is_vowel(char c)
{
	return strchr("aeiou", c) != NULL;
}

bool gm_fold_digraphs(char out[GM_WORD_MAX], struct gm_word *word)
{
	size_t size = 0;

	for (size_t i = 0; i < word->size; i++) {
		char c = word->text[i];
		char before = i ? word->text[i - 1] : 'x';
		out[size++] = c;
		if (i + 1 < word->size && word->text[i + 1] == 'e' && strchr("aou", c) &&
			!is_vowel(before) && before != 'q')
			i++;
	}
	if (size == word->size)
		return false;
	word->text = out;
	word->size = size;
	return true;
}
