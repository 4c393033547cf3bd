/*
 * Names of agents in questions. In a talk between people the word "Ada" tells who said something
 * and little of what it is about: it counts less than other words, and memories by Ada are
 * preferred. But agents are called "reviewer" and "claude-code", too, and those are words like
 * others: only one with a capital inside of the question is a name.
 */
#ifndef GM_INDEX_AGENT_WORDS_H
#define GM_INDEX_AGENT_WORDS_H

#include "index/question.h"
#include "index/segments.h"

/* The words of a question, a bit for each, that are names. Never all of them. GM_EMISMATCH. */
int gm_agent_words_find(uint64_t *out, const struct gm_segments *segments,
	const struct gm_question *question);

/* What is known of agents' names, by label. */
struct gm_agent_words {
	struct gm_database *database;
	const struct gm_question *question;
	uint64_t names;
	struct gm_agent_match *items;
	size_t n;
	size_t cap;
};

#define GM_AGENT_WORDS_INIT       \
	{                         \
		.database = NULL, \
	}
#define gm_autoagentwords gm_cleanup(gm_agent_words_dispose) struct gm_agent_words
void gm_agent_words_dispose(struct gm_agent_words *words);

/*
 * Whether one of the names is in the name of an agent. Its label is looked up once. 1, 0, or as
 * gm_label_text() fails.
 */
int gm_agent_words_match(struct gm_agent_words *words, uint32_t label);

#endif
