#include "index/query_vector.h"

#include "index/lsa.h"

/* The terms of a word share its weight. */
static size_t put_terms(
	struct gm_lsa_term out[GM_QUERY_TERMS], const struct gm_question_word *asked)
{
	const struct gm_query_word *word = &asked->word;
	float weight = gm_question_weight(asked) / (float)word->n;

	for (size_t i = 0; i < word->n; i++)
		out[i] = (struct gm_lsa_term){word->terms[i], word->sizes[i], weight};
	return word->n;
}

int gm_query_vector_make(struct gm_vector_query **out, size_t *dims_out,
	const struct gm_segments *segments, const struct gm_question *question,
	uint64_t without)
{
	float vector[GM_LSA_MAX_DIMS];
	gm_autofree struct gm_lsa_term *terms = NULL;
	size_t n = 0;

	if (!segments->lsa)
		return 0;
	terms = gm_calloc(question->n * GM_QUERY_TERMS, sizeof(*terms));
	if (!terms)
		return GM_ENOMEM;
	for (size_t i = 0; i < question->n; i++)
		if (!(without >> i & 1))
			n += put_terms(terms + n, &question->words[i]);
	int rc = gm_lsa_encode_query(vector, segments->lsa, terms, n);
	if (rc <= 0)
		return rc;
	*dims_out = gm_lsa_dims(segments->lsa);
	rc = gm_vector_query_new(out, vector, *dims_out);
	return rc < 0 ? rc : 1;
}
