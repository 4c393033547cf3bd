/*
 * Memories analysed in bulk by a thread of their own, which takes as long as all else that
 * indexing them takes. They come out in the order in which they were put in.
 *
 * All calls are made by one thread. The other one touches nothing but what it was given.
 */
#ifndef GM_INDEX_ANALYSING_H
#define GM_INDEX_ANALYSING_H

#include "base/buf.h"
#include "dag/record.h"

struct gm_analysing;

/* So many are on their way at most. */
#define GM_ANALYSING_MAX ((size_t)128)

/* Start the thread. GM_ENOMEM, or GM_ERROR when the system has no threads to give. */
int gm_analysing_new(struct gm_analysing **out);

/* Stop it; what is on its way is lost. */
void gm_analysing_free(struct gm_analysing *analysing);
GM_DEFINE_CLEANUP(struct gm_analysing, gm_analysing_free)

/* How many are on their way; none of NULL. */
size_t gm_analysing_waiting(const struct gm_analysing *analysing);

/* Put one more of fewer than GM_ANALYSING_MAX in; the record is taken over. */
void gm_analysing_put(struct gm_analysing *analysing, struct gm_record *record,
	uint32_t session, uint32_t agent);

/*
 * What gm_analysed_make() wrote of the one that is longest on its way, when it is done; there
 * must be one. Lent until the next call. The codes are those of gm_analysed_make().
 */
int gm_analysing_take(const struct gm_buf **out, struct gm_analysing *analysing);

#endif
