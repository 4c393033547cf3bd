#include "index/lsa_vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "index/ln.h"
#include "index/lsa_model.h"
#include "index/stem.h"

#define NOT_CHOSEN UINT32_MAX

/*
 * Of so many memories, terms that only one has say no more about it than the word itself does
 * when it is asked for. They would be half of the model.
 */
#define MANY_MEMORIES 2048

void gm_lsa_vocabulary_dispose(struct gm_lsa_vocabulary *vocabulary)
{
	gm_map_dispose(&vocabulary->numbers);
	gm_free(vocabulary->words);
	gm_buf_dispose(&vocabulary->texts);
}

int gm_lsa_vocabulary_number(uint32_t *out, struct gm_lsa_vocabulary *vocabulary,
	const char *text, size_t size)
{
	struct gm_lsa_word word = {
		gm_lsa_hash(text, size), vocabulary->texts.size, size, 0, false};
	uint64_t number;

	if (gm_map_get(&number, &vocabulary->numbers, &word.hash)) {
		*out = (uint32_t)number;
		return 0;
	}
	int rc = gm_grow(
		&vocabulary->words, &vocabulary->cap, vocabulary->n + 1, sizeof(word));
	if (rc == 0)
		rc = gm_buf_put(&vocabulary->texts, text, size);
	if (rc == 0)
		rc = gm_map_put(&vocabulary->numbers, &word.hash, vocabulary->n);
	if (rc < 0)
		return rc;
	*out = (uint32_t)vocabulary->n;
	vocabulary->words[vocabulary->n++] = word;
	return 0;
}

static void count(struct gm_lsa_vocabulary *vocabulary, const struct gm_term_rows *rows)
{
	for (size_t i = 0; i < rows->starts[rows->n]; i++)
		vocabulary->words[rows->terms[i]].df++;
}

/* The word as the stemmers want it. */
static struct gm_word as_word(const char *text, size_t size)
{
	struct gm_word word = {
		.kind = GM_WORD_PLAIN, .text = text, .size = size, .ascii = true};

	for (size_t i = 0; i < size; i++) {
		word.digits |= text[i] >= '0' && text[i] <= '9';
		word.ascii &= (unsigned char)text[i] < 0x80;
	}
	return word;
}

static bool is_stem(const struct gm_lsa_vocabulary *vocabulary,
	const struct gm_form *stem, const struct gm_word *word, uint32_t df)
{
	uint64_t hash = gm_lsa_hash(stem->text, stem->size);
	uint64_t number;

	if (stem->size == word->size && memcmp(stem->text, word->text, word->size) == 0)
		return false;
	return gm_map_get(&number, &vocabulary->numbers, &hash) &&
		vocabulary->words[number].df >= df;
}

/*
 * Terms are stems and, where they differ, the forms that were written (analyser.h). The form
 * would say the same once more: wherever it is, its stem is too.
 */
static int find_forms(struct gm_lsa_vocabulary *vocabulary, unsigned languages)
{
	gm_cleanup(gm_stemmer_free_p) struct gm_stemmer *stemmer = NULL;
	int rc = gm_stemmer_new(&stemmer);

	for (size_t i = 0; i < vocabulary->n && rc == 0; i++) {
		struct gm_lsa_word *one = &vocabulary->words[i];
		struct gm_word word =
			as_word(gm_buf_str(&vocabulary->texts) + one->text, one->size);

		for (unsigned k = GM_LANGUAGE_EN;
			k < GM_LANGUAGES && rc == 0 && one->df && !one->form; k++) {
			struct gm_form stem;

			if (!(languages & GM_LANGUAGE_BIT(k)))
				continue;
			rc = gm_stem(&stem, stemmer, (enum gm_language)k, &word);
			one->form = rc == 0 && is_stem(vocabulary, &stem, &word, one->df);
		}
	}
	return rc;
}

static int by_df(const void *a, const void *b)
{
	const struct gm_lsa_word *x = *(struct gm_lsa_word *const *)a;
	const struct gm_lsa_word *y = *(struct gm_lsa_word *const *)b;

	if (x->df != y->df)
		return x->df > y->df ? -1 : 1;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* The words chosen, in their new order. */
static int choose(struct gm_lsa_word ***out, size_t *n_out,
	struct gm_lsa_vocabulary *vocabulary, uint32_t least)
{
	gm_autofree struct gm_lsa_word **chosen =
		gm_calloc(vocabulary->n, sizeof(struct gm_lsa_word *));
	size_t n = 0;

	if (!chosen)
		return GM_ENOMEM;
	for (size_t i = 0; i < vocabulary->n; i++)
		if (vocabulary->words[i].df >= least && !vocabulary->words[i].form)
			chosen[n++] = &vocabulary->words[i];
	if (n)
		qsort(chosen, n, sizeof(struct gm_lsa_word *), by_df);
	*out = gm_steal(&chosen);
	*n_out = n < GM_LSA_MAX_TERMS ? n : GM_LSA_MAX_TERMS;
	return 0;
}

/* Robertson's weight, never negative: of `n` memories `df` have the term. */
static float idf(size_t n, uint32_t df)
{
	return (float)gm_ln(1 + ((double)n - df + 0.5) / (df + 0.5));
}

static void normalise(float *weights, size_t n)
{
	double square = 0;

	for (size_t i = 0; i < n; i++)
		square += (double)weights[i] * weights[i];
	for (size_t i = 0; i < n; i++)
		weights[i] = (float)(weights[i] / __builtin_sqrt(square));
}

/* Keep the terms that have a new number, and weigh them. */
static void renumber(
	struct gm_term_rows *rows, const uint32_t *numbers, const float *weights)
{
	size_t to = 0;

	for (size_t row = 0; row < rows->n; row++) {
		size_t start = to;

		for (size_t i = rows->starts[row]; i < rows->starts[row + 1]; i++) {
			uint32_t number = numbers[rows->terms[i]];

			if (number == NOT_CHOSEN)
				continue;
			rows->terms[to] = number;
			rows->weights[to] = rows->weights[i] * weights[number];
			to++;
		}
		rows->starts[row] = start;
		normalise(rows->weights + start, to - start);
	}
	rows->starts[rows->n] = to;
}

int gm_lsa_vocabulary_choose(uint64_t **hashes_out, float **weights_out,
	struct gm_term_rows *rows, struct gm_lsa_vocabulary *vocabulary,
	unsigned languages)
{
	gm_autofree struct gm_lsa_word **chosen = NULL;
	gm_autofree uint32_t *numbers = gm_calloc(vocabulary->n, sizeof(*numbers));
	size_t n = 0;

	count(vocabulary, rows);
	int rc = numbers ? find_forms(vocabulary, languages) : GM_ENOMEM;
	if (rc == 0)
		rc = choose(&chosen, &n, vocabulary, rows->n < MANY_MEMORIES ? 1 : 2);
	if (rc < 0)
		return rc;
	gm_autofree uint64_t *hashes = gm_calloc(n, sizeof(*hashes));
	gm_autofree float *weights = gm_calloc(n, sizeof(*weights));
	if (!hashes || !weights)
		return GM_ENOMEM;
	memset(numbers, 0xff, vocabulary->n * sizeof(*numbers));
	for (size_t i = 0; i < n; i++) {
		numbers[chosen[i] - vocabulary->words] = (uint32_t)i;
		hashes[i] = chosen[i]->hash;
		weights[i] = idf(rows->n, chosen[i]->df);
	}
	renumber(rows, numbers, weights);
	rows->n_terms = n;
	*hashes_out = gm_steal(&hashes);
	*weights_out = gm_steal(&weights);
	return 0;
}
