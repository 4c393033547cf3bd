/*
 * History: commits reachable from some and not from others, newest first.
 *
 * The orders are Git's. Cost is what is walked; commits of clocks that run backwards are dealt
 * with as git does. A walk by date that hides nothing shows its first commits at once; any
 * other is found out whole before.
 */
#ifndef GM_DAG_WALK_H
#define GM_DAG_WALK_H

#include "dag/commit.h"
#include "dag/repository.h"

struct gm_walk;

enum gm_walk_order {
	GM_WALK_BY_DATE,     /* the committer's, newest first */
	GM_WALK_TOPOLOGICAL, /* no parent before its children; one line after the other */
	GM_WALK_TOPOLOGICAL_BY_DATE, /* no parent before its children; else by date */
};

int gm_walk_new(struct gm_walk **out, struct gm_store *store, enum gm_walk_order order);
void gm_walk_free(struct gm_walk *walk);
GM_DEFINE_CLEANUP(struct gm_walk, gm_walk_free)

/*
 * Start at `commit`, or leave it and all it reaches out. Before the first gm_walk_next().
 * GM_ENOTFOUND, or GM_EMISMATCH when it is no commit.
 */
int gm_walk_push(struct gm_walk *walk, const struct gm_oid *commit);
int gm_walk_hide(struct gm_walk *walk, const struct gm_oid *commit);

/* Go on from a merge to its first parent only. */
void gm_walk_first_parent(struct gm_walk *walk);

/*
 * Show only commits of these times, by the committer's clock (GM_TIME_NONE: any). As with git
 * what an older one reaches is taken for older too.
 */
void gm_walk_limit_times(struct gm_walk *walk, gm_time since, gm_time until);

/*
 * Show only commits that change a file among `paths` (a file or folder each) against their
 * parents, simplified as `git log -- PATH` does: a merge that took one side whole is followed
 * along that side only. "" is everything. Before the first gm_walk_next(); the strings are
 * copied.
 */
int gm_walk_limit_paths(struct gm_walk *walk, const char *const *paths, size_t n);

/*
 * Show only commits that change the memory `id`, wherever it lies in them, too. It lies, or
 * once lay, at `path` (NULL: not known). With an `id` of "" it is the one that is found at the
 * path first. Simplified as above.
 */
int gm_walk_follow(struct gm_walk *walk, const char *id, const char *path);

/* Whether it is a memory that the walk follows. */
bool gm_walk_is_followed(const struct gm_walk *walk, const char *id);

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

/* The graph of a walk as far as it has come; lent. */
const struct gm_graph *gm_walk_graph(const struct gm_walk *walk);

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
