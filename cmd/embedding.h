/*
 * The embedding that the settings name (gitmem-embedding(7)), for the recall index.
 */
#ifndef GM_CMD_EMBEDDING_H
#define GM_CMD_EMBEDDING_H

#include "cmd/command.h"
#include "index/embed.h"

/*
 * Have an index that was just opened use it. Settings that are wrong are told, and recall goes by
 * words alone.
 */
int gm_call_set_embedding(struct gm_call *call, struct gm_index *index);

/* How much a reader does. */
enum gm_embed_when {
	GM_EMBED_FIRST, /* before it answers: a few vectors, so that the answer is whole */
	GM_EMBED_THEN,  /* when it has answered: a step on the way */
	GM_EMBED_ALL,
};

/*
 * Make vectors that are missing, for an embedding that is not learnt. What is in the way is trouble
 * and no failure; gm_call_tell_embedding() tells it.
 */
int gm_call_embed(struct gm_call *call, struct gm_index *index, enum gm_embed_when when);

/* Warn once in a call when vectors are missing or could not be used, and why. */
void gm_call_tell_embedding(struct gm_call *call, const struct gm_index *index);

#endif
