/*
 * Near-duplicates: memories with nearly the same text, of which an answer needs one. Only the
 * words count, not their order, case or punctuation.
 */
#ifndef GM_INDEX_ALIKE_H
#define GM_INDEX_ALIKE_H

#include <stdbool.h>

#include "index/document.h"

/*
 * Short texts never are: "yes, do that" means something else wherever it stands. A number or a
 * name that differs keeps all but long texts apart.
 */
bool gm_documents_alike(const struct gm_document *a, const struct gm_document *b);

#endif
