#include "index/agent_words.h"

#include <string.h>

#include "index/label.h"
#include "index/posting_segment.h"

/* Whether the name of any agent has a word. */
static int is_of_agent(
	const struct gm_segments *segments, const struct gm_query_word *word)
{
	struct gm_posting_list list;
	int rc = 0;

	for (size_t i = 0; i < segments->n; i++)
		for (size_t j = 0; j < word->n && rc == 0; j++)
			rc = gm_posting_segment_find(&list, segments->postings[i],
				GM_FIELD_AGENT, word->terms[j], word->sizes[j]);
	return rc;
}

int gm_agent_words_find(uint64_t *out, const struct gm_segments *segments,
	const struct gm_question *question)
{
	uint64_t names = 0;

	for (size_t i = 0; i < question->n; i++) {
		if (!question->words[i].capital)
			continue;
		int rc = is_of_agent(segments, &question->words[i].word);
		if (rc < 0)
			return rc;
		names |= (uint64_t)rc << i;
	}
	*out = (size_t)__builtin_popcountll(names) == question->n ? 0 : names;
	return 0;
}

struct gm_agent_match {
	uint32_t label;
	bool named;
};

void gm_agent_words_dispose(struct gm_agent_words *words)
{
	gm_free(words->items);
	*words = (struct gm_agent_words)GM_AGENT_WORDS_INIT;
}

/* Whether a name has one of these words. */
struct comparing {
	const struct gm_question *question;
	uint64_t names;
	bool found;
};

static bool means(const struct gm_query_word *word, const struct gm_term *term)
{
	for (size_t i = 0; i < word->n; i++)
		if (word->sizes[i] == term->size &&
			!memcmp(word->terms[i], term->text, term->size))
			return true;
	return false;
}

static int compare_term(const struct gm_term *term, void *payload)
{
	struct comparing *comparing = payload;

	for (uint64_t left = comparing->names; left; left &= left - 1)
		if (means(&comparing->question->words[__builtin_ctzll(left)].word, term))
			comparing->found = true;
	return 0;
}

static int compare_name(bool *out, const struct gm_agent_words *words, uint32_t label)
{
	struct comparing comparing = {words->question, words->names, false};
	gm_autobuf name = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_label_text(&name, words->database, label);

	if (rc > 0)
		rc = gm_analyse(words->database->stemmer, GM_LANGUAGE_NONE,
			gm_buf_str(&name), name.size, compare_term, &comparing);
	*out = comparing.found;
	return rc;
}

int gm_agent_words_match(struct gm_agent_words *words, uint32_t label)
{
	struct gm_agent_match match = {.label = label};

	if (!words->names || !label)
		return 0;
	for (size_t i = 0; i < words->n; i++)
		if (words->items[i].label == label)
			return words->items[i].named;
	int rc = compare_name(&match.named, words, label);
	if (rc == 0)
		rc = gm_grow(
			&words->items, &words->cap, words->n + 1, sizeof(*words->items));
	if (rc < 0)
		return rc;
	words->items[words->n++] = match;
	return match.named;
}
