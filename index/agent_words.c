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

/* Which places of a name the question has a word for. */
struct comparing {
	const struct gm_question *question;
	uint64_t words; /* that are in the name */
	size_t places;
	size_t matched;
	bool place_matched; /* the current one */
};

static uint64_t words_with(const struct gm_question *question, const struct gm_term *term)
{
	uint64_t found = 0;

	for (size_t i = 0; i < question->n; i++) {
		const struct gm_query_word *word = &question->words[i].word;
		for (size_t j = 0; j < word->n; j++)
			if (word->sizes[j] == term->size &&
				!memcmp(word->terms[j], term->text, term->size))
				found |= UINT64_C(1) << i;
	}
	return found;
}

static int compare_term(const struct gm_term *term, void *payload)
{
	struct comparing *comparing = payload;
	uint64_t words = words_with(comparing->question, term);

	if (!term->again) {
		comparing->places++;
		comparing->place_matched = false;
	}
	if (words && !comparing->place_matched) {
		comparing->matched++;
		comparing->place_matched = true;
	}
	comparing->words |= words;
	return 0;
}

static int compare_name(bool *out, const struct gm_agent_words *words, uint32_t label)
{
	struct comparing comparing = {.question = words->question};
	gm_autobuf name = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_label_text(&name, words->database, label);

	if (rc > 0)
		rc = gm_analyse(words->database->stemmer, GM_LANGUAGE_NONE,
			gm_buf_str(&name), name.size, compare_term, &comparing);
	*out = comparing.words & words->names ||
		(comparing.places && comparing.matched == comparing.places);
	return rc;
}

int gm_agent_words_match(struct gm_agent_words *words, uint32_t label)
{
	struct gm_agent_match match = {.label = label};

	for (size_t i = 0; i < words->n; i++)
		if (words->items[i].label == label)
			return words->items[i].named;
	int rc = label ? compare_name(&match.named, words, label) : 0;
	if (rc == 0)
		rc = gm_grow(
			&words->items, &words->cap, words->n + 1, sizeof(*words->items));
	if (rc < 0)
		return rc;
	words->items[words->n++] = match;
	return match.named;
}
