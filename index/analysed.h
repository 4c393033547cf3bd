/*
 * A memory analysed: its document (document.h) and its terms with their places, as one run of
 * bytes. Indexing keeps these until there are enough for a posting segment, and builders take
 * them; texts are not needed any more then.
 *
 * Terms of one memory are there once for each field, in the order of their first places.
 */
#ifndef GM_INDEX_ANALYSED_H
#define GM_INDEX_ANALYSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dag/record.h"
#include "index/document.h"
#include "index/stem.h"

/* Of longer contents only the beginning is searched. */
#define GM_ANALYSED_MAX_CONTENT ((size_t)4 << 20)

/* Bytes of the longest term: a key or a tag. Longer ones are left out. */
#define GM_ANALYSED_MAX_TERM 4096

/*
 * Append a memory to `out`. `session` and `agent` are the labels of its session and agent.
 * GM_ENOMEM, GM_ETOOBIG.
 */
int gm_analysed_make(struct gm_buf *out, const struct gm_record *record, uint32_t session,
	uint32_t agent, struct gm_stemmer *stemmer);

struct gm_analysed_term {
	enum gm_field field;
	const char *text;      /* lent, as the places are */
	size_t size;           /* 1 to GM_ANALYSED_MAX_TERM */
	uint32_t tf;           /* how often it is there: at least 1 */
	const uint8_t *places; /* of `tf` places, as varints; NULL for fields without */
	size_t places_size;
};

/* Whether terms of a field have places. */
static inline bool gm_field_has_places(enum gm_field field)
{
	return field == GM_FIELD_CONTENT || field == GM_FIELD_NAMES;
}

/* Stops at what is not 0 and returns it. */
typedef int (*gm_analysed_term_fn)(const struct gm_analysed_term *term, void *payload);

/*
 * Read what gm_analysed_make() wrote. Any bytes may be given. `fn` may be NULL when only the
 * document is wanted. GM_EMISMATCH when the bytes are damaged, which may show after some calls.
 * That a term is there only once is not looked at.
 */
int gm_analysed_parse(struct gm_document *out, const void *data, size_t size,
	gm_analysed_term_fn fn, void *payload);

#endif
