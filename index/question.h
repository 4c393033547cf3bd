/*
 * A question: what a query asks for, taken apart. Its words with the terms that mean them, the
 * phrases that must be there, what must not be, and what it asks about: a time, a person or a
 * place, a date.
 */
#ifndef GM_INDEX_QUESTION_H
#define GM_INDEX_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "index/analyser.h"
#include "index/question_cues.h"

/* A longer query is searched by its first words. */
#define GM_QUESTION_MAX_WORDS 64

#define GM_QUESTION_SHORT 20

struct gm_question_word {
	struct gm_query_word word;
	char *typed;
	unsigned times; /* that the query has it */
	bool capital; /* typed with a capital, and not because the query begins with it */
};

/* Words one after the other; only the last of them may be the beginning of a word. */
struct gm_question_phrase {
	struct gm_query_word *places;
	size_t n;
	size_t cap;
	char *typed;
};

struct gm_question_phrases {
	struct gm_question_phrase *items;
	size_t n;
	size_t cap;
};

struct gm_question {
	/* One of each meaning, in their order. Stop words only when there are no others. */
	struct gm_question_word *words;
	size_t n;
	size_t cap;
	/*
	 * The words of phrases are among the words, too. In a question that ends with its mark
	 * quotes are around a title or a name, which what answers it need not have: no phrase is
	 * required. And there are none of either when the query has more than GM_QUESTION_SHORT
	 * words: it is a text then, which somebody pasted or an agent was told.
	 */
	struct gm_question_phrases required;
	struct gm_question_phrases excluded;
	struct gm_question_cues cues;
};

#define GM_QUESTION_INIT \
	{                \
		.n = 0,  \
	}
#define gm_autoquestion gm_cleanup(gm_question_dispose) struct gm_question
void gm_question_dispose(struct gm_question *question);

/*
 * Take a query (query_parts.h; its filters are passed over) to memories in `languages` (a set of
 * language.h) apart. GM_EUSAGE when there is no word to look for. `out` must be empty, and is to
 * be disposed of in any case.
 */
int gm_question_parse(struct gm_question *out, struct gm_stemmer *stemmer,
	unsigned languages, const char *query);

/* How much a word counts for being there more than once: 1 for one time. */
float gm_question_weight(const struct gm_question_word *word);

#endif
