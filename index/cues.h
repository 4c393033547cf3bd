/*
 * Cues: what a text itself tells of whether it answers a question or asks one, when things
 * happened, and whom or what it names. They are read once, when a memory is analysed, and stand
 * in its document; changing what they find means raising GM_ANALYSER_VERSION.
 */
#ifndef GM_INDEX_CUES_H
#define GM_INDEX_CUES_H

#include <stddef.h>

#include "index/document.h"
#include "index/language.h"

/* More words in capitals than these tell nothing more. */
#define GM_CUES_CAPITALS 3

/*
 * Set what the text decides of a document, and nothing else of it:
 *
 *     flags       GM_DOCUMENT_QUESTION   its last sentence ends with a question mark
 *                 GM_DOCUMENT_ONLY_ASKS  all sentences do, but for exclamations of a few words
 *                 GM_DOCUMENT_TIME       it has a word such as "yesterday" or "May", or a year
 *                                        (in English, or in no language we know)
 *     capitals    words that begin with a capital inside of a sentence, at most
 *                 GM_CUES_CAPITALS
 *     simhash     of its words (Charikar 2002): that of a text with nearly the same words
 *                 differs in few bits; a word with digits counts as four
 *
 * What an importer adds in brackets at the end ("[shared image: ...]") is not the last sentence.
 * Any bytes are a text.
 */
void gm_cues_of_text(struct gm_document *out, const char *text, size_t size,
	enum gm_language language);

#endif
