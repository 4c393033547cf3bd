/*
 * Packing a repository in Git's layout anew, and throwing away what nothing leads to any more
 * (git-repack(1), git-gc(1)). With stock git and our own writers at work beside it: what a pack
 * replaces goes only when the pack is durable, and packs that somebody keeps (`.keep`) stay.
 */
#ifndef GM_DAG_GIT_GC_H
#define GM_DAG_GIT_GC_H

#include "base/terminal.h"
#include "dag/repository.h"

struct gm_git_gc_options {
	bool prune; /* throw away what nothing leads to and nobody touched since `expire` */
	int64_t expire; /* in seconds since 1970 */
	bool pack_refs;
	bool dry_run;  /* only find out what would happen */
	bool progress; /* show it on stderr */
	/* Takes the repository lock; NULL: gm_repo_lock(), without telling of waiting. */
	int (*lock)(struct gm_lock **out, void *payload);
	void *payload;
};

/* What there was, and what became of it. */
struct gm_git_gc_result {
	size_t n_packs;       /* that were replaced */
	size_t n_loose;       /* objects */
	size_t n_packed;      /* objects in the new pack */
	size_t n_unreachable; /* that nothing leads to, and that are kept */
	size_t n_apart;       /* those of them that get a pack of their own */
	size_t n_dropped;
	size_t n_refs;         /* put into `packed-refs` */
	uint64_t bytes_before; /* of packs, their indexes, and loose objects */
	uint64_t bytes_after;  /* not known in a dry run */
};

/*
 * All loose and packed objects that something leads to become one pack with deltas. Packed ones
 * that nothing leads to become a pack apart, in which stock git sees how old each is; loose ones
 * stay. What a repository borrows from (alternates) is left alone.
 *
 * The lock is held for short steps only. GM_EMISMATCH or GM_ENOTFOUND when something is
 * damaged or missing: then nothing was thrown away.
 */
int gm_git_gc(struct gm_git_gc_result *out, struct gm_repo *repo,
	const struct gm_git_gc_options *options);

#endif
