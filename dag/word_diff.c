/*
 * The way of git's diff.c: diff_words_show() and fn_out_diff_words_aux().
 */
#include "dag/word_diff.h"

#include <string.h>

#include "dag/line_groups.h"

struct teller {
	gm_words_fn each;
	void *payload;
	struct gm_lines old_lines, new_lines;
};

/* A changed stretch of lines, as words. */
struct stretch {
	struct gm_lines old_words, new_words;
	struct gm_hunks hunks;
};

static void stretch_dispose(struct stretch *stretch)
{
	gm_lines_dispose(&stretch->old_words);
	gm_lines_dispose(&stretch->new_words);
	gm_hunks_dispose(&stretch->hunks);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int gm_words_split(struct gm_lines *out, struct gm_text text)
{
	const char *at = text.ptr, *end = text.ptr + text.size;

	out->n = 0;
	for (;;) {
		while (at < end && is_space(*at))
			at++;
		if (at == end)
			return 0;
		const char *start = at;
		while (at < end && !is_space(*at))
			at++;
		int rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
		if (rc < 0)
			return rc;
		out->items[out->n++] = (struct gm_text){start, (size_t)(at - start)};
	}
}

static int tell(const struct teller *teller, enum gm_word_kind kind, const char *start,
	const char *end)
{
	if (start == end)
		return 0;
	return teller->each(
		kind, (struct gm_text){start, (size_t)(end - start)}, teller->payload);
}

static const char *word_end(const struct gm_lines *words, size_t i)
{
	return words->items[i].ptr + words->items[i].size;
}

/* Words, with the white space between them, from `start` on. */
static int tell_words(const struct teller *teller, enum gm_word_kind kind,
	const struct gm_lines *words, size_t start, size_t n)
{
	if (!n)
		return 0;
	return tell(
		teller, kind, words->items[start].ptr, word_end(words, start + n - 1));
}

/* The new text from `*at` on, to the end of this hunk, and what the old one had there. */
static int tell_hunk(const struct teller *teller, const struct stretch *stretch,
	const struct gm_hunk *hunk, const char **at)
{
	const struct gm_lines *words = &stretch->new_words;
	const char *start = *at;

	if (hunk->new_n)
		start = words->items[hunk->new_start].ptr;
	else if (hunk->new_start)
		start = word_end(words, hunk->new_start - 1);
	int rc = tell(teller, GM_WORDS_SAME, *at, start);
	if (rc == 0)
		rc = tell_words(teller, GM_WORDS_OLD, &stretch->old_words,
			hunk->old_start, hunk->old_n);
	if (rc == 0)
		rc = tell_words(
			teller, GM_WORDS_NEW, words, hunk->new_start, hunk->new_n);
	*at = hunk->new_n ? word_end(words, hunk->new_start + hunk->new_n - 1) : start;
	return rc;
}

static int tell_stretch(
	const struct teller *teller, struct gm_text old_text, struct gm_text new_text)
{
	gm_cleanup(stretch_dispose) struct stretch stretch = {
		GM_LINES_INIT, GM_LINES_INIT, GM_HUNKS_INIT};
	const char *at = new_text.ptr;
	const char *end = at + new_text.size;
	int rc = gm_words_split(&stretch.old_words, old_text);

	if (rc == 0)
		rc = gm_words_split(&stretch.new_words, new_text);
	if (rc == 0)
		rc = gm_line_diff(&stretch.hunks, &stretch.old_words, &stretch.new_words);
	/* Nobody would see a change of white space alone; nothing new: the lines are gone. */
	if (rc == 0 && (!new_text.size || (!stretch.hunks.n && stretch.old_words.n))) {
		rc = tell(
			teller, GM_WORDS_OLD, old_text.ptr, old_text.ptr + old_text.size);
		return rc ? rc : tell(teller, GM_WORDS_NEW, at, end);
	}
	for (size_t i = 0; rc == 0 && i < stretch.hunks.n; i++)
		rc = tell_hunk(teller, &stretch, &stretch.hunks.items[i], &at);
	return rc ? rc : tell(teller, GM_WORDS_SAME, at, end);
}

/* Lines that stand one behind the other, as one text. */
static struct gm_text text_of(const struct gm_lines *lines, size_t start, size_t n)
{
	if (!n)
		return (struct gm_text){"", 0};
	const char *end = word_end(lines, start + n - 1);
	return (struct gm_text){
		lines->items[start].ptr, (size_t)(end - lines->items[start].ptr)};
}

static int tell_context(const struct teller *teller, size_t start, size_t end)
{
	struct gm_text text = text_of(&teller->new_lines, start, end - start);

	return tell(teller, GM_WORDS_SAME, text.ptr, text.ptr + text.size);
}

static int tell_group(const struct teller *teller, const struct gm_line_group *group)
{
	struct gm_hunk range = gm_line_group_range(group, teller->old_lines.n);
	gm_autobuf place = GM_BUF_INIT(GM_BUF_TEXT);
	size_t at = range.new_start;
	int rc = gm_line_range_put(&place, &range);

	if (rc == 0)
		rc = tell(teller, GM_WORDS_PLACE, place.ptr, place.ptr + place.size);
	for (size_t i = 0; i < group->n && rc == 0; i++) {
		const struct gm_hunk *hunk = &group->hunks[i];
		rc = tell_context(teller, at, hunk->new_start);
		if (rc == 0)
			rc = tell_stretch(teller,
				text_of(&teller->old_lines, hunk->old_start, hunk->old_n),
				text_of(&teller->new_lines, hunk->new_start,
					hunk->new_n));
		at = hunk->new_start + hunk->new_n;
	}
	return rc ? rc : tell_context(teller, at, range.new_start + range.new_n);
}

static int tell_all(
	struct teller *teller, struct gm_text old_text, struct gm_text new_text)
{
	gm_autohunks hunks = GM_HUNKS_INIT;
	int rc = gm_lines_split(&teller->old_lines, old_text);

	if (rc == 0)
		rc = gm_lines_split(&teller->new_lines, new_text);
	if (rc == 0)
		rc = gm_line_diff(&hunks, &teller->old_lines, &teller->new_lines);
	for (size_t at = 0; at < hunks.n && rc == 0;) {
		struct gm_line_group group = gm_line_group_at(&hunks, at);
		rc = tell_group(teller, &group);
		at += group.n;
	}
	return rc;
}

int gm_word_diff(
	struct gm_text old_text, struct gm_text new_text, gm_words_fn each, void *payload)
{
	struct teller teller = {each, payload, GM_LINES_INIT, GM_LINES_INIT};
	int rc = tell_all(&teller, old_text, new_text);

	gm_lines_dispose(&teller.old_lines);
	gm_lines_dispose(&teller.new_lines);
	return rc;
}
