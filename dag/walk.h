/*
 * History: commits reachable from some and not from others, newest first.
 *
 * The order is Git's: by committer date, or with `topological` no parent before all of its
 * children are shown. Cost is what is walked; commits of clocks that run backwards are dealt
 * with as git does. A walk that hides nothing and is not topological shows its first commits
 * at once; any other is found out whole before.
 */
#ifndef GM_DAG_WALK_H
#define GM_DAG_WALK_H

#include "dag/commit.h"
#include "dag/repository.h"

struct gm_walk;

int gm_walk_new(struct gm_walk **out, struct gm_store *store, bool topological);
void gm_walk_free(struct gm_walk *walk);
GM_DEFINE_CLEANUP(struct gm_walk, gm_walk_free)

/*
 * Start at `commit`, or leave it and all it reaches out. Before the first gm_walk_next().
 * GM_ENOTFOUND, or GM_EMISMATCH when it is no commit.
 */
int gm_walk_push(struct gm_walk *walk, const struct gm_oid *commit);
int gm_walk_hide(struct gm_walk *walk, const struct gm_oid *commit);

/*
 * Show only commits that change a file among `paths` (a file or folder each) against their
 * parents, simplified as `git log -- PATH` does: a merge that took one side whole is followed
 * along that side only. "" is everything. Before the first gm_walk_next(); the strings are
 * copied.
 */
int gm_walk_limit_paths(struct gm_walk *walk, const char *const *paths, size_t n);

/*
 * 1 with the next commit in `out` (replaced), 0 at the end, or an error, which ends the walk.
 * That of a parent which is missing or damaged names it and its child.
 */
int gm_walk_next(struct gm_commit *out, struct gm_walk *walk);

/*
 * Instead of gm_walk_next(): find out all of the walk and lend its graph (dag/walk_graph.h) with
 * the nodes that were found, in order. Some of them are hidden, or change none of the paths;
 * their flags tell. A merge that took one side whole has that parent only.
 */
struct gm_graph;
int gm_walk_nodes(struct gm_graph **graph_out, const size_t **nodes_out, size_t *n_out,
	struct gm_walk *walk);

/*
 * The best common ancestors of two commits (git merge-base --all), newest first, at most `max`
 * of them in `out`; returns how many, or an error.
 */
int gm_merge_bases(struct gm_oid *out, size_t max, struct gm_store *store,
	const struct gm_oid *a, const struct gm_oid *b);

/* How many commits each of two has that the other lacks. */
int gm_ahead_behind(size_t *ahead_out, size_t *behind_out, struct gm_store *store,
	const struct gm_oid *a, const struct gm_oid *b);

#endif
