/*
 * What programs that make vectors are asked and answer (embedding_process.h), as JSON.
 */
#ifndef GM_INDEX_EMBEDDING_ANSWER_H
#define GM_INDEX_EMBEDDING_ANSWER_H

#include "base/buf.h"
#include "index/embedding.h"

/*
 * Append the question: a line without its end. `prefix` stands before each text, of which the
 * first 16,384 bytes are taken; bytes that are no UTF-8 become U+FFFD.
 */
int gm_embedding_question(struct gm_buf *out, const char *prefix,
	const struct gm_embedding_text *texts, size_t n);

/*
 * Read an answer to `n` texts: their vectors, one after the other (gm_free). `*dims` is what is
 * expected, 0: any, which is noted then. A vector that is null, or has a number that is not
 * finite, is all zeros. GM_EINVALID says what is wrong with the answer, or what it says itself;
 * GM_ERROR when it says that nobody is there.
 */
int gm_embedding_answer(
	float **out, size_t *dims, const char *line, size_t size, size_t n);

#endif
