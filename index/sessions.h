/*
 * Sessions as a question sees them: the visible memories of each in their order, over all
 * segments, with what is asked of a session as a whole. They are made when first asked for, and
 * live as long as this.
 */
#ifndef GM_INDEX_SESSIONS_H
#define GM_INDEX_SESSIONS_H

#include "index/bitmap.h"
#include "index/bm25.h"
#include "index/ordinals.h"

struct gm_session {
	uint32_t *members; /* ordinals by created, seq and row */
	uint32_t n;
	float best;  /* the best score of a member */
	float whole; /* the score of all members as one text */
};

struct gm_sessions {
	const struct gm_ordinals *ordinals;
	const struct gm_bitmap *view;
	const struct gm_bm25 *scores;
	uint32_t *by_label; /* the place in `items` plus one, 0: not made yet */
	uint32_t n_labels;
	struct gm_session *items;
	size_t n;
	size_t cap;
};

#define GM_SESSIONS_INIT       \
	{                      \
		.items = NULL, \
	}
#define gm_autosessions gm_cleanup(gm_sessions_dispose) struct gm_sessions
void gm_sessions_dispose(struct gm_sessions *sessions);

/* All is lent. Labels from `n_labels` on are those of no session. */
int gm_sessions_init(struct gm_sessions *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *view, const struct gm_bm25 *scores, uint32_t n_labels);

/*
 * 1 with the session of a visible memory, which is lent until the next call, and where in it the
 * memory stands; 0 when it has none.
 */
int gm_sessions_of(const struct gm_session **out, uint32_t *place_out,
	struct gm_sessions *sessions, uint32_t ordinal);

/* The member so many places behind `place` (before it, when negative), GM_ORDINAL_NONE: none. */
uint32_t gm_session_beside(const struct gm_session *session, uint32_t place, int places);

#endif
