#include "base/unicode.h"
#include "index/characters.h"
#include "index/words_internal.h"

/* Characters that are taken at a time. */
#define MAX_RUN 64

/* Where the characters of a run stand, once folded. */
struct characters {
	char text[4 * MAX_RUN];
	size_t size;
	size_t starts[MAX_RUN + 1];
	enum gm_script scripts[MAX_RUN];
	size_t n;
};

static void take_characters(struct characters *out)
{
	for (size_t at = 0; at < out->size && out->n < MAX_RUN; out->n++) {
		struct gm_char c = gm_char_at(out->text + at, out->size - at);
		out->starts[out->n] = at;
		out->scripts[out->n] = c.script;
		at += c.size;
		/* A mark that found no letter to be one with stays beside it. */
		while (at < out->size &&
			gm_char_at(out->text + at, out->size - at).class == GM_CHAR_MARK)
			at += gm_char_at(out->text + at, out->size - at).size;
		out->starts[out->n + 1] = at;
	}
}

/* Kana tell Japanese among Han; else the first character counts. */
static enum gm_script script_of(const struct characters *characters, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (characters->scripts[i] == GM_SCRIPT_KANA)
			return GM_SCRIPT_KANA;
	return characters->scripts[at];
}

static void emit_characters(struct gm_word_scanner *scanner,
	const struct characters *characters, size_t start, size_t end, bool more)
{
	/* When folding changed nothing but the case, places are those in the text. */
	bool exact = characters->size == end - start;
	size_t n = characters->n;

	for (size_t i = 0; i < n && !scanner->rc; i++) {
		size_t pair = i + 1 < n ? 2 : 1;
		struct gm_word word = {
			.kind = pair == 2 ? GM_WORD_PAIR : GM_WORD_LAST,
			.script = script_of(characters, i, pair),
			.text = characters->text + characters->starts[i],
			.size = characters->starts[i + pair] - characters->starts[i],
			.start = exact ? start + characters->starts[i] : start,
			.end = exact ? start + characters->starts[i + pair] : end,
		};
		if (n == 1)
			word.kind = GM_WORD_ALONE;
		if (pair == 1 && more)
			return;
		if (word.size <= GM_WORD_MAX)
			gm_word_emit(scanner, &word);
	}
}

/* A part of a run at a time; the next begins with the last character of this one. */
void gm_words_scan_unspaced(struct gm_word_scanner *scanner)
{
	size_t start = scanner->at;
	size_t last = start;
	bool more = true;

	for (size_t n = 0; n < MAX_RUN && more;) {
		struct gm_char c = gm_char_at(
			scanner->text + scanner->at, scanner->size - scanner->at);
		bool mark = c.class == GM_CHAR_MARK && n;
		if (!mark && c.class != GM_CHAR_UNSPACED)
			break;
		if (!mark) {
			last = scanner->at;
			n++;
		}
		scanner->at += c.size;
		more = scanner->at < scanner->size;
		/* Marks without end are no text. */
		if (scanner->at - start > sizeof(((struct characters *)0)->text) - 4)
			break;
	}
	struct characters characters = {.n = 0};
	characters.size = gm_unicode_fold_case(characters.text, sizeof(characters.text),
		scanner->text + start, scanner->at - start);
	take_characters(&characters);
	more = more && last > start &&
		gm_char_at(scanner->text + scanner->at, scanner->size - scanner->at).class
			== GM_CHAR_UNSPACED;
	emit_characters(scanner, &characters, start, scanner->at, more);
	if (more)
		scanner->at = last;
}
