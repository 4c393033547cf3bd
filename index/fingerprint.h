/*
 * The languages that an index holds, and that the words in them were made as we make them: a
 * fingerprint of each language stands beside the tables. An index of another analyser, or of
 * other stemmers, is found out before it is asked or added to, and made anew.
 */
#ifndef GM_INDEX_FINGERPRINT_H
#define GM_INDEX_FINGERPRINT_H

#include "index/database.h"
#include "index/language.h"

/* Write down the fingerprints of all languages. */
int gm_fingerprint_note(struct gm_database *database);

/* GM_EMISMATCH, as damage, unless memories in `language` were analysed as they would be now. */
int gm_fingerprint_check(struct gm_database *database, enum gm_language language);

/* Note that there are memories in a language, in a transaction that writes. */
int gm_fingerprint_use(struct gm_database *database, enum gm_language language);

/*
 * The languages (a set of language.h) that memories of the index are in, with English in any
 * case. They are checked.
 */
int gm_fingerprint_languages(unsigned *out, struct gm_database *database);

#endif
