/*
 * Natural languages: those we have stemmers or word lists for, and guessing which of them a
 * text is written in.
 */
#ifndef GM_INDEX_LANGUAGE_H
#define GM_INDEX_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/* How a character is written. Words never mix scripts but for digits. */
enum gm_script {
	GM_SCRIPT_NONE, /* digits alone */
	GM_SCRIPT_LATIN,
	GM_SCRIPT_CYRILLIC,
	GM_SCRIPT_GREEK,
	GM_SCRIPT_ARABIC,
	GM_SCRIPT_HAN,
	GM_SCRIPT_KANA,
	GM_SCRIPT_HANGUL,
	GM_SCRIPT_OTHER,
	GM_SCRIPTS,
};

enum gm_language {
	GM_LANGUAGE_NONE,
	GM_LANGUAGE_EN,
	GM_LANGUAGE_DE,
	GM_LANGUAGE_FR,
	GM_LANGUAGE_ES,
	GM_LANGUAGE_PT,
	GM_LANGUAGE_IT,
	GM_LANGUAGE_NL,
	GM_LANGUAGE_SV,
	GM_LANGUAGE_DA,
	GM_LANGUAGE_NO,
	GM_LANGUAGE_FI,
	GM_LANGUAGE_RU,
	GM_LANGUAGE_EL,
	GM_LANGUAGE_AR,
	GM_LANGUAGE_ZH,
	GM_LANGUAGE_JA,
	GM_LANGUAGE_KO,
	GM_LANGUAGES,
};

/* Sets of languages have this bit for each. */
#define GM_LANGUAGE_BIT(language) (1U << (language))

/* The code of ISO 639-1, such as "de"; NULL for GM_LANGUAGE_NONE. */
const char *gm_language_code(enum gm_language language);

/* GM_LANGUAGE_NONE for a code that is not ours; `code` may be NULL. */
enum gm_language gm_language_from_code(const char *code);

enum gm_script gm_language_script(enum gm_language language);

/*
 * What a text is written in, from its first words: the script that most of them have and, among
 * the languages of the Latin one, the small words and accents in them. GM_LANGUAGE_NONE when
 * nothing tells.
 */
enum gm_language gm_language_guess(const char *text, size_t size);

/*
 * The same, word by word (words.h). It begins with zeros. gm_language_sample_take() returns true
 * when it has seen enough; more words do not count.
 */
struct gm_language_sample {
	size_t words;
	size_t scripts[GM_SCRIPTS];
	unsigned evidence[GM_LANGUAGES];
};

struct gm_word;
bool gm_language_sample_take(
	struct gm_language_sample *sample, const struct gm_word *word);
enum gm_language gm_language_sample_guess(const struct gm_language_sample *sample);

/* The Latin-script languages of the set `among` that a text may be in, when something tells. */
unsigned gm_language_candidates(unsigned among, const char *text, size_t size);

#endif
