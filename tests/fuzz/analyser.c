/* Texts of anybody: their terms are bounded, well-formed, and the same each time. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "index/analyser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	size_t n;
	size_t bytes;
	size_t size;
};

static void check(const char *term, size_t size)
{
	if (!size || size > GM_WORD_MAX || !gm_utf8_valid(term, size))
		abort();
	for (size_t i = 0; i < size; i++)
		if (term[i] == '"' || (unsigned char)term[i] <= ' ')
			abort();
}

static int take_term(const struct gm_term *term, void *payload)
{
	struct sum *sum = payload;

	check(term->text, term->size);
	if (term->start >= term->end || term->end > sum->size)
		abort();
	if (!sum->n++ && term->again)
		abort();
	sum->bytes = sum->bytes * 31 + term->size;
	return 0;
}

static int take_word(const struct gm_query_word *word, void *payload)
{
	struct sum *sum = payload;

	if (!word->n || word->n > GM_QUERY_TERMS || word->start >= word->end ||
		word->end > sum->size)
		abort();
	for (size_t i = 0; i < word->n; i++)
		check(word->terms[i], word->sizes[i]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gm_stemmer *stemmer;
	const char *text = (const char *)data;
	struct sum first = {.size = size};
	struct sum again = first;

	if (!stemmer && gm_stemmer_new(&stemmer) < 0)
		abort();
	enum gm_language language = gm_language_guess(text, size);
	if (gm_analyse(stemmer, language, text, size, take_term, &first) < 0 ||
		gm_analyse(stemmer, language, text, size, take_term, &again) < 0 ||
		gm_analyse_query(stemmer, ~0U, text, size, take_word, &first) < 0)
		abort();
	if (first.n != again.n || first.bytes != again.bytes)
		abort();
	return 0;
}
