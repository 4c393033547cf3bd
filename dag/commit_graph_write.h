/*
 * Writing the commit graph. Many may try at once; the one that comes second does nothing.
 */
#ifndef GM_DAG_COMMIT_GRAPH_WRITE_H
#define GM_DAG_COMMIT_GRAPH_WRITE_H

#include "dag/repository.h"

/*
 * Write the graph of all commits that refs and HEAD lead to, in the place of the one that there
 * is, of which what is good is used. GM_ENOTFOUND or GM_EMISMATCH when a commit is missing or
 * damaged.
 */
int gm_commit_graph_write(struct gm_repo *repo);

/* Take it away. */
int gm_commit_graph_remove(struct gm_repo *repo);

/*
 * When the graph lacks many of the commits that `commit` leads to (but not too many: those are
 * for gc), write a layer of them, which takes in small ones below it.
 */
int gm_commit_graph_extend(struct gm_repo *repo, const struct gm_oid *commit);

/*
 * The same after a new commit, once in a while: costs a fraction of what the commits did. What
 * fails is left to the next time, and to gc.
 */
void gm_commit_graph_upkeep(struct gm_repo *repo, const struct gm_oid *commit);

#endif
